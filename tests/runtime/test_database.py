"""The database: opened, brought up to date, and refused where it would lose data."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from tests.servers.postgres import PostgresServer

from pelagia.core.errors import BadParameter, Conflict, Unavailable
from pelagia.runtime import database as database_module
from pelagia.runtime.database import open_database
from pelagia.runtime.migrate import alembic_config
from pelagia.runtime.migrations import HEAD
from pelagia.runtime.mounts import filesystem_kind, require_local
from pelagia.runtime.runner import Runtime
from pelagia.runtime.settings import Settings
from pelagia.runtime.tables import METADATA, utc_now

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/me/local\\040disk xfs rw 0 0
"""


def test_the_migrations_make_the_tables_that_the_code_uses(runtime: Runtime) -> None:
    with runtime.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_known_version_is_that_of_the_last_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


def test_a_database_that_is_up_to_date_is_opened_without_alembic(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_database(settings.database):
        pass
    monkeypatch.setattr(database_module, "importlib", None)
    with open_database(settings.database):
        pass


def test_many_processes_may_make_the_tables_at_once(settings: Settings) -> None:
    problems: list[BaseException] = []

    def open_it() -> None:
        try:
            with open_database(settings.database):
                pass
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_sixty_threads_may_read_at_once(runtime: Runtime) -> None:
    found: list[object] = []

    def read() -> None:
        with runtime.database.read() as connection:
            found.append(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar())

    _in_threads(60, read)
    assert found == [HEAD] * 60


def test_a_file_is_read_by_as_many_as_want_to_and_none_waits(sqlite_runtime: Runtime) -> None:
    together = threading.Barrier(60, timeout=60)

    def read() -> None:
        with sqlite_runtime.database.read():
            together.wait()

    _in_threads(60, read)
    assert not together.broken


def test_a_server_is_asked_for_no_more_connections_than_it_may_be(postgres_server: PostgresServer) -> None:
    with open_database(postgres_server.new_database("few"), 3) as database:
        count = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = 'few'")
        seen: list[int] = []

        def read() -> None:
            with database.read() as connection:
                seen.append(connection.execute(count).scalar_one())

        _in_threads(20, read)
    assert len(seen) == 20 and max(seen) <= 3


def _in_threads(number: int, work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_database_of_a_newer_version_is_not_touched(settings: Settings) -> None:
    with open_database(settings.database) as database, database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Conflict, match="newer Pelagia"), open_database(settings.database):
        pass


def test_the_clock_of_the_database_is_in_utc(runtime: Runtime) -> None:
    with runtime.database.read() as connection:
        now = connection.execute(sa.select(utc_now())).scalar_one()
    assert now.utcoffset() is not None and now.utcoffset().total_seconds() == 0


def test_sqlite_keeps_every_commit_through_a_power_cut(sqlite_runtime: Runtime) -> None:
    with sqlite_runtime.database.read() as connection:
        found = {name: connection.execute(sa.text(f"PRAGMA {name}")).scalar() for name in PRAGMAS}
    assert found == PRAGMAS


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_transaction_that_fails_leaves_nothing(runtime: Runtime) -> None:
    with pytest.raises(RuntimeError), runtime.database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'x'"))
        raise RuntimeError
    with runtime.database.read() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == HEAD


@pytest.mark.parametrize(
    ("path", "kind"), [("/home/me/x.db", "nfs4"), ("/home/me/local disk/x.db", "xfs"), ("/var/x.db", "ext4")]
)
def test_the_file_system_of_a_path_is_that_of_its_nearest_mount(tmp_path: Path, path: str, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert filesystem_kind(Path(path), mounts) == kind


def test_a_network_folder_is_refused_with_the_remedy(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    with pytest.raises(BadParameter, match=r"network folder \(nfs4\).*PostgreSQL"):
        require_local(Path("/home/me/x.db"), mounts)


def test_a_server_that_is_not_there_is_said_to_be_unavailable() -> None:
    with (
        pytest.raises(Unavailable, match="does not answer") as caught,
        open_database("postgresql://me:secret@127.0.0.1:1/nothing"),
    ):
        pass
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database, but long enough to be taken for one" * 100)
    with pytest.raises(Unavailable, match="damaged"), open_database(f"sqlite:///{tmp_path}/x.db"):
        pass


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(BadParameter, match="lasts"), open_database(url):
        pass
