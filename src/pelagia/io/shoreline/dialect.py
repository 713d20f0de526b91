"""The one form of shorelines between a file and the model: lines of points with land to their left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Bounds(NamedTuple):
    """An area, °; ``east_lon`` is larger than ``west_lon`` and above 180 where it crosses the 180° meridian."""

    south_lat: float
    north_lat: float
    west_lon: float
    east_lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Coastlines:
    """Lines of a shoreline.

    Parameters
    ----------
    lat, lon
        (N,) float64 points of all lines, one line after the other, °; a closed line repeats its first point. Within a
        line longitudes go on beyond 180.
    start
        (L + 1,) int64: line i holds the points ``start[i]`` to ``start[i + 1] - 1``.
    kind
        (N,) uint8, kind of coast 1 to 9 of the segment from a point to the next; 0 where nobody told.
    has_sides
        Whether land is known to lie to the left of all lines.
    source
        Where they came from, in words.
    """

    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    start: NDArray[np.int64]
    kind: NDArray[np.uint8]
    has_sides: bool
    source: str


def coastlines(lines: list[NDArray[np.float64]], kinds: list[int], *, has_sides: bool, source: str) -> Coastlines:
    """Join lines, each (n, 2) of lat and lon and of one kind (0 unknown), into one table."""
    points = np.concatenate(lines) if lines else np.empty((0, 2))
    lengths = np.array([len(line) for line in lines], np.int64)
    return Coastlines(
        lat=np.ascontiguousarray(points[:, 0]),
        lon=np.ascontiguousarray(points[:, 1]),
        start=np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
        kind=np.repeat(np.array(kinds, np.uint8), lengths),
        has_sides=has_sides,
        source=source,
    )
