from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.data.flowcam import make
from tests.data.flowcam.make import MadeRun, make_run

from pelagia.core.result import Issue
from pelagia.io.flowcam import FlowCamRun, RunFiles, find_runs, particle_batches, read_classifications, read_run
from pelagia.io.sources import Source, open_source

Read = Callable[[MadeRun], FlowCamRun]
Opened = Callable[[MadeRun], tuple[Source, RunFiles]]
Found = Callable[[FlowCamRun, str], Issue]


def troubles(run: FlowCamRun) -> list[str]:
    return [issue.code for issue in run.issues if issue.severity != "note"]


def test_a_whole_run_is_known_and_has_no_trouble(made: MadeRun, read: Read) -> None:
    run = read(made)
    assert run.sample_id == "Station 7"
    assert (run.software_version, run.magnification, run.serial_number) == ("4.19.3", "10", "SYNTH-1")
    assert run.mode == "AutoImage"
    assert run.started_utc == datetime(2026, 4, 8, 9, 10, 51, tzinfo=UTC)
    assert run.utc_offset == timedelta(hours=2)
    assert (run.pixel_size_um, run.fringe_size_px, run.flow_cell_depth_um) == (0.5544, 4.5, 100)
    assert run.volume.imaged_ml == pytest.approx(made.volume_ml, rel=1e-9)
    assert (run.counted, run.listed, run.deleted_by_operator) == (60, 60, 0)
    assert run.merged_fragments == made.merged
    assert run.operator_notes == "drawn, not sampled"
    assert troubles(run) == []


@pytest.mark.parametrize("fields", [53, 57])
def test_other_versions_have_no_trouble_either(tmp_path: Path, read: Read, fields: int) -> None:
    assert troubles(read(make_run(tmp_path, particles=30, fields=fields))) == []


def test_a_quick_look_reads_no_rows(made: MadeRun, opened: Opened) -> None:
    run = read_run(*opened(made), scan=False)
    assert run.listed is None
    assert len(run.columns) > 60
    assert run.volume.imaged_ml is not None


def test_rows_the_operator_deleted_are_counted_and_the_volume_is_that_of_the_run(
    made: MadeRun, read: Read, found: Found
) -> None:
    before = read(made)
    make.write_rows(made, make.read_rows(made)[:45])
    run = read(made)
    assert (run.listed, run.deleted_by_operator) == (45, 15)
    assert found(run, "rows-deleted-by-operator").objects == 15
    assert run.volume == before.volume


def test_more_rows_than_counted_are_told(made: MadeRun, read: Read, found: Found) -> None:
    rows = make.read_rows(made)
    make.write_rows(made, [*rows, *rows[:5]])
    run = read(made)
    assert run.deleted_by_operator is None
    assert found(run, "count-mismatch").value == "65"
    assert found(run, "list-id-repeated").objects == 5


def test_a_truncated_list_gives_its_rows_and_is_not_taken_for_deletion(made: MadeRun, read: Read, found: Found) -> None:
    make.truncate_list(made)
    run = read(made)
    assert (run.listed, run.unreadable, run.deleted_by_operator) == (59, 1, 0)
    issue = found(run, "list-truncated")
    assert (issue.file, issue.objects, issue.severity) == ("Station 7.lst", 1, "error")


def test_a_list_truncated_by_many_rows_is_not_taken_for_deletion(made: MadeRun, read: Read, found: Found) -> None:
    make.truncate_list(made, 10_000)
    run = read(made)
    assert run.deleted_by_operator is None
    found(run, "count-mismatch")


def test_a_list_truncated_in_its_header_has_no_rows(made: MadeRun, read: Read, found: Found) -> None:
    made.list_file.write_bytes(made.list_file.read_bytes()[:300])
    run = read(made)
    assert run.listed == 0
    assert run.deleted_by_operator is None
    found(run, "list-header-mismatch")
    found(run, "list-no-rows")


def test_an_empty_list_is_a_finding_and_the_rest_of_the_run_is_known(made: MadeRun, read: Read, found: Found) -> None:
    make.empty_file(made.list_file)
    run = read(made)
    assert run.listed == 0
    assert found(run, "list-empty").file == "Station 7.lst"
    assert run.volume.imaged_ml is not None


def test_a_context_without_a_list_is_a_finding(made: MadeRun, read: Read, found: Found) -> None:
    made.list_file.unlink()
    assert found(read(made), "list-missing").file == "Station 7.ctx"


def test_particles_in_are_rows_out_and_findings(made: MadeRun, read: Read, found: Found, opened: Opened) -> None:
    make.break_row(made, row=3)
    run = read(made)
    assert (run.listed, run.unreadable) == (59, 1)
    assert "row 3" in found(run, "list-row-malformed").message
    rows = [row for batch in particle_batches(*opened(made)) for row in batch["list_row"].to_pylist()]
    assert rows == [1, 2, *range(4, 61)]


