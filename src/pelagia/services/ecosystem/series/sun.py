"""Where the sun stands: its elevation at a place and time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

HORIZON_DEG = -0.833
"""Elevation of the sun's middle at sunrise and sunset: half its width, and refraction at the horizon."""
_DAY_S = 86_400.0
_J2000_S = 946_728_000.0
"""2000-01-01T12:00Z, seconds since 1970."""
_CENTURY_DAYS = 36_525.0


def sun_elevation(time_s: npt.ArrayLike, latitude: float, longitude: float) -> Floats:
    """Return the elevation of the middle of the sun over the horizon, °, without refraction.

    Parameters
    ----------
    time_s
        Moments, seconds since 1970 UTC.
    latitude, longitude
        Degrees north and east.

    Notes
    -----
    The low-precision formulas of Meeus, *Astronomical Algorithms* (1998), chapters 12 and 25, as the NOAA solar
    calculator takes them: within 0.02° from 1900 to 2100.
    """
    seconds = np.asarray(time_s, dtype=np.float64)
    days = (seconds - _J2000_S) / _DAY_S
    century = days / _CENTURY_DAYS
    right_ascension, declination = _sun_place(century)
    sidereal = np.radians((280.46061837 + 360.98564736629 * days + 0.000387933 * century**2) % 360)
    hour_angle = sidereal + np.radians(longitude) - right_ascension
    north = np.radians(latitude)
    sine = np.sin(north) * np.sin(declination) + np.cos(north) * np.cos(declination) * np.cos(hour_angle)
    elevation: Floats = np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))
    return elevation


def _sun_place(century: Floats) -> tuple[Floats, Floats]:
    """Return apparent right ascension and declination of the sun, rad."""
    mean_longitude = 280.46646 + 36000.76983 * century + 0.0003032 * century**2
    anomaly = np.radians(357.52911 + 35999.05029 * century - 0.0001537 * century**2)
    centre = (
        (1.914602 - 0.004817 * century - 0.000014 * century**2) * np.sin(anomaly)
        + (0.019993 - 0.000101 * century) * np.sin(2 * anomaly)
        + 0.000289 * np.sin(3 * anomaly)
    )
    node = np.radians(125.04 - 1934.136 * century)
    longitude = np.radians(mean_longitude + centre - 0.00569 - 0.00478 * np.sin(node))
    tilt = np.radians(23.43929111 - 0.0130041667 * century + 0.00256 * np.cos(node))
    right_ascension = np.arctan2(np.cos(tilt) * np.sin(longitude), np.cos(longitude))
    return right_ascension, np.arcsin(np.sin(tilt) * np.sin(longitude))
