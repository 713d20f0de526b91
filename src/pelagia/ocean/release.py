"""Where and when the elements of each source enter the sea."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.ocean.coast.crossing import CoastArrays, on_land
from pelagia.ocean.geodesy import METRES_PER_DEGREE, lon_scale, near_lon, near_lons
from pelagia.ocean.polygons import Outline, outline_of, places_within
from pelagia.ocean.randomness import PLACE, SPREAD, normals, uniforms
from pelagia.ocean.setting import Source

ATTEMPTS = 32
"""A place that lies on land is drawn anew so often; then another element's place is taken."""

LOOKED_AT = 2000
"""Places of an outline at which it is looked whether they lie on land."""

Doubles = NDArray[np.float64]


def outlines(sources: tuple[Source, ...], middle_lon: float) -> list[Outline | None]:
    """Prepare the outlines of all sources; ``None`` for a point.

    Parameters
    ----------
    sources
        Those of a setup.
    middle_lon
        Longitudes are written within 180° of it.
    """
    return [_outline(source, middle_lon) if source.rings else None for source in sources]


def _outline(source: Source, middle_lon: float) -> Outline:
    lon = near_lon(source.lon, middle_lon)
    rings = [np.column_stack([ring[:, 0], near_lons(ring[:, 1], lon)]) for ring in source.rings]
    outline = outline_of(rings)
    if outline.area_m2 <= 0.0:
        raise BadInput(
            "the outline of a slick has no area",
            value=f"{source.lat:.4f}, {source.lon:.4f}",
            remedy="give a polygon of three corners at least, or a point",
            code="slick-empty",
        )
    return outline


def release_times(source: Source, intervals: int) -> tuple[Doubles, NDArray[np.int32]]:
    """Return when each element of a source enters the sea, evenly while it flows, and in which interval of it that is.

    Parameters
    ----------
    source
        With n elements.
    intervals
        Number of slicks it makes.

    Returns
    -------
    release_s, interval
        (n,) float64, Unix time, and (n,) int32.
    """
    shares = (np.arange(source.elements) + 0.5) / source.elements if source.duration_s else np.zeros(source.elements)
    return source.start_s + shares * source.duration_s, (shares * intervals).astype(np.int32)


def start_places(
    source: Source,
    outline: Outline | None,
    radius_m: Doubles,
    *,
    first: int,
    seed: int,
    middle_lon: float,
    coast: CoastArrays,
) -> tuple[Doubles, Doubles]:
    """Draw where each element of a source enters the sea: evenly within its outline or its disc, never on land.

    Parameters
    ----------
    source, outline
        With n elements; ``outline`` is ``None`` for a point.
    radius_m
        (n,) of the disc around a point.
    first
        Number of its first element.
    seed
        Of the simulation.
    middle_lon
        Longitudes are written within 180° of it.
    coast
        Of the land.

    Returns
    -------
    lat, lon
        (n,) float64, °.

    Raises
    ------
    BadInput
        ``point-on-land`` where none of it lies in the sea.
    """
    lat, lon = np.empty(source.elements), np.empty(source.elements)
    open_ones = np.arange(source.elements)
    for attempt in range(ATTEMPTS):
        draws = uniforms(seed, attempt, PLACE, first, source.elements)[open_ones]
        shifts = normals(seed, attempt, SPREAD, first, source.elements)[open_ones] if source.spread_m else 0.0 * draws
        if outline is None:
            middle = np.array([source.lat, near_lon(source.lon, middle_lon)])
            places = np.broadcast_to(middle, (len(open_ones), 2))
            shifts = source.spread_m * shifts + _disc(draws, radius_m[open_ones])
        else:
            places = places_within(outline, draws)
            shifts = source.spread_m * shifts
        lat[open_ones] = places[:, 0] + shifts[:, 0] / METRES_PER_DEGREE
        lon[open_ones] = places[:, 1] + shifts[:, 1] / METRES_PER_DEGREE / lon_scale(source.lat)
        open_ones = open_ones[_lie_on_land(lat[open_ones], lon[open_ones], coast)]
        if not len(open_ones):
            return lat, lon
    kept = np.setdiff1d(np.arange(source.elements), open_ones)
    if not len(kept):
        raise BadInput(
            "the oil starts on land",
            value=f"{source.lat:.4f}, {source.lon:.4f}",
            remedy="give a place at sea, or a shoreline that shows the sea there",
            code="point-on-land",
        )
    taken = kept[open_ones % len(kept)]
    lat[open_ones], lon[open_ones] = lat[taken], lon[taken]
    return lat, lon


def share_on_land(source: Source, coast: CoastArrays) -> float:
    """Return how much of the outline of a source lies on land, 0 to 1; 0 for a point.

    Parameters
    ----------
    source
        Its longitudes as those of the coast go on.
    coast
        Of the land.
    """
    if not source.rings:
        return 0.0
    places = places_within(_outline(source, source.lon), uniforms(0, 0, PLACE, 0, LOOKED_AT))
    return float(_lie_on_land(places[:, 0], places[:, 1], coast).mean())


def _disc(draws: Doubles, radius_m: Doubles) -> Doubles:
    """Draw places evenly in discs, (n, 2) m to the north and east."""
    radius, angle = radius_m * np.sqrt(draws[:, 0]), 2.0 * np.pi * draws[:, 1]
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])


@njit(cache=True, error_model="numpy")
def _lie_on_land(lat: Doubles, lon: Doubles, coast: CoastArrays) -> NDArray[np.bool_]:
    land = np.empty(len(lat), dtype=np.bool_)
    for i in range(len(lat)):
        land[i] = on_land(lat[i], lon[i], coast)
    return land
