"""Items of a result with people's edits on top, classes of ground, the survey as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.orders.finished import bench_of
from tests.orders.littered import AREA, CLASSES, HEIGHT, LENGTH_M, SECOND, install_litter, littered_job

from pelagia.core.errors import NotFound
from pelagia.core.ground import TILE_CLASSES
from pelagia.core.service import Edit
from pelagia.orders.maps.ground import cells_in, density_of, lengths_now, survey_now, tile_grid, whole_areas
from pelagia.orders.maps.held import Edits, edits_on, held_of
from pelagia.orders.maps.items import Counting, ItemFilter, chosen, count, find_item, items_now
from pelagia.orders.maps.pictures import Lattice, find_picture, has_map, pictures_of, view_of
from pelagia.orders.maps.vignettes import vignette_in
from pelagia.orders.outputs import output_folder, table_in
from pelagia.orders.workbench import Workbench
from pelagia.runtime.decisions import Annotator
from pelagia.runtime.edits import Made, edits_of, record_edits
from pelagia.runtime.jobs import Job
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

ADA = Annotator(key="visit:me", name="Ada")
FIRST, SECOND_ITEM, THIRD = (f"beach-1-{number:05d}" for number in range(3))
ALL = ItemFilter(counting="all")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    folder = tmp_path_factory.mktemp("installation")
    with pytest.MonkeyPatch.context() as patch:
        install_litter(folder / "packages", patch)
        with open_runtime(read_settings({}, home=folder / "home", executor="inline", workers=2)) as runtime:
            yield bench_of(runtime)


@pytest.fixture(scope="module")
def job(bench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A run of two pictures that is looked at only."""
    return littered_job(bench.runtime, tmp_path_factory.mktemp("drawn"), seeds=SECOND)


