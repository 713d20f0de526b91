from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer
from tests.io.rasters.making import GSD_M, NORTH_UP, find, write_tiff

from pelagia.io.rasters.ground import (
    from_lat_lon,
    local_metres,
    to_lat_lon,
    to_map,
    to_pixels,
)
from pelagia.io.rasters.picture import Picture

GEOD = Geod(ellps="WGS84")
A_M, F = 6_378_137.0, 1 / 298.257223563
E2 = F * (2 - F)
E = math.sqrt(E2)
SHAPE = (3_300, 3_000)
"""A tenth of a picture of a gigapixel each way; the error of a fitted map grows with the square of the size."""


def utm(lat_deg: float, lon_deg: float, zone: int) -> tuple[float, float]:
    """Return easting and northing by the series of Krüger (1912) to the third order: better than a millimetre."""
    n = F / (2 - F)
    radius = A_M / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    alpha = (n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16, 13 * n**2 / 48 - 3 * n**3 / 5, 61 * n**3 / 240)
    sine, east = math.sin(math.radians(lat_deg)), math.radians(lon_deg - (6 * zone - 183))
    root = 2 * math.sqrt(n) / (1 + n)
    t = math.sinh(math.atanh(sine) - root * math.atanh(root * sine))
    xi, eta = math.atan2(t, math.cos(east)), math.atanh(math.sin(east) / math.hypot(1, t))
    parts = [(2 * j * xi, 2 * j * eta, a) for j, a in enumerate(alpha, 1)]
    northing = xi + sum(a * math.sin(p) * math.cosh(q) for p, q, a in parts)
    easting = eta + sum(a * math.cos(p) * math.sinh(q) for p, q, a in parts)
    return 500_000 + 0.9996 * radius * easting, 0.9996 * radius * northing


def laea(lat_deg: float, lon_deg: float) -> tuple[float, float]:
    """Return easting and northing in EPSG:3035 by the closed formulas of EPSG guidance note 7-2, method 9820."""

    def authalic(sine: float) -> float:
        return (1 - E2) * (sine / (1 - E2 * sine**2) - math.log((1 - E * sine) / (1 + E * sine)) / (2 * E))

    lat, east, lat0 = math.radians(lat_deg), math.radians(lon_deg - 10), math.radians(52)
    pole = authalic(1.0)
    beta, beta0 = math.asin(authalic(math.sin(lat)) / pole), math.asin(authalic(math.sin(lat0)) / pole)
    radius = A_M * math.sqrt(pole / 2)
    d = A_M * math.cos(lat0) / math.sqrt(1 - E2 * math.sin(lat0) ** 2) / (radius * math.cos(beta0))
    cosine = math.sin(beta0) * math.sin(beta) + math.cos(beta0) * math.cos(beta) * math.cos(east)
    b = radius * math.sqrt(2 / (1 + cosine))
    north = math.cos(beta0) * math.sin(beta) - math.sin(beta0) * math.cos(beta) * math.cos(east)
    return 4_321_000 + b * d * math.cos(beta) * math.sin(east), 3_210_000 + b / d * north


def only(tmp_path: Path, path: Path, **options: Any) -> tuple[Picture, dict]:
    (picture,), issues = find(tmp_path, path, **options)
    return picture, issues


def write_empty(path: Path, crs: Any, transform: Affine, shape: tuple[int, int] = SHAPE) -> Path:
    """Write a TIFF of which only the description is there, and four corners with something in them."""
    told = {"driver": "GTiff", "height": shape[0], "width": shape[1], "count": 1, "dtype": "uint8", "tiled": True}
    with rasterio.open(path, "w", crs=crs, transform=transform, sparse_ok=True, **told) as file:
        for row, col in ((0, 0), (0, shape[1] - 16), (shape[0] - 16, 0), (shape[0] - 16, shape[1] - 16)):
            file.write(np.full((1, 16, 16), 9, np.uint8), window=((row, row + 16), (col, col + 16)))
    return path


def some_pixels(shape: tuple[int, int] = SHAPE) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    rows, cols = rng.uniform(0, shape[0], 40), rng.uniform(0, shape[1], 40)
    return np.append(rows, [0, 0, *[shape[0]] * 2]), np.append(cols, [0, shape[1], 0, shape[1]])


