"""Shorelines whose truth is known."""

from __future__ import annotations

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from pelagia.io.shoreline.dialect import Bounds, Coastlines, coastlines
from pelagia.ocean.coast.crossing import CoastArrays, coast_arrays, first_hit, on_land
from pelagia.ocean.coast.making import make_shoreline

AREA = Bounds(40.0, 41.0, 10.0, 11.0)
SQUARE = [(10.4, 40.4), (10.6, 40.4), (10.6, 40.6), (10.4, 40.6)]
"""An island, lon and lat."""
Doubles = NDArray[np.float64]


def land_lines(land: shapely.Geometry, kind: int = 0) -> Coastlines:
    """Return the outlines of land with land to their left."""
    rings = []
    for part in shapely.get_parts(land).tolist():
        oriented = shapely.orient_polygons(part)
        rings += [shapely.get_coordinates(ring)[:, ::-1] for ring in (oriented.exterior, *oriented.interiors)]
    return coastlines(rings, [kind] * len(rings), has_sides=True, source="drawn")


def arrays_of(land: shapely.Geometry, bounds: Bounds = AREA, kind: int = 0) -> CoastArrays:
    """Return the shoreline of land as compiled functions take it."""
    return coast_arrays(make_shoreline(land_lines(land, kind), bounds))


def star(seed: int, points: int = 60) -> shapely.Geometry:
    """Return a jagged island."""
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, points))
    radius = rng.uniform(0.1, 0.45, points)
    return shapely.Polygon(np.column_stack([10.5 + radius * np.cos(angle), 40.5 + radius * np.sin(angle)]))


@njit
def lie_on_land(lat: Doubles, lon: Doubles, coast: CoastArrays) -> NDArray[np.bool_]:
    """Ask of many places."""
    land = np.empty(len(lat), np.bool_)
    for i in range(len(lat)):
        land[i] = on_land(lat[i], lon[i], coast)
    return land


@njit
def hits(
    lat0: Doubles, lon0: Doubles, lat1: Doubles, lon1: Doubles, coast: CoastArrays
) -> tuple[NDArray[np.int64], Doubles]:
    """Ask of many paths."""
    segments, fractions = np.empty(len(lat0), np.int64), np.empty(len(lat0))
    for i in range(len(lat0)):
        segments[i], fractions[i] = first_hit(lat0[i], lon0[i], lat1[i], lon1[i], coast)
    return segments, fractions