@pytest.fixture(scope="module")
def alone(bench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A run of a picture that lies nowhere."""
    folder = tmp_path_factory.mktemp("alone")
    return littered_job(bench.runtime, folder, title="alone", lies=False, length_m=None)


def edits(*made: tuple[str, str, Any], kind: str = "item", in_figures: int = 0, field: str = "") -> Edits:
    """Return edits in the order they were made: subject, who, value."""
    told = [
        Made(
            id=number,
            edit=Edit(kind=kind, subject=subject, field=field, value=value, by=who, at="2026-06-03T00:00:00Z"),
            annotator=ADA,
            at=None,  # type: ignore[arg-type]
        )
        for number, (subject, who, value) in enumerate(made, start=1)
    ]
    return held_of(told, in_figures)


def now(bench: Workbench, job: Job, *made: tuple[str, str, Any], in_figures: int = 0) -> Any:
    return items_now(bench.runtime.settings, job, pictures_of(bench, job), edits(*made, in_figures=in_figures))


def test_a_lattice_tells_places_between_and_beyond_its_nodes() -> None:
    lattice = Lattice(
        rows=(0, 10, 20), cols=(0, 100), latitudes=((5, 5), (4, 4), (2, 2)), longitudes=((1, 2), (1, 2), (1, 2))
    )
    assert lattice.at(0, 0) == (5, 1)
    assert lattice.at(15, 50) == (3, 1.5)
    assert lattice.at(25, 110) == pytest.approx((1, 2.1))


def test_pictures_have_a_lattice_where_they_lie_on_the_ground(bench: Workbench, job: Job, alone: Job) -> None:
    pictures = pictures_of(bench, job)
    assert list(pictures) == ["beach-1", "beach-2"]
    for row in table_in(output_folder(bench.runtime.settings, job), "items").read().to_pylist()[:50]:
        lattice = pictures[row["image_id"]].lattice
        assert lattice is not None
        middle = lattice.at(row["row_px"] + row["height_px"] / 2, row["col_px"] + row["width_px"] / 2)
        # 1e-8 ° are a millimetre.
        assert middle == pytest.approx((row["latitude"], row["longitude"]), abs=1e-8)
    assert pictures_of(bench, alone)["beach-1"].lattice is None
    assert pictures_of(bench, job) is pictures
    assert view_of(bench.runtime.settings, job, pictures["beach-2"]).name == "beach-2.tif"


def test_only_what_has_pictures_and_items_has_a_map(bench: Workbench, job: Job, tmp_path: Path) -> None:
    assert has_map(output_folder(bench.runtime.settings, job))
    assert not has_map(tmp_path)
    with pytest.raises(NotFound, match="no picture of that name"):
        find_picture(bench, job, "../beach-1")


@pytest.mark.parametrize("counting", ["counted", "duplicates", "uncounted", "deleted", "all"])
def test_every_item_is_of_one_way_of_counting(bench: Workbench, job: Job, counting: Counting) -> None:
    items = now(bench, job)
    found = chosen(items, ItemFilter(counting=counting))
    doubles = 2  # the first item of each picture
    wanted = {"counted": items.num_rows - doubles, "duplicates": doubles, "uncounted": 0, "deleted": 0}
    assert found.num_rows == wanted.get(counting, items.num_rows)


def test_items_are_filtered_by_all_that_is_asked_for_and_the_surest_come_first(bench: Workbench, job: Job) -> None:
    items = now(bench, job)
    rows = chosen(items, ItemFilter(counting="all", classes=("glass", "paper"), score_from=0.5)).to_pylist()
    wanted = [one for one in items.to_pylist() if one["item_class"] in ("glass", "paper") and one["score"] >= 0.5]
    assert {one["object_id"] for one in rows} == {one["object_id"] for one in wanted} != set()
    assert [one["score"] for one in rows] == sorted((one["score"] for one in rows), reverse=True)
    one = rows[0]
    place = one["latitude"], one["longitude"]
    there = ItemFilter(counting="all", bounds=(place[0] - 1e-9, place[1] - 1e-9, place[0] + 1e-9, place[1] + 1e-9))
    assert one["object_id"] in chosen(items, there)["object_id"].to_pylist()
    window = (one["row_px"], one["col_px"], 1.0, 1.0)
    near = chosen(items, ItemFilter(counting="all", image_id=one["image_id"], window=window))
    assert one["object_id"] in near["object_id"].to_pylist() and near.num_rows < items.num_rows
    assert chosen(items, ItemFilter(status="validated")).num_rows == 2
    assert chosen(items, ItemFilter(area_id="elsewhere")).num_rows == 0
    assert chosen(items, ItemFilter(name=THIRD))["object_id"].to_pylist() == [THIRD]


def test_counts_of_classes_sum_to_all(bench: Workbench, job: Job) -> None:
    items = chosen(now(bench, job), ItemFilter())
    counts = count(items)
    assert {one.item_class for one in counts} <= set(CLASSES)
    assert sum(one.items for one in counts) == items.num_rows
    assert all(one.items == one.predicted + one.validated for one in counts)
    assert whole_areas(density_of(bench, job))["all"]["items"] == items.num_rows


def test_a_deleted_item_counts_no_more_and_comes_back(bench: Workbench, job: Job) -> None:
    gone = now(bench, job, (THIRD, "Ada", {"state": "deleted"}))
    assert find_item(gone, THIRD)["state"] == "deleted"
    assert not find_item(gone, THIRD)["is_counted"]
    assert chosen(gone, ItemFilter()).num_rows == chosen(now(bench, job), ItemFilter()).num_rows - 1
    assert chosen(gone, ItemFilter(counting="deleted"))["object_id"].to_pylist() == [THIRD]
    back = now(bench, job, (THIRD, "Ada", {"state": "deleted"}), (THIRD, "Ada", None))
    assert find_item(back, THIRD)["is_counted"] and find_item(back, THIRD)["state"] == ""


def test_another_class_is_validated_and_takes_the_codes_of_the_old_one_away(bench: Workbench, job: Job) -> None:
    before = find_item(now(bench, job), THIRD)
    box = [before[side] for side in ("row_px", "col_px", "height_px", "width_px")]
    kept = find_item(now(bench, job, (THIRD, "Ada", {"state": "kept", "item_class": "rope", "box": box})), THIRD)
    assert (kept["item_class"], kept["status"], kept["validated_by"]) == ("rope", "validated", "Ada")
    assert (kept["predicted_class"], kept["material"], kept["state"]) == (before["predicted_class"], None, "changed")
    assert (kept["latitude"], kept["length_m"]) == (before["latitude"], before["length_m"])
    assert kept["pending"]


def test_another_box_moves_the_item_on_the_map(bench: Workbench, job: Job) -> None:
    before = find_item(now(bench, job), THIRD)
    moved = now(bench, job, (THIRD, "Ada", {"state": "kept", "item_class": None, "box": [0.0, 0.0, 10.0, 20.0]}))
    after = find_item(moved, THIRD)
    lattice = find_picture(bench, job, "beach-1").lattice
    assert lattice is not None
    assert (after["latitude"], after["longitude"]) == lattice.at(5, 10)
    assert (after["item_class"], after["length_m"], after["source_uri"]) == (before["item_class"], None, None)


def test_what_a_person_adds_is_an_item_like_others_until_taken_back(bench: Workbench, job: Job, alone: Job) -> None:
    value = {"state": "added", "image_id": "beach-1", "item_class": "rope", "box": [5.0, 6.0, 10.0, 20.0]}
    for run in (job, alone):
        items = now(bench, run, ("new:a", "Ada", value))
        one = find_item(items, "new:a")
        assert (one["score"], one["is_counted"], one["status"], one["area_id"]) == (None, True, "validated", AREA)
        assert (one["state"], one["row_px"], one["width_px"], one["file"]) == ("added", 5, 20, "beach-1.tif")
        assert (one["latitude"] is None) == (run is alone)
        assert chosen(items, ItemFilter(score_from=0.9))["object_id"].to_pylist()[0] == "new:a"
        taken_back = now(bench, run, ("new:a", "Ada", value), ("new:a", "Ada", None))
        with pytest.raises(NotFound):
            find_item(taken_back, "new:a")


def test_edits_of_what_is_not_there_make_nothing(bench: Workbench, job: Job) -> None:
    items = now(bench, job, ("nowhere", "Ada", {"state": "deleted"}), ("elsewhere", "Ada", {"state": "kept"}))
    assert items.num_rows == now(bench, job).num_rows


def test_only_changes_that_the_figures_do_not_have_are_pending() -> None:
    deleted, kept = {"state": "deleted"}, {"state": "kept"}
    assert edits(("a", "Ada", deleted), ("b", "Ada", kept), ("a", "Ada", kept)).pending == 2
    assert edits(("a", "Ada", deleted), ("a", "Ada", None)).pending == 0
    assert edits(("a", "Ada", deleted), ("b", "Ada", kept), in_figures=2).pending == 0
    assert edits(("a", "Ada", deleted), ("a", "Ada", None), in_figures=1).pending == 1
    assert edits(("a", "Ada", deleted), ("a", "Ada", kept), ("a", "Ada", deleted), in_figures=1).pending == 0


def test_classes_of_ground_are_told_a_digit_a_tile(bench: Workbench, job: Job) -> None:
    grid = tile_grid(bench, job, "beach-1", None, 1024)
    rows = table_in(output_folder(bench.runtime.settings, job), "tiles").read().to_pylist()
    for one in (row for row in rows if row["image_id"] == "beach-1"):
        assert TILE_CLASSES[int(grid.classes[one["tile_row"]][one["tile_col"]])] == one["tile_class"]
        assert (grid.searched[one["tile_row"]][one["tile_col"]] == "1") == one["searched"]
    assert grid.tile_px == pytest.approx(51.2)
    assert len(grid.classes) == -(-HEIGHT // grid.tile_px)


def test_a_part_of_the_ground_begins_where_it_says(bench: Workbench, job: Job) -> None:
    whole = tile_grid(bench, job, "beach-1", None, 1024)
    part = tile_grid(bench, job, "beach-1", (2 * 51.2, 3 * 51.2, 4 * 51.2, 5 * 51.2), 1024)
    assert (part.first_row, part.first_col) == (2, 3)
    assert part.classes == tuple(line[3:8] for line in whole.classes[2:6])
    assert [len(line) for line in tile_grid(bench, job, "beach-1", None, 3).classes] == [3, 3, 3]
    assert tile_grid(bench, job, "nowhere", None, 9).classes == ()


def test_cells_have_corners_around_their_middle_and_sum_to_what_counts(bench: Workbench, job: Job) -> None:
    cells, total = cells_in(bench, job, area_id="", image_id="", bounds=None, most=1000)
    assert len(cells) == total > 4
    for one in cells:
        latitudes, longitudes = zip(*one["outline"], strict=True)
        assert min(latitudes) < one["latitude"] < max(latitudes)
        assert min(longitudes) < one["longitude"] < max(longitudes)
    first = cells[0]
    place = first["latitude"], first["longitude"]
    near, _ = cells_in(bench, job, area_id=AREA, image_id="", bounds=(*place, *place), most=1000)
    assert [one["cell_row"] for one in near] == [first["cell_row"]]
    assert cells_in(bench, job, area_id="", image_id="", bounds=None, most=3)[1] == total


def test_the_survey_has_what_was_drawn_and_forgets_what_was_removed(bench: Workbench, job: Job) -> None:
    def lines(*made: tuple[str, str, Any]) -> dict[str, Any]:
        return {one["transect_id"]: one for one in survey_now(bench, job, edits(*made, kind="survey"))}

    assert lines()["waterline"]["length_m"] == LENGTH_M and not lines()["waterline"]["pending"]
    value = {"area_id": AREA, "image_id": "", "points": [[-6.0, 106.0], [-6.0, 106.001]]}
    drawn = lines(("line:mine", "Ada", value))["mine"]
    assert (drawn["shape"], drawn["latitudes"], drawn["length_m"], drawn["pending"]) == ("line", [-6, -6], None, True)
    assert set(lines(("line:mine", "Ada", value), ("line:mine", "Ada", None))) == {"waterline"}
    moved = lines(("line:waterline", "Ada", value))
    assert moved["waterline"]["longitudes"] == [106.0, 106.001]
    removed = lines(("line:waterline", "Ada", {"state": "deleted"}))
    assert removed == {}


def test_lengths_of_beach_are_those_that_were_told_last() -> None:
    made = edits((AREA, "Ada", 50.0), (AREA, "Ada", 80.0), ("b", "Ada", 5), ("b", "Ada", None), kind="area")
    assert lengths_now(made) == {AREA: 80.0}


def test_a_vignette_is_the_one_the_run_kept(bench: Workbench, job: Job, tmp_path: Path) -> None:
    folder = output_folder(bench.runtime.settings, job)
    item = find_item(now(bench, job), FIRST)
    data = vignette_in(folder, item)
    assert data is not None and data[:3] == b"\xff\xd8\xff"
    for wrong in (
        {"source_uri": None},
        {"source_uri": "/etc/passwd"},
        {"source_uri": "result:../../secret.zip"},
        {"source_uri": "result:summary.json"},
        {"source_file": "nowhere.jpg"},
    ):
        assert vignette_in(folder, item | wrong) is None


def test_edits_of_a_run_are_read_with_what_its_figures_have(bench: Workbench, alone: Job) -> None:
    record_edits(bench.runtime.database, alone.id, [Edit(kind="item", subject=FIRST, value={"state": "deleted"})], ADA)
    found = edits_on(bench, alone)
    assert found.pending == 1 and found.of("item")[FIRST].value == {"state": "deleted"}
    assert found.of("survey") == {}
    assert edits_of(bench.runtime.database, alone.id)[0].annotator == ADA
    assert SECOND_ITEM not in found.of("item")
