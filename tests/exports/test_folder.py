"""The output folder: complete, repeatable, and tidy when written again."""

from __future__ import annotations

import csv
import datetime as dt
import html
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
from tests.exports.flowcam_result import Recipe, make_result

from pelagia.core.errors import BadInput, Conflict, NotFound
from pelagia.core.result import Artifact, Figure, Issue
from pelagia.exports import registry
from pelagia.exports.folder import write_folder
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.exports.summary import read_summary

OPTIONS = ExportOptions(created=dt.date(2026, 1, 2))
MISSING = Issue(file="run-01_000002.png", code="collage-missing", message="It is not there.", remedy="Copy it.")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def result(tmp_path):
    return make_result(tmp_path / "in", Recipe(issues=(MISSING,)))


@pytest.fixture
def exporters(monkeypatch):
    """Give two exporters of the test's own: one that writes, one that fails."""
    found = Issue(file="exports/good", code="no-licence", message="No licence.", remedy="Name one.", severity="note")

    def good(result, out, options):
        path = out / "deep" / "good.txt"
        path.parent.mkdir()
        path.write_text("good", encoding="utf-8")
        return ExportOutcome(files=(path,), issues=(found,))

    def again(result, out, options):
        return ExportOutcome(files=(), issues=(found,))

    def bad(result, out, options):
        (out / "half.txt").write_text("half", encoding="utf-8")
        raise BadInput("The position is missing", remedy="Name it.", value="nowhere", file="run-01.ctx")

    modules = {
        "good": SimpleNamespace(NEEDS={"objects": ("object_id",)}, write=good),
        "again": SimpleNamespace(NEEDS={}, write=again),
        "bad": SimpleNamespace(NEEDS={}, write=bad),
        "poor": SimpleNamespace(NEEDS={"objects": ("salinity",), "tracks": ()}, write=good),
    }
    known = {name: registry.Exporter(name=name, title=name, module=name) for name in modules}
    monkeypatch.setattr(registry, "EXPORTERS", known)
    monkeypatch.setattr(registry, "import_module", modules.__getitem__)


def test_the_folder_holds_tables_summary_findings_report_exports_and_crate(tmp_path, result):
    out = tmp_path / "out"

    write_folder(result, out, ["csv"], options=OPTIONS)

    assert set(contents(out)) == {
        "objects.parquet", "counts.parquet", "samples.parquet", "summary.json", "issues.csv", "report.html",
        "ro-crate-metadata.json", "exports/csv/objects.csv", "exports/csv/counts.csv", "exports/csv/samples.csv",
        "exports/csv/columns.csv",
    }  # fmt: skip
    assert pq.read_table(out / "objects.parquet").equals(result.tables["objects"].read())


def test_the_summary_names_every_file_and_gives_figures_with_unit_and_interval(tmp_path, result):
    out = tmp_path / "out"

    write_folder(result, out, ["csv"], options=OPTIONS, job_id="job-7")

    summary = read_summary(out)
    assert set(summary["files"]) == set(contents(out))
    assert summary["figures"]["particles_per_ml"] == {
        "value": 12.5, "description": "Particles per millilitre", "unit": "1/mL", "low": 10.25, "high": 15.0,
    }  # fmt: skip
    assert summary["job"] == "job-7"
    assert summary["created"] == "2026-01-02"
    assert summary["findings"] == {"error": 0, "warning": 1, "note": 0}
    assert summary["provenance"]["inputs"][0]["sha256"] == "a" * 64
    assert summary["tables"]["counts"]["rows"] == result.tables["counts"].rows


def test_equal_results_give_byte_equal_folders(tmp_path, result):
    again = make_result(tmp_path / "in", Recipe(issues=(MISSING,)))

    write_folder(result, tmp_path / "one", ["csv"], options=OPTIONS)
    write_folder(again, tmp_path / "two", ["csv"], options=OPTIONS)

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_writing_again_removes_what_an_earlier_run_wrote_and_nothing_else(tmp_path, result):
    out = tmp_path / "out"
    write_folder(result, out, ["csv"], options=OPTIONS)
    (out / "exports" / "mine.txt").write_text("mine", encoding="utf-8")

    write_folder(result, out, [], options=OPTIONS)

    assert {name for name in contents(out) if name.startswith("exports/")} == {"exports/mine.txt"}
    assert not (out / "exports" / "csv").exists()


