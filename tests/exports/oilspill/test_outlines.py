"""Outlines of a spill: GeoJSON and GeoPackage that other programs take, also at the date line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from tests.exports.oilspill.spill_result import OPTIONS, STEP, Spill, make_spill

from pelagia.core.result import Result
from pelagia.exports.oilspill import frames, outlines
from pelagia.exports.oilspill.geometry import even_odd, placed

OIL_AT_7 = "oil_20260301T070000Z.geojson"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return make_spill(tmp_path_factory.mktemp("spill"), Spill(empty=(2,), scenes=2))


@pytest.fixture(scope="module")
def written(result: Result, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    outcome = outlines.write(result, tmp_path_factory.mktemp("out"), OPTIONS)
    assert outcome.issues == ()
    return {path.name: path for path in outcome.files}


def features(path: Path) -> list[tuple[dict[str, Any], shapely.Geometry | None]]:
    told = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [(one["properties"], one["geometry"] and shapely.from_geojson(json.dumps(one["geometry"]))) for one in told]


def test_every_time_with_oil_has_its_outlines(written: dict[str, Path]) -> None:
    assert {name for name in written if name.startswith("oil_")} == {
        f"oil_20260301T{hour:02d}0000Z.geojson" for hour in (6, 7, 9, 10)
    }


def test_oil_is_outlined_where_it_lies_by_how_it_looks(written: dict[str, Path]) -> None:
    """20 g/m² of 900 kg/m³ are 22 µm: metallic and thinner, of 2 × 2 cells."""
    found = features(written[OIL_AT_7])
    assert [row["appearance"] for row, _ in found] == ["sheen", "rainbow", "metallic"]
    for _, geometry in found:
        assert geometry is not None
        assert shapely.equals_exact(
            geometry.normalize(),
            shapely.box(3.0 + STEP, 36.0 + 2 * STEP, 3.0 + 3 * STEP, 36.0 + 4 * STEP).normalize(),
            tolerance=1e-9,
        )


def test_the_geopackage_has_all_layers(written: dict[str, Path]) -> None:
    package = written["oilspill.gpkg"]
    layers = {str(name): pyogrio.read_info(package, layer=name)["features"] for name, _ in pyogrio.list_layers(package)}
    assert layers == {"slicks": 3, "coast": 1, "oil": 12, "paths": 2}
    assert pyogrio.read_info(package, layer="oil")["crs"] == "EPSG:4326"


def test_a_path_begins_where_its_element_is_released(written: dict[str, Path]) -> None:
    _, _, shapes, _ = pyogrio.raw.read(written["oilspill.gpkg"], layer="paths", columns=["element"])
    assert [shapely.get_num_points(line) for line in shapely.from_wkb(shapes)] == [5, 4]


def test_a_slick_without_a_place_stays_in_the_table(written: dict[str, Path]) -> None:
    assert {row["slick_id"]: geometry is None for row, geometry in features(written["slicks.geojson"])} == {
        "start-1": False,
        "scene-0": True,
        "scene-1": False,
    }


def test_equal_results_give_equal_bytes(result: Result, written: dict[str, Path], tmp_path: Path) -> None:
    for path in outlines.write(result, tmp_path, OPTIONS).files:
        assert path.read_bytes() == written[path.name].read_bytes(), path.name


def test_slicks_alone_are_enough(tmp_path: Path) -> None:
    result = make_spill(tmp_path / "spill", Spill(has_forecast=False, scenes=2))
    outcome = outlines.write(result, tmp_path, OPTIONS)
    assert sorted(path.name for path in outcome.files) == ["oilspill.gpkg", "slicks.geojson"]


def test_maps_too_large_are_told_and_the_rest_is_written(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "CELLS_AT_MOST", 10)
    outcome = outlines.write(result, tmp_path, OPTIONS)
    assert [issue.code for issue in outcome.issues] == ["export-maps-too-large"]
    assert sorted(path.name for path in outcome.files) == ["coast.geojson", "oilspill.gpkg", "slicks.geojson"]


def test_nothing_goes_round_the_earth_at_the_date_line(tmp_path: Path) -> None:
    """Oil from 179.99° E to 179.99° W: two parts, together as large as one."""
    result = make_spill(tmp_path / "spill", Spill(west_lon=179.975))
    outcome = outlines.write(result, tmp_path, OPTIONS)
    for path in outcome.files:
        if path.suffix == ".geojson":
            for _, geometry in features(path):
                assert geometry is not None
                lon = shapely.get_coordinates(geometry)[:, 0]
                assert np.abs(lon).max() <= 180.0
                assert np.abs(lon).min() >= 179.9
    (oil, *_) = features(tmp_path / "outlines" / OIL_AT_7)
    assert oil[1] is not None
    assert oil[1].geom_type == "MultiPolygon"
    assert oil[1].area == pytest.approx(4 * STEP**2)
    package = tmp_path / "outlines" / "oilspill.gpkg"
    _, _, shapes, _ = pyogrio.raw.read(package, layer="paths", columns=["element"])
    lines = shapely.from_wkb(shapes)
    assert {line.geom_type for line in lines} == {"MultiLineString"}
    np.testing.assert_allclose(shapely.length(lines), [4 * STEP, 3 * STEP], atol=1e-5)


@pytest.mark.parametrize(("west", "parts"), [(170.0, 1), (175.0, 2), (-185.0, 2), (190.0, 1), (-180.0, 1), (535.0, 2)])
def test_an_area_is_placed_between_180_and_180(west: float, parts: int) -> None:
    geometry = placed(shapely.box(west, 0.0, west + 10.0, 1.0))
    bounds = geometry.bounds
    assert (shapely.get_num_geometries(geometry), geometry.area) == (parts, pytest.approx(10.0))
    assert -180.0 <= bounds[0] <= bounds[2] <= 180.0


def test_rings_apart_are_parts_and_rings_inside_are_holes() -> None:
    outer, hole, island = ([(a, a), (b, a), (b, b), (a, b)] for a, b in ((0, 4), (1, 2), (6, 7)))
    area = even_odd(shapely.Polygon(outer, [hole, island]))
    assert area.is_valid
    assert area.area == pytest.approx(16 - 1 + 1)
