"""Where and when oil enters the sea."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.ocean.spills import DAY, HOUR, LAT, LON, coast_east_of, setup, source, steady

from pelagia.core.errors import BadInput, BadParameter
from pelagia.ocean.coast.crossing import coast_arrays
from pelagia.ocean.geodesy import METRES_PER_DEGREE, lon_scale
from pelagia.ocean.release import share_on_land
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import OUTSIDE, SURFACE, UNRELEASED

RING = np.array([[LAT, LON], [LAT, LON + 0.1], [LAT + 0.1, LON + 0.1], [LAT + 0.1, LON]])


def off_m(state, lat=LAT, lon=LON):
    """Return how far elements are from a place, m to the north and east."""
    east = METRES_PER_DEGREE * lon_scale(lat) * (state.lon_deg - lon)
    return METRES_PER_DEGREE * (state.lat_deg - lat), east


def test_oil_of_a_point_begins_evenly_in_the_disc_of_its_thick_slick():
    start = begin(setup(source(elements=5000)))
    radius = np.hypot(*off_m(start))
    largest = float(np.sqrt(start.slicks["thick_area_m2"][0] / np.pi))
    assert largest * 0.99 < radius.max() <= largest * 1.000001
    # Even over the area: half of it lies within 1/√2 of the radius.
    assert (radius < largest / np.sqrt(2.0)).mean() == pytest.approx(0.5, abs=0.03)


def test_the_spread_of_a_source_is_a_standard_deviation_on_each_axis():
    start = begin(setup(source(elements=20_000, spread_m=3000.0)))
    north, east = off_m(start)
    # Standard error 0.5 %; the disc of 45 m adds nothing.
    assert north.std() == pytest.approx(3000.0, rel=0.025)
    assert east.std() == pytest.approx(3000.0, rel=0.025)


def test_oil_of_a_slick_begins_within_its_outline():
    start = begin(setup(source(elements=5000, rings=(RING,), lat=LAT + 0.05, lon=LON + 0.05)))
    assert (start.lat_deg >= LAT).all()
    assert (start.lat_deg <= LAT + 0.1).all()
    assert start.lon_deg.mean() == pytest.approx(LON + 0.05, abs=0.002)


def test_a_slick_across_the_180_degree_meridian_is_one():
    ring = np.array([[LAT, 179.95], [LAT, -179.95], [LAT + 0.1, -179.95], [LAT + 0.1, 179.95]])
    across = source(rings=(ring,), lat=LAT + 0.05, lon=-180.0)
    simulation = setup(across, currents=steady("currents", 0.5, 0.0, lon=180.0))
    start = begin(simulation)
    assert start.lon_deg.min() > 179.94
    assert start.lon_deg.max() < 180.06
    end = advance(start, simulation, DAY)
    assert end.lon_deg.mean() > 180.3
    assert (end.status == SURFACE).all()


def test_oil_that_flows_enters_the_sea_evenly():
    flowing = source(elements=480, duration_s=12 * HOUR)
    simulation = setup(flowing, currents=steady("currents", 0.5, 0.0))
    state = begin(simulation)
    assert (state.status == UNRELEASED).all()
    for hours in (3, 6, 12):
        state = advance(state, simulation, hours * HOUR)
        assert (state.status != UNRELEASED).mean() == pytest.approx(hours / 12)
    # Each has gone with the current since its release, to the second.
    gone_s = (12 * HOUR) - state.release_s
    start = begin(simulation)
    way = METRES_PER_DEGREE * np.cos(np.radians(start.lat_deg)) * (state.lon_deg - start.lon_deg)
    assert way == pytest.approx(0.5 * gone_s, abs=0.01)


def test_several_sources_keep_their_own_oil_time_and_place():
    first, second = source(elements=100), source(elements=300, lat=LAT + 0.5, start_s=6 * HOUR, mass_kg=6e5)
    simulation = setup(first, second)
    start = begin(simulation)
    assert (np.bincount(start.source) == [100, 300]).all()
    assert start.mass_kg[start.source == 1] == pytest.approx(np.full(300, 2000.0))
    assert (start.status[start.source == 1] == UNRELEASED).all()
    end = advance(start, simulation, 7 * HOUR)
    assert (end.status == SURFACE).all()
    assert end.lat_deg[end.source == 1].mean() == pytest.approx(LAT + 0.5, abs=0.01)


def test_oil_that_has_weathered_before_begins_so():
    weathering = {"evaporation": True, "emulsification": True, "spreading": True}
    wind = steady("wind", 5.0, 0.0)
    fresh = begin(setup(source(), wind=wind, physics=weathering))
    aged = begin(setup(source(age_s=12 * HOUR), wind=wind, physics=weathering))
    assert not fresh.evaporated.any()
    assert aged.evaporated.min() > 0.1
    assert np.hypot(*off_m(aged)).max() > np.hypot(*off_m(fresh)).max()


def test_no_oil_begins_on_land():
    coast = coast_east_of(LON + 0.05)
    half_on_land = source(rings=(RING,), lat=LAT + 0.05, lon=LON + 0.05)
    start = begin(setup(half_on_land, shoreline=coast))
    assert start.lon_deg.max() < LON + 0.05


def test_a_source_on_land_is_refused():
    with pytest.raises(BadInput) as told:
        begin(setup(source(lon=LON + 0.3), shoreline=coast_east_of(LON + 0.05)))
    assert told.value.code == "point-on-land"


def test_a_source_outside_of_the_forcing_is_refused_and_one_half_outside_is_told():
    currents = steady("currents", 0.0, 0.0, half_deg=0.05)
    with pytest.raises(BadInput) as told:
        begin(setup(source(lat=LAT + 1.0), currents=currents))
    assert told.value.code == "forcing-outside"
    half = begin(setup(source(rings=(RING,), lat=LAT + 0.05, lon=LON + 0.05, elements=4000), currents=currents))
    assert (half.status == OUTSIDE).mean() == pytest.approx(0.75, abs=0.04)


def test_an_outline_without_area_is_refused():
    with pytest.raises(BadInput) as told:
        begin(setup(source(rings=(RING[:2],))))
    assert told.value.code == "slick-empty"


def test_sources_that_do_not_fit_the_time_are_refused():
    with pytest.raises(BadParameter, match="before the simulation"):
        begin(setup(source(start_s=-HOUR)))
    with pytest.raises(BadParameter, match="backward"):
        begin(setup(source(start_s=DAY, duration_s=HOUR), start_s=DAY, end_s=0.0))


def test_backward_sources_of_different_times_each_begin_at_theirs():
    late, early = source(start_s=DAY), source(start_s=12 * HOUR)
    simulation = setup(late, early, start_s=DAY, end_s=0.0, currents=steady("currents", 0.0, 0.5))
    start = begin(simulation)
    assert (start.status[start.source == 1] == UNRELEASED).all()
    end = advance(start, simulation, 0.0)
    gone = METRES_PER_DEGREE * (end.lat_deg - start.lat_deg)
    assert gone[end.source == 0] == pytest.approx(np.full(500, -0.5 * DAY), abs=0.01)
    assert gone[end.source == 1] == pytest.approx(np.full(500, -0.25 * DAY), abs=0.01)


def test_start_is_a_function_of_the_seed():
    one = setup(source(spread_m=100.0))
    again, other = begin(one), begin(dataclasses.replace(one, seed=1))
    assert np.array_equal(begin(one).lat_deg, again.lat_deg)
    assert not np.array_equal(other.lat_deg, again.lat_deg)


def test_how_much_of_an_outline_lies_on_land_is_told():
    coast = coast_arrays(coast_east_of(LON + 0.025))
    assert share_on_land(source(rings=(RING,), lat=LAT + 0.05, lon=LON + 0.05), coast) == pytest.approx(0.75, abs=0.03)
    assert share_on_land(source(rings=(RING - [0.0, 0.5],), lat=LAT + 0.05, lon=LON - 0.45), coast) == 0.0
    assert share_on_land(source(lat=LAT, lon=LON + 0.5), coast) == 0.0  # a point that lies on land is refused later
