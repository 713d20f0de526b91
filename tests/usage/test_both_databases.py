"""What asks the database asks SQLite and PostgreSQL alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.runtime.conftest import postgres_server, settings
from tests.runtime.test_daily import account, check
from tests.usage.conftest import feed, make_report
from tests.usage.test_receipts import take_in
from tests.usage.test_reproduction import differences
from tests.usage.test_views import look

from pelagia.runtime import ledger
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import Settings, read_settings
from pelagia.usage.baseline import BaselineRow
from pelagia.usage.dashboard import dashboard
from pelagia.usage.exchange import export_receipt
from pelagia.usage.installations import Installation
from pelagia.usage.own import own_days, own_rows, own_totals
from pelagia.usage.views import record_look

__all__ = ["postgres_server", "settings"]
NOW = dt.datetime(2025, 9, 15, 12, tzinfo=dt.UTC)


@pytest.fixture
def each(settings: Settings) -> Iterator[Runtime]:
    with open_runtime(settings) as opened:
        yield opened


def test_the_published_figures_come_out(each: Runtime, baseline: tuple[BaselineRow, ...]) -> None:
    feed(each, baseline)
    (wrong,) = differences(make_report(each, baseline), baseline)
    assert wrong.startswith("deep, user groups, total")
    check(each.database)


def test_the_dashboard_has_the_last_months(each: Runtime, baseline: tuple[BaselineRow, ...]) -> None:
    feed(each, baseline)
    with each.database.read() as connection:
        board = dashboard(connection, [Installation(id="beach"), Installation(id="cell")], dt.date(2025, 8, 31))
    assert board.months[0] == "2024-09" and board.months[-1] == "2025-08"
    assert [(line.users, line.images) for line in board.lines] == [(16, 94), (122, 185_412)]
    assert (board.whole.users, board.whole.images) == (138, 185_506)


def test_people_see_their_own(each: Runtime) -> None:
    with each.database.write() as connection:
        for number in (0, 1, 2):
            ledger.insert_step(connection, account(number), "hash/1", 5 + number)
            ledger.insert_end(connection, account(number), attempt=1, outcome="succeeded")
    (total,) = own_totals(each.database, "u:0")
    (day,) = own_days(each.database, "u:0", limit=10)
    assert (total.units, total.jobs) == (day.units, day.succeeded) == (12, 2)
    first, *others = own_rows(each.database, "u:0", limit=10)
    assert own_rows(each.database, "u:0", limit=10, after=first["id"]) == others
    assert own_days(each.database, "u:0", limit=10, before=day) == []


def test_the_days_of_a_person_go_on_where_a_page_ended_also_within_a_service(each: Runtime) -> None:
    with each.database.write() as connection:
        for number, unit in enumerate(("image", "view", "download")):
            ledger.insert_step(connection, replace(account(number), unit=unit, subject="u:0"), "hash/1", 5)
    (first,) = own_days(each.database, "u:0", limit=1)
    (second,) = own_days(each.database, "u:0", limit=1, before=first)
    (third,) = own_days(each.database, "u:0", limit=1, before=second)
    assert [first.unit, second.unit, third.unit] == ["download", "image", "view"]


def test_a_receipt_goes_from_one_to_the_other(each: Runtime, tmp_path: Path) -> None:
    with each.database.write() as connection:
        for number in range(4):
            ledger.insert_step(connection, account(number), "hash/1", 5, seconds=0.1)
    assert export_receipt(each, tmp_path / "receipt", now=NOW)
    assert export_receipt(each, tmp_path / "none", now=NOW) is None
    with open_runtime(read_settings({}, home=tmp_path / "central")) as central:
        assert take_in(central, tmp_path / "receipt") == 4
        assert export_receipt(central, tmp_path / "nothing", now=NOW) is None
        with central.database.write() as connection:
            ledger.insert_step(connection, account(1), "hash/2", 7)
        assert export_receipt(central, tmp_path / "back", now=NOW)
    assert take_in(each, tmp_path / "back") == 1
    check(each.database)


def test_views_are_counted_once(each: Runtime) -> None:
    counted = [record_look(each.database, look(), now=NOW + dt.timedelta(seconds=at)) for at in (0, 20, 40, 71)]
    assert counted == [True, False, False, True]
    check(each.database)


def test_many_writers_at_once_lose_nothing(each: Runtime) -> None:
    def write(number: int) -> None:
        for key in range(15):
            with each.database.write() as connection:
                ledger.insert_step(connection, account(number % 3), f"{number}/{key}", 1)
                if key % 5 == 4:
                    ledger.insert_end(connection, account(number % 3), attempt=100 * number + key, outcome="failed")

    def import_many(number: int) -> None:
        rows = [
            {
                **ledger.blank_row(),
                "idempotency_key": f"many:{number}:{position}",
                "at": dt.datetime.now(dt.UTC),
                "job_id": "old",
                "service": "toy",
                "kind": "analysis",
                "route": "web",
                "outcome": "processed",
                "units": 1,
                "subject": f"u:{position}",
            }
            for position in range(40)
        ]
        for _ in range(3):
            with each.database.write() as connection:
                ledger.insert_rows(connection, rows)

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(write, number) for number in range(6)]
        jobs += [pool.submit(import_many, number) for number in (1, 2)]
        for job in jobs:
            job.result()
    assert sum(total.units for total in ledger.usage_totals(each.database)) == 6 * 15 + 2 * 40
    check(each.database)
