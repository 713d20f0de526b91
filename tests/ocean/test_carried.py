"""Truths of transport: where currents, wind and waves carry oil, against closed forms."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.ocean.spills import DAY, HOUR, LAT, LON, grid, setup, source, steady

from pelagia.io.forcing.constant import constant_forcing
from pelagia.ocean.geodesy import EARTH_RADIUS_M, METRES_PER_DEGREE, lon_scale
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import DISPERSED
from pelagia.ocean.stokes import jonswap_drift

MILLIMETRE = 1e-3 / METRES_PER_DEGREE


def run(simulation, until_s=None):
    """Return the states at the start and at the end."""
    start = begin(simulation)
    return start, advance(start, simulation, simulation.end_s if until_s is None else until_s)


def metres(start, end):
    """Return the mean way of all elements, m to the east and north, on the parallel in its middle."""
    north = METRES_PER_DEGREE * (end.lat_deg - start.lat_deg)
    middle = 0.5 * float(start.lat_deg.mean() + end.lat_deg.mean())
    east = METRES_PER_DEGREE * lon_scale(middle) * (end.lon_deg - start.lon_deg)
    return float(east.mean()), float(north.mean())


def rotation(period_s, lat, lon):
    """Return the velocity of a disc that turns as a solid around the usual place, on the sphere."""
    axis = np.array([np.cos(np.radians(LAT)), 0.0, np.sin(np.radians(LAT))])
    phi, lam = np.radians(lat), np.radians(lon - LON)
    place = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)
    velocity = 2.0 * np.pi / period_s * EARTH_RADIUS_M * np.cross(axis, place)
    east = np.stack([-np.sin(lam), np.cos(lam), np.zeros_like(lam)], axis=-1)
    north = np.stack([-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)], axis=-1)
    return (velocity * east).sum(axis=-1), (velocity * north).sum(axis=-1)


def off_its_circle_m(step_s, scheme):
    """Return how far from its start oil is after it went around once in a day, 20 km from the middle."""
    simulation = setup(
        source(lat=LAT + 20_000.0 / METRES_PER_DEGREE, elements=20),
        currents=grid("currents", lambda t, z, lat, lon: rotation(DAY, lat, lon), half_deg=0.5),
        physics={"step_s": step_s, "scheme": scheme},
    )
    return float(np.hypot(*metres(*run(simulation))))


@pytest.mark.parametrize("scheme", ["runge-kutta-4", "euler"])
def test_a_uniform_current_to_the_east_carries_oil_by_speed_times_time(scheme):
    start, end = run(setup(currents=steady("currents", 0.5, 0.0), physics={"scheme": scheme}))
    way = 0.5 * DAY / METRES_PER_DEGREE / np.cos(np.radians(start.lat_deg))
    assert end.lat_deg == pytest.approx(start.lat_deg, abs=1e-12)
    assert end.lon_deg - start.lon_deg == pytest.approx(way, abs=MILLIMETRE)


def test_a_uniform_current_carries_oil_along_a_line_of_constant_course():
    start, end = run(setup(currents=steady("currents", 0.5, 0.25)))

    def stretched(lat):  # latitude of Mercator's map, on which such a line is straight
        return np.degrees(np.arctanh(np.sin(np.radians(lat))))

    assert end.lat_deg - start.lat_deg == pytest.approx(0.25 * DAY / METRES_PER_DEGREE, abs=MILLIMETRE)
    way = 2.0 * (stretched(end.lat_deg) - stretched(start.lat_deg))
    # 43 km of way in 96 steps, fourth order: a centimetre is the error of the cosine's series.
    assert end.lon_deg - start.lon_deg == pytest.approx(way, abs=10 * MILLIMETRE)


def test_a_current_that_grows_in_time_carries_oil_by_its_integral():
    growing = grid("currents", lambda t, z, lat, lon: (0.0, t / DAY), points=5, times_s=(0.0, DAY))
    start, end = run(setup(currents=growing))
    assert end.lat_deg - start.lat_deg == pytest.approx(0.5 * DAY / METRES_PER_DEGREE, abs=MILLIMETRE)


def test_solid_rotation_closes_its_circle():
    # 126 km around; what is left is the rounding of velocities to single precision and the fields between points.
    assert off_its_circle_m(900.0, "runge-kutta-4") < 1.0


def test_runge_kutta_is_of_fourth_order_and_euler_of_first():
    assert 12.0 < off_its_circle_m(7200.0, "runge-kutta-4") / off_its_circle_m(3600.0, "runge-kutta-4") < 20.0
    assert 1.8 < off_its_circle_m(300.0, "euler") / off_its_circle_m(150.0, "euler") < 2.2


@pytest.mark.parametrize(("lat", "side"), [(LAT, 1.0), (-LAT, -1.0)])
def test_wind_drift_turns_to_the_right_in_the_north_and_to_the_left_in_the_south(lat, side):
    wind = steady("wind", 0.0, 10.0, lat=lat)
    physics = {"wind_drift_factor": 0.03, "wind_drift_angle_deg": 20.0}
    east, north = metres(*run(setup(source(lat=lat), wind=wind, physics=physics), 2 * HOUR))
    # The cosine of the latitude of a disc of 45 m is that of its middle to 1e-5: centimetres.
    assert east == pytest.approx(side * 0.3 * np.sin(np.radians(20.0)) * 2 * HOUR, abs=0.05)
    assert north == pytest.approx(0.3 * np.cos(np.radians(20.0)) * 2 * HOUR, abs=0.05)


@pytest.mark.parametrize(("lat", "side"), [(LAT, 1.0), (2.0, 1.0), (-LAT, -1.0)])
def test_a_wind_that_is_the_same_everywhere_turns_by_the_whole_angle_too(lat, side):
    physics = {"wind_drift_factor": 0.03, "wind_drift_angle_deg": 20.0}
    wind = constant_forcing("wind", 0.0, 10.0)
    east, north = metres(*run(setup(source(lat=lat), wind=wind, physics=physics), HOUR))
    assert np.degrees(np.arctan2(east, north)) == pytest.approx(side * 20.0, abs=0.01)


def test_the_angle_of_wind_drift_falls_with_the_wind_to_half_where_told():
    physics = {"wind_drift_factor": 0.03, "wind_drift_angle_deg": 20.0, "wind_angle_half_m_s": 10.0}
    east, north = metres(*run(setup(wind=steady("wind", 0.0, 10.0), physics=physics), HOUR))
    assert np.degrees(np.arctan2(east, north)) == pytest.approx(10.0, abs=0.01)


def test_waves_of_the_wind_add_their_stokes_drift_along_the_wind():
    physics = {"wind_drift_factor": 0.0, "stokes": "wind", "fetch_m": 20_000.0}
    east, north = metres(*run(setup(wind=steady("wind", 6.0, 8.0), physics=physics), HOUR))
    drift = float(jonswap_drift(10.0, 20_000.0))
    assert (east, north) == pytest.approx((0.6 * drift * HOUR, 0.8 * drift * HOUR), rel=1e-4)


def test_waves_of_a_file_are_added_only_where_wanted():
    waves = steady("waves", 0.125, 0.0)
    with_them = metres(*run(setup(waves=waves, physics={"stokes": "file"}), HOUR))
    without = metres(*run(setup(waves=waves, physics={"stokes": "none"}), HOUR))
    assert with_them[0] == pytest.approx(0.125 * HOUR, abs=0.05)
    assert without == (0.0, 0.0)


def test_factors_of_a_member_scale_currents_and_wind():
    forcing = {"currents": steady("currents", 0.5, 0.0), "wind": steady("wind", 0.0, 10.0)}
    physics = {"wind_drift_factor": 0.03}
    simulation = setup(**forcing, physics=physics, current_scale=0.5, wind_scale=2.0)
    assert metres(*run(simulation, HOUR)) == pytest.approx((0.25 * HOUR, 0.6 * HOUR), abs=0.05)


@pytest.mark.parametrize("depth_m", [0.0, 5.0, 20.0, 100.0])
def test_oil_below_the_surface_goes_with_the_current_of_its_depth_alone(depth_m):
    currents = grid("currents", lambda t, z, lat, lon: (0.0, 0.5 - 0.01 * z), points=5, depths_m=(0.0, 10.0, 30.0))
    simulation = setup(
        currents=currents,
        wind=steady("wind", 10.0, 0.0),
        physics={"wind_drift_factor": 0.03, "vertical_diffusivity_m2_s": 0.0, "deep_diffusivity_m2_s": 0.0},
    )
    start = begin(simulation)
    below = dataclasses.replace(
        start, status=np.full_like(start.status, DISPERSED), depth_m=np.full_like(start.depth_m, depth_m)
    )
    east, north = metres(below, advance(below, simulation, HOUR))
    assert east == 0.0
    assert north == pytest.approx((0.5 - 0.01 * min(depth_m, 30.0)) * HOUR, abs=0.01)


def test_backward_in_time_oil_returns_to_where_it_came_from():
    currents = grid("currents", lambda t, z, lat, lon: rotation(DAY, lat, lon), half_deg=0.5)
    out = setup(source(lat=LAT + 0.1, elements=20), currents=currents, end_s=6 * HOUR)
    start, end = run(out)
    back = setup(
        source(lat=float(end.lat_deg[0]), lon=float(end.lon_deg[0]), elements=1, start_s=6 * HOUR, mass_kg=1e-3),
        currents=currents,
        start_s=6 * HOUR,
        end_s=0.0,
    )
    first, last = run(back)
    assert last.time_s == 0.0
    shift = first.lat_deg[0] - end.lat_deg[0], first.lon_deg[0] - end.lon_deg[0]
    assert abs(shift[0]) < 1e-5
    assert last.lat_deg[0] == pytest.approx(start.lat_deg[0], abs=2e-5)
    assert last.lon_deg[0] == pytest.approx(start.lon_deg[0], abs=2e-5)
