"""The packaged table of oils, searched and chosen from."""

from __future__ import annotations

import gzip
import json
import runpy
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from pelagia.core.errors import BadParameter
from pelagia.ocean.oils.choosing import find_oil, near_names, oil_by_api
from pelagia.ocean.oils.table import all_oils, list_oils

VALUES = {
    "api": (-20.0, 110.0),
    "density_kg_m3": (550.0, 1200.0),
    "viscosity_mm2_s": (0.1, 1e8),
    "viscosity_temperature_c": (-30.0, 150.0),
    "residual_fraction": (0.01, 0.99),
    "residual_density_kg_m3": (550.0, 1300.0),
    "vapour_pressure_bar": (1e-5, 1.0),
}


def test_the_table_is_small_and_whole():
    packed = files("pelagia.ocean.oils") / "reference" / "oils.csv.gz"
    assert len(packed.read_bytes()) < 300_000
    assert len(all_oils()) == 1442
    assert len({listed.oil.record_id for listed in all_oils()}) == 1442


def test_every_oil_has_all_that_weathering_needs():
    for listed in all_oils():
        oil = listed.oil
        assert oil.name
        for name, (low, high) in VALUES.items():
            assert low <= getattr(oil, name) <= high, (oil.record_id, name)
        assert oil.residual_density_kg_m3 >= oil.density_kg_m3 - 0.1, oil.record_id
        assert oil.max_water_fraction is None or 0.0 <= oil.max_water_fraction <= 0.95
        assert set(oil.estimated) <= {*VALUES, "max_water_fraction"}


def test_the_table_is_read_without_heavy_packages():
    code = (
        "import sys; from pelagia.ocean.oils.choosing import find_oil; find_oil('AD00042');"
        "print([name for name in ('numpy', 'numba', 'pyarrow', 'scipy') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_oils_are_searched_by_words_of_name_and_place():
    found = list_oils("heavy arabian", limit=100)
    assert found
    assert all("heavy" in listed.oil.name.casefold() for listed in found)
    assert list_oils("Arabian-HEAVY,", limit=100) == list_oils("arabian heavy", limit=100)
    assert list_oils("NORWAY", limit=3) == list_oils("norway", limit=100)[:3]
    assert list_oils("no such words at all") == ()
    assert len(list_oils("", limit=7)) == 7


def test_names_that_begin_with_the_query_come_first():
    names = [listed.oil.name.casefold() for listed in list_oils("ekofisk", limit=100)]
    begins = [name.startswith("ekofisk") for name in names]
    assert begins == sorted(begins, reverse=True)


def test_an_oil_is_found_by_name_and_by_record():
    oil = find_oil("arabian heavy")
    assert oil.record_id == "AD00042"
    assert find_oil("ad00042") == oil
    assert find_oil("  ARABIAN   Heavy ") == oil


def test_an_unknown_oil_is_told_with_the_nearest_names():
    with pytest.raises(BadParameter) as caught:
        find_oil("Arabian Hevy")
    assert caught.value.code == "unknown-oil"
    assert "ARABIAN HEAVY" in caught.value.remedy


@pytest.mark.parametrize("name", ["", "   ", "?!"])
def test_an_oil_without_name_is_unknown(name: str):
    with pytest.raises(BadParameter, match="no oil"):
        find_oil(name)


def test_words_of_a_name_are_near_it():
    assert any("EKOFISK" in name.upper() for name in near_names("ekofisk crude"))
    assert near_names("qzxw") == []


def test_a_name_of_several_oils_is_told_with_their_records():
    with pytest.raises(BadParameter) as caught:
        find_oil("Ekofisk blend")
    assert caught.value.code == "ambiguous-oil"
    assert "NO00014" in caught.value.remedy and "NO00015" in caught.value.remedy


@pytest.mark.parametrize("api", [11.0, 22.0, 27.9, 35.0, 45.0])
def test_the_nearest_measured_crude_oil_is_taken_for_an_api_gravity(api: float):
    oil = oil_by_api(api)
    assert abs(oil.api - api) <= 0.3
    assert not {"viscosity_mm2_s", "residual_fraction"} & set(oil.estimated)
    (listed,) = [listed for listed in all_oils() if listed.oil == oil]
    assert listed.is_crude and listed.is_complete


@pytest.mark.parametrize("api", [-1.0, 870.0, float("nan")])
def test_an_api_gravity_out_of_bounds_is_told(api: float):
    with pytest.raises(BadParameter, match="between 0 and 70"):
        oil_by_api(api)


def test_the_table_is_what_the_tool_makes_of_the_records(shared_data: Path):
    file = shared_data / "oilspill" / "oils.jsonl"
    if not file.is_file():
        pytest.skip("the records of NOAA are not beside the project (oilspill/oils.jsonl)")
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    tool = runpy.run_path(str(Path(__file__).parents[3] / "tools" / "make_oils.py"))
    text, said = tool["table_of"](records)
    packed = files("pelagia.ocean.oils") / "reference" / "oils.csv.gz"
    assert gzip.decompress(packed.read_bytes()).decode("utf-8") == text
    left_out = {line.split()[2] for line in said if line.startswith("left out")}
    assert left_out == {"EC00647", "EC01655", "EC01803", "AD00781"}  # no density; sinks


def test_values_that_a_record_tells_are_those_of_the_table(shared_data: Path):
    file = shared_data / "oilspill" / "oils.jsonl"
    if not file.is_file():
        pytest.skip("the records of NOAA are not beside the project (oilspill/oils.jsonl)")
    records = {record["id"]: record for record in map(json.loads, file.read_text(encoding="utf-8").splitlines())}
    for listed in all_oils():
        oil, record = listed.oil, records[listed.oil.record_id]
        assert listed.is_complete == record["complete_for_modelling"]
        if record.get("api") is not None:
            assert oil.api == pytest.approx(record["api"], rel=1e-3, abs=1e-3)
        at_15 = dict(map(tuple, record.get("density_kg_m3", []))).get(15.0)
        if at_15:
            assert oil.density_kg_m3 == pytest.approx(at_15, abs=0.06)
        kinematic = dict(map(tuple, record.get("kinematic_viscosity_mm2_s", []))).get(15.0)
        if kinematic and "dynamic_viscosity_mpa_s" not in record:
            assert oil.viscosity_mm2_s == pytest.approx(kinematic, rel=1e-3)
        measured = "kinematic_viscosity_mm2_s" in record or "dynamic_viscosity_mpa_s" in record
        assert measured == ("viscosity_mm2_s" not in oil.estimated), oil.record_id
