"""Truths of mixing: variances of the random walks, spreading, settling."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.ocean.spills import DAY, HOUR, LAT, LON, setup, source

from pelagia.io.depths import Bathymetry
from pelagia.ocean.geodesy import METRES_PER_DEGREE, lon_scale
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import DISPERSED, SEDIMENTED

MANY = 20_000
# The variance of so many has a standard error of √(2 / 20,000) = 1 %.
SAMPLING = 0.04


def below_surface(simulation, depths_m):
    """Return the start of a simulation, all its oil at some depths."""
    start = begin(simulation)
    return dataclasses.replace(start, status=np.full_like(start.status, DISPERSED), depth_m=depths_m)


@pytest.mark.parametrize("step_s", [900.0, 3600.0])
def test_diffusion_spreads_oil_by_twice_diffusivity_times_time_on_each_axis(step_s):
    simulation = setup(source(elements=MANY), physics={"diffusivity_m2_s": 2.0, "step_s": step_s})
    start = begin(simulation)
    end = advance(start, simulation, DAY)
    north = METRES_PER_DEGREE * (end.lat_deg - start.lat_deg)
    east = METRES_PER_DEGREE * lon_scale(LAT) * (end.lon_deg - start.lon_deg)
    variance = 2.0 * 2.0 * DAY
    assert north.var() == pytest.approx(variance, rel=SAMPLING)
    assert east.var() == pytest.approx(variance, rel=SAMPLING)
    # Four standard errors of a mean, and of a correlation.
    assert abs(north.mean()) < 4.0 * np.sqrt(variance / MANY)
    assert abs(east.mean()) < 4.0 * np.sqrt(variance / MANY)
    assert abs(np.corrcoef(north, east)[0, 1]) < 4.0 / np.sqrt(MANY)


def test_the_centre_is_the_surer_the_more_elements_there_are():
    def off_m(elements, seed):
        simulation = setup(source(elements=elements), physics={"diffusivity_m2_s": 2.0, "step_s": 3600.0}, seed=seed)
        end = advance(begin(simulation), simulation, DAY)
        return METRES_PER_DEGREE * (end.lat_deg.mean() - LAT)

    few = np.std([off_m(100, seed) for seed in range(40)])
    many = np.std([off_m(1600, seed) for seed in range(40)])
    # A quarter is expected; the standard deviation of forty has an error of 11 %.
    assert many / few == pytest.approx(0.25, rel=0.45)


def test_oil_in_the_water_spreads_down_by_twice_vertical_diffusivity_times_time():
    simulation = setup(source(elements=MANY), physics={"vertical_diffusivity_m2_s": 0.01, "thermocline_m": 1e4})
    end = advance(below_surface(simulation, np.zeros(MANY)), simulation, DAY)
    # A walk reflected at the surface is the size of a free one.
    assert (end.depth_m**2).mean() == pytest.approx(2.0 * 0.01 * DAY, rel=SAMPLING)
    assert end.depth_m.min() >= 0.0


def test_evenly_mixed_oil_stays_so_where_diffusivity_falls_by_a_hundred():
    simulation = setup(source(elements=MANY))
    depths = np.linspace(0.0, 60.0, MANY)
    end = advance(below_surface(simulation, depths), simulation, DAY)
    above = ((end.depth_m > 20.0) & (end.depth_m < 30.0)).sum()
    beneath = ((end.depth_m > 30.0) & (end.depth_m < 40.0)).sum()
    # 3,333 are expected in each, ± 58; walks by the diffusivity of their start alone would end with 474 and 11,087.
    assert above == pytest.approx(MANY / 6, rel=0.08)
    assert beneath == pytest.approx(MANY / 6, rel=0.08)


def test_oil_near_the_bottom_settles_for_good():
    shallow = Bathymetry(
        south_lat=LAT - 1, west_lon=LON - 1, lat_step=1.0, lon_step=1.0, depth_m=np.full((3, 3), 5.0, np.float32)
    )
    simulation = setup(source(elements=MANY), bathymetry=shallow, physics={"diffusivity_m2_s": 2.0})
    settled = advance(below_surface(simulation, np.full(MANY, 2.0)), simulation, 6 * HOUR)
    still = settled.status == SEDIMENTED
    assert still.any()
    assert settled.depth_m.max() == pytest.approx(5.0 - 0.2, abs=1e-6)
    later = advance(settled, simulation, DAY)
    assert np.array_equal(later.lat_deg[still], settled.lat_deg[still])
    assert (later.status[still] == SEDIMENTED).all()


def test_where_bathymetry_shows_land_oil_does_not_settle():
    land = Bathymetry(
        south_lat=LAT - 1, west_lon=LON - 1, lat_step=1.0, lon_step=1.0, depth_m=np.full((3, 3), -3.0, np.float32)
    )
    simulation = setup(bathymetry=land)
    end = advance(below_surface(simulation, np.full(500, 2.0)), simulation, DAY)
    assert (end.status == DISPERSED).all()


def test_a_slick_that_spreads_moves_its_elements_away_from_its_centre():
    simulation = setup(source(elements=2000), physics={"spreading": True})
    start = begin(simulation)
    end = advance(start, simulation, 900.0)
    ratio = float(end.slicks["spread_ratio"][0])
    assert ratio > 1.01
    centre = start.lat_deg.mean()
    assert end.lat_deg - centre == pytest.approx(ratio * (start.lat_deg - centre), abs=1e-9)
    late = advance(end, simulation, DAY)
    assert late.lat_deg.std() > end.lat_deg.std()
