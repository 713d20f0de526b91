"""From lines to segments, stretches and bins."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from tests.ocean.coast.shores import AREA, SQUARE, land_lines

from pelagia.io.rasters.ground import GEOD
from pelagia.io.shoreline.dialect import Bounds, coastlines
from pelagia.ocean.coast.crossing import coast_arrays, first_hit, on_land
from pelagia.ocean.coast.making import has_loose_ends, make_shoreline


def test_stretches_are_about_as_long_as_asked_and_sum_to_the_shore() -> None:
    shore = make_shoreline(land_lines(shapely.Polygon(SQUARE)), AREA, stretch_km=2.0)
    lengths = np.bincount(shore.stretch, weights=shore.length_m)
    assert len(lengths) == shore.stretches
    assert lengths == pytest.approx(2000, rel=0.3)
    ring = np.array([*SQUARE, SQUARE[0]])
    # The sphere differs from the ellipsoid by at most 0.6 %.
    assert lengths.sum() == pytest.approx(GEOD.line_length(ring[:, 0], ring[:, 1]), rel=6e-3)


def test_a_stretch_is_of_one_kind_and_one_line() -> None:
    first = np.array([[40.2, 10.2], [40.2, 10.3], [40.3, 10.3]])
    second = np.array([[40.3, 10.3], [40.3, 10.2], [40.2, 10.2]])
    islet = np.array([[40.7, 10.7], [40.7, 10.701], [40.701, 10.7], [40.7, 10.7]])
    lines = coastlines([first, second, islet], [4, 0, 0], has_sides=True, source="drawn")
    shore = make_shoreline(lines, AREA, stretch_km=100.0, coast_type=9)
    assert shore.stretches == 3
    kinds = [set(shore.coast_type[shore.stretch == number]) for number in range(3)]
    assert kinds == [{4}, {9}, {9}]


def test_land_lies_to_the_left_of_every_segment() -> None:
    land = shapely.Polygon(SQUARE)
    shore = make_shoreline(land_lines(land), AREA)
    north, east = shore.lat_b - shore.lat_a, shore.lon_b - shore.lon_a
    scale = 1e-4 / np.hypot(north, east)
    lat, lon = (shore.lat_a + shore.lat_b) / 2, (shore.lon_a + shore.lon_b) / 2
    assert shapely.contains_xy(land, lon - north * scale, lat + east * scale).all()
    assert not shapely.contains_xy(land, lon + north * scale, lat - east * scale).any()


def test_lines_outside_of_the_area_are_left_out() -> None:
    shore = make_shoreline(land_lines(shapely.Polygon(SQUARE)), Bounds(40.45, 40.55, 10.0, 10.5))
    assert len(shore.lat_a) > 0
    assert set(np.round(shore.lon_a, 9)) == {10.4}
    assert on_land(40.5, 10.45, coast_arrays(shore))


@pytest.mark.parametrize("is_land", [False, True])
def test_an_area_without_a_line_is_what_it_is_said_to_be(is_land: bool) -> None:
    nothing = coastlines([], [], has_sides=True, source="")
    coast = coast_arrays(make_shoreline(nothing, AREA, is_land=is_land))
    assert on_land(40.5, 10.5, coast) == is_land
    assert first_hit(40.1, 10.1, 40.9, 10.9, coast) == (-1, 1.0)


def test_oil_strands_on_a_line_that_ends_in_the_sea_though_nobody_knows_the_land_behind() -> None:
    mole = coastlines([np.array([[40.2, 10.5], [40.8, 10.5]])], [5], has_sides=True, source="mole")
    assert has_loose_ends(mole, AREA)
    coast = coast_arrays(make_shoreline(mole, AREA))
    assert not on_land(40.5, 10.4, coast)
    assert first_hit(40.5, 10.6, 40.5, 10.4, coast)[1] == pytest.approx(0.5)
    assert first_hit(40.9, 10.6, 40.9, 10.4, coast)[0] == -1


def test_a_line_across_the_area_parts_land_from_sea() -> None:
    across = coastlines([np.array([[40.6, 11.0], [40.5, 10.5], [40.4, 10.0]])], [1], has_sides=True, source="coast")
    assert not has_loose_ends(across, AREA)
    coast = coast_arrays(make_shoreline(across, AREA))
    assert on_land(40.3, 10.5, coast)
    assert not on_land(40.7, 10.5, coast)


def test_lines_that_go_on_from_each_other_have_no_loose_ends() -> None:
    parts = [np.array([[40.6, 11.0], [40.5, 10.5]]), np.array([[40.5, 10.5], [40.4, 10.0]])]
    assert not has_loose_ends(coastlines(parts, [1, 2], has_sides=True, source="coast"), AREA)
