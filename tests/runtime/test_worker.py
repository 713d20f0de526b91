"""Workers: each job in a process of its own, that can be stopped, killed and replaced."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.orders.toy_orders import order
from tests.runtime.queue_jobs import counted_jobs, messages, queued, step
from tests.runtime.toy_package import environment_of, install_toy
from tests.runtime.toy_service import write_lines
from tests.runtime.working import (
    at_work,
    descendants,
    ended,
    is_running,
    start_pelagia,
    wait_until,
    working,
)
from tests.servers.postgres import PostgresServer

from pelagia.runtime import faults, worker
from pelagia.runtime.jobs import find_job
from pelagia.runtime.lease import Leases
from pelagia.runtime.ledger import usage_totals
from pelagia.runtime.lifecycle import cancel_job
from pelagia.runtime.queue import LANES, claim_next
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import Settings, read_settings
from pelagia.runtime.worker_beats import worker_beats

FOR_EVER_S = 3600.0


@pytest.fixture
def toy_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy among the services of this process and of those it starts."""
    folder = install_toy(tmp_path / "packages")
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def runtime(settings: Settings, toy_package: Path) -> Iterator[Runtime]:
    with open_runtime(settings) as opened:
        yield opened


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "a.txt", 60)


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    path = write_lines(tmp_path / "faulty.txt", 30)
    path.write_text(path.read_text() + "fault\n")
    return path


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "PAUSES_S", (0.05, 0.05, 0.05))
    monkeypatch.setattr(faults, "PAUSES_OF_CODE", {faults.DISK_FULL: (0.05,), faults.OUT_OF_MEMORY: (0.05, 0.05)})


def test_a_worker_does_what_waits_and_writes_the_output_folders(runtime: Runtime, lines: Path) -> None:
    jobs = [order(runtime, lines, lane="interactive"), order(runtime, lines, lane="batch")]
    worker.Worker(runtime.database, _equipment(runtime), 2).run(once=True)
    for job in jobs:
        done = find_job(runtime.database, job.id)
        assert (done.state, done.done_units, done.attempt) == ("succeeded", 60, 1)
        assert (runtime.settings.result_folder(job.id) / "summary.json").is_file()
        assert messages(runtime.database, job) == ["Waiting for its turn", "Started", "Finished"]
    (total,) = usage_totals(runtime.database)
    assert (total.units, total.jobs, total.succeeded) == (120, 2, 2)


def test_a_job_is_cut_in_the_middle_of_a_step_when_it_is_cancelled(runtime: Runtime, lines: Path) -> None:
    stuck = order(runtime, lines, lane="interactive", params={"seconds_per_step": FOR_EVER_S})
    with working(runtime):
        at_work(runtime, stuck, steps=1)
        cancel_job(runtime.database, stuck.id)
        # The only slot is free again: a step of an hour did not hold it.
        assert ended(runtime, order(runtime, lines)).state == "succeeded"
    assert find_job(runtime.database, stuck.id).state == "cancelled"
    assert counted_jobs(runtime.database, stuck) == 1


def test_a_job_that_finishes_nothing_for_longer_than_is_allowed_ends_as_a_clear_error(
    runtime: Runtime, lines: Path
) -> None:
    limited = dataclasses.replace(runtime, settings=runtime.settings.model_copy(update={"step_s": 0.5}))
    job = order(runtime, lines, params={"seconds_per_step": FOR_EVER_S})
    with working(limited):
        at_work(runtime, job)
        processes = descendants(os.getpid())
        done = ended(runtime, job)
        assert done.state == "failed" and done.error is not None and done.attempt == 1
        assert done.error["code"] == "no-progress"
        assert "finished nothing for 0.5 s" in done.error["what"]
        wait_until(lambda: not all(map(is_running, processes)))
        at_work(runtime, order(runtime, lines, params={"seconds_per_step": FOR_EVER_S}))
    assert counted_jobs(runtime.database, job) == 1


