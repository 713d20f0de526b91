"""Servers the sources are tested against, each on a free port."""

from __future__ import annotations

import contextlib
import http.server
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pymongo
import pytest
from tests.servers.seaweedfs import S3Server, seaweedfs_or_skip


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A SeaweedFS server that checks keys."""
    with seaweedfs_or_skip(tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """The server, with the environment pointing at it."""
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    return s3_server


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``mongodb://host:port`` of PELAGIA_TEST_MONGODB_URI, or of a stand-in server that speaks MongoDB's wire."""
    given = os.environ.get("PELAGIA_TEST_MONGODB_URI")
    if given:
        yield given.rstrip("/")
        return
    folder = tmp_path_factory.mktemp("nx27017")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sys.executable).parent / "nx-27017"
    command = [program, "--db", "memory", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--log-file", folder / "log", "--pid-file", folder / "pid"]
    if not program.is_file():
        _give_up("the program nx-27017 is missing (pip install nx-27017)")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    try:
        _wait_for(port)
        yield f"mongodb://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    _give_up("the MongoDB stand-in server did not start")


def _give_up(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True, slots=True)
class Mongo:
    """A database of its own for one test."""

    uri: str
    client: pymongo.MongoClient
    database: pymongo.database.Database

    def address(self, collection: str, **parameters: str) -> str:
        """The address of a collection as a user gives it."""
        place, _, options = self.uri.partition("/?")
        given = [f"{key}={value}" for key, value in parameters.items()] + ([options] if options else [])
        return f"{place}/{self.database.name}/{collection}?{'&'.join(given)}"


@pytest.fixture
def mongo(mongodb_uri: str) -> Iterator[Mongo]:
    """An empty database."""
    with pymongo.MongoClient(mongodb_uri) as client:
        name = f"pelagia_test_{uuid4().hex[:12]}"
        yield Mongo(mongodb_uri, client, client[name])
        client.drop_database(name)


@dataclass(slots=True)
class WebFile:
    """A file on the test server, and how it behaves."""

    content: bytes
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    breaks_after: list[int] = field(default_factory=list)
    """The n-th answer sends only this many bytes."""
    redirect: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Web:
    """A web server on this machine."""

    address: str
    files: dict[str, WebFile]

    def put(self, path: str, content: bytes = b"", **how: object) -> str:
        """Put a file on the server; return its address."""
        self.files[path] = WebFile(content, **how)
        return f"{self.address}{path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    files: dict[str, WebFile]

    def do_GET(self) -> None:
        file = self.files.get(self.path.partition("?")[0])
        if file is None:
            self.send_error(404)
            return
        file.requests.append(dict(self.headers))
        if file.redirect or file.status != 200:
            self.send_response(302 if file.redirect else file.status)
            self.send_header("Location", file.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        etag = file.headers.get("ETag")
        if etag and self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.end_headers()
            return
        self._send(file, etag)

    def _send(self, file: WebFile, etag: str | None) -> None:
        start = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and etag and self.headers.get("If-Range") == etag:
            start = int(asked.group(1))
        body = file.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(file.content) - 1}/{len(file.content)}")
        for name, value in file.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if file.breaks_after:
            body = body[: file.breaks_after.pop(0)]
            self.close_connection = True
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        return


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients of these tests hang up on purpose."""


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A web server with no files yet; downloads go to a folder of the test."""
    monkeypatch.setenv("PELAGIA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("pelagia.io.sources.downloads.FIRST_PAUSE_SECONDS", 0.0)
    files: dict[str, WebFile] = {}
    handler = type("Handler", (_Handler,), {"files": files})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield Web(f"http://127.0.0.1:{server.server_port}", files)
        server.shutdown()
        thread.join()


@pytest.fixture
def fresh() -> Callable[[], None]:
    """Forget the sources this process keeps open, as another process would not have them."""
    from pelagia.io.sources import opening

    def forget() -> None:
        opening._open_remote.cache_clear()
        opening._open_local.cache_clear()

    return forget
