"""Scenes that are one file: what their values are is told by their type and by a sample."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from affine import Affine
from tests.io.scenes.making import gcps, place, sea, write_raster

from pelagia.core.errors import BadInput, NotFound
from pelagia.io.scenes.finding import scene_of
from pelagia.io.scenes.placing import lat_lon_at
from pelagia.io.scenes.reading import open_scene

SHAPE = (80, 100)
PLACED = {"crs": "EPSG:4326", "transform": Affine(0.0001, 0, 33.0, 0, -0.0001, 35.0)}


def test_a_bare_measurement_lies_by_its_ground_control_points_and_is_relative(tmp_path: Path) -> None:
    counts = np.round(np.sqrt(sea(*SHAPE)) * 1000).astype(np.uint16)
    path = write_raster(tmp_path / "s1a-iw-grd-hh-20210825t034455.tiff", counts, gcps=gcps(SHAPE), crs="EPSG:4326")
    scene = scene_of(str(path))
    assert (scene.kind, scene.polarisations) == ("radar-count", ("HH",))
    assert scene.observed_utc == "2021-08-25T03:44:55Z"
    assert [issue["code"] for issue in scene.issues] == ["scene-uncalibrated"]
    lat, lon = lat_lon_at(scene, np.array([40.0]), np.array([50.0]))
    np.testing.assert_allclose((lat, lon), place(np.array([40.0]), np.array([50.0])), atol=1e-7)
    with open_scene(scene) as reader:
        found, _ = reader.radar("HH", 0, 0, *SHAPE)
    np.testing.assert_array_equal(found, counts.astype(np.float32) ** 2)


@pytest.mark.parametrize("is_db", [True, False])
def test_backscatter_is_known_as_linear_or_db_by_its_values(tmp_path: Path, is_db: bool) -> None:
    truth = sea(*SHAPE)
    values = (10 * np.log10(truth)).astype(np.float32) if is_db else truth
    scene = scene_of(str(write_raster(tmp_path / "sigma0_VV.tif", values, **PLACED)))
    assert scene.kind == ("radar-db" if is_db else "radar-linear")
    with open_scene(scene) as reader:
        found, _ = reader.radar("VV", 0, 0, *SHAPE)
    np.testing.assert_allclose(found, truth, rtol=1e-5)


def test_bands_are_named_by_their_descriptions(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "both.tif", np.stack([sea(*SHAPE), sea(*SHAPE, sea_db=-20)]), **PLACED)
    with rasterio.open(path, "r+") as file:
        file.descriptions = ("Sigma0_VH", "Sigma0_VV")
    scene = scene_of(str(path))
    assert scene.polarisations == ("VV", "VH")
    assert (scene.bands["VV"].number, scene.bands["VH"].number) == (2, 1)


def test_a_quicklook_without_place_is_told_so(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (*SHAPE, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "look.png"), picture)
    scene = scene_of(str(tmp_path / "look.png"))
    assert (scene.kind, scene.is_georeferenced) == ("grey", False)
    assert {issue["code"] for issue in scene.issues} == {"scene-without-place", "scene-without-time"}
    with open_scene(scene) as reader:
        found, valid = reader.grey(10, 20, 30, 40)
    blue, green, red = np.moveaxis(picture[10:40, 20:60].astype(np.float32), -1, 0)
    np.testing.assert_allclose(found, 0.299 * red + 0.587 * green + 0.114 * blue, atol=1e-3)
    assert valid.all()


def test_pixels_without_a_measurement_are_not_valid(tmp_path: Path) -> None:
    values = sea(*SHAPE)
    values[:10] = np.nan
    values[10:20] = -9999
    scene = scene_of(str(write_raster(tmp_path / "a.tif", values, nodata=-9999.0, **PLACED)))
    with open_scene(scene) as reader:
        _, valid = reader.radar("VV", 0, 0, *SHAPE)
    assert not valid[:20].any()
    assert valid[20:].all()


@pytest.mark.parametrize(
    "values",
    [
        np.ones((3, 20, 20), np.float32),
        np.ones((20, 20), np.int32),
        np.full((20, 20), 1e6, np.float32),
        np.full((20, 20), np.nan, np.float32),
    ],
)
def test_a_raster_that_is_no_scene_is_refused(tmp_path: Path, values: np.ndarray) -> None:
    with pytest.raises(BadInput, match="no scene"):
        scene_of(str(write_raster(tmp_path / "a.tif", values, **PLACED)))


def test_a_wrong_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"not a TIFF at all")
    with pytest.raises(BadInput, match="not a picture"):
        scene_of(str(tmp_path / "a.tif"))
    (tmp_path / "b.jp2").write_bytes(b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(50))
    with pytest.raises(BadInput, match="damaged"):
        scene_of(str(tmp_path / "b.jp2"))


def test_a_tiff_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    write_raster(path, np.zeros((16, 16), np.uint16), tiled=True, blockxsize=16, blockysize=16, **PLACED)
    data = bytearray(path.read_bytes())
    start = int.from_bytes(data[4:8], "little")
    for entry in range(int.from_bytes(data[start : start + 2], "little")):
        at = start + 2 + 12 * entry
        if int.from_bytes(data[at : at + 2], "little") in {256, 257}:
            data[at + 2 : at + 4] = (4).to_bytes(2, "little")
            data[at + 8 : at + 12] = (400_000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(BadInput) as told:
        scene_of(str(path))
    assert told.value.code in {"too-large", "damaged"}


def test_a_folder_without_a_scene_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(BadInput, match="no scene"):
        scene_of(str(tmp_path))
    with pytest.raises(NotFound):
        scene_of(str(tmp_path / "absent"))
