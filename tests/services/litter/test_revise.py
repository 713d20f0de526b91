"""A result follows what people change of it, and nothing else of it moves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.services.litter.lattice import (
    CRS,
    GSD_CM,
    NORTH,
    WEST,
    Record,
    drawn,
    lattice,
    picture,
    result_of,
)

from pelagia.core.result import Result
from pelagia.core.service import Decision, Edit, Request
from pelagia.io.rasters.ground import to_lat_lon
from pelagia.services.litter.editor import check
from pelagia.services.litter.revise import revise
from pelagia.services.litter.service import LitterParams

BY = {"by": "Ada", "at": "2026-06-03T10:00:00Z", "why": "seen on the beach"}
BOX = [3000.0, 3000.0, 50.0, 100.0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    request: Request[LitterParams]
    result: Result
    folder: Path

    def revised(self, *edits: Edit, decisions: dict[str, Decision] | None = None) -> Result:
        number = len(list(self.folder.iterdir()))
        return revise(self.request, self.result, decisions or {}, self.folder / str(number), edits=edits)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A hundred pieces of plastic on 40 m of beach, one of them seen on a second picture as well."""
    a, b = picture("a"), picture("b", east=20.0)
    items = lattice(a)
    items.append(items[9] | {"object_id": "b_1", "image_id": "b", "col_px": 4475.0, "duplicate_of": "a_10"})
    request, result = result_of(tmp_path / "run", [a, b], items, length_m=40.0)
    return Run(request=request, result=result, folder=_made(tmp_path / "revisions"))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def rows(result: Result, table: str) -> list[Record]:
    found: list[Record] = result.tables[table].read().to_pylist()
    return found


def row(result: Result, table: str, **wanted: Any) -> Record:
    (found,) = [one for one in rows(result, table) if all(one[name] == value for name, value in wanted.items())]
    return found


def whole(result: Result) -> Record:
    return row(result, "density", area_id="beach", transect_id="", item_class="all")


def item_edit(subject: str, value: Any) -> Edit:
    return check(Edit(kind="item", subject=subject, value=value, **BY))


def added(subject: str = "new:1", box: list[float] = BOX, image: str = "a", item_class: str = "drink can") -> Edit:
    return item_edit(subject, {"state": "added", "image_id": image, "item_class": item_class, "box": box})


def survey_edit(name: str, value: Any) -> Edit:
    return check(Edit(kind="survey", subject=name, value=value, **BY))


def places(*points: tuple[float, float]) -> list[list[float]]:
    east, south = np.array(points).T
    return np.column_stack(to_lat_lon(CRS, WEST + east, NORTH - south)).tolist()


def same(one: Result, other: Result) -> None:
    assert set(one.tables) == set(other.tables)
    for name in one.tables:
        assert rows(one, name) == rows(other, name), name
    assert one.summary == other.summary
    assert one.notes == other.notes
    assert one.issues == other.issues


def test_without_changes_the_result_is_the_same(run: Run) -> None:
    same(run.revised(), run.result)


def test_a_deleted_item_stays_in_the_table_and_leaves_all_totals(run: Run) -> None:
    again = run.revised(item_edit("a_5", {"state": "deleted"}))
    gone = row(again, "items", object_id="a_5")
    assert (gone["is_deleted"], gone["is_counted"], gone["status"]) == (True, False, "validated")
    assert (gone["validated_by"], gone["validated_at"]) == ("Ada", "2026-06-03T10:00:00Z")
    assert whole(again)["items"] == 99
    assert whole(again)["items_per_100m"] == 247.5
    assert sum(cell["items"] for cell in rows(again, "cells")) == 99
    assert row(again, "pictures", image_id="a")["items"] == row(again, "pictures", image_id="a")["counted_items"] == 99
    assert row(again, "quantities", image_id="all", area_id="all", tile_class="all")["counted_items"] == 99
    assert again.summary["items"].value == 99
    assert rows(again, "edits") == [
        {"subject": "item:a_5", "field": "state", "old": "predicted", "new": "deleted", **BY}
    ]
    others = [one for one in rows(again, "items") if one["object_id"] != "a_5"]
    assert others == [one for one in rows(run.result, "items") if one["object_id"] != "a_5"]
    assert rows(again, "tiles") == rows(run.result, "tiles")


def test_with_an_item_its_duplicates_go_as_well(run: Run) -> None:
    again = run.revised(item_edit("a_10", {"state": "deleted"}))
    assert whole(again)["items"] == 99
    assert row(again, "items", object_id="b_1")["is_counted"] is False


