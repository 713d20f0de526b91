"""Slicks in scenes, from a file to records: found, measured on the ellipsoid, doubted, drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import shapely
from affine import Affine
from tests.io.scenes.making import LAT, LON, gcps, place, sea, write_raster, write_safe, write_sentinel2, zipped

from pelagia.core.errors import BadInput, BadParameter
from pelagia.core.service import ModelRef, Request
from pelagia.io.rasters.ground import GEOD
from pelagia.io.scenes.facts import Scene
from pelagia.io.shoreline.dialect import Bounds, coastlines
from pelagia.ocean.coast.crossing import coast_arrays
from pelagia.ocean.coast.making import make_shoreline
from pelagia.runtime.values import decoded, encode
from pelagia.services.oilspill import detecting, detecting_land, detecting_maps
from pelagia.services.oilspill.detecting import (
    join_parts,
    ready_scene,
    scene_facts,
    scene_parts,
    search_part,
)
from pelagia.services.oilspill.service import OilspillParams

SHAPE = (320, 480)


@pytest.fixture(autouse=True)
def _open_sea(monkeypatch: pytest.MonkeyPatch) -> None:
    """No shoreline is cut out of the map of the Earth: no scene but one shows land."""
    monkeypatch.setattr(detecting_land, "_coast", lambda _bounds, _folder: coast_arrays(None))


def request(*, models: dict[str, ModelRef] | None = None, **params: Any) -> Request[OilspillParams]:
    """Return what is asked for."""
    told = {"service": "oilspill", "service_version": "1", "inputs": {}, "models": models or {}}
    return Request(**told, params=OilspillParams(**params))


def detect(uri: Path, workdir: Path, **params: Any) -> dict[str, Any]:
    """Detect as a run does: what a step returns is stored and read back."""
    asked = request(**params)
    facts = _kept(ready_scene(scene_facts(str(uri)), workdir))
    results = [_kept(search_part(part)) for part in scene_parts(facts, asked, workdir)]
    return _kept(join_parts(facts, results, asked, workdir))


def _kept(value: Any) -> Any:
    return decoded(encode(value, "step"))


def slick_mask(shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Return where a slick is, far from the edges."""
    mask = np.zeros(shape, np.uint8)
    cv2.ellipse(mask, (shape[1] // 2, shape[0] // 2), (100, 20), 25, 0, 360, 1, -1)
    return mask > 0


def with_slick(shape: tuple[int, int] = SHAPE, damping_db: float = 8.0, sea_db: float = -12.0) -> np.ndarray:
    """Return backscatter of a sea with a slick."""
    sigma0 = sea(*shape, sea_db=sea_db)
    sigma0[slick_mask(shape)] *= 10 ** (-damping_db / 10)
    return sigma0


def true_outline() -> shapely.Polygon:
    """Return the slick on the Earth: lon, lat."""
    contour = cv2.findContours(slick_mask().astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0][0][:, 0]
    lat, lon = place(contour[:, 1] + 0.5, contour[:, 0] + 0.5)
    return shapely.Polygon(np.column_stack([lon, lat])).buffer(0)


def test_a_slick_of_a_sentinel1_product_is_found_where_it_is(tmp_path: Path) -> None:
    found = detect(write_safe(tmp_path, {"VV": with_slick()}), tmp_path)
    (slick,) = found["slicks"]
    outline, truth = shapely.from_geojson(slick["geometry"]), true_outline()
    assert outline.is_valid
    assert shapely.intersection(outline, truth).area / shapely.union(outline, truth).area > 0.9
    area_m2, perimeter_m = GEOD.geometry_area_perimeter(outline)
    assert slick["area_km2"] == pytest.approx(abs(area_m2) / 1e6, rel=1e-3)
    assert slick["perimeter_km"] == pytest.approx(perimeter_m / 1e3, rel=1e-2)
    assert 1.9 < slick["length_km"] < 2.1
    assert slick["contrast_db"] == pytest.approx(8.0, abs=1.0)
    assert slick["probability"] > 0.7
    assert slick["time_s"] == 1629863095.0
    assert slick["look_alike"] == ""
    np.testing.assert_allclose([slick["lat"], slick["lon"]], np.array(truth.centroid.coords)[0][::-1], atol=2e-4)


def test_the_outline_of_a_slick_has_few_points(tmp_path: Path) -> None:
    (slick,) = detect(write_safe(tmp_path, {"VV": with_slick()}), tmp_path)["slicks"]
    assert 8 < len(slick["rings"][0]) < 120


def test_parts_do_not_change_what_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    safe = write_safe(tmp_path, {"VV": with_slick()})
    (whole,) = detect(safe, tmp_path)["slicks"]
    monkeypatch.setattr(detecting, "PART_PX", 192)
    assert len(scene_parts(scene_facts(str(safe)), request(), tmp_path)) == 6
    (cut,) = detect(safe, tmp_path)["slicks"]
    one, other = (shapely.from_geojson(slick["geometry"]) for slick in (whole, cut))
    assert shapely.intersection(one, other).area / shapely.union(one, other).area > 0.97


def test_a_zip_gives_the_slicks_of_its_folder(tmp_path: Path) -> None:
    safe = write_safe(tmp_path, {"VV": with_slick()})
    assert detect(zipped(safe), tmp_path)["slicks"][0]["rings"] == detect(safe, tmp_path)["slicks"][0]["rings"]


def test_a_sea_without_a_slick_has_none(tmp_path: Path) -> None:
    found = detect(write_safe(tmp_path, {"VV": sea(*SHAPE)}), tmp_path)
    assert found["slicks"] == []
    assert found["issues"] == []


def test_small_slicks_are_left_out_as_asked(tmp_path: Path) -> None:
    safe = write_safe(tmp_path, {"VV": with_slick()})
    (slick,) = detect(safe, tmp_path)["slicks"]
    assert detect(safe, tmp_path, min_area_km2=slick["area_km2"] * 1.01)["slicks"] == []
    assert len(detect(safe, tmp_path, min_area_km2=slick["area_km2"] * 0.99)["slicks"]) == 1


@pytest.mark.parametrize(
    ("options", "doubt"),
    [
        # At 35° of incidence a wind of 1.5 m/s gives about -25 dB.
        ({"sea_db": -26.0}, "low-wind"),
        ({"sea_db": -5.0}, "strong-wind"),
        ({"damping_db": 1.9}, "faint"),
    ],
)
def test_what_speaks_against_oil_is_told(tmp_path: Path, options: dict[str, float], doubt: str) -> None:
    (slick,) = detect(write_safe(tmp_path, {"VV": with_slick(**options)}), tmp_path)["slicks"]
    assert doubt in slick["look_alike"].split(", ")


def test_a_round_spot_is_told(tmp_path: Path) -> None:
    sigma0, mask = sea(*SHAPE), np.zeros(SHAPE, np.uint8)
    cv2.circle(mask, (240, 160), 50, 1, -1)
    sigma0[mask > 0] *= 0.1
    (slick,) = detect(write_safe(tmp_path, {"VV": sigma0}), tmp_path)["slicks"]
    assert slick["look_alike"] == "round"
    assert slick["age_hint"] == "a day or more"


def test_land_holds_no_slick_and_one_near_it_is_doubted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # All that lies north of this line, which is closed far off, is land.
    north = LAT - 0.03
    ring = np.array([[north, LON - 1], [north, LON + 1], [LAT + 1, LON + 1], [LAT + 1, LON - 1], [north, LON - 1]])
    lines = coastlines([ring], [0], has_sides=True, source="drawn")
    shore = make_shoreline(lines, Bounds(LAT - 0.5, LAT + 0.5, LON - 0.5, LON + 0.5), is_land=False)
    monkeypatch.setattr(detecting_land, "_coast", lambda _bounds, _folder: coast_arrays(shore))
    shape = (800, 600)
    rows, cols = np.indices(shape) + 0.5
    is_land = place(rows, cols)[0] > north
    sigma0 = sea(*shape)
    sigma0[is_land] *= 0.1
    facts = scene_facts(str(write_safe(tmp_path / "dark", {"VV": sigma0})))
    land = detecting_land.scene_land(Scene.from_record(facts), tmp_path).mask(0, 0, *shape)
    # Land is told in squares of 8 pixels.
    assert (land != is_land).mean() < 0.01
    assert detect(tmp_path / "dark", tmp_path)["slicks"] == []
    sigma0[310:340, 200:300] *= 0.1
    (slick,) = detect(write_safe(tmp_path / "near", {"VV": sigma0}), tmp_path)["slicks"]
    assert "near-land" in slick["look_alike"].split(", ")
    assert slick["area_km2"] == pytest.approx(3000 * 1.01e-4, rel=0.2)


def test_a_bare_measurement_gives_the_same_slick_without_a_wind(tmp_path: Path) -> None:
    counts = np.round(np.sqrt(with_slick()) * 2000).astype(np.uint16)
    path = write_raster(tmp_path / "s1a-iw-grd-vv-20210825t034455.tiff", counts, gcps=gcps(SHAPE), crs="EPSG:4326")
    found = detect(path, tmp_path)
    (slick,) = found["slicks"]
    assert [issue["code"] for issue in found["issues"]] == ["scene-uncalibrated"]
    outline, truth = shapely.from_geojson(slick["geometry"]), true_outline()
    assert shapely.intersection(outline, truth).area / shapely.union(outline, truth).area > 0.9


def test_linear_and_db_scenes_give_the_same_slick(tmp_path: Path) -> None:
    told = {"crs": "EPSG:4326", "transform": Affine(0.0001, 0, LON, 0, -0.0001, LAT)}
    linear = write_raster(tmp_path / "linear.tif", with_slick(), **told)
    db = write_raster(tmp_path / "db.tif", (10 * np.log10(with_slick())).astype(np.float32), **told)
    one, other = (detect(path, tmp_path)["slicks"][0] for path in (linear, db))
    assert one["area_km2"] == pytest.approx(other["area_km2"], rel=1e-3)
    assert one["contrast_db"] == pytest.approx(other["contrast_db"], abs=0.01)


def test_a_quicklook_gives_a_slick_in_pixels_only(tmp_path: Path) -> None:
    db = 10 * np.log10(with_slick())
    cv2.imwrite(str(tmp_path / "look.png"), np.clip((db + 30) * 8, 0, 255).astype(np.uint8))
    found = detect(tmp_path / "look.png", tmp_path)
    (slick,) = found["slicks"]
    assert (slick["lat"], slick["area_km2"], slick["geometry"], slick["rings"]) == (None, None, "", [])
    assert "scene-without-place" in {issue["code"] for issue in found["issues"]}
    assert slick["contrast_db"] is None


def test_oil_on_a_sentinel2_scene_is_found_by_its_glint(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    level = {"B02": 0.06, "B03": 0.05, "B04": 0.04, "B08": 0.03}
    bands = {name: value + rng.normal(0, 0.0008, SHAPE) for name, value in level.items()}
    bands["B08"][slick_mask()] *= 0.6
    (slick,) = detect(write_sentinel2(tmp_path, bands), tmp_path)["slicks"]
    assert slick["area_km2"] == pytest.approx(slick_mask().sum() * 1e-4, rel=0.15)
    assert slick["contrast_db"] is None


def test_the_picture_shows_the_scene_with_outlines(tmp_path: Path) -> None:
    found = detect(write_safe(tmp_path, {"VV": with_slick()}), tmp_path)
    (artifact,) = found["artifacts"]
    assert (artifact["role"], artifact["media_type"]) == ("scene", "image/png")
    picture = cv2.imread(artifact["path"])
    assert picture.shape == (*SHAPE, 3)
    is_line = (picture[..., 2].astype(int) - picture[..., 0]) > 100
    near = cv2.dilate(slick_mask().astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert is_line.sum() > 200
    assert not is_line[~near].any()


def test_a_scene_of_no_measurement_is_told(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "s1a-iw-grd-vv.tiff", np.zeros(SHAPE, np.uint16), gcps=gcps(SHAPE), crs="EPSG:4326")
    assert "scene-without-sea" in {issue["code"] for issue in detect(path, tmp_path)["issues"]}


def test_the_network_is_refused_where_it_is_not_installed(tmp_path: Path) -> None:
    safe = write_safe(tmp_path, {"VV": with_slick()})
    with pytest.raises(BadParameter, match="not installed"):
        scene_parts(scene_facts(str(safe)), request(detector="network"), tmp_path)
    assert scene_parts(scene_facts(str(safe)), request(detector="auto"), tmp_path)[0]["model"] is None


class Drawn:
    """Stands for a network: it is sure of half that what is dark is oil, and was made with a threshold of 0.3."""

    least_probability = 0.3

    def __init__(self) -> None:
        self.pictures: list[np.ndarray] = []

    def probabilities(self, picture: np.ndarray) -> np.ndarray:
        self.pictures.append(picture)
        smooth = cv2.GaussianBlur(np.nan_to_num(picture, nan=-12.0), (0, 0), 3)
        return np.where(smooth < -16, 0.5, 0.1).astype(np.float32)


def test_the_network_is_given_db_and_its_own_threshold_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Drawn()
    monkeypatch.setattr(detecting_maps, "load_slick_segmenter", lambda _folder: drawn)
    monkeypatch.setattr(detecting, "_fits", lambda _scene, _folder: True)
    model = ModelRef(role="slicks", name="oil-slicks", version="1.0.0", sha256="0" * 64, path=str(tmp_path))
    safe = write_safe(tmp_path, {"VV": with_slick()})
    asked = request(detector="auto", models={"slicks": model})
    facts = ready_scene(scene_facts(str(safe)), tmp_path)
    results = [search_part(part) for part in scene_parts(facts, asked, tmp_path)]
    (slick,) = join_parts(facts, results, asked, tmp_path)["slicks"]
    assert np.median(drawn.pictures[0]) == pytest.approx(-12, abs=1)
    # 0.5 of a network whose threshold is 0.3 lies as far between that and 1 as 0.643 does between 0.5 and 1.
    assert slick["probability"] == pytest.approx(1 - 0.5 * 0.5 / 0.7, abs=1e-3)
    dark = request(detector="dark-spots", models={"slicks": model})
    assert scene_parts(facts, dark, tmp_path)[0]["model"] is None


def test_the_network_is_not_asked_about_optical_scenes(tmp_path: Path) -> None:
    bands = {name: np.full(SHAPE, 0.05) for name in ("B02", "B03", "B04", "B08")}
    facts = scene_facts(str(write_sentinel2(tmp_path, bands)))
    model = ModelRef(role="slicks", name="oil-slicks", version="1.0.0", sha256="0" * 64, path=str(tmp_path))
    assert scene_parts(facts, request(models={"slicks": model}), tmp_path)[0]["model"] is None
    with pytest.raises(BadParameter, match="made for radar"):
        scene_parts(facts, request(detector="network", models={"slicks": model}), tmp_path)


def test_a_damaged_calibration_is_told_before_any_long_work(tmp_path: Path) -> None:
    safe = write_safe(tmp_path, {"VV": with_slick()})
    path = next((safe / "annotation" / "calibration").glob("calibration-*"))
    path.write_text(path.read_text()[:-40])
    with pytest.raises(BadInput, match="cannot be read"):
        scene_facts(str(safe))


def test_facts_are_json_and_say_what_the_scene_is(tmp_path: Path) -> None:
    facts = scene_facts(str(write_safe(tmp_path, {"VV": with_slick()})))
    assert Scene.from_record(json.loads(json.dumps(facts))) == Scene.from_record(facts)
    assert facts["words"].startswith("Sentinel-1A, radar VV, 320 × 480 pixels of 10")
    assert (facts["polarisations"], facts["is_georeferenced"]) == (["VV"], True)
