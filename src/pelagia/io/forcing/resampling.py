"""From uneven, curvilinear and rotated grids to a uniform one of latitude and longitude."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pelagia.io.forcing.dialect import Window

Double = NDArray[np.float64]
Single = NDArray[np.float32]
Flags = NDArray[np.bool_]
Whole = NDArray[np.intp]

UNIFORM_SHARE = 0.02
"""Of a step: points no farther from where a uniform axis has them stand on one; files round coordinates."""
FINEST = 4
"""A uniform axis has at most so many times the points of the uneven one."""
REFINEMENTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """A uniform grid.

    Parameters
    ----------
    lat, lon
        (H,) and (W,), uniform, increasing, °.
    """

    lat: Double
    lon: Double


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """Where the points of one grid lie in another.

    Parameters
    ----------
    row, col
        (H, W) row and column of the cell's first corner.
    down, right
        (H, W) float32, place within the cell, 0 to 1.
    inside
        (H, W) whether the point lies within the other grid.
    """

    row: Whole
    col: Whole
    down: Single
    right: Single
    inside: Flags


def is_uniform(axis: Double) -> bool:
    """Tell whether the points of an axis stand at equal distances."""
    even = np.linspace(axis[0], axis[-1], len(axis))
    return bool(np.abs(axis - even).max() <= UNIFORM_SHARE * abs(axis[-1] - axis[0]) / (len(axis) - 1))


def uniform_axes(lat: Double, lon: Double) -> Axes:
    """Return the uniform grid that stands for one of latitude and longitude."""
    return Axes(lat=_uniform(lat), lon=_uniform(lon))


def _uniform(axis: Double) -> Double:
    if is_uniform(axis):
        return np.linspace(axis[0], axis[-1], len(axis))
    length = float(axis[-1] - axis[0])
    cells = round(length / float(np.median(np.diff(axis))))
    return np.linspace(axis[0], axis[-1], int(np.clip(cells, 1, FINEST * len(axis))) + 1)


def covering_axes(lat: Double, lon: Double, window: Window) -> Axes:
    """Return the uniform grid that stands for a curvilinear one within a window, of the same fineness.

    Parameters
    ----------
    lat, lon
        (H, W) °; longitudes near those of the window.
    """
    step_lat = _spacing(lat, lon)
    south, north = max(window.south_lat, np.nanmin(lat)) - step_lat, min(window.north_lat, np.nanmax(lat)) + step_lat
    south, north = max(south, -90.0), min(north, 90.0)
    step_lon = step_lat / max(float(np.cos(np.radians((south + north) / 2))), 0.02)
    west, east = max(window.west_lon, np.nanmin(lon)) - step_lon, min(window.east_lon, np.nanmax(lon)) + step_lon
    rows, cols = (
        max(round(length / step), 1) + 1 for length, step in ((north - south, step_lat), (east - west, step_lon))
    )
    return Axes(lat=np.linspace(south, north, rows), lon=np.linspace(west, east, cols))


def _spacing(lat: Double, lon: Double) -> float:
    """Return the usual distance of neighbours, in degrees of latitude."""
    lengths = [float(np.nanmedian(np.hypot(*_way(lat, lon, axis)))) for axis in (0, 1)]
    return max(min(lengths), 1e-6)


def _way(lat: Double, lon: Double, axis: int) -> tuple[Double, Double]:
    """Return the way from each point to the next along an axis: east and north, in degrees of latitude."""
    north = np.diff(lat, axis=axis)
    east = (np.diff(lon, axis=axis) + 180.0) % 360.0 - 180.0
    ahead = lat[1:] if axis == 0 else lat[:, 1:]
    return east * np.cos(np.radians(ahead - north / 2)), north


def axis_directions(lat: Double, lon: Double, forward: tuple[int, int]) -> tuple[Single, Single, Single, Single]:
    """Return where the axes of a curvilinear grid point to.

    Parameters
    ----------
    lat, lon
        (H, W) °.
    forward
        1 or -1 for rows and columns: whether components go with their order.

    Returns
    -------
    tuple
        East and north part of the unit vector along columns' growing number, then along that of the rows; (H, W) each.
    """
    parts: list[Single] = []
    for axis, sign in ((1, forward[1]), (0, forward[0])):
        east, north = (_at_points(part, axis) for part in _way(lat, lon, axis))
        length = np.maximum(np.hypot(east, north), 1e-12)
        parts += [(sign * east / length).astype(np.float32), (sign * north / length).astype(np.float32)]
    return parts[0], parts[1], parts[2], parts[3]


def _at_points(between: Double, axis: int) -> Double:
    """Return means of neighbours, from between points to the points themselves."""
    first, last = (between[:1], between[-1:]) if axis == 0 else (between[:, :1], between[:, -1:])
    wide = np.concatenate([first, between, last], axis=axis)
    means: Double = (wide[1:] + wide[:-1]) / 2 if axis == 0 else (wide[:, 1:] + wide[:, :-1]) / 2
    return means


def in_axes(lat: Double, lon: Double, target: Axes) -> Sampling:
    """Return where the points of a uniform grid lie in one of increasing latitudes and longitudes."""
    rows, cols = (np.interp(new, old, np.arange(len(old))) for new, old in ((target.lat, lat), (target.lon, lon)))
    inside = _is_between(target.lat, lat)[:, None] & _is_between(target.lon, lon)[None, :]
    row, col = np.meshgrid(rows, cols, indexing="ij")
    return _sampling(row, col, inside, (len(lat), len(lon)))


def _is_between(new: Double, old: Double) -> Flags:
    spare = float(np.abs(np.diff(old)).max())
    found: Flags = (new >= old[0] - spare) & (new <= old[-1] + spare)
    return found


def in_curves(lat: Double, lon: Double, target: Axes) -> Sampling:
    """Return where the points of a uniform grid lie in a curvilinear one.

    From the nearest point on, the place within the cell is corrected by the cell's own axes until it fits (Newton).
    """
    goal_lat, goal_lon = (part.ravel() for part in np.meshgrid(target.lat, target.lon, indexing="ij"))
    known = np.isfinite(lat) & np.isfinite(lon)
    number = np.flatnonzero(known.ravel())
    _, nearest = cKDTree(_on_sphere(lat.ravel()[number], lon.ravel()[number])).query(_on_sphere(goal_lat, goal_lon))
    row, col = (part.astype(np.float64) for part in np.unravel_index(number[nearest], lat.shape))
    miss = np.zeros_like(row)
    for _ in range(REFINEMENTS):
        row, col, miss = _refined(lat, lon, row, col, (goal_lat, goal_lon))
    inside = (miss <= 1.0) & (row > -0.75) & (row < lat.shape[0] - 0.25) & (col > -0.75) & (col < lat.shape[1] - 0.25)
    shape = (len(target.lat), len(target.lon))
    return _sampling(row.reshape(shape), col.reshape(shape), inside.reshape(shape), lat.shape)


def _on_sphere(lat: Double, lon: Double) -> Double:
    phi, lam = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)


def _refined(
    lat: Double, lon: Double, row: Double, col: Double, goal: tuple[Double, Double]
) -> tuple[Double, Double, Double]:
    """Return a better place in rows and columns, and how far it moved; outside, the last cell is carried on."""
    i = np.clip(np.floor(row).astype(np.intp), 0, lat.shape[0] - 2)
    j = np.clip(np.floor(col).astype(np.intp), 0, lat.shape[1] - 2)
    a, b = row - i, col - j
    narrow = np.cos(np.radians(goal[0]))
    north = [lat[i + p, j + q] - goal[0] for p in (0, 1) for q in (0, 1)]
    east = [((lon[i + p, j + q] - goal[1] + 180.0) % 360.0 - 180.0) * narrow for p in (0, 1) for q in (0, 1)]
    (n0, n_a, n_b), (e0, e_a, e_b) = (_bilinear(corners, a, b) for corners in (north, east))
    cell = n_a * e_b - n_b * e_a
    with np.errstate(all="ignore"):
        step_a, step_b = -(n0 * e_b - n_b * e0) / cell, -(n_a * e0 - n0 * e_a) / cell
    moved = np.hypot(step_a, step_b)
    fine = np.isfinite(moved)
    limit = np.where(fine, np.minimum(1.0, 2.0 / np.maximum(moved, 1e-12)), 0.0)
    row = row + np.where(fine, step_a, 0.0) * limit
    col = col + np.where(fine, step_b, 0.0) * limit
    return np.clip(row, -1.0, lat.shape[0]), np.clip(col, -1.0, lat.shape[1]), np.where(fine, moved, np.inf)


def _bilinear(corners: list[Double], a: Double, b: Double) -> tuple[Double, Double, Double]:
    """Return the value within a cell and its slopes along rows and columns."""
    c00, c01, c10, c11 = corners
    value = c00 * (1 - a) * (1 - b) + c01 * (1 - a) * b + c10 * a * (1 - b) + c11 * a * b
    return value, (c10 - c00) * (1 - b) + (c11 - c01) * b, (c01 - c00) * (1 - a) + (c11 - c10) * a


def _sampling(row: Double, col: Double, inside: Flags, shape: tuple[int, int]) -> Sampling:
    row, col = np.clip(row, 0, shape[0] - 1), np.clip(col, 0, shape[1] - 1)
    first_row = np.minimum(np.floor(row).astype(np.intp), shape[0] - 2)
    first_col = np.minimum(np.floor(col).astype(np.intp), shape[1] - 2)
    return Sampling(
        row=first_row,
        col=first_col,
        down=(row - first_row).astype(np.float32),
        right=(col - first_col).astype(np.float32),
        inside=inside,
    )


def sample(values: Single, where: Sampling) -> Single:
    """Return fields at the points of a sampling, bilinear.

    Parameters
    ----------
    values
        (T, D, H, W) without gaps.
    """
    found = np.empty((*values.shape[:2], *where.row.shape), np.float32)
    i, j, a, b = where.row, where.col, where.down, where.right
    for time in range(values.shape[0]):
        for level in range(values.shape[1]):
            plane = values[time, level]
            upper = plane[i, j] * (1 - b) + plane[i, j + 1] * b
            lower = plane[i + 1, j] * (1 - b) + plane[i + 1, j + 1] * b
            found[time, level] = upper * (1 - a) + lower * a
    return found


def sample_flags(flags: Flags, where: Sampling) -> Flags:
    """Return flags at the points of a sampling, those of the nearest point; false outside."""
    row, col = where.row + (where.down >= 0.5), where.col + (where.right >= 0.5)
    return flags[row, col] & where.inside
