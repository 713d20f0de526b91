"""Latitudes and longitudes of a field whose axes are those of a map projection or a rotated pole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray
from pyproj.exceptions import ProjError

from pelagia.io.forcing.faults import wrong_grid
from pelagia.io.forcing.variables import FieldFile, Variable

_X = frozenset({"projection_x_coordinate", "grid_longitude"})
_Y = frozenset({"projection_y_coordinate", "grid_latitude"})
_ON_MAP_M = {"m": 1.0, "metre": 1.0, "meter": 1.0, "km": 1000.0, "kilometre": 1000.0, "kilometer": 1000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnMap:
    """Where the points of a map lie on Earth.

    Parameters
    ----------
    row_dim, col_dim
        Positions of the dimensions of rows and columns in the field.
    lat, lon
        (H, W), °, NaN where the map shows no place on Earth.
    row_forward, col_forward
        1 where the axis grows with its order, else -1.
    """

    row_dim: int
    col_dim: int
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    row_forward: int
    col_forward: int


def projected_places(source: FieldFile, field: Variable) -> OnMap | None:
    """Return where the points of a field lie whose axes and ``grid_mapping`` are those of a map; or ``None``.

    Raises
    ------
    BadInput
        ``forcing-grid``: the projection is not understood.
    """
    x, y = _axis(source, field, _X), _axis(source, field, _Y)
    name = field.text("grid_mapping").split(":")[0]
    if x is None or y is None or name not in source.variables:
        return None
    mapping = source.variables[name]
    told = {key: _plain(value) for key, value in mapping.attrs.items()}
    try:
        crs = pyproj.CRS.from_cf(told)
        columns, rows = np.meshgrid(_metres(x), _metres(y))
        if crs.is_geographic:  # a rotated pole: degrees on the turned sphere
            lon, lat = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(columns, rows)
        else:
            lon, lat = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(columns, rows)
    except (ProjError, KeyError, ValueError, TypeError) as error:
        raise wrong_grid(field.file, f"The projection of {field.name} is not understood", f"{name}: {error}") from error
    lat, lon = np.where(np.isfinite(lat), lat, np.nan), np.where(np.isfinite(lon), lon, np.nan)
    forward = directions(source, y.dims[0], x.dims[0])
    return OnMap(
        row_dim=field.dims.index(y.dims[0]),
        col_dim=field.dims.index(x.dims[0]),
        lat=lat,
        lon=lon,
        row_forward=forward[0],
        col_forward=forward[1],
    )


def directions(source: FieldFile, row: str, col: str) -> tuple[int, int]:
    """Return whether the axes of rows and columns grow (1) or shrink (-1) with their order: components follow them."""
    found = []
    for dim in (row, col):
        variable = source.variables.get(dim)
        values = variable.read_whole() if variable is not None and len(variable.dims) == 1 else np.zeros(0)
        found.append(-1 if len(values) > 1 and values[-1] < values[0] else 1)
    return found[0], found[1]


def _axis(source: FieldFile, field: Variable, standard: frozenset[str]) -> Variable | None:
    found = [source.variables[dim] for dim in field.dims if dim in source.variables]
    return next((v for v in found if v.text("standard_name").lower() in standard and len(v.dims) == 1), None)


def _metres(axis: Variable) -> Any:
    return axis.read_whole() * _ON_MAP_M.get(axis.text("units").lower().removesuffix("s"), 1.0)


def _plain(value: Any) -> Any:
    found = np.asarray(value)
    return value if found.dtype.kind in "US" else found.tolist()
