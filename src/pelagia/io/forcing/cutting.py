"""The part of a field that a window needs, read without the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.io.forcing.dialect import Window
from pelagia.io.forcing.layout import Layout
from pelagia.io.forcing.places import Places
from pelagia.io.forcing.variables import Array

Double = NDArray[np.float64]
Single = NDArray[np.float32]

DEEPEST_M = 150.0
"""Levels below the first one this deep are not read: no oil of a slick gets there."""
CLOSED_STEPS = 1.5
"""A grid whose ends are no farther from each other than so many steps goes around the Earth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which rows, columns and levels of a field a window needs.

    Parameters
    ----------
    rows
        A slice of the file's rows.
    runs
        Slices of its columns, from west to east.
    levels
        A slice of its levels.
    lat, lon
        Of the points cut out, lat from south to north; longitudes go on beyond 180 as those of the window do; (H, W)
        on a curvilinear grid.
    depth_m
        (D,) increasing.
    turned
        Whether rows, columns and levels are read against their order.
    """

    rows: slice
    runs: tuple[slice, ...]
    levels: slice
    lat: Double
    lon: Double
    depth_m: Double
    turned: tuple[bool, bool, bool]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Levels, rows, columns."""
        return len(self.depth_m), self.lat.shape[0], self.lon.shape[-1]


def cut(layout: Layout, window: Window, *, surface_alone: bool = False) -> Cut:
    """Return which part of a field a window needs: its points and one around.

    Raises
    ------
    BadInput
        ``forcing-outside``: no part of the window lies in the field.
    """
    levels, depth_m, deep_first = _levels(layout.depth_m, surface_alone)
    places = layout.places
    if places.is_curvilinear:
        box, cols, lat, lon = _box(places, window, layout.variable.file)
        return Cut(
            rows=box, runs=(cols,), levels=levels, lat=lat, lon=lon, depth_m=depth_m, turned=(deep_first, False, False)
        )
    south_first = places.lat[-1] > places.lat[0]
    rows = _covering(places.lat, window.south_lat, window.north_lat)
    runs, lon, west_first = _columns(places.lon, window)
    if rows is None or not runs:
        raise _outside(layout.variable.file, places, window)
    lat = places.lat[rows] if south_first else places.lat[rows][::-1]
    turned = (deep_first, not south_first, not west_first)
    return Cut(rows=rows, runs=runs, levels=levels, lat=lat, lon=lon, depth_m=depth_m, turned=turned)


def read_cut(layout: Layout, part: Cut, times: slice | None) -> Single:
    """Read the part of a field, in the units of the file.

    Parameters
    ----------
    times
        Which of its times; ``None`` for a field without.

    Returns
    -------
    numpy.ndarray
        (T, D, H, W) float32, NaN where nothing is known.
    """
    blocks = []
    for run in part.runs[::-1] if part.turned[2] else part.runs:
        index: list[slice | int] = [0] * len(layout.variable.dims)
        index[layout.places.row_dim], index[layout.places.col_dim] = part.rows, run
        if layout.time_dim is not None:
            index[layout.time_dim] = times if times is not None else slice(None)
        if layout.depth_dim is not None:
            index[layout.depth_dim] = part.levels
        if layout.merged_dim is not None:
            index[layout.merged_dim] = slice(None)
        blocks.append(_in_order(layout, layout.variable.read_single(tuple(index))))
    values: Single = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=3)
    flips = tuple(slice(None, None, -1) if turned else slice(None) for turned in part.turned)
    return np.ascontiguousarray(values[(slice(None), *flips)])


def _in_order(layout: Layout, values: Array) -> Array:
    """Return (T, D, H, W) of what was read in the order of the file."""
    places = layout.places
    kept = [layout.merged_dim, layout.time_dim, layout.depth_dim, places.row_dim, places.col_dim]
    present = sorted(dim for dim in kept if dim is not None)
    order = [present.index(dim) for dim in kept if dim is not None]
    values = np.transpose(values, order)
    if layout.merged_dim is not None:
        merged = values[0]
        for other in values[1:]:
            merged = np.where(np.isnan(merged), other, merged)
        values = merged
    shape = values.shape
    times = shape[0] if layout.time_dim is not None else 1
    return values.reshape(times, -1, shape[-2], shape[-1])


def _levels(depth_m: Double, surface_alone: bool) -> tuple[slice, Double, bool]:
    known = np.flatnonzero(np.isfinite(depth_m))
    if len(known) < len(depth_m) or surface_alone:
        at = int(known[np.argmin(depth_m[known])])
        return slice(at, at + 1), depth_m[at : at + 1], False
    deep_first = bool(depth_m[0] > depth_m[-1])
    rising = depth_m[::-1] if deep_first else depth_m
    number = min(int(np.searchsorted(rising, DEEPEST_M)) + 1, len(rising))
    levels = slice(len(rising) - number, len(rising)) if deep_first else slice(0, number)
    return levels, rising[:number], deep_first


