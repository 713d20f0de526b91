"""The ledger: only added to, summed up plainly."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.runtime.toy_run import run
from tests.runtime.toy_service import SERVICE, toy_request, write_lines

from pelagia.core.errors import Conflict, NotFound
from pelagia.runtime import ledger
from pelagia.runtime.executors import InlineExecutor
from pelagia.runtime.identity import request_record
from pelagia.runtime.runner import Runtime, Use, prepare_job, run_job
from pelagia.runtime.tables import LEDGER


@pytest.fixture
def used(runtime: Runtime, tmp_path: Path) -> Runtime:
    run(runtime, toy_request(write_lines(tmp_path / "a.txt", 30)))
    return runtime


def test_every_row_says_who_did_what_when(used: Runtime) -> None:
    rows = list(ledger.ledger_rows(used.database))
    assert [row["units"] for row in rows] == [0, 10, 10, 10, 0]
    assert [row["ingested"] for row in rows] == [30, 0, 0, 0, 0]
    assert [row["outcome"] for row in rows] == ["ingested", "processed", "processed", "processed", "succeeded"]
    assert all((row["seconds"] > 0) == (row["outcome"] == "processed") for row in rows)
    assert {row["installation"] for row in rows} == {"toy"}
    assert {(row["service"], row["service_version"], row["kind"], row["route"], row["unit"]) for row in rows} == {
        ("toy", "1.0.0", "local", "cli", "line")
    }
    assert len({row["idempotency_key"] for row in rows}) == 5
    assert all(row["at"].tzinfo is dt.UTC for row in rows)


def test_the_same_use_cannot_be_written_twice(used: Runtime) -> None:
    row = next(ledger.ledger_rows(used.database))
    copy = {name: value for name, value in row.items() if name != "id"}
    with pytest.raises(sa.exc.IntegrityError), used.database.write() as connection:
        connection.execute(sa.insert(LEDGER).values(copy))


def test_a_correction_is_a_row_with_minus_signs(used: Runtime) -> None:
    rows = list(ledger.ledger_rows(used.database))
    ledger.correct(used.database, rows[1]["id"])
    after = list(ledger.ledger_rows(used.database))
    assert after[:5] == rows
    assert (after[5]["units"], after[5]["corrects"]) == (-10, rows[1]["id"])
    assert ledger.usage_totals(used.database)[0].units == 20


def test_a_row_is_corrected_once(used: Runtime) -> None:
    row = next(ledger.ledger_rows(used.database))["id"]
    correction = ledger.correct(used.database, row)
    for again in (row, correction):
        with pytest.raises(Conflict, match="corrected already"):
            ledger.correct(used.database, again)
    with pytest.raises(NotFound):
        ledger.correct(used.database, 999)


def test_a_period_goes_up_to_but_without_its_end(used: Runtime) -> None:
    times = [row["at"] for row in ledger.ledger_rows(used.database)]
    assert ledger.usage_totals(used.database, since=times[0])[0].units == 30
    assert ledger.usage_totals(used.database, until=times[0]) == []
    assert ledger.usage_totals(used.database, since=times[-1] + dt.timedelta(days=1)) == []
    assert ledger.usage_totals(used.database, service="other") == []


def test_tests_are_counted_apart(used: Runtime, tmp_path: Path) -> None:
    request = toy_request(tmp_path / "a.txt")
    use = Use(kind="try-out", route="cli", is_test=True)
    job = prepare_job(used, SERVICE, request, request_record(request, "/other"), use=use)
    run_job(used, InlineExecutor(), SERVICE, request, job)
    found = {total.is_test: (total.units, total.jobs, total.bytes) for total in ledger.usage_totals(used.database)}
    size = (tmp_path / "a.txt").stat().st_size
    assert found == {False: (30, 1, size), True: (30, 1, size)}
