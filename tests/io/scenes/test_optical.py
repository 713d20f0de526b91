"""Sentinel-2 and Landsat products: reflectance by their own scaling, and where they lie."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.io.scenes.making import write_landsat, write_sentinel2, zipped

from pelagia.core.errors import BadInput
from pelagia.io.rasters.ground import to_lat_lon
from pelagia.io.scenes.fetching import fetched
from pelagia.io.scenes.finding import find_scenes, scene_of
from pelagia.io.scenes.landsat import read_mtl
from pelagia.io.scenes.placing import lat_lon_at
from pelagia.io.scenes.reading import open_scene

SHAPE = (64, 80)
COLOURS = ("blue", "green", "red", "nir")


def bands(names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Return reflectances that differ by band and pixel."""
    rng = np.random.default_rng(3)
    return {name: 0.02 * (number + 1) + 0.01 * rng.random(SHAPE) for number, name in enumerate(names)}


@pytest.mark.parametrize(("level", "offset"), [("L1C", -1000), ("L1C", None), ("L2A", -1000)])
def test_sentinel2_reflectance_knows_the_offset_of_its_baseline(tmp_path: Path, level: str, offset: int | None) -> None:
    truth = bands(("B02", "B03", "B04", "B08"))
    scene = scene_of(str(write_sentinel2(tmp_path, truth, level=level, offset=offset)))
    assert scene.kind == "sentinel-2"
    assert scene.observed_utc == "2021-08-25T08:25:13Z"
    assert scene.pixel_m == pytest.approx(10, rel=2e-3)
    with open_scene(scene) as reader:
        found, valid = reader.reflectance(COLOURS, 5, 7, 40, 50)
    assert valid.all()
    for number, name in enumerate(truth):
        # Values are whole numbers of 0.0001.
        np.testing.assert_allclose(found[number], truth[name][5:45, 7:57], atol=6e-5)


def test_a_sentinel2_zip_is_copied_and_read(tmp_path: Path) -> None:
    truth = bands(("B02", "B03", "B04", "B08"))
    scene = fetched(scene_of(str(zipped(write_sentinel2(tmp_path, truth)))), tmp_path / "copies")
    with open_scene(scene) as reader:
        found, _ = reader.reflectance(("nir",), 0, 0, *SHAPE)
    np.testing.assert_allclose(found[0], truth["B08"], atol=6e-5)


def test_sentinel2_pixels_lie_where_the_granule_says(tmp_path: Path) -> None:
    scene = scene_of(str(write_sentinel2(tmp_path, bands(("B02", "B03", "B04", "B08")))))
    lat, lon = lat_lon_at(scene, np.array([0.0, 10.0]), np.array([0.0, 20.0]))
    true_lat, true_lon = to_lat_lon("EPSG:32636", [500_000, 500_200], [3_800_000, 3_799_900])
    np.testing.assert_allclose(lat, true_lat, atol=1e-9)
    np.testing.assert_allclose(lon, true_lon, atol=1e-9)


def test_a_sentinel2_product_without_a_band_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="band B08"):
        scene_of(str(write_sentinel2(tmp_path, bands(("B02", "B03", "B04")))))


@pytest.mark.parametrize("level", ["L1TP", "L2SP"])
def test_landsat_reflectance_is_scaled_and_freed_from_the_sun(tmp_path: Path, level: str) -> None:
    truth = bands(("2", "3", "4", "5"))
    scene = scene_of(str(write_landsat(tmp_path, truth, level=level)))
    assert (scene.kind, scene.platform) == ("landsat", "Landsat 8")
    assert scene.observed_utc == "2021-08-25T08:16:11Z"
    assert scene.pixel_m == pytest.approx(30, rel=2e-3)
    with open_scene(scene) as reader:
        found, _ = reader.reflectance(COLOURS, 0, 0, *SHAPE)
    for number, name in enumerate(truth):
        np.testing.assert_allclose(found[number], truth[name], atol=3e-5)


def test_metadata_as_json_is_the_same_as_text() -> None:
    lines = ("GROUP = LANDSAT_METADATA_FILE", " GROUP = A", '  B = "c"', "  D = 1.5", " END_GROUP = A")
    text = "\n".join((*lines, "END_GROUP = LANDSAT_METADATA_FILE", "END")).encode()
    same = json.dumps({"LANDSAT_METADATA_FILE": {"A": {"B": "c", "D": "1.5"}}}).encode()
    assert read_mtl(text, "MTL.txt") == read_mtl(same, "MTL.json") == {"A": {"B": "c", "D": "1.5"}}


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("REFLECTANCE_MULT_BAND_5", "OTHER", "REFLECTANCE_MULT_BAND_5"),
        ("SUN_ELEVATION = 30.0", "SUN_ELEVATION = -3", "SUN_ELEVATION"),
        ("LANDSAT_8", "LANDSAT_5", "another|not known"),
        ("END_GROUP = PRODUCT_CONTENTS", "END_GROUP = X", "END_GROUP"),
    ],
)
def test_damaged_landsat_metadata_is_told(tmp_path: Path, old: str, new: str, match: str) -> None:
    product = write_landsat(tmp_path, bands(("2", "3", "4", "5")))
    path = next(product.glob("*_MTL.txt"))
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(BadInput, match=match):
        scene_of(str(product))


def test_the_files_of_two_landsat_products_in_one_folder_are_two_scenes(tmp_path: Path) -> None:
    product = write_landsat(tmp_path, bands(("2", "3", "4", "5")))
    for path in sorted(product.iterdir()):
        text = path.read_bytes().replace(b"LC08_", b"LC09_") if path.suffix == ".txt" else path.read_bytes()
        path.with_name(path.name.replace("LC08_", "LC09_")).write_bytes(text)
    scenes, issues = find_scenes(str(product))
    assert [scene.name[:4] for scene in scenes] == ["LC08", "LC09"]
    assert issues == []
    assert all(band.file.startswith(scene.name) for scene in scenes for band in scene.bands.values())
