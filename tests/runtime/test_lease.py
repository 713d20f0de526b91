"""What a worker holds: extended while it lives, seen to be lost, kept while the database is away for a moment."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from tests.orders.toy_orders import order
from tests.runtime.flaky import FlakyDatabase
from tests.runtime.queue_jobs import change, queued
from tests.runtime.toy_package import install_toy
from tests.runtime.toy_service import write_lines
from tests.runtime.working import at_work, ended, wait_until

from pelagia.runtime import lease
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.lease import RAN_OUT, TAKEN_OVER, Leases
from pelagia.runtime.lifecycle import cancel_job
from pelagia.runtime.owner import this_process
from pelagia.runtime.queue import LANES, claim_next
from pelagia.runtime.runner import Runtime
from pelagia.runtime.worker import Worker
from pelagia.runtime.worker_process import Equipment


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "LOOK_S", 0.02)


def claimed(runtime: Runtime, lease_s: float) -> Job:
    queued(runtime.database, "1")
    job = claim_next(runtime.database, LANES, lease_s)
    assert job is not None
    return job


def lease_end(runtime: Runtime, job: Job) -> float:
    until = find_job(runtime.database, job.id).lease_until
    assert until is not None
    return until.timestamp()


def test_a_lease_is_extended_before_it_runs_out(runtime: Runtime) -> None:
    job = claimed(runtime, 2)
    first = lease_end(runtime, job)
    with Leases(runtime.database, 2) as leases:
        leases.hold(job)
        wait_until(lambda: lease_end(runtime, job) > first + 2)
        assert leases.lost(job) == ""
        leases.drop(job)
        assert leases.lost(job) == TAKEN_OVER


def test_what_was_cancelled_or_taken_over_is_seen(runtime: Runtime) -> None:
    job = claimed(runtime, 60)
    with Leases(runtime.database, 60) as leases:
        leases.hold(job)
        change(runtime.database, job, owner=this_process() + "0")
        again = claim_next(runtime.database, LANES, 60)
        assert again is not None
        wait_until(lambda: leases.lost(job) == TAKEN_OVER)
        leases.hold(again)
        cancel_job(runtime.database, job.id)
        wait_until(lambda: leases.lost(again) == "cancelled")


def test_a_database_that_is_away_for_a_moment_costs_nothing(sqlite_runtime: Runtime) -> None:
    job, database = claimed(sqlite_runtime, 60), FlakyDatabase(sqlite_runtime.database)
    with Leases(database, 60) as leases:
        leases.hold(job)
        database.is_away = True
        time.sleep(0.2)
        database.is_away = False
        cancel_job(sqlite_runtime.database, job.id)
        wait_until(lambda: leases.lost(job) == "cancelled")


class Faulty(FlakyDatabase):
    """Where it is away, it raises what nobody foresaw."""

    def _check(self) -> None:
        if self.is_away:
            raise RuntimeError("a fault of the program")


def test_an_error_that_nobody_foresaw_does_not_end_the_watch_over_the_jobs(sqlite_runtime: Runtime) -> None:
    job, database = claimed(sqlite_runtime, 60), Faulty(sqlite_runtime.database)
    with Leases(database, 60) as leases:
        leases.hold(job)
        database.is_away = True
        time.sleep(0.2)
        database.is_away = False
        cancel_job(sqlite_runtime.database, job.id)
        wait_until(lambda: leases.lost(job) == "cancelled")


def test_a_database_that_is_away_for_longer_than_the_lease_costs_the_lease(sqlite_runtime: Runtime) -> None:
    job, database = claimed(sqlite_runtime, 1), FlakyDatabase(sqlite_runtime.database)
    with Leases(database, 1) as leases:
        leases.hold(job)
        database.is_away = True
        wait_until(lambda: leases.lost(job) == RAN_OUT)


def test_a_worker_outlives_a_database_that_is_away(
    sqlite_runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install_toy(tmp_path / "packages")))
    runtime, database = sqlite_runtime, FlakyDatabase(sqlite_runtime.database)
    settings = runtime.settings.model_copy(update={"lease_s": 1.0})
    job = order(runtime, write_lines(tmp_path / "a.txt", 60), params={"seconds_per_step": 0.4})
    worker = Worker(database, Equipment(settings=settings, work="pelagia.orders.fulfil:fulfil"), 1)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        at_work(runtime, job, steps=2)
        database.is_away = True
        time.sleep(1.5)
        database.is_away = False
        done = ended(runtime, job)
    finally:
        worker.stop()
        thread.join()
    assert (done.state, done.done_units) == ("succeeded", 60)
