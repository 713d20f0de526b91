"""GeoTIFF of a spill: a file a time and kind, north above, where the oil lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from tests.exports.oilspill.spill_result import KG_M2, OPTIONS, START_S, STEP, Spill, make_spill

from pelagia.core.errors import BadInput
from pelagia.core.result import Result
from pelagia.core.table import write_table
from pelagia.exports.oilspill import frames, geotiff
from pelagia.services.oilspill import columns


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return make_spill(tmp_path_factory.mktemp("spill"), Spill(members=8, empty=(2,), hours=3))


@pytest.fixture(scope="module")
def written(result: Result, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    outcome = geotiff.write(result, tmp_path_factory.mktemp("out"), OPTIONS)
    assert outcome.issues == ()
    return {path.name: path for path in outcome.files}


def test_a_kind_without_oil_at_a_time_has_no_file(written: dict[str, Path]) -> None:
    kinds = {"surface": 3, "dispersed": 3, "beached": 1, "probability": 5}
    assert {kind: sum(name.startswith(kind) for name in written) for kind in kinds} == kinds
    assert "probability_ever.tif" in written
    assert f"surface_{20260301}T080000Z.tif" not in written


def test_the_oil_lies_where_the_table_has_it(written: dict[str, Path]) -> None:
    with rasterio.open(written["surface_20260301T070000Z.tif"]) as raster:
        band = raster.read(1, masked=True)
        assert raster.crs.to_epsg() == 4326
        assert raster.tags()["time_utc"] == "2026-03-01T07:00:00Z"
        rows, cols = np.nonzero(~band.mask)
        assert band.max() == pytest.approx(KG_M2)
        assert sorted(zip(rows.tolist(), cols.tolist(), strict=True)) == [(2, 1), (2, 2), (3, 1), (3, 2)]
        lon, lat = raster.xy(rows.max(), cols.min())
    assert (lon, lat) == (pytest.approx(3.0 + 1.5 * STEP), pytest.approx(36.0 + 2.5 * STEP))
    assert START_S == 1_772_344_800.0


def test_files_are_cloud_optimised_and_the_same_again(result: Result, written: dict[str, Path], tmp_path: Path) -> None:
    geotiff.write(result, tmp_path, OPTIONS)
    for name, path in written.items():
        assert (tmp_path / "geotiff" / name).read_bytes() == path.read_bytes()
        with rasterio.open(path) as raster:
            assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_of_many_maps_some_are_written_and_the_last_and_that_is_told(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "MAPS_AT_MOST", 2)
    outcome = geotiff.write(result, tmp_path, OPTIONS)
    assert [(issue.code, issue.severity, issue.value) for issue in outcome.issues] == [
        ("export-maps-thinned", "note", "4 maps")
    ]
    names = [path.name for path in outcome.files if path.name.startswith("probability")]
    assert sorted(names) == [
        f"probability_{time}.tif" for time in ("20260301T060000Z", "20260301T080000Z", "20260301T090000Z", "ever")
    ]


def test_no_oil_at_all_is_no_file(tmp_path: Path) -> None:
    outcome = geotiff.write(make_spill(tmp_path / "spill", Spill(empty=tuple(range(5)))), tmp_path, OPTIONS)
    assert (outcome.files, outcome.issues) == ((), ())


def test_maps_too_large_are_told(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "CELLS_AT_MOST", 10)
    outcome = geotiff.write(result, tmp_path, OPTIONS)
    assert outcome.files == ()
    assert [issue.code for issue in outcome.issues] == ["export-maps-too-large"]


@pytest.mark.parametrize("beside", [{"row": -1}, {"col": 12}])
def test_a_cell_beside_the_grid_is_refused_not_drawn_elsewhere(
    result: Result, tmp_path: Path, beside: dict[str, int]
) -> None:
    rows = [dict(row) | beside for row in frames.all_rows(result.tables["concentration"])]
    table = write_table("concentration", tmp_path, columns.CONCENTRATION_COLUMNS, rows)
    with pytest.raises(BadInput, match="beside the grid"):
        geotiff.write(replace(result, tables={**result.tables, "concentration": table}), tmp_path, OPTIONS)
