"""The slicks off Algeria of August 2008 a day later: Pelagia, the original model and persistence, by the same score."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from benchmarks.oilspill_fit import CASE, PUBLISHED_SCALES_KM, SEEN_LATER, algeria, seen

from pelagia.ocean.score.skill import published_target, score_forecast
from pelagia.ocean.setting import Physics, SpillSetup
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import SURFACE

ELEMENTS = 40_000
RUNS: dict[str, dict[str, Any]] = {
    "currents only": {"wind_drift_factor": 0.0},
    "with Stokes drift": {"wind_drift_factor": 0.0, "stokes": "wind"},
    "wind 1 %": {"wind_drift_factor": 0.01},
    "wind 3 %": {"wind_drift_factor": 0.03},
    "wind 3 %, K = 0.5": {"wind_drift_factor": 0.03, "diffusivity_m2_s": 0.5},
}
ORIGINAL = {
    "persistence": [0.0, 0.0, 0.0, 0.182, 18.4],
    "currents only": [0.000, 0.022, 0.082, 0.208, 14.5],
    "with Stokes drift": [0.0024, 0.029, 0.073, 0.196, 14.6],
    "wind 1 %": [0.0031, 0.029, 0.072, 0.197, 14.5],
    "wind 3 %": [0.0035, 0.008, 0.019, 0.186, 17.7],
    "wind 3 %, K = 0.5": [0.0059, 0.014, 0.032, 0.285, 17.6],
}
"""Single runs of MEDSLIK-II with 20,000 elements a slick, their random numbers taken from the clock."""


def table() -> dict[str, Any]:
    """Return, by run, fraction skill scores of 150 m, 5, 10 and 22 km, and the centres' distance, km; ours, theirs."""
    observed = seen(CASE / "observed_slicks_20080807T1050.geojson", SEEN_LATER)
    slicks = [[np.array(slick["rings"][0])] for slick in observed]
    setup = replace(algeria(ELEMENTS), end_s=SEEN_LATER)
    told = {"persistence": scored(setup, slicks, moves=False)}
    for name, physics in RUNS.items():
        told[name] = scored(replace(setup, physics=Physics(scheme="euler", **physics)), slicks)
    return {f"{name} (Pelagia)": ours for name, ours in told.items()} | {
        f"{name} (original)": theirs for name, theirs in ORIGINAL.items()
    }


def scored(setup: SpillSetup, slicks: list[list[np.ndarray]], *, moves: bool = True) -> list[float]:
    """Return the scores of a run, of its start where nothing moves."""
    state = begin(setup)
    if moves:
        state = advance(state, setup, SEEN_LATER)
    afloat = state.status == SURFACE
    lat, lon = state.lat_deg[afloat], state.lon_deg[afloat]
    skill = score_forecast(lat, lon, published_target(slicks, lat, lon), PUBLISHED_SCALES_KM, is_cropped=True)
    return [*(round(one, 4) for one in skill.fss), round(skill.centroid_km or 0.0, 1)]
