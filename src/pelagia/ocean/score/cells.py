"""Cells in which forecast and observation are compared: with oil or without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from pelagia.ocean.geodesy import METRES_PER_DEGREE, lon_scale

Outlines = Sequence[NDArray[np.float64]]
"""Rings of one slick: (n, 2) of lat, lon, even-odd rule; one of a single point, or of two, stands for itself."""
Cells = NDArray[np.int64]

CELL_KM = 0.15
"""Side of a cell, as of the published scores (arXiv 2503.02749)."""
PUBLISHED_KM_PER_DEGREE = 110.0
"""By which those make degrees of it, north as well as east."""
CELLS_AT_ONCE = 200_000
"""Squares that are held against an outline at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreGrid:
    """A grid of cells that ends nowhere: cell (row, col) begins at south_lat + row · lat_step.

    Parameters
    ----------
    south_lat, west_lon
        Corner of cell (0, 0), °.
    lat_step, lon_step
        Sides of a cell, °.
    cell_km
        Side of a cell, by which windows are counted off.
    """

    south_lat: float
    west_lon: float
    lat_step: float
    lon_step: float
    cell_km: float = CELL_KM


def square_grid(lat: float, lon: float, cell_km: float = CELL_KM) -> ScoreGrid:
    """Return a grid whose cells are as wide as they are high, in metres, at a latitude.

    Parameters
    ----------
    lat, lon
        A place near those that are compared, °.
    cell_km
        Side of a cell.
    """
    height = cell_km * 1000 / METRES_PER_DEGREE
    width = height / max(lon_scale(lat), 0.02)
    return ScoreGrid(south_lat=lat, west_lon=lon, lat_step=height, lon_step=width, cell_km=cell_km)


def cells_of_points(lat: NDArray[np.float64], lon: NDArray[np.float64], grid: ScoreGrid) -> Cells:
    """Return the cells that hold a point at least.

    Parameters
    ----------
    lat, lon
        (N,) °.
    grid
        The grid.

    Returns
    -------
    ndarray
        (M, 2) int64 of row and column, each once, in order.
    """
    row = np.floor((lat - grid.south_lat) / grid.lat_step).astype(np.int64)
    col = np.floor((lon - grid.west_lon) / grid.lon_step).astype(np.int64)
    return _each_once(np.column_stack([row, col]))


def cells_of_slicks(slicks: Sequence[Outlines], grid: ScoreGrid) -> Cells:
    """Return the cells that an outline touches, its inside included.

    Parameters
    ----------
    slicks
        The rings of each.
    grid
        The grid.

    Returns
    -------
    ndarray
        (M, 2) int64 of row and column, each once, in order.
    """
    found = [_touched(slick_shape(rings), grid) for rings in slicks]
    return _each_once(np.concatenate([np.zeros((0, 2), dtype=np.int64), *found]))


def slick_shape(rings: Outlines) -> Any:
    """Return the shape of one slick, x for longitude and y for latitude: what lies within an odd number of rings."""
    shape: Any = shapely.Polygon()
    for ring in rings:
        shape = shapely.symmetric_difference(shape, _ring_shape(np.asarray(ring, dtype=np.float64)[:, ::-1]))
    return shape


def _ring_shape(points: NDArray[np.float64]) -> Any:
    if len(points) == 1:
        return shapely.Point(points[0])
    if len(points) == 2:
        return shapely.LineString(points)
    return shapely.make_valid(shapely.Polygon(points))


def _touched(shape: Any, grid: ScoreGrid) -> Cells:
    if shape.is_empty:
        return np.zeros((0, 2), dtype=np.int64)
    west, south, east, north = shape.bounds
    first = np.floor([(south - grid.south_lat) / grid.lat_step, (west - grid.west_lon) / grid.lon_step]).astype(int)
    last = np.floor([(north - grid.south_lat) / grid.lat_step, (east - grid.west_lon) / grid.lon_step]).astype(int)
    cols = np.arange(first[1], last[1] + 1)
    at_once = max(1, CELLS_AT_ONCE // len(cols))
    shapely.prepare(shape)
    found = []
    for start in range(first[0], last[0] + 1, at_once):
        rows = np.arange(start, min(start + at_once, last[0] + 1))
        row, col = (part.ravel() for part in np.meshgrid(rows, cols, indexing="ij"))
        x, y = grid.west_lon + col * grid.lon_step, grid.south_lat + row * grid.lat_step
        touches = shapely.intersects(shape, shapely.box(x, y, x + grid.lon_step, y + grid.lat_step))
        found.append(np.column_stack([row[touches], col[touches]]))
    return np.concatenate(found).astype(np.int64)


def _each_once(cells: Cells) -> Cells:
    return np.unique(cells, axis=0)
