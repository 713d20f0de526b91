"""Degrees and metres on the sphere that all of the simulation uses."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG), m."""

METRES_PER_DEGREE = math.radians(1.0) * EARTH_RADIUS_M
"""Length of a degree of latitude, m."""


def lon_scale(lat_deg: float) -> float:
    """Return the length of a degree of longitude by that of a degree of latitude, 0 to 1."""
    return math.cos(math.radians(lat_deg))


def near_lon(lon_deg: float, reference_deg: float) -> float:
    """Return the same meridian, written within 180° of another."""
    return reference_deg + (lon_deg - reference_deg + 180.0) % 360.0 - 180.0


def near_lons(lon_deg: NDArray[np.float64], reference_deg: float) -> NDArray[np.float64]:
    """Return the same meridians, written within 180° of another."""
    return reference_deg + (lon_deg - reference_deg + 180.0) % 360.0 - 180.0
