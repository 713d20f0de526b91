"""Outlines as the tables hold them: GeoJSON, WGS 84."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

DECIMALS = 6
"""About 0.1 m."""


def outline_geojson(rings: Sequence[NDArray[np.float64]], lat: float, lon: float) -> str:
    """Return an outline, or a point without one, as a GeoJSON geometry.

    Parameters
    ----------
    rings
        (n, 2) of lat, lon, °; even-odd: each further ring is a hole or another part.
    lat, lon
        Of the point.
    """
    if not rings:
        return json.dumps({"type": "Point", "coordinates": [round(lon, DECIMALS), round(lat, DECIMALS)]})
    return json.dumps({"type": "Polygon", "coordinates": [_closed(ring) for ring in rings]}, separators=(",", ":"))


def line_geojson(lines: Sequence[Sequence[tuple[float, float]]]) -> str:
    """Return lines of (lat, lon) as a GeoJSON geometry.

    Parameters
    ----------
    lines
        One or more, each of two points at least.
    """
    told = [[[round(lon, DECIMALS), round(lat, DECIMALS)] for lat, lon in line] for line in lines]
    geometry: dict[str, Any] = (
        {"type": "LineString", "coordinates": told[0]}
        if len(told) == 1
        else {"type": "MultiLineString", "coordinates": told}
    )
    return json.dumps(geometry, separators=(",", ":"))


def _closed(ring: NDArray[np.float64]) -> list[list[float]]:
    points = [[round(float(lon), DECIMALS), round(float(lat), DECIMALS)] for lat, lon in ring]
    return points if points[0] == points[-1] else [*points, points[0]]
