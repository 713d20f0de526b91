"""The daily sums: always what the ledger adds up to."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runtime.toy_run import run
from tests.runtime.toy_service import toy_request, write_lines

from pelagia.core.errors import Conflict
from pelagia.runtime import ledger
from pelagia.runtime.daily import DIMENSIONS, MEASURES, ledger_sums, rebuild_daily
from pelagia.runtime.database import Database
from pelagia.runtime.migrate import alembic_config
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.runtime.tables import LEDGER, USAGE_DAILY

LONG_AGO, NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


def daily_sums(database: Database) -> dict[tuple[Any, ...], Any]:
    with database.read() as connection:
        rows = connection.execute(sa.select(USAGE_DAILY)).mappings().all()
    sums = {tuple(row[name] for name in DIMENSIONS): tuple(row[name] for name in MEASURES) for row in rows}
    return {names: pytest.approx(sizes) for names, sizes in sums.items() if any(sizes)}


def sums_of_ledger(database: Database) -> dict[tuple[Any, ...], Any]:
    with database.read() as connection:
        sums = ledger_sums(connection, LONG_AGO, NEVER)
    return {names: sizes for names, sizes in sums.items() if any(sizes)}


def check(database: Database) -> None:
    assert daily_sums(database) == sums_of_ledger(database)


def account(number: int) -> ledger.Account:
    return ledger.Account(
        job_id=f"job{number}",
        service="toy",
        service_version="1",
        models="a@1, b@2",
        kind="analysis",
        route="web",
        unit="line",
        bytes=number,
        is_test=number == 3,
        installation="" if number == 2 else "here",
        subject=f"u:{number % 2}",
        affiliation=None if number else "Institute é",
        country="BE",
        country_source="declared",
    )


jobs = st.integers(0, 3)
actions = st.one_of(
    st.tuples(st.just("ingest"), jobs, st.integers(0, 5)),
    st.tuples(st.just("step"), jobs, st.integers(0, 5)),
    st.tuples(st.just("end"), jobs, st.integers(1, 3)),
    st.tuples(st.just("take back"), jobs, st.just(0)),
    st.tuples(st.just("correct"), jobs, st.integers(1, 20)),
    st.tuples(st.just("erase"), jobs, st.just(0)),
    st.tuples(st.just("rebuild"), jobs, st.just(0)),
    st.tuples(st.just("many"), jobs, st.integers(1, 30)),
)


def act(database: Database, what: str, number: int, size: int) -> None:
    if what == "rebuild":
        rebuild_daily(database)
    elif what == "correct":
        with database.read() as connection:
            exists = connection.execute(sa.select(LEDGER.c.id).where(LEDGER.c.id == size)).first()
        if exists is None:
            return
        try:
            ledger.correct(database, size)
        except Conflict:
            return
    else:
        with database.write() as connection:
            write(connection, what, number, size)


def write(connection: sa.Connection, what: str, number: int, size: int) -> None:
    if what == "ingest":
        ledger.insert_ingest(connection, account(number), size)
    elif what == "step":
        ledger.insert_step(connection, account(number), f"hash/{size}", size, seconds=size / 8, objects=2 * size)
    elif what == "end":
        ledger.insert_end(connection, account(number), attempt=size, outcome="failed" if size == 1 else "succeeded")
    elif what == "take back":
        ledger.take_back_end(connection, f"job{number}")
    elif what == "erase":
        ledger.erase_subject(connection, f"u:{number % 2}")
    else:
        ledger.insert_rows(connection, (old_row(position, number) for position in range(size)))


def old_row(position: int, number: int) -> dict[str, Any]:
    return {
        **ledger.blank_row(),
        "idempotency_key": f"old:{number}:{position}",
        "at": dt.datetime(2024, 1, 1 + position % 3, 23, 59, 59, 999_000, tzinfo=dt.UTC),
        "job_id": f"old{position}",
        "service": "old",
        "kind": "analysis",
        "route": "cli",
        "outcome": "processed",
        "units": position,
    }


@settings(max_examples=40, deadline=None)
@given(st.lists(actions, max_size=25))
def test_the_daily_sums_are_those_of_the_ledger_whatever_is_written(steps: list[tuple[str, int, int]]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        open_runtime(read_settings({}, home=Path(folder), executor="inline")) as runtime,
    ):
        for step in steps:
            act(runtime.database, *step)
        check(runtime.database)
        before = daily_sums(runtime.database)
        rebuild_daily(runtime.database)
        assert daily_sums(runtime.database) == sums_of_ledger(runtime.database)
        assert len(before) == len(daily_sums(runtime.database))


def test_both_databases_add_up_alike(runtime: Runtime, tmp_path: Path) -> None:
    run(runtime, toy_request(write_lines(tmp_path / "a.txt", 30)))
    for step in (("step", 1, 4), ("step", 1, 4), ("end", 1, 1), ("take back", 1, 0), ("many", 2, 9), ("erase", 1, 0)):
        act(runtime.database, *step)
    check(runtime.database)
    assert sum(sizes.expected[0] for sizes in daily_sums(runtime.database).values()) == 30 + 4 + sum(range(9))
    before = daily_sums(runtime.database)
    rebuild_daily(runtime.database)
    assert daily_sums(runtime.database).keys() == before.keys()


def test_a_replayed_step_changes_nothing(runtime: Runtime) -> None:
    for _ in range(3):
        act(runtime.database, "step", 0, 5)
        act(runtime.database, "ingest", 0, 5)
        act(runtime.database, "many", 0, 5)
    assert len(list(ledger.ledger_rows(runtime.database))) == 7
    (toy,) = ledger.usage_totals(runtime.database, service="toy")
    assert toy.units == 5
    check(runtime.database)


def test_erasing_a_person_leaves_all_totals_and_no_trace(runtime: Runtime) -> None:
    for step in (("step", 0, 5), ("step", 1, 3), ("end", 1, 2)):
        act(runtime.database, *step)
    totals = ledger.usage_totals(runtime.database)
    with runtime.database.write() as connection:
        fresh = ledger.erase_subject(connection, "u:1")
    assert ledger.usage_totals(runtime.database) == totals
    subjects = {row["subject"] for row in ledger.ledger_rows(runtime.database)}
    assert subjects == {"u:0", fresh} and fresh.startswith("u:") and fresh != "u:1"
    assert {names[DIMENSIONS.index("subject")] for names in daily_sums(runtime.database)} == subjects
    check(runtime.database)


def test_a_ledger_from_before_the_daily_sums_is_added_up_by_the_migration(tmp_path: Path) -> None:
    with open_runtime(read_settings({}, home=tmp_path, executor="inline")) as runtime:
        act(runtime.database, "many", 0, 9)
        with runtime.database.write() as connection:
            connection.execute(sa.text("UPDATE ledger SET installation = 'old'"))
        current = runtime.database
        check(current)
        expected = daily_sums(current)
        names = [column.name for column in LEDGER.columns][:19]
        with current.read() as connection:
            rows = connection.execute(sa.text(f"SELECT {', '.join(names)} FROM ledger")).mappings().all()
    older = read_settings({}, home=tmp_path / "older", executor="inline")
    insert = f"INSERT INTO ledger ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
    with open_runtime(older) as runtime, runtime.database.write() as connection:
        _back_to_the_first_version(connection)
        connection.execute(sa.text(insert), [dict(row) for row in rows])
    with open_runtime(older) as runtime:
        assert daily_sums(runtime.database) == sums_of_ledger(runtime.database)
        assert daily_sums(runtime.database).keys() == expected.keys()


def _back_to_the_first_version(connection: sa.Connection) -> None:
    for table in sa.inspect(connection).get_table_names():
        if table != "alembic_version":
            connection.execute(sa.text(f"DROP TABLE {table}"))
    connection.execute(sa.text("DELETE FROM alembic_version"))
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