def test_a_change_of_class_brings_the_codes_of_the_class(run: Run) -> None:
    again = run.revised(item_edit("a_5", {"state": "kept", "item_class": "glass bottle"}))
    changed = row(again, "items", object_id="a_5")
    assert (changed["item_class"], changed["predicted_class"]) == ("glass bottle", "plastic")
    assert (changed["material"], changed["j_code"], changed["plq_class"]) == ("glass", "J200", "NP - glass")
    bottles = row(again, "density", area_id="beach", item_class="glass bottle")
    assert (bottles["items"], bottles["validated_items"], bottles["j_code"]) == (1, 1, "J200")
    assert row(again, "density", area_id="beach", item_class="plastic")["items"] == 99
    assert whole(again)["items"] == 100
    assert rows(again, "edits") == [
        {"subject": "item:a_5", "field": "item_class", "old": "plastic", "new": "glass bottle", **BY}
    ]


def test_a_confirmed_item_is_validated(run: Run) -> None:
    again = run.revised(item_edit("a_5", {"state": "kept"}))
    assert whole(again)["validated_items"] == 1
    assert [(one["old"], one["new"]) for one in rows(again, "edits")] == [("predicted", "validated")]


def test_a_moved_box_is_measured_and_placed_anew(run: Run) -> None:
    again = run.revised(item_edit("a_5", {"state": "kept", "box": BOX}))
    moved = row(again, "items", object_id="a_5")
    assert (moved["length_m"], moved["area_m2"]) == (pytest.approx(0.4), pytest.approx(0.2 * 0.4))
    assert moved["easting_m"] == pytest.approx(WEST + 3050 * GSD_CM / 100)
    assert moved["northing_m"] == pytest.approx(NORTH - 3025 * GSD_CM / 100)
    latitude, longitude = to_lat_lon(CRS, moved["easting_m"], moved["northing_m"])
    assert (moved["latitude"], moved["longitude"]) == (pytest.approx(float(latitude)), pytest.approx(float(longitude)))
    assert whole(again)["litter_m2"] == pytest.approx(whole(run.result)["litter_m2"] - 0.02 + 0.08)
    assert [one["new"] for one in rows(again, "edits")] == ["3000, 3000, 50, 100"]


def test_an_added_item_is_like_any_other(run: Run) -> None:
    again = run.revised(added())
    new = row(again, "items", object_id="a_p1")
    assert (new["source"], new["status"], new["score"], new["predicted_class"]) == ("person", "validated", None, None)
    assert (new["file"], new["area_id"], new["j_code"]) == ("a.tif", "beach", "J175")
    assert new["easting_m"] == pytest.approx(WEST + 3050 * GSD_CM / 100)
    assert whole(again)["items"] == 101
    assert row(again, "density", area_id="beach", item_class="drink can")["items"] == 1
    assert [(one["subject"], one["field"], one["new"]) for one in rows(again, "edits")] == [
        ("item:a_p1", "state", "validated")
    ]


def test_added_items_keep_their_names_when_an_earlier_one_is_taken_back(run: Run) -> None:
    first, second = added("new:1"), added("new:2", [5000.0, 5000.0, 40.0, 40.0])
    both = run.revised(first, second)
    one = run.revised(first, second, item_edit("new:1", None))
    assert {"a_p1", "a_p2"} <= {row["object_id"] for row in rows(both, "items")}
    assert [row["object_id"] for row in rows(one, "items") if row["source"] == "person"] == ["a_p2"]
    assert whole(one)["items"] == 101


def test_an_added_item_can_be_changed_and_deleted_under_either_name(run: Run) -> None:
    renamed = run.revised(added(), item_edit("a_p1", {"state": "kept", "item_class": "tyre"}))
    assert row(renamed, "items", object_id="a_p1")["item_class"] == "tyre"
    for name in ("a_p1", "new:1"):
        gone = run.revised(added(), item_edit(name, {"state": "deleted"}))
        assert row(gone, "items", object_id="a_p1")["is_counted"] is False
        assert whole(gone)["items"] == 100


def test_a_box_over_the_edge_is_cut_and_one_beyond_it_is_a_finding(run: Run) -> None:
    over = run.revised(added(box=[-20.0, 9_950.0, 50.0, 100.0]))
    new = row(over, "items", object_id="a_p1")
    assert [new[name] for name in ("row_px", "col_px", "height_px", "width_px")] == [0.0, 9_950.0, 30.0, 50.0]
    beyond = run.revised(added(box=[20_000.0, 0.0, 50.0, 50.0]))
    assert whole(beyond)["items"] == 100
    assert "correction-outside" in {issue.code for issue in beyond.issues}


def test_what_is_taken_back_leaves_the_machines_result(run: Run) -> None:
    again = run.revised(
        item_edit("a_5", {"state": "deleted"}),
        added(),
        survey_edit("line:L", {"points": places((0, 20), (40, 20))}),
        Edit(kind="area", subject="beach", field="length_m", value=80.0, **BY),
        item_edit("a_5", None),
        item_edit("new:1", None),
        survey_edit("line:L", None),
        Edit(kind="area", subject="beach", field="length_m", value=None, **BY),
    )
    assert len(rows(again, "edits")) == 8
    plain = Result(**{name: getattr(again, name) for name in Result.__slots__} | {"tables": _without_edits(again)})
    same(plain, run.result)


