"""Relations that complete an oil: definitions exact, curves by hand, regressions on oils that were measured."""

from __future__ import annotations

import csv
import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from pelagia.ocean.oils import relations
from pelagia.ocean.oils.completing import ToldOil, complete_oil

CUTS = [(0.0, 50.0), (0.1, 110.0), (0.2, 170.0), (0.3, 230.0), (0.4, 290.0), (0.5, 350.0)]


def test_api_gravity_is_what_it_is_defined_to_be():
    assert relations.density_of_api(10.0) == pytest.approx(relations.WATER_KG_M3)
    assert relations.density_of_api(35.0) == pytest.approx(849.0, abs=0.1)
    assert relations.api_of_density(relations.density_of_api(27.9)) == pytest.approx(27.9)


def test_density_at_another_temperature_is_brought_to_15_degrees():
    assert relations.density_at_15_c(870.0, 15.0) == 870.0
    warm = relations.density_at_15_c(870.0, 40.0)
    assert warm == pytest.approx(870.0 + 25.0 * 613.9723 / 870.0, rel=1e-3)  # 0.7 kg/m³ a degree
    assert relations.density_at_15_c(870.0, 0.0) < 870.0


def test_share_distilled_is_read_off_the_curve():
    assert relations.distilled_share(CUTS, 260.0) == pytest.approx(0.35)
    assert relations.distilled_share(CUTS, 410.0) == pytest.approx(0.6)  # its last piece goes on
    assert relations.distilled_share(CUTS, 20.0) == 0.0
    assert relations.distilled_share(CUTS, 5000.0) == 1.0


def test_boiling_line_is_that_of_the_first_half():
    first_k, slope_k = relations.boiling_line([*CUTS, (0.9, 900.0)])
    assert first_k == pytest.approx(323.15)
    assert slope_k == pytest.approx(600.0)


@pytest.mark.parametrize(
    "cuts",
    [
        CUTS[:2],  # too few
        [(0.0, 50.0), (0.1, 110.0), (0.2, 170.0), (0.3, 200.0)],  # ends long before 270 °C
        [(0.5, 318.0), (0.6, 350.0), (0.7, 400.0)],  # begins too late
        [(0.0, 50.0), (0.1, 200.0), (0.2, 60.0), (0.5, 300.0)],  # falls
        [(0.0, 200.0), (0.01, 230.0), (0.02, 300.0)],  # hardly any oil
    ],
)
def test_cuts_that_make_no_curve_are_not_used(cuts: list[relations.Cut]):
    assert relations.is_curve(CUTS)
    assert not relations.is_curve(cuts)


def test_vapour_pressure_is_that_of_an_oil_that_boils_at_its_boiling_point():
    assert relations.vapour_pressure(288.15) == 1.0
    assert relations.vapour_pressure(200.0) == 1.0  # no more than boiling
    assert relations.vapour_pressure(323.15) == pytest.approx(math.exp(-10.6 * 35.0 / 288.15))
    assert relations.vapour_pressure(900.0) == relations.LOWEST_PRESSURE_BAR


def test_residue_is_heavier_and_the_volatile_part_lighter_than_the_oil():
    volatile = relations.volatile_density(330.0, 620.0, 880.0)
    residue = relations.residual_density(880.0, volatile, 0.65)
    assert volatile < 880.0 < residue
    assert 0.65 / residue + 0.35 / volatile == pytest.approx(1.0 / 880.0)


@pytest.mark.parametrize("relation", [relations.viscosity_of_api, relations.residue_of_api])
def test_lighter_oils_are_thinner_and_leave_less(relation):
    values = [relation(api) for api in range(5, 60, 5)]
    assert all(later < earlier for earlier, later in pairwise(values))


def test_what_nobody_told_is_from_relations_and_named():
    oil = complete_oil(ToldOil(name="x", api=30.0))
    assert oil.density_kg_m3 == relations.density_of_api(30.0)
    assert oil.viscosity_temperature_c == relations.VISCOSITY_TEMPERATURE_C
    assert oil.estimated == (
        "density_kg_m3",
        "residual_density_kg_m3",
        "residual_fraction",
        "vapour_pressure_bar",
        "viscosity_mm2_s",
    )