def places(picture: Picture, rows: np.ndarray, cols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    assert picture.crs is not None
    assert picture.transform is not None
    return to_lat_lon(picture.crs, *to_map(picture.transform, rows, cols))


@pytest.mark.parametrize(
    ("crs", "corner", "project"),
    [
        ("EPSG:32632", (624_238.35, 5_996_316.7), lambda lat, lon: utm(lat, lon, 32)),
        ("EPSG:3035", (4_379_887.1, 3_444_051.5), laea),
    ],
)
def test_coordinates_in_metres_are_right_to_a_tenth_of_a_pixel(
    tmp_path: Path, crs: str, corner: tuple[float, float], project: Any
) -> None:
    transform = Affine(GSD_M, 0, corner[0], 0, -GSD_M, corner[1])
    picture, issues = only(tmp_path, write_empty(tmp_path / "a.tif", crs, transform))
    rows, cols = some_pixels()
    found = np.array([project(lat, lon) for lat, lon in zip(*places(picture, rows, cols), strict=True)])
    off = found - np.column_stack([corner[0] + cols * GSD_M, corner[1] - rows * GSD_M])
    assert np.abs(off).max() < 0.1 * GSD_M
    assert picture.crs == crs
    assert not issues


@pytest.mark.parametrize(("lat", "lon"), [(54.1, 10.9), (-6.1, 106.8), (0.001, 3.0), (69.9, -179.999), (-79.0, 40.0)])
def test_coordinates_in_degrees_are_right_to_half_a_pixel(tmp_path: Path, lat: float, lon: float) -> None:
    transform = Affine(GSD_M / 111_320 / math.cos(math.radians(lat)), 0, lon, 0, -GSD_M / 111_130, lat)
    picture, issues = only(tmp_path, write_empty(tmp_path / "a.tif", "EPSG:4326", transform))
    rows, cols = some_pixels()
    found_lat, found_lon = places(picture, rows, cols)
    *_, off_m = GEOD.inv(found_lon, found_lat, transform.c + cols * transform.a, transform.f + rows * transform.e)
    assert off_m.max() < 0.5 * GSD_M
    assert picture.crs == local_metres(lat, lon)
    assert picture.gsd_cm == pytest.approx(100 * GSD_M, rel=0.01)
    assert not issues


def test_a_picture_in_degrees_too_large_for_that_says_by_how_much(tmp_path: Path) -> None:
    transform = Affine(0.005 / 111_320 / 0.342, 0, 20, 0, -0.005 / 111_600, 70)
    picture, issues = only(tmp_path, write_empty(tmp_path / "a.tif", "EPSG:4326", transform, (60_000, 60_000)))
    rows, cols = some_pixels((60_000, 60_000))
    lat, lon = places(picture, rows, cols)
    *_, off_m = GEOD.inv(lon, lat, transform.c + cols * transform.a, transform.f + rows * transform.e)
    told_px = float(issues["georeference-approximate"].value.split()[0])
    assert told_px > 0.5
    assert off_m.max() / 0.005 == pytest.approx(told_px, rel=0.1)
    assert picture.position_error_m == pytest.approx(told_px * 0.005, rel=0.1)


def test_feet_become_metres(tmp_path: Path) -> None:
    foot = 1200 / 3937
    easting, northing = Transformer.from_crs(4326, 2263, always_xy=True).transform(-73.9, 40.7)
    transform = Affine(GSD_M / foot, 0, easting, 0, -GSD_M / foot, northing)
    picture, issues = only(tmp_path, write_empty(tmp_path / "a.tif", "EPSG:2263", transform))
    rows, cols = some_pixels()
    lat, lon = places(picture, rows, cols)
    x, y = Transformer.from_crs(4326, 2263, always_xy=True).transform(lon, lat)
    assert np.abs((x - easting) * foot - cols * GSD_M).max() < 0.5 * GSD_M
    assert np.abs((y - northing) * foot + rows * GSD_M).max() < 0.5 * GSD_M
    assert picture.gsd_cm == pytest.approx(0.5, rel=1e-3)
    assert CRS(picture.crs).axis_info[0].unit_name == "metre"
    assert not issues


def test_web_mercator_is_measured_on_the_ground(tmp_path: Path) -> None:
    nominal = GSD_M / math.cos(math.radians(60))
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(24.9, 60)
    picture, _ = only(tmp_path, write_empty(tmp_path / "a.tif", "EPSG:3857", Affine(nominal, 0, x, 0, -nominal, y)))
    assert picture.gsd_cm == pytest.approx(0.5, rel=2e-3)
    assert picture.crs == "EPSG:32635"
    rows, cols = some_pixels()
    lat, lon = places(picture, rows, cols)
    east, north = Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    assert np.hypot(east - x - cols * nominal, north - y + rows * nominal).max() < 0.5 * nominal


def test_a_turned_picture_keeps_its_map(tmp_path: Path) -> None:
    turned = Affine.translation(500_000, 6_000_000) @ Affine.rotation(30) @ Affine.scale(GSD_M, -GSD_M)
    picture, issues = only(tmp_path, write_tiff(tmp_path / "a.tif", transform=turned))
    assert picture.transform == pytest.approx(tuple(turned)[:6], rel=1e-12)
    assert picture.gsd_cm == pytest.approx(0.5002, rel=1e-6)  # UTM is 0.9996 of the ground here
    assert not issues


def test_heights_of_a_coordinate_system_are_left_away(tmp_path: Path) -> None:
    assert only(tmp_path, write_tiff(tmp_path / "a.tif", crs="EPSG:32632+5773"))[0].crs == "EPSG:32632"


def test_a_coordinate_system_without_a_code_is_kept_as_it_is(tmp_path: Path) -> None:
    own = "+proj=tmerc +lat_0=50 +lon_0=9.5 +k=1 +x_0=500000 +y_0=6000000 +ellps=GRS80 +units=m"
    picture, _ = only(tmp_path, write_tiff(tmp_path / "a.tif", crs=own))
    assert picture.crs is not None
    assert picture.crs.startswith("PROJCRS")
    assert picture.latitude == pytest.approx(50, abs=1e-3)
    assert picture.longitude == pytest.approx(9.5, abs=1e-3)


def test_coordinates_without_a_system_are_not_used(tmp_path: Path) -> None:
    picture, issues = only(tmp_path, write_tiff(tmp_path / "a.tif", crs=None))
    assert (picture.crs, picture.transform, picture.gsd_cm, picture.kind) == (None, None, None, "orthophoto")
    assert set(issues) == {"no-crs", "gsd-unknown"}


def test_a_local_system_in_metres_tells_sizes_but_no_place(tmp_path: Path) -> None:
    local = rasterio.CRS.from_wkt('LOCAL_CS["Local",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]')
    picture, issues = only(tmp_path, write_tiff(tmp_path / "a.tif", crs=local))
    assert (picture.transform, picture.latitude) == (None, None)
    assert picture.gsd_cm == pytest.approx(0.5)
    assert "sizes were used" in issues["no-crs"].message


WRONG = {
    "metres taken for degrees": ("EPSG:4326", NORTH_UP, "does not lie on the earth"),
    "degrees taken for metres": ("EPSG:32632", Affine(5e-8, 0, 9, 0, -5e-8, 54), "5e-06 cm of ground"),
    "steps of eleven kilometres": ("EPSG:4326", Affine(0.1, 0, 9, 0, -0.1, 1), "11,0"),
    "another zone": ("EPSG:2154", Affine(0.01, 0, 3_500_000, 0, -0.01, 6_500_000), "is not made for"),
    "off the earth": ("EPSG:32632", Affine(0.01, 0, 5e8, 0, -0.01, 6e8), "does not lie on the earth"),
}


@pytest.mark.parametrize(("crs", "transform", "message"), WRONG.values(), ids=WRONG)
def test_coordinates_that_cannot_be_are_not_used(tmp_path: Path, crs: str, transform: Affine, message: str) -> None:
    picture, issues = only(tmp_path, write_tiff(tmp_path / "a.tif", crs=crs, transform=transform))
    assert message in issues["wrong-crs"].message
    assert (picture.crs, picture.transform, picture.gsd_cm, picture.latitude) == (None, None, None, None)
    assert only(tmp_path, tmp_path / "a.tif", gsd_cm=0.5)[0].gsd_cm == 0.5


def test_points_that_tie_a_picture_to_the_ground_are_told_and_not_used(tmp_path: Path) -> None:
    points = [rasterio.control.GroundControlPoint(row, col, 9 + col, 54 - row) for row, col in ((0, 0), (0, 9), (9, 0))]
    picture, issues = only(tmp_path, write_tiff(tmp_path / "a.tif", transform=None, crs="EPSG:4326", gcps=points))
    assert picture.transform is None
    assert issues["not-rectified"].value == "ground control points"


def test_pixels_that_are_not_square_on_the_ground_are_told(tmp_path: Path) -> None:
    transform = Affine(5e-8, 0, 20, 0, -5e-8, 60)
    picture, issues = only(tmp_path, write_tiff(tmp_path / "a.tif", crs="EPSG:4326", transform=transform))
    assert float(issues["pixels-not-square"].value) == pytest.approx(0.5, abs=0.01)
    assert (picture.gsd_cm / 100) ** 2 == pytest.approx((5e-8 * 111_300) ** 2 * 0.5, rel=0.01)


@pytest.mark.parametrize("name", ["a.tfw", "a.tifw", "a.tif.tfw", "a.wld"])
def test_a_world_file_is_used_with_the_system_beside_it(tmp_path: Path, name: str) -> None:
    write_tiff(tmp_path / "a.tif", crs=None, transform=None)
    turned = Affine.translation(500_000, 6_000_000) @ Affine.rotation(20) @ Affine.scale(GSD_M, -GSD_M)
    middle = turned @ (0.5, 0.5)
    numbers = (turned.a, turned.d, turned.b, turned.e, *middle)
    (tmp_path / name).write_text("\n".join(f"{number:.12f}" for number in numbers))
    assert set(only(tmp_path / "work", tmp_path / "a.tif")[1]) == {"no-crs", "gsd-unknown"}
    (tmp_path / "a.prj").write_text(CRS(32632).to_wkt("WKT1_ESRI"))
    for named in (tmp_path / "a.tif", tmp_path):
        picture, issues = only(tmp_path / "work", named)
        assert picture.crs == "EPSG:32632"
        assert picture.transform == pytest.approx(tuple(turned)[:6], abs=1e-6)
        assert not issues


def test_the_system_of_a_world_file_may_stand_in_an_aux_file(tmp_path: Path) -> None:
    write_tiff(tmp_path / "a.tif", crs=None, transform=None)
    (tmp_path / "a.tfw").write_text("0.005 0 0 -0.005 500000 6000000")
    system = CRS(32632).to_wkt("WKT1_GDAL").replace('"', "&quot;")
    (tmp_path / "a.tif.aux.xml").write_text(f"<PAMDataset><SRS dataAxis='1,2'>{system}</SRS></PAMDataset>")
    assert only(tmp_path / "work", tmp_path / "a.tif")[0].crs == "EPSG:32632"


@pytest.mark.parametrize("content", ["", "1 2 3", "a b c d e f", "0 0 0 0 1 1", "nan 0 0 1 0 0", "1e999 0 0 1 0 0"])
def test_a_world_file_that_makes_no_sense_is_none(tmp_path: Path, content: str) -> None:
    write_tiff(tmp_path / "a.tif", crs=None, transform=None)
    (tmp_path / "a.tfw").write_text(content)
    assert only(tmp_path / "work", tmp_path / "a.tif")[0].kind == "photo"


def test_the_file_itself_is_believed_before_a_world_file(tmp_path: Path) -> None:
    write_tiff(tmp_path / "a.tif")
    (tmp_path / "a.tfw").write_text("7 0 0 -7 1 1")
    assert only(tmp_path / "work", tmp_path / "a.tif")[0].transform == pytest.approx(tuple(NORTH_UP)[:6])


numbers = st.floats(-1e4, 1e4)


@given(st.tuples(*[st.floats(0.001, 2)] * 2, st.floats(0, 360), numbers, numbers), numbers, numbers)
def test_pixels_go_to_the_map_and_back(told: tuple[float, ...], row: float, col: float) -> None:
    wide, high, angle, x, y = told
    affine = Affine.translation(x, y) @ Affine.rotation(angle) @ Affine.scale(wide, -high)
    transform = tuple(affine)[:6]
    rows, cols = to_pixels(transform, *to_map(transform, row, col))
    assert float(rows) == pytest.approx(row, abs=1e-4)
    assert float(cols) == pytest.approx(col, abs=1e-4)


@given(st.floats(-89.9, 89.9), st.floats(-180, 180))
def test_every_place_has_a_local_system_in_metres_that_is_true_there(lat: float, lon: float) -> None:
    x, y = from_lat_lon(local_metres(lat, lon), lat, lon)
    found_lat, found_lon = to_lat_lon(local_metres(lat, lon), x, y)
    *_, off_m = GEOD.inv(lon, lat, float(found_lon), float(found_lat))
    assert off_m < 1e-3
    *_, one_m = GEOD.inv(
        *reversed(to_lat_lon(local_metres(lat, lon), x, y)), *reversed(to_lat_lon(local_metres(lat, lon), x, y + 1))
    )
    assert abs(one_m - 1) < 0.011
