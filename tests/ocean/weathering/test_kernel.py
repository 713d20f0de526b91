"""Oil weathers by the published relations, and none of it is lost or made."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.setting import Source
from pelagia.ocean.weathering import kernel
from pelagia.ocean.weathering.slicks import (
    DISPERSION,
    EMULSIFICATION,
    EVAPORATION,
    SPREADING,
    max_water_fraction,
    start_slicks,
    step_slicks,
)

ALL = EVAPORATION | EMULSIFICATION | DISPERSION | SPREADING
HOUR = 3600.0
HEAVY = Oil(
    name="like Arabian heavy",
    api=27.9,
    density_kg_m3=888.0,
    viscosity_mm2_s=19.0,
    viscosity_temperature_c=38.0,
    residual_fraction=0.696,
    residual_density_kg_m3=924.0,
    vapour_pressure_bar=0.516,
)
LIGHT = Oil(
    name="like a condensate",
    api=48.0,
    density_kg_m3=788.0,
    viscosity_mm2_s=1.5,
    viscosity_temperature_c=15.0,
    residual_fraction=0.05,
    residual_density_kg_m3=850.0,
    vapour_pressure_bar=0.8,
)


def spill(oil: Oil = HEAVY, mass_t: float = 100.0, *, area_m2: float = 0.0):
    """Return a slick at the start, and the table of its oil."""
    source = Source(lat=0.0, lon=0.0, mass_kg=1000.0 * mass_t, start_s=0.0, elements=1, oil=oil)
    return start_slicks([source], step_s=900.0, areas_m2=[area_m2])


def weathered(slicks, table, *, hours: float, wind: float, temperature: float = 15.0, dt: float = 900.0, switches=ALL):
    """Return a copy of slicks after some hours of constant weather."""
    slicks = slicks.copy()
    winds, temperatures = np.full(len(slicks), wind), np.full(len(slicks), temperature)
    for step in range(round(hours * HOUR / dt)):
        step_slicks(slicks, table, winds, temperatures, dt, step * dt, switches)
    return slicks


def volume(slick) -> float:
    """Return where the volume of a slick is, together, m³."""
    names = ("thick_m3", "thin_m3", "evaporated_m3", "dispersed_m3")
    return float(sum(slick[name] for name in names))


@pytest.mark.parametrize("oil", [HEAVY, LIGHT], ids=lambda oil: oil.name)
@pytest.mark.parametrize("wind", [0.0, 3.0, 12.0, 40.0])
@pytest.mark.parametrize("mass_t", [0.01, 100.0, 1e5])
def test_no_oil_is_lost_or_made(oil: Oil, wind: float, mass_t: float):
    slicks, table = spill(oil, mass_t)
    for hours in (1.0, 48.0):
        slick = weathered(slicks, table, hours=hours, wind=wind)[0]
        assert volume(slick) == pytest.approx(slick["released_m3"], rel=1e-9)
        assert 0.0 <= slick["evaporated_fraction"] <= 1.0 - oil.residual_fraction
        assert 0.0 <= slick["dispersed_fraction"] <= oil.residual_fraction
        assert min(slick["thick_m3"], slick["thin_m3"]) >= 0.0


def test_oil_of_constant_area_evaporates_along_the_published_curve():
    # Mackay et al. (1980): with a constant area the rate integrates to F = ln(1 + C k t) / C, C = 12.
    slicks, table = spill(mass_t=1000.0)
    slicks["thin_m3"], slicks["thin_area_m2"] = 0.0, 0.0
    first = slicks[0].copy()
    k = 0.0008 * (3.6 * 5.0) ** 0.78 * first["thick_area_m2"] * 0.516 / (288.0 * first["thick_m3"])
    for hours in (0.25, 0.5, 1.0):
        slick = weathered(slicks, table, hours=hours, wind=5.0, switches=EVAPORATION, dt=60.0)[0]
        expected = math.log(1.0 + 12.0 * k * hours * HOUR) / 12.0
        assert 0.01 < expected < 0.3
        assert slick["thick_evaporated"] == pytest.approx(expected, rel=2e-3)  # explicit steps of 2 s


def test_evaporation_ends_with_the_residual_share():
    slicks, table = spill()
    slick = weathered(slicks, table, hours=240.0, wind=10.0, switches=EVAPORATION)[0]
    assert slick["evaporated_fraction"] == pytest.approx(1.0 - 0.696, abs=1e-9)


def test_water_fraction_follows_its_exponential():
    # dw/dt = a (W + 1)² (1 - w / most) has the solution most (1 - exp(-a (W + 1)² t / most)).
    slicks, table = spill()
    most = max_water_fraction(27.9)
    slick = weathered(slicks, table, hours=6.0, wind=8.0, switches=EMULSIFICATION, dt=300.0)[0]
    expected = most * (1.0 - math.exp(-1.6e-6 * 81.0 * 6.0 * HOUR / most))
    assert slick["water_fraction"] == pytest.approx(expected, rel=2e-3)
    assert slick["viscosity_mm2_s"] > 10 * slick["oil_viscosity_mm2_s"]
    assert HEAVY.density_kg_m3 < slick["density_kg_m3"] < 1026.0


def test_viscosity_follows_the_temperature_of_the_sea():
    slicks, table = spill()
    slick = weathered(slicks, table, hours=1.0, wind=0.0, temperature=0.0, switches=0)[0]
    assert slick["oil_viscosity_mm2_s"] == pytest.approx(178.09, abs=0.005)  # as MEDSLIK-II prints it


def test_water_of_an_emulsion_grows_with_api():
    shares = [max_water_fraction(api) for api in (5.0, 17.0, 35.0, 50.0)]
    assert shares == sorted(shares)
    assert shares[1] == pytest.approx(0.6)  # 0.9 / (2 - 1/2)


def test_thick_oil_spreads_as_gravity_against_viscosity_has_it():
    # dA/dt = 150 A^0.333 (V/A)^1.333 has the solution A² = A0² + 300 V^1.333 t while little feeds the thin slick.
    slicks, table = spill(mass_t=1000.0)
    area, oil_m3 = slicks[0]["thick_area_m2"], slicks[0]["thick_m3"]
    slick = weathered(slicks, table, hours=1.0, wind=0.0, switches=SPREADING, dt=60.0)[0]
    expected = math.sqrt(area**2 + 300.0 * oil_m3**1.333 * HOUR)
    assert expected > 2.0 * area
    assert slick["thick_area_m2"] == pytest.approx(expected, rel=0.01)  # what feeds the thin slick is 0.5 %


def test_spreading_ratios_multiply_to_the_growth_of_the_radius_and_end_after_a_day():
    slicks, table = spill()
    first, ratio = slicks[0].copy(), 1.0
    for step in range(4 * 30):
        step_slicks(slicks, table, np.array([4.0]), np.array([15.0]), 900.0, step * 900.0, ALL)
        if step < 95:
            assert slicks[0]["spread_ratio"] > 1.0
            ratio *= slicks[0]["spread_ratio"]
            radius = math.sqrt(slicks[0]["thick_area_m2"] / first["thick_area_m2"])
            assert ratio == pytest.approx(radius, rel=1e-9)
        else:
            assert slicks[0]["spread_ratio"] == 1.0


@pytest.mark.parametrize("wind", [3.0, 9.0])
def test_result_hardly_depends_on_the_time_step(wind: float):
    slicks, table = spill()
    fine, coarse = (weathered(slicks, table, hours=24.0, wind=wind, dt=dt)[0] for dt in (300.0, 1800.0))
    names = ("evaporated_fraction", "dispersed_fraction", "water_fraction", "thick_area_m2", "density_kg_m3")
    for name in names:
        assert coarse[name] == pytest.approx(fine[name], rel=0.02), name
    assert coarse["viscosity_mm2_s"] == pytest.approx(fine["viscosity_mm2_s"], rel=0.05)


def test_more_wind_takes_more_oil_from_the_surface():
    slicks, table = spill()
    told = [weathered(slicks, table, hours=0.25, wind=wind)[0] for wind in (0.0, 2.0, 5.0, 10.0, 20.0)]
    for name in ("evaporated_fraction", "dispersed_fraction", "water_fraction"):
        assert np.all(np.diff([slick[name] for slick in told]) > 0.0), name


def test_oil_in_the_water_never_comes_back_when_the_wind_falls():
    slicks, table = spill(LIGHT)
    slicks = weathered(slicks, table, hours=3.0, wind=15.0)
    before = slicks[0]["dispersed_fraction"]
    after = weathered(slicks, table, hours=1.0, wind=1.0)[0]
    assert before > 0.0
    assert after["dispersed_fraction"] >= before
    assert volume(after) == pytest.approx(after["released_m3"], rel=1e-9)


def test_a_process_that_is_off_does_nothing():
    slicks, table = spill()
    slick = weathered(slicks, table, hours=12.0, wind=8.0, switches=0)[0]
    assert slick["evaporated_fraction"] == slick["dispersed_fraction"] == slick["water_fraction"] == 0.0
    assert slick["thick_area_m2"] == pytest.approx(slicks[0]["thick_area_m2"], rel=1e-12)
    assert slick["spread_ratio"] == 1.0
    assert slick["age_s"] == 12 * HOUR


def test_thick_oil_that_became_thin_ends_as_sheen_without_moving_anything():
    slicks, table = spill(LIGHT, 0.01)
    slick = weathered(slicks, table, hours=48.0, wind=2.0)[0]
    assert slick["thick_m3"] == 0.0
    assert slick["thin_area_m2"] == pytest.approx(slick["thin_m3"] / kernel.THIN_M)
    assert slick["spread_ratio"] == 1.0


def test_droplets_are_fewer_the_thicker_and_the_more_viscous_the_oil():
    assert kernel.small_droplet_share(10.0, 0.001) == pytest.approx(1.0 / 51.0)
    assert kernel.small_droplet_share(1000.0, 0.001) < kernel.small_droplet_share(10.0, 0.001)
    assert kernel.small_droplet_share(10.0, 0.01) < kernel.small_droplet_share(10.0, 0.001)


def test_droplets_below_the_slick_balance_what_waves_drive_under():
    # Twice what is driven under a second by the sum of rise and sinking is their share of a layer of 0.5 m.
    driven = 8e-6 * (5.0 + 1.0) ** 2 / (1.0 + 50.0 * math.sqrt(100.0 / 10.0) * 2.0)
    assert kernel.droplets_held(5.0, 100.0, 0.002) == pytest.approx(2.0 * driven * 0.5 / (0.0003 + 0.001))
    assert pytest.approx(0.5 * (0.001 - 0.0003) / 0.5) == kernel.DROPLET_LOSS_PER_S
