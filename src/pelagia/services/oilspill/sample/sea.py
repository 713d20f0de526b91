"""The sea of the sample: an eddy in a drift, a wind that turns, an island, and a slick that goes with them."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

BEGIN = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
START_H = 6.0
HOURS = 61
SOUTH_LAT, WEST_LON, STEP_DEG, ROWS, COLS = 40.0, -30.0, 1.0 / 24.0, 49, 61
EDDY_LAT, EDDY_LON, EDDY_RADIUS_M, EDDY_M_S = 41.0, -28.9, 35_000.0, 0.45
DRIFT_EAST_M_S, DRIFT_NORTH_M_S = 0.08, 0.02
METRES_PER_DEGREE = 111_195.0
WIND_FACTOR = 0.024
"""Of the drawn slicks: less than the default, so that a fit has something to find."""

Outline = list[tuple[float, float]]


def _ellipse(lat: float, lon: float, along_m: float, across_m: float, bearing_deg: float, count: int = 24) -> Outline:
    turn = math.radians(bearing_deg)
    points = []
    for angle in np.linspace(0.0, 2.0 * math.pi, count, endpoint=False):
        along, across = along_m * math.cos(angle), across_m * math.sin(angle)
        north = along * math.cos(turn) - across * math.sin(turn)
        east = along * math.sin(turn) + across * math.cos(turn)
        points.append(_moved(lat, lon, east, north))
    return points


def _moved(lat: float, lon: float, east_m: float, north_m: float) -> tuple[float, float]:
    scale = METRES_PER_DEGREE * math.cos(math.radians(lat))
    return round(lat + north_m / METRES_PER_DEGREE, 6), round(lon + east_m / scale, 6)


SLICK: Outline = _ellipse(40.86, -29.25, 4_500.0, 1_200.0, 60.0)
ISLAND: Outline = _ellipse(41.02, -28.52, 9_000.0, 6_000.0, 20.0, count=60)


def current(lat: float, lon: float) -> tuple[float, float]:
    """Return the current towards east and north, m/s: a Gaussian eddy, anticlockwise, in a uniform drift."""
    north = (lat - EDDY_LAT) * METRES_PER_DEGREE
    east = (lon - EDDY_LON) * METRES_PER_DEGREE * math.cos(math.radians(EDDY_LAT))
    swirl = EDDY_M_S / EDDY_RADIUS_M * math.exp(0.5 - (north**2 + east**2) / (2.0 * EDDY_RADIUS_M**2))
    return DRIFT_EAST_M_S - swirl * north, DRIFT_NORTH_M_S + swirl * east


def wind(hours: float) -> tuple[float, float]:
    """Return the wind towards east and north, m/s, some hours after the begin of the day."""
    speed, towards = 6.0 + 2.0 * math.sin(hours / 12.0), math.radians(60.0 + 1.5 * hours)
    return speed * math.sin(towards), speed * math.cos(towards)


def seen_after(hours: float) -> tuple[list[Outline], str]:
    """Return the outline that a satellite would see some hours after the start, and its time.

    Parameters
    ----------
    hours
        After the start.
    """
    step_h = 0.25
    points = list(SLICK)
    for number in range(round(hours / step_h)):
        east_wind, north_wind = wind(START_H + number * step_h)
        moved = []
        for lat, lon in points:
            east, north = current(lat, lon)
            seconds = step_h * 3600.0
            east_m = (east + WIND_FACTOR * east_wind) * seconds
            moved.append(_moved(lat, lon, east_m, (north + WIND_FACTOR * north_wind) * seconds))
        points = moved
    time = BEGIN + dt.timedelta(hours=START_H + hours)
    return [points], time.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_currents(path: Path) -> None:
    """Write the currents and the temperature of the sea, hourly.

    Parameters
    ----------
    path
        The NetCDF file.
    """
    lats = SOUTH_LAT + STEP_DEG * np.arange(ROWS)
    lons = WEST_LON + STEP_DEG * np.arange(COLS)
    field = np.array([[current(lat, lon) for lon in lons] for lat in lats], dtype=np.float32)
    with netCDF4.Dataset(path, "w") as file:
        _axes(file, lats, lons, HOURS)
        told = (("uo", "eastward_sea_water_velocity", 0), ("vo", "northward_sea_water_velocity", 1))
        for name, standard, part in told:
            _variable(file, name, standard, "m s-1")[:] = np.broadcast_to(field[..., part], (HOURS, ROWS, COLS))
        _variable(file, "thetao", "sea_water_potential_temperature", "degrees_C")[:] = 19.0


def write_wind(path: Path) -> None:
    """Write the wind, hourly, the same everywhere.

    Parameters
    ----------
    path
        The NetCDF file.
    """
    lats, lons = np.linspace(39.5, 42.5, 7), np.linspace(-30.5, -27.0, 8)
    with netCDF4.Dataset(path, "w") as file:
        _axes(file, lats, lons, HOURS)
        speeds = np.array([wind(hour) for hour in range(HOURS)], dtype=np.float32)
        for name, standard, part in (("u10", "eastward_wind", 0), ("v10", "northward_wind", 1)):
            values = np.broadcast_to(speeds[:, part, None, None], (HOURS, len(lats), len(lons)))
            _variable(file, name, standard, "m s-1")[:] = values


def _axes(file: netCDF4.Dataset, lats: np.ndarray, lons: np.ndarray, hours: int) -> None:
    for name, values, standard, unit in (
        ("time", np.arange(hours), "time", f"hours since {BEGIN:%Y-%m-%d %H:%M:%S}"),
        ("latitude", lats, "latitude", "degrees_north"),
        ("longitude", lons, "longitude", "degrees_east"),
    ):
        file.createDimension(name, len(values))
        variable = file.createVariable(name, "f8", (name,))
        variable.setncatts({"standard_name": standard, "units": unit})
        variable[:] = values


def _variable(file: netCDF4.Dataset, name: str, standard_name: str, units: str) -> netCDF4.Variable[Any]:
    variable = file.createVariable(name, "f4", ("time", "latitude", "longitude"), zlib=True)
    variable.setncatts({"standard_name": standard_name, "units": units})
    return variable
