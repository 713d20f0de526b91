"""The reference run of MEDSLIK-II (Syria 2021): the same fate of the oil, row by row.

The original takes the wind at the node of its own grid nearest to the middle of the slick's box, from hourly records:
exact at the first step of an hour, then in parts of 8.5 (of 8) towards the next. The box is known at 1, 6, 12 and 24 h
and taken to move evenly between them.
"""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.setting import Source
from pelagia.ocean.weathering.slicks import start_slicks, step_slicks

EVAPORATED, DISPERSED, EMULSION, OIL, DENSITY, WATER, VOLUME_RATIO = 2, 5, 8, 10, 12, 14, 16
FATES = ("medslik_shipped", "medslik_rerun_gfortranO2_stokes0_wind0.03", "medslik_rerun_stokes1_wind0")
STEPS, STEP_H, START_H = 192, 0.125, 3.0 + 43.0 / 60.0
LAT, LON = 35.25, 35.9
SAFANIYA = Oil(
    name="Arabian heavy (Safaniya)",
    api=27.9,
    density_kg_m3=888.0,
    viscosity_mm2_s=19.0,
    viscosity_temperature_c=38.0,
    residual_fraction=0.696,
    residual_density_kg_m3=924.0,
    vapour_pressure_bar=0.516,
)


@pytest.fixture(scope="module")
def case(shared_data: Path) -> Path:
    folder = shared_data / "oilspill" / "cases" / "syria_2021"
    if not folder.is_dir():
        pytest.skip("the reference run of MEDSLIK-II is not beside the project (oilspill/cases/syria_2021)")
    return folder


def nodes(case: Path) -> list[tuple[float, float]]:
    """Return the node (lat, lon) of the original's grid nearest to the middle of the slick at each step."""
    lon0, lon1, lat0, lat1 = (float(word) for word in (case / "dtm.bath").read_text().splitlines()[1].split())
    columns, rows = (int(word) for word in (case / "dtm.bath").read_text().splitlines()[2].split())
    with netCDF4.Dataset(case / "medslik_reference" / "spill_properties_h1_6_12_24.nc") as told:
        hours = [0.0, *np.asarray(told["time"])]
        boxes = {
            axis: [[start, *fold(np.asarray(told[axis]), axis=1)] for fold in (np.min, np.max)]
            for axis, start in (("latitude", LAT), ("longitude", LON))
        }

    def along(axis: str, first: float, step: float, hour: float) -> float:
        low, high = ((np.interp(hour, hours, edge) - first) / step + 1.0 for edge in boxes[axis])
        middle = (int(low) - 2 + int(high + 1.0) + 2) / 2.0
        return first + (int(middle + 0.5) - 1) * step

    lat_step, lon_step = (lat1 - lat0) / (rows - 1), (lon1 - lon0) / (columns - 1)
    return [
        (along("latitude", lat0, lat_step, n * STEP_H), along("longitude", lon0, lon_step, n * STEP_H))
        for n in range(STEPS)
    ]


def wind_speeds(case: Path) -> np.ndarray:
    """Return the wind that the original takes at each step, (192,) m/s."""
    with netCDF4.Dataset(case / "era5_winds10_20210822_syria_new_mdk.nc") as file:
        lats, lons = np.asarray(file["lat"])[::-1], np.asarray(file["lon"])
        field = np.stack([np.asarray(file[name][:], np.float64)[:, ::-1] for name in ("U10M", "V10M")], axis=-1)
    field = field.round(4)  # the original reads it from text with so many digits
    speeds = np.empty(STEPS)
    for n, (lat, lon) in enumerate(nodes(case)):
        row, col = int((lat - lats[0]) / 0.25), int((lon - lons[0]) / 0.25)
        up, right = (lat - lats[row]) / 0.25, (lon - lons[col]) / 0.25
        corners = field[:, row : row + 2, col : col + 2]
        series = np.tensordot(corners, [[(1 - up) * (1 - right), (1 - up) * right], [up * (1 - right), up * right]],
                              axes=([1, 2], [0, 1]))  # fmt: skip
        middle = START_H + (n + 0.5) * STEP_H
        hour = int(middle)
        part = (middle - hour) if hour == int(START_H) else int((middle - hour) / STEP_H) / 8.5
        speeds[n] = np.hypot(*(series[hour] + part * (series[hour + 1] - series[hour])))
    return speeds


@pytest.fixture(scope="module")
def ours(case: Path) -> np.ndarray:
    """Return the slick after each step, (192,) of ``SLICK_DTYPE``."""
    source = Source(lat=LAT, lon=LON, mass_kg=27_780.0, start_s=0.0, elements=1, oil=SAFANIYA)
    slicks, table = start_slicks([source], step_s=450.0)
    told = []
    for n, speed in enumerate(wind_speeds(case)):
        step_slicks(slicks, table, np.array([speed]), np.zeros(1), 450.0, n * 450.0, 15)
        told.append(slicks[0].copy())
    return np.array(told)


@pytest.fixture(scope="module", params=FATES)
def theirs(case: Path, request: pytest.FixtureRequest) -> np.ndarray:
    """Return the original's table of fates, the row of the start left out, (192, 17)."""
    table = np.loadtxt(case / "medslik_reference" / f"{request.param}.fte", skiprows=7)
    assert table.shape == (STEPS + 1, 17)
    return table[1:]


def test_evaporation_is_that_of_the_original_to_its_digits(ours: np.ndarray, theirs: np.ndarray):
    assert np.abs(100.0 * ours["evaporated_fraction"] - theirs[:, EVAPORATED]).max() <= 5.5e-5  # %, printed to 1e-4


def test_viscosity_of_the_oil_is_that_of_the_original_to_its_digits(ours: np.ndarray, theirs: np.ndarray):
    assert np.abs(ours["oil_viscosity_mm2_s"] - theirs[:, OIL]).max() <= 0.0055  # printed to 0.01


def test_water_and_density_of_the_emulsion_are_close(ours: np.ndarray, theirs: np.ndarray):
    # From the second hour on the wind at the middle of the slick is known from four moments of it only.
    assert np.abs(ours["water_fraction"] - theirs[:, WATER]).max() <= 0.0025
    assert np.abs(ours["density_kg_m3"] - theirs[:, DENSITY]).max() <= 0.25
    assert np.abs(ours["density_kg_m3"][:8] - theirs[:8, DENSITY]).max() <= 0.0055  # first hour: the same wind


def test_viscosity_of_the_emulsion_is_close(ours: np.ndarray, theirs: np.ndarray):
    # The original tells that of the last substep but one, 1.1 % less in the first step, when it rises fastest.
    relative = ours["viscosity_mm2_s"] / theirs[:, EMULSION] - 1.0
    assert np.abs(relative[0]) <= 0.012
    assert np.abs(relative[1:]).max() <= 0.008
    assert np.abs(relative[-1]) <= 0.003


def test_volume_of_the_emulsion_follows_from_evaporation_and_water(ours: np.ndarray, theirs: np.ndarray):
    # The original counts what floats and what may wash off the shore: what is left of its table's oil, with water.
    floats = theirs[:, 4] / 100.0
    ratio = floats / (1.0 - ours["water_fraction"])
    assert np.abs(ratio / theirs[:, VOLUME_RATIO] - 1.0).max() <= 0.004


def test_all_oil_ends_evaporated_as_far_as_it_may(ours: np.ndarray):
    assert ours["evaporated_fraction"][-1] == pytest.approx(1.0 - SAFANIYA.residual_fraction, abs=1e-6)
