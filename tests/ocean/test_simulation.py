"""A simulation stopped and taken on, its steps, its edges, its masses."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from tests.ocean.spills import DAY, HOUR, LAT, LON, coast_east_of, grid, setup, source, steady

from pelagia.core.errors import BadInput
from pelagia.ocean.balance import ALLOWED_ERROR, FATES, MassLost, balance
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import BEACHED, DISPERSED, OUTSIDE, SURFACE, SpillState
from pelagia.services.oilspill import columns

ALL = {
    "wind_drift_factor": 0.03,
    "stokes": "wind",
    "diffusivity_m2_s": 5.0,
    "evaporation": True,
    "emulsification": True,
    "dispersion": True,
    "spreading": True,
}


def stormy(**told):
    """Return a simulation in which all happens: release, weathering, dispersion, stranding, loss over the edge."""
    currents = grid(
        "currents",
        lambda t, z, lat, lon: (0.3 * np.cos(t / HOUR) * np.exp(-z / 20), 0.5 * np.sin(20 * lon)),
        times_s=tuple(HOUR * np.arange(25.0)),
        depths_m=(0.0, 10.0, 30.0),
        points=41,
        half_deg=0.2,
    )
    sources = source(elements=400), source(lat=LAT + 0.05, duration_s=10 * HOUR, elements=400, mass_kg=3e5)
    wind = steady("wind", 9.0, 7.0)
    return setup(*sources, currents=currents, wind=wind, shoreline=coast_east_of(LON + 0.1), physics=ALL, **told)


def equal(one, two):
    """Whether two states are equal to the bit."""
    first, second = one.to_arrays(), two.to_arrays()
    return all(np.array_equal(first[name], second[name]) for name in first)


def test_stopping_changes_nothing_to_the_bit():
    simulation = stormy()
    whole = advance(begin(simulation), simulation, DAY)
    state = begin(simulation)
    for until_s in (1.0, HOUR, HOUR + 1.0, 5.5 * HOUR, 20 * HOUR, DAY):
        file = io.BytesIO()
        np.savez(file, **state.to_arrays())
        file.seek(0)
        with np.load(file, allow_pickle=False) as held:
            state = SpillState.from_arrays({name: held[name] for name in held.files})
        state = advance(state, simulation, until_s)
    assert equal(state, whole)


def test_another_seed_moves_the_oil_elsewhere_and_the_same_seed_does_not():
    first, again = (advance(begin(one), one, 6 * HOUR) for one in (stormy(), stormy()))
    other = stormy(seed=1)
    assert equal(first, again)
    assert not equal(first, advance(begin(other), other, 6 * HOUR))


def test_a_state_that_is_taken_on_stays_as_it_was():
    simulation = stormy()
    start = begin(simulation)
    before = {name: array.copy() for name, array in start.to_arrays().items()}
    advance(start, simulation, 6 * HOUR)
    assert all(np.array_equal(before[name], array) for name, array in start.to_arrays().items())


def test_steps_are_whole_but_for_the_last():
    simulation = setup(end_s=1000.0 + 4 * 900.0)
    start = begin(simulation)
    assert advance(start, simulation, 1000.0).time_s == 900.0
    assert advance(start, simulation, 900.0).step == 1
    end = advance(start, simulation, 1e9)
    assert (end.time_s, end.step) == (4600.0, 6)
    assert equal(end, advance(end, simulation, 1e9))


def test_all_that_happens_in_a_storm_happens_and_no_oil_is_lost_at_any_step():
    simulation = stormy()
    state = begin(simulation)
    seen = set()
    while state.time_s < DAY:
        state = advance(state, simulation, state.time_s + 900.0)
        told = balance(state, simulation)
        assert abs(told.closure_error) < ALLOWED_ERROR
        assert sum(told.fractions) == pytest.approx(1.0, abs=ALLOWED_ERROR)
        seen |= {fate for fate, share in zip(FATES, told.fractions, strict=True) if share > 0.0}
    assert seen == set(FATES) - {"sedimented"}
    assert (state.evaporated + state.seeped <= 1.0 + 1e-12).all()


def test_fates_are_those_of_the_tables():
    assert FATES == columns.FATES


@pytest.mark.parametrize("wrong", ["mass_kg", "evaporated", "lat_deg"])
def test_oil_that_is_lost_or_made_is_told(wrong):
    simulation = setup()
    state = begin(simulation)
    values = getattr(state, wrong).copy()
    values[7] = {"mass_kg": values[7] * 1.01, "evaporated": 1.01, "lat_deg": np.nan}[wrong]
    broken = dataclasses.replace(state, **{wrong: values})
    with pytest.raises(MassLost, match="does not close"):
        balance(broken, simulation)


def test_oil_that_leaves_the_forcing_is_outside_and_counted():
    simulation = setup(currents=steady("currents", 0.0, 1.0, half_deg=0.2))
    state = advance(begin(simulation), simulation, DAY)
    assert (state.status == OUTSIDE).all()
    assert state.lat_deg.max() <= LAT + 0.2
    assert balance(state, simulation).fraction("outside") == pytest.approx(1.0)


def test_the_smaller_of_two_grids_is_the_edge():
    simulation = setup(
        currents=steady("currents", 0.0, 1.0), wind=steady("wind", 0.0, 0.0, half_deg=0.1), end_s=6 * HOUR
    )
    state = advance(begin(simulation), simulation, DAY)
    assert (state.status == OUTSIDE).all()


def test_oil_is_dispersed_as_often_as_its_slick_says():
    wind = steady("wind", 12.0, 0.0)
    simulation = setup(source(elements=20_000), wind=wind, physics={"dispersion": True, "spreading": True})
    state = advance(begin(simulation), simulation, DAY)
    expected = float(state.slicks["dispersed_fraction"][0])
    assert 0.005 < expected < 0.995
    error = np.sqrt(expected * (1.0 - expected) / 20_000)
    assert (state.status == DISPERSED).mean() == pytest.approx(expected, abs=4.0 * error)


def test_oil_in_the_water_evaporates_no_more():
    wind = steady("wind", 12.0, 0.0)
    simulation = setup(source(elements=4000), wind=wind, physics=ALL)
    early = advance(begin(simulation), simulation, 1800.0)
    late = advance(early, simulation, DAY)
    below = early.status == DISPERSED
    assert below.any()
    assert np.array_equal(early.evaporated[below], late.evaporated[below])
    afloat = late.status == SURFACE
    assert late.evaporated[afloat] == pytest.approx(
        np.full(afloat.sum(), late.slicks["evaporated_fraction"][0]), abs=1e-15
    )


def test_backward_nothing_weathers_or_strands():
    simulation = stormy(start_s=DAY, end_s=0.0)
    simulation = dataclasses.replace(simulation, sources=(source(start_s=DAY, elements=400),))
    state = advance(begin(simulation), simulation, 0.0)
    assert state.time_s == 0.0
    assert not state.evaporated.any()
    assert set(np.unique(state.status)) <= {SURFACE, OUTSIDE}
    assert not (state.status == BEACHED).any()
    assert balance(state, simulation).hours == -24.0


@pytest.mark.parametrize(
    ("times_s", "code"), [((-2 * DAY, -DAY), "forcing-ends-early"), ((3 * DAY, 4 * DAY), "forcing-starts-late")]
)
def test_forcing_of_another_time_is_refused(times_s, code):
    simulation = setup(currents=steady("currents", 0.0, 0.0, times_s=times_s), start_s=0.0, end_s=1.5 * DAY)
    with pytest.raises(BadInput) as told:
        advance(begin(simulation), simulation, 1.5 * DAY)
    assert told.value.code == code


def test_the_balance_tells_the_weather_at_the_centre():
    wind = grid("wind", lambda t, z, lat, lon: (3.0 * (lon - LON + 1.0), 4.0 * (lon - LON + 1.0)))
    warm = dataclasses.replace(steady("currents", 0.0, 0.0), temperature_c=np.full((1, 5, 5), 21.5, np.float32))
    simulation = setup(wind=wind, currents=warm, wind_scale=1.5)
    told = balance(begin(simulation), simulation)
    assert told.wind_m_s == pytest.approx(7.5, rel=1e-3)
    assert told.temperature_c == 21.5
    assert (told.centre_lat, told.centre_lon) == pytest.approx((LAT, LON), abs=1e-4)
    assert told.spilled_kg == 1e5


def test_without_oil_at_the_surface_there_is_no_emulsion_to_tell_of():
    simulation = setup(source(start_s=HOUR))
    told = balance(begin(simulation), simulation)
    assert told.fraction("unreleased") == 1.0
    assert np.isnan(told.water_fraction)
    assert np.isnan(told.centre_lat)
    assert told.emulsion_m3 == 0.0


def test_the_volume_of_an_emulsion_is_that_of_its_oil_and_water():
    simulation = setup(wind=steady("wind", 8.0, 0.0), physics={"emulsification": True})
    state = advance(begin(simulation), simulation, DAY)
    told = balance(state, simulation)
    assert 0.1 < told.water_fraction < 0.9
    oil_m3 = 1e5 / 885.0
    assert told.emulsion_m3 == pytest.approx(oil_m3 / (1.0 - told.water_fraction), rel=1e-3)
