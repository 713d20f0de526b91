"""From lines with land to their left to a shoreline that oil may strand on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pelagia.io.shoreline.dialect import Bounds, Coastlines
from pelagia.io.shoreline.kinds import DEFAULT_KIND
from pelagia.ocean.coast.binning import Bins, Doubles, Segments, Whole, bins_for, find_land, list_segments
from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.geodesy import METRES_PER_DEGREE

EDGE_DEG = 1e-6
"""A line may end on the edge of the area, this far inside at most."""

PIECES = 4
"""Into how many at least a segment as long as a stretch is cut, so that stretches come out even."""


def make_shoreline(
    lines: Coastlines,
    bounds: Bounds,
    *,
    stretch_km: float = 1.0,
    coast_type: int = DEFAULT_KIND,
    is_land: bool = False,
) -> Shoreline:
    """Make the shoreline of an area.

    Parameters
    ----------
    lines
        Lines of the shoreline, land to their left; those outside of the area are left out.
    bounds
        The area.
    stretch_km
        About how long the stretches of the coast table are, km; lines are cut evenly, islands shorter than that are a
        stretch each, and a stretch is of one kind.
    coast_type
        Kind of coast where nobody told it.
    is_land
        Whether an area without any line is land.

    Returns
    -------
    Shoreline
        Where a line ends inside of the area, nobody knows what lies on land: nothing then does, but oil strands on the
        line where it comes from its right.
    """
    bins = bins_for(bounds)
    segments, kind, run = _segments(lines, bounds, bins, 1000.0 * stretch_km)
    kind = np.where(kind == 0, np.uint8(coast_type), kind).astype(np.uint8)
    length_m = _length_m(segments)
    stretch, stretches = _stretches(run, kind, length_m, 1000.0 * stretch_km)
    start, listed = list_segments(segments, bins)
    if has_loose_ends(lines, bounds):
        land = np.zeros(bins.rows * bins.cols, np.int8)
    else:
        land = find_land(segments, bins, start, is_land=is_land)
    return Shoreline(
        lat_a=segments.lat_a,
        lon_a=segments.lon_a,
        lat_b=segments.lat_b,
        lon_b=segments.lon_b,
        length_m=length_m,
        coast_type=kind,
        stretch=stretch,
        stretches=stretches,
        south_lat=bins.south_lat,
        west_lon=bins.west_lon,
        bin_deg=bins.bin_deg,
        bin_rows=bins.rows,
        bin_cols=bins.cols,
        bin_start=start,
        bin_segments=listed,
        bin_land=land,
        source=lines.source,
    )


def has_loose_ends(lines: Coastlines, bounds: Bounds) -> bool:
    """Say whether a line ends inside of an area, so that one could go around it from the sea to land."""
    first, last = lines.start[:-1], lines.start[1:] - 1
    closed = (lines.lat[first] == lines.lat[last]) & (lines.lon[first] == lines.lon[last])
    ends = np.concatenate([first[~closed], last[~closed]])
    lat, lon = lines.lat[ends], lines.lon[ends]
    inside = (lat > bounds.south_lat + EDGE_DEG) & (lat < bounds.north_lat - EDGE_DEG)
    inside &= (lon > bounds.west_lon + EDGE_DEG) & (lon < bounds.east_lon - EDGE_DEG)
    if not inside.any():
        return False
    # An end that another line goes on from is none.
    _, times = np.unique(np.column_stack([lat, lon])[inside], axis=0, return_counts=True)
    return bool((times % 2 == 1).any())


def _segments(
    lines: Coastlines, bounds: Bounds, bins: Bins, stretch_m: float
) -> tuple[Segments, NDArray[np.uint8], Whole]:
    """Cut the segments that touch the area into short ones; with their kind and the unbroken run they belong to."""
    begin = np.ones(len(lines.lat), np.bool_)
    begin[lines.start[1:] - 1] = False
    a = np.flatnonzero(begin)
    lat_a, lon_a, lat_b, lon_b = lines.lat[a], lines.lon[a], lines.lat[a + 1], lines.lon[a + 1]
    kept = (np.minimum(lat_a, lat_b) <= bounds.north_lat) & (np.maximum(lat_a, lat_b) >= bounds.south_lat)
    kept &= (np.minimum(lon_a, lon_b) <= bounds.east_lon) & (np.maximum(lon_a, lon_b) >= bounds.west_lon)
    kept &= (lat_a != lat_b) | (lon_a != lon_b)
    a, lat_a, lon_a, lat_b, lon_b = a[kept], lat_a[kept], lon_a[kept], lat_b[kept], lon_b[kept]
    kind = lines.kind[a]
    breaks = (np.diff(a) != 1) | (np.diff(kind.astype(np.int64)) != 0)
    run = np.concatenate([np.zeros(min(1, len(a)), np.int64), np.cumsum(breaks)])
    whole = Segments(lat_a=lat_a, lon_a=lon_a, lat_b=lat_b, lon_b=lon_b)
    longest_deg = np.maximum(np.abs(lat_b - lat_a), np.abs(lon_b - lon_a))
    pieces = np.maximum(np.ceil(longest_deg / bins.bin_deg), np.ceil(PIECES * _length_m(whole) / stretch_m)).astype(
        np.int64
    )
    cut, owner = _cut(whole, np.maximum(pieces, 1))
    return cut, kind[owner], run[owner]


def _cut(segments: Segments, pieces: Whole) -> tuple[Segments, Whole]:
    """Cut segments into equal pieces; the end of a piece is to the bit the begin of the next."""
    owner = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    from_, to = number / pieces[owner], (number + 1) / pieces[owner]

    def at(a: Doubles, b: Doubles, part: Doubles) -> Doubles:
        place: Doubles = np.where(part == 1.0, b[owner], a[owner] + part * (b[owner] - a[owner]))
        return place

    cut = Segments(
        lat_a=at(segments.lat_a, segments.lat_b, from_),
        lon_a=at(segments.lon_a, segments.lon_b, from_),
        lat_b=at(segments.lat_a, segments.lat_b, to),
        lon_b=at(segments.lon_a, segments.lon_b, to),
    )
    return cut, owner


def _length_m(segments: Segments) -> Doubles:
    scale = np.cos(np.radians((segments.lat_a + segments.lat_b) / 2))
    east = (segments.lon_b - segments.lon_a) * scale
    length: Doubles = METRES_PER_DEGREE * np.hypot(segments.lat_b - segments.lat_a, east)
    return length


def _stretches(
    run: Whole, kind: NDArray[np.uint8], length_m: Doubles, stretch_m: float
) -> tuple[NDArray[np.int32], int]:
    """Number the stretches: each run is cut into equal parts of about the length wanted."""
    if not len(run):
        return np.empty(0, np.int32), 0
    total = np.bincount(run, weights=length_m)
    parts = np.maximum(np.round(total / stretch_m), 1).astype(np.int64)
    before = np.cumsum(length_m) - length_m
    first = np.searchsorted(run, np.arange(len(total)))
    middle = before - before[first][run] + length_m / 2
    part = np.minimum((middle / total[run] * parts[run]).astype(np.int64), parts[run] - 1)
    # A part may hold no middle of a segment: numbers are given to those that do.
    _, number = np.unique((np.cumsum(parts) - parts)[run] + part, return_inverse=True)
    return number.astype(np.int32), int(number.max()) + 1
