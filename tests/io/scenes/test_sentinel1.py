"""Sentinel-1 GRD products: found, placed and calibrated by their own look-up tables."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from tests.io.scenes.making import (
    LAT,
    LON,
    STEP,
    TILT,
    gain_at,
    noises,
    place,
    sea,
    write_raster,
    write_safe,
    zipped,
)

from pelagia.core.errors import BadInput
from pelagia.io.scenes.facts import Scene
from pelagia.io.scenes.fetching import fetched
from pelagia.io.scenes.finding import find_scenes, scene_of
from pelagia.io.scenes.placing import incidence_at, lat_lon_at
from pelagia.io.scenes.reading import check_annotations, open_scene

SHAPE = (120, 160)


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    """A product of two polarisations."""
    return write_safe(tmp_path, {"VV": sea(*SHAPE), "VH": sea(*SHAPE, seed=2, sea_db=-22)})


def test_a_product_tells_what_it_is(safe: Path) -> None:
    scene = scene_of(str(safe))
    assert scene.kind == "sentinel-1"
    assert (scene.height_px, scene.width_px) == SHAPE
    assert scene.polarisations == ("VV", "VH")
    assert scene.observed_utc == "2021-08-25T03:44:55Z"
    assert scene.platform == "Sentinel-1A"
    assert scene.name == safe.stem
    assert Scene.from_record(scene.to_record()) == scene


def test_calibration_gives_back_the_backscatter_in_any_window(safe: Path, tmp_path: Path) -> None:
    truth = sea(*SHAPE)
    with open_scene(scene_of(str(safe))) as reader:
        whole, valid = reader.radar("VV", 0, 0, *SHAPE)
        part, _ = reader.radar("VV", 30, 50, 40, 60)
    assert valid.all()
    # Counts are whole numbers of about 500: half a count is 0.2 % of the power.
    np.testing.assert_allclose(whole, truth, rtol=0.02, atol=1e-6)
    np.testing.assert_array_equal(part, whole[30:70, 50:110])


@pytest.mark.parametrize("has_azimuth", [True, False])
def test_noise_is_taken_off(tmp_path: Path, has_azimuth: bool) -> None:
    level = 40_000.0
    truth = np.full(SHAPE, 10**-2.2, np.float32)
    noise = level * (1 + np.arange(SHAPE[1]) / (SHAPE[1] - 1))[None] * np.ones(SHAPE)
    if has_azimuth:
        noise = noise * (1 + 0.5 * np.arange(SHAPE[0]) / (SHAPE[0] - 1))[:, None]
    safe = write_safe(tmp_path, {"VV": truth + noise / gain_at(SHAPE) ** 2})
    path = next((safe / "annotation" / "calibration").glob("noise-*"))
    path.write_text(noises(SHAPE, level, has_azimuth=has_azimuth))
    with open_scene(scene_of(str(safe))) as reader:
        found, _ = reader.radar("VV", 0, 0, *SHAPE)
    np.testing.assert_allclose(found, truth, rtol=0.02)


def test_places_and_angles_lie_between_the_points_of_the_grid(safe: Path) -> None:
    scene = scene_of(str(safe))
    rows, cols = np.array([10.5, 60.0, 100.5]), np.array([20.5, 90.0, 150.5])
    lat, lon = lat_lon_at(scene, rows, cols)
    true_lat, true_lon = place(rows, cols)
    # 1e-7 ° is 1 cm.
    np.testing.assert_allclose(lat, true_lat, atol=1e-7)
    np.testing.assert_allclose(lon, true_lon, atol=1e-7)
    angle = incidence_at(scene, rows, cols)
    assert angle is not None
    np.testing.assert_allclose(angle, 30 + 10 * (cols - 0.5) / SHAPE[1], atol=1e-6)
    south, west, north, east = scene.bounds or (0, 0, 0, 0)
    assert south < lat.min() < lat.max() < north
    assert west < lon.min() < lon.max() < east
    metres = STEP * 111_000 * np.sqrt((1 + TILT**2) * np.cos(np.radians(LAT)))
    assert scene.pixel_m == pytest.approx(metres, rel=0.02)


def test_a_scene_over_the_180th_meridian_has_longitudes_without_a_jump(tmp_path: Path) -> None:
    scene = scene_of(str(write_safe(tmp_path, {"VV": sea(*SHAPE)}, lat=-17.0, lon=179.995)))
    _, lon = lat_lon_at(scene, np.array([60.0, 60.0]), np.array([0.5, 159.5]))
    assert lon[1] - lon[0] == pytest.approx(159 * STEP, abs=1e-6)
    assert scene.bounds is not None
    assert scene.bounds[1] < 180 < scene.bounds[3]


def test_a_zip_is_the_same_scene_as_its_folder(safe: Path, tmp_path: Path) -> None:
    archive = scene_of(str(zipped(safe)))
    assert archive.ties == scene_of(str(safe)).ties
    assert archive.bands["VV"].path == ""
    here = fetched(archive, tmp_path / "copies")
    with open_scene(here) as one, open_scene(scene_of(str(safe))) as other:
        np.testing.assert_array_equal(one.radar("VV", 0, 0, *SHAPE)[0], other.radar("VV", 0, 0, *SHAPE)[0])


def test_a_folder_of_products_holds_all_their_scenes(tmp_path: Path) -> None:
    for number in (1, 2):
        write_safe(tmp_path, {"VV": sea(*SHAPE)}, name=f"S1A_IW_GRDH_{number}")
    scenes, issues = find_scenes(str(tmp_path))
    assert [scene.name for scene in scenes] == ["S1A_IW_GRDH_1", "S1A_IW_GRDH_2"]
    assert issues == []
    with pytest.raises(BadInput, match="several scenes"):
        scene_of(str(tmp_path))


def test_a_product_without_calibration_is_refused(safe: Path) -> None:
    next((safe / "annotation" / "calibration").glob("calibration-*-vv-*")).unlink()
    with pytest.raises(BadInput, match="not whole") as told:
        scene_of(str(safe))
    assert told.value.code == "scene-incomplete"
    assert "whole product" in told.value.remedy


def test_a_calibration_without_its_table_is_refused_before_any_picture_is_read(safe: Path) -> None:
    path = next((safe / "annotation" / "calibration").glob("calibration-*-vv-*"))
    path.write_text(path.read_text().replace("sigmaNought", "betaNought"))
    scene = scene_of(str(safe))
    with pytest.raises(BadInput, match="sigmaNought"):
        check_annotations(scene)


def test_a_product_that_is_no_ground_range_product_is_refused(tmp_path: Path) -> None:
    safe = write_safe(tmp_path, {"VV": sea(*SHAPE)}, product_type="SLC")
    with pytest.raises(BadInput, match="no ground range product"):
        scene_of(str(safe))


@pytest.mark.parametrize("text", ['<!DOCTYPE a [<!ENTITY b "c">]><a/>', "<a>", "no XML"])
def test_hostile_or_damaged_xml_is_refused(safe: Path, text: str) -> None:
    (safe / "manifest.safe").write_text(text)
    with pytest.raises(BadInput, match="cannot be read"):
        scene_of(str(safe))


def test_a_manifest_cannot_lead_out_of_its_product(safe: Path, tmp_path: Path) -> None:
    shutil.move(str(next((safe / "measurement").iterdir())), tmp_path / "outside-vv.tiff")
    text = (safe / "manifest.safe").read_text()
    start = text.index("./measurement/")
    end = text.index('"', start)
    (safe / "manifest.safe").write_text(f"{text[:start]}../outside-vv.tiff{text[end:]}")
    with pytest.raises(BadInput, match="leads out"):
        scene_of(str(safe))


def test_a_picture_of_another_size_than_told_is_refused(safe: Path) -> None:
    path = next((safe / "measurement").glob("*-vv-*"))
    write_raster(path, np.ones((10, 10), np.uint16), transform=Affine(1, 0, LON, 0, -1, LAT))
    with pytest.raises(BadInput, match="not of the size"):
        open_scene(scene_of(str(safe)))
