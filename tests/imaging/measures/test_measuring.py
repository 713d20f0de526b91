"""All measures of one object together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.imaging.measures.shapes import blotch, disc, ell, rectangle, region

from pelagia.imaging.measures import LEGACY_MEASURES, MEASURES, legacy, measure
from pelagia.imaging.region import Region

PIXEL_MM = 25.4 / 2400
NAMES = [column.name for column in MEASURES]
PLACE = {"bx", "by", "xstart", "ystart"}


def _textured(seed: int, largest: int = 60) -> Region:
    rng = np.random.default_rng(seed)
    filled = blotch(rng, largest)
    return region(filled, rng.integers(100, 256, filled.shape).astype(np.uint8))


def _same(one: dict[str, float], other: dict[str, float], *, leave_out: set[str]) -> None:
    for name in set(one) - leave_out:
        assert one[name] == pytest.approx(other[name], rel=1e-9, nan_ok=True), name


def test_every_column_is_measured_in_the_order_of_the_legacy_table() -> None:
    assert list(measure(_textured(3), pixel_mm=PIXEL_MM)) == NAMES
    assert [name.name for name in LEGACY_MEASURES if name in MEASURES] == NAMES


@pytest.mark.parametrize(
    ("filled", "grey"),
    [
        (rectangle(1, 1), 120),
        (rectangle(1, 50), 120),
        (rectangle(50, 1), 120),
        (rectangle(2, 2), 0),
        (rectangle(20, 30), 0),
        (rectangle(20, 30), 243),
        (rectangle(20, 30), 250),
        (rectangle(1, 1), 255),
        (np.eye(20, dtype=np.bool_), 120),
        (ell(30, 20, 1), 120),
        (disc(40), 120),
    ],
)
def test_degenerate_objects_are_measured_and_nothing_is_infinite(filled: np.ndarray, grey: int) -> None:
    exact = measure(region(filled, grey), pixel_mm=PIXEL_MM)
    assert not any(math.isinf(value) for value in exact.values())
    assert exact["area"] == np.count_nonzero(filled)
    assert not any(math.isinf(value) for value in legacy(exact).values())


def test_a_constant_grey_leaves_undefined_what_is_divided_by_its_spread() -> None:
    exact = measure(region(disc(30), 120), pixel_mm=PIXEL_MM)
    undefined = {name for name, value in exact.items() if math.isnan(value)}
    assert undefined == {"skew", "kurt", "meanpos", "sr"}


def test_black_has_no_weighted_centroid() -> None:
    exact = measure(region(disc(30), 0), pixel_mm=PIXEL_MM)
    assert all(math.isnan(exact[name]) for name in ("xm", "ym", "centroids", "cv", "cdexc"))


def test_what_is_lighter_than_the_threshold_has_no_inner_measures() -> None:
    exact = measure(region(disc(30), 250), pixel_mm=PIXEL_MM)
    assert (exact["area_exc"], exact["%area"], exact["skelarea"], exact["convarea"]) == (0.0, 100.0, 0.0, 0.0)
    assert all(math.isnan(exact[name]) for name in ("fractal", "histcum1", "symetrieh", "thickr", "perimareaexc"))
    assert exact["area"] == np.count_nonzero(disc(30))


def test_holes_count_in_the_area_and_in_the_grey_but_not_in_the_area_without_holes() -> None:
    filled = disc(41)
    grey = np.full(filled.shape, 100, dtype=np.uint8)
    grey[15:26, 15:26] = 250
    exact = measure(region(filled, grey), pixel_mm=PIXEL_MM)
    area = np.count_nonzero(filled)
    assert (exact["area"], exact["area_exc"]) == (area, area - 121)
    assert exact["%area"] == pytest.approx(100 * 121 / area)
    assert exact["max"] == 250
    assert exact["intden"] == 100 * (area - 121) + 250 * 121


@pytest.mark.parametrize("seed", range(6))
def test_where_an_object_lies_changes_where_it_is_and_nothing_else(seed: int) -> None:
    here = _textured(seed)
    there = Region(here.row + 1000, here.col + 2000, here.filled, here.grey)
    one, other = (measure(object_, pixel_mm=PIXEL_MM) for object_ in (here, there))
    _same(one, other, leave_out=PLACE)
    assert (other["bx"] - one["bx"], other["by"] - one["by"]) == (2000, 1000)
    assert (other["xstart"] - one["xstart"], other["ystart"] - one["ystart"]) == (2000, 1000)


@pytest.mark.parametrize("seed", range(6))
def test_what_lies_around_an_object_changes_nothing(seed: int) -> None:
    here = _textured(seed)
    noise = np.random.default_rng(seed).integers(0, 256, here.grey.shape).astype(np.uint8)
    other = Region(here.row, here.col, here.filled, np.where(here.filled, here.grey, noise))
    _same(measure(here, pixel_mm=PIXEL_MM), measure(other, pixel_mm=PIXEL_MM), leave_out=set())


GREY = ["mean", "stddev", "mode", "min", "max", "intden", "median", "skew", "kurt", "slope"]
COUNTED = ["area", "area_exc", "%area", "histcum1", "histcum2", "histcum3", "esd", "range", "nb1", "nb2"]


@pytest.mark.parametrize("seed", range(8))
def test_turning_and_mirroring_keep_grey_areas_axes_and_distances(seed: int) -> None:
    here = _textured(seed)
    exact = measure(here, pixel_mm=PIXEL_MM)
    for change in (np.rot90, np.flipud, np.fliplr):
        other = measure(Region(0, 0, change(here.filled), change(here.grey)), pixel_mm=PIXEL_MM)
        for name in [*GREY, *COUNTED, "feret", "centroids"]:
            assert other[name] == pytest.approx(exact[name], rel=1e-9, abs=1e-9), name
        # ImageJ rounds the moment of a pixel to eight digits and bends flat ellipses by a millionth.
        assert other["major"] == pytest.approx(exact["major"], rel=1e-4)
        assert other["minor"] == pytest.approx(exact["minor"], rel=1e-4)


def test_a_box_forty_times_as_wide_as_high_is_tagged_as_a_line() -> None:
    tags = [measure(region(rectangle(2, width)), pixel_mm=PIXEL_MM)["tag"] for width in (79, 80)]
    assert tags == [1.0, 3.0]


def test_the_mask_is_not_changed() -> None:
    here = _textured(1)
    filled, grey = here.filled.copy(), here.grey.copy()
    measure(here, pixel_mm=PIXEL_MM)
    np.testing.assert_array_equal(here.filled, filled)
    np.testing.assert_array_equal(here.grey, grey)
