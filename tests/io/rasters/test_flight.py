from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyproj import Geod
from tests.io.rasters.making import colours, find, nadir, write_photo

from pelagia.io.rasters.camera import Shot, read_shot, xmp_values
from pelagia.io.rasters.flight import focal_length_px, look_down
from pelagia.io.rasters.ground import to_lat_lon, to_map
from pelagia.io.rasters.picture import Picture

GEOD = Geod(ellps="WGS84")
HEIGHT, WIDTH = 96, 128


def taken(tmp_path: Path, *, gsd_cm: float | None = None, **told: Any) -> tuple[Picture, dict]:
    """Return the picture that a photo becomes, and its findings by code."""
    (picture,), issues = find(tmp_path / "work", write_photo(tmp_path / "a.jpg", **told), gsd_cm=gsd_cm)
    return picture, issues


def seen_from_centre(picture: Picture, row: float, col: float) -> tuple[float, float]:
    """Return in which direction (°, from north) and how far (m) a pixel lies from the centre of its picture."""
    assert picture.crs is not None
    assert picture.transform is not None
    lat, lon = to_lat_lon(picture.crs, *to_map(picture.transform, row, col))
    azimuth, _, distance = GEOD.inv(picture.longitude, picture.latitude, float(lon), float(lat))
    return round(azimuth, 4) % 360, distance


@pytest.mark.parametrize("yaw", [0, 40, 137.5, -90, 180])
@pytest.mark.parametrize("position", [(54.1, 10.9), (-33.9, 151.3), (71.0, 8.1)])
def test_a_photo_that_looks_down_lies_on_the_ground(tmp_path: Path, yaw: float, position: tuple[float, float]) -> None:
    picture, issues = taken(tmp_path, xmp=nadir(30, yaw), position=position)
    assert (picture.kind, picture.gsd_source, picture.altitude_m) == ("photo", "flight", 30)
    assert picture.gsd_cm == pytest.approx(1.0)
    assert (picture.latitude, picture.longitude) == pytest.approx(position, abs=1e-9)
    top, right = seen_from_centre(picture, 0, WIDTH / 2), seen_from_centre(picture, HEIGHT / 2, WIDTH)
    assert top == pytest.approx((yaw % 360, 0.48), abs=1e-3)
    assert right == pytest.approx(((yaw + 90) % 360, 0.64), abs=1e-3)
    assert set(issues) == {"gsd-from-flight"}


@pytest.mark.parametrize(("orientation", "turn"), [(1, 0), (3, 180), (6, -90), (8, 90)])
def test_a_turned_photo_lies_as_the_camera_saw_it(tmp_path: Path, orientation: int, turn: float) -> None:
    picture, _ = taken(tmp_path, xmp=nadir(30, 20), orientation=orientation)
    height, width = (WIDTH, HEIGHT) if orientation in {6, 8} else (HEIGHT, WIDTH)
    assert (picture.height_px, picture.width_px) == (height, width)
    top, right = seen_from_centre(picture, 0, width / 2), seen_from_centre(picture, height / 2, width)
    assert top == pytest.approx(((20 + turn) % 360, height / 200), abs=1e-3)
    assert right == pytest.approx(((20 + turn + 90) % 360, width / 200), abs=1e-3)


def test_a_photo_seen_in_a_mirror_lies_as_the_camera_saw_it(tmp_path: Path) -> None:
    picture, _ = taken(tmp_path, xmp=nadir(30, 0), orientation=2)
    assert seen_from_centre(picture, HEIGHT / 2, WIDTH) == pytest.approx((270, 0.64), abs=1e-3)


@pytest.mark.parametrize(
    "gimbal",
    [{"GimbalYawDegree": "50", "GimbalRollDegree": "180"}, {"GimbalYawDegree": "-130", "GimbalRollDegree": "0"}],
)
def test_two_ways_to_write_the_same_direction_are_the_same(tmp_path: Path, gimbal: dict) -> None:
    picture, _ = taken(tmp_path, xmp=nadir(30, 0) | gimbal)
    assert picture.yaw_deg == pytest.approx(230)
    assert seen_from_centre(picture, 0, WIDTH / 2)[0] == pytest.approx(230, abs=1e-2)


def test_a_photo_a_little_off_nadir_shows_what_lies_ahead(tmp_path: Path) -> None:
    picture, _ = taken(tmp_path, xmp=nadir(30, 90, GimbalPitchDegree="-84"))
    azimuth, _, distance = GEOD.inv(10.9, 54.1, picture.longitude, picture.latitude)
    assert azimuth == pytest.approx(90, abs=1e-2)
    assert distance == pytest.approx(30 * math.tan(math.radians(6)), abs=1e-3)
    assert picture.gsd_cm == pytest.approx(1 / math.cos(math.radians(6)))


