"""Jobs from request to result: on both databases, with all that can go wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from tests.runtime import toy_pipeline
from tests.runtime.compare import content
from tests.runtime.toy_run import prepare, run
from tests.runtime.toy_service import toy_request, write_lines

from pelagia.core.errors import BadInput, Conflict, NotFound, NothingUsable, PelagiaError, Unavailable
from pelagia.runtime import ledger, lifecycle
from pelagia.runtime.executors import open_executor
from pelagia.runtime.faults import StepFailed
from pelagia.runtime.jobs import find_job, list_jobs
from pelagia.runtime.lifecycle import claim_job
from pelagia.runtime.progress import Progress
from pelagia.runtime.result_file import read_result
from pelagia.runtime.runner import Runtime, clean_job


class CutError(Exception):
    """The test pulls the plug."""


def cut_after(steps: int) -> Any:
    def on_progress(progress: Progress) -> None:
        if progress.new_steps == steps:
            raise CutError

    return on_progress


def total(runtime: Runtime) -> dict[str, int]:
    found = ledger.usage_totals(runtime.database)
    assert len(found) <= 1
    names = ("units", "jobs", "succeeded", "failed", "cancelled")
    return {name: getattr(found[0], name) for name in names} if found else {}


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "a.txt", 60)


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    path = write_lines(tmp_path / "faulty.txt", 30)
    path.write_text(path.read_text() + "fault\n")
    return path


def test_a_job_gives_its_result_and_counts_it(runtime: Runtime, lines: Path) -> None:
    result = run(runtime, toy_request(lines))
    assert result.tables["lines"].rows == 60
    assert total(runtime) == {"units": 60, "jobs": 1, "succeeded": 1, "failed": 0, "cancelled": 0}
    job = list_jobs(runtime.database)[0]
    assert (job.state, job.done_steps, job.done_units) == ("succeeded", job.total_steps, job.total_units)


def test_the_result_can_be_read_later(runtime: Runtime, lines: Path) -> None:
    result = run(runtime, toy_request(lines))
    job = list_jobs(runtime.database)[0]
    assert content(read_result(runtime.settings.workdir(job.id))) == content(result)
    assert content(run(runtime, toy_request(lines))) == content(result)
    assert total(runtime)["units"] == 60


@pytest.mark.parametrize("steps", range(9))
def test_cut_after_any_step_it_goes_on_to_the_same_result_and_bill(
    runtime: Runtime, lines: Path, tmp_path: Path, steps: int
) -> None:
    whole = content(run(runtime, toy_request(lines)))
    bill = total(runtime)["units"]
    with pytest.raises(CutError):
        run(runtime, toy_request(lines), on_progress=cut_after(steps), anew=True)
    assert content(run(runtime, toy_request(lines))) == whole
    assert total(runtime) == {"units": 2 * bill, "jobs": 2, "succeeded": 2, "failed": 0, "cancelled": 0}


def test_ctrl_c_keeps_what_is_done_and_is_no_failure(runtime: Runtime, lines: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.new_steps == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(runtime, toy_request(lines), on_progress=stop)
    assert list_jobs(runtime.database)[0].state == "cancelled"
    assert total(runtime) == {"units": 20, "jobs": 1, "succeeded": 0, "failed": 0, "cancelled": 1}
    run(runtime, toy_request(lines))
    assert total(runtime) == {"units": 60, "jobs": 1, "succeeded": 1, "failed": 0, "cancelled": 0}


def test_asked_for_anew_it_is_another_job_and_counted_again(runtime: Runtime, lines: Path) -> None:
    run(runtime, toy_request(lines))
    run(runtime, toy_request(lines), anew=True)
    assert total(runtime)["units"] == 120
    assert sorted(job.generation for job in list_jobs(runtime.database)) == [0, 1]


def test_a_cleaned_job_is_run_anew_with_the_same_result(runtime: Runtime, lines: Path) -> None:
    whole = content(run(runtime, toy_request(lines)))
    job = list_jobs(runtime.database)[0]
    clean_job(runtime, job)
    assert not runtime.settings.workdir(job.id).exists()
    assert runtime.storage.delete_under(f"jobs/{job.id}") == 0
    with pytest.raises(NotFound, match="no longer kept"):
        read_result(runtime.settings.workdir(job.id))
    assert content(run(runtime, toy_request(lines))) == whole
    assert total(runtime)["units"] == 120


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({}, True),
        ({"seed": 1}, False),
        ({"rounds": 2}, False),
        ({"rounds": 1}, True),
    ],
)
def test_equal_requests_are_one_job_and_others_are_not(
    runtime: Runtime, lines: Path, change: dict[str, Any], is_same: bool
) -> None:
    first = prepare(runtime, toy_request(lines))
    assert (prepare(runtime, toy_request(lines, **change)).id == first.id) is is_same


def test_another_target_or_changed_files_are_another_job(runtime: Runtime, lines: Path) -> None:
    first = prepare(runtime, toy_request(lines))
    assert prepare(runtime, toy_request(lines), target="/other").id != first.id
    write_lines(lines, 61)
    assert prepare(runtime, toy_request(lines)).id != first.id


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("bug", StepFailed, "Step hash/3 failed: ZeroDivisionError: division by nothing"),
        ("bad-input", BadInput, "The line is at fault"),
        ("memory", Unavailable, "memory of this machine"),
        ("disk", Unavailable, "disk is full"),
        ("set", TypeError, "step 'hash/0'.*builtins.set"),
        ("twice", Conflict, "used twice"),
        ("outside", ZeroDivisionError, "between the steps"),
    ],
)
@pytest.mark.parametrize("executor", ["inline", "processes"])
def test_a_fault_ends_the_job_with_a_clear_error_and_keeps_what_is_done(
    sqlite_runtime: Runtime, faulty: Path, fault: str, kind: type[Exception], words: str, executor: str
) -> None:
    with open_executor(executor, 1) as opened, pytest.raises(kind, match=words) as caught:
        run(sqlite_runtime, toy_request(faulty, fault=fault), executor=opened)
    job = list_jobs(sqlite_runtime.database)[0]
    assert job.state == "failed" and job.error is not None
    assert (job.error["what"] in str(caught.value)) or kind in (TypeError, ZeroDivisionError)
    assert job.error["remedy"]
    assert total(sqlite_runtime)["failed"] == 1


def test_a_worker_that_dies_is_said_to_have_died(runtime: Runtime, faulty: Path) -> None:
    with open_executor("processes", 1) as opened, pytest.raises(Unavailable, match="worker process died"):
        run(runtime, toy_request(faulty, fault="die"), executor=opened)
    assert list_jobs(runtime.database)[0].state == "failed"


def test_a_failed_job_goes_on_when_the_cause_is_gone_and_counts_once(
    runtime: Runtime, lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = toy_request(lines, fault="bug")
    with monkeypatch.context() as patched:
        patched.setattr(toy_pipeline, "_write_summary", broken)
        with pytest.raises(StepFailed):
            run(runtime, request)
    assert total(runtime) == {"units": 60, "jobs": 1, "succeeded": 0, "failed": 1, "cancelled": 0}
    run(runtime, request)
    assert total(runtime) == {"units": 60, "jobs": 1, "succeeded": 1, "failed": 0, "cancelled": 0}


def broken(*_arguments: object) -> None:
    raise RuntimeError("for now")


def test_nothing_usable_makes_no_job(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    with pytest.raises(NothingUsable):
        prepare(runtime, toy_request(tmp_path / "empty.txt"))
    assert list_jobs(runtime.database) == []


def test_a_job_that_a_living_process_works_on_cannot_be_started_twice(
    runtime: Runtime, lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = prepare(runtime, toy_request(lines))
    claim_job(runtime.database, job.id)
    monkeypatch.setattr(lifecycle, "this_process", lambda: "elsewhere/boot/1@1")
    with pytest.raises(Conflict, match="is running"):
        claim_job(runtime.database, job.id)


def test_a_job_whose_process_is_gone_can_be_started_again(
    runtime: Runtime, lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = prepare(runtime, toy_request(lines))
    mine = lifecycle.this_process()
    monkeypatch.setattr(lifecycle, "this_process", lambda: mine + "9")
    claim_job(runtime.database, job.id)
    assert find_job(runtime.database, job.id).is_abandoned
    monkeypatch.undo()
    assert claim_job(runtime.database, job.id).attempt == 2


def test_a_silent_process_of_another_machine_is_taken_for_dead(
    runtime: Runtime, lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = prepare(runtime, toy_request(lines))
    monkeypatch.setattr(lifecycle, "this_process", lambda: "other-machine/boot/1@1")
    claim_job(runtime.database, job.id)
    monkeypatch.undo()
    with pytest.raises(Conflict, match="process 1 on other-machine"):
        claim_job(runtime.database, job.id)
    monkeypatch.setattr(lifecycle, "SILENT_AFTER", dt.timedelta(0))
    assert claim_job(runtime.database, job.id).attempt == 2


def test_errors_are_kept_whole(runtime: Runtime, faulty: Path) -> None:
    with pytest.raises(PelagiaError):
        run(runtime, toy_request(faulty, fault="bad-input"))
    assert list_jobs(runtime.database)[0].error == {
        "code": "bad-input",
        "what": "The line is at fault",
        "value": "fault",
        "remedy": "Take it out.",
        "file": "x.txt",
    }
