"""What the reference run of the original model (Syria 2021) strands, hour by hour, and what this one does."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.ocean.spills import CALM, HOUR, setup, source
from tests.ocean.weathering.test_reference_run import LAT, LON, SAFANIYA

from pelagia.io.forcing.dialect import Window
from pelagia.io.forcing.reading import read_forcing
from pelagia.io.shoreline.dialect import Bounds
from pelagia.io.shoreline.reading import read_shoreline
from pelagia.ocean.balance import balance
from pelagia.ocean.coast.making import make_shoreline
from pelagia.ocean.simulation import advance, begin

START_S = dt.datetime(2021, 8, 22, 3, 43, tzinfo=dt.UTC).timestamp()
LAST_H = 22
"""The forcing ends a little later."""
EVAPORATED, IN_WATER, SEEPED, ASHORE = 2, 5, 6, 7
"""Columns of the original's table of fates, % of what was spilled."""


@pytest.fixture(scope="module")
def syria(shared_data):
    """What both models are given, and the folder of the original's tables."""
    folder = shared_data / "oilspill" / "cases" / "syria_2021"
    if not folder.is_dir():
        pytest.skip("the case syria_2021 is not among the real data")
    end_s = START_S + LAST_H * HOUR
    window = Window(south_lat=34.7, north_lat=35.8, west_lon=35.3, east_lon=36.2, start_s=START_S, end_s=end_s)
    told: dict[str, Any] = {
        "currents": read_forcing([str(folder / "Copernicusreanalysis_20210822_syria_new_mdk.nc")], "currents", window),
        "wind": read_forcing([str(folder / "era5_winds10_20210822_syria_new_mdk.nc")], "wind", window),
        "shoreline": make_shoreline(read_shoreline(str(folder / "dtm.map")).land, Bounds(34.6, 35.9, 35.2, 36.3)),
        "start_s": START_S,
        "end_s": end_s,
    }
    return told, folder / "medslik_reference"


@pytest.mark.parametrize(
    ("fates", "physics"),
    [
        ("medslik_rerun_gfortranO2_stokes0_wind0.03", {"wind_drift_factor": 0.03}),
        ("medslik_rerun_stokes1_wind0", {"stokes": "wind"}),
    ],
)
def test_oil_off_syria_strands_and_seeps_as_in_the_original_model(syria, fates, physics):
    told, folder = syria
    rows = [line.split() for line in (folder / f"{fates}.fte").read_text().splitlines()]
    expected = {float(row[0]): np.array(row, dtype=float) for row in rows[8:] if len(row) == 17}
    acts = {"evaporation": True, "emulsification": True, "dispersion": True, "spreading": True}
    simulation = setup(
        source(lat=LAT, lon=LON, mass_kg=27_780.0, start_s=START_S, elements=4000, oil=SAFANIYA),
        **told,
        physics=CALM | acts | {"step_s": 450.0, "diffusivity_m2_s": 2.0, "vertical_diffusivity_m2_s": 1e-5} | physics,
    )
    state = begin(simulation)
    for hours in range(1, LAST_H + 1):
        state = advance(state, simulation, START_S + hours * HOUR)
        here, there = balance(state, simulation), expected[float(hours)]
        ashore = here.fraction("beached") + here.fraction("seeped")
        # The wind is that of the place of the slick here, of the nearest point of a grid there.
        assert 100.0 * here.fraction("evaporated") == pytest.approx(there[EVAPORATED], abs=0.5)
        assert 100.0 * here.fraction("seeped") == pytest.approx(there[SEEPED], abs=1.0)
        # The oil comes ashore within three hours: ten points are twenty minutes, or 200 m of its way.
        assert 100.0 * ashore == pytest.approx(there[ASHORE], abs=10.0)
        if there[ASHORE] > 69.0:
            assert 100.0 * ashore == pytest.approx(there[ASHORE], abs=3.0)


def test_oil_off_syria_disperses_as_in_the_original_model_until_it_comes_ashore(syria):
    told, folder = syria
    # By mistake the sea of the original's run is at 0 °C: in the 30 °C of the file twice as much disperses.
    cold = told | {"currents": replace(told["currents"], temperature_c=None), "temperature_c": 0.0}
    physics = CALM | {"evaporation": True, "emulsification": True, "dispersion": True, "spreading": True}
    physics |= {"step_s": 450.0, "wind_drift_factor": 0.03, "diffusivity_m2_s": 2.0}
    table = np.loadtxt(folder / "medslik_rerun_gfortranO2_stokes0_wind0.03.fte", skiprows=8)
    simulation = setup(
        source(lat=LAT, lon=LON, mass_kg=27_780.0, start_s=START_S, elements=50_000, oil=SAFANIYA), **cold,
        physics=physics,
    )  # fmt: skip
    state = begin(simulation)
    for hours in (6, 8, 10):
        state = advance(state, simulation, START_S + hours * HOUR)
        there = float(table[table[:, 0] == hours][0, IN_WATER])
        # Of 20,000 elements there some 40 are dispersed, of 50,000 here 100: three standard deviations are half of it.
        assert 100.0 * balance(state, simulation).fraction("dispersed") == pytest.approx(there, rel=0.5)
