"""What the exports of oil spills cannot work without; kept apart, so that asking for it loads no library of maps."""

from __future__ import annotations

from collections.abc import Mapping

Needs = Mapping[str, tuple[str, ...]]

_GRID = ("south_lat", "west_lon", "lat_step", "lon_step", "rows", "cols")
_CELLS = ("time_utc", "row", "col")
FIELDS = ("surface_kg_m2", "dispersed_kg_m2", "beached_kg")

MAPS: Needs = {
    "grid": _GRID,
    "concentration": (*_CELLS, *FIELDS),
    "mass_balance": ("time_utc", "hours", "spilled_t", "closure_error"),
}
NETCDF: Needs = {**MAPS, "trajectories": ("element", "time_utc", "lat", "lon", "depth_m", "status")}
OUTLINES: Needs = {"slicks": ("slick_id", "role", "observed_utc", "area_km2", "geometry")}
ANIMATION: Needs = {**MAPS, "slicks": ("role", "geometry")}
"""Of a forecast, with the outlines it starts from."""
