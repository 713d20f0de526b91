"""Shapes of all formats, and what is refused."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from tests.io.vectors.drawing import SQUARE, geojson, gml, gml_ring, layer, packed, polygon

from pelagia.core.errors import BadInput
from pelagia.io.vectors.reading import read_shapes
from pelagia.io.vectors.rules import Rules, Shape

RULES = Rules(
    subject="The drawing",
    code="drawing-unreadable",
    remedy="Give another.",
    kinds=frozenset({"Point", "LineString", "Polygon"}),
    most_points=1000,
    most_shapes=20,
)
SHAPE = shapely.Polygon(SQUARE)
UTM = "EPSG:32631"


def read(uri: str) -> list[Shape]:
    return read_shapes(uri, RULES)[0]


def in_utm(shape: shapely.Geometry) -> shapely.Geometry:
    change = Transformer.from_crs("EPSG:4326", UTM, always_xy=True)
    return shapely.transform(shape, lambda points: np.column_stack(change.transform(*points.T)))


def test_a_shapefile_in_a_zip_is_moved_to_degrees_and_keeps_its_attributes(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    layer(tmp_path / "parts" / "oil.shp", in_utm(SHAPE), {"tons": 240.0, "name": "a"}, UTM, "ESRI Shapefile")
    (shape,) = read(packed(tmp_path / "oil.zip", tmp_path / "parts"))
    assert shape.geometry.symmetric_difference(SHAPE).area < 1e-8
    assert (shape.told["tons"], shape.told["name"]) == (240.0, "a")


def test_a_shapefile_finds_what_lies_beside_it_and_does_without(tmp_path: Path) -> None:
    uri = layer(tmp_path / "oil.shp", SHAPE, {"tons": 240.0}, "EPSG:4326", "ESRI Shapefile")
    assert read(uri)[0].told == {"tons": 240.0}
    for ending in (".shx", ".dbf", ".prj", ".cpg"):
        (tmp_path / f"oil{ending}").unlink()
    (alone,) = read(uri)
    assert alone.geometry.symmetric_difference(SHAPE).area < 1e-12


def test_a_geopackage_in_metres_is_moved_to_degrees(tmp_path: Path) -> None:
    uri = layer(tmp_path / "oil.gpkg", in_utm(SHAPE), {"tons": 2}, UTM, "GPKG")
    assert read(uri)[0].geometry.symmetric_difference(SHAPE).area < 1e-8


@pytest.mark.parametrize(
    ("system", "is_turned"),
    [
        ("", False),
        ("CRS:84", False),
        ("EPSG:4326", False),
        ("http://www.opengis.net/gml/srs/epsg.xml#4326", False),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", False),
        ("urn:ogc:def:crs:EPSG::4326", True),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", True),
    ],
)
def test_the_order_of_coordinates_of_gml_is_that_of_its_system(system: str, is_turned: bool, tmp_path: Path) -> None:
    points = " ".join(f"{lat} {lon}" if is_turned else f"{lon} {lat}" for lon, lat in SQUARE)
    uri = gml(tmp_path / "oil.gml", gml_ring(f"<gml:posList>{points}</gml:posList>", system), "<o:id>7</o:id>")
    (shape,) = read(uri)
    assert shape.geometry.equals(SHAPE)
    assert shape.told == {"id": "7"}


def test_gml_with_single_positions_old_coordinates_or_heights_is_read(tmp_path: Path) -> None:
    single = "".join(f"<gml:pos>{lon} {lat}</gml:pos>" for lon, lat in SQUARE)
    old = "<gml:coordinates>" + " ".join(f"{lon},{lat}" for lon, lat in SQUARE) + "</gml:coordinates>"
    high = '<gml:posList srsDimension="3">' + " ".join(f"{lon} {lat} 1" for lon, lat in SQUARE) + "</gml:posList>"
    for text in (single, old, high):
        assert read(gml(tmp_path / "oil.gml", gml_ring(text)))[0].geometry.equals(SHAPE)


def test_kml_brings_points_holes_and_times(tmp_path: Path) -> None:
    ring = " ".join(f"{lon},{lat},0" for lon, lat in SQUARE)
    hole = "5.04,38.04 5.06,38.04 5.06,38.06 5.04,38.04"
    path = tmp_path / "oil.kml"
    path.write_text(
        "<kml><Placemark><name>a</name><TimeStamp><when>2008-08-06T09:51Z</when></TimeStamp><MultiGeometry><Polygon>"
        f"<outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
        f"<innerBoundaryIs><LinearRing><coordinates>{hole}</coordinates></LinearRing></innerBoundaryIs></Polygon>"
        "<Point><coordinates>5.5,38.5</coordinates></Point></MultiGeometry></Placemark></kml>"
    )
    shape, point = read(str(path))
    assert len(shape.geometry.interiors) == 1
    assert shape.told == {"name": "a", "time": "2008-08-06T09:51Z"}
    assert (point.geometry.x, point.geometry.y) == (5.5, 38.5)
    assert shape.feature == point.feature


def test_parts_of_a_feature_have_its_number_in_common(tmp_path: Path) -> None:
    both = {"type": "MultiPolygon", "coordinates": [[SQUARE], [[[x + 1, y] for x, y in SQUARE]]]}
    collection = {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [5, 38]}, both]}
    shapes = read(geojson(tmp_path / "a.geojson", (both, {}), (collection, {}), (polygon(SQUARE), {})))
    assert [shape.feature for shape in shapes] == [1, 1, 2, 2, 2, 3]


def test_swapped_coordinates_are_told(tmp_path: Path) -> None:
    swapped = [[38.0, 150.0], [38.1, 150.0], [38.1, 150.1], [38.0, 150.0]]
    with pytest.raises(BadInput, match="swapped") as error:
        read(geojson(tmp_path / "a.geojson", (polygon(swapped), {})))
    assert "longitude first" in error.value.remedy
    assert error.value.value == "latitudes 150 to 150.1"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 no zip",
        b"\x00\x00\x27\x0a" + b"\0" * 200,
        b'{"type":"Polygon","coordinates":[[[0,0],[1,1]]]}',
        b'{"type":"GeometryCollection","geometries":7}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'<?xml version="1.0"?><a xmlns="http://www.opengis.net/gml">' + b"<b>" * 100 + b"</b>" * 100 + b"</a>",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a xmlns="http://www.opengis.net/gml">&b;</a>',
        b"<svg></svg>",
    ],
)
def test_a_hostile_or_damaged_file_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "drawing.geojson"
    path.write_bytes(data)
    with pytest.raises(BadInput) as error:
        read(str(path))
    assert error.value.code in {"drawing-unreadable", "zip-damaged"}
    assert error.value.remedy


def test_more_points_shapes_or_files_than_allowed_are_refused(tmp_path: Path) -> None:
    many = {"type": "LineString", "coordinates": [[0.0, 0.0], [1.0, 1.0]] * 600}
    with pytest.raises(BadInput, match="1,000 points"):
        read(geojson(tmp_path / "a.geojson", (many, {})))
    with pytest.raises(BadInput, match="more than 20"):
        read(geojson(tmp_path / "a.geojson", *[(polygon(SQUARE), {})] * 21))
    (tmp_path / "many").mkdir()
    for number in range(60):
        geojson(tmp_path / "many" / f"{number}.geojson", (polygon(SQUARE), {}))
    with pytest.raises(BadInput, match="more than 50 files"):
        read(packed(tmp_path / "many.zip", tmp_path / "many"))


@pytest.mark.parametrize("name", ["../oil.geojson", "/etc/oil.geojson", "a/../../oil.geojson"])
def test_a_name_that_leads_out_of_an_archive_is_not_read(name: str, tmp_path: Path) -> None:
    inner = Path(geojson(tmp_path / "oil.geojson", (polygon(SQUARE), {})))
    with zipfile.ZipFile(tmp_path / "oil.zip", "w") as archive:
        archive.writestr(name, inner.read_bytes())
    with pytest.raises(BadInput, match="no file that may be read"):
        read(str(tmp_path / "oil.zip"))


def test_what_grows_beyond_all_measure_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "oil.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("oil.geojson", b'{"type":' + b" " * (RULES.limit_bytes + 1))
    with pytest.raises(BadInput) as error:
        read(str(tmp_path / "oil.zip"))
    assert error.value.remedy


@pytest.mark.parametrize(("driver", "name"), [("GPKG", "a.gpkg"), ("ESRI Shapefile", "a.shp")])
def test_a_shape_without_place_is_refused(driver: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    layer(path, shapely.LineString([(5.0, 38.0), (5.125, 38.0)]), {"a": 1.0}, "EPSG:4326", driver)
    path.write_bytes(path.read_bytes().replace(struct.pack("<d", 5.125), struct.pack("<d", float("inf"))))
    with pytest.raises(BadInput) as error:
        read(str(path))
    assert error.value.code == "drawing-unreadable"
