"""An OpenID Connect provider for tests, as a process of its own on a free port."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest


@contextlib.contextmanager
def oidc_provider_or_skip(log: Path, users: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Start oidc-provider-mock and return its issuer.

    Parameters
    ----------
    log
        File for what it says.
    users
        Subject → claims.
    """
    if find_spec("oidc_provider_mock") is None:
        reason = "oidc-provider-mock is not installed (pip install oidc-provider-mock)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    for subject, claims in users.items():
        command += ["--user-claims", json.dumps({"sub": subject, **claims})]
    issuer = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait_for(issuer, process, log)
        yield issuer
    finally:
        process.kill()
        process.wait()


def _wait_for(issuer: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            pytest.fail(f"oidc-provider-mock ended: {log.read_text()[-1000:]}")
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{issuer}/.well-known/openid-configuration")
            return
        time.sleep(0.1)
    pytest.fail("oidc-provider-mock does not answer")
