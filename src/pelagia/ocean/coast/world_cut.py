"""Cuts an area out of the shoreline of the whole Earth; run as a process of its own, whose memory goes away.

The shoreline is that of GSHHG at full resolution (land against sea, and Antarctica by its grounding line; neither lakes
nor islands in them), as ``roaring-landmask`` brings it.

References
----------
Wessel and Smith 1996, doi:10.1029/96JB00104.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from roaring_landmask import LandmaskProvider, Shapes

Points = NDArray[np.float64]


def cut_world(south: float, north: float, west: float, east: float) -> tuple[list[Points], bool]:
    """Cut an area out.

    Parameters
    ----------
    south, north, west, east
        Its bounds, °; east may be above 180.

    Returns
    -------
    lines, is_land
        Lines of (n, 2) lat, lon with land to the left; whether the middle of the area is land.
    """
    polygons = shapely.get_parts(shapely.from_wkb(Shapes.wkb(LandmaskProvider.Gshhg)))
    bounds = shapely.bounds(polygons)
    lat, lon = (south + north) / 2, (west + east) / 2
    lines: list[Points] = []
    is_land = False
    for turn in (-360.0, 0.0, 360.0):
        near = (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
        near &= (bounds[:, 0] + turn <= east) & (bounds[:, 2] + turn >= west)
        for polygon in polygons[near]:
            ring = shapely.get_coordinates(polygon)
            if not shapely.is_ccw(shapely.get_exterior_ring(polygon)):
                ring = ring[::-1]
            lines += _within(ring, turn, (south, north, west, east))
        over = near & (bounds[:, 1] <= lat) & (bounds[:, 3] >= lat)
        is_land = is_land or bool(shapely.contains_xy(polygons[over], lon - turn, lat).any())
    return lines, is_land


def _within(ring: Points, turn: float, area: tuple[float, float, float, float]) -> list[Points]:
    """Take the parts of a closed ring (lon, lat) that touch an area; edges made by the map's own cut are none."""
    south, north, west, east = area
    a, b = ring[:-1], ring[1:]
    low, high = np.minimum(a, b), np.maximum(a, b)
    kept = (low[:, 1] <= north) & (high[:, 1] >= south) & (low[:, 0] + turn <= east) & (high[:, 0] + turn >= west)
    kept &= ~((np.abs(a[:, 0]) >= 180.0) & (np.abs(b[:, 0]) >= 180.0))
    kept &= ~((a[:, 1] <= -90.0) | (b[:, 1] <= -90.0))
    points = np.column_stack([ring[:, 1], ring[:, 0] + turn])
    if kept.all():
        return [points]
    # Begin where nothing is kept, so that no part goes on over the end of the ring.
    first = int(np.flatnonzero(~kept)[0]) + 1
    order = np.arange(first, first + len(kept)) % len(kept)
    kept, points = kept[order], points[np.append(order, order[0])]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]]).astype(np.int8)))
    return [points[begin : end + 1] for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def main(arguments: list[str]) -> None:
    """Write the cut to a file: bounds and path as arguments."""
    lines, is_land = cut_world(*(float(text) for text in arguments[:4]))
    lengths = np.array([len(line) for line in lines], np.int64)
    with Path(arguments[4]).open("wb") as file:
        np.savez_compressed(
            file,
            points=np.concatenate(lines) if lines else np.empty((0, 2)),
            start=np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
            is_land=np.array(is_land),
        )


if __name__ == "__main__":
    main(sys.argv[1:])
