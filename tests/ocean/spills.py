"""Small simulations that the tests of the ocean share: fields of formulas, one oil, one source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pelagia.io.forcing.dialect import GriddedForcing, Kind
from pelagia.io.shoreline.dialect import Bounds, Coastlines
from pelagia.ocean.coast.making import make_shoreline
from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.setting import Physics, Source, SpillSetup

HOUR = 3600.0
DAY = 24 * HOUR
LAT, LON = 36.0, 14.0

OIL = Oil(
    name="middle",
    api=28.0,
    density_kg_m3=885.0,
    viscosity_mm2_s=30.0,
    viscosity_temperature_c=15.0,
    residual_fraction=0.6,
    residual_density_kg_m3=950.0,
    vapour_pressure_bar=0.1,
)

CALM: dict[str, Any] = {
    "wind_drift_factor": 0.0,
    "diffusivity_m2_s": 0.0,
    "evaporation": False,
    "emulsification": False,
    "dispersion": False,
    "spreading": False,
}
"""Nothing but the currents."""


def source(**told: Any) -> Source:
    """Return a source of 100 t from a point, but for what is told."""
    return Source(**{"lat": LAT, "lon": LON, "mass_kg": 1e5, "start_s": 0.0, "elements": 500, "oil": OIL} | told)


def setup(*sources: Source, physics: dict[str, Any] | None = None, **told: Any) -> SpillSetup:
    """Return a simulation of a day with nothing but currents, but for what is told."""
    return SpillSetup(
        **{
            "sources": sources or (source(),),
            "start_s": 0.0,
            "end_s": DAY,
            "physics": Physics(**CALM | (physics or {})),
        }
        | told
    )


def grid(
    kind: Kind,
    velocity: Callable[..., tuple[Any, Any]],
    *,
    half_deg: float = 2.0,
    points: int = 81,
    times_s: tuple[float, ...] = (0.0,),
    depths_m: tuple[float, ...] = (0.0,),
    lat: float = LAT,
    lon: float = LON,
    **told: Any,
) -> GriddedForcing:
    """Sample a velocity, a function of time, depth, lat, lon, around a place."""
    side = np.linspace(-half_deg, half_deg, points)
    mesh = np.meshgrid(times_s, depths_m, lat + side, lon + side, indexing="ij")
    east, north = velocity(*mesh)
    shape = mesh[0].shape
    return GriddedForcing(
        kind=kind,
        time_s=np.array(times_s, dtype=np.float64),
        depth_m=np.array(depths_m, dtype=np.float64),
        south_lat=lat - half_deg,
        west_lon=lon - half_deg,
        lat_step=side[1] - side[0],
        lon_step=side[1] - side[0],
        east_m_s=np.ascontiguousarray(np.broadcast_to(east, shape), dtype=np.float32),
        north_m_s=np.ascontiguousarray(np.broadcast_to(north, shape), dtype=np.float32),
        is_sea=np.ones(shape[2:], dtype=bool),
        **told,
    )


def steady(kind: Kind, east_m_s: float, north_m_s: float, **told: Any) -> GriddedForcing:
    """Return the same velocity everywhere and always."""
    return grid(kind, lambda *_: (east_m_s, north_m_s), points=5, **told)


def coast_east_of(lon: float, *, coast_type: int = 1, stretch_km: float = 50.0) -> Shoreline:
    """Return a straight coast along a meridian, land to the east of it, around the usual place."""
    points = np.linspace(LAT + 1.5, LAT - 1.5, 31)
    lat = np.concatenate([points, [LAT - 1.5, LAT + 1.5, LAT + 1.5]])
    lons = np.concatenate([np.full(31, lon), [lon + 0.8, lon + 0.8, lon]])
    lines = Coastlines(
        lat=lat,
        lon=lons,
        start=np.array([0, len(lat)]),
        kind=np.zeros(len(lat), dtype=np.uint8),
        has_sides=True,
        source="drawn",
    )
    return make_shoreline(
        lines, Bounds(LAT - 2.0, LAT + 2.0, LON - 2.0, LON + 2.0), coast_type=coast_type, stretch_km=stretch_km
    )
