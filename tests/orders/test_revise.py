"""A result that follows the decisions: whole at any moment, equal to a run with the same corrections, not billed."""

from __future__ import annotations

import csv
import errno
import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.orders.finished import bench_of, coloured_vignettes, finished_job, flowcam_request

from pelagia.core.errors import Conflict
from pelagia.orders import revise as revising
from pelagia.orders.decisions import Galleries
from pelagia.orders.own_jobs import delete_job
from pelagia.orders.revise import (
    Revisers,
    as_predicted_folder,
    can_revise,
    next_folder,
    put_in_place,
    read_revision,
    remove_revisions,
    settle,
)
from pelagia.orders.revision_writing import write_revision
from pelagia.orders.workbench import Workbench
from pelagia.runtime.decisions import Annotator
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.ledger import ledger_rows
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import Settings, read_settings

ADA = Annotator(key="account:a", name="Ada")


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with open_runtime(read_settings({}, home=tmp_path / "home", executor="inline", workers=2)) as opened:
        yield opened


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return coloured_vignettes(tmp_path / "station-7", each=4)


@pytest.fixture
def job(runtime: Runtime, images: Path) -> Job:
    return finished_job(runtime, flowcam_request(runtime.settings.home, images))


@pytest.fixture
def bench(runtime: Runtime) -> Workbench:
    return bench_of(runtime)


def decide(bench: Workbench, job: Job, label: str, rows: range) -> None:
    galleries = Galleries(bench)
    gallery = galleries.open(job)
    galleries.record(gallery, {gallery.objects.index.object_id(row): label for row in rows}, ADA)


def revised(runtime: Runtime, job: Job) -> Path:
    write_revision(runtime.settings, job.id)
    put_in_place(runtime.settings, job.id)
    return runtime.settings.result_folder(job.id)


def counts(folder: Path) -> list[dict[str, object]]:
    return pq.read_table(folder / "counts.parquet").to_pylist()


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_counts_and_exports_follow_and_equal_a_run_with_the_same_corrections(
    bench: Workbench, runtime: Runtime, job: Job, images: Path, tmp_path: Path
) -> None:
    decide(bench, job, "Diatom", range(7))
    folder = revised(runtime, job)
    corrections = tmp_path / "decisions.csv"
    corrections.write_bytes((folder / "decisions.csv").read_bytes())
    again = finished_job(
        runtime, flowcam_request(runtime.settings.home, images, corrections=corrections), target="again"
    )
    assert counts(folder) == counts(runtime.settings.result_folder(again.id))
    objects = {row["object_id"]: row for row in pq.read_table(folder / "objects.parquet").to_pylist()}
    assert sum(row["status"] == "validated" and row["validated_by"] == "Ada" for row in objects.values()) == 7
    with zipfile.ZipFile(folder / "exports" / "ecotaxa.zip") as archive:
        (table,) = [name for name in archive.namelist() if name.endswith(".tsv")]
        rows = list(csv.DictReader(io.StringIO(archive.read(table).decode("utf-8-sig")), delimiter="\t"))[1:]
    validated = [row for row in rows if row["object_annotation_status"] == "validated"]
    assert {row["object_annotation_category"] for row in validated} == {"Diatom"}
    assert {row["object_annotation_person_name"] for row in validated} == {"Ada"}
    assert len(validated) == 7


def test_nothing_is_billed_again(bench: Workbench, runtime: Runtime, job: Job) -> None:
    before = list(ledger_rows(runtime.database))
    decide(bench, job, "Diatom", range(3))
    revised(runtime, job)
    assert list(ledger_rows(runtime.database)) == before


def test_the_result_as_predicted_is_kept_and_decisions_taken_back_leave_no_trace_in_counts(
    bench: Workbench, runtime: Runtime, job: Job
) -> None:
    predicted = files_of(runtime.settings.result_folder(job.id))
    galleries = Galleries(bench)
    gallery = galleries.open(job)
    batch = galleries.record(gallery, {gallery.objects.index.object_id(0): "Diatom"}, ADA)
    first = counts(revised(runtime, job))
    assert files_of(as_predicted_folder(runtime.settings, job.id)) == predicted
    galleries.undo(gallery, batch.first, batch.last, ADA)
    folder = revised(runtime, job)
    assert files_of(as_predicted_folder(runtime.settings, job.id)) == predicted
    assert counts(folder) == counts(as_predicted_folder(runtime.settings, job.id)) != first
    assert read_revision(bench, job).made.number == 2
    with (folder / "decisions-trace.csv").open(newline="") as file:
        trace = list(csv.DictReader(file))
    assert [(row["by"], row["new"]) for row in trace] == [("Ada", "Diatom"), ("Ada", trace[0]["old"])]


