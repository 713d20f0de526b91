"""What a photo says of the moment it was taken: camera, place, height, where the camera looked.

EXIF and XMP come with the file and are as hostile as it: sizes are limited, XMP is never parsed as XML but searched for
names and numbers, and whatever is not a finite number in its range is as if it were not there.
"""

from __future__ import annotations

import math
import re
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from pelagia.io.rasters.formats import MAGIC_BYTES, Format, format_of
from pelagia.io.rasters.orientation import TURNS, UPRIGHT

READERS: Mapping[Format, type[ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "GTiff": TiffImageFile,
    "WEBP": WebPImageFile,
}
FAILURES = (OSError, ValueError, SyntaxError, KeyError, TypeError, IndexError, OverflowError, struct.error, MemoryError)
XMP_LIMIT_BYTES = 1 << 18
XMP_VALUE = re.compile(
    r"[\s<](?:[\w.-]{1,40}:)([A-Za-z][A-Za-z0-9]{1,40})"
    r"(?:\s{0,3}=\s{0,3}[\"']([^\"'<]{1,64})[\"']|>([^<]{1,80})</)"
)
MAKE, ORIENTATION, DATE, GPS_IFD, EXIF_IFD = 0x010F, 0x0112, 0x0132, 0x8825, 0x8769
TAKEN, OFFSET, FOCAL_MM, FOCAL_35_MM = 0x9003, 0x9011, 0x920A, 0xA405
EXIF_WIDTH, EXIF_HEIGHT, PLANE_X, PLANE_UNIT, ZOOM = 0xA002, 0xA003, 0xA20E, 0xA210, 0xA404
PLANE_UNITS_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
GPS_ERROR = 0x1F


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What a photo says of itself; ``None`` for all it does not say.

    Parameters
    ----------
    is_photo
        Whether a camera is named.
    latitude, longitude
        Of the camera (WGS 84), °.
    height_m
        Above the ground where the drone says so, else above its take-off, m. Never the height above the sea.
    yaw_deg, pitch_deg, roll_deg
        Of the camera: where it looks, clockwise from north; -90 is straight down; turned about its axis.
    focal_px
        Focal length in pixels of a photo ``plane_px`` wide.
    focal_mm, pixel_mm, focal_35_mm
        Focal length, side of a pixel of the sensor in that photo, equivalent focal length of a 35 mm film.
    width_px, height_px
        Size of the photo as the camera wrote it.
    position_error_m
        Standard deviation of the position as the receiver states it, m.
    taken_at
        ISO 8601, with its zone where that is told.
    """

    is_photo: bool = False
    latitude: float | None = None
    longitude: float | None = None
    height_m: float | None = None
    yaw_deg: float | None = None
    pitch_deg: float | None = None
    roll_deg: float | None = None
    focal_px: float | None = None
    focal_mm: float | None = None
    pixel_mm: float | None = None
    focal_35_mm: float | None = None
    width_px: int | None = None
    height_px: int | None = None
    position_error_m: float | None = None
    taken_at: str | None = None


def read_shot(path: Path) -> Shot:
    """Read what a photo says of the moment it was taken; a file that says nothing, or nonsense, says nothing."""
    exif, xmp = _metadata(path)
    main, detail, gps = exif
    latitude, longitude = _position(gps, xmp)
    return Shot(
        is_photo=bool(main.get(MAKE)) or "CalibratedFocalLength" in xmp or FOCAL_MM in detail,
        latitude=latitude,
        longitude=longitude,
        height_m=_within(xmp.get("AboveGroundAltitude"), 0.1, 10_000)
        or _within(xmp.get("RelativeAltitude"), -500, 10_000),
        yaw_deg=_first(xmp, ("GimbalYawDegree", "FlightYawDegree"), 360),
        pitch_deg=_first(xmp, ("GimbalPitchDegree",), 180),
        roll_deg=_first(xmp, ("GimbalRollDegree",), 360),
        focal_px=_within(xmp.get("CalibratedFocalLength"), 50, 200_000) if _is_unzoomed(detail) else None,
        focal_mm=_within(detail.get(FOCAL_MM), 0.5, 2_000),
        pixel_mm=_pixel_mm(detail) if _is_unzoomed(detail) else None,
        focal_35_mm=_within(detail.get(FOCAL_35_MM), 3, 5_000),
        width_px=_whole(detail.get(EXIF_WIDTH)),
        height_px=_whole(detail.get(EXIF_HEIGHT)),
        position_error_m=_position_error(gps, xmp),
        taken_at=_taken_at(main, detail),
    )


def read_orientation(path: Path) -> int:
    """Return how a photo is to be turned for a person: 1 to 8 as in EXIF, 1 where it does not say."""
    turn = _metadata(path)[0][0].get(ORIENTATION, UPRIGHT)
    return turn if turn in TURNS else UPRIGHT


def _metadata(path: Path) -> tuple[tuple[dict[int, Any], dict[int, Any], dict[int, Any]], dict[str, str]]:
    """Return EXIF (main, detail, GPS) and the values of XMP by their name."""
    nothing: tuple[dict[int, Any], dict[int, Any], dict[int, Any]] = ({}, {}, {})
    with path.open("rb") as stream:
        kind = format_of(stream.read(MAGIC_BYTES))
    if kind is None or kind not in READERS:
        return nothing, {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of every oddity of EXIF
        try:
            # Not Image.open: it judges the number of pixels, and none are decoded here.
            with READERS[kind](path) as image:
                exif = image.getexif()
                found = (dict(exif), dict(exif.get_ifd(EXIF_IFD)), dict(exif.get_ifd(GPS_IFD)))
                xmp = image.info.get("xmp") or b""
        except FAILURES:
            return nothing, {}
    return found, xmp_values(xmp)


def xmp_values(xmp: bytes | str) -> dict[str, str]:
    """Return the short values of XMP by their name without prefix, whether written as attribute or as element."""
    text = xmp if isinstance(xmp, str) else xmp[:XMP_LIMIT_BYTES].decode("utf-8", "replace")
    values: dict[str, str] = {}
    for name, attribute, element in XMP_VALUE.findall(text[:XMP_LIMIT_BYTES]):
        values.setdefault(name, (attribute or element).strip())
    return values


def _number(value: Any) -> float | None:
    """Return a finite number, ``None`` for all else."""
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _within(value: Any, low: float, high: float) -> float | None:
    number = _number(value)
    return number if number is not None and low <= number <= high else None


def _whole(value: Any) -> int | None:
    number = _within(value, 1, 1 << 20)
    return None if number is None else round(number)


def _first(xmp: Mapping[str, str], names: tuple[str, ...], largest: float) -> float | None:
    found = (_within(xmp.get(name), -largest, largest) for name in names)
    return next((value for value in found if value is not None), None)


def _is_unzoomed(detail: Mapping[int, Any]) -> bool:
    return (_number(detail.get(ZOOM)) or 1.0) <= 1.0


def _pixel_mm(detail: Mapping[int, Any]) -> float | None:
    per_unit = _within(detail.get(PLANE_X), 1e-3, 1e9)
    unit_mm = PLANE_UNITS_MM.get(_whole(detail.get(PLANE_UNIT)) or 2)
    if per_unit is None or unit_mm is None:
        return None
    return _within(unit_mm / per_unit, 2e-4, 0.05)


def _position(gps: Mapping[int, Any], xmp: Mapping[str, str]) -> tuple[float | None, float | None]:
    """Return latitude and longitude; 0° N 0° E is where receivers are that do not know."""
    latitude, longitude = _degrees(gps.get(2), gps.get(1)), _degrees(gps.get(4), gps.get(3))
    if latitude is None or longitude is None:
        latitude = _number(xmp.get("GpsLatitude"))
        longitude = _number(xmp.get("GpsLongitude") or xmp.get("GpsLongtitude"))  # so DJI spelt it for years
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None, None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else (None, None)


def _degrees(parts: Any, side: Any) -> float | None:
    numbers = [_number(part) for part in parts] if isinstance(parts, tuple | list) else []
    if not numbers or len(numbers) > 3 or any(number is None for number in numbers):
        return None
    degrees = float(sum((number or 0.0) / 60.0**place for place, number in enumerate(numbers)))
    name = side.decode("ascii", "replace") if isinstance(side, bytes) else str(side)
    return -degrees if name[:1].upper() in {"S", "W"} else degrees


def _position_error(gps: Mapping[int, Any], xmp: Mapping[str, str]) -> float | None:
    """Return what the receiver says of its error: of a fixed RTK solution, else of plain GPS."""
    east, north = _within(xmp.get("RtkStdLon"), 1e-4, 100), _within(xmp.get("RtkStdLat"), 1e-4, 100)
    if _number(xmp.get("RtkFlag")) == 50 and east is not None and north is not None:
        return math.hypot(east, north) / math.sqrt(2)
    return _within(gps.get(GPS_ERROR), 1e-3, 1_000)


def _taken_at(main: Mapping[int, Any], detail: Mapping[int, Any]) -> str | None:
    told = str(detail.get(TAKEN) or main.get(DATE) or "").strip("\0 ")
    try:
        moment = datetime.strptime(told, "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    zone = str(detail.get(OFFSET) or "").strip("\0 ")
    return f"{moment:%Y-%m-%dT%H:%M:%S}" + (zone if re.fullmatch(r"[+-]\d\d:\d\d", zone) else "")
