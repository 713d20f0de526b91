"""Spills that Pelagia and OpenDrift's OpenOil both simulate: same start, forcing, oil, drift and diffusion."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.oilspill_fit import CASE, SEEN_FIRST, SEEN_LATER, seen
from numpy.typing import NDArray

from pelagia.io.forcing.constant import constant_forcing
from pelagia.io.forcing.dialect import GriddedForcing, Kind, Window
from pelagia.io.forcing.reading import read_forcing
from pelagia.io.forcing.writing import write_forcing
from pelagia.io.shoreline.dialect import Bounds
from pelagia.ocean.balance import FATES, balance
from pelagia.ocean.coast.world import world_shoreline
from pelagia.ocean.geodesy import METRES_PER_DEGREE
from pelagia.ocean.oils.choosing import find_oil
from pelagia.ocean.setting import Physics, Source, SpillSetup
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import BEACHED, SpillState

Velocity = tuple[float, float]
Hourly = dict[str, NDArray[Any]]

HOUR_S, TON_KG = 3600.0, 1000.0
MASS_KG = 100 * TON_KG
OPEN_SEA, OFF_A_COAST = (38.0, 5.0), (36.93, 3.15)
OILS = {"EC00523": "Arabian Light", "EC00507": "Alaska North Slope", "NO00007": "Balder"}
"""Records of NOAA's collection that both models have: light, middle and heavy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A spill for two models.

    Parameters
    ----------
    name
        What it is called in the results.
    currents, wind
        East and north, m/s, or gridded.
    places
        Slicks at the start: each a circle of ``spread_m`` (standard deviation) around (lat, lon).
    weathers, strands
        Whether oil weathers, and whether the coasts of the Earth's map hold it.
    """

    name: str
    elements: int
    currents: Velocity | GriddedForcing = (0.0, 0.0)
    wind: Velocity | GriddedForcing = (0.0, 0.0)
    places: tuple[tuple[float, float], ...] = (OPEN_SEA,)
    hours: float = 24.0
    step_s: float = 900.0
    start_s: float = SEEN_FIRST
    spread_m: float = 0.0
    diffusivity_m2_s: float = 0.0
    temperature_c: float = 15.0
    oil_id: str = "EC00507"
    weathers: bool = False
    strands: bool = False
    scheme: str = "euler"
    physics: dict[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """How many there are."""
        return round(self.hours * HOUR_S / self.step_s)


def setup_of(case: Case, folder: Path) -> SpillSetup:
    """Return what Pelagia simulates."""
    sources = [
        Source(
            lat=lat,
            lon=lon,
            mass_kg=MASS_KG / len(case.places),
            start_s=case.start_s,
            elements=case.elements // len(case.places),
            oil=find_oil(case.oil_id),
            spread_m=case.spread_m,
        )
        for lat, lon in case.places
    ]
    acts = dict.fromkeys(("evaporation", "emulsification", "dispersion"), case.weathers)
    lat, lon = case.places[0]
    shore = world_shoreline(Bounds(lat - 0.5, lat + 0.5, lon - 0.7, lon + 0.7), folder=folder) if case.strands else None
    return SpillSetup(
        sources=tuple(sources),
        start_s=case.start_s,
        end_s=case.start_s + case.hours * HOUR_S,
        currents=_gridded("currents", case.currents, case.temperature_c),
        wind=_gridded("wind", case.wind, None),
        shoreline=shore,
        temperature_c=case.temperature_c,
        physics=Physics(
            **{"scheme": case.scheme, "step_s": case.step_s, "diffusivity_m2_s": case.diffusivity_m2_s}
            | {"spreading": case.weathers, "beaching": case.strands}
            | acts
            | case.physics
        ),
    )


def write_case(case: Case, setup: SpillSetup, folder: Path) -> None:
    """Write for the other model what this one simulates, where each element starts included."""
    state = begin(setup)
    np.savez(folder / "start.npz", lat=state.lat_deg, lon=state.lon_deg)
    told: dict[str, Any] = {
        "hours": case.hours,
        "step_s": case.step_s,
        "start_s": case.start_s,
        "temperature_c": case.temperature_c,
        "diffusivity_m2_s": case.diffusivity_m2_s,
        "weathers": case.weathers,
        "strands": case.strands,
        "scheme": case.scheme,
        "oil_id": case.oil_id,
        "volume_m3": MASS_KG / setup.sources[0].oil.density_kg_m3,
        "wind_drift_factor": setup.physics.wind_drift_factor,
    }
    for kind, forcing in (("currents", case.currents), ("wind", case.wind)):
        is_gridded = isinstance(forcing, GriddedForcing)
        told[kind] = str(write_forcing(folder / f"{kind}.nc", forcing)) if is_gridded else forcing
    (folder / "case.json").write_text(json.dumps(told))


def simulate(setup: SpillSetup) -> tuple[Hourly, float]:
    """Return where Pelagia has the oil at each hour, and the processor seconds of the simulation alone."""
    hours = np.arange(0, int((setup.end_s - setup.start_s) / HOUR_S) + 1)
    state = begin(setup)
    states, seconds = [state], 0.0
    for hour in hours[1:]:
        start = time.process_time()
        state = advance(state, setup, setup.start_s + hour * HOUR_S)
        seconds += time.process_time() - start
        states.append(state)
    return _hourly(states, setup, hours), seconds


def _hourly(states: list[SpillState], setup: SpillSetup, hours: NDArray[Any]) -> Hourly:
    balances = [balance(state, setup) for state in states]
    fates = np.array([one.fractions for one in balances])
    return {
        "hours": hours,
        "lat": np.array([state.lat_deg for state in states]),
        "lon": np.array([state.lon_deg for state in states]),
        "stranded": np.array([(state.status == BEACHED).mean() for state in states]),
        "water_fraction": np.array([one.water_fraction for one in balances]),
        "viscosity_mm2_s": np.array([one.viscosity_mm2_s for one in balances]),
        **{fate: fates[:, number] for number, fate in enumerate(FATES)},
    }


def centre_and_spread(told: Hourly, row: int = -1) -> tuple[float, float, float]:
    """Return lat, lon of the middle of all elements at an hour, and the root of their variance about it, km."""
    lat, lon = told["lat"][row].astype(np.float64), told["lon"][row].astype(np.float64)
    north, east = km_from(lat, lon, lat.mean(), lon.mean())
    return float(lat.mean()), float(lon.mean()), float(np.sqrt((north**2 + east**2).mean()))


def km_from(lat: Any, lon: Any, lat0: float, lon0: float) -> tuple[Any, Any]:
    """Return how far north and east of a place others lie, km."""
    km = METRES_PER_DEGREE / 1000.0
    return (lat - lat0) * km, (lon - lon0) * km * np.cos(np.radians(lat0))


def algeria_forcing() -> tuple[GriddedForcing, GriddedForcing]:
    """Return currents and wind off Algeria in August 2008; at the surface alone, as both models take them."""
    window = Window(
        south_lat=37.1, north_lat=38.95, west_lon=4.05, east_lon=7.95, start_s=SEEN_FIRST, end_s=SEEN_LATER + HOUR_S
    )
    currents = read_forcing([str(CASE / "currents_MFS_hourly.nc")], "currents", window)
    surface = replace(
        currents,
        depth_m=currents.depth_m[:1],
        east_m_s=currents.east_m_s[:, :1],
        north_m_s=currents.north_m_s[:, :1],
        temperature_c=None,
    )
    return surface, read_forcing([str(CASE / "wind_ECMWF_6h.nc")], "wind", window)


def algeria_places() -> tuple[tuple[float, float], ...]:
    """Return the middles of the first two slicks seen there."""
    slicks = seen(CASE / "initial_slicks_20080806T0951.geojson", SEEN_FIRST)[:2]
    return tuple((slick["lat"], slick["lon"]) for slick in slicks)


def _gridded(kind: Kind, forcing: Velocity | GriddedForcing, temperature_c: float | None) -> GriddedForcing:
    if isinstance(forcing, GriddedForcing):
        return forcing
    return constant_forcing(kind, *forcing, temperature_c=temperature_c)
