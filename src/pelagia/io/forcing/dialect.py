"""The one form of forcing used inside: a uniform grid of latitude and longitude, in SI units, without gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["currents", "wind", "waves"]
Single = NDArray[np.float32]
Double = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Where and when forcing is needed.

    Parameters
    ----------
    south_lat, north_lat
        Degrees, -90 to 90.
    west_lon, east_lon
        Degrees; west -180 to 180, east larger than west and above 180 where the window crosses the 180° meridian.
    start_s, end_s
        Unix time, s.
    """

    south_lat: float
    north_lat: float
    west_lon: float
    east_lon: float
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GriddedForcing:
    """One kind of forcing, over a window.

    Parameters
    ----------
    kind
        ``currents``, ``wind`` (10 m above the sea) or ``waves`` (Stokes drift at the surface).
    time_s
        (T,) float64, Unix time, increasing, s; the time a field is valid for (the middle of a mean). A single time
        stands for a field that does not change.
    depth_m
        (D,) float64, increasing, 0 at the surface; (1,) where the field has no depth.
    south_lat, west_lon
        Latitude and longitude of point (0, 0), °; longitudes go on beyond 180 as those of the window do.
    lat_step, lon_step
        Distance of points, °, both positive.
    east_m_s, north_m_s
        (T, D, H, W) float32 towards east and north, m/s, no NaN: gaps over land hold values of the sea nearby.
    is_sea
        (H, W) bool: where the file itself had a value at the surface.
    temperature_c
        (T, H, W) float32 of the sea at the surface, °C; ``None`` where the file has none.
    files
        Where it came from.
    notes
        What was done to it, in words: units changed, grid resampled, gaps filled.
    """

    kind: Kind
    time_s: Double
    depth_m: Double
    south_lat: float
    west_lon: float
    lat_step: float
    lon_step: float
    east_m_s: Single
    north_m_s: Single
    is_sea: NDArray[np.bool_]
    temperature_c: Single | None = None
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def north_lat(self) -> float:
        """Latitude of the last row, °."""
        return self.south_lat + self.lat_step * float(self.east_m_s.shape[2] - 1)

    @property
    def east_lon(self) -> float:
        """Longitude of the last column, °."""
        return self.west_lon + self.lon_step * float(self.east_m_s.shape[3] - 1)
