"""The Syria case of August 2021: Pelagia with the settings of the original model, beside the tables of its runs.

What the original did is known from its tables of fates and from the places of its 20,000 elements at four hours. The
original itself is not part of Pelagia (its licence is the GPL): PELAGIA_MEDSLIK may name a command that runs this case
with 20,000 elements and 192 steps; then its processor time is measured too. Otherwise the speed known is that of an
earlier measurement, compiled by gfortran with -O2, on a machine of the same kind.
"""

from __future__ import annotations

import datetime as dt
import os
import shlex
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from benchmarks.measure import timed
from benchmarks.oilspill_fit import SHARED
from benchmarks.oilspill_peer_cases import HOUR_S, centre_and_spread, km_from
from numpy.typing import NDArray

from pelagia.io.forcing.dialect import Window
from pelagia.io.forcing.reading import read_forcing
from pelagia.io.shoreline.dialect import Bounds
from pelagia.io.shoreline.reading import read_shoreline
from pelagia.ocean.balance import balance
from pelagia.ocean.coast.making import make_shoreline
from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.setting import Physics, Source, SpillSetup
from pelagia.ocean.simulation import advance, begin
from pelagia.services.oilspill.choices import with_elements

SYRIA = SHARED / "oilspill" / "cases" / "syria_2021"
START_S = dt.datetime(2021, 8, 22, 3, 43, tzinfo=dt.UTC).timestamp()
HOURS, ELEMENTS, STEP_S = 24, 20_000, 450.0
LAT, LON = 35.25, 35.9
KNOWN_SPEED = {"20,000 elements": 8.1e5, "100,000 elements": 8.5e5}
FATES = {"Pelagia": "", "original": "medslik_rerun_gfortranO2_stokes0_wind0.03", "as shipped": "medslik_shipped"}
EVAPORATED, DISPERSED, SEEPED, ASHORE = 2, 5, 6, 7
EMULSION, WATER = 8, 14
SAFANIYA = Oil(
    name="Arabian heavy (Safaniya)",
    api=27.9,
    density_kg_m3=888.0,
    viscosity_mm2_s=19.0,
    viscosity_temperature_c=38.0,
    residual_fraction=0.696,
    residual_density_kg_m3=924.0,
    vapour_pressure_bar=0.516,
)


def compare() -> dict[str, Any]:
    """Return figures of agreement and of speed."""
    setup = syria()
    few = with_elements(setup, 200)
    advance(begin(few), few, few.end_s)
    start = time.process_time()
    state = advance(begin(setup), setup, setup.end_s)
    seconds = time.process_time() - start
    return {
        "element-steps per CPU-second": round(ELEMENTS * state.step / seconds, -3),
        "the original, known": KNOWN_SPEED,
        "the original, measured here": run_original(),
        "places": places(),
        "fates, % (Pelagia, original, as shipped)": fates(),
    }


def syria(*, spreads: bool = True) -> SpillSetup:
    """Return the case as the original has it.

    Its currents are means of an hour, taken for those of half an hour earlier than the file says; its sea has 0 °C.
    """
    window = Window(
        south_lat=34.7,
        north_lat=35.8,
        west_lon=35.3,
        east_lon=36.2,
        start_s=START_S,
        end_s=START_S + HOURS * HOUR_S,
    )
    currents = read_forcing([str(SYRIA / "Copernicusreanalysis_20210822_syria_new_mdk.nc")], "currents", window)
    shore = read_shoreline(str(SYRIA / "dtm.map")).land
    source = Source(lat=LAT, lon=LON, mass_kg=27_780.0, start_s=START_S, elements=ELEMENTS, oil=SAFANIYA)
    return SpillSetup(
        sources=(source,),
        start_s=START_S,
        end_s=START_S + HOURS * HOUR_S,
        currents=replace(currents, temperature_c=None, time_s=currents.time_s - HOUR_S / 2),
        wind=read_forcing([str(SYRIA / "era5_winds10_20210822_syria_new_mdk.nc")], "wind", window),
        shoreline=make_shoreline(shore, Bounds(34.6, 35.9, 35.2, 36.3)),
        temperature_c=0.0,
        physics=Physics(
            step_s=STEP_S,
            scheme="euler",
            vertical_diffusivity_m2_s=1e-5,
            deep_diffusivity_m2_s=1e-5,
            spreading=spreads,
        ),
    )


