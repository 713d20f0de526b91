"""Quantities by the formulas of APLASTIC-Q, as its authors meant them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.services.litter.lattice import SIDE_M, TILE_M2, account_for, item, picture

from pelagia.services.litter.quantities import PLQ_FACTORS, PLQ_TILE_M

CLASSES = {
    (0, 0): "litter high",
    (0, 1): "litter high",
    (1, 0): "litter low",
    (2, 0): "organic debris",
    (3, 0): "organic debris",
}


def test_tiles_become_area_volume_and_items(tmp_path: Path) -> None:
    told = account_for(tmp_path, [picture("a")], [], classes={"a": CLASSES})
    high, low, organic, litter = (
        told.row("quantities", image_id="a", tile_class=name)
        for name in ("litter high", "litter low", "organic debris", "all")
    )
    assert [row["tiles"] for row in (high, low, organic, litter)] == pytest.approx([2, 1, 2, 3])
    assert [row["area_m2"] for row in (high, low, organic)] == pytest.approx([2 * TILE_M2, TILE_M2 / 2, 2 * TILE_M2])
    assert [row["volume_m3"] for row in (high, low, organic)] == pytest.approx(
        [2 * TILE_M2 * 0.30, TILE_M2 * 0.07, 2 * TILE_M2 * 0.1]
    )
    assert (high["items"], low["items"], organic["items"]) == (pytest.approx(7.0), pytest.approx(1.5), None)
    for column in ("tiles", "area_m2", "volume_m3", "items"):
        assert litter[column] == pytest.approx(high[column] + low[column])


def test_less_than_a_square_metre_is_not_nothing(tmp_path: Path) -> None:
    told = account_for(tmp_path, [picture("a")], [], classes={"a": {(0, 0): "litter low"}})
    row = told.row("quantities", image_id="all", area_id="all", tile_class="all")
    assert row["area_m2"] == pytest.approx(0.256**2 / 2)
    assert row["volume_m3"] == pytest.approx(0.256**2 * 0.07)


def test_a_tile_that_is_cut_off_counts_by_its_share(tmp_path: Path) -> None:
    # 40 m are 156.25 tiles.
    told = account_for(
        tmp_path, [picture("a")], [], classes={"a": {(156, 0): "litter high", (156, 156): "litter high"}}
    )
    row = told.row("quantities", image_id="a", tile_class="litter high")
    assert row["tiles"] == pytest.approx(0.25 + 0.25**2)


def test_the_same_ground_has_the_same_quantities_at_any_resolution(tmp_path: Path) -> None:
    fine = account_for(tmp_path / "fine", [picture("a")], [], classes={"a": CLASSES})
    coarse_picture = picture("a", gsd_cm=0.8, height_px=5000, width_px=5000, transform=None, crs=None)
    coarse = account_for(tmp_path / "coarse", [coarse_picture], [], classes={"a": CLASSES})
    for one, other in zip(fine.values["quantities"], coarse.values["quantities"], strict=True):
        assert {name: value for name, value in one.items() if value is not None} == pytest.approx(
            {name: value for name, value in other.items() if value is not None}
        )


def test_pictures_sum_to_areas_and_areas_to_all(tmp_path: Path) -> None:
    a, b, c = picture("a"), picture("b", east=20.0), picture("c", area="cove", east=500.0)
    every = {(row, col): "litter low" for row in range(157) for col in range(157)}
    told = account_for(tmp_path, [a, b, c], [], classes={"a": every, "b": every, "c": CLASSES})
    rows = [row for row in told.values["quantities"] if row["tile_class"] == "all"]
    by_name = {(row["image_id"], row["area_id"]): row["area_m2"] for row in rows}
    assert by_name["all", "beach"] == pytest.approx(by_name["a", "beach"] + by_name["b", "beach"])
    assert by_name["all", "all"] == pytest.approx(by_name["all", "beach"] + by_name["all", "cove"])
    # What both pictures show is not there twice: 40 m and 20 m further are 60 m.
    assert by_name["all", "beach"] == pytest.approx(60 * SIDE_M / 2, rel=0.005)


def test_items_have_the_tiles_their_boxes_fill_times_the_factor_of_their_class(tmp_path: Path) -> None:
    a = picture("a")
    large = item(a, 1, 2000.0, 2000.0, item_class="metal", area_m2=10 * PLQ_TILE_M**2)
    small = item(a, 2, 4000.0, 2000.0, item_class="metal", area_m2=0.1 * PLQ_TILE_M**2)
    vague = item(a, 3, 6000.0, 2000.0, item_class="plastic")
    told = account_for(tmp_path, [a], [large, small, vague])
    (row,) = told.rows("quantities", image_id="a", kind="items")
    assert row["tile_class"] == "NP - metal"
    assert row["tiles"] == pytest.approx(11.0)
    assert row["items"] == pytest.approx(11.0 * PLQ_FACTORS["NP - metal"])
    assert row["area_m2"] == pytest.approx(10.1 * PLQ_TILE_M**2)
    assert row["counted_items"] == 2
    assert told.row("quantities", image_id="a", tile_class="all")["counted_items"] == 3


def test_without_a_ground_sampling_distance_there_are_none(tmp_path: Path) -> None:
    a = picture("a", crs=None, transform=None, gsd_cm=None, tile_m=None)
    told = account_for(tmp_path, [a], [item(a, 1, 500.0, 500.0, item_class="metal")], classes={"a": CLASSES})
    assert told.values["quantities"] == []