def test_a_job_whose_steps_are_quick_enough_may_take_as_long_as_it_likes(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    job = claim_next(runtime.database, LANES, 60)
    assert job is not None
    with Leases(runtime.database, 60) as leases:
        leases.hold(job)
        wait_until(lambda: leases.silent_s(job) > 1)
        step(runtime, job, "a")
        wait_until(lambda: leases.silent_s(job) < 1)


def test_short_work_is_done_while_long_work_goes_on(runtime: Runtime, lines: Path) -> None:
    long = [order(runtime, lines, lane="batch", params={"seconds_per_step": FOR_EVER_S}) for _ in range(3)]
    with working(runtime, slots=2):
        at_work(runtime, long[0], steps=1)
        assert ended(runtime, order(runtime, lines, lane="interactive")).state == "succeeded"
        states = [find_job(runtime.database, job.id).state for job in long]
    assert states == ["running", "queued", "queued"]


@pytest.mark.usefixtures("_impatient")
def test_a_process_that_the_system_kills_becomes_a_clear_error_after_some_tries(runtime: Runtime, faulty: Path) -> None:
    job = order(runtime, faulty, lane="interactive", params={"fault": "die"})
    with working(runtime):
        done = ended(runtime, job)
        assert ended(runtime, order(runtime, faulty, lane="interactive")).state == "succeeded"
    assert done.state == "failed" and done.error is not None and done.error["code"] == faults.WORKER_DIED
    assert "memory" in done.error["what"]
    # Of the starts, the first brought finished steps; the others were in vain.
    assert done.attempt == 2 + len(faults.PAUSES_S)
    assert done.done_units == 30 and counted_jobs(runtime.database, job) == 1


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(("fault", "code", "starts"), [("disk", "disk-full", 2), ("memory", "out-of-memory", 3)])
def test_a_full_disk_and_full_memory_end_as_clear_errors(
    sqlite_runtime: Runtime, toy_package: Path, faulty: Path, fault: str, code: str, starts: int
) -> None:
    job = order(sqlite_runtime, faulty, params={"fault": fault})
    with working(sqlite_runtime):
        done = ended(sqlite_runtime, job)
    assert done.state == "failed" and done.error is not None and done.error["code"] == code
    assert done.error["remedy"] and done.attempt == starts
    assert done.done_units == 30 and counted_jobs(sqlite_runtime.database, job) == 1


@pytest.mark.parametrize(("fault", "code"), [("bad-input", "bad-input"), ("bug", "step-failed")])
def test_what_will_never_succeed_is_tried_once(
    sqlite_runtime: Runtime, toy_package: Path, faulty: Path, fault: str, code: str
) -> None:
    job = order(sqlite_runtime, faulty, params={"fault": fault})
    with working(sqlite_runtime):
        done = ended(sqlite_runtime, job)
    assert done.error is not None
    assert (done.state, done.attempt, done.error["code"]) == ("failed", 1, code)
    # People outside read the log; what a fault of the program was, stands in the error alone.
    told = done.error["what"] if fault == "bad-input" else "The program made a mistake"
    assert messages(sqlite_runtime.database, job)[-1].startswith(f"Failed: {told}")


def test_a_worker_that_is_stopped_gives_its_job_back_and_the_next_goes_on(runtime: Runtime, lines: Path) -> None:
    job = order(runtime, lines, lane="batch", params={"seconds_per_step": 0.2})
    with working(runtime):
        before = at_work(runtime, job, steps=2)
    assert find_job(runtime.database, job.id).state == "queued"
    with working(runtime):
        done = ended(runtime, job)
    assert (done.state, done.attempt, done.done_units) == ("succeeded", before.attempt + 1, 60)
    assert counted_jobs(runtime.database, job) == 1


def test_a_worker_ended_by_the_system_gives_its_job_back(runtime: Runtime, toy_package: Path, lines: Path) -> None:
    job = order(runtime, lines, params={"seconds_per_step": FOR_EVER_S})
    process = start_pelagia(environment_of(runtime.settings, toy_package), "worker", "--slots", "1")
    try:
        at_work(runtime, job, steps=1)
        with runtime.database.read() as connection:
            assert [beat.is_alive for beat in worker_beats(connection)] == [True]
        children = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    given_back = find_job(runtime.database, job.id)
    assert (given_back.state, given_back.owner, given_back.lease_until) == ("queued", None, None)
    wait_until(lambda: not any(is_running(pid) for pid in children))
    with runtime.database.read() as connection:
        assert worker_beats(connection) == []


def test_what_a_killed_worker_had_at_work_ends_with_it_and_another_goes_on(
    runtime: Runtime, toy_package: Path, lines: Path
) -> None:
    environment = environment_of(runtime.settings.model_copy(update={"executor": "processes"}), toy_package)
    job = order(runtime, lines, lane="batch", params={"seconds_per_step": 0.5})
    process = start_pelagia(environment, "worker", "--slots", "1")
    try:
        before = at_work(runtime, job, steps=1)
        children = descendants(process.pid)
        process.kill()
        process.wait()
        wait_until(lambda: not any(is_running(pid) for pid in children))
    finally:
        for pid in filter(is_running, descendants(process.pid)):
            os.kill(pid, signal.SIGKILL)
    assert len(children) > 1
    with working(runtime):
        done = ended(runtime, job)
    assert (done.state, done.attempt, done.done_units) == ("succeeded", before.attempt + 1, 60)
    assert "Went on after an interruption" in " ".join(messages(runtime.database, job))


@pytest.mark.usefixtures("_impatient")
def test_a_database_that_drops_all_connections_costs_nothing_but_time(
    postgres_server: PostgresServer, toy_package: Path, lines: Path, tmp_path: Path
) -> None:
    address = postgres_server.new_database("dropping")
    settings = read_settings({}, home=tmp_path / "home", executor="inline", database_url=address)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'dropping'"
    with open_runtime(settings) as runtime:
        job = order(runtime, lines, params={"seconds_per_step": 0.2})
        with working(runtime), psycopg.connect(postgres_server.url(), autocommit=True) as outside:
            for steps in range(1, 5):
                at_work(runtime, job, steps=steps)
                outside.execute(others)
            done = ended(runtime, job)
        assert (done.state, done.done_units) == ("succeeded", 60)
        assert counted_jobs(runtime.database, job) == 1


def _equipment(runtime: Runtime) -> worker.Equipment:
    return worker.Equipment(settings=runtime.settings, work="pelagia.orders.fulfil:fulfil")
