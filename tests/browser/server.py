"""A real Pelagia server in a process of its own, on a free port, in a home of its own."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ADDRESS = re.compile(rb"https?://127\.0\.0\.1:\d+")
START_SECONDS = 60.0


@contextlib.contextmanager
def running_server(home: Path, environment: Mapping[str, str] | None = None, *options: str) -> Iterator[str]:
    """Run ``pelagia serve`` as long as the block lasts; yield its address.

    Parameters
    ----------
    home
        ``PELAGIA_HOME``.
    environment
        Further variables.
    options
        Further options of the command.
    """
    command = [sys.executable, "-m", "pelagia.cli.main", "serve", "--port", "0", *options]
    variables = {**os.environ, "PELAGIA_HOME": str(home), **(environment or {})}
    home.mkdir(parents=True, exist_ok=True)
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=variables)
        try:
            yield _address(process, home / "serve.log")
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdout is not None
            process.stdout.close()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Read the address off what the server says first."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        said = b""
        while selector.select(START_SECONDS):
            piece = os.read(process.stdout.fileno(), 4096)
            said += piece
            found = ADDRESS.search(said)
            if found:
                return found.group().decode()
            if not piece:
                break
    raise RuntimeError(f"the server did not start: {said.decode()}{log.read_text(errors='replace')[-2000:]}")
