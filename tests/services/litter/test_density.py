"""Items per 100 m and per km²: told beforehand for items on a lattice, and the same however they are summed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2
from tests.services.litter.lattice import (
    SIDE_M,
    TILE_M2,
    account_for,
    drawn,
    item,
    lattice,
    picture,
)

from pelagia.services.litter.intervals import chance_interval, count_intervals

GROUND_M2 = SIDE_M**2


def test_a_lattice_has_the_density_of_a_lattice(tmp_path: Path) -> None:
    a = picture("a")
    told = account_for(tmp_path, [a], lattice(a), length_m=40.0)
    row = told.row("density", area_id="beach", item_class="all")
    assert row["items"] == 100
    assert row["covered_m2"] == pytest.approx(GROUND_M2)
    assert row["items_per_100m"] == 250.0
    assert row["items_per_km2"] == pytest.approx(100 / GROUND_M2 * 1e6)
    assert row["items_per_m2"] == pytest.approx(100 / GROUND_M2)
    assert row["litter_m2"] == pytest.approx(100 * 0.1 * 0.2)
    assert row["litter_m2_per_m2"] == pytest.approx(100 * 0.1 * 0.2 / GROUND_M2)
    assert told.values["issues"] == []


def test_classes_sum_to_all_and_areas_to_all_areas(tmp_path: Path) -> None:
    a, b = picture("a"), picture("b", area="cove", east=500.0)
    named = [one | {"item_class": ("bag", "bottle", "can")[n % 3]} for n, one in enumerate(lattice(a))]
    told = account_for(tmp_path, [a, b], [*named, *lattice(b, step_px=2000)], length_m=40.0)
    for area in ("beach", "cove", "all"):
        whole = told.row("density", area_id=area, item_class="all")
        classes = [row for row in told.rows("density", area_id=area) if row["item_class"] != "all"]
        for column in ("items", "litter_m2", "items_per_100m", "items_per_km2"):
            assert sum(row[column] for row in classes) == pytest.approx(whole[column])
    beach, cove, everywhere = (told.row("density", area_id=area, item_class="all") for area in ("beach", "cove", "all"))
    for column in ("items", "covered_m2", "length_m", "litter_m2"):
        assert beach[column] + cove[column] == pytest.approx(everywhere[column])
    assert (beach["items"], cove["items"]) == (100, 25)


def test_ground_that_two_pictures_show_counts_once(tmp_path: Path) -> None:
    a, b = picture("a"), picture("b", east=20.0)
    told = account_for(tmp_path, [a, b], lattice(a))
    first, second = told.values["pictures"]
    assert first["counted_m2"] == pytest.approx(first["covered_m2"])
    # The edge runs through a column of tiles, which falls to one side as a whole.
    assert second["counted_m2"] == pytest.approx(GROUND_M2 / 2, abs=SIDE_M * 0.256 / 2)
    row = told.row("density", area_id="beach", item_class="all")
    assert row["covered_m2"] == pytest.approx(first["counted_m2"] + second["counted_m2"])


def test_ground_counts_for_each_picture_where_overlaps_are_not_merged(tmp_path: Path) -> None:
    a, b = picture("a"), picture("b", east=20.0)
    told = account_for(tmp_path, [a, b], lattice(a), merge_overlaps=False)
    assert told.row("density", area_id="beach", item_class="all")["covered_m2"] == pytest.approx(2 * GROUND_M2)


def test_ground_of_two_areas_is_not_the_same_ground(tmp_path: Path) -> None:
    a, b = picture("a", area="march"), picture("b", area="june")
    told = account_for(tmp_path, [a, b], lattice(a))
    assert [row["counted_m2"] for row in told.values["pictures"]] == pytest.approx([GROUND_M2, GROUND_M2])


def test_what_an_earlier_picture_does_not_show_counts_on_the_later_one(tmp_path: Path) -> None:
    a, b = picture("a"), picture("b")
    hidden = {(row, col) for row in range(157) for col in range(78)}
    told = account_for(tmp_path, [a, b], [], hidden={"a": hidden})
    assert told.values["pictures"][1]["counted_m2"] == pytest.approx(78 * 0.256 * SIDE_M)


def test_duplicates_deleted_and_short_items_do_not_count(tmp_path: Path) -> None:
    a = picture("a")
    rows = [
        item(a, 1, 500, 500),
        item(a, 2, 1500, 500, duplicate_of="b_1"),
        item(a, 3, 2500, 500, is_deleted=True),
        item(a, 4, 3500, 500, length_m=0.024),
        item(a, 5, 4500, 500, length_m=0.025),
    ]
    told = account_for(tmp_path, [a], rows, min_length_cm=2.5)
    assert [row["is_counted"] for row in told.items] == [True, False, False, False, True]
    (row,) = told.values["pictures"]
    assert (row["items"], row["counted_items"]) == (4, 2)


def test_without_a_length_there_are_no_items_per_100_m(tmp_path: Path) -> None:
    a = picture("a")
    told = account_for(tmp_path, [a], lattice(a))
    row = told.row("density", area_id="beach", item_class="all")
    assert row["length_m"] is None
    assert row["items_per_100m"] is None
    assert row["items_per_100m_high"] is None
    assert [issue["code"] for issue in told.values["issues"]] == ["length-unknown"]


def test_the_length_of_one_area_alone_gives_none_for_all(tmp_path: Path) -> None:
    a, b = picture("a"), picture("b", area="cove", east=500.0)
    told = account_for(tmp_path, [a, b], lattice(a), lengths_m={"beach": 80.0})
    assert told.row("density", area_id="beach", item_class="all")["items_per_100m"] == 125.0
    assert told.row("density", area_id="all", item_class="all")["items_per_100m"] is None


def test_a_picture_of_unknown_size_leaves_its_area_without_density(tmp_path: Path) -> None:
    a, b = picture("a"), picture("b", gsd_cm=None, crs=None, transform=None, tile_m=None)
    told = account_for(tmp_path, [a, b], [*lattice(a), item(b, 1, 500, 500)], length_m=40.0)
    row = told.row("density", area_id="beach", item_class="all")
    assert row["items"] == 101
    assert row["items_per_100m"] == pytest.approx(252.5)
    assert row["covered_m2"] is None
    assert row["items_per_km2"] is None
    assert row["interval_method"] == "poisson"
    assert "ground-unknown" in {issue["code"] for issue in told.values["issues"]}


def test_no_item_is_a_count_of_nought_with_an_interval(tmp_path: Path) -> None:
    told = account_for(tmp_path, [picture("a")], [], length_m=100.0)
    row = told.row("density", area_id="beach", item_class="all")
    assert (row["items"], row["items_low"]) == (0, 0.0)
    assert row["items_per_100m_high"] == pytest.approx(chi2.ppf(0.975, 2) / 2)


def test_validated_items_are_told_apart(tmp_path: Path) -> None:
    a = picture("a")
    rows = [item(a, 1, 500, 500, status="validated"), item(a, 2, 1500, 500)]
    told = account_for(tmp_path, [a], rows)
    assert told.row("density", area_id="beach", item_class="all")["validated_items"] == 1


@pytest.mark.parametrize("items", [0, 1, 3, 20, 1000])
def test_chance_has_the_exact_interval_of_poisson(items: int) -> None:
    told = chance_interval(items)
    assert told.low == pytest.approx(chi2.ppf(0.025, 2 * items) / 2 if items else 0.0)
    assert told.high == pytest.approx(chi2.ppf(0.975, 2 * items + 2) / 2)
    assert told.method == "poisson"


def test_few_places_and_few_items_have_the_interval_of_chance() -> None:
    rng = np.random.default_rng(1)
    few_places = count_intervals(np.full((19, 1), 5.0), np.full(19, 25.0), rng)
    few_items = count_intervals(np.eye(100)[:, :9].sum(axis=1)[:, None], np.full(100, 25.0), rng)
    assert [one.method for one in (*few_places, *few_items)] == ["poisson", "poisson"]


def test_even_litter_is_surer_than_chance_and_patchy_litter_less() -> None:
    even, patchy = np.full((100, 1), 2.0), np.zeros((100, 1))
    patchy[:5] = 40.0
    ground = np.full(100, 25.0)
    chance = chance_interval(200)
    (sure,) = count_intervals(even, ground, np.random.default_rng(2))
    (unsure,) = count_intervals(patchy, ground, np.random.default_rng(2))
    assert sure.low == sure.high == 200.0
    assert unsure.low < chance.low
    assert unsure.high > chance.high


def test_intervals_hold_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    runs, mean, held = 200, 3.0, 0
    for _ in range(runs):
        # Clumped: the variance of a part is four times its mean.
        counts = rng.negative_binomial(1, 1 / (1 + mean), size=(100, 1)).astype(np.float64)
        (told,) = count_intervals(counts, np.full(100, 25.0), rng)
        held += told.low <= 100 * mean <= told.high
    # 95 % of 200 ± 3 standard deviations is 90 to 100 %; resampling 100 skewed parts falls some short of it.
    assert 0.89 <= held / runs <= 0.995


def test_parts_of_different_size_count_by_their_ground() -> None:
    ground = np.linspace(1.0, 30.0, 60)
    (told,) = count_intervals(ground[:, None] * 2, ground, np.random.default_rng(4))
    assert told.low == pytest.approx(ground.sum() * 2)
    assert told.high == pytest.approx(ground.sum() * 2)


def test_the_same_request_gives_the_same_interval(tmp_path: Path) -> None:
    a = picture("a")
    one, other = (account_for(tmp_path / name, [a], lattice(a), length_m=40.0) for name in ("one", "other"))
    assert one.values == other.values
    beach, everywhere = (one.row("density", area_id=area, item_class="all") for area in ("beach", "all"))
    assert beach["interval_method"] == "bootstrap"
    assert {**beach, "area_id": "all"} == everywhere


def test_a_line_divides_the_ground_along_itself(tmp_path: Path) -> None:
    """Litter that lies along the line evenly, and in one band across it, does not vary from place to place."""
    a = picture("a")
    band = [item(a, n, 5000, col) for n, col in enumerate(np.arange(125.0, 10_000.0, 250.0).tolist(), start=1)]
    along = drawn("L", [(0.0, 20.0), (40.0, 20.0)], length_m=40.0)
    over = account_for(tmp_path / "cells", [a], band, length_m=40.0, cell_m=2.0)
    by = account_for(tmp_path / "line", [a], band, [along], cell_m=2.0)
    cells = over.row("density", area_id="beach", item_class="all")
    stretches = by.row("density", area_id="beach", transect_id="L", item_class="all")
    assert cells["interval_method"] == stretches["interval_method"] == "bootstrap"
    assert stretches["items"] == 40
    assert stretches["items_high"] - stretches["items_low"] < (cells["items_high"] - cells["items_low"]) / 3


def test_tiles_are_added_up_to_the_last_one(tmp_path: Path) -> None:
    told = account_for(tmp_path, [picture("a")], [], classes={"a": {(0, 0): "litter high"}})
    (row,) = told.values["pictures"]
    assert row["tiles"] == row["searched_tiles"] == 157**2
    assert row["covered_m2"] == pytest.approx(GROUND_M2)
    assert told.row("quantities", image_id="a", tile_class="litter high")["area_m2"] == pytest.approx(TILE_M2)


def test_what_is_told_is_plain_json(tmp_path: Path) -> None:
    a, b = picture("a"), picture("b", gsd_cm=None, crs=None, transform=None, tile_m=None)
    told = account_for(tmp_path, [a, b], [*lattice(a), item(b, 1, 500, 500, item_class="metal")])
    assert json.loads(json.dumps(told.values, allow_nan=False)) == told.values