def _covering(axis: Double, low: float, high: float) -> slice | None:
    """Return the slice of a monotone axis that covers a range, one point beyond where there is one."""
    rising = axis if axis[-1] > axis[0] else axis[::-1]
    if high < rising[0] or low > rising[-1]:
        return None
    first = max(int(np.searchsorted(rising, low, "right")) - 1, 0)
    last = min(int(np.searchsorted(rising, high, "left")), len(rising) - 1)
    if first == last:
        first, last = max(first - 1, 0), min(last + 1, len(rising) - 1)
    return slice(first, last + 1) if rising is axis else slice(len(axis) - 1 - last, len(axis) - first)


def _columns(lon: Double, window: Window) -> tuple[tuple[slice, ...], Double, bool]:
    """Return the columns of a window as slices from west to east, their longitudes, and whether the file goes so."""
    steps = (np.diff(lon) + 180.0) % 360.0 - 180.0
    west_first = bool(steps[0] > 0)
    rising = np.concatenate(([0.0], np.cumsum(np.abs(steps))))
    rising = (lon[0] if west_first else lon[-1]) + (rising if west_first else rising[-1] - rising[::-1])
    size, step = len(rising), float(np.median(np.abs(steps)))
    span = rising[-1] - rising[0]
    if span >= 360.0 - 0.01 * step:  # the first meridian is told twice
        size -= 1
    closed = 360.0 - (rising[size - 1] - rising[0]) <= CLOSED_STEPS * step
    found = _around(rising[:size], window) if closed else _beside(rising, window)
    if found is None:
        return (), np.zeros(0), west_first
    numbers, lons = found
    cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
    runs = [slice(int(part[0]), int(part[-1]) + 1) for part in np.split(numbers, cuts)]
    if not west_first:
        runs = [slice(len(rising) - run.stop, len(rising) - run.start) for run in runs]
    return tuple(runs), lons, west_first


def _around(rising: Double, window: Window) -> tuple[NDArray[np.int64], Double] | None:
    """Return the columns of a grid that goes around the Earth, and their longitudes."""
    shift = np.floor((window.west_lon - rising[0]) / 360.0) - 1
    lons = np.concatenate([rising + 360.0 * (shift + turn) for turn in range(4)])
    part = _covering(lons, window.west_lon, window.east_lon)
    if part is None:
        return None
    return np.arange(len(lons))[part] % len(rising), lons[part]


def _beside(rising: Double, window: Window) -> tuple[NDArray[np.int64], Double] | None:
    """Return the columns of a grid of a region, turned by full circles to where it meets the window most."""

    def overlap(turn: float) -> float:
        return float(min(rising[-1] + turn, window.east_lon) - max(rising[0] + turn, window.west_lon))

    nearest = 360.0 * np.round((window.west_lon - rising[0]) / 360.0)
    turn = float(max((nearest - 360.0, nearest, nearest + 360.0), key=overlap))
    part = _covering(rising + turn, window.west_lon, window.east_lon)
    return None if part is None else (np.arange(len(rising))[part], rising[part] + turn)


def _box(places: Places, window: Window, file: str) -> tuple[slice, slice, Double, Double]:
    """Return the rows and columns of a curvilinear grid that hold the points of a window, two more on each side."""
    middle = (window.west_lon + window.east_lon) / 2
    lon = middle + (places.lon - middle + 180.0) % 360.0 - 180.0
    margin_lat, margin_lon = _margins(places.lat, lon)
    inside = (places.lat >= window.south_lat - margin_lat) & (places.lat <= window.north_lat + margin_lat)
    inside &= (lon >= window.west_lon - margin_lon) & (lon <= window.east_lon + margin_lon)
    if not inside.any():
        raise _outside(file, places, window)
    rows, cols = _extent(np.asarray(inside.any(axis=1))), _extent(np.asarray(inside.any(axis=0)))
    return rows, cols, places.lat[rows, cols], lon[rows, cols]


def _margins(lat: Double, lon: Double) -> tuple[float, float]:
    """Return how far neighbours are from each other, at most usually."""
    steps = [np.abs(np.diff(axis_values, axis=axis)) for axis_values in (lat, lon) for axis in (0, 1)]
    lat_step, lon_step = (float(max(np.nanmedian(steps[i]), np.nanmedian(steps[i + 1]))) for i in (0, 2))
    return lat_step, lon_step


def _extent(flags: NDArray[np.bool_]) -> slice:
    numbers = np.flatnonzero(flags)
    return slice(max(int(numbers[0]) - 2, 0), min(int(numbers[-1]) + 3, len(flags)))


def _outside(file: str, places: Places, window: Window) -> BadInput:
    lat, lon = places.lat, places.lon
    return BadInput(
        "The file does not reach the area of the oil: latitude "
        f"{window.south_lat:.2f} to {window.north_lat:.2f}, longitude {window.west_lon:.2f} to {window.east_lon:.2f}",
        remedy="Give a file of that area, or check latitude and longitude of the oil.",
        value=f"latitude {np.nanmin(lat):.2f} to {np.nanmax(lat):.2f}, "
        f"longitude {np.nanmin(lon):.2f} to {np.nanmax(lon):.2f}",
        file=file,
        code="forcing-outside",
    )
