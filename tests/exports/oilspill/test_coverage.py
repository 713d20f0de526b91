"""The crate of a spill: what was read, what was made, where and when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.exports.oilspill.spill_result import OPTIONS, Spill, make_spill

from pelagia.exports.folder import write_folder
from pelagia.exports.oilspill.coverage import coverage
from pelagia.exports.outcome import ExportOptions


@pytest.fixture(scope="module")
def crate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("crate")
    result = make_spill(folder / "spill", Spill(scenes=1))
    assert write_folder(result, folder / "out", ("netcdf", "geotiff", "outlines"), options=OPTIONS) == ()
    told = json.loads((folder / "out" / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    return folder / "out", {entity["@id"]: entity for entity in told["@graph"]}


def test_every_file_is_an_output_of_the_run_with_its_kind(crate: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    out, graph = crate
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    made = {one["@id"] for one in graph["#run"]["result"]}
    assert made == written - {"ro-crate-metadata.json"}
    kinds = {Path(name).suffix: graph[name]["encodingFormat"] for name in made}
    assert kinds == {
        ".parquet": "application/vnd.apache.parquet", ".nc": "application/x-netcdf", ".tif": "image/tiff",
        ".geojson": "application/geo+json", ".gpkg": "application/geopackage+sqlite3", ".html": "text/html",
        ".csv": "text/csv", ".json": "application/json", ".png": "image/png",
    }  # fmt: skip


def test_inputs_and_settings_are_what_the_run_took(crate: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    _, graph = crate
    taken = {one["@id"] for one in graph["#run"]["object"]}
    assert {"#input-1", "#setting-api", "#setting-seed", "#setting-wind_drift_factor"} <= taken
    assert graph["#setting-api"]["value"] == 30.0
    assert graph["./"]["conformsTo"]["@id"] == "https://w3id.org/ro/wfrun/process/0.5"


def test_the_crate_tells_where_and_when(crate: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    _, graph = crate
    root = graph["./"]
    assert root["temporalCoverage"] == "2026-03-01T06:00:00Z/2026-03-01T10:00:00Z"
    place = graph[root["spatialCoverage"]["@id"]]
    assert graph[place["geo"]["@id"]]["box"] == "36.00000 3.00000 36.06000 3.12000"


def test_across_the_date_line_the_east_is_the_smaller_number(tmp_path: Path) -> None:
    _, (_, box) = coverage(make_spill(tmp_path, Spill(west_lon=539.95, backward=True)))
    assert box["box"] == "36.00000 179.95000 36.06000 -179.93000"


def test_without_a_forecast_nothing_is_told_of_place_and_time(tmp_path: Path) -> None:
    assert coverage(make_spill(tmp_path, Spill(has_forecast=False))) == ({}, ())


def test_the_report_and_its_folder_are_the_same_again(
    crate: tuple[Path, dict[str, dict[str, Any]]], tmp_path: Path
) -> None:
    out, _ = crate
    again = ExportOptions(created=OPTIONS.created, dataset=OPTIONS.dataset)
    write_folder(make_spill(tmp_path / "spill", Spill(scenes=1)), tmp_path / "out", ("netcdf",), options=again)
    for path in (tmp_path / "out").rglob("*.nc"):
        assert path.read_bytes() == (out / path.relative_to(tmp_path / "out")).read_bytes()