@pytest.mark.parametrize("pitch", ["-79", "-45", "0", "12"])
def test_a_photo_that_looks_ahead_has_neither_scale_nor_place(tmp_path: Path, pitch: str) -> None:
    picture, issues = taken(tmp_path, xmp=nadir(30, 0, GimbalPitchDegree=pitch))
    assert (picture.gsd_cm, picture.transform, picture.crs) == (None, None, None)
    assert (picture.latitude, picture.longitude) == pytest.approx((54.1, 10.9))
    assert {"not-nadir", "gsd-unknown"} == set(issues)
    assert taken(tmp_path, xmp=nadir(30, 0, GimbalPitchDegree=pitch), gsd_cm=0.7)[0].transform is None


def test_a_photo_of_the_landing_pad_is_left_out(tmp_path: Path) -> None:
    for height in (0.1, 1.9, -0.3):
        pictures, issues = find(tmp_path, write_photo(tmp_path / "a.jpg", xmp=nadir(height)))
        assert not pictures
        assert issues["taken-on-ground"].severity == "error"


def test_a_photo_whose_pixels_are_finer_than_any_flight_is_of_the_landing_pad(tmp_path: Path) -> None:
    pictures, issues = find(tmp_path, write_photo(tmp_path / "a.jpg", xmp=nadir(5, CalibratedFocalLength="30000")))
    assert not pictures
    assert "taken-on-ground" in issues


def test_a_photo_from_the_ground_is_used_where_the_user_knows_its_scale(tmp_path: Path) -> None:
    picture, issues = taken(tmp_path, xmp=nadir(1.5), gsd_cm=0.05)
    assert (picture.gsd_cm, picture.gsd_source, picture.transform) == (0.05, "user", None)
    assert issues["taken-on-ground"].severity == "warning"


def test_a_drone_below_its_take_off_knows_no_height(tmp_path: Path) -> None:
    picture, issues = taken(tmp_path, xmp=nadir(-12))
    assert picture.gsd_cm is None
    assert set(issues) == {"height-unknown", "gsd-unknown"}


def test_what_is_not_told_is_not_assumed(tmp_path: Path) -> None:
    told = nadir(30)
    for lacking, code in (
        ("RelativeAltitude", "gsd-unknown"),
        ("GimbalPitchDegree", "direction-unknown"),
        ("CalibratedFocalLength", "camera-unknown"),
    ):
        picture, issues = taken(tmp_path, xmp={name: value for name, value in told.items() if name != lacking})
        assert (picture.gsd_cm, picture.gsd_source, picture.transform) == (None, "", None)
        assert {code, "gsd-unknown"} == set(issues)
    assert taken(tmp_path, xmp=None)[0].gsd_cm is None


def test_without_a_heading_the_scale_is_known_and_the_place_of_pixels_is_not(tmp_path: Path) -> None:
    picture, _ = taken(tmp_path, xmp={name: value for name, value in nadir(30).items() if "Yaw" not in name})
    assert picture.gsd_cm == pytest.approx(1)
    assert (picture.transform, picture.yaw_deg) == (None, None)


def test_the_user_is_believed_where_the_flight_says_something_else(tmp_path: Path) -> None:
    picture, issues = taken(tmp_path, xmp=nadir(30), gsd_cm=0.8)
    assert (picture.gsd_cm, picture.gsd_source) == (0.8, "user")
    assert seen_from_centre(picture, 0, WIDTH / 2)[1] == pytest.approx(0.48 * 0.8, abs=1e-4)
    assert issues["gsd-differs"].value == "0.8 against 1 cm"


def test_the_flight_is_believed_where_the_user_says_nearly_the_same(tmp_path: Path) -> None:
    picture, issues = taken(tmp_path, xmp=nadir(30), gsd_cm=1.04)
    assert (picture.gsd_cm, picture.gsd_source) == (pytest.approx(1), "flight")
    assert "gsd-differs" not in issues


def test_a_fixed_rtk_position_is_better_than_that_of_a_plain_receiver(tmp_path: Path) -> None:
    plain, _ = taken(tmp_path, xmp=nadir(30))
    fixed, _ = taken(tmp_path, xmp=nadir(30, RtkFlag="50", RtkStdLon="0.012", RtkStdLat="0.016"))
    loose, _ = taken(tmp_path, xmp=nadir(30, RtkFlag="16", RtkStdLon="0.012", RtkStdLat="0.016"))
    lean_m = 30 * math.tan(math.radians(1))
    assert fixed.position_error_m == pytest.approx(math.hypot(0.02 / math.sqrt(2), lean_m))
    assert plain.position_error_m == loose.position_error_m == pytest.approx(math.hypot(3, lean_m))


def test_a_photo_says_when_it_was_taken(tmp_path: Path) -> None:
    assert taken(tmp_path)[0].taken_at == "2026-07-01T09:30:00"
    assert taken(tmp_path, detail={0x9011: "+02:00"})[0].taken_at == "2026-07-01T09:30:00+02:00"
    assert taken(tmp_path, detail={0x9003: "0000:00:00 00:00:00"})[0].taken_at is None


