"""How a job stands: its share, its time to go, its place in the queue, its log."""

from __future__ import annotations

import pytest
from tests.runtime.queue_jobs import queued

from pelagia.core.errors import NotFound
from pelagia.runtime import job_log
from pelagia.runtime.lifecycle import claim_job, finish_job
from pelagia.runtime.perform import perform
from pelagia.runtime.runner import Runtime
from pelagia.runtime.step_store import StepStore
from pelagia.runtime.watch import snapshot


def test_a_waiting_job_has_its_place_in_the_queue(runtime: Runtime) -> None:
    first, second = queued(runtime.database, "1"), queued(runtime.database, "2")
    long = queued(runtime.database, "3", lane="batch")
    assert [snapshot(runtime.database, job.id).queue_position for job in (first, second, long)] == [1, 2, 1]


def test_those_who_ask_for_much_stand_behind_those_who_ask_for_little(runtime: Runtime) -> None:
    many = [queued(runtime.database, f"a{number}", asker="account:a") for number in range(3)]
    one = queued(runtime.database, "b", asker="account:b")
    places = [snapshot(runtime.database, job.id).queue_position for job in (*many, one)]
    assert places == [1, 3, 4, 2]


def test_progress_and_the_time_to_go_follow_the_steps(runtime: Runtime) -> None:
    job = claim_job(runtime.database, queued(runtime.database, "1").id)
    assert snapshot(runtime.database, job.id).remaining_s is None
    store = StepStore(runtime.database, runtime.storage, job)
    for number in range(4):
        store.save(f"step/{number}", perform("step", int, number), 10)
    seen = snapshot(runtime.database, job.id)
    assert seen.progress_share == pytest.approx(0.4)
    assert seen.remaining_s is not None and 0 <= seen.remaining_s < 60
    assert seen.queue_position is None and not seen.has_ended


def test_only_success_is_all(runtime: Runtime) -> None:
    job = claim_job(runtime.database, queued(runtime.database, "1").id)
    store = StepStore(runtime.database, runtime.storage, job)
    for number in range(10):
        store.save(f"step/{number}", perform("step", int, number), 10)
    assert snapshot(runtime.database, job.id).progress_share < 1
    finish_job(runtime.database, job, "succeeded")
    seen = snapshot(runtime.database, job.id)
    assert (seen.progress_share, seen.remaining_s, seen.has_ended) == (1.0, None, True)


def test_the_log_is_read_from_where_one_stood(runtime: Runtime) -> None:
    job = queued(runtime.database, "1")
    with runtime.database.write() as connection:
        job_log.append(connection, job.id, "One")
        job_log.append(connection, job.id, "Two", "warning")
    first, second = snapshot(runtime.database, job.id).log[-2:]
    assert [(line.level, line.message) for line in (first, second)] == [("info", "One"), ("warning", "Two")]
    assert snapshot(runtime.database, job.id, after_log_id=first.id).log == (second,)


def test_what_is_not_there_cannot_be_watched(runtime: Runtime) -> None:
    with pytest.raises(NotFound):
        snapshot(runtime.database, "nothing")
