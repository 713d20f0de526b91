"""Files of forcing made for tests: any grid, any writing, values that follow a formula."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from pelagia.io.forcing.dialect import Window

START_S = dt.datetime(2024, 5, 17, tzinfo=dt.UTC).timestamp()
HOUR_S = 3600.0


def window(**changed: float) -> Window:
    """A window in the middle of the files made here."""
    told = {"south_lat": 36.1, "north_lat": 37.9, "west_lon": 4.1, "east_lon": 5.9}
    told |= {"start_s": START_S + 3600, "end_s": START_S + 5 * 3600}
    return Window(**{**told, **changed})


def plane(lat: Any, lon: Any, hours: Any) -> Any:
    """A field that bilinear and linear interpolation give back exactly."""
    return 0.1 * (lat - 37) + 0.2 * (lon - 5) + 0.01 * hours


def write(
    path: Path,
    *,
    lat: Any = None,
    lon: Any = None,
    hours: Any = None,
    names: tuple[str, str] = ("uo", "vo"),
    units: str | None = "m s-1",
    scale: float = 1.0,
    dims: tuple[str, str] = ("lat", "lon"),
    change: Callable[[Any], Any] | None = None,
    attrs: dict[str, Any] | None = None,
    time_units: str = "hours since 2024-05-17 00:00:00",
    calendar: str | None = "standard",
    form: str = "NETCDF4",
) -> Path:
    """Write u = plane, v = -plane on axes of latitude and longitude."""
    lat = np.arange(36, 38.01, 0.1) if lat is None else np.asarray(lat, float)
    lon = np.arange(4, 6.01, 0.1) if lon is None else np.asarray(lon, float)
    hours = np.arange(0, 7.0) if hours is None else np.asarray(hours, float)
    values = plane(lat[None, :, None], unrolled(lon)[None, None, :], hours[:, None, None])
    values = change(values) if change is not None else values
    with netCDF4.Dataset(path, "w", format=form) as dataset:
        axis(dataset, "time", hours, time_units, **({"calendar": calendar} if calendar else {}))
        axis(dataset, dims[0], lat, "degrees_north")
        axis(dataset, dims[1], lon, "degrees_east")
        for name, sign in zip(names, (1, -1), strict=True):
            field(dataset, name, ("time", *dims), sign * values / scale, units=units, **(attrs or {}))
    return path


def unrolled(lon: Any) -> Any:
    """Longitudes without their jump, near 5 where they can be."""
    return lon[0] + np.concatenate(([0.0], np.cumsum((np.diff(lon) + 180) % 360 - 180)))


def axis(dataset: Any, name: str, values: Any, units: str, **attrs: Any) -> None:
    dataset.createDimension(name, len(values))
    variable = dataset.createVariable(name, "f8", (name,))
    variable.setncatts({"units": units, **attrs})
    variable[:] = values


def field(dataset: Any, name: str, dims: tuple[str, ...], values: Any, units: str | None = None, **attrs: Any) -> None:
    variable = dataset.createVariable(name, "f4", dims, fill_value=np.float32(1e20))
    variable.setncatts({**({"units": units} if units is not None else {}), **attrs})
    variable[:] = np.where(np.isnan(values), 1e20, values)


def points(forcing: Any) -> tuple[Any, Any, Any]:
    """Latitude, longitude and hours of the points of forcing, to broadcast over (T, H, W)."""
    rows, cols = forcing.is_sea.shape
    lat = forcing.south_lat + forcing.lat_step * np.arange(rows)
    lon = forcing.west_lon + forcing.lon_step * np.arange(cols)
    hours = (forcing.time_s - START_S) / 3600
    return lat[None, :, None], lon[None, None, :], hours[:, None, None]


def assert_plane(forcing: Any, *, within: float = 1e-5, shift_lon: float = 0.0) -> None:
    """The field is what the formula says, wherever the file had values."""
    lat, lon, hours = points(forcing)
    truth = plane(lat, lon + shift_lon, hours)
    sea = np.broadcast_to(forcing.is_sea, truth.shape)
    assert np.abs(forcing.east_m_s[:, 0] - truth)[sea].max() < within
    assert np.abs(forcing.north_m_s[:, 0] + truth)[sea].max() < within
    assert not np.isnan(forcing.east_m_s).any() and not np.isnan(forcing.north_m_s).any()
