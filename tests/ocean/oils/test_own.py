"""An oil of the user's own: read, completed, and refused with a remedy where it cannot be right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.oils.own import LIMIT_BYTES, read_own_oil

GOOD = {"density_kg_m3": 870.0, "viscosity_mm2_s": 20.0}


def read(folder: Path, told: Any) -> Oil:
    file = folder / "oil.json"
    file.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return read_own_oil(str(file))


def test_density_and_viscosity_suffice(tmp_path: Path):
    oil = read(tmp_path, GOOD | {"name": "Ours"})
    assert (oil.name, oil.density_kg_m3, oil.viscosity_mm2_s, oil.viscosity_temperature_c) == (
        "Ours",
        870.0,
        20.0,
        15.0,
    )
    assert oil.api == pytest.approx(30.98, abs=0.01)
    assert oil.estimated == ("api", "residual_density_kg_m3", "residual_fraction", "vapour_pressure_bar")


def test_all_values_may_be_told(tmp_path: Path):
    told = {
        "name": "Arabian heavy (Safaniya)",
        "api": 27.9,
        "density_kg_m3": 888,
        "viscosity_mm2_s": 19,
        "viscosity_temperature_c": 38,
        "residual_fraction": 0.696,
        "residual_density_kg_m3": 924,
        "vapour_pressure_bar": 0.516,
        "max_water_fraction": 0.7,
        "reference": "our laboratory",
    }
    oil = read(tmp_path, told)
    assert oil.estimated == ()
    assert {name: getattr(oil, name) for name in told} == told


@pytest.mark.parametrize(
    ("change", "what", "remedy"),
    [
        ({"density_kg_m3": 0.87}, "seems to be in g/cm³", "870"),
        ({"density_kg_m3": 1.2}, "seems to be in g/cm³", "kg/m³: 1200"),
        ({"density_kg_m3": 8700}, "out of bounds", "500 to 1200"),
        ({"density_kg_m3": -870}, "out of bounds", "500 to 1200"),
        ({"viscosity_mm2_s": 2e-5}, "seems to be in m²/s", "20"),
        ({"viscosity_temperature_c": 311.15}, "seems to be in K", "38"),
        ({"residual_fraction": 69.6}, "seems to be in percent", "0.696"),
        ({"residual_fraction": 0}, "out of bounds", "0.01 to 1"),
        ({"vapour_pressure_bar": 51.6}, "seems to be in kPa", "0.516"),
        ({"vapour_pressure_bar": 51600}, "seems to be in Pa", "0.516"),
        ({"max_water_fraction": 70}, "seems to be in percent", "0.7"),
        ({"density_kg_m3": "870"}, "is no number", "without quotes"),
        ({"density_kg_m3": True}, "is no number", "number"),
        ({"api": 20.0}, "contradict", "one of them"),
        ({"residual_density_kg_m3": 800}, "not lighter", "residual_density_kg_m3"),
        ({"density": 870}, "no such value", "density_kg_m3?"),
        ({"density_kg_m3": None}, "neither density nor API", "api"),
        ({"viscosity_mm2_s": None}, "no viscosity", "viscosity_mm2_s"),
    ],
)
def test_what_cannot_be_right_is_told_with_its_remedy(tmp_path: Path, change: dict, what: str, remedy: str):
    with pytest.raises(BadInput, match=what) as caught:
        read(tmp_path, GOOD | change)
    assert remedy in caught.value.remedy
    assert caught.value.code == "own-oil-value"
    assert caught.value.file.endswith("oil.json")


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '"oil"', "null", "[" * 5000, '{"api": 1e999}', '{"api": NaN}'])
def test_what_is_no_oil_is_told(tmp_path: Path, text: str):
    with pytest.raises(BadInput):
        read(tmp_path, text)


def test_a_file_too_large_for_an_oil_is_not_read(tmp_path: Path):
    with pytest.raises(PelagiaError):
        read(tmp_path, json.dumps(GOOD | {"reference": "x" * LIMIT_BYTES}))
