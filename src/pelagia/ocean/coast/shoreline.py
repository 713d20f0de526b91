"""The shoreline of an area, as segments that oil may strand on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Shoreline:
    """The shoreline of an area: straight segments, each of a kind of coast and of a stretch.

    Parameters
    ----------
    lat_a, lon_a, lat_b, lon_b
        (M,) float64, ends of the segments, °; land lies to the left of the way from a to b. Longitudes go on beyond
        180 as those of the forcing do.
    length_m
        (M,) float64.
    coast_type
        (M,) uint8, 1 to 9 (see :mod:`pelagia.io.shoreline.kinds`).
    stretch
        (M,) int32, the stretch of the coast table a segment belongs to, 0 to ``stretches - 1``.
    stretches
        How many there are.
    south_lat, west_lon, bin_deg, bin_rows, bin_cols
        The grid of square bins that finds segments near a path: bin (r, c) begins at south_lat + r · bin_deg.
    bin_start
        (bin_rows · bin_cols + 1,) int64: the segments of bin i are ``bin_segments[bin_start[i]:bin_start[i + 1]]``.
    bin_segments
        int32, numbers of segments; one is listed in every bin it touches.
    bin_land
        (bin_rows · bin_cols,) int8: 1 the bin lies on land, 0 in the sea; below 0 segments cross it, and its
        south-western corner lies in the sea (-1) or on land (-2).
    source
        Where it came from, in words.
    """

    lat_a: NDArray[np.float64]
    lon_a: NDArray[np.float64]
    lat_b: NDArray[np.float64]
    lon_b: NDArray[np.float64]
    length_m: NDArray[np.float64]
    coast_type: NDArray[np.uint8]
    stretch: NDArray[np.int32]
    stretches: int
    south_lat: float
    west_lon: float
    bin_deg: float
    bin_rows: int
    bin_cols: int
    bin_start: NDArray[np.int64]
    bin_segments: NDArray[np.int32]
    bin_land: NDArray[np.int8]
    source: str
