"""Whether a path meets the shore, and whether a place lies on land."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pelagia.ocean.coast.shoreline import Shoreline

VERTEX_SLACK = 1e-9
"""Share of its length by which a segment is taken to be longer at both ends, so that nothing slips through a corner."""


class CoastArrays(NamedTuple):
    """A shoreline as compiled functions take it; made once a run by :func:`coast_arrays`. Without rows: open sea."""

    lat_a: NDArray[np.float64]
    lon_a: NDArray[np.float64]
    lat_b: NDArray[np.float64]
    lon_b: NDArray[np.float64]
    length_m: NDArray[np.float64]
    coast_type: NDArray[np.uint8]
    stretch: NDArray[np.int32]
    bin_start: NDArray[np.int64]
    bin_segments: NDArray[np.int32]
    bin_land: NDArray[np.int8]
    south_lat: float
    west_lon: float
    bin_deg: float
    rows: int
    cols: int


def coast_arrays(shoreline: Shoreline | None) -> CoastArrays:
    """Bring a shoreline, or an open sea, into the form of the compiled functions."""
    if shoreline is None:
        none = np.empty(0)
        small, wide, tiny = np.empty(0, np.int32), np.zeros(1, np.int64), np.empty(0, np.int8)
        return CoastArrays(
            none, none, none, none, none, np.empty(0, np.uint8), small, wide, small, tiny, 0.0, 0.0, 1.0, 0, 0
        )
    return CoastArrays(
        lat_a=np.ascontiguousarray(shoreline.lat_a, np.float64),
        lon_a=np.ascontiguousarray(shoreline.lon_a, np.float64),
        lat_b=np.ascontiguousarray(shoreline.lat_b, np.float64),
        lon_b=np.ascontiguousarray(shoreline.lon_b, np.float64),
        length_m=np.ascontiguousarray(shoreline.length_m, np.float64),
        coast_type=np.ascontiguousarray(shoreline.coast_type, np.uint8),
        stretch=np.ascontiguousarray(shoreline.stretch, np.int32),
        bin_start=np.ascontiguousarray(shoreline.bin_start, np.int64),
        bin_segments=np.ascontiguousarray(shoreline.bin_segments, np.int32),
        bin_land=np.ascontiguousarray(shoreline.bin_land, np.int8),
        south_lat=float(shoreline.south_lat),
        west_lon=float(shoreline.west_lon),
        bin_deg=float(shoreline.bin_deg),
        rows=int(shoreline.bin_rows),
        cols=int(shoreline.bin_cols),
    )


@njit(cache=True)
def first_hit(lat0: float, lon0: float, lat1: float, lon1: float, coast: CoastArrays) -> tuple[int, float]:
    """Find where a straight path from the sea first meets the shore.

    Parameters
    ----------
    lat0, lon0, lat1, lon1
        Both ends, °; longitudes go on beyond 180 as those of the shoreline do.
    coast
        See :func:`coast_arrays`.

    Returns
    -------
    segment, fraction
        Number of the segment and share of the path up to it; -1 and 1.0 where it meets none. Only a way from the sea
        (or from the shore) to land meets it: a path that leaves the shore seawards is free.
    """
    segment, fraction = -1, 1.0
    if coast.rows == 0:
        return segment, fraction
    row0 = int(np.floor((min(lat0, lat1) - coast.south_lat) / coast.bin_deg))
    row1 = int(np.floor((max(lat0, lat1) - coast.south_lat) / coast.bin_deg))
    for row in range(max(row0, 0), min(row1, coast.rows - 1) + 1):
        west, east = _columns_in_row(row, lat0, lon0, lat1, lon1, coast)
        for col in range(max(west, 0), min(east, coast.cols - 1) + 1):
            index = row * coast.cols + col
            if coast.bin_start[index] < coast.bin_start[index + 1]:
                segment, fraction = _hit_in_bin(index, lat0, lon0, lat1, lon1, coast, segment, fraction)
    return segment, fraction


@njit(cache=True)
def _columns_in_row(
    row: int, lat0: float, lon0: float, lat1: float, lon1: float, coast: CoastArrays
) -> tuple[int, int]:
    """Find the columns of bins a path touches in a row."""
    from_part, to_part = 0.0, 1.0
    if lat1 != lat0:
        south = (coast.south_lat + row * coast.bin_deg - lat0) / (lat1 - lat0)
        north = (coast.south_lat + (row + 1) * coast.bin_deg - lat0) / (lat1 - lat0)
        from_part = min(max(min(south, north), 0.0), 1.0)
        to_part = max(min(max(south, north), 1.0), 0.0)
    a = (lon0 + from_part * (lon1 - lon0) - coast.west_lon) / coast.bin_deg
    b = (lon0 + to_part * (lon1 - lon0) - coast.west_lon) / coast.bin_deg
    # A hair more on both sides: what is rounded away at a corner of four bins must not be missed.
    return int(np.floor(min(a, b) - 1e-9)), int(np.floor(max(a, b) + 1e-9))


@njit(cache=True)
def _hit_in_bin(
    index: int,
    lat0: float,
    lon0: float,
    lat1: float,
    lon1: float,
    coast: CoastArrays,
    segment: int,
    fraction: float,
) -> tuple[int, float]:
    """Take the nearer of a hit known and those in a bin."""
    for place in range(coast.bin_start[index], coast.bin_start[index + 1]):
        one = coast.bin_segments[place]
        along_lat = coast.lat_b[one] - coast.lat_a[one]
        along_lon = coast.lon_b[one] - coast.lon_a[one]
        # Twice the areas of the triangles of the segment with both ends of the path: positive on the side of land.
        from_land = along_lon * (lat0 - coast.lat_a[one]) - along_lat * (lon0 - coast.lon_a[one])
        to_land = along_lon * (lat1 - coast.lat_a[one]) - along_lat * (lon1 - coast.lon_a[one])
        if from_land > 0.0 or to_land <= 0.0:
            continue
        part = from_land / (from_land - to_land)
        if part > fraction or (part == fraction and segment >= 0):
            continue
        if along_lat * along_lat > along_lon * along_lon:
            share = (lat0 + part * (lat1 - lat0) - coast.lat_a[one]) / along_lat
        else:
            share = (lon0 + part * (lon1 - lon0) - coast.lon_a[one]) / along_lon
        if -VERTEX_SLACK <= share <= 1.0 + VERTEX_SLACK:
            segment, fraction = one, part
    return segment, fraction


@njit(cache=True)
def on_land(lat: float, lon: float, coast: CoastArrays) -> bool:
    """Say whether a place lies on land; outside of the shoreline's area nothing does.

    Notes
    -----
    In a bin that the shore crosses the way from the place west and then south to the bin's corner is followed; land
    and sea change with each crossing, and of the corner it is known where it lies.
    """
    if coast.rows == 0:
        return False
    row = int(np.floor((lat - coast.south_lat) / coast.bin_deg))
    col = int(np.floor((lon - coast.west_lon) / coast.bin_deg))
    if row < 0 or row >= coast.rows or col < 0 or col >= coast.cols:
        return False
    index = row * coast.cols + col
    told = int(coast.bin_land[index])
    if told >= 0:
        return told == 1
    south = coast.south_lat + row * coast.bin_deg
    west = coast.west_lon + col * coast.bin_deg
    land = told == -2
    for place in range(coast.bin_start[index], coast.bin_start[index + 1]):
        one = coast.bin_segments[place]
        lat_a, lon_a, lat_b, lon_b = coast.lat_a[one], coast.lon_a[one], coast.lat_b[one], coast.lon_b[one]
        if (lat_a > lat) != (lat_b > lat):
            at = lon_a + (lat - lat_a) / (lat_b - lat_a) * (lon_b - lon_a)
            if west < at <= lon:
                land = not land
        if (lon_a > west) != (lon_b > west):
            at = lat_a + (west - lon_a) / (lon_b - lon_a) * (lat_b - lat_a)
            if south < at <= lat:
                land = not land
    return bool(land)