def test_what_was_told_stays():
    told = ToldOil(
        name="x",
        api=27.9,
        density_kg_m3=888.0,
        viscosity_mm2_s=19.0,
        viscosity_temperature_c=38.0,
        residual_fraction=0.696,
        residual_density_kg_m3=924.0,
        vapour_pressure_bar=0.516,
        max_water_fraction=0.7,
    )
    oil = complete_oil(told)
    assert oil.estimated == ()
    for name in ("api", "density_kg_m3", "viscosity_mm2_s", "residual_fraction", "max_water_fraction"):
        assert getattr(oil, name) == getattr(told, name)


def test_an_oil_without_density_and_api_cannot_be_completed():
    with pytest.raises(ValueError, match="neither"):
        complete_oil(ToldOil(name="x"))


@pytest.fixture(scope="module")
def records(shared_data: Path) -> list[dict]:
    file = shared_data / "oilspill" / "oils.jsonl"
    if not file.is_file():
        pytest.skip("the records of NOAA are not beside the project (oilspill/oils.jsonl)")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_regressions_are_those_of_the_records(records: list[dict]):
    curves, viscous = [], []
    for record in records:
        if record.get("api") is None or record["product_type"] not in {"Crude Oil NOS", "Condensate", "Bitumen Blend"}:
            continue
        cuts = [(share, celsius) for share, celsius in record.get("distillation", {}).get("cuts_fraction_c", [])]
        if relations.is_curve(cuts):
            curves.append((record["api"], relations.boiling_line(cuts)[0]))
        for celsius, value in record.get("kinematic_viscosity_mm2_s", []):
            if 36.0 <= celsius <= 41.0 and 10.0 < record["api"] < 58.0:
                viscous.append((record["api"], math.log(math.log(value + 1.0))))
    assert len(curves) > 600 and len(viscous) > 400
    slope, first = np.polyfit(*np.array(curves).T, 1)
    assert (first, slope) == (pytest.approx(419.3, abs=1.0), pytest.approx(-2.70, abs=0.03))
    slope, first = np.polyfit(*np.array(viscous).T, 1)
    assert (first, slope) == (pytest.approx(2.714, abs=0.05), pytest.approx(-0.0592, abs=0.002))


@pytest.fixture(scope="module")
def others(shared_data: Path) -> list[dict[str, float]]:
    """The 226 oils of MEDSLIK-II but those beyond the relations: of 10 to 54 °API whose residue is below 96 %."""
    file = shared_data / "oilspill" / "medslik_oils.csv"
    if not file.is_file():
        pytest.skip("the oils of MEDSLIK-II are not beside the project (oilspill/medslik_oils.csv)")
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = [
        {name: float(value) for name, value in row.items() if name not in {"name", "region"}}
        for row in csv.DictReader(lines)
    ]
    return [row for row in rows if 10.0 <= row["api"] <= 54.0 and row["residual_percentage"] < 96.0]


def test_oils_of_medslik_are_met_as_well_as_the_docs_say(others: list[dict[str, float]]):
    """``docs/reference/oils.md`` quotes these figures."""
    told = [complete_oil(ToldOil(name="x", api=row["api"])) for row in others]
    assert len(told) == 221

    def differences(ours: str, theirs: str, factor: float) -> np.ndarray:
        return np.array([getattr(oil, ours) - factor * row[theirs] for oil, row in zip(told, others, strict=True)])

    residue = differences("residual_fraction", "residual_percentage", 0.01)
    assert np.median(residue) == pytest.approx(0.033, abs=0.005)
    assert np.abs(residue).mean() == pytest.approx(0.057, abs=0.005)
    density = differences("density_kg_m3", "density", 1000.0)
    assert np.abs(density).mean() == pytest.approx(1.2, abs=0.1)
    left = differences("residual_density_kg_m3", "residual_density", 1000.0)
    assert np.median(left) == pytest.approx(9.0, abs=2.0)
    assert np.abs(left).mean() == pytest.approx(20.0, abs=2.0)
    pressure = np.log([oil.vapour_pressure_bar / row["vapour_pressure"] for oil, row in zip(told, others, strict=True)])
    assert np.exp(np.median(pressure)) == pytest.approx(0.67, abs=0.03)
    assert np.exp(pressure.std()) == pytest.approx(1.85, abs=0.05)
