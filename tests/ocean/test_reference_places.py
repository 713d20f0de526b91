"""Where the reference run of the original model (Syria 2021) has its oil, and where this one does."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import netCDF4
import numpy as np
import pytest
from tests.ocean.spills import HOUR, source
from tests.ocean.weathering.test_reference_run import LAT, LON, SAFANIYA

from pelagia.io.forcing.dialect import Window
from pelagia.io.forcing.reading import read_forcing
from pelagia.io.shoreline.dialect import Bounds
from pelagia.io.shoreline.reading import read_shoreline
from pelagia.ocean.balance import balance
from pelagia.ocean.coast.making import make_shoreline
from pelagia.ocean.geodesy import METRES_PER_DEGREE, lon_scale
from pelagia.ocean.setting import Physics, SpillSetup
from pelagia.ocean.simulation import advance, begin

START_S = dt.datetime(2021, 8, 22, 3, 43, tzinfo=dt.UTC).timestamp()
END_S = START_S + 24 * HOUR
EVAPORATED, DISPERSED, SEEPED, ASHORE, EMULSION, WATER = 2, 5, 6, 7, 8, 14
"""Columns of the original's table of fates; the first four % of what was spilled."""


@pytest.fixture(scope="module")
def syria(shared_data):
    """The case with the settings of the original, and the folder of what it found.

    It takes currents, which are means of an hour, for those of half an hour earlier; its sea has 0 °C.
    """
    folder = shared_data / "oilspill" / "cases" / "syria_2021"
    if not folder.is_dir():
        pytest.skip("the reference run of MEDSLIK-II is not beside the project (oilspill/cases/syria_2021)")
    window = Window(south_lat=34.7, north_lat=35.8, west_lon=35.3, east_lon=36.2, start_s=START_S, end_s=END_S)
    currents = read_forcing([str(folder / "Copernicusreanalysis_20210822_syria_new_mdk.nc")], "currents", window)
    setup = SpillSetup(
        sources=(source(lat=LAT, lon=LON, mass_kg=27_780.0, start_s=START_S, elements=6_000, oil=SAFANIYA),),
        start_s=START_S,
        end_s=END_S,
        currents=replace(currents, temperature_c=None, time_s=currents.time_s - HOUR / 2),
        wind=read_forcing([str(folder / "era5_winds10_20210822_syria_new_mdk.nc")], "wind", window),
        shoreline=make_shoreline(read_shoreline(str(folder / "dtm.map")).land, Bounds(34.6, 35.9, 35.2, 36.3)),
        temperature_c=0.0,
        physics=Physics(
            step_s=450.0, scheme="euler", vertical_diffusivity_m2_s=1e-5, deep_diffusivity_m2_s=1e-5, spreading=True
        ),
    )
    return setup, folder / "medslik_reference"


@pytest.fixture(scope="module")
def places(syria):
    """The hours, and (4, 20000) lat and lon of the original's elements."""
    with netCDF4.Dataset(syria[1] / "spill_properties_h1_6_12_24.nc") as told:
        return [np.asarray(told[name][:], dtype=np.float64) for name in ("time", "latitude", "longitude")]


def from_start_m(lat, lon):
    """Return metres north and east of the place of the spill, (2, N)."""
    return np.stack([lat - LAT, (lon - LON) * lon_scale(LAT)]) * METRES_PER_DEGREE


def spread_m(places_m):
    """Return the root of the variance about the middle, both axes together."""
    return float(np.sqrt(places_m.var(axis=1).sum()))


@pytest.mark.parametrize("spreads", [False, True])
def test_oil_off_syria_goes_where_the_original_takes_it(syria, places, spreads):
    setup = replace(syria[0], physics=replace(syria[0].physics, spreading=spreads))
    state = begin(setup)
    for hour, lat, lon in zip(*places, strict=True):
        state = advance(state, setup, START_S + hour * HOUR)
        ours, theirs = from_start_m(state.lat_deg, state.lon_deg), from_start_m(lat, lon)
        apart_m = np.hypot(*(ours.mean(axis=1) - theirs.mean(axis=1)))
        gone_m = np.hypot(*theirs.mean(axis=1))
        # 150 m to 4.4 km gone; after twelve hours most of it lies on the shore, which stops it there.
        assert apart_m < 10.0 + 0.03 * gone_m
        ratio = spread_m(ours) / spread_m(theirs)
        # In the original the spreading of a slick does not move its elements; here it moves them, diffused or not.
        if spreads:
            assert 1.1 < ratio < 1.3
        else:
            assert ratio == pytest.approx(1.0, abs=0.04)


def test_oil_off_syria_ends_as_in_the_original(syria):
    setup, folder = syria
    theirs = np.loadtxt(folder / "medslik_rerun_gfortranO2_stokes0_wind0.03.fte", skiprows=7)
    state = begin(setup)
    for hour in (6, 12, 24):
        state = advance(state, setup, START_S + hour * HOUR)
        here, slick, there = balance(state, setup), state.slicks[0], theirs[8 * hour]
        assert there[0] == hour
        assert 100.0 * here.fraction("evaporated") == pytest.approx(there[EVAPORATED], abs=0.01)
        assert 100.0 * here.fraction("dispersed") == pytest.approx(there[DISPERSED], abs=0.15)
        assert 100.0 * here.fraction("seeped") == pytest.approx(there[SEEPED], abs=1.0)
        ashore = 100.0 * (here.fraction("beached") + here.fraction("seeped"))
        # The slick, which is wider here, comes ashore between the ninth hour and the fourteenth.
        assert ashore == pytest.approx(there[ASHORE], abs=8.0 if hour == 12 else 0.5)
        # The wind is that of the middle of the slick here, of the nearest point of a grid there.
        assert slick["water_fraction"] == pytest.approx(there[WATER], abs=0.015)
        assert slick["viscosity_mm2_s"] == pytest.approx(there[EMULSION], rel=0.05)
