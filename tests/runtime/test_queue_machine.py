"""Whatever happens in whatever order: no job is held twice, none is lost, each is counted once."""

from __future__ import annotations

import itertools
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from tests.runtime.queue_jobs import LONG_AGO, change, expire, queued, step
from tests.servers.postgres import PostgresServer

from pelagia.core.errors import BadInput, Cancelled, Conflict, Unavailable
from pelagia.runtime.faults import PAUSES_S, Fault
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.ledger import ledger_rows
from pelagia.runtime.lifecycle import Lane, cancel_job, finish_job
from pelagia.runtime.owner import this_process
from pelagia.runtime.queue import LANES, MOST_TAKEOVERS, claim_next, end_with_fault, extend_leases, give_back
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import Settings, read_settings
from pelagia.runtime.tables import JOBS, METADATA

LEASE_S = 1000.0
ENDED = ("succeeded", "failed", "cancelled")
PASSES = Fault.of(Unavailable("The network is away", remedy="Wait."))
STAYS = Fault.of(BadInput("The file is broken", remedy="Take it out."))
numbers = itertools.count()


class QueueMachine(RuleBasedStateMachine):
    """Workers that come, go, die and come back, and people who ask and change their minds."""

    installation: Settings

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.runtime = self.stack.enter_context(open_runtime(self.installation))
        self.database = self.runtime.database
        with self.database.write() as connection:
            for table in reversed(METADATA.sorted_tables):
                connection.execute(sa.delete(table))
        self.submitted: list[str] = []
        # What a worker believes to hold, rightly or not.
        self.held: list[Job] = []
        self.units: dict[str, int] = {}
        self.steps = itertools.count()

    def teardown(self) -> None:
        """Let all that is left be done: nothing is stuck."""
        try:
            self._drain()
        finally:
            self.stack.close()

    @rule(asker=st.sampled_from(["account:a", "account:b", "visit:c"]), lane=st.sampled_from(LANES))
    def submit(self, asker: str, lane: Lane) -> None:
        job = queued(self.database, f"job {next(numbers)}", asker=asker, lane=lane)
        self.submitted.append(job.id)
        self.units[job.id] = 0

    @rule(lanes=st.sampled_from([LANES, ("interactive",)]))
    def claim(self, lanes: tuple[Lane, ...]) -> None:
        job = claim_next(self.database, lanes, LEASE_S)
        if job is None:
            assert not self._claimable(lanes)
            return
        assert job.lane in lanes
        assert not [other for other in self.held if other.id == job.id and self._is_live(other)]
        self.held.append(job)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), units=st.integers(0, 5))
    def finish_a_step(self, data: st.DataObject, units: int) -> None:
        job = data.draw(st.sampled_from(self.held))
        is_live = self._is_live(job)
        try:
            step(self.runtime, job, f"step/{next(self.steps)}", units)
        except (Conflict, Cancelled):
            assert not is_live
        else:
            assert is_live
            self.units[job.id] += units

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def beat(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.held))
        is_live = self._is_live(job)
        assert extend_leases(self.database, [job], LEASE_S) == ({job.id} if is_live else set())

    @precondition(lambda self: self.held)
    @rule(data=st.data(), state=st.sampled_from(["succeeded", "failed", "cancelled"]))
    def finish(self, data: st.DataObject, state: str) -> None:
        job = self._let_go(data)
        assert finish_job(self.database, job, state) == self._was_live

    @precondition(lambda self: self.held)
    @rule(data=st.data(), fault=st.sampled_from([PASSES, STAYS]))
    def meet_a_fault(self, data: st.DataObject, fault: Fault) -> None:
        job = self._let_go(data)
        before = find_job(self.database, job.id).state
        end_with_fault(self.database, job, fault, 0)
        after = find_job(self.database, job.id).state
        again = fault.passes and job.tries < len(PAUSES_S)
        assert after == (before if not self._was_live else "queued" if again else "failed")

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def stop_the_worker(self, data: st.DataObject) -> None:
        job = self._let_go(data)
        assert give_back(self.database, job) == self._was_live

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def kill_the_worker(self, data: st.DataObject) -> None:
        job = self._let_go(data)
        if self._was_live:
            change(self.database, job, owner=this_process() + "0")

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def let_the_worker_sleep(self, data: st.DataObject) -> None:
        """It keeps believing that the job is its own."""
        job = data.draw(st.sampled_from(self.held))
        if self._is_live(job):
            expire(self.database, job)

    @precondition(lambda self: self.submitted)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        job_id = data.draw(st.sampled_from(self.submitted))
        before = find_job(self.database, job_id).state
        try:
            assert cancel_job(self.database, job_id).state == "cancelled"
        except Conflict:
            assert before in ENDED
        else:
            assert before not in ENDED

    @rule()
    def let_time_pass(self) -> None:
        with self.database.write() as connection:
            connection.execute(sa.update(JOBS).where(JOBS.c.not_before.is_not(None)).values(not_before=LONG_AGO))

    @invariant()
    def no_job_is_lost(self) -> None:
        assert {job.id for job in self._jobs()} == set(self.submitted)

    @invariant()
    def no_job_is_held_twice(self) -> None:
        live = [job.id for job in self.held if self._is_live(job)]
        assert len(live) == len(set(live))

    @invariant()
    def every_unit_and_every_job_is_counted_once(self) -> None:
        rows = list(ledger_rows(self.database))
        for job in self._jobs():
            mine = [row for row in rows if row["job_id"] == job.id]
            assert sum(row["units"] for row in mine) == self.units[job.id] == job.done_units
            assert sum(row["jobs"] for row in mine) == (job.state in ENDED and job.attempt > 0)
            assert sum(row["ingested"] for row in mine) == (job.total_units if job.attempt else 0)

    def _jobs(self) -> list[Job]:
        with self.database.read() as connection:
            found = connection.execute(sa.select(JOBS.c.id)).scalars().all()
        return [find_job(self.database, job_id) for job_id in found]

    def _is_live(self, held: Job) -> bool:
        job = find_job(self.database, held.id)
        return job.state == "running" and job.attempt == held.attempt

    def _claimable(self, lanes: tuple[Lane, ...]) -> list[str]:
        """Return what a worker should have found; a job that just was given up has ended."""
        return [job.id for job in self._jobs() if job.state == "queued" and job.lane in lanes and not job.not_before]

    def _let_go(self, data: st.DataObject) -> Job:
        job: Job = data.draw(st.sampled_from(self.held))
        self._was_live = self._is_live(job)
        self.held = [other for other in self.held if other is not job]
        return job

    def _drain(self) -> None:
        for _ in range((MOST_TAKEOVERS + 2) * len(self.submitted)):
            self.let_time_pass()
            for job in self._jobs():
                if job.state == "running":
                    expire(self.database, job)
            taken = claim_next(self.database, LANES, LEASE_S)
            if taken is not None:
                assert finish_job(self.database, taken, "succeeded")
        assert all(job.state in ENDED for job in self._jobs())
        self.every_unit_and_every_job_is_counted_once()


def run_on(installation: Settings, examples: int) -> None:
    machine = type("Machine", (QueueMachine,), {"installation": installation})
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=30, deadline=None, suppress_health_check=slow),
    )


@pytest.mark.timeout(600)
def test_any_order_of_events_on_sqlite() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run_on(read_settings({}, home=Path(folder) / "home"), 25)


@pytest.mark.timeout(600)
def test_any_order_of_events_on_postgresql(postgres_server: PostgresServer) -> None:
    with tempfile.TemporaryDirectory() as folder:
        address = postgres_server.new_database(f"machine{next(numbers)}")
        run_on(read_settings({}, home=Path(folder) / "home", database_url=address), 15)
