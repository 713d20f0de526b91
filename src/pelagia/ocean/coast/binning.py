"""The grid of bins that finds the segments near a path, and says what lies on land."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.io.shoreline.dialect import Bounds

Doubles = NDArray[np.float64]
Whole = NDArray[np.int64]

LEAST_BIN_DEG = 0.01
MOST_BINS = 1_000_000
_PAD = 1e-9
"""Of a bin: a segment that ends on an edge belongs to both sides."""
_SOUTH_INSET, _WEST_INSET = 0.0718281828, 0.0314159265
"""Of a bin, by which the first begins inside of the area: round numbers, where points of a map like to lie and where
lines that were cut end, are then never on an edge of bins, which could not say on which side land is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Ends of segments, (M,) each, °; land to the left of the way from a to b."""

    lat_a: Doubles
    lon_a: Doubles
    lat_b: Doubles
    lon_b: Doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Bins:
    """Square bins over an area."""

    south_lat: float
    west_lon: float
    bin_deg: float
    rows: int
    cols: int

    def row_lat(self, row: Whole) -> Doubles:
        """Return the southern edges of rows, to the bit as :func:`~pelagia.ocean.coast.crossing.on_land` does."""
        return np.asarray(self.south_lat + row * self.bin_deg, np.float64)

    def col_lon(self, col: Whole) -> Doubles:
        """Return the western edges of columns."""
        return np.asarray(self.west_lon + col * self.bin_deg, np.float64)


def bins_for(bounds: Bounds) -> Bins:
    """Lay bins over an area: small, but not too many."""
    height, width = bounds.north_lat - bounds.south_lat, bounds.east_lon - bounds.west_lon
    bin_deg = max(LEAST_BIN_DEG, math.sqrt(height * width / MOST_BINS))
    return Bins(
        south_lat=bounds.south_lat + _SOUTH_INSET * bin_deg,
        west_lon=bounds.west_lon + _WEST_INSET * bin_deg,
        bin_deg=bin_deg,
        rows=max(1, math.ceil(height / bin_deg)),
        cols=max(1, math.ceil(width / bin_deg)),
    )


def list_segments(segments: Segments, bins: Bins) -> tuple[Whole, NDArray[np.int32]]:
    """List the segments of each bin: where its list begins, and all lists one after the other."""
    row0, row1 = _places(segments.lat_a, segments.lat_b, bins.south_lat, bins.bin_deg, bins.rows)
    col0, col1 = _places(segments.lon_a, segments.lon_b, bins.west_lon, bins.bin_deg, bins.cols)
    wide = np.maximum(col1 - col0 + 1, 0)
    times = wide * np.maximum(row1 - row0 + 1, 0)
    owner = np.repeat(np.arange(len(times)), times)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(times) - times, times)
    index = (row0[owner] + number // wide[owner]) * bins.cols + col0[owner] + number % wide[owner]
    order = np.argsort(index, kind="stable")
    counts = np.bincount(index, minlength=bins.rows * bins.cols)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    return start, owner[order].astype(np.int32)


def _places(a: Doubles, b: Doubles, begin: float, step: float, number: int) -> tuple[Whole, Whole]:
    low = np.floor((np.minimum(a, b) - begin) / step - _PAD).astype(np.int64)
    high = np.floor((np.maximum(a, b) - begin) / step + _PAD).astype(np.int64)
    return np.maximum(low, 0), np.minimum(high, number - 1)


def find_land(segments: Segments, bins: Bins, start: Whole, *, is_land: bool) -> NDArray[np.int8]:
    """Say of each bin what :class:`~pelagia.ocean.coast.shoreline.Shoreline` tells as ``bin_land``.

    Parameters
    ----------
    segments
        All that touch the area.
    bins, start
        See :func:`list_segments`.
    is_land
        What the area is where no segment says so.

    Notes
    -----
    Along the southern edge of a row each crossing of the shore tells on which side land lies; so the corner of each
    bin is known. A row without crossings is of one kind; that follows from the next row by the crossings of the
    western edge of the area between both.
    """
    corner = _corners(segments, bins, is_land=is_land)
    crossed = np.diff(start).reshape(corner.shape) > 0
    return np.where(crossed, -1 - corner, corner).astype(np.int8).ravel()


def _corners(segments: Segments, bins: Bins, *, is_land: bool) -> NDArray[np.int8]:
    """Say of the south-western corner of each bin whether it lies on land: (rows, cols) of 0 and 1."""
    row, at, is_up = _row_crossings(segments, bins)
    corner = np.empty((bins.rows, bins.cols), np.int8)
    lon = bins.col_lon(np.arange(bins.cols))
    first = np.searchsorted(row, np.arange(bins.rows + 1))
    known = np.diff(first) > 0
    for one in np.flatnonzero(known):
        here = slice(first[one], first[one + 1])
        passed = np.searchsorted(at[here], lon, side="right")
        east_of = np.concatenate([[is_up[here][0]], ~is_up[here]])
        corner[one] = east_of[passed]
    if not known.any():
        known = _seed(corner, segments, bins, is_land=is_land)
    _fill(corner, known, _changes(segments, bins))
    return corner


def _row_crossings(segments: Segments, bins: Bins) -> tuple[Whole, Doubles, NDArray[np.bool_]]:
    """Find where segments cross the southern edges of rows, from west to east: row, longitude, whether northwards."""
    low = np.floor((np.minimum(segments.lat_a, segments.lat_b) - bins.south_lat) / bins.bin_deg).astype(np.int64)
    high = np.floor((np.maximum(segments.lat_a, segments.lat_b) - bins.south_lat) / bins.bin_deg).astype(np.int64)
    times = high - low + 2
    owner = np.repeat(np.arange(len(times)), times)
    row = low[owner] + np.arange(len(owner)) - np.repeat(np.cumsum(times) - times, times)
    lat = bins.row_lat(row)
    lat_a, lat_b = segments.lat_a[owner], segments.lat_b[owner]
    crosses = ((lat_a > lat) != (lat_b > lat)) & (row >= 0) & (row < bins.rows)
    owner, row, lat, lat_a, lat_b = owner[crosses], row[crosses], lat[crosses], lat_a[crosses], lat_b[crosses]
    lon_a, lon_b = segments.lon_a[owner], segments.lon_b[owner]
    at = lon_a + (lat - lat_a) / (lat_b - lat_a) * (lon_b - lon_a)
    order = np.lexsort((at, row))
    return row[order], at[order], (lat_b > lat_a)[order]


def _changes(segments: Segments, bins: Bins) -> NDArray[np.bool_]:
    """Say for each row whether land and sea change between it and the next one, on the western edge of the area."""
    at = _west_crossings(segments, bins)
    row = np.searchsorted(bins.row_lat(np.arange(bins.rows)), at, side="left") - 1
    odd: NDArray[np.bool_] = np.bincount(row[row >= 0], minlength=bins.rows) % 2 == 1
    return odd


def _west_crossings(segments: Segments, bins: Bins) -> Doubles:
    west = bins.west_lon
    crosses = (segments.lon_a > west) != (segments.lon_b > west)
    lat_a, lon_a = segments.lat_a[crosses], segments.lon_a[crosses]
    lat_b, lon_b = segments.lat_b[crosses], segments.lon_b[crosses]
    at: Doubles = lat_a + (west - lon_a) / (lon_b - lon_a) * (lat_b - lat_a)
    return at


def _seed(corner: NDArray[np.int8], segments: Segments, bins: Bins, *, is_land: bool) -> NDArray[np.bool_]:
    """Fill the first row where no row is crossed at all: by the first crossing of a line between two rows."""
    corner[0] = is_land
    rises = np.flatnonzero(segments.lat_a != segments.lat_b)
    if len(rises):
        lat = (segments.lat_a[rises[0]] + segments.lat_b[rises[0]]) / 2
        over = np.flatnonzero((segments.lat_a > lat) != (segments.lat_b > lat))
        part = (lat - segments.lat_a[over]) / (segments.lat_b[over] - segments.lat_a[over])
        at = segments.lon_a[over] + part * (segments.lon_b[over] - segments.lon_a[over])
        passed = at <= bins.west_lon
        nearest = over[np.argmin(at)] if not passed.any() else over[passed][np.argmax(at[passed])]
        is_up = segments.lat_b[nearest] > segments.lat_a[nearest]
        state = bool(is_up) != bool(passed.any())
        crossings = _west_crossings(segments, bins)
        low, high = sorted((lat, float(bins.row_lat(np.zeros(1, np.int64))[0])))
        corner[0] = state != bool(np.count_nonzero((crossings > low) & (crossings <= high)) % 2)
    known = np.zeros(bins.rows, np.bool_)
    known[0] = True
    return known


def _fill(corner: NDArray[np.int8], known: NDArray[np.bool_], changes: NDArray[np.bool_]) -> None:
    """Fill rows nobody crossed from the next known one."""
    for row in range(1, len(known)):
        if not known[row] and known[row - 1]:
            corner[row] = corner[row - 1, 0] ^ changes[row - 1]
            known[row] = True
    for row in range(len(known) - 2, -1, -1):
        if not known[row]:
            corner[row] = corner[row + 1, 0] ^ changes[row]
            known[row] = True
