"""Survey lines and polygons: read from three formats, hostile ones refused, and items put where they belong."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from tests.services.litter.lattice import CRS, NORTH, SIDE_M, WEST, account_for, drawn, item, lattice, picture

from pelagia.core.errors import BadInput
from pelagia.io.rasters.ground import GEOD, to_lat_lon
from pelagia.services.litter.survey import read_survey
from pelagia.services.litter.survey_files import MOST_POINTS, MOST_SHAPES, TEXT_LIMIT_BYTES, read_drawn
from pelagia.services.litter.transects import Surveyed

Points = Sequence[tuple[float, float]]
LINE: Points = [(2.0, 20.0), (38.0, 20.0)]
SQUARE: Points = [(0.0, 0.0), (20.0, 0.0), (20.0, 20.0), (0.0, 20.0), (0.0, 0.0)]


def lon_lat(points: Points) -> list[list[float]]:
    """Return points so many metres east and south as GeoJSON has them."""
    east, south = np.array(points, np.float64).T
    latitudes, longitudes = to_lat_lon(CRS, WEST + east, NORTH - south)
    return np.column_stack([longitudes, latitudes]).tolist()


def geojson(folder: Path, *features: tuple[dict[str, Any], dict[str, Any]], **told: Any) -> str:
    path = folder / "survey.geojson"
    listed = [{"type": "Feature", "geometry": shape, "properties": names} for shape, names in features]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": listed, **told}))
    return str(path)


def line_shape(points: Points = LINE) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": lon_lat(points)}


def polygon_shape(points: Points = SQUARE) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [lon_lat(points)]}


def test_a_line_of_geojson_has_its_geodesic_length(tmp_path: Path) -> None:
    uri = geojson(tmp_path, (line_shape(), {"name": "north"}))
    (row,), issues = read_survey(uri, [picture("a")], strip_width_m=4.0)
    assert (row["transect_id"], row["area_id"], row["shape"]) == ("north", "beach", "line")
    assert (row["width_m"], row["source"]) == (4.0, "file")
    # 36 m on the map; the map is smaller than the ground by less than a part in 2,500 of it.
    assert row["length_m"] == pytest.approx(36.0, rel=5e-4)
    assert row["length_m"] == pytest.approx(GEOD.geometry_length(shapely.LineString(lon_lat(LINE))))
    assert issues == []


def test_a_polygon_has_the_length_that_is_told(tmp_path: Path) -> None:
    uri = geojson(tmp_path, (polygon_shape(), {"id": 7, "length_m": 25}), (polygon_shape(), {}))
    (told, untold), _ = read_survey(uri, [picture("a")])
    assert (told["transect_id"], told["length_m"], told["width_m"]) == ("7", 25.0, None)
    assert (untold["transect_id"], untold["length_m"]) == ("polygon 2", None)


def test_kml_and_geopackage_say_the_same_as_geojson(tmp_path: Path) -> None:
    expected, _ = read_survey(geojson(tmp_path, (line_shape(), {"name": "north"})), [picture("a")])
    kml = tmp_path / "survey.kml"
    places = " ".join(f"{lon!r},{lat!r},0" for lon, lat in lon_lat(LINE))
    kml.write_text(
        '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>north</name>'
        f"<LineString><coordinates>{places}</coordinates></LineString></Placemark></Document></kml>"
    )
    assert read_survey(str(kml), [picture("a")])[0] == expected
    package = geopackage(tmp_path / "survey.gpkg", CRS, [(WEST + east, NORTH - south) for east, south in LINE])
    (row,), _ = read_survey(package, [picture("a")])
    assert row["transect_id"] == "north"
    assert row["latitudes"] == pytest.approx(expected[0]["latitudes"], abs=1e-11)
    assert row["length_m"] == pytest.approx(expected[0]["length_m"], abs=1e-6)


def geopackage(path: Path, crs: str, points: Points) -> str:
    pyogrio.raw.write(
        path,
        geometry=np.array([shapely.to_wkb(shapely.LineString(points))], dtype=object),
        field_data=[np.array(["north"], dtype=object)],
        fields=["name"],
        layer="lines",
        geometry_type="LineString",
        crs=crs,
        driver="GPKG",
    )
    return str(path)


def test_polygons_of_kml_lose_their_holes_only(tmp_path: Path) -> None:
    ring = " ".join(f"{lon},{lat}" for lon, lat in lon_lat(SQUARE))
    kml = tmp_path / "survey.kml"
    kml.write_text(
        "<kml><Placemark><name>p</name><Polygon>"
        f"<outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
        f"<innerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></innerBoundaryIs>"
        '</Polygon><ExtendedData><Data name="length_m"><value>20</value></Data></ExtendedData></Placemark></kml>'
    )
    ((one,), _) = read_drawn(str(kml))
    assert one.geometry.geom_type == "Polygon"
    assert (one.name, one.length_m) == ("p", 20.0)


def test_a_named_coordinate_system_of_an_older_file_is_obeyed(tmp_path: Path) -> None:
    shape = {"type": "LineString", "coordinates": [[WEST + east, NORTH - south] for east, south in LINE]}
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32748"}}
    (row,), _ = read_survey(geojson(tmp_path, (shape, {}), crs=named), [picture("a")])
    assert row["longitudes"] == pytest.approx([lon for lon, _ in lon_lat(LINE)])


def test_a_line_along_a_beach_surveyed_twice_is_of_both_surveys(tmp_path: Path) -> None:
    uri = geojson(tmp_path, (line_shape(), {"name": "north"}))
    rows, _ = read_survey(uri, [picture("a", area="march"), picture("b", area="june")])
    assert [(row["transect_id"], row["area_id"]) for row in rows] == [("north", "march"), ("north", "june")]


def test_a_line_that_names_its_area_is_of_that_one_alone(tmp_path: Path) -> None:
    uri = geojson(tmp_path, (line_shape(), {"area_id": "june"}))
    rows, _ = read_survey(uri, [picture("a", area="march"), picture("b", area="june")])
    assert [row["area_id"] for row in rows] == ["june"]


def test_lines_elsewhere_and_lines_longer_than_the_pictures_are_told(tmp_path: Path) -> None:
    far, longer = line_shape([(5000.0, 0.0), (5100.0, 0.0)]), line_shape([(0.0, 20.0), (60.0, 20.0)])
    rows, issues = read_survey(geojson(tmp_path, (far, {"name": "far"}), (longer, {"name": "long"})), [picture("a")])
    assert [row["transect_id"] for row in rows] == ["long"]
    assert [(issue.code, issue.value) for issue in issues] == [
        ("survey-elsewhere", "far"),
        ("survey-beyond-pictures", "long"),
    ]


def test_a_line_at_the_back_of_the_beach_is_of_the_pictures_beside_it(tmp_path: Path) -> None:
    rows, issues = read_survey(geojson(tmp_path, (line_shape([(0.0, -30.0), (40.0, -30.0)]), {})), [picture("a")])
    assert [row["area_id"] for row in rows] == ["beach"]
    assert [issue.code for issue in issues] == ["survey-beyond-pictures"]


def test_two_lines_of_one_name_are_told_apart(tmp_path: Path) -> None:
    uri = geojson(tmp_path, (line_shape(), {"name": "n"}), (line_shape([(2.0, 5.0), (38.0, 5.0)]), {"name": "n"}))
    rows, _ = read_survey(uri, [picture("a")])
    assert [row["transect_id"] for row in rows] == ["n", "n (2)"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"name,lat,lon\n",
        b"{",
        b"{" + b'"a":[' * 100_000,
        b'{"type":"FeatureCollection","features":7}',
        b'{"type":"Feature","geometry":{"type":"LineString","coordinates":[[0,0],["x",1]]}}',
        b'{"type":"Feature","geometry":{"type":"LineString","coordinates":[[0,0],[NaN,1]]}}',
        b'{"type":"Feature","geometry":{"type":"LineString","coordinates":[[700000,9310000],[700040,9310000]]}}',
        b'{"crs":{"type":"name","properties":{"name":"/etc/passwd"}},"type":"Feature","geometry":null}',
        b"<html></html>",
        b'<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml>&b;</kml>',
        b'<!DOCTYPE kml SYSTEM "file:///etc/passwd"><kml/>',
        b"<kml>" + b"<Folder>" * 100 + b"</Folder>" * 100 + b"</kml>",
        b"SQLite format 3\0" + b"x" * 1000,
        b"SQLite format 3\0" + b"\0" * 52 + b"GPKG" + b"\0" * 1000,
    ],
)
def test_what_is_no_survey_is_refused_with_a_remedy(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "survey.geojson"
    path.write_bytes(text)
    with pytest.raises(BadInput) as error:
        read_drawn(str(path))
    assert error.value.code == "survey-unreadable"
    assert "GeoJSON" in error.value.remedy


def test_too_many_points_or_lines_are_refused(tmp_path: Path) -> None:
    many = {"type": "LineString", "coordinates": [[0.0, 0.0], [1.0, 1.0]] * (MOST_POINTS // 2 + 1)}
    with pytest.raises(BadInput, match=f"{MOST_POINTS:,} points"):
        read_drawn(geojson(tmp_path, (many, {})))
    with pytest.raises(BadInput, match=f"{MOST_SHAPES:,} lines"):
        read_drawn(geojson(tmp_path, *[(line_shape(), {})] * (MOST_SHAPES + 1)))


@pytest.mark.parametrize(
    "start", [b'{"type":"LineString","coordinates":[', b"<kml><Placemark><LineString><coordinates>"]
)
def test_text_that_would_fill_the_memory_is_not_read(start: bytes, tmp_path: Path) -> None:
    path = tmp_path / "survey.geojson"
    path.write_bytes(start + b" " * TEXT_LIMIT_BYTES)
    with pytest.raises(BadInput, match="8 MB of text"):
        read_drawn(str(path))


VIEW = "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n"


@pytest.mark.parametrize(
    "statement",
    [VIEW, 'CREATE VIRTUAL TABLE " using rtree(" USING fts5(text)', "CREATE VIRTUAL TABLE t USING fts5(text)"],
)
def test_a_geopackage_that_computes_is_refused(tmp_path: Path, statement: str) -> None:
    path = changed_geopackage(tmp_path, statement)
    with pytest.raises(BadInput, match="views"):
        read_drawn(str(path))


def test_what_computes_is_found_behind_any_number_of_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pelagia.io.vectors.geopackage.MOST_TABLES", 40)
    path = changed_geopackage(tmp_path, *[f"CREATE TABLE t{number} (a)" for number in range(40)], VIEW)
    with pytest.raises(BadInput, match="more than 40"):
        read_drawn(str(path))


def changed_geopackage(folder: Path, *statements: str) -> Path:
    path = folder / "survey.gpkg"
    geopackage(path, CRS, [(WEST, NORTH), (WEST + 40, NORTH)])
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)
    return path


def test_an_empty_survey_is_a_finding(tmp_path: Path) -> None:
    rows, issues = read_survey(geojson(tmp_path, ({"type": "Point", "coordinates": [0, 0]}, {})), [picture("a")])
    assert rows == []
    assert [issue.code for issue in issues] == ["survey-empty"]


def test_items_and_ground_belong_to_the_nearest_line(tmp_path: Path) -> None:
    a = picture("a")
    north, south = drawn("N", [(0, 10), (40, 10)], length_m=40.0), drawn("S", [(0, 30), (40, 30)], length_m=40.0)
    told = account_for(tmp_path, [a], lattice(a), [north, south])
    rows = {name: told.row("density", transect_id=name, item_class="all") for name in ("N", "S")}
    assert [rows[name]["items"] for name in rows] == [50, 50]
    assert rows["N"]["items_per_100m"] == 125.0
    whole = told.row("density", area_id="beach", transect_id="", item_class="all")
    assert whole["items"] == 100
    assert whole["length_m"] == 80.0
    assert rows["N"]["covered_m2"] + rows["S"]["covered_m2"] == pytest.approx(whole["covered_m2"])


def test_only_the_strip_along_a_line_counts(tmp_path: Path) -> None:
    a = picture("a")
    line = drawn("L", [(0, 20), (40, 20)], length_m=40.0)
    told = account_for(tmp_path, [a], lattice(a), [line], strip_width_m=9.0)
    row = told.row("density", area_id="beach", transect_id="", item_class="all")
    # Rows of the lattice lie 2, 6, 10 … m from the north: at 18 and 22 m they are in the strip of 15.5 to 24.5 m.
    assert row["items"] == 20
    assert row["covered_m2"] == pytest.approx(9.0 * SIDE_M, abs=0.256 * SIDE_M)
    assert sum(one["is_counted"] for one in told.items) == 20
    assert sum(cell["items"] for cell in told.values["cells"]) == 20
    assert told.row("quantities", image_id="all", area_id="all", tile_class="all")["counted_items"] == 20


def test_an_item_in_two_strips_is_of_the_nearer_line(tmp_path: Path) -> None:
    a = picture("a")
    lines = [drawn("N", [(0, 10), (40, 10)], length_m=40.0), drawn("S", [(0, 14), (40, 14)], length_m=40.0)]
    told = account_for(
        tmp_path, [a], [item(a, 1, 2900.0, 5000.0), item(a, 2, 3100.0, 5000.0)], lines, strip_width_m=8.0
    )
    assert [told.row("density", transect_id=name, item_class="all")["items"] for name in ("N", "S")] == [1, 1]


def test_polygons_bound_the_ground_and_lines_in_them_are_the_transects(tmp_path: Path) -> None:
    a = picture("a")
    square = drawn("P", SQUARE, shape="polygon", length_m=20.0)
    alone = account_for(tmp_path / "alone", [a], lattice(a), [square])
    row = alone.row("density", transect_id="P", item_class="all")
    assert row["items"] == 25
    assert row["items_per_100m"] == 125.0
    assert row["covered_m2"] == pytest.approx(400.0, rel=0.02)
    assert alone.row("density", area_id="beach", transect_id="", item_class="all")["items"] == 25
    line = drawn("L", [(0, 10), (40, 10)], length_m=40.0)
    both = account_for(tmp_path / "both", [a], lattice(a), [square, line])
    assert {row["transect_id"] for row in both.values["density"]} == {"", "L"}
    assert both.row("density", transect_id="L", item_class="all")["items"] == 25


def test_ground_in_two_polygons_is_of_the_first(tmp_path: Path) -> None:
    a = picture("a")
    right = [(10.0, 0.0), (30.0, 0.0), (30.0, 20.0), (10.0, 20.0)]
    rows = [drawn("P", SQUARE, shape="polygon"), drawn("Q", right, shape="polygon")]
    told = account_for(tmp_path, [a], lattice(a), rows)
    assert [told.row("density", transect_id=name, item_class="all")["items"] for name in ("P", "Q")] == [25, 15]
    assert told.row("density", area_id="beach", transect_id="", item_class="all")["items"] == 40


def test_a_line_on_a_picture_that_lies_nowhere_is_in_its_pixels(tmp_path: Path) -> None:
    a = picture("a", crs=None, transform=None)
    line = drawn("L", [(0, 0), (1, 1)], length_m=40.0) | {
        "image_id": "a",
        "latitudes": [5000.0, 5000.0],
        "longitudes": [0.0, 10_000.0],
    }
    told = account_for(tmp_path, [a], lattice(a), [line], strip_width_m=9.0)
    assert told.row("density", transect_id="L", item_class="all")["items"] == 20


def test_the_nearest_line_is_found_for_many_points_as_for_each() -> None:
    rng = np.random.default_rng(5)
    lines = [shapely.LineString(rng.uniform(0, 500, (4, 2))) for _ in range(12)]
    surveyed = Surveyed(lines=tuple(enumerate(lines)))
    x, y = rng.uniform(0, 500, (2, 3000))
    distances = shapely.distance(np.array(lines, dtype=object)[:, None], shapely.points(x, y)[None])
    found = surveyed.assign(x, y)
    assert np.array_equal(found, distances.argmin(axis=0))
    assert len(np.unique(found)) > 5
    row = surveyed.assign(np.full(4, 7.0), np.full(4, 9.0))
    assert len(np.unique(row)) == 1


def test_a_line_of_no_length_is_told_and_left_out(tmp_path: Path) -> None:
    dot = {"type": "LineString", "coordinates": lon_lat([(20.0, 20.0), (20.0, 20.0)])}
    a = picture("a")
    rows, issues = read_survey(geojson(tmp_path, (dot, {"name": "dot"}), (line_shape(), {"name": "wrack"})), [a])
    assert [row["transect_id"] for row in rows] == ["wrack"]
    assert [(issue.code, issue.value) for issue in issues] == [("survey-without-length", "dot")]


def test_a_transect_of_no_length_has_no_items_per_100_m(tmp_path: Path) -> None:
    told = account_for(tmp_path, [picture("a")], [], [drawn("dot", [(5, 5), (5, 5)], length_m=0.0)])
    assert told.row("density", transect_id="dot", item_class="all")["items_per_100m"] is None