def _without_edits(result: Result) -> dict[str, Any]:
    return {name: table for name, table in result.tables.items() if name != "edits"}


def test_the_last_change_of_an_item_alone_holds(run: Run) -> None:
    again = run.revised(
        item_edit("a_5", {"state": "kept", "item_class": "tyre"}), item_edit("a_5", {"state": "kept", "box": BOX})
    )
    changed = row(again, "items", object_id="a_5")
    assert (changed["item_class"], changed["row_px"]) == ("plastic", 3000.0)
    assert [(one["field"], one["new"]) for one in rows(again, "edits")] == [
        ("item_class", "tyre"),
        ("item_class", "plastic"),
        ("box", "3000, 3000, 50, 100"),
    ]


def test_a_line_drawn_on_the_map_gives_its_length_and_its_transect(run: Run) -> None:
    again = run.revised(survey_edit("line:north", {"points": places((0, 10), (20, 10))}))
    line = row(again, "survey", transect_id="north")
    assert (line["area_id"], line["shape"], line["source"]) == ("beach", "line", "person")
    assert line["length_m"] == pytest.approx(20.0, rel=1e-3)
    assert whole(again)["length_m"] == line["length_m"]
    assert row(again, "density", transect_id="north", item_class="all")["items"] == 100
    assert again.summary["items_per_100m"].value == pytest.approx(500.0, rel=1e-3)


def test_a_polygon_drawn_on_the_map_bounds_the_ground(run: Run) -> None:
    square = places((0, 0), (20, 0), (20, 20), (0, 20))
    again = run.revised(survey_edit("polygon:p", {"points": square, "length_m": 20.0}))
    assert whole(again)["items"] == 25
    assert whole(again)["items_per_100m"] == pytest.approx(125.0)
    assert sum(one["is_counted"] for one in rows(again, "items")) == 25


def test_a_line_of_the_file_can_be_replaced_and_taken_away(tmp_path: Path) -> None:
    a = picture("a")
    line = drawn("L", [(0, 20), (40, 20)], length_m=40.0)
    request, result = result_of(tmp_path / "run", [a], lattice(a), [line])
    run = Run(request=request, result=result, folder=_made(tmp_path / "revisions"))
    same(run.revised(), result)
    shorter = run.revised(survey_edit("line:L", {"points": places((0, 20), (10, 20))}))
    assert row(shorter, "survey", transect_id="L")["length_m"] == pytest.approx(10.0, rel=1e-3)
    without = run.revised(survey_edit("line:L", {"state": "deleted"}))
    assert rows(without, "survey") == []
    assert whole(without)["items_per_100m"] is None
    assert "length-unknown" in {issue.code for issue in without.issues}


def test_a_line_on_a_picture_that_lies_nowhere_is_drawn_in_pixels(tmp_path: Path) -> None:
    a = picture("a", crs=None, transform=None)
    request, result = result_of(tmp_path / "run", [a], lattice(a))
    run = Run(request=request, result=result, folder=_made(tmp_path / "revisions"))
    again = run.revised(survey_edit("line:L", {"image_id": "a", "points": [[5000, 0], [5000, 10_000]]}))
    assert row(again, "survey", transect_id="L")["length_m"] == pytest.approx(40.0)
    assert whole(again)["items_per_100m"] == pytest.approx(250.0)


def test_a_length_that_is_told_gives_items_per_100_m(run: Run) -> None:
    again = run.revised(check(Edit(kind="area", subject="beach", field="length_m", value=80, **BY)))
    assert whole(again)["items_per_100m"] == 125.0
    assert rows(again, "edits") == [{"subject": "area:beach", "field": "length_m", "old": "40", "new": "80", **BY}]


def test_changes_of_what_is_not_there_are_findings(run: Run) -> None:
    again = run.revised(
        item_edit("a_999", {"state": "deleted"}),
        added(image="nowhere"),
        Edit(kind="area", subject="moon", field="length_m", value=80.0, **BY),
        survey_edit("line:L", {"points": places((90_000, 0), (90_040, 0))}),
    )
    assert [issue.code for issue in again.issues].count("correction-without-subject") == 3
    assert [issue.code for issue in again.issues].count("correction-outside") == 1
    assert "edits" not in again.tables
    assert rows(again, "items") == rows(run.result, "items")


def test_a_decision_on_an_object_names_its_class(run: Run) -> None:
    decided = {"a_5": Decision(label="tyre", by="Ada", at="2026-06-03T10:00:00Z")}
    again = run.revised(decisions=decided)
    assert row(again, "items", object_id="a_5")["item_class"] == "tyre"


def test_the_machines_files_are_left_alone(run: Run) -> None:
    before = run.result.tables["items"].path.read_bytes()
    run.revised(item_edit("a_5", {"state": "deleted"}), added())
    assert run.result.tables["items"].path.read_bytes() == before
