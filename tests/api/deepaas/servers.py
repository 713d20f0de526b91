"""The real DEEPaaS in an environment of its own, and a Pelagia that serves the same models."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from pelagia.runtime.accounts.accounts import create_account
from pelagia.runtime.accounts.identities import Identities
from pelagia.runtime.accounts.keys import open_keys
from pelagia.runtime.accounts.tokens import create_token
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

ROOT = Path(__file__).resolve().parents[3]
ORACLE = ROOT / "tools" / "deepaas-oracle"
ENVIRONMENT = ROOT / ".venv-deepaas"
START_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that answers."""

    address: str
    home: Path


def give_up(reason: str) -> None:
    """Skip; in continuous integration, where these must run, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def oracle_program() -> Path:
    """Return the real ``deepaas-run``, installed by pip at the first call."""
    program = Path(os.environ.get("PELAGIA_DEEPAAS", ENVIRONMENT / "bin" / "deepaas-run"))
    done = ENVIRONMENT / ".done"
    if "PELAGIA_DEEPAAS" in os.environ or done.is_file():
        return program
    commands = [
        [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)],
        [str(ENVIRONMENT / "bin" / "pip"), "install", "--quiet", "-r", str(ORACLE / "requirements.txt")],
    ]
    for command in commands:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
        if ran.returncode:
            give_up(f"the real DEEPaaS cannot be installed: {ran.stderr.strip()[-300:]}")
    done.touch()
    return program


@contextlib.contextmanager
def oracle_server(folder: Path) -> Iterator[Server]:
    """Run the real DEEPaaS with the models of ``tools/deepaas-oracle/plugin``."""
    program = oracle_program()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(ORACLE / "plugin"), "PYTHONWARNINGS": "ignore"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [program, "--listen-port", str(port)], env=environment, stdout=log, stderr=log, cwd=folder
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/v2/", process)
            yield Server(address=address, home=folder)
        finally:
            # It does not always heed SIGTERM; its pool ends with it.
            process.kill()
            process.wait()


@contextlib.contextmanager
def pelagia_server(home: Path, **settings: str) -> Iterator[Server]:
    """Run Pelagia with the services of ``tools/deepaas-oracle/services`` beside its own."""
    environment = {
        **os.environ,
        "PELAGIA_HOME": str(home),
        "PYTHONPATH": os.pathsep.join([str(ORACLE / "services"), os.environ.get("PYTHONPATH", "")]),
        "PELAGIA_REQUESTS_PER_MINUTE": "0",
        "PELAGIA_TRY_OUT_JOBS": "100000",
        **settings,
    }
    command = [sys.executable, "-m", "pelagia.cli.main", "serve", "--port", "0", "--slots", "1"]
    home.mkdir(parents=True, exist_ok=True)
    out = home.parent / f"{home.name}.out"
    with out.open("w") as printed, (home.parent / f"{home.name}.log").open("a") as log:
        process = subprocess.Popen(command, env=environment, stdout=printed, stderr=log)
        try:
            address = _printed_address(out, process)
            _wait_for(f"{address}/v2/", process)
            yield Server(address=address, home=home)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _printed_address(out: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"http://[^\s]+", out.read_text())
        if found is not None:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"the server did not start: {out.with_suffix('.log').read_text()[-500:]}")


def token_of(server: Server, email: str = "someone@example.org") -> str:
    """Make an account and return a token of it."""
    settings = read_settings({}, home=server.home)
    with open_runtime(settings) as runtime:
        keys = open_keys(settings.home)
        account = create_account(runtime.database, email=email)
        owner = Identities(runtime.database, keys).principal_of(account, frozenset())
        until = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        return create_token(
            runtime.database, keys, owner, name="test", scopes=["read", "run", "train"], expires_at=until
        )[1]


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(address, timeout=5)
            return
        time.sleep(0.1)
    give_up(f"{address} did not answer")
