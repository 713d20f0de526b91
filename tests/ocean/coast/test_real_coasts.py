"""The shorelines that came with real cases, against those cut out of the map of the Earth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree
from tests.ocean.coast.shores import lie_on_land

from pelagia.io.shoreline.dialect import Bounds
from pelagia.io.shoreline.reading import read_shoreline
from pelagia.ocean.coast.crossing import coast_arrays
from pelagia.ocean.coast.own import own_shoreline
from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.coast.world import world_shoreline
from pelagia.ocean.geodesy import METRES_PER_DEGREE

CASES = {
    "algeria_2008": Bounds(36.7, 39.9, 3.05, 8.95),
    "elba_2014": Bounds(41.6, 44.3, 8.6, 11.4),
    "syria_2021": Bounds(33.6, 36.9, 34.2, 36.2),
}


@pytest.mark.parametrize("case", CASES)
def test_the_map_of_the_earth_is_the_shoreline_the_case_was_run_with(case: str, shared_data: Path, cuts: Path) -> None:
    bounds = CASES[case]
    given = read_shoreline(str(shared_data / "oilspill" / "cases" / case / "dtm.map"))
    own, issues = own_shoreline(given, bounds, folder=cuts)
    world = world_shoreline(bounds, folder=cuts)
    assert issues == []
    rng = np.random.default_rng(0)
    lat = rng.uniform(bounds.south_lat + 0.02, bounds.north_lat, 50_000)
    lon = rng.uniform(bounds.west_lon + 0.02, bounds.east_lon, 50_000)
    differs = lie_on_land(lat, lon, coast_arrays(own)) != lie_on_land(lat, lon, coast_arrays(world))
    assert differs.mean() < 1e-4
    # Their table has five decimals: 1 m. Points of one shore lie on the other, or nearly.
    for one, other in ((own, world), (world, own)):
        far_m = METRES_PER_DEGREE * cKDTree(_places(other, bounds)).query(_places(one, bounds))[0]
        assert np.percentile(far_m, 95) < 10
        assert far_m.max() < 500


def _places(shore: Shoreline, bounds: Bounds) -> np.ndarray:
    lat, lon = shore.lat_a, shore.lon_a
    inside = (lat > bounds.south_lat) & (lat < bounds.north_lat) & (lon > bounds.west_lon) & (lon < bounds.east_lon)
    scale = np.cos(np.radians((bounds.south_lat + bounds.north_lat) / 2))
    return np.column_stack([lat[inside], scale * lon[inside]])