def test_the_folder_says_which_revision_it_is(bench: Workbench, runtime: Runtime, job: Job) -> None:
    decide(bench, job, "Diatom", range(2))
    folder = revised(runtime, job)
    summary = json.loads((folder / "summary.json").read_text())
    assert any("Revision 1: 2 objects were named by people (Ada)" in note for note in summary["notes"])
    assert {"decisions.csv", "decisions-trace.csv", "revision.json"} <= set(summary["files"])
    assert summary["figures"]["particles_validated"]["value"] == 2


def test_a_revision_written_twice_is_the_same(bench: Workbench, runtime: Runtime, job: Job) -> None:
    decide(bench, job, "Diatom", range(2))
    write_revision(runtime.settings, job.id)
    first = files_of(next_folder(runtime.settings, job.id))
    write_revision(runtime.settings, job.id)
    assert files_of(next_folder(runtime.settings, job.id)) == first


def test_the_state_tells_whether_the_result_follows(bench: Workbench, runtime: Runtime, job: Job) -> None:
    assert read_revision(bench, job).state == "as-predicted"
    decide(bench, job, "Diatom", range(1))
    assert read_revision(bench, job).state == "outdated"
    revised(runtime, job)
    assert read_revision(bench, job).state == "current"
    decide(bench, job, "Diatom", range(1, 2))
    assert read_revision(bench, job).state == "outdated"


@pytest.mark.parametrize("crash", ["before", "between"])
def test_a_crash_leaves_a_whole_result(bench: Workbench, runtime: Runtime, job: Job, crash: str) -> None:
    decide(bench, job, "Diatom", range(2))
    revised(runtime, job)
    decide(bench, job, "Chain", range(2, 5))
    write_revision(runtime.settings, job.id)
    folder = runtime.settings.result_folder(job.id)
    if crash == "between":
        folder.rename(folder.with_name(f"{folder.name}.old"))
    settle(runtime.settings, job.id)
    labels = {row["taxon"] for row in counts(folder)}
    assert ("Chain" in labels) is (crash == "between")
    assert (folder / "summary.json").is_file()


def test_it_is_written_in_the_background_and_a_failure_is_told(
    bench: Workbench, runtime: Runtime, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Revisers(bench)
    with pytest.raises(Conflict, match="no decision"):
        writer.start(job)
    decide(bench, job, "Diatom", range(2))
    writer.start(job)
    assert _ended(bench, job) == "current"
    decide(bench, job, "Chain", range(2))
    monkeypatch.setattr(revising, "WRITE", "tests.orders.test_revise:fail_to_write")
    writer.start(job)
    assert _ended(bench, job) == "failed"
    told = read_revision(bench, job).error
    assert told["what"] == "The disk is full" and str(runtime.settings.home) not in str(told)
    assert {row["taxon"] for row in counts(runtime.settings.result_folder(job.id))} >= {"Diatom"}
    monkeypatch.undo()
    writer.start(job)
    assert _ended(bench, job) == "current"


def fail_to_write(settings: Settings, _job_id: str) -> None:
    raise OSError(errno.ENOSPC, "no space left", str(settings.home / "results"))


def test_what_a_fault_of_the_program_says_is_not_told(
    bench: Workbench, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(bench, job, "Diatom", range(2))
    monkeypatch.setattr(revising, "WRITE", "tests.orders.test_revise:stumble")
    Revisers(bench).start(job)
    assert _ended(bench, job) == "failed"
    assert read_revision(bench, job).error["what"] == "The program made a mistake"


def stumble(settings: Settings, _job_id: str) -> None:
    raise KeyError(str(settings.home))


def test_a_result_that_is_written_anew_is_not_deleted(
    bench: Workbench, runtime: Runtime, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(bench, job, "Diatom", range(2))
    monkeypatch.setattr(revising, "WRITE", "tests.orders.test_revise:write_when_told")
    Revisers(bench).start(job)
    with pytest.raises(Conflict, match="written anew"):
        delete_job(bench, job)
    (runtime.settings.home / "go-on").touch()
    assert _ended(bench, job) == "current"
    delete_job(bench, job)
    assert not runtime.settings.workdir(job.id).exists()


def write_when_told(settings: Settings, job_id: str) -> None:
    for _ in range(600):
        if (settings.home / "go-on").exists():
            break
        time.sleep(0.1)
    write_revision(settings, job_id)


def _ended(bench: Workbench, job: Job) -> str:
    for _ in range(600):
        state = read_revision(bench, job).state
        if state != "running":
            return state
        time.sleep(0.1)
    raise AssertionError("the revision does not end")


def test_what_stands_beside_a_result_goes_with_it(bench: Workbench, runtime: Runtime, job: Job) -> None:
    decide(bench, job, "Diatom", range(2))
    revised(runtime, job)
    write_revision(runtime.settings, job.id)
    remove_revisions(runtime.settings, job.id)
    assert [path.name for path in (runtime.settings.home / "results").iterdir()] == [job.id]
    assert can_revise(runtime.settings, find_job(runtime.database, job.id))
