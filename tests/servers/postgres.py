"""A PostgreSQL server on a free port, for tests that need a real one."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

START_SECONDS = 60.0
SUPERUSER = "pelagia"
# Tests that kill clients leave no doubt about the server: it may forget everything with its machine.
QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


class NotStartedError(RuntimeError):
    """The server did not come up; the message says why."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """Where the server stands."""

    port: int

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database of the server."""
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def new_database(self, name: str) -> str:
        """Make an empty database and return its address."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)


def _program(name: str) -> str:
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = str(places[0]) if places else shutil.which(name)
    if not found:
        raise NotStartedError(f"the program {name} is missing (apt install postgresql)")
    return found


def _as_ordinary_user() -> list[str]:
    """Return the words before a command that let it run as another user: the server refuses to run as root."""
    if os.geteuid() != 0:
        return []
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise NotStartedError("this is root, and there is no user postgres to run the server") from None
    setpriv = shutil.which("setpriv")
    if not setpriv:
        raise NotStartedError("this is root, and the program setpriv is missing")
    return [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _call(command: list[str], folder: Path) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    if ended.returncode:
        raise NotStartedError(f"{' '.join(command)}: {(ended.stderr or ended.stdout)[-500:]}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def _own_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder that the server's user can reach and owns.

    Where that is another user it cannot be below those of pytest: each run of pytest makes them private anew, also
    while the server of another run starts.
    """
    if os.geteuid() != 0:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="pelagia-postgres-") as place:
        shutil.chown(place, "postgres", "postgres")
        yield Path(place)


def _wait_ready(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    problem: object = "no answer"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotStartedError(f"postgres ended with {process.returncode}: {log.read_text(errors='replace')[-500:]}")
        try:
            psycopg.connect(server.url(), connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            problem = error
            time.sleep(0.1)
    raise NotStartedError(f"PostgreSQL not ready after {START_SECONDS:.0f} s: {problem}")


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[PostgresServer]:
    """Run a server for the length of a ``with`` block, in ``folder`` (empty) where it can. Raises NotStartedError."""
    as_user = _as_ordinary_user()
    with _own_folder(folder) as place, _running(as_user, place) as server:
        yield server


@contextlib.contextmanager
def _running(as_user: list[str], folder: Path) -> Iterator[PostgresServer]:
    data, log = folder / "data", folder / "output.log"
    initdb = ["--pgdata", str(data), "--username", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-sync"]
    _call([*as_user, _program("initdb"), *initdb, "--locale=C"], folder)
    server = PostgresServer(_free_port())
    settings = [f"port={server.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *QUICK]
    options = [word for setting in settings for word in ("-c", setting)]
    with log.open("wb") as output:
        command = [*as_user, _program("postgres"), "-D", str(data), *options]
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
    try:
        _wait_ready(server, process, log)
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)  # at once; its data is thrown away
        process.wait()


@contextlib.contextmanager
def postgres_or_skip(folder: Path) -> Iterator[PostgresServer]:
    """Run a server as :func:`postgres` does; where it cannot, skip with the reason, but fail in CI."""
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(postgres(folder))
        except NotStartedError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no PostgreSQL server: {error}")
        yield server
