"""Steps: done once, counted once, replayed in order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.runtime.toy_run import prepare
from tests.runtime.toy_service import toy_request, write_lines

from pelagia.core.errors import Cancelled, Conflict, NotFound
from pelagia.runtime import ledger
from pelagia.runtime.executors import InlineExecutor, ProcessExecutor, open_executor
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.lifecycle import cancel_job, claim_job
from pelagia.runtime.progress import Progress
from pelagia.runtime.runner import Runtime
from pelagia.runtime.step_store import StepStore, storage_prefix
from pelagia.runtime.steps import JobSteps

calls: list[Any] = []


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    calls.clear()


@pytest.fixture
def job(runtime: Runtime, tmp_path: Path) -> Job:
    return prepare(runtime, toy_request(write_lines(tmp_path / "a.txt", 10)))


def start(runtime: Runtime, job: Job, executor: Any = None, told: list[Progress] | None = None) -> JobSteps:
    claimed = claim_job(runtime.database, job.id)
    workdir = runtime.settings.workdir(job.id)
    store = StepStore(runtime.database, runtime.storage, claimed)
    return JobSteps(store, executor or InlineExecutor(), claimed, workdir, None if told is None else told.append)


def double(number: int) -> int:
    calls.append(number)
    return 2 * number


def describe(value: Any) -> Any:
    calls.append(value)
    return {"tuple": (1, 2), "table": pa.table({"x": [value]}), "array": np.array([value]), "long": "x" * 100_000}


def billed(runtime: Runtime, job: Job) -> int:
    return sum(row["units"] for row in ledger.ledger_rows(runtime.database, job_id=job.id))


def test_a_step_is_run_once_and_its_value_comes_back_on_the_next_start(runtime: Runtime, job: Job) -> None:
    assert start(runtime, job).do("a", double, 21, units=3) == 42
    assert start(runtime, job).do("a", double, 21, units=3) == 42
    assert calls == [21]
    assert billed(runtime, job) == 3
    assert find_job(runtime.database, job.id).done_units == 3


def test_the_first_run_returns_what_a_replay_returns(runtime: Runtime, job: Job) -> None:
    first = start(runtime, job).do("a", describe, 1)
    again = start(runtime, job).do("a", describe, 1)
    assert first["tuple"] == again["tuple"] == [1, 2]
    assert first["table"].equals(again["table"]) and first["long"] == again["long"]
    np.testing.assert_array_equal(first["array"], again["array"])
    assert len(calls) == 1


def test_mapped_values_come_in_the_order_of_the_items_and_are_counted_one_by_one(runtime: Runtime, job: Job) -> None:
    steps = start(runtime, job)
    assert list(steps.map("m", double, range(20), units=lambda value: value)) == [2 * n for n in range(20)]
    assert billed(runtime, job) == sum(2 * n for n in range(20))
    assert list(start(runtime, job).map("m", double, range(20), units=lambda value: value)) == [
        2 * n for n in range(20)
    ]
    assert calls == list(range(20))


def test_a_cut_map_goes_on_with_the_items_that_are_not_done(runtime: Runtime, job: Job) -> None:
    values = start(runtime, job).map("m", double, range(10))
    assert [next(values) for _ in range(4)] == [0, 2, 4, 6]
    values.close()  # type: ignore[attr-defined]
    done = list(calls)
    assert list(start(runtime, job).map("m", double, range(10))) == [2 * n for n in range(10)]
    assert sorted(calls) == list(range(10)), "each item was worked on once"
    assert len(done) < 10


def test_new_work_starts_before_old_values_are_replayed(runtime: Runtime, job: Job) -> None:
    values = start(runtime, job).map("m", double, range(10))
    for _ in range(5):
        next(values)
    values.close()  # type: ignore[attr-defined]
    done = set(calls)
    calls.clear()
    next(start(runtime, job).map("m", double, range(10)))
    assert calls and not done & set(calls)


def test_mapping_nothing_gives_nothing(runtime: Runtime, job: Job) -> None:
    assert list(start(runtime, job).map("m", double, [])) == []


def test_items_are_asked_for_no_further_ahead_than_the_executor_needs(sqlite_runtime: Runtime, tmp_path: Path) -> None:
    asked: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            asked.append(number)
            yield number

    job = prepare(sqlite_runtime, toy_request(write_lines(tmp_path / "a.txt", 10)))
    next(start(sqlite_runtime, job).map("m", double, items()))
    assert len(asked) <= 2 * InlineExecutor.window


def test_processes_give_the_same_values_in_the_same_order(runtime: Runtime, job: Job) -> None:
    with open_executor("processes", 2) as executor:
        assert isinstance(executor, ProcessExecutor)
        values = list(start(runtime, job, executor).map("m", double, range(12), units=lambda value: 1))
    assert values == [2 * n for n in range(12)]
    assert billed(runtime, job) == 12


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("do", "a"), ("do", "a")),
        (("map", "a"), ("map", "a")),
        (("map", "a"), ("do", "a/3")),
        (("do", "a/3"), ("map", "a")),
    ],
)
def test_a_key_used_twice_is_an_error(
    sqlite_runtime: Runtime, tmp_path: Path, first: tuple[str, str], second: tuple[str, str]
) -> None:
    steps = start(sqlite_runtime, prepare(sqlite_runtime, toy_request(write_lines(tmp_path / "a.txt", 10))))

    def use(how: str, key: str) -> None:
        if how == "do":
            steps.do(key, double, 1)
        else:
            list(steps.map(key, double, [1]))

    use(*first)
    with pytest.raises(Conflict, match="used twice"):
        use(*second)


def test_a_superseded_process_can_commit_nothing_more(runtime: Runtime, job: Job) -> None:
    old = start(runtime, job)
    old.do("a", double, 1, units=1)
    new = start(runtime, job)
    with pytest.raises(Conflict, match="taken over"):
        old.do("b", double, 2, units=1)
    assert new.do("b", double, 3, units=1) == 6
    assert billed(runtime, job) == 2


def test_a_stopped_job_commits_nothing_more_and_goes_on_when_started_again(runtime: Runtime, job: Job) -> None:
    steps = start(runtime, job)
    values = steps.map("m", double, range(10), units=lambda value: 1)
    next(values)
    cancel_job(runtime.database, job.id)
    with pytest.raises(Cancelled):
        list(values)
    before = billed(runtime, job)
    assert list(start(runtime, job).map("m", double, range(10), units=lambda value: 1)) == [2 * n for n in range(10)]
    assert before < billed(runtime, job) == 10


def test_a_waiting_map_notices_that_the_job_was_stopped(runtime: Runtime, job: Job) -> None:
    with open_executor("processes", 1) as executor:
        values = start(runtime, job, executor).map("m", sleep_long, [30])
        cancel_job(runtime.database, job.id)
        with pytest.raises(Cancelled):
            next(values)


def sleep_long(seconds: float) -> None:
    time.sleep(seconds)


def test_a_missing_stored_value_is_said_to_be_missing(runtime: Runtime, job: Job) -> None:
    start(runtime, job).do("a", describe, 1)
    runtime.storage.delete_under(storage_prefix(job.id))
    with pytest.raises(NotFound, match="stored value is missing"):
        start(runtime, job).do("a", describe, 1)


def test_progress_counts_what_was_done_before_and_what_is_new(runtime: Runtime, job: Job) -> None:
    list(zip(start(runtime, job).map("m", double, range(2), units=lambda value: 1), range(2), strict=True))
    told: list[Progress] = []
    list(start(runtime, job, told=told).map("m", double, range(4), units=lambda value: 1))
    assert [(one.done_steps, one.new_steps, one.done_units) for one in told] == [(3, 1, 3), (4, 2, 4)]
    assert told[-1].remaining_s == 0
    assert told[0].units_per_s is not None


def test_negative_units_are_refused(sqlite_runtime: Runtime, tmp_path: Path) -> None:
    job = prepare(sqlite_runtime, toy_request(write_lines(tmp_path / "a.txt", 10)))
    with pytest.raises(ValueError, match="cannot be negative"):
        start(sqlite_runtime, job).do("a", double, 1, units=-1)
    assert billed(sqlite_runtime, job) == 0
