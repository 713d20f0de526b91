"""Figures of the installation agree with what the database holds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.runtime.queue_jobs import queued
from tests.runtime.toy_run import run
from tests.runtime.toy_service import toy_request

from pelagia.runtime.metrics import KeptFigures, read_figures
from pelagia.runtime.queue_events import count_event
from pelagia.runtime.runner import Runtime
from pelagia.runtime.tables import JOBS, LEDGER
from pelagia.runtime.worker_beats import beat

NOTHING_HAPPENED = {"takeover": 0, "retry": 0, "given-back": 0}


def test_a_fresh_installation_has_figures(runtime: Runtime) -> None:
    figures = read_figures(runtime.database)
    assert (figures.jobs, figures.oldest_s, figures.steps, figures.units) == ({}, {}, {}, {})
    assert (figures.events, figures.ledger_lag_units, figures.ledger_at) == (NOTHING_HAPPENED, 0, 0.0)
    assert figures.workers == ()


def test_jobs_that_wait_are_seen_with_the_age_of_the_oldest(runtime: Runtime) -> None:
    first = queued(runtime.database, "first", lane="batch")
    queued(runtime.database, "second", lane="batch")
    queued(runtime.database, "third", lane="interactive")
    with runtime.database.write() as connection:
        earlier = first.created_at - dt.timedelta(minutes=5)
        connection.execute(sa.update(JOBS).where(JOBS.c.id == first.id).values(created_at=earlier))
    figures = read_figures(runtime.database)
    assert figures.jobs == {("queued", "batch"): 2, ("queued", "interactive"): 1}
    assert 300 <= figures.oldest_s["batch"] < 360
    assert 0 <= figures.oldest_s["interactive"] < 60


def test_a_finished_job_is_seen_with_its_steps_and_its_units_as_in_the_ledger(runtime: Runtime, tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("".join(f"line {number}\n" for number in range(30)))
    run(runtime, toy_request(lines))
    figures = read_figures(runtime.database)
    assert figures.jobs == {("succeeded", "own"): 1}
    assert figures.steps["toy"] >= 3
    with runtime.database.read() as connection:
        billed = connection.execute(sa.select(sa.func.sum(LEDGER.c.units))).scalar_one()
    assert figures.units == {("toy", "line", "local", "cli", False): billed}
    assert billed == 30
    assert figures.ledger_lag_units == 0
    assert abs(dt.datetime.now(dt.UTC).timestamp() - figures.ledger_at) < 120


def test_a_ledger_row_that_the_daily_sums_lack_is_a_lag(runtime: Runtime, tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("one line\n")
    run(runtime, toy_request(lines))
    with runtime.database.write() as connection:
        row = connection.execute(sa.select(LEDGER).where(LEDGER.c.units == 1)).mappings().first()
        assert row is not None
        copy = {**row, "id": None, "idempotency_key": "lost", "units": 7}
        connection.execute(sa.insert(LEDGER).values({name: value for name, value in copy.items() if name != "id"}))
    assert read_figures(runtime.database).ledger_lag_units == 7


def test_what_happens_to_the_queue_is_counted_with_it(runtime: Runtime) -> None:
    with runtime.database.write() as connection:
        count_event(connection, "takeover")
        count_event(connection, "takeover")
    with pytest.raises(ZeroDivisionError), runtime.database.write() as connection:
        count_event(connection, "retry")
        _ = 1 / 0
    assert read_figures(runtime.database).events == {**NOTHING_HAPPENED, "takeover": 2}


def test_figures_are_read_from_the_database_only_every_few_seconds(runtime: Runtime) -> None:
    kept = KeptFigures(runtime.database, keep_s=3600.0)
    assert kept.read().workers == ()
    beat(runtime.database, "host/1", jobs=1)
    assert kept.read().workers == ()
    assert [worker.name for worker in KeptFigures(runtime.database).read().workers] == ["host/1"]