def test_a_run_cut_short_leaves_no_completion_mark_and_the_next_tidies_up(tmp_path, result, monkeypatch):
    out = tmp_path / "out"
    write_folder(result, out, ["csv"], options=OPTIONS)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(
            "pelagia.exports.folder.report_html", lambda *args, **more: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        write_folder(result, out, ["csv"], options=OPTIONS)
    assert read_summary(out) is None

    write_folder(result, out, [], options=OPTIONS)

    assert read_summary(out) is not None
    assert not (out / "exports").exists()
    assert not any(path.name.startswith(".") for path in out.iterdir())


def test_findings_of_the_input_and_of_the_exports_stand_in_one_list_errors_first(tmp_path, result, exporters):
    out = tmp_path / "out"

    added = write_folder(result, out, ["good", "bad", "poor"], options=OPTIONS)

    with (out / "issues.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["code"] for row in rows] == ["export-failed", "export-columns-missing", "collage-missing", "no-licence"]
    assert [issue.code for issue in added] == ["no-licence", "export-failed", "export-columns-missing"]
    assert rows[0] | {} == {
        "file": "run-01.ctx", "code": "export-failed", "severity": "error", "objects": "0", "value": "nowhere",
        "message": "The export 'bad' was not written: The position is missing.", "remedy": "Name it.",
    }  # fmt: skip
    assert rows[1]["value"] == "objects.salinity, tracks"
    report = (out / "report.html").read_text(encoding="utf-8")
    assert all(html.unescape(row["message"]) in html.unescape(report) for row in rows)


def test_what_two_exports_find_alike_is_told_once(tmp_path, result, exporters):
    added = write_folder(result, tmp_path / "out", ["good", "again"], options=OPTIONS)

    assert [issue.code for issue in added] == ["no-licence"]


def test_a_failing_export_leaves_nothing_behind_and_the_others_go_on(tmp_path, result, exporters):
    out = tmp_path / "out"

    write_folder(result, out, ["bad", "good"], options=OPTIONS)

    assert {name for name in contents(out) if name.startswith("exports/")} == {"exports/deep/good.txt"}
    assert read_summary(out)["exports"] == {"bad": [], "good": ["exports/deep/good.txt"]}


def test_an_unknown_export_is_refused_before_anything_is_written(tmp_path, result):
    with pytest.raises(NotFound, match=r"nonsense.*csv, darwin-core, ecotaxa"):
        write_folder(result, tmp_path / "out", ["csv", "nonsense"], options=OPTIONS)
    assert not (tmp_path / "out").exists()


def test_artifacts_stand_under_their_names(tmp_path, result):
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"png")
    artifact = Artifact(role="figure", name="figures/curve.png", path=picture, media_type="image/png")

    write_folder(replace(result, artifacts=(artifact,)), tmp_path / "out", [], options=OPTIONS)

    assert (tmp_path / "out" / "figures" / "curve.png").read_bytes() == b"png"


@pytest.mark.parametrize("name", ["../outside.png", "/etc/outside.png", "a\\b.png", "", ".partial/x"])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, result, name):
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"png")
    artifact = Artifact(role="figure", name=name, path=picture, media_type="image/png")

    with pytest.raises(Conflict):
        write_folder(replace(result, artifacts=(artifact,)), tmp_path / "out", [], options=OPTIONS)


def test_a_summary_of_foreign_make_cannot_make_us_delete_outside_the_folder(tmp_path, result):
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "precious.txt").write_text("keep", encoding="utf-8")
    (out / "summary.json").write_text(json.dumps({"files": ["../precious.txt", 3]}), encoding="utf-8")

    write_folder(result, out, [], options=OPTIONS)

    assert (tmp_path / "precious.txt").exists()


def test_figures_that_are_no_numbers_become_null(tmp_path, result):
    odd = replace(result, summary={"rate": Figure(value=float("nan"), description="Rate", high=float("inf"))})

    write_folder(odd, tmp_path / "out", [], options=OPTIONS)

    assert read_summary(tmp_path / "out")["figures"]["rate"]["value"] is None


def test_tables_that_already_stand_in_the_folder_are_kept(tmp_path, result):
    out = tmp_path / "in" / "tables"

    write_folder(result, out, [], options=OPTIONS)

    assert (out / "objects.parquet").is_file()
    assert read_summary(out) is not None


def test_a_linked_folder_holds_the_same_and_takes_no_second_room(tmp_path, result):
    write_folder(result, tmp_path / "copied", (), options=OPTIONS)
    write_folder(result, tmp_path / "linked", (), options=OPTIONS, linked=True)
    write_folder(result, tmp_path / "linked", (), options=OPTIONS, linked=True)
    assert contents(tmp_path / "linked") == contents(tmp_path / "copied")
    objects = result.tables["objects"].path
    assert (tmp_path / "linked" / "objects.parquet").samefile(objects)
    assert not (tmp_path / "copied" / "objects.parquet").samefile(objects)
