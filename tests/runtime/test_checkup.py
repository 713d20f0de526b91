"""Whether an installation is well: each question answered in time, and without secrets."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pelagia.core.errors import PelagiaError, Unavailable
from pelagia.runtime.checkup import (
    Checkup,
    Finding,
    check_disk,
    check_migrations,
    check_storage,
    check_workers,
    checks_of,
)
from pelagia.runtime.checkup import room as room_of
from pelagia.runtime.runner import Runtime
from pelagia.runtime.tables import WORKERS
from pelagia.runtime.worker_beats import beat, leave, worker_beats


def test_a_fresh_installation_with_a_worker_is_well(runtime: Runtime) -> None:
    beat(runtime.database, "host/1", jobs=0)
    findings = Checkup(checks_of(runtime)).findings()
    assert list(findings) == ["database", "migrations", "storage", "disk", "workers"]
    assert {name: finding.is_ok for name, finding in findings.items() if name != "disk"} == {
        "database": True,
        "migrations": True,
        "storage": True,
        "workers": True,
    }


def test_without_a_worker_it_says_so(runtime: Runtime) -> None:
    with pytest.raises(Unavailable, match="No worker"):
        check_workers(runtime.database)


def test_a_worker_is_seen_until_it_leaves(runtime: Runtime) -> None:
    beat(runtime.database, "host/1", jobs=0)
    beat(runtime.database, "host/2", jobs=1)
    beat(runtime.database, "host/1", jobs=2)
    with runtime.database.read() as connection:
        found = worker_beats(connection)
    assert [(worker.name, worker.jobs, worker.is_alive) for worker in found] == [
        ("host/1", 2, True),
        ("host/2", 1, True),
    ]
    assert check_workers(runtime.database).startswith("2 workers")
    leave(runtime.database, "host/1")
    assert check_workers(runtime.database).startswith("1 worker,")


def test_a_silent_worker_is_taken_for_dead_and_forgotten_after_a_day(runtime: Runtime) -> None:
    beat(runtime.database, "host/1", jobs=1)
    _set_back(runtime, "host/1", minutes=1)
    with pytest.raises(Unavailable, match="No worker"):
        check_workers(runtime.database)
    _set_back(runtime, "host/1", minutes=25 * 60)
    beat(runtime.database, "host/2", jobs=0)
    leave(runtime.database, "host/2")
    with runtime.database.read() as connection:
        assert worker_beats(connection) == []


def _set_back(runtime: Runtime, name: str, *, minutes: int) -> None:
    import datetime as dt

    with runtime.database.write() as connection:
        at = connection.execute(sa.select(WORKERS.c.beat_at).where(WORKERS.c.name == name)).scalar_one()
        earlier = at - dt.timedelta(minutes=minutes)
        connection.execute(sa.update(WORKERS).where(WORKERS.c.name == name).values(beat_at=earlier))


def test_tables_of_another_version_are_found(runtime: Runtime) -> None:
    with runtime.database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="9999"):
        check_migrations(runtime.database)


def test_a_storage_that_is_gone_is_found(sqlite_runtime: Runtime) -> None:
    assert check_storage(sqlite_runtime.storage).startswith("answered")
    assert sqlite_runtime.storage.folder is not None
    shutil.rmtree(sqlite_runtime.storage.folder)
    with pytest.raises(PelagiaError):
        check_storage(sqlite_runtime.storage)


def test_too_little_room_is_found(tmp_path: Path) -> None:
    free = room_of(tmp_path / "not" / "there" / "yet").free
    assert check_disk(tmp_path, least_bytes=free // 2).endswith("free")
    with pytest.raises(Unavailable, match="are needed"):
        check_disk(tmp_path, least_bytes=free * 2)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Opened at the end, so that no thread stays behind."""
    event = threading.Event()
    yield event
    event.set()


def test_what_hangs_is_told_in_time_and_asked_only_once(gate: threading.Event) -> None:
    asked: list[int] = []

    def hang() -> str:
        asked.append(1)
        gate.wait()
        return "late"

    checkup = Checkup({"slow": hang, "quick": lambda: "here"}, keep_s=0.0, patience_s=0.05)
    for _ in range(5):
        findings = checkup.findings()
        assert findings["quick"] == Finding(True, "here")
        assert not findings["slow"].is_ok and findings["slow"].words.startswith("no answer")
    assert asked == [1]


def test_an_answer_is_kept_for_a_while() -> None:
    asked: list[int] = []

    def count() -> str:
        asked.append(1)
        return str(len(asked))

    kept = Checkup({"it": count}, keep_s=3600.0)
    assert [kept.findings()["it"].words for _ in range(3)] == ["1", "1", "1"]
    fresh = Checkup({"it": count}, keep_s=0.0)
    assert [fresh.findings()["it"].words for _ in range(3)] == ["2", "3", "4"]


def test_neither_addresses_nor_unforeseen_texts_are_told() -> None:
    def locked() -> str:
        raise Unavailable("The database does not answer", remedy="See it", value="hunter2", file="/db")

    def broken() -> str:
        raise RuntimeError("password=hunter2")

    findings = Checkup({"database": locked, "disk": broken}).findings()
    assert findings == {
        "database": Finding(False, "The database does not answer"),
        "disk": Finding(False, "RuntimeError"),
    }
