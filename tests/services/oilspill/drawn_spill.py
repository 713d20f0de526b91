"""A spill in a drawn sea, forecasts of which are quick, and slicks seen later that a known forecast leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pelagia.core.service import Request
from pelagia.io.forcing.dialect import GriddedForcing
from pelagia.ocean.geodesy import METRES_PER_DEGREE
from pelagia.ocean.gridding import lattice_for
from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.setting import Physics, Source, SpillSetup
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import SURFACE
from pelagia.services.oilspill.choices import with_choice, with_elements
from pelagia.services.oilspill.forecasting import save_lattice
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.setups import save_setup

LAT, LON, START_S = 38.0, 5.0, 1.2e9
OIL = Oil(
    name="drawn",
    api=30.0,
    density_kg_m3=876.0,
    viscosity_mm2_s=20.0,
    viscosity_temperature_c=15.0,
    residual_fraction=0.6,
    residual_density_kg_m3=930.0,
    vapour_pressure_bar=0.4,
)
CALM = Physics(evaporation=False, emulsification=False, dispersion=False, spreading=False, beaching=False)


def forcing(kind: str, east_m_s: float, north_m_s: float, turning_h: float = 0.0) -> GriddedForcing:
    """Return a field that is the same everywhere, and turns once in so many hours."""
    times = START_S + 3600.0 * np.arange(-2.0, 50.0)
    phase = 2 * np.pi * (times - START_S) / 3600.0 / turning_h if turning_h else np.zeros(len(times))
    field = np.ones((len(times), 1, 2, 2), dtype=np.float32)
    east = east_m_s * np.cos(phase) - north_m_s * np.sin(phase)
    north = east_m_s * np.sin(phase) + north_m_s * np.cos(phase)
    return GriddedForcing(
        kind=kind,  # type: ignore[arg-type]
        time_s=times,
        depth_m=np.zeros(1),
        south_lat=LAT - 2.0,
        west_lon=LON - 3.0,
        lat_step=4.0,
        lon_step=6.0,
        east_m_s=field * east[:, None, None, None].astype(np.float32),
        north_m_s=field * north[:, None, None, None].astype(np.float32),
        is_sea=np.ones((2, 2), bool),
    )


def square(side_km: float, north_km: float = 0.0, east_km: float = 0.0) -> np.ndarray:
    """Return an outline (lat, lon)."""
    half = side_km / 2
    north = (north_km + np.array([-half, -half, half, half])) * 1000 / METRES_PER_DEGREE
    east = (east_km + np.array([-half, half, half, -half])) * 1000 / METRES_PER_DEGREE / np.cos(np.radians(LAT))
    return np.column_stack([LAT + north, LON + east])


SLICK = np.array([[LAT, LON]]) + (square(9.0) - [[LAT, LON]]) * [[0.45, 1.0]]
"""9 km from west to east, 4 from south to north."""


def drawn_setup(*, hours: float = 12.0, elements: int = 2500, **changes: Any) -> SpillSetup:
    """Return a slick of 9 by 4 km in a weak current and a wind that turns."""
    source = Source(
        lat=LAT, lon=LON, rings=(SLICK,), mass_kg=1e5, start_s=START_S, elements=elements, oil=OIL
    )  # fmt: skip
    setup = SpillSetup(
        sources=(source,),
        start_s=START_S,
        end_s=START_S + hours * 3600.0,
        physics=CALM,
        currents=forcing("currents", 0.1, 0.0),
        wind=forcing("wind", 10.0, 0.0, turning_h=48.0),
        seed=3,
    )
    return replace(setup, **changes)


def saved(setup: SpillSetup, folder: Path) -> str:
    """Write a setup as a run does; return its folder."""
    save_setup(setup, folder)
    save_lattice(lattice_for(setup), folder)
    return str(folder)


def seen_later(setup: SpillSetup, truth: dict[str, float], hours: list[float]) -> list[dict[str, Any]]:
    """Return what a satellite would see if a choice were true: the hull of most elements at each time."""
    true = replace(with_elements(with_choice(setup, truth), 6000), seed=99)
    state = begin(true)
    seen = []
    for number, hour in enumerate(hours):
        time_s = START_S + hour * 3600.0
        state = advance(state, true, time_s)
        afloat = state.status == SURFACE
        seen.append(record(number, time_s, _hull(state.lat_deg[afloat], state.lon_deg[afloat])))
    return seen


def record(number: int, time_s: float, ring: np.ndarray) -> dict[str, Any]:
    """Return a slick seen later as a run knows it."""
    return {
        "slick_id": f"observed-{number}",
        "file": "drawn.geojson",
        "time_s": time_s,
        "rings": [ring.tolist()],
        "lat": float(ring[:, 0].mean()),
        "lon": float(ring[:, 1].mean()),
    }


def request_of(seed: int = 1, **params: Any) -> Request[OilspillParams]:
    """Return a request with some parameters."""
    told = OilspillParams(**({"step_min": 30.0, "hours": 12.0, "fit_elements": 2500} | params))
    return Request(service="oilspill", service_version="1", inputs={}, params=told, seed=seed)


def _hull(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    far = np.hypot(lat - np.median(lat), lon - np.median(lon))
    near = far <= np.quantile(far, 0.97)
    hull = shapely.MultiPoint(np.column_stack([lat[near], lon[near]])).convex_hull
    return np.array(hull.exterior.coords)[:-1]
