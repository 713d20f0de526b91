"""The one form of the depth of the sea."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Bathymetry:
    """Depth of the sea on a uniform grid.

    Parameters
    ----------
    south_lat, west_lon, lat_step, lon_step
        Point (0, 0) and distances, °, both steps positive.
    depth_m
        (H, W) float32, positive down; 0 or less over land.
    """

    south_lat: float
    west_lon: float
    lat_step: float
    lon_step: float
    depth_m: NDArray[np.float32]