def test_a_photo_without_a_position_has_none(tmp_path: Path) -> None:
    for position in (None, (0.0, 0.0)):
        picture, _ = taken(tmp_path, xmp=nadir(30), position=position)
        assert (picture.latitude, picture.transform) == (None, None)
        assert picture.gsd_cm == pytest.approx(1)


def test_the_position_may_stand_in_xmp_alone(tmp_path: Path) -> None:
    told = nadir(30, GpsLatitude="+12.5", GpsLongtitude="-34.25")
    picture, _ = taken(tmp_path, xmp=told, position=None)
    assert (picture.latitude, picture.longitude) == pytest.approx((12.5, -34.25))


SENSOR = {0x920A: 8.8, 0xA20E: 4096 / 13.2 * 10, 0xA210: 3}
"""8.8 mm, and 4,096 pixels on 13.2 mm, told per cm."""


def test_focal_length_and_sensor_make_the_focal_length_in_pixels(tmp_path: Path) -> None:
    told = {name: value for name, value in nadir(30).items() if name != "CalibratedFocalLength"}
    shot = read_shot(write_photo(tmp_path / "a.jpg", xmp=told, detail=SENSOR))
    assert focal_length_px(shot, HEIGHT, WIDTH) == pytest.approx(8.8 / 13.2 * 4096, rel=1e-3)


def test_a_focal_length_of_film_is_one_of_its_diagonal() -> None:
    assert focal_length_px(Shot(focal_35_mm=24), 3648, 5472) == pytest.approx(24 / 36 * 5472, rel=1e-3)


@pytest.mark.parametrize("shot", [Shot(focal_px=3000), Shot(focal_mm=8.8, pixel_mm=0.0024), Shot(focal_35_mm=24)])
def test_a_photo_that_was_made_smaller_keeps_its_field_of_view(shot: Shot) -> None:
    known = {name: getattr(shot, name) for name in ("focal_px", "focal_mm", "pixel_mm", "focal_35_mm")}
    full = Shot(**known, width_px=4000, height_px=3000)
    whole, half = focal_length_px(full, 3000, 4000), focal_length_px(full, 1500, 2000)
    assert whole is not None
    assert half == pytest.approx(whole / 2)
    assert focal_length_px(full, 3000, 2000) is None, "one that was cut tells nothing"


def test_a_digital_zoom_makes_what_the_maker_measured_worthless(tmp_path: Path) -> None:
    shot = read_shot(write_photo(tmp_path / "a.jpg", xmp=nadir(30), detail=SENSOR | {0xA404: 2.0, 0xA405: 48}))
    assert (shot.focal_px, shot.pixel_mm, shot.focal_35_mm) == (None, None, 48)


def test_xmp_is_searched_and_never_parsed() -> None:
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "1"><!ENTITY b "&a;&a;">]><d drone-dji:RelativeAltitude="&b;" a:GimbalYawDegree="5"/>'
    )
    assert xmp_values(bomb) == {"RelativeAltitude": "&b;", "GimbalYawDegree": "5"}
    assert xmp_values(b"<drone-dji:RelativeAltitude> +30.5 </drone-dji:RelativeAltitude>") == {
        "RelativeAltitude": "+30.5"
    }


@given(st.binary(max_size=3000))
def test_any_xmp_is_read_in_time(noise: bytes) -> None:
    assert isinstance(xmp_values(b'<x a:b="' + noise + b' c:d="1"' * 200), dict)


@pytest.mark.parametrize("value", ["nan", "inf", "-1e999", "1e9", "", "x", "&b;", "30.5m"])
def test_numbers_that_are_none_are_not_there(tmp_path: Path, value: str) -> None:
    picture, _ = taken(tmp_path, xmp=nadir(30, RelativeAltitude=value))
    assert picture.gsd_cm is None
    picture, _ = taken(tmp_path, xmp=nadir(30, CalibratedFocalLength=value))
    assert picture.gsd_cm is None


@given(st.binary(min_size=1, max_size=400))
def test_no_exif_does_any_harm(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.jpg"
    Image.fromarray(colours(16, 16)).save(path, exif=b"Exif\0\0II*\0\x08\0\0\0" + noise)
    assert isinstance(read_shot(path), Shot)


@given(*[st.floats(-400, 400, allow_nan=False)] * 3, st.floats(3, 500))
def test_any_direction_is_nadir_or_told(yaw: float, pitch: float, roll: float, height: float) -> None:
    flight = look_down(
        Shot(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll, height_m=height, focal_px=3000), HEIGHT, WIDTH, "a.jpg"
    )
    off_deg = math.degrees(math.acos(np.clip(-math.sin(math.radians(pitch)), -1, 1)))
    if abs(off_deg - 10) > 1e-6:
        assert flight.is_nadir == (off_deg < 10)
        assert flight.is_nadir or {issue.code for issue in flight.issues} == {"not-nadir"}
