"""An ecosystem result follows what people change of it: counts, series, totals; nothing else of it moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.services.ecosystem.small_result import Record, make_result
from tests.services.ecosystem.tiny_models import tiny_models

from pelagia.core.result import Issue, Result
from pelagia.core.service import Decision, Edit, Request
from pelagia.services.ecosystem.editor import check
from pelagia.services.ecosystem.revise import revise
from pelagia.services.ecosystem.service import EcosystemParams

BY = {"by": "Ada", "at": "2026-06-03T10:00:00Z", "why": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    request: Request[EcosystemParams]
    result: Result
    folder: Path

    def revised(self, *edits: Edit, decisions: dict[str, Decision] | None = None) -> Result:
        folder = self.folder / str(len(list(self.folder.iterdir())))
        folder.mkdir()
        return revise(self.request, self.result, decisions or {}, folder, edits=edits)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    """A result that was accounted for: what a run gives."""
    folder = tmp_path_factory.mktemp("run")
    request = Request(
        service="ecosystem", service_version="1.0.0", inputs={}, params=EcosystemParams(), models=tiny_models(folder)
    )
    bare = make_result(folder / "found")
    (folder / "first").mkdir()
    (folder / "revisions").mkdir()
    first = revise(request, bare, {}, folder / "first")
    return Run(request=request, result=first, folder=folder / "revisions")


def rows(result: Result, table: str) -> list[Record]:
    found: list[Record] = result.tables[table].read().to_pylist()
    return found


def clip(result: Result, name: str) -> Record:
    return next(row for row in rows(result, "clips") if row["clip_id"] == name)


def edit(kind: str, subject: str, value: Any) -> Edit:
    return check(Edit(kind=kind, subject=subject, value=value, **BY))


def series(result: Result, taxon: str) -> list[Record]:
    return [row for row in rows(result, "time_series") if row["taxon"] == taxon and not row["is_gap"]]


def test_without_changes_the_result_is_the_same(run):
    again = run.revised()
    assert set(again.tables) == set(run.result.tables)
    for name in again.tables:
        assert rows(again, name) == rows(run.result, name), name
    assert (again.summary, again.notes, again.issues) == (run.result.summary, run.result.notes, run.result.issues)


def test_counts_follow_what_was_deleted(run):
    before = clip(run.result, "a")
    assert (before["detections"], before["tracks"], before["max_n"]) == (16, 3, 2)
    again = run.revised(
        edit("track", "a:t3", {"state": "deleted"}), edit("detection", "a:000002400:2", {"state": "deleted"})
    )
    now = clip(again, "a")
    assert (now["detections"], now["tracks"], now["max_n"]) == (11, 2, 1)
    assert clip(again, "b") == clip(run.result, "b")
    assert {row["tracks"] for row in series(run.result, "crab")} == {1}
    assert sum(row["tracks"] for row in series(again, "crab")) == 0
    assert sum(row["max_n"] or 0 for row in series(again, "crab")) == 0


def test_counts_follow_names_and_merged_tracks(run):
    again = run.revised(
        edit("track", "a:t3", {"state": "kept", "taxon": "cod"}),
        edit("track", "a:t2", {"state": "merged", "into": "a:t1"}),
    )
    assert clip(again, "a")["tracks"] == 2
    assert max(row["max_n"] for row in series(again, "cod")) == 2
    assert sum(row["validated"] for row in series(again, "cod")) == 4
    fields = [(row["subject"], row["field"], row["new"]) for row in rows(again, "edits")]
    assert fields == [("track:a:t3", "taxon", "cod"), ("track:a:t2", "into", "a:t1"), ("track:a:t2", "state", "merged")]


def test_what_cannot_be_applied_is_told(run):
    again = run.revised(edit("track", "a:t77", {"state": "deleted"}))
    told = [issue for issue in again.issues if issue not in run.result.issues]
    assert [(issue.code, issue.file) for issue in told] == [("correction-without-subject", "a:t77")]


def test_a_decision_names_a_track_or_a_box(run):
    one = Decision(label="starfish", by="Ada", at=BY["at"])
    again = run.revised(decisions={"a:t3": one, "a:000002400:2": one})
    named = {row["object_id"] for row in rows(again, "detections") if row["taxon"] == "starfish"}
    assert named == {"a:000002400:2", *(f"a:00000{ms}:2" for ms in (2800, 3000, 3600, 3800))}


def test_changes_start_from_what_the_machine_found(run):
    changed = run.revised(edit("track", "a:t3", {"state": "deleted"}))
    back = run.revised(edit("track", "a:t3", {"state": "deleted"}), edit("track", "a:t3", None))
    assert rows(changed, "detections") != rows(run.result, "detections")
    for name in ("detections", "tracks", "frames", "clips", "time_series"):
        assert rows(back, name) == rows(run.result, name)


def test_findings_of_the_run_stay(run):
    issue = Issue(file="x.mp4", code="truncated", message="", remedy="")
    again = replace(run, result=replace(run.result, issues=(issue,))).revised()
    assert issue in again.issues
