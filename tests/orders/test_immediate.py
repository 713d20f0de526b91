"""Short orders travel together, each with its own outcome, and nobody is left waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.orders.toy_orders import order
from tests.runtime.toy_package import install_toy
from tests.runtime.toy_service import write_lines

from pelagia.core.errors import BadInput, PelagiaError, Unavailable
from pelagia.core.result import Result
from pelagia.core.service import Request
from pelagia.orders.fulfil import fulfil
from pelagia.orders.immediate import Answered, ShortOrder, ShortOrders, TooLong, carry_out_orders
from pelagia.orders.order import BadOrder, Order
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.executors import InlineExecutor
from pelagia.runtime.jobs import find_job, list_jobs
from pelagia.runtime.ledger import ledger_rows, usage_totals
from pelagia.runtime.queue import LANES, claim_next
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.syspath_prepend(str(install_toy(tmp_path / "packages")))
    monkeypatch.setenv("PELAGIA_HOME", str(tmp_path / "home"))
    return read_settings({}, home=tmp_path / "home", executor="inline")


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    with open_runtime(settings) as opened:
        yield opened


def lines(result: Result, _request: Request[Any], told: object) -> tuple[object, object]:
    """Answer with the number of lines, and what was told."""
    return result.summary["lines"].value, told


def short(path: Path, *, most_units: int = 100, told: object = None, **params: object) -> ShortOrder:
    return ShortOrder(
        order=Order(service="toy", inputs={"files": [str(path)]}, params=params),
        principal=Principal(asker="account:a", account_id="a"),
        kind="analysis",
        route="deepaas",
        answer=lines,
        told=told,
        most_units=most_units,
    )


def test_each_has_its_own_outcome_and_only_what_was_begun_is_written(runtime: Runtime, tmp_path: Path) -> None:
    good = write_lines(tmp_path / "good.txt", 5)
    fault = tmp_path / "fault.txt"
    fault.write_text("fault\n")
    asked = [
        short(good, told="x"),
        short(good, most_units=4),
        short(tmp_path / "absent.txt"),
        short(good, rounds=0),
        short(fault, fault="bad-input"),
        short(fault, fault="bug"),
        short(good),
    ]
    outcomes, seconds = carry_out_orders(runtime.settings, asked)
    assert isinstance(outcomes[0], Answered) and outcomes[0].answer == (5, "x")
    assert isinstance(outcomes[1], TooLong) and outcomes[1].estimate.units == 5
    assert isinstance(outcomes[2], PelagiaError)
    assert isinstance(outcomes[3], BadOrder) and list(outcomes[3].fields) == ["rounds"]
    assert isinstance(outcomes[4], BadInput)
    assert isinstance(outcomes[5], PelagiaError) and "ZeroDivisionError" in str(outcomes[5])
    assert isinstance(outcomes[6], Answered)
    assert seconds > 0
    assert sorted(job.state for job in list_jobs(runtime.database)) == ["failed", "failed", "succeeded", "succeeded"]
    total = usage_totals(runtime.database)[0]
    assert (total.jobs, total.succeeded, total.failed, total.units) == (4, 2, 2, 10)
    assert not list(runtime.settings.home.glob("work/*"))


def test_it_is_counted_as_one_that_went_through_the_queue(runtime: Runtime, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.txt", 25)
    queued = order(runtime, path)
    claimed = claim_next(runtime.database, LANES, 60)
    assert claimed is not None
    fulfil(runtime, InlineExecutor(), claimed)
    (outcome,), _ = carry_out_orders(runtime.settings, [short(path)])
    assert isinstance(outcome, Answered)

    def counted(job_id: str) -> list[dict[str, Any]]:
        told = ("outcome", "units", "ingested", "objects", "jobs", "bytes", "service", "unit", "models", "installation")
        rows = [{name: row[name] for name in told} for row in ledger_rows(runtime.database, job_id=job_id)]
        return sorted(rows, key=lambda row: (row["outcome"], row["units"]))

    assert counted(outcome.job_id) == counted(queued.id)
    jobs = [find_job(runtime.database, job_id) for job_id in (queued.id, outcome.job_id)]
    for name in ("done_steps", "done_units", "estimate", "unit", "state", "attempt", "installation"):
        assert getattr(jobs[0], name) == getattr(jobs[1], name), name


class Here:
    """In place of the warm processes: does the work in this process, says it took 0.9 ms each, notes how it came."""

    def __init__(self, runtime: Runtime, fault: Callable[[], None] = lambda: None) -> None:
        self.trips: list[int] = []
        self._runtime = runtime
        self._fault = fault

    def call(self, func: Callable[..., Any], settings: Settings, orders: list[ShortOrder], *, timeout_s: float) -> Any:
        assert timeout_s > 0
        self.trips.append(len(orders))
        self._fault()
        outcomes, _ = func(settings, orders)
        return outcomes, 0.0009 * len(orders)


async def all_of(together: ShortOrders, orders: list[ShortOrder]) -> list[Any]:
    return await asyncio.gather(*map(together.carry_out, orders), return_exceptions=True)


def test_those_that_come_meanwhile_travel_together(runtime: Runtime, tmp_path: Path) -> None:
    path, here = write_lines(tmp_path / "a.txt", 2), Here(runtime)
    together = ShortOrders(runtime, here)  # type: ignore[arg-type]

    async def run() -> list[Any]:
        # The first shows how long the service takes.
        await together.carry_out(short(path))
        return await all_of(together, [short(path, told=number) for number in range(20)])

    outcomes = asyncio.run(run())
    assert [outcome.answer for outcome in outcomes] == [(2, number) for number in range(20)]
    assert here.trips[0] == 1 and sum(here.trips) == 21
    # As many as take 10 ms.
    assert max(here.trips) == 11


@pytest.mark.parametrize("fault", [RuntimeError("lost"), asyncio.CancelledError(), Unavailable("x", remedy="y")])
def test_whatever_befalls_a_trip_all_on_it_are_told(fault: BaseException, runtime: Runtime, tmp_path: Path) -> None:
    path, faults = write_lines(tmp_path / "a.txt", 2), [fault]

    def fail() -> None:
        if faults:
            raise faults.pop()

    together = ShortOrders(runtime, Here(runtime, fail))  # type: ignore[arg-type]

    async def run() -> tuple[list[Any], Any]:
        first = await asyncio.wait_for(all_of(together, [short(path), short(path)]), 30)
        return first, await asyncio.wait_for(together.carry_out(short(path)), 30)

    first, later = asyncio.run(run())
    assert sum(isinstance(one, PelagiaError) for one in first) >= 1
    assert isinstance(later, Answered)


def test_one_who_no_longer_waits_keeps_nobody(runtime: Runtime, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.txt", 2)
    together = ShortOrders(runtime, Here(runtime))  # type: ignore[arg-type]

    async def run() -> Any:
        gone = asyncio.ensure_future(together.carry_out(short(path)))
        await asyncio.sleep(0)
        gone.cancel()
        return await asyncio.wait_for(together.carry_out(short(path)), 30)

    assert isinstance(asyncio.run(run()), Answered)
