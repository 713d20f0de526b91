"""The database: one code for SQLite and PostgreSQL, its tables brought up to date when opened."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from pelagia.core.errors import BadParameter, PelagiaError, Unavailable
from pelagia.runtime.faults import DISK_FULL
from pelagia.runtime.migrations import HEAD
from pelagia.runtime.mounts import require_local

BUSY_SECONDS = 30
# To a server; who wants one more waits for it, so that processes beside this one find some too.
CONNECTIONS = 40
# To a file; more are opened for as long as they are needed: each is but a file handle, and none has to wait.
KEPT_CONNECTIONS = 20
# One number for all installations, taken while the tables are changed.
MIGRATION_LOCK = 0x50454C41


@dataclass(frozen=True, slots=True)
class Database:
    """An open database.

    Parameters
    ----------
    engine
        The engine of SQLAlchemy.
    """

    engine: sa.Engine

    @property
    def address(self) -> str:
        """Where it is, without the password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Open a transaction that only reads."""
        with _clear_errors(self.address), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Open a transaction that writes; it is committed at the end of the block, whole or not at all."""
        with _clear_errors(self.address), self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def open_database(url: str, connections: int = CONNECTIONS) -> Iterator[Database]:
    """Open a database, making or updating its tables where needed.

    Parameters
    ----------
    url
        ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/NAME``.
    connections
        Of a PostgreSQL server, so many are used at once at most; a file has no such limit.

    Raises
    ------
    Unavailable
        Where it cannot be reached.
    BadParameter
        Where the file stands on a network folder, on which SQLite loses data.
    Conflict
        Where it was written by a newer version.
    """
    database = Database(_engine(url, connections))
    try:
        _bring_up_to_date(database)
        yield database
    finally:
        database.close()


def _engine(url: str, connections: int) -> sa.Engine:
    try:
        address = sa.make_url(url)
    except exc.ArgumentError as error:
        raise BadParameter(
            "The address of the database cannot be read",
            remedy="Use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
        ) from error
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(address)
    engine = sa.create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10},
    )
    return engine


def _sqlite_engine(address: sa.URL) -> sa.Engine:
    path = Path(address.database or "")
    if not address.database or address.database == ":memory:":
        raise BadParameter("Pelagia needs a database that lasts", remedy="Use sqlite:///FILE.", value=address)
    require_local(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The folder of the database cannot be made: {error.strerror}",
            remedy="Set PELAGIA_HOME to a folder you may write to.",
            file=str(path.parent),
        ) from error
    engine = sa.create_engine(
        address, pool_size=KEPT_CONNECTIONS, max_overflow=-1, connect_args={"timeout": BUSY_SECONDS}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun by _begin_sqlite, not by Python's module.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A writer takes its lock at once: one that read first and wrote later could not wait for another writer.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bring_up_to_date(database: Database) -> None:
    with database.read() as connection:
        if _version(connection) == HEAD:
            return
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        found = _version(connection)
        if found != HEAD:
            # Alembic takes longer to import than all the rest; most starts do without it.
            importlib.import_module("pelagia.runtime.migrate").upgrade(connection, found)


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _clear_errors(address: str) -> Iterator[None]:
    try:
        yield
    except PelagiaError:
        raise
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        text = (
            str(getattr(error, "orig", None) or error).strip().splitlines()[0] if str(error) else type(error).__name__
        )
        if "is full" in text or "No space left" in text:
            raise Unavailable(
                "The disk of the database is full",
                value=text,
                file=address,
                remedy="Make room, then start again.",
                code=DISK_FULL,
            ) from error
        raise Unavailable(
            "The database does not answer",
            value=text,
            file=address,
            remedy="See that it runs and may be written to, then start again; finished work is kept.",
        ) from error
    except exc.DatabaseError as error:
        if "malformed" in str(error) or "not a database" in str(error):
            raise Unavailable(
                "The database file is damaged",
                value=str(error.orig),
                file=address,
                remedy="Restore it from a copy, or set PELAGIA_HOME to a new folder.",
            ) from error
        raise
