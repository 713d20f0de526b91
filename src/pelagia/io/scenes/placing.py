"""From the pixels of a scene to latitude and longitude: by an affine map, or between points whose place is known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import ProjError
from scipy.interpolate import RectBivariateSpline

from pelagia.io.rasters.ground import GEOD, to_lat_lon, to_map
from pelagia.io.scenes.facts import Scene, Ties
from pelagia.io.scenes.faults import unreadable

Floats = NDArray[np.float64]
EDGE_POINTS = 9
ORDER = 3
LARGEST_PIXEL_M = 10_000.0


@dataclass(frozen=True, slots=True)
class Between:
    """Values between ties: along a full grid by splines, else by the polynomial that fits best."""

    ties: Ties
    models: tuple[Any, ...]
    is_grid: bool
    scale: tuple[float, float, float, float]

    def at(self, rows: Floats, cols: Floats) -> Floats:
        """Return (values, n) at positions."""
        if self.is_grid:
            return np.stack([model.ev(rows, cols) for model in self.models])
        found: Floats = (_terms(rows, cols, self.scale, self.models[1]) @ self.models[0]).T
        return found


def lat_lon_at(scene: Scene, rows: ArrayLike, cols: ArrayLike) -> tuple[Floats, Floats]:
    """Return latitude and longitude (WGS 84, °) of positions in a scene.

    Parameters
    ----------
    scene
        One that is georeferenced.
    rows, cols
        At the corners of pixels: the middle of the first pixel is (0.5, 0.5). Of the same shape.

    Returns
    -------
    lat, lon
        Longitudes go on beyond 180 where the scene crosses it: all lie within 180° of its western edge.
    """
    row, col = np.asarray(rows, np.float64), np.asarray(cols, np.float64)
    if scene.ties is not None:
        east, north, up = _between(scene.ties).at(row.ravel(), col.ravel())[:3]
        lat = np.degrees(np.arctan2(up, np.hypot(east, north))).reshape(row.shape)
        lon = np.degrees(np.arctan2(north, east)).reshape(row.shape)
    elif scene.transform is not None and scene.crs is not None:
        lat, lon = to_lat_lon(scene.crs, *to_map(scene.transform, row, col))
    else:
        raise ValueError(f"{scene.name} has no place")
    if scene.bounds is None:
        return lat, lon
    west = scene.bounds[1]
    return lat, west + (lon - west + 90) % 360 - 90


def incidence_at(scene: Scene, rows: ArrayLike, cols: ArrayLike) -> Floats | None:
    """Return the incidence angle (°) at positions, ``None`` where nobody told it."""
    if scene.ties is None or not scene.ties.incidence_deg:
        return None
    row, col = np.asarray(rows, np.float64), np.asarray(cols, np.float64)
    angle: Floats = _between(scene.ties).at(row.ravel(), col.ravel())[3].reshape(row.shape)
    return angle


def placed(scene: Scene) -> Scene:
    """Return a scene with its bounds and the size of its pixels, measured on the ellipsoid.

    Raises
    ------
    BadInput
        ``scene-unreadable``: its places are none on the earth, or make it a line.
    """
    rows = np.linspace(0, scene.height_px, EDGE_POINTS)
    cols = np.linspace(0, scene.width_px, EDGE_POINTS)
    grid = np.meshgrid(rows, cols, indexing="ij")
    try:
        lat, lon = lat_lon_at(scene, *grid)
    except (ProjError, np.linalg.LinAlgError) as error:
        raise unreadable(scene.file, str(error)[:80], "The coordinates of the scene cannot be used") from error
    if not (np.isfinite(lat).all() and np.isfinite(lon).all()) or np.abs(lat).max() > 90 or np.abs(lon).max() > 720:
        raise unreadable(scene.file, "not on the earth", "The coordinates of the scene cannot be used")
    lon = np.unwrap(np.unwrap(lon, period=360, axis=1), period=360, axis=0)
    middle = EDGE_POINTS // 2
    _, _, wide_m = GEOD.inv(lon[middle, 0], lat[middle, 0], lon[middle, -1], lat[middle, -1])
    _, _, high_m = GEOD.inv(lon[0, middle], lat[0, middle], lon[-1, middle], lat[-1, middle])
    pixel_m = math.sqrt(wide_m / scene.width_px * high_m / scene.height_px)
    if not 0 < pixel_m < LARGEST_PIXEL_M:
        raise unreadable(scene.file, f"pixels of {pixel_m:.3g} m", "The coordinates of the scene cannot be used")
    west = float(lon.min())
    shift = -360 * math.floor((west + 180) / 360)
    bounds = float(lat.min()), west + shift, float(lat.max()), float(lon.max()) + shift
    return replace(scene, pixel_m=pixel_m, bounds=bounds)


@lru_cache(maxsize=8)
def _between(ties: Ties) -> Between:
    rows, cols = np.array(ties.rows), np.array(ties.cols)
    lat, lon = np.radians(ties.lat), np.radians(ties.lon)
    # Places as vectors know no 180th meridian and no pole.
    values = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    if ties.incidence_deg:
        values.append(np.array(ties.incidence_deg))
    row_axis, col_axis = np.unique(rows), np.unique(cols)
    scale = rows.min(), max(np.ptp(rows), 1.0), cols.min(), max(np.ptp(cols), 1.0)
    if len(row_axis) * len(col_axis) == len(rows) and min(len(row_axis), len(col_axis)) >= 2:
        order = np.lexsort((cols, rows))
        shape = len(row_axis), len(col_axis)
        degrees = {"kx": min(ORDER, shape[0] - 1), "ky": min(ORDER, shape[1] - 1)}
        splines = tuple(
            RectBivariateSpline(row_axis, col_axis, one[order].reshape(shape), **degrees, s=0) for one in values
        )
        return Between(ties, splines, True, scale)
    degree = next(degree for degree in (3, 2, 1) if len(rows) >= 2 * len(_powers(degree)) or degree == 1)
    found, *_ = np.linalg.lstsq(_terms(rows, cols, scale, degree), np.column_stack(values), rcond=None)
    return Between(ties, (found, degree), False, scale)


def _powers(degree: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]


def _terms(rows: Floats, cols: Floats, scale: tuple[float, float, float, float], degree: int) -> Floats:
    row, col = (rows - scale[0]) / scale[1], (cols - scale[2]) / scale[3]
    return np.column_stack([row**i * col**j for i, j in _powers(degree)])
