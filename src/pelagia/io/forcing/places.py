"""Latitudes and longitudes of the points of a field: along its axes, or of each point on a curvilinear grid."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.io.forcing.faults import wrong_grid
from pelagia.io.forcing.projected import OnMap, directions, projected_places
from pelagia.io.forcing.variables import FieldFile, Variable

Double = NDArray[np.float64]

_LAT_UNITS = re.compile(r"^degrees?_?n(orth)?$", re.IGNORECASE)
_LON_UNITS = re.compile(r"^degrees?_?e(ast)?$", re.IGNORECASE)
_LAT_NAMES = re.compile(
    r"^(lat|latitude|nav_lat|xlat|ylat|lat_(rho|u|v|t|c)|y_?lat|gphi[tuvf]|latitudes?)$", re.IGNORECASE
)
_LON_NAMES = re.compile(
    r"^(lon|long|longitude|nav_lon|xlong|xlon|lon_(rho|u|v|t|c)|glam[tuvf]|longitudes?)$", re.IGNORECASE
)
SEPARABLE_SHARE = 1e-3
"""Of a step: a grid whose latitudes vary less along its rows is one of latitude and longitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the points of a field lie.

    Parameters
    ----------
    row_dim, col_dim
        Positions of the dimensions of rows and columns in the field.
    lat, lon
        (H,) and (W,), or both (H, W) on a curvilinear grid, °; in the order of the file.
    col_forward, row_forward
        Of a curvilinear grid: 1 where components along the grid go with the order of columns and rows, -1 against it.
    """

    row_dim: int
    col_dim: int
    lat: Double
    lon: Double
    row_forward: int = 1
    col_forward: int = 1

    @property
    def is_curvilinear(self) -> bool:
        """Whether each point has its own latitude and longitude."""
        return self.lat.ndim == 2


def places_of(source: FieldFile, field: Variable) -> Places:
    """Return where the points of a field lie.

    Raises
    ------
    BadInput
        ``forcing-grid``: it does not tell, or not in degrees.
    """
    lat, lon = _coordinate(source, field, is_lat), _coordinate(source, field, is_lon)
    if lat is None or lon is None:
        found = projected_places(source, field)
        if found is None:
            raise wrong_grid(
                field.file,
                f"The field {field.name} does not tell the latitudes and longitudes of its points",
                ", ".join(field.dims),
            )
        places = _on_map(found)
    elif len(lat.dims) == 1 and len(lon.dims) == 1 and lat.dims != lon.dims:
        places = Places(
            row_dim=field.dims.index(lat.dims[0]),
            col_dim=field.dims.index(lon.dims[0]),
            lat=lat.read_whole(),
            lon=lon.read_whole(),
        )
    else:
        places = _of_each_point(source, field, lat, lon)
    return _checked(places, field)


def is_lat(variable: Variable) -> bool:
    """Tell whether a variable holds latitudes."""
    return _is(variable, "latitude", _LAT_UNITS, _LAT_NAMES)


def is_lon(variable: Variable) -> bool:
    """Tell whether a variable holds longitudes."""
    return _is(variable, "longitude", _LON_UNITS, _LON_NAMES)


def _is(variable: Variable, standard: str, units: re.Pattern[str], names: re.Pattern[str]) -> bool:
    told = variable.text("standard_name").lower()
    if variable.dtype.kind not in "iuf" or "grid_" in told or "projection_" in told:
        return False
    return told == standard or bool(units.match(variable.text("units"))) or bool(names.match(variable.name))


def _coordinate(source: FieldFile, field: Variable, belongs: Callable[[Variable], bool]) -> Variable | None:
    """Return the latitudes or longitudes of a field: those it names, else those along its dimensions."""
    named = field.text("coordinates").split()
    found = [
        v
        for v in source.variables.values()
        if 1 <= len(v.dims) <= 3 and set(v.dims) <= set(field.dims) and v.name != field.name and belongs(v)
    ]
    return min(found, key=lambda v: (v.name not in named, v.name not in field.dims, len(v.dims)), default=None)


def _of_each_point(source: FieldFile, field: Variable, lat: Variable, lon: Variable) -> Places:
    if len(lat.dims) == 1 or lat.dims != lon.dims:
        raise wrong_grid(
            field.file,
            f"The points of {field.name} stand in no rows and columns",
            f"{lat.name} ({', '.join(lat.dims)}), {lon.name} ({', '.join(lon.dims)})",
        )
    row, col = lat.dims[-2:]
    lats, lons = lat.read_last(2), lon.read_last(2)  # WRF repeats them for every time
    row_dim, col_dim = field.dims.index(row), field.dims.index(col)
    straight = _separated(lats, lons)
    if straight is not None:
        return Places(row_dim=row_dim, col_dim=col_dim, lat=straight[0], lon=straight[1])
    turned = _separated(lats.T, lons.T)
    if turned is not None:
        return Places(row_dim=col_dim, col_dim=row_dim, lat=turned[0], lon=turned[1])
    forward = directions(source, row, col)
    return Places(row_dim=row_dim, col_dim=col_dim, lat=lats, lon=lons, row_forward=forward[0], col_forward=forward[1])


def _on_map(found: OnMap) -> Places:
    straight = _separated(found.lat, found.lon)
    lat, lon = (found.lat, found.lon) if straight is None else straight
    return Places(
        row_dim=found.row_dim,
        col_dim=found.col_dim,
        lat=lat,
        lon=lon,
        row_forward=found.row_forward,
        col_forward=found.col_forward,
    )


def _separated(lat: Double, lon: Double) -> tuple[Double, Double] | None:
    """Return the axes of a grid told point by point that is one of latitude and longitude all the same."""
    if min(lat.shape) < 2 or not (np.isfinite(lat).all() and np.isfinite(lon).all()):
        return None
    rows, cols = lat[:, 0], lon[0]
    step_lat, step_lon = np.abs(np.diff(rows)).min(), np.abs((np.diff(cols) + 180) % 360 - 180).min()
    if step_lat <= 0 or step_lon <= 0:
        return None
    same_lat = np.abs(lat - rows[:, None]).max() <= SEPARABLE_SHARE * step_lat
    same_lon = np.abs(lon - cols[None, :]).max() <= SEPARABLE_SHARE * step_lon
    return (rows, cols) if same_lat and same_lon else None


def _checked(places: Places, field: Variable) -> Places:
    lat, lon = places.lat, places.lon
    known = np.isfinite(lat).all() and np.isfinite(lon).all() if lat.ndim == 1 else np.isfinite(lat).any()
    if not known or np.nanmax(np.abs(lat)) > 90.001 or np.nanmax(np.abs(lon)) > 720.0:
        raise wrong_grid(
            field.file,
            f"The latitudes and longitudes of {field.name} are not degrees on Earth",
            f"latitude {_range(lat)}, longitude {_range(lon)}",
        )
    if min(lat.shape[0], lon.shape[-1]) < 2:
        raise wrong_grid(
            field.file,
            f"The field {field.name} has a single row or column: a field needs two at least",
            f"{lat.shape[0]} × {lon.shape[-1]}",
        )
    if lat.ndim == 1 and not (_is_monotone(lat) and _is_monotone(_unrolled(lon))):
        raise wrong_grid(
            field.file,
            f"The latitudes or longitudes of {field.name} go back and forth",
            f"{_range(lat)}, {_range(lon)}",
        )
    return places


def _unrolled(lon: Double) -> Double:
    """Return longitudes without the jump at the 180th or 0th meridian."""
    rising: Double = lon[0] + np.concatenate(([0.0], np.cumsum((np.diff(lon) + 180) % 360 - 180)))
    return rising


def _is_monotone(values: Double) -> bool:
    steps = np.diff(values)
    return bool((steps > 0).all() or (steps < 0).all())


def _range(values: Double) -> str:
    return f"{np.nanmin(values):g} to {np.nanmax(values):g}" if np.isfinite(values).any() else "none"
