"""Measure the simulation of spilled oil: element-steps per processor second, ten days of 100,000 elements, linearity.

All processes act: currents of 1/24° at four depths and wind of 1/4°, hourly, Runge-Kutta of fourth order, Stokes drift
of the wind, diffusion, spreading, evaporation, emulsion, dispersion, vertical mixing, stranding on the shore of the
Earth's map at full resolution; the masses are added up in every step. Compiling is left out of speeds (a first step
does it); the ten days are measured in a process of their own, from its start to its end.

`python -m benchmarks.oilspill_kernel 20000 2` is a short one: 20,000 elements, two days.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.ecosystem_footage import last_line
from benchmarks.measure import record, timed

from pelagia.io.forcing.dialect import GriddedForcing, Kind
from pelagia.io.shoreline.dialect import Bounds
from pelagia.ocean.balance import FATES, balance
from pelagia.ocean.coast.world import world_shoreline
from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.setting import Physics, Source, SpillSetup
from pelagia.ocean.simulation import advance, begin

ELEMENTS, DAYS = 100_000, 10.0
STEP_S, DAY_S = 900.0, 86400.0
LAT, LON, HALF_DEG = 36.9, 3.1, 2.0
ALLOWED = {"element-steps per CPU-second": 1.7e6, "seconds": 60.0, "peak_mb": 1500.0}
MODULE = "benchmarks.oilspill_kernel"

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


def main(elements: int = ELEMENTS, days: float = DAYS) -> None:
    """Measure and record."""
    with tempfile.TemporaryDirectory(prefix="pelagia-bench-") as name:
        place = Path(name)
        whole = spill(elements, days, place)
        without = spill(elements, days, place, is_weathering=False)
        speeds = {
            "all processes": speed(whole, 96),
            "without weathering": speed(without, 96),
            "all processes, Euler": speed(spill(elements, days, place, scheme="euler"), 96),
        }
        sizes = [elements // 4, elements, 4 * elements]
        linear = {f"{size} elements": speed(spill(size, days, place), 48) for size in sizes}
        run = timed([sys.executable, "-m", MODULE, "--run", str(elements), str(days), str(place)], place / "home")
        told = last_line(run.output)
    long = {"seconds": round(run.seconds, 1), "CPU seconds": round(run.cpu_seconds, 1), "peak_mb": round(run.peak_mb)}
    record(
        "oilspill_kernel",
        {
            "elements": elements,
            "days": days,
            "element-steps per CPU-second": speeds,
            "element-steps per CPU-second by size": linear,
            "the whole simulation": long | told,
            "fast enough": speeds["all processes"] >= ALLOWED["element-steps per CPU-second"],
            "short enough": run.seconds <= ALLOWED["seconds"],
            "small enough": run.peak_mb <= ALLOWED["peak_mb"],
        },
    )


def spill(elements: int, days: float, place: Path, *, is_weathering: bool = True, scheme: str = "") -> SpillSetup:
    """Return a spill from a ship off a coast: oil that flows for six hours, and drifts ashore in part."""
    acts = dict.fromkeys(("evaporation", "emulsification", "dispersion", "spreading"), is_weathering)
    source = Source(
        lat=LAT, lon=LON, mass_kg=1e6, start_s=0.0, duration_s=DAY_S / 4, elements=elements, oil=OIL, spread_m=500.0
    )
    bounds = Bounds(LAT - HALF_DEG, LAT + HALF_DEG, LON - HALF_DEG, LON + HALF_DEG)
    return SpillSetup(
        sources=(source,),
        start_s=0.0,
        end_s=days * DAY_S,
        physics=Physics(step_s=STEP_S, stokes="wind", scheme="euler" if scheme == "euler" else "runge-kutta-4", **acts),
        currents=currents(days),
        wind=wind(days),
        shoreline=world_shoreline(bounds, folder=place),
    )


def currents(days: float) -> GriddedForcing:
    """Return eddies that drift, and slow with depth, as a model of 1/24° tells them each hour."""
    depths = np.array([0.0, 10.0, 30.0, 120.0])
    time_s, lat, lon = _axes(days, 1 / 24)
    hour, z, y, x = np.meshgrid(time_s / 3600.0, depths, 9.0 * lat, 7.0 * lon, indexing="ij", sparse=True)
    slow = np.exp(-z / 40.0)
    east = 0.25 * slow * (np.sin(y + 0.01 * hour) * np.cos(x) + 0.4 * np.sin(hour / 3.0))
    north = 0.25 * slow * (np.cos(x - 0.01 * hour) * np.sin(y) + 0.4 * np.cos(hour / 3.0) - 0.3)
    warm = np.full((len(time_s), len(lat), len(lon)), 21.0, np.float32)
    return _forcing("currents", time_s, depths, lat, lon, east, north, warm)


def wind(days: float) -> GriddedForcing:
    """Return a wind that turns in three days, as an analysis of 1/4° tells it each hour."""
    time_s, lat, lon = _axes(days, 0.25)
    hour, _, y, x = np.meshgrid(time_s / 3600.0, [0.0], lat, lon, indexing="ij", sparse=True)
    east = 6.0 * np.cos(hour / 12.0 + 0.2 * y) + 0.0 * x
    north = 6.0 * np.sin(hour / 12.0 + 0.2 * x) + 0.0 * y
    return _forcing("wind", time_s, np.zeros(1), lat, lon, east, north, None)


def _axes(days: float, step_deg: float) -> tuple[Any, Any, Any]:
    side = np.arange(-HALF_DEG, HALF_DEG + step_deg / 2, step_deg)
    return np.arange(0.0, days * DAY_S + 3600.0, 3600.0), LAT + side, LON + side


def _forcing(
    kind: Kind, time_s: Any, depth_m: Any, lat: Any, lon: Any, east: Any, north: Any, warm: Any
) -> GriddedForcing:
    return GriddedForcing(
        kind=kind,
        time_s=time_s,
        depth_m=depth_m,
        south_lat=lat[0],
        west_lon=lon[0],
        lat_step=lat[1] - lat[0],
        lon_step=lon[1] - lon[0],
        east_m_s=east.astype(np.float32),
        north_m_s=north.astype(np.float32),
        is_sea=np.ones((len(lat), len(lon)), dtype=bool),
        temperature_c=warm,
    )


def speed(setup: SpillSetup, steps: int) -> float:
    """Return element-steps per second of processors, once compiled and once all oil is in the sea."""
    state = advance(begin(setup), setup, DAY_S / 4 + STEP_S)
    start, before = time.process_time(), state.step
    state = advance(state, setup, state.time_s + steps * STEP_S)
    taken = time.process_time() - start
    return round(len(state.lat_deg) * (state.step - before) / taken, -3)


def run_whole(elements: int, days: float, place: Path) -> dict[str, Any]:
    """Simulate to the end, day by day, and say where the oil is."""
    setup = spill(elements, days, place)
    start = time.perf_counter()
    state = begin(setup)
    for day in range(1, int(np.ceil(days)) + 1):
        state = advance(state, setup, day * DAY_S)
    told = balance(state, setup)
    return {
        "seconds without the start of Python and the forcing": round(time.perf_counter() - start, 1),
        "closure error": told.closure_error,
        **{f"{fate} at the end": round(share, 4) for fate, share in zip(FATES, told.fractions, strict=True)},
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        print(json.dumps(run_whole(int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))))
    else:
        main(*(kind(word) for kind, word in zip((int, float), sys.argv[1:], strict=False)))
