"""Tables follow what people change of boxes and tracks, and nothing else of them moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.services.ecosystem.small_result import APHIA, Record, make_tables, write_tables

from pelagia.core.service import Edit
from pelagia.services.ecosystem.changing import Naming, change_tables
from pelagia.services.ecosystem.editor import check
from pelagia.services.ecosystem.edits import Changes
from pelagia.services.ecosystem.service import EcosystemParams

BY = {"by": "Ada", "at": "2026-06-03T10:00:00Z", "why": ""}


@dataclass
class Tables:
    paths: dict[str, Path]
    folder: Path
    changes: Changes = field(default_factory=Changes)

    def changed(self, *edits: Edit, source: str = "person") -> dict[str, list[Record]]:
        self.changes = Changes()
        naming = Naming(params=EcosystemParams(), aphia_ids=APHIA, source=source)
        self.paths_now = change_tables(edits, self.paths, self.folder, naming, self.changes)
        return {name: pq.read_table(path).to_pylist() for name, path in self.paths_now.items()}

    def codes(self) -> list[str]:
        return [issue.code for issue in self.changes.issues]


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(paths=write_tables(tmp_path / "before"), folder=tmp_path / "after")


def box(subject: str, value: Any) -> Edit:
    return check(Edit(kind="detection", subject=subject, value=value, **BY))


def track(subject: str, value: Any, split: bool = False) -> Edit:
    return check(Edit(kind="track", subject=subject, field="split" if split else "", value=value, **BY))


def added(number: int = 1, frame: str = "a:000002000", track_id: str = "", **changes: Any) -> Edit:
    value = {"state": "added", "frame_id": frame, "taxon": "crab", "box": [5, 6, 7, 8], "track_id": track_id}
    return box(f"new:{number}", value | changes)


def by_name(rows: list[Record]) -> dict[str, Record]:
    return {row["object_id"]: row for row in rows}


def boxes_of(rows: dict[str, list[Record]], name: str) -> list[float]:
    return [round(row["time_s"], 3) for row in rows["detections"] if row["track_id"] == name and not row["is_deleted"]]


def only_different(rows: dict[str, list[Record]], table: str) -> set[str]:
    before, now = by_name(make_rows()[table]), by_name(rows[table])
    return {name for name in before | now if before.get(name) != now.get(name)}


def make_rows() -> dict[str, list[Record]]:
    made = make_tables()
    return {
        name: [{key: row.get(key) for key in columns} for row in made[name]]
        for name, columns in ((name, _columns(name)) for name in made)
    }


def _columns(name: str) -> list[str]:
    from tests.services.ecosystem.small_result import COLUMNS

    return [column.name for column in COLUMNS[name]]


def test_without_an_edit_the_tables_are_the_same(tables):
    tables.changed()
    assert tables.paths_now == tables.paths


def test_edits_that_were_taken_back_leave_no_trace(tables):
    now = tables.changed(
        box("a:000002000:1", {"state": "deleted"}),
        added(),
        track("a:t3", {"state": "deleted"}),
        track("a:t1", {"state": "split", "at_s": 2.5}),
        track("a:t1", None),
        track("a:t3", None),
        box("new:1", None),
        box("a:000002000:1", None),
    )
    for name in ("frames", "detections", "tracks"):
        assert now[name] == make_rows()[name], name
    assert tables.codes() == []
    assert len(tables.changes.trail) > 0


def test_a_deleted_box_leaves_its_track_and_its_frame(tables):
    now = tables.changed(box("a:000002000:1", {"state": "deleted"}))
    gone = by_name(now["detections"])["a:000002000:1"]
    assert (gone["is_deleted"], gone["track_id"], gone["status"]) == (True, "", "validated")
    assert (gone["validated_by"], gone["validated_at"]) == (BY["by"], BY["at"])
    row = by_name(now["tracks"])["a:t1"]
    assert (row["detections"], row["first_s"], row["in_view_s"]) == (5, 2.2, pytest.approx(0.8))
    assert (row["is_deleted"], row["status"]) == (False, "predicted")
    assert by_name(now["frames"])["a:000002000"]["detections"] == 0
    assert only_different(now, "detections") == {"a:000002000:1"}
    assert only_different(now, "tracks") == {"a:t1"}
    assert only_different(now, "frames") == {"a:000002000"}
    assert tables.changes.trail[-1] | BY == {
        "subject": "detection:a:000002000:1", "field": "state", "old": "predicted", "new": "deleted", **BY,
    }  # fmt: skip


def test_a_track_without_a_box_left_is_deleted(tables):
    mine = [row["object_id"] for row in make_tables()["detections"] if row["track_id"] == "a:t3"]
    now = tables.changed(*(box(name, {"state": "deleted"}) for name in mine))
    row = by_name(now["tracks"])["a:t3"]
    assert (row["is_deleted"], row["is_counted"], row["detections"]) == (True, False, 0)
    assert (row["status"], row["validated_by"]) == ("validated", "Ada")


def test_a_decision_on_a_track_holds_for_its_boxes_unless_they_have_their_own(tables):
    now = tables.changed(
        track("a:t3", {"state": "deleted"}),
        box("a:000002800:2", {"state": "kept", "taxon": "starfish"}),
    )
    rows = by_name(now["detections"])
    assert [rows[name]["is_deleted"] for name in ("a:000003000:2", "a:000003600:2", "a:000003800:2")] == [True] * 3
    own = rows["a:000002800:2"]
    assert (own["is_deleted"], own["taxon"], own["track_id"], own["aphia_id"]) == (False, "starfish", "", None)
    assert by_name(now["tracks"])["a:t3"]["is_deleted"] is True
    assert by_name(now["frames"])["a:000002800"]["detections"] == 2


def test_a_name_given_to_a_track_is_that_of_its_boxes_unless_they_have_their_own(tables):
    now = tables.changed(
        track("a:t3", {"state": "kept", "taxon": "cod"}),
        box("a:000002800:2", {"state": "kept", "taxon": "starfish"}),
        box("a:000003000:2", {"state": "kept"}),
    )
    rows = by_name(now["detections"])
    names = [rows[f"a:00000{ms}:2"]["taxon"] for ms in (2800, 3000, 3600, 3800)]
    assert names == ["starfish", "cod", "cod", "cod"]
    assert {rows[f"a:00000{ms}:2"]["status"] for ms in (2800, 3000, 3600, 3800)} == {"validated"}
    assert rows["a:000003600:2"]["aphia_id"] == APHIA["cod"]
    assert rows["a:000003600:2"]["predicted_class"] == "crab"
    row = by_name(now["tracks"])["a:t3"]
    assert (row["taxon"], row["aphia_id"], row["status"]) == ("cod", APHIA["cod"], "validated")
    assert row["class_share"] == pytest.approx(0.75)


def test_kept_is_validated_and_changes_nothing_else(tables):
    now = tables.changed(box("a:000002400:2", {"state": "kept"}), track("a:t2", {"state": "kept"}))
    before = by_name(make_rows()["tracks"])["a:t2"]
    row = by_name(now["tracks"])["a:t2"]
    told = {"status": "validated", "validated_by": "Ada", "validated_at": BY["at"]}
    for name, value in (before | told).items():
        assert row[name] == (pytest.approx(value) if isinstance(value, float) else value), name
    assert by_name(now["detections"])["a:000002400:2"]["status"] == "validated"
    assert now["frames"] == make_rows()["frames"]


def test_a_moved_box_is_cut_to_its_frame(tables):
    now = tables.changed(box("a:000002400:2", {"state": "kept", "box": [700, -5, 50, 60]}))
    row = by_name(now["detections"])["a:000002400:2"]
    assert [row[name] for name in ("row_px", "col_px", "height_px", "width_px")] == [700, 0, 20, 55]
    tables.changed(box("a:000002400:2", {"state": "kept", "box": [800, -5, 50, 60]}))
    assert tables.codes() == ["correction-outside"]


def test_an_added_box_stands_at_its_moment(tables):
    now = tables.changed(added(frame="b:000000500"), added(2, frame="s:000120000", track_id=""))
    names = [row["object_id"] for row in now["detections"]]
    assert names[names.index("b:000000500:1") + 1] == "b:000000500:p1"
    assert names[-1] == "s:000120000:p1"
    row = by_name(now["detections"])["b:000000500:p1"]
    assert (row["clip_id"], row["file"], row["time_s"], row["taxon"]) == ("b", "pier/b.mp4", 0.5, "crab")
    assert (row["source"], row["status"], row["score"], row["predicted_class"]) == ("person", "validated", None, None)
    assert (row["track_id"], row["aphia_id"], row["site"]) == ("", APHIA["crab"], "pier")
    assert by_name(now["frames"])["b:000000500"]["detections"] == 2
    assert now["tracks"] == make_rows()["tracks"]


def test_an_added_box_joins_a_track(tables):
    now = tables.changed(added(frame="a:000003200", track_id="a:t1"))
    row = by_name(now["tracks"])["a:t1"]
    assert (row["detections"], row["last_s"]) == (7, pytest.approx(3.2))
    assert by_name(now["detections"])["a:000003200:p1"]["track_id"] == "a:t1"


def test_added_boxes_begin_a_track_of_their_own(tables):
    now = tables.changed(
        added(1, frame="a:000002000", track_id="new:9"),
        added(2, frame="a:000002200", track_id="new:9", box=[5, 6, 9, 8]),
        added(3, frame="b:000000000", track_id="new:8"),
        track("new:9", {"state": "kept", "taxon": "cod"}),
    )
    names = [row["object_id"] for row in now["tracks"]]
    assert names == ["a:t1", "a:t2", "a:t3", "a:p1", "b:t1", "b:p1"]
    row = by_name(now["tracks"])["a:p1"]
    assert (row["taxon"], row["source"], row["detections"], row["length_px"]) == ("cod", "person", 2, 8.5)
    assert (row["first_s"], row["last_s"], row["status"]) == (2.0, pytest.approx(2.2), "validated")


def test_a_box_is_added_once_to_a_track_and_a_frame(tables):
    now = tables.changed(added(frame="a:000002000", track_id="a:t1"))
    assert by_name(now["detections"])["a:000002000:p1"]["track_id"] == ""
    assert tables.codes() == ["track-twice-on-a-frame"]
    tables.changed(added(frame="b:000000000", track_id="a:t1"))
    assert tables.codes() == ["correction-without-track"]


def test_merged_tracks_join_their_boxes(tables):
    now = tables.changed(track("a:t2", {"state": "merged", "into": "a:t1"}))
    row = by_name(now["tracks"])["a:t1"]
    assert (row["detections"], row["first_s"], row["last_s"]) == (11, 2.0, pytest.approx(4.2))
    assert row["in_view_s"] == pytest.approx(2.2)
    other = by_name(now["tracks"])["a:t2"]
    assert (other["is_deleted"], other["is_counted"], other["validated_by"]) == (True, False, "Ada")
    assert boxes_of(now, "a:t2") == []
    assert tables.codes() == []


def test_of_two_boxes_on_a_frame_only_one_is_of_the_merged_track(tables):
    now = tables.changed(track("a:t3", {"state": "merged", "into": "a:t1"}))
    assert by_name(now["tracks"])["a:t1"]["detections"] == 8
    rows = by_name(now["detections"])
    assert [rows[f"a:00000{ms}:2"]["track_id"] for ms in (2800, 3000, 3600, 3800)] == ["", "", "a:t1", "a:t1"]
    (issue,) = tables.changes.issues
    assert (issue.code, issue.objects, issue.file) == ("track-twice-on-a-frame", 2, "a:t1")


def test_tracks_of_two_clips_are_never_one(tables):
    now = tables.changed(track("b:t1", {"state": "merged", "into": "a:t1"}))
    assert tables.codes() == ["tracks-of-two-clips"]
    assert now["tracks"] == make_rows()["tracks"]


def test_a_split_track_is_two(tables):
    now = tables.changed(track("a:t1", {"state": "split", "at_s": 2.7}))
    assert boxes_of(now, "a:t1") == [2.0, 2.2, 2.4, 2.6]
    assert boxes_of(now, "a:t1:2") == [2.8, 3.0]
    first, second = by_name(now["tracks"])["a:t1"], by_name(now["tracks"])["a:t1:2"]
    assert (first["detections"], second["detections"]) == (4, 2)
    assert (second["first_s"], second["source"], second["taxon"]) == (pytest.approx(2.8), "model", "cod")
    assert [row["object_id"] for row in now["tracks"]][-2:] == ["a:t1:2", "b:t1"]


def test_a_part_can_be_split_named_and_merged(tables):
    now = tables.changed(
        track("a:t1:2", {"state": "merged", "into": "a:t2"}),
        track("a:t1", {"state": "split", "at_s": 2.7}, split=True),
        track("a:t1", {"state": "kept", "taxon": "starfish"}),
    )
    assert tables.codes() == []
    assert boxes_of(now, "a:t2") == [2.8, 3.0, 3.4, 3.6, 3.8, 4.0, 4.2]
    assert by_name(now["tracks"])["a:t1"]["taxon"] == "starfish"
    assert "a:t1:2" not in by_name(now["tracks"])
    now = tables.changed(
        track("a:t1", {"state": "split", "at_s": 2.3}),
        track("a:t1:2", {"state": "split", "at_s": 2.7}, split=True),
        track("a:t1:2", {"state": "deleted"}),
    )
    assert boxes_of(now, "a:t1:2:2") == [2.8, 3.0]
    assert by_name(now["tracks"])["a:t1:2"]["is_deleted"] is True
    assert [row["time_s"] for row in now["detections"] if row["is_deleted"]] == [pytest.approx(2.4), pytest.approx(2.6)]


def test_what_was_merged_before_is_split_with_the_rest(tables):
    merge, split = track("a:t2", {"state": "merged", "into": "a:t1"}), track("a:t1", {"state": "split", "at_s": 3.7})
    now = tables.changed(merge, split)
    assert boxes_of(now, "a:t1:2") == [3.8, 4.0, 4.2]
    now = tables.changed(split, merge)
    assert boxes_of(now, "a:t1") == [2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.4, 3.6, 3.8, 4.0, 4.2]


def test_a_split_beside_a_track_is_told(tables):
    now = tables.changed(track("a:t1", {"state": "split", "at_s": 30}))
    assert tables.codes() == ["split-without-effect"]
    assert now["tracks"] == make_rows()["tracks"]


def test_a_box_changes_its_track(tables):
    now = tables.changed(
        box("a:000003000:1", {"state": "kept", "track_id": "a:t2"}),
        box("a:000002000:1", {"state": "kept", "track_id": ""}),
    )
    assert boxes_of(now, "a:t1") == [2.2, 2.4, 2.6, 2.8]
    assert boxes_of(now, "a:t2")[0] == 3.0
    assert only_different(now, "tracks") == {"a:t1", "a:t2"}


def test_what_is_not_there_is_told(tables):
    now = tables.changed(
        box("a:000002000:99", {"state": "deleted"}),
        added(frame="c:000000000"),
        box("new:5", {"state": "deleted"}),
        track("a:t9", {"state": "kept"}),
        track("a:t1", {"state": "merged", "into": "a:t9"}),
        track("a:t3:2", {"state": "deleted"}),
    )
    assert tables.codes() == ["correction-without-subject"] * 6
    assert now["detections"] == make_rows()["detections"]


def test_names_of_boxes_that_came_with_corrections_are_not_given_again(tables, tmp_path):
    tables.changed(added(track_id="new:t"), source="import")
    again = Tables(paths=tables.paths_now, folder=tmp_path / "again")
    now = again.changed(added(track_id="new:t"))
    assert {"a:000002000:p1", "a:000002000:p2"} <= set(by_name(now["detections"]))
    assert {"a:p1", "a:p2"} <= set(by_name(now["tracks"]))
    assert by_name(now["detections"])["a:000002000:p1"]["source"] == "import"


def test_the_way_of_a_changed_track_is_without_the_movement_of_the_camera(tables, tmp_path):
    edit = box("a:000002000:1", {"state": "deleted"})
    still = by_name(tables.changed(edit)["tracks"])["a:t1"]
    assert 10 < still["displacement_px"] <= still["path_px"] < 4 * 6.1
    rows = make_tables()
    for frame in rows["frames"]:
        frame |= {"shift_row_px": 3.0, "shift_col_px": 5.25}
    moving = Tables(paths=write_tables(tmp_path / "moving", rows), folder=tmp_path / "then")
    row = by_name(moving.changed(edit)["tracks"])["a:t1"]
    assert (row["path_px"], row["displacement_px"]) == pytest.approx((0, 0), abs=1e-9)


def test_nothing_is_added_to_a_frame_that_was_not_searched(tmp_path):
    rows = make_tables()
    rows["frames"][0]["is_searched"] = False
    tables = Tables(paths=write_tables(tmp_path / "before", rows), folder=tmp_path / "after")
    tables.changed(added(frame="a:000002000"))
    assert tables.codes() == ["correction-without-subject"]