def test_a_value_that_is_no_number_is_told_and_its_row_is_kept(made: MadeRun, read: Read, found: Found) -> None:
    make.change_cell(made, 7, "raw_area", "none")
    run = read(made)
    assert run.listed == 60
    assert found(run, "list-value-invalid").value == "none"


def test_a_size_that_does_not_follow_its_formula_is_told(made: MadeRun, read: Read, found: Found) -> None:
    make.change_cell(made, 7, "esd_diameter", "99.0000")
    issue = found(read(made), "size-mismatch")
    assert issue.objects == 1
    assert "particle 7, esd_diameter 99.0000 in the list" in issue.message


def test_a_wrong_calibration_makes_every_size_a_mismatch(made: MadeRun, read: Read, found: Found) -> None:
    rows = [row | {"cal_const": "0.6000"} for row in make.read_rows(made)]
    make.write_rows(made, rows)
    run = read(made)
    assert found(run, "size-mismatch").objects == 60
    assert found(run, "calibration-mismatch").value == "0.6 µm"
    assert run.pixel_size_um == 0.6


def test_zero_volume_is_a_finding_with_the_counts_kept(made: MadeRun, read: Read, found: Found) -> None:
    make.zero_volume(made)
    run = read(made)
    assert run.volume.imaged_ml is None
    assert run.listed == 60
    assert found(run, "volume-zero").file == "Station 7.ctx"


def test_a_run_without_context_says_what_follows(made: MadeRun, read: Read, found: Found) -> None:
    made.context_file.unlink()
    run = read(made)
    assert run.volume.imaged_ml == pytest.approx(made.volume_ml, rel=1e-2)
    found(run, "context-missing")
    found(run, "clock-local-only")


def test_a_triggered_run_says_so(made: MadeRun, read: Read, found: Found) -> None:
    make.change_context(made, "AutoTriggerFlag", "0")
    run = read(made)
    assert run.mode == "Trigger"
    assert run.volume.imaged_ml is None
    found(run, "volume-unknown-trigger")


@pytest.mark.parametrize(("text", "expected"), [("54.0143", 54.0143), ("54 00.8 N", None), ("123", None)])
def test_a_position_is_decimal_degrees_or_told(made: MadeRun, read: Read, text: str, expected: float | None) -> None:
    make.change_context(made, "LocationLatitude", text)
    run = read(made)
    assert run.latitude == expected
    assert ("location-unreadable" in troubles(run)) is (expected is None)


def test_times_that_cannot_be_read_are_counted(made: MadeRun, read: Read, found: Found) -> None:
    make.change_cell(made, 2, "timestamp", "yesterday")
    assert found(read(made), "list-time-invalid").objects == 1


def test_classes_of_the_operator_are_read(made: MadeRun, opened: Opened) -> None:
    (given,), issues = read_classifications(*opened(made))
    assert {group.name: group.particle_ids for group in given.classes} == dict(made.classes)
    assert len(given.labels()) == 60
    assert issues == ()


def test_damaged_classes_are_a_finding(made: MadeRun, opened: Opened) -> None:
    (made.folder / f"{made.name}.cla").write_text("v3\n1\n")
    given, (issue,) = read_classifications(*opened(made))
    assert given == ()
    assert issue.code == "classification-unreadable"


def test_several_runs_of_a_folder_are_read_apart(tmp_path: Path) -> None:
    make_run(tmp_path, particles=20, name="north")
    make_run(tmp_path, particles=30, name="south", seed=3)
    source = open_source(str(tmp_path))
    runs = [read_run(source, files) for files in find_runs([entry.name for entry in source.entries()])]
    assert {run.sample_id: run.listed for run in runs} == {"north": 20, "south": 30}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0.15, 1), junk=st.binary(max_size=12), is_cut=st.booleans())
def test_whatever_happens_to_the_rows_each_is_read_or_told(
    drawn: MadeRun, tmp_path: Path, at: float, junk: bytes, is_cut: bool
) -> None:
    data = (drawn.folder / "Station 7.lst").read_bytes()
    place = int(len(data) * at)
    damaged = data[:place] + junk + (b"" if is_cut else data[place + len(junk) :])
    (tmp_path / "run.lst").write_bytes(damaged)
    run = read_run(open_source(str(tmp_path)), RunFiles(sample_id="run", list="run.lst"))
    rows = re.split(rb"\r\n|\n|\r", damaged.split(b"|guid\n", 1)[1])
    assert run.listed is not None
    assert run.listed + run.unreadable == sum(row != b"" for row in rows)
    told = sum(issue.objects for issue in run.issues if issue.code in ("list-row-malformed", "list-truncated"))
    assert told >= run.unreadable


def test_a_finding_is_told_once(made: MadeRun, read: Read) -> None:
    make.add_column(made)
    issues = read(made).issues
    assert len(issues) == len(set(issues))
