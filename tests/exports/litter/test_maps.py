"""Map layers: every item stands where it lies, in any program that reads the standard formats."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from pyproj import CRS as CRS_OF
from tests.exports.litter.litter_result import CRS, NORTH, TURNED, WEST, Recipe, make_litter, tile_class_at
from tests.exports.publishable import options

from pelagia.core.table import write_table
from pelagia.exports.litter import class_map, density_map, geojson, geopackage
from pelagia.io.rasters.ground import from_lat_lon, to_map
from pelagia.services.litter.columns import PICTURE_COLUMNS

PIXEL_M = 0.02


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return make_litter(tmp_path_factory.mktemp("litter"))


@pytest.fixture(scope="module")
def package(result, tmp_path_factory):
    outcome = geopackage.write(result, tmp_path_factory.mktemp("out"), options())
    return outcome.files[0]


def layer(path, name):
    meta, _, shapes, columns = pyogrio.raw.read(path, layer=name)
    rows = [dict(zip(meta["fields"], row, strict=True)) for row in zip(*columns, strict=True)]
    return meta, rows, shapely.from_wkb(shapes)


def placed(result):
    return [row for row in result.tables["items"].records() if row["crs"]]


def test_the_geopackage_has_a_layer_for_everything(package):
    found = dict(pyogrio.list_layers(package))
    assert found == {
        "pictures": "Polygon", "tiles": "Polygon", "cells": "Polygon", "survey": "Unknown", "item_boxes": "Polygon",
        "items": "Point",
    }  # fmt: skip
    sizes = {name: pyogrio.read_info(package, layer=name)["features"] for name in found}
    assert sizes == {"pictures": 3, "tiles": 3 * 768, "cells": 71, "survey": 2, "item_boxes": 36, "items": 36}


def test_layers_are_in_the_system_that_all_pictures_share(package):
    for name, _ in pyogrio.list_layers(package):
        assert pyogrio.read_info(package, layer=name)["crs"] == CRS


def test_items_stand_where_they_lie_to_a_hundredth_of_a_pixel(result, package):
    _, rows, points = layer(package, "items")
    truth = {row["object_id"]: (row["easting_m"], row["northing_m"]) for row in placed(result)}
    assert {row["object_id"] for row in rows} == set(truth)
    for row, point in zip(rows, points, strict=True):
        assert point.distance(shapely.Point(truth[row["object_id"]])) < 0.01 * PIXEL_M


def test_boxes_of_a_turned_picture_are_turned(package):
    _, rows, boxes = layer(package, "item_boxes")
    box = next(box for row, box in zip(rows, boxes, strict=True) if row["object_id"] == "turned-0000")
    corners = [shapely.Point(*to_map(TURNED, row, col)) for row in (40, 50) for col in (60, 76)]
    assert max(box.exterior.distance(corner) for corner in corners) < 1e-6
    assert box.area == pytest.approx(0.2 * 0.32)


def test_fields_keep_their_types_and_missing_values(package):
    meta, rows, _ = layer(package, "items")
    by_name = {row["object_id"]: row for row in rows}
    assert by_name["south-0011"]["duplicate_of"] == "north-0000"
    assert not by_name["south-0011"]["is_counted"]
    assert by_name["north-0000"]["duplicate_of"] is None
    assert by_name["north-0000"]["score"] == pytest.approx(0.35)
    assert meta["crs"] == CRS


def test_maps_say_which_models_and_which_pixels_they_come_from(package, maps):
    told = pyogrio.read_info(package, layer="items")["layer_metadata"]
    assert (told["model_items"], told["gsd_cm"], told["service"]) == ("litter-items 1.0.0", "2", "litter 1.0.0")
    with rasterio.open(maps / "beach" / "classes.tif") as raster:
        assert raster.tags()["model_tiles"] == "litter-tiles 1.0.0"


def test_pictures_of_two_systems_are_mapped_in_wgs84(tmp_path):
    result = make_litter(tmp_path / "made")
    rows = [*result.tables["pictures"].records()]
    rows[2] |= {"crs": "EPSG:32632"}
    tables = {**result.tables, "pictures": write_table("pictures", tmp_path, PICTURE_COLUMNS, rows)}
    (path,) = geopackage.write(replace(result, tables=tables), tmp_path / "out", options()).files
    assert pyogrio.read_info(path, layer="items")["crs"] == "EPSG:4326"


def test_a_system_without_a_code_is_kept_as_it_is(tmp_path):
    own = CRS_OF.from_proj4("+proj=laea +lat_0=51 +lon_0=3 +x_0=500000 +y_0=5650000 +datum=WGS84 +units=m").to_wkt()
    result = make_litter(tmp_path / "made", Recipe(pictures=("north", "south")))
    tables = dict(result.tables)
    for name in ("pictures", "cells", "items"):
        rows = [{**row, "crs": own} for row in tables[name].records()]
        tables[name] = write_table(name, tmp_path, tables[name].columns, rows)
    changed = replace(result, tables=tables)
    (path,) = geopackage.write(changed, tmp_path / "out", options()).files
    assert CRS_OF.from_user_input(pyogrio.read_info(path, layer="cells")["crs"]).equals(CRS_OF.from_wkt(own))
    geojson.write(changed, tmp_path / "out", options())
    density_map.write(changed, tmp_path / "out", options())
    with rasterio.open(tmp_path / "out" / "density-map" / "beach" / "classes.tif") as raster:
        assert raster.crs.is_projected
        assert raster.crs.to_epsg() is None


def test_a_result_that_lies_nowhere_has_no_map_and_says_so(tmp_path):
    result = make_litter(tmp_path / "made", Recipe(pictures=("nowhere",)))
    for module in (geopackage, geojson, density_map):
        outcome = module.write(result, tmp_path / "out", options())
        assert outcome.files == ()
        assert [(issue.code, issue.severity) for issue in outcome.issues] == [("export-nowhere", "note")]


def test_too_many_tiles_leave_those_with_litter_and_a_word(result, tmp_path, monkeypatch):
    monkeypatch.setattr(geopackage, "TILES_AT_MOST", 100)
    monkeypatch.setattr(geojson, "TILES_AT_MOST", 100)
    outcome = geopackage.write(result, tmp_path, options())
    _, rows, _ = layer(outcome.files[0], "tiles")
    assert {row["tile_class"] for row in rows} == {"litter high", "litter low"}
    assert "export-tiles-left-out" in {issue.code for issue in outcome.issues}
    plain = geojson.write(result, tmp_path, options())
    tiles = json.loads((tmp_path / "geojson" / "tiles.geojson").read_text())["features"]
    assert len(tiles) == len(rows)
    assert "export-tiles-left-out" in {issue.code for issue in plain.issues}


@pytest.fixture(scope="module")
def collections(result, tmp_path_factory):
    outcome = geojson.write(result, tmp_path_factory.mktemp("out"), options())
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in outcome.files}


def test_geojson_follows_rfc_7946(collections):
    assert set(collections) == {"items", "tiles", "cells", "survey"}
    for collection in collections.values():
        assert set(collection) == {"type", "features"}
        for feature in collection["features"]:
            assert feature["type"] == "Feature"
            shape = shapely.geometry.shape(feature["geometry"])
            assert shape.is_valid
            west, south, east, north = shape.bounds
            assert 2.9 < west <= east < 3.1
            assert 50.9 < south <= north < 51.1
            if shape.geom_type == "Polygon":
                assert shape.exterior.is_ccw
                assert feature["geometry"]["coordinates"][0][0] == feature["geometry"]["coordinates"][0][-1]


def test_points_of_geojson_lead_back_to_the_pixel(result, collections):
    truth = {row["object_id"]: (row["easting_m"], row["northing_m"]) for row in placed(result)}
    assert len(collections["items"]["features"]) == len(truth)
    for feature in collections["items"]["features"]:
        lon, lat = feature["geometry"]["coordinates"]
        east, north = from_lat_lon(CRS, lat, lon)
        assert np.hypot(east - truth[feature["id"]][0], north - truth[feature["id"]][1]) < 0.01 * PIXEL_M


@pytest.fixture(scope="module")
def maps(result, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    density_map.write(result, out, options())
    return out / "density-map"


def test_the_density_is_a_cog_whose_cells_add_up(result, maps):
    with rasterio.open(maps / "beach" / "density.tif") as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (raster.dtypes, raster.nodata, raster.crs.to_string()) == (("float32",), -9999.0, CRS)
        assert raster.transform[:6] == (5.0, 0.0, WEST, 0.0, -5.0, NORTH)
        density = raster.read(1, masked=True)
    cells = [row for row in result.tables["cells"].records() if row["area_id"] == "beach"]
    covered = np.zeros(density.shape)
    for row in cells:
        covered[round((NORTH - row["north_m"]) / 5), row["cell_col"]] += row["covered_m2"]
    assert (density.mask == (covered == 0)).all()
    counted = sum(row["is_counted"] for row in placed(result) if row["area_id"] == "beach")
    assert (density.filled(0) * covered).sum() == pytest.approx(counted, rel=1e-5)


def test_the_class_map_of_orthophotos_has_a_pixel_for_every_tile(maps):
    with rasterio.open(maps / "beach" / "classes.tif") as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (raster.dtypes, raster.shape, raster.nodata) == (("uint8",), (48, 32), 0)
        classes, colours, tags = raster.read(1), raster.colormap(1), raster.tags()
    expected = [[class_map.NUMBERS[tile_class_at(row % 24, col)] for col in range(32)] for row in range(48)]
    assert classes.tolist() == expected
    assert colours[1][:3] == (213, 94, 0)
    assert tags["class_8"] == "other"
    names = (maps / "beach" / "classes.tif.aux.xml").read_text()
    assert names.index("<Category>litter high<") < names.index("<Category>other<")


def test_the_class_map_of_a_turned_photo_shows_the_tile_under_each_pixel(maps):
    with rasterio.open(maps / "river" / "classes.tif") as raster:
        classes = raster.read(1)
        rows, cols = np.nonzero(classes)
        points = [raster.xy(row, col) for row, col in zip(rows, cols, strict=True)]
    assert 700 < len(points) < 830
    a, b, c, d, e, f = TURNED
    inverse = np.linalg.inv([[a, b], [d, e]])
    for (east, north), found in zip(points, classes[rows, cols], strict=True):
        col, row = inverse @ (east - c, north - f)
        assert found == class_map.NUMBERS[tile_class_at(int(row // 50), int(col // 50))]


def test_isolines_lie_between_higher_and_lower_cells(maps):
    lines = json.loads((maps / "beach" / "contours.geojson").read_text())["features"]
    levels = {line["properties"]["items_per_m2"] for line in lines}
    assert levels
    assert all(line["geometry"]["type"] == "LineString" for line in lines)
    with rasterio.open(maps / "beach" / "density.tif") as raster:
        density = raster.read(1, masked=True)
    assert 0 < min(levels) <= max(levels) < density.max()
    assert (maps / "beach" / "contours.png").read_bytes().startswith(b"\x89PNG")


def test_areas_whose_pictures_lie_far_apart_are_said_and_not_drawn(result, tmp_path, monkeypatch):
    monkeypatch.setattr("pelagia.exports.litter.cell_grids.CELLS_AT_MOST", 10)
    monkeypatch.setattr(class_map, "CELLS_AT_MOST", 10)
    outcome = density_map.write(result, tmp_path, options())
    assert [path.name for path in outcome.files] == ["density.tif", "contours.geojson", "contours.png"]
    assert [issue.code for issue in outcome.issues].count("export-area-too-wide") == 3
