"""The queue on both databases: who gets which job, who loses it, and what becomes of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from tests.runtime.queue_jobs import LONG_AGO, change, counted_jobs, expire, messages, queued, state, step

from pelagia.core.errors import BadInput, Cancelled, Conflict, Unavailable
from pelagia.runtime import worker_beats
from pelagia.runtime.faults import OUT_OF_MEMORY, PAUSES_S, WORKER_DIED, Fault, clear_fault
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.lifecycle import Lane, cancel_job, claim_job, finish_job
from pelagia.runtime.metrics import read_figures
from pelagia.runtime.owner import this_process
from pelagia.runtime.queue import (
    FORGIVEN_AFTER_S,
    LANES,
    MOST_TAKEOVERS,
    claim_next,
    end_with_fault,
    extend_leases,
    give_back,
)
from pelagia.runtime.runner import Runtime
from pelagia.runtime.tables import WORKERS

LEASE_S = 60.0
NETWORK = Fault.of(Unavailable("The storage does not answer", remedy="Wait."))
CRASH = Fault(error={"code": WORKER_DIED, "what": "It died", "value": "", "remedy": "", "file": ""}, passes=True)
ELSEWHERE = "other-machine/boot/1@1"


def claim(runtime: Runtime, lanes: tuple[Lane, ...] = LANES) -> Job | None:
    return claim_next(runtime.database, lanes, LEASE_S)


def claimed(runtime: Runtime, lanes: tuple[Lane, ...] = LANES) -> Job:
    job = claim(runtime, lanes)
    assert job is not None
    return job


def rested(runtime: Runtime, job: Job) -> Job:
    """Claim a job that rests, as if its time had come."""
    assert claim(runtime) is None
    change(runtime.database, job, not_before=LONG_AGO)
    return claimed(runtime)


def dead_process() -> str:
    """Return the name of a process of this machine that is no more."""
    return this_process() + "0"


def test_the_oldest_job_is_claimed_once(runtime: Runtime) -> None:
    first, second = queued(runtime.database, "1"), queued(runtime.database, "2")
    got = claimed(runtime)
    assert (got.id, got.state, got.attempt, got.owner) == (first.id, "running", 1, this_process())
    assert got.lease_until is not None and got.beat_at is not None
    assert (got.lease_until - got.beat_at).total_seconds() == pytest.approx(LEASE_S)
    assert claimed(runtime).id == second.id
    assert claim(runtime) is None


def test_many_who_look_at_once_get_each_job_once(runtime: Runtime) -> None:
    jobs = {queued(runtime.database, str(number)).id for number in range(24)}

    def claim_all() -> list[str]:
        found = []
        # An empty answer may mean that another one was quicker.
        for _ in range(40):
            job = claim(runtime)
            if job is not None:
                found.append(job.id)
        return found

    with ThreadPoolExecutor(6) as threads:
        got = [job for found in threads.map(lambda _: claim_all(), range(6)) for job in found]
    assert sorted(got) == sorted(jobs)


def test_a_job_of_the_command_line_is_not_in_the_queue(runtime: Runtime) -> None:
    queued(runtime.database, "1", lane=None)
    assert claim(runtime) is None


def test_a_lease_that_ran_out_is_taken_over_and_the_first_holder_can_commit_nothing(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    first = claimed(runtime)
    step(runtime, first, "a")
    expire(runtime.database, first)
    second = claimed(runtime)
    assert (second.id, second.attempt, second.done_units) == (first.id, 2, 1)
    assert extend_leases(runtime.database, [first, second], LEASE_S) == {second.id}
    with pytest.raises(Conflict):
        step(runtime, first, "b")
    assert not finish_job(runtime.database, first, "succeeded")
    assert not give_back(runtime.database, first)
    end_with_fault(runtime.database, first, NETWORK, 0)
    assert state(runtime.database, second) == "running"
    assert finish_job(runtime.database, second, "succeeded")
    assert counted_jobs(runtime.database, second) == 1
    assert "Went on after an interruption; 1 of 100 are done" in messages(runtime.database, second)


def test_a_takeover_a_retry_and_a_return_are_counted_once_each(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    first = claimed(runtime)
    expire(runtime.database, first)
    second = claimed(runtime)
    end_with_fault(runtime.database, second, NETWORK, 1.0)
    third = rested(runtime, second)
    step(runtime, third, "a")
    end_with_fault(runtime.database, third, CRASH, 1.0)
    give_back(runtime.database, claimed(runtime))

    assert read_figures(runtime.database).events == {"takeover": 1, "retry": 2, "given-back": 1}


def test_an_extended_lease_is_not_taken_over(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    job = claimed(runtime)
    expire(runtime.database, job)
    assert extend_leases(runtime.database, [job], LEASE_S) == {job.id}
    assert claim(runtime) is None


def test_a_worker_that_starts_again_under_the_number_of_the_dead_one_takes_its_job_over(runtime: Runtime) -> None:
    """The first of the two ways in which procrastinate leaves jobs behind for ever."""
    queued(runtime.database, "1")
    job = claimed(runtime)
    change(runtime.database, job, owner=dead_process())
    assert claimed(runtime).id == job.id


def test_a_job_is_taken_over_though_nothing_is_known_of_its_worker(runtime: Runtime) -> None:
    """The second: the row of the worker was cleared away."""
    queued(runtime.database, "1")
    job = claimed(runtime)
    worker_beats.beat(runtime.database, ELSEWHERE, jobs=1)
    with runtime.database.write() as connection:
        connection.execute(sa.delete(WORKERS))
    change(runtime.database, job, owner=ELSEWHERE, lease_until=LONG_AGO)
    assert claimed(runtime).id == job.id


def test_a_worker_on_another_machine_keeps_its_job_until_its_lease_runs_out(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    job = claimed(runtime)
    change(runtime.database, job, owner=ELSEWHERE)
    assert claim(runtime) is None
    with pytest.raises(Conflict):
        claim_job(runtime.database, job.id)
    expire(runtime.database, job)
    assert claimed(runtime).attempt == 2


def test_short_work_comes_before_long_work_that_came_first(runtime: Runtime) -> None:
    long, short = queued(runtime.database, "1", lane="batch"), queued(runtime.database, "2")
    assert claimed(runtime).id == short.id
    assert claimed(runtime).id == long.id


def test_what_is_kept_for_short_work_takes_no_long_work(runtime: Runtime) -> None:
    queued(runtime.database, "1", lane="batch")
    assert claim(runtime, ("interactive",)) is None


def test_long_work_does_not_wait_for_ever_behind_short_work(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    long = queued(runtime.database, "2", lane="batch")
    change(runtime.database, long, created_at=LONG_AGO)
    assert claimed(runtime).id == long.id


def test_those_who_ask_take_turns(runtime: Runtime) -> None:
    many = [queued(runtime.database, f"a{number}", asker="account:a") for number in range(3)]
    few = [queued(runtime.database, f"b{number}", asker="account:b") for number in range(2)]
    assert [claimed(runtime).id for _ in range(5)] == [many[0].id, few[0].id, many[1].id, few[1].id, many[2].id]


def test_those_who_ask_take_turns_also_where_one_job_runs_at_a_time(runtime: Runtime) -> None:
    many = [queued(runtime.database, f"a{number}", asker="account:a") for number in range(3)]
    few = [queued(runtime.database, f"b{number}", asker="account:b") for number in range(2)]
    order = []
    for _ in range(5):
        job = claimed(runtime)
        finish_job(runtime.database, job, "succeeded")
        order.append(job.id)
    assert order == [many[0].id, few[0].id, many[1].id, few[1].id, many[2].id]


def test_a_fault_that_passes_is_tried_again_a_few_times_and_then_told(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    job = claimed(runtime)
    for tries in range(len(PAUSES_S)):
        end_with_fault(runtime.database, job, NETWORK, 0)
        assert state(runtime.database, job) == "queued"
        assert (
            f"The storage does not answer. Trying again in {PAUSES_S[tries]:g} s" in messages(runtime.database, job)[-1]
        )
        assert counted_jobs(runtime.database, job) == 0
        job = rested(runtime, job)
        assert job.tries == tries + 1
    end_with_fault(runtime.database, job, NETWORK, 0)
    ended = find_job(runtime.database, job.id)
    assert (ended.state, ended.error) == ("failed", NETWORK.error)
    assert messages(runtime.database, job)[-1] == "Failed: The storage does not answer. Wait"
    assert counted_jobs(runtime.database, job) == 1


def test_a_fault_after_long_sound_work_counts_as_the_first(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    job = claimed(runtime)
    change(runtime.database, job, tries=len(PAUSES_S))
    end_with_fault(runtime.database, find_job(runtime.database, job.id), NETWORK, FORGIVEN_AFTER_S + 1)
    assert (state(runtime.database, job), find_job(runtime.database, job.id).tries) == ("queued", 1)


@pytest.mark.parametrize("error", [BadInput("The file is no image", remedy="Take it out."), ZeroDivisionError("x")])
def test_bad_input_and_faults_of_the_program_are_never_tried_again(runtime: Runtime, error: Exception) -> None:
    queued(runtime.database, "1")
    job = claimed(runtime)
    end_with_fault(runtime.database, job, Fault.of(clear_fault(error, "step")), 0)
    assert state(runtime.database, job) == "failed"


def test_a_full_disk_is_tried_once_more_only_and_late() -> None:
    full = Fault.of(clear_fault(OSError(28, "No space left on device"), "step"))
    assert full.pause_s(0) == 60 and full.pause_s(1) is None
    memory = Fault.of(clear_fault(MemoryError(), "step"))
    assert memory.error["code"] == OUT_OF_MEMORY and memory.pause_s(2) is None


def test_the_death_of_a_process_counts_only_where_nothing_was_finished_before(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    job = claimed(runtime)
    for number in range(len(PAUSES_S) + 2):
        step(runtime, job, f"step/{number}")
        end_with_fault(runtime.database, job, CRASH, 0)
        job = claimed(runtime)
    end_with_fault(runtime.database, job, CRASH, 0)
    assert (state(runtime.database, job), find_job(runtime.database, job.id).tries) == ("queued", 1)
    for _ in PAUSES_S:
        job = rested(runtime, job)
        end_with_fault(runtime.database, job, CRASH, 0)
    assert state(runtime.database, job) == "failed"


def test_a_job_that_kills_worker_after_worker_is_given_up(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    job = claimed(runtime)
    for _ in range(MOST_TAKEOVERS):
        expire(runtime.database, job)
        job = claimed(runtime)
    expire(runtime.database, job)
    assert claim(runtime) is None
    ended = find_job(runtime.database, job.id)
    assert ended.state == "failed" and ended.error is not None and ended.error["code"] == WORKER_DIED
    assert counted_jobs(runtime.database, job) == 1


def test_kills_with_finished_steps_between_never_give_a_job_up(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    job = claimed(runtime)
    for number in range(MOST_TAKEOVERS + 5):
        step(runtime, job, f"step/{number}")
        expire(runtime.database, job)
        job = claimed(runtime)
    assert job.tries == 0


def test_a_job_that_is_given_back_goes_on_at_once(runtime: Runtime) -> None:
    queued(runtime.database, "1")
    job = claimed(runtime)
    assert give_back(runtime.database, job)
    again = claimed(runtime)
    assert (again.id, again.attempt, again.tries) == (job.id, 2, 0)


def test_a_job_cancelled_before_its_start_is_not_counted(runtime: Runtime) -> None:
    job = queued(runtime.database, "1")
    assert cancel_job(runtime.database, job.id).state == "cancelled"
    assert claim(runtime) is None
    assert counted_jobs(runtime.database, job) == 0
    assert messages(runtime.database, job)[-1].startswith("Stopped on request")


def test_a_job_cancelled_at_work_or_at_rest_is_counted_once(runtime: Runtime) -> None:
    for name, rests in (("1", False), ("2", True)):
        queued(runtime.database, name)
        job = claimed(runtime)
        if rests:
            end_with_fault(runtime.database, job, NETWORK, 0)
        cancel_job(runtime.database, job.id)
        assert counted_jobs(runtime.database, job) == 1
        assert claim(runtime) is None
        with pytest.raises(Cancelled):
            step(runtime, job, "a")
        with pytest.raises(Conflict):
            cancel_job(runtime.database, job.id)
