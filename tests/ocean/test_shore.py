"""Oil that meets the shore: where it strands, when, what leaves again."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.ocean.spills import DAY, HOUR, LON, coast_east_of, grid, setup, source, steady

from pelagia.ocean.balance import balance
from pelagia.ocean.geodesy import METRES_PER_DEGREE, lon_scale
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import BEACHED, DISPERSED, SURFACE

COAST = LON + 0.1
EVAPORATING = {"evaporation": True}


def ashore(coast_type=1, **told):
    """Return a simulation whose oil is carried straight onto the coast."""
    return setup(
        source(elements=1000),
        **{"currents": steady("currents", 0.5, 0.0), "shoreline": coast_east_of(COAST, coast_type=coast_type)} | told,
    )


def turning_at(time_s):
    """Return a current onto the shore, and away from it from a moment on."""
    return grid(
        "currents",
        lambda t, z, lat, lon: (np.where(t < time_s, 0.5, -0.5), 0.0),
        points=5,
        times_s=(0.0, time_s - 1.0, time_s, 3 * DAY),
    )


def test_oil_strands_where_its_way_meets_the_shore_and_when():
    simulation = ashore()
    start = begin(simulation)
    state = advance(start, simulation, DAY)
    assert (state.status == BEACHED).all()
    # On the line, a millionth of the way of a step before it, never behind.
    assert state.lon_deg.max() <= COAST
    assert state.lon_deg.min() == pytest.approx(COAST, abs=1e-7)
    ways_m = METRES_PER_DEGREE * np.cos(np.radians(start.lat_deg)) * (COAST - start.lon_deg)
    assert state.stretch_first_s.min() == pytest.approx(ways_m.min() / 0.5, abs=0.1)
    assert np.isfinite(state.stretch_first_s).sum() == 1


def test_half_of_the_residue_seeps_into_sand_in_a_day():
    simulation = ashore(end_s=4 * DAY)
    state = advance(begin(simulation), simulation, 8 * HOUR)
    before = balance(state, simulation)
    after = balance(advance(state, simulation, 32 * HOUR), simulation)
    # Nothing evaporates here: 0.6 of the oil is residue. The current holds it against the shore; that the shore takes
    # less the more it holds is small for 100 t.
    left = 0.6 - before.fraction("seeped")
    assert after.fraction("seeped") - before.fraction("seeped") == pytest.approx(0.5 * left, rel=0.02)
    assert after.fraction("beached") + after.fraction("seeped") == pytest.approx(1.0)


def test_what_seeped_in_is_told_by_segment():
    simulation = ashore(physics=EVAPORATING)
    state = advance(begin(simulation), simulation, DAY)
    assert state.segment_seeped_kg.sum() == pytest.approx(float(state.mass_kg @ state.seeped))
    assert state.segment_seeped_kg[np.unique(state.segment)].sum() == pytest.approx(state.segment_seeped_kg.sum())


def test_oil_on_the_shore_goes_on_evaporating_with_its_slick():
    simulation = ashore(physics=EVAPORATING, wind=steady("wind", 6.0, 0.0))
    state = advance(begin(simulation), simulation, 6 * HOUR)
    assert (state.status == BEACHED).all()
    later = advance(state, simulation, DAY)
    assert (later.evaporated >= state.evaporated).all()
    assert later.evaporated == pytest.approx(np.full(1000, later.slicks["evaporated_fraction"][0]))


def test_half_of_the_oil_on_sand_is_washed_off_in_a_day_once_the_current_turns():
    simulation = ashore(currents=turning_at(8 * HOUR), end_s=3 * DAY)
    state = advance(begin(simulation), simulation, 8.25 * HOUR)
    assert (state.status == BEACHED).sum() > 980
    later = advance(state, simulation, 32.25 * HOUR)
    washed = later.status == SURFACE
    # Four standard errors of a half of a thousand.
    assert washed.mean() == pytest.approx(0.5, abs=0.065)
    assert (later.segment[washed] == -1).all()
    assert later.lon_deg[washed].max() < COAST
    # What had seeped in before stays in the shore.
    assert later.seeped[washed].min() > 0.0
    assert balance(later, simulation).closure_error == pytest.approx(0.0, abs=1e-12)


def test_a_seawall_holds_no_oil_once_the_current_turns():
    simulation = ashore(coast_type=5, currents=turning_at(8 * HOUR), end_s=3 * DAY)
    state = advance(begin(simulation), simulation, 9 * HOUR)
    assert (state.status == SURFACE).all()
    assert not state.seeped.any()


def test_oil_in_the_water_does_not_cross_the_shore():
    simulation = ashore(physics={"diffusivity_m2_s": 20.0})
    start = begin(simulation)
    below = dataclasses.replace(start, status=np.full_like(start.status, DISPERSED))
    state = advance(below, simulation, DAY)
    assert (state.status == DISPERSED).all()
    assert state.lon_deg.max() < COAST
    off_m = METRES_PER_DEGREE * lon_scale(36.0) * (COAST - state.lon_deg)
    assert off_m.max() < 1000.0


def test_backward_the_shore_only_stops_oil():
    simulation = setup(
        source(elements=200, start_s=DAY),
        currents=steady("currents", -0.5, 0.0),
        shoreline=coast_east_of(COAST),
        start_s=DAY,
        end_s=0.0,
        physics={"diffusivity_m2_s": 5.0},
    )
    state = advance(begin(simulation), simulation, 0.0)
    assert (state.status == SURFACE).all()
    assert state.lon_deg.max() < COAST
    assert not np.isfinite(state.stretch_first_s).any()


def test_without_beaching_there_is_no_shore():
    simulation = ashore(physics={"beaching": False})
    state = advance(begin(simulation), simulation, DAY)
    assert (state.status == SURFACE).all()
    assert state.lon_deg.min() > COAST