def places() -> dict[str, dict[str, Any]]:
    """Return, by hour, how far the two models have the middle of all oil apart, and how wide each has it.

    In the original the spreading of a slick moves no oil (its displacement is divided by the metres of a grid cell
    twice): so both are told, as Pelagia does, and with a slick that does not spread.
    """
    theirs = original_places()
    found: dict[str, dict[str, Any]] = {}
    for name, spreads in (("as ever", True), ("slick does not spread", False)):
        setup = syria(spreads=spreads)
        state = begin(setup)
        for row, hour in enumerate(theirs["hours"]):
            state = advance(state, setup, START_S + hour * HOUR_S)
            ours = centre_and_spread({"lat": state.lat_deg[None], "lon": state.lon_deg[None]})
            there = centre_and_spread(theirs, row)
            apart, gone = (np.hypot(*km_from(*one[:2], *there[:2])) for one in (ours, (LAT, LON)))
            found[f"{name}, {hour:.0f} h"] = {
                "km apart": round(float(apart), 3),
                "km gone": round(float(gone), 2),
                "spread km": round(ours[2], 3),
                "spread of the original km": round(there[2], 3),
            }
    return found


def original_places() -> dict[str, NDArray[Any]]:
    """Return where the original had its elements."""
    with netCDF4.Dataset(SYRIA / "medslik_reference" / "spill_properties_h1_6_12_24.nc") as told:
        names = {"hours": "time", "lat": "latitude", "lon": "longitude"}
        return {name: np.asarray(told[variable][:], dtype=np.float64) for name, variable in names.items()}


def fates() -> dict[str, list[float]]:
    """Return, at some hours, what each run tells, the original's columns in percent and its own units."""
    tables = {name: curves(name) for name in FATES}
    at = {hour: int(np.argmin(np.abs(tables["Pelagia"]["hours"] - hour))) for hour in (1, 6, 9, 10, 11, 12, 18, 24)}
    return {
        f"{what}, {hour} h": [round(float(tables[name][what][row]), 3) for name in FATES]
        for what in ("evaporated", "ashore", "seeped", "dispersed", "water_fraction", "viscosity_mm2_s")
        for hour, row in at.items()
    }


def curves(name: str) -> dict[str, NDArray[Any]]:
    """Return the fates of a run over time: percent, water as a share."""
    if not FATES[name]:
        return _own_curves()
    table = np.loadtxt(SYRIA / "medslik_reference" / f"{FATES[name]}.fte", skiprows=7)[8::8]
    columns = {
        "hours": 0,
        "evaporated": EVAPORATED,
        "ashore": ASHORE,
        "seeped": SEEPED,
        "dispersed": DISPERSED,
        "water_fraction": WATER,
        "viscosity_mm2_s": EMULSION,
    }
    return {what: table[:, column] for what, column in columns.items()}


def _own_curves() -> dict[str, NDArray[Any]]:
    setup = syria()
    state = begin(setup)
    rows = []
    for hour in range(1, HOURS + 1):
        state = advance(state, setup, START_S + hour * HOUR_S)
        here = balance(state, setup)
        shares = [here.fraction(fate) for fate in ("evaporated", "beached", "seeped", "dispersed")]
        slick = state.slicks[0]
        rows.append(
            [hour, *(100.0 * np.array(shares)), float(slick["water_fraction"]), float(slick["viscosity_mm2_s"])]
        )
    hours, evaporated, beached, seeped, dispersed, water, viscosity = np.array(rows).T
    return {
        "hours": hours,
        "evaporated": evaporated,
        "ashore": beached + seeped,
        "seeped": seeped,
        "dispersed": dispersed,
        "water_fraction": water,
        "viscosity_mm2_s": viscosity,
    }


def run_original() -> str | dict[str, float]:
    """Return the speed of the original where it is at hand, or why it is not measured."""
    command = os.environ.get("PELAGIA_MEDSLIK")
    if not command:
        return "not at hand: PELAGIA_MEDSLIK names no command that runs it"
    ended = timed(shlex.split(command), Path.cwd())
    steps = ELEMENTS * HOURS * HOUR_S / STEP_S
    return {
        "CPU seconds": round(ended.cpu_seconds, 1),
        "element-steps per CPU-second": round(steps / ended.cpu_seconds, -3),
    }
