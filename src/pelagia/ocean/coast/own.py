"""The user's own shoreline, made ready for the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.shoreline.dialect import Bounds, Coastlines
from pelagia.io.shoreline.kinds import DEFAULT_KIND
from pelagia.io.shoreline.reading import GivenShoreline
from pelagia.ocean.coast.crossing import CoastArrays, coast_arrays, on_land
from pelagia.ocean.coast.making import has_loose_ends, make_shoreline
from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.coast.world import world_shoreline
from pelagia.ocean.geodesy import METRES_PER_DEGREE

ASIDE_M = (300.0, 1000.0, 3000.0)
"""How far beside a line it is looked whether the map of the Earth has land there."""
MOST_LOOKS = 50
"""Places of a line at which it is looked."""


def own_shoreline(
    given: GivenShoreline,
    bounds: Bounds,
    *,
    folder: Path,
    stretch_km: float = 1.0,
    coast_type: int = DEFAULT_KIND,
) -> tuple[Shoreline, list[Issue]]:
    """Make the shoreline of an area from the user's.

    Parameters
    ----------
    given
        What the file holds.
    bounds
        The area.
    folder
        Of cuts of the map of the Earth: it says on which side of a line land lies. Where it cannot, land lies inside of
        a closed line and to the left of an open one.
    stretch_km, coast_type
        See :func:`pelagia.ocean.coast.making.make_shoreline`.

    Raises
    ------
    BadInput
        ``shoreline-elsewhere`` where no part of it lies in the area.
    """
    lines = _together([given.land, _with_sides(_together([given.lines], bounds), bounds, folder)], bounds)
    inside = _inside(lines, bounds)
    if inside is None:
        raise BadInput(
            "No part of the shoreline lies in the area of the forecast",
            remedy="Give the shoreline around the slick, or none: that of the whole Earth is within the package.",
            value=_words(bounds),
            file=lines.source,
            code="shoreline-elsewhere",
        )
    issues = list(given.issues)
    area = bounds
    if has_loose_ends(lines, bounds):
        # A file that was cut to an area has its loose ends on the edge of that area.
        area = bounds if has_loose_ends(lines, inside) else inside
        issues.append(_partial(lines.source, inside, is_cut=area is inside))
    return make_shoreline(lines, area, stretch_km=stretch_km, coast_type=coast_type), issues


def _together(tables: list[Coastlines], bounds: Bounds) -> Coastlines:
    """Join tables of lines, turned to the longitudes of an area."""
    middle = (bounds.west_lon + bounds.east_lon) / 2
    lat, lon, kind, lengths = [], [], [], []
    for table in tables:
        for begin, end in zip(table.start[:-1], table.start[1:], strict=True):
            turned = table.lon[begin:end]
            centre = (turned.min() + turned.max()) / 2
            lon.append(turned + 360.0 * np.round((middle - centre) / 360.0))
            lat.append(table.lat[begin:end])
            kind.append(table.kind[begin:end])
            lengths.append(end - begin)
    return Coastlines(
        lat=np.concatenate([np.empty(0), *lat]),
        lon=np.concatenate([np.empty(0), *lon]),
        kind=np.concatenate([np.empty(0, np.uint8), *kind]),
        start=np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(lengths, np.int64))]),
        has_sides=True,
        source=tables[0].source,
    )


def _inside(lines: Coastlines, bounds: Bounds) -> Bounds | None:
    """Return the part of an area that the lines reach over; ``None`` where they lie elsewhere."""
    if not len(lines.lat):
        return None
    south, north = max(bounds.south_lat, lines.lat.min()), min(bounds.north_lat, lines.lat.max())
    west, east = max(bounds.west_lon, lines.lon.min()), min(bounds.east_lon, lines.lon.max())
    if south > north or west > east:
        return None
    return Bounds(float(south), float(north), float(west), float(east))


def _with_sides(lines: Coastlines, bounds: Bounds, folder: Path) -> Coastlines:
    """Turn lines so that land lies to their left, as far as the map of the Earth knows it."""
    if not len(lines.lat):
        return lines
    world = coast_arrays(world_shoreline(bounds, folder=folder))
    lat, lon, kind = lines.lat.copy(), lines.lon.copy(), lines.kind.copy()
    for begin, end in zip(lines.start[:-1], lines.start[1:], strict=True):
        if _is_turned(lat[begin:end], lon[begin:end], world):
            lat[begin:end], lon[begin:end] = lat[begin:end][::-1].copy(), lon[begin:end][::-1].copy()
    return Coastlines(lat=lat, lon=lon, start=lines.start, kind=kind, has_sides=True, source=lines.source)


def _is_turned(lat: NDArray[np.float64], lon: NDArray[np.float64], world: CoastArrays) -> bool:
    """Say whether land lies to the right of a line."""
    votes = 0
    for at in np.unique(np.linspace(0, len(lat) - 2, MOST_LOOKS).astype(np.int64)):
        scale = np.cos(np.radians(lat[at]))
        north, east = lat[at + 1] - lat[at], (lon[at + 1] - lon[at]) * scale
        length = np.hypot(north, east)
        if length == 0:
            continue
        middle_lat, middle_lon = (lat[at] + lat[at + 1]) / 2, (lon[at] + lon[at + 1]) / 2
        for aside_m in ASIDE_M:
            aside = aside_m / METRES_PER_DEGREE / length
            d_lat, d_lon = east * aside, -north * aside / scale
            left = on_land(middle_lat + d_lat, middle_lon + d_lon, world)
            right = on_land(middle_lat - d_lat, middle_lon - d_lon, world)
            votes += int(left) - int(right)
    if votes:
        return votes < 0
    is_closed = lat[0] == lat[-1] and lon[0] == lon[-1]
    return bool(is_closed and np.sum(lon[:-1] * lat[1:] - lon[1:] * lat[:-1]) < 0)


def _partial(file: str, inside: Bounds, *, is_cut: bool) -> Issue:
    beyond = f"beyond {_words(inside)} the sea is open" if is_cut else "nobody knows what lies on land behind it"
    return Issue(
        file=file,
        code="shoreline-partial",
        message=f"The shoreline ends within the area of the forecast: {beyond}",
        remedy="Give one that reaches further, or none: that of the whole Earth is within the package.",
        severity="warning",
    )


def _words(bounds: Bounds) -> str:
    return (
        f"latitude {bounds.south_lat:.2f} to {bounds.north_lat:.2f}, "
        f"longitude {bounds.west_lon:.2f} to {bounds.east_lon:.2f}"
    )
