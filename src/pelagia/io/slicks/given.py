"""A slick as a file gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rings = tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSlick:
    """A slick, or a point at which oil was seen.

    Parameters
    ----------
    file
        Where it was read.
    number
        1, 2 …, in the order of the file.
    name
        As the file calls it; its number where it does not.
    rings
        Outlines, (n, 2) float64 of lat, lon, closed; the even-odd rule says what is inside. Longitudes go on beyond 180
        where it crosses that meridian. Empty for a point.
    lat, lon
        Its centroid, or the point, °; lon -180 to 180.
    is_point
        Whether it is a point.
    time_s
        When it was there, Unix time, s; ``None`` where the file tells none.
    mass_t, volume_m3
        How much oil; ``None`` where the file does not tell.
    api
        API gravity of the oil.
    oil
        Its name; empty where the file tells none.
    release_hours
        How long it flows from ``time_s`` on, 0 for all at once; ``None`` where the file does not tell.
    properties
        All that the file tells of it, as texts.
    """

    file: str
    number: int
    name: str
    rings: Rings
    lat: float
    lon: float
    is_point: bool
    time_s: float | None
    mass_t: float | None
    volume_m3: float | None
    api: float | None
    oil: str
    release_hours: float | None
    properties: Mapping[str, str]
