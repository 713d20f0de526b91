"""Whether a path meets the shore, and whether a place lies on land, against plane geometry."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from tests.ocean.coast.shores import AREA, SQUARE, arrays_of, hits, lie_on_land, star

from pelagia.io.shoreline.dialect import Bounds
from pelagia.ocean.coast.binning import bins_for
from pelagia.ocean.coast.crossing import coast_arrays, first_hit, on_land


def test_a_path_to_land_meets_the_shore_where_it_must() -> None:
    coast = arrays_of(shapely.Polygon(SQUARE))
    segment, fraction = first_hit(40.5, 10.3, 40.5, 10.5, coast)
    assert fraction == pytest.approx(0.5, abs=1e-12)
    assert coast.lon_a[segment] == coast.lon_b[segment] == 10.4
    # Through the whole island: it meets the near shore, not the far one.
    segment, fraction = first_hit(40.5, 10.3, 40.5, 10.9, coast)
    assert fraction == pytest.approx(1 / 6, abs=1e-12)


def test_a_path_that_leaves_the_shore_seawards_is_free_and_one_back_is_not() -> None:
    coast = arrays_of(shapely.Polygon(SQUARE))
    assert first_hit(40.5, 10.4, 40.5, 10.3, coast) == (-1, 1.0)
    assert first_hit(40.5, 10.4, 40.5, 10.45, coast)[1] == 0.0


def test_an_open_sea_has_neither_shore_nor_land() -> None:
    coast = coast_arrays(None)
    assert first_hit(0.0, 0.0, 50.0, 50.0, coast) == (-1, 1.0)
    assert not on_land(0.0, 0.0, coast)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hits_are_those_of_plane_geometry(seed: int) -> None:
    land = star(seed)
    coast = arrays_of(land)
    rng = np.random.default_rng(seed)
    lat0, lon0 = rng.uniform(40, 41, 1500), rng.uniform(10, 11, 1500)
    at_sea = ~shapely.contains_xy(land, lon0, lat0)
    lat0, lon0 = lat0[at_sea], lon0[at_sea]
    lat1, lon1 = lat0 + rng.normal(0, 0.05, len(lat0)), lon0 + rng.normal(0, 0.05, len(lat0))
    segments, fractions = hits(lat0, lon0, lat1, lon1, coast)
    paths = shapely.linestrings(np.stack([np.column_stack([lon0, lon1]), np.column_stack([lat0, lat1])], axis=2))
    met = shapely.intersection(paths, land.exterior)
    starts = shapely.points(lon0, lat0)
    expected = np.where(
        shapely.is_empty(met), 1.0, shapely.distance(starts, met) / np.maximum(shapely.length(paths), 1e-12)
    )
    assert np.array_equal(segments >= 0, ~shapely.is_empty(met))
    assert fractions == pytest.approx(expected, abs=1e-9)


def test_nothing_slips_through_a_corner_of_the_shore_or_of_four_bins() -> None:
    bins = bins_for(AREA)
    lat, lon = bins.south_lat + 50 * bins.bin_deg, bins.west_lon + 50 * bins.bin_deg
    coast = arrays_of(shapely.Polygon([(lon, lat), (lon + 0.2, lat - 0.2), (lon + 0.2, lat + 0.2)]))
    # Paths through its tip to the land behind it, from all directions that lead there.
    for angle in np.linspace(135.1, 224.9, 450):
        north, east = np.sin(np.radians(angle)), np.cos(np.radians(angle))
        hit, part = first_hit(lat + 0.3 * north, lon + 0.3 * east, lat - 0.05 * north, lon - 0.05 * east, coast)
        assert hit >= 0
        assert part == pytest.approx(0.3 / 0.35, abs=1e-9)


@pytest.mark.parametrize("seed", [4, 5])
def test_land_is_that_of_plane_geometry(seed: int) -> None:
    land = star(seed).union(shapely.Polygon([(10.9, 40.9), (11.5, 40.9), (11.5, 41.5), (10.9, 41.5)]))
    land = land.difference(shapely.box(10.48, 40.48, 10.52, 40.52))
    coast = arrays_of(land)
    rng = np.random.default_rng(seed)
    lat, lon = rng.uniform(40, 41, 20_000), rng.uniform(10, 11, 20_000)
    assert np.array_equal(lie_on_land(lat, lon, coast), shapely.contains_xy(land, lon, lat))
    assert not lie_on_land(np.array([39.9, 40.5]), np.array([10.5, 9.9]), coast).any()


@pytest.mark.parametrize("corner", [(10.001, 40.001), (10.503, 40.503), (10.987, 40.003)])
def test_an_island_smaller_than_a_bin_is_found(corner: tuple[float, float]) -> None:
    west, south = corner
    land = shapely.box(west + 1e-3, south + 1e-3, west + 3e-3, south + 3e-3)
    coast = arrays_of(land)
    assert on_land(south + 2e-3, west + 2e-3, coast)
    rng = np.random.default_rng(0)
    lat, lon = rng.uniform(40, 41, 5_000), rng.uniform(10, 11, 5_000)
    assert np.array_equal(lie_on_land(lat, lon, coast), shapely.contains_xy(land, lon, lat))


def test_a_step_along_the_shore_never_ends_on_land() -> None:
    land = star(7)
    coast = arrays_of(land)
    rng = np.random.default_rng(7)
    lat, lon = np.full(300, 40.02), np.linspace(10.02, 10.98, 300)
    for _ in range(150):
        lat1, lon1 = lat + rng.normal(0, 0.02, 300), lon + rng.normal(0, 0.02, 300)
        segments, _ = hits(lat, lon, lat1, lon1, coast)
        lat, lon = np.where(segments < 0, lat1, lat), np.where(segments < 0, lon1, lon)
    assert not shapely.contains_xy(land, lon, lat).any()


def test_longitudes_beyond_180_are_those_of_the_area() -> None:
    land = shapely.box(179.9, 0.4, 180.2, 0.6)
    coast = arrays_of(land, Bounds(0.0, 1.0, 179.5, 180.5))
    assert on_land(0.5, 180.1, coast)
    assert first_hit(0.5, 180.3, 0.5, 180.1, coast)[1] == pytest.approx(0.5, abs=1e-9)
