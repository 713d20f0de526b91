"""What slicks begin with: sources, releases that last, known areas, ages."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.ocean.weathering.test_kernel import ALL, HEAVY, HOUR, LIGHT, volume

from pelagia.ocean.oils.table import all_oils
from pelagia.ocean.setting import Source
from pelagia.ocean.weathering.slicks import (
    MAX_INTERVALS,
    OIL_DTYPE,
    SLICK_DTYPE,
    age_slicks,
    oil_record,
    start_slicks,
    step_slicks,
)


def source(**told) -> Source:
    """Return a source of 100 t of heavy oil, but for what is told."""
    return Source(**{"lat": 0.0, "lon": 0.0, "mass_kg": 1e5, "start_s": 1000.0, "elements": 100, "oil": HEAVY} | told)


def test_a_point_begins_two_centimetres_thick_with_a_sheen_of_four_times_its_area():
    slicks, _ = start_slicks([source()], step_s=900.0)
    slick = slicks[0]
    assert slicks.dtype == SLICK_DTYPE
    assert slick["released_m3"] == pytest.approx(1e5 / 888.0)
    assert slick["thick_m"] == pytest.approx(0.02)
    assert slick["thin_area_m2"] == pytest.approx(4.0 * slick["thick_area_m2"])
    assert slick["thick_area_m2"] == pytest.approx(slick["released_m3"] / (0.02 + 4e-5))
    assert volume(slick) == pytest.approx(slick["released_m3"])


def test_a_release_that_lasts_is_a_slick_each_step():
    slicks, _ = start_slicks([source(duration_s=2 * HOUR), source(start_s=0.0)], step_s=900.0)
    assert np.array_equal(slicks["source"], [0] * 8 + [1])
    assert np.allclose(slicks["start_s"][:8], 1000.0 + 900.0 * np.arange(8))
    assert np.allclose(slicks["released_kg"], [1e5 / 8] * 8 + [1e5])


def test_a_long_release_makes_no_more_slicks_than_the_limit():
    slicks, _ = start_slicks([source(duration_s=1440 * HOUR)], step_s=60.0)
    assert len(slicks) == MAX_INTERVALS
    assert slicks["released_kg"].sum() == pytest.approx(1e5)


def test_sources_of_one_oil_share_its_row():
    slicks, table = start_slicks([source(), source(oil=LIGHT), source()], step_s=900.0)
    assert np.array_equal(slicks["oil"], [0, 1, 0])
    assert table.dtype == OIL_DTYPE
    assert np.array_equal(table, np.concatenate([oil_record(HEAVY), oil_record(LIGHT)]))


def test_a_slick_of_known_area_covers_it():
    area = 1e6
    slicks, _ = start_slicks([source()], step_s=900.0, areas_m2=[area])
    assert slicks[0]["thick_area_m2"] + slicks[0]["thin_area_m2"] == pytest.approx(area)
    assert volume(slicks[0]) == pytest.approx(slicks[0]["released_m3"])


@pytest.mark.parametrize("micrometres", [9.9, 10.0, 10.1])
def test_a_slick_of_ten_micrometres_is_all_sheen_however_its_area_is_measured(micrometres: float):
    thin = source(mass_kg=888.0 * micrometres)
    slick = start_slicks([thin], step_s=900.0, areas_m2=[1e6])[0][0]
    assert slick["thick_m3"] == slick["thick_area_m2"] == 0.0
    assert slick["thin_area_m2"] == pytest.approx(1e5 * micrometres)


def test_a_slick_of_twelve_micrometres_has_a_thick_part():
    slick = start_slicks([source(mass_kg=888.0 * 12.0)], step_s=900.0, areas_m2=[1e6])[0][0]
    assert slick["thick_m"] == pytest.approx(20e-6)


def test_oil_not_yet_released_does_not_weather_and_the_rest_of_a_step_counts():
    slicks, table = start_slicks([source(start_s=0.0), source(start_s=600.0), source(start_s=900.0)], step_s=900.0)
    step_slicks(slicks, table, np.full(3, 5.0), np.full(3, 15.0), 900.0, 0.0, ALL)
    assert np.allclose(slicks["age_s"], [900.0, 300.0, 0.0])
    evaporated = slicks["evaporated_fraction"]
    assert evaporated[0] > evaporated[1] > evaporated[2] == 0.0


def test_the_age_of_a_slick_is_weathered_before_the_start():
    slicks, table = start_slicks([source(), source(start_s=0.0)], step_s=900.0)
    winds, temperatures = np.full(2, 6.0), np.full(2, 12.0)
    age_slicks(slicks, table, winds, temperatures, np.array([7 * HOUR, 0.0]), ALL)
    fresh, fresh_table = start_slicks([source(start_s=0.0)], step_s=900.0)
    for step in range(28):
        step_slicks(fresh, fresh_table, winds[:1], temperatures[:1], 900.0, step * 900.0, ALL)
    assert slicks[0]["age_s"] == 7 * HOUR
    assert slicks[0]["evaporated_fraction"] == pytest.approx(fresh[0]["evaporated_fraction"], rel=1e-9)
    assert np.array_equal(slicks["start_s"], [1000.0, 0.0])
    assert np.array_equal(slicks["spread_ratio"], [1.0, 1.0])
    assert slicks[1]["age_s"] == slicks[1]["evaporated_fraction"] == 0.0
    assert slicks[1]["viscosity_mm2_s"] > 19.0  # colder than where it was measured


def test_a_slick_of_a_day_no_longer_spreads():
    slicks, table = start_slicks([source(start_s=0.0)], step_s=900.0)
    weather = np.array([6.0]), np.array([12.0])
    age_slicks(slicks, table, *weather, np.array([24 * HOUR]), ALL)
    step_slicks(slicks, table, *weather, 900.0, 0.0, ALL)
    assert slicks[0]["spread_ratio"] == 1.0


def test_the_most_water_may_be_told():
    told = dataclasses.replace(HEAVY, max_water_fraction=0.8)
    assert oil_record(told)["inverse_max_water"][0] == pytest.approx(1.25)
    assert oil_record(dataclasses.replace(HEAVY, max_water_fraction=0.0))["inverse_max_water"][0] == 1000.0


def test_density_rises_to_that_of_the_residue():
    record = oil_record(HEAVY)[0]
    volatile = (888.0 - 0.696 * 924.0) / 0.304
    assert record["density_rise"] == pytest.approx((924.0 - volatile) / 888.0)
    assert oil_record(dataclasses.replace(HEAVY, residual_fraction=1.0))["density_rise"][0] == 0.0


@pytest.mark.parametrize(("wind", "temperature"), [(0.0, -2.0), (7.0, 15.0), (45.0, 40.0)])
def test_every_oil_of_the_table_weathers_and_none_is_lost(wind: float, temperature: float):
    sources = [source(oil=listed.oil, start_s=0.0) for listed in all_oils()]
    slicks, table = start_slicks(sources, step_s=900.0, areas_m2=[0.0, 1e6, 1e8] * (len(sources) // 3) + [0.0, 1e6])
    winds, temperatures = np.full(len(slicks), wind), np.full(len(slicks), temperature)
    before = slicks
    for step in range(96):
        before = slicks.copy()
        step_slicks(slicks, table, winds, temperatures, 900.0, step * 900.0, ALL)
        for name in ("evaporated_fraction", "dispersed_fraction", "water_fraction"):
            assert np.all(slicks[name] >= before[name]), name
    parts = sum(slicks[name] for name in ("thick_m3", "thin_m3", "evaporated_m3", "dispersed_m3"))
    assert np.allclose(parts, slicks["released_m3"], rtol=1e-9, atol=0.0)
    assert np.all(slicks["evaporated_fraction"] + slicks["dispersed_fraction"] <= 1.0)
    assert np.all(slicks["spread_ratio"] >= 1.0)
    for name in SLICK_DTYPE.names or ():
        assert np.isfinite(slicks[name].astype(float)).all(), name
