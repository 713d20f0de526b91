"""How a photo lies on the ground by the height, the camera and the direction of its flight."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from pyproj import CRS, Proj

from pelagia.core.result import Issue
from pelagia.io.rasters import flight_faults
from pelagia.io.rasters.camera import Shot
from pelagia.io.rasters.ground import GEOD, from_lat_lon, local_metres
from pelagia.io.rasters.orientation import is_lying, stored_affine

FILM_DIAGONAL_MM = math.hypot(36, 24)
LEAST_HEIGHT_M = 2.0
LEAST_GSD_CM = 0.02
MOST_OFF_NADIR_DEG = 10.0
ALIKE = 0.01
"""Sizes whose ratios agree so far are of the same photo, made smaller."""
GPS_ERROR_M = 3.0
"""Standard deviation of the position of a receiver without corrections that does not state its error."""
DIRECTION_ERROR_DEG = 1.0
"""Of what a gimbal says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """What the flight says of a photo.

    Parameters
    ----------
    gsd_cm
        At the centre of the photo; ``None`` where height, camera or direction are not known, or do not serve.
    heading_deg
        Where the top of the stored photo looks on the ground, clockwise from north.
    north_m, east_m
        From below the camera to the centre of the photo.
    is_nadir
        Whether the camera looked straight down, within 10°.
    is_on_ground
        Whether the drone was not flying.
    issues
        Why something is not known.
    """

    gsd_cm: float | None = None
    heading_deg: float | None = None
    north_m: float = 0.0
    east_m: float = 0.0
    is_nadir: bool = False
    is_on_ground: bool = False
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """Where a photo lies: fields as in :class:`~pelagia.io.rasters.picture.Picture`."""

    latitude: float | None = None
    longitude: float | None = None
    crs: str | None = None
    transform: tuple[float, ...] | None = None
    position_error_m: float | None = None


def look_down(shot: Shot, height_px: int, width_px: int, file: str) -> Flight:
    """Say what the flight tells of a photo.

    Parameters
    ----------
    shot
        What the photo says of itself.
    height_px, width_px
        Its size as it is stored.
    file
        Its name, for findings.

    Notes
    -----
    The optical axis and the top of the photo follow from yaw, pitch and roll together, so that the many ways in which
    a gimbal writes "straight down" are the same. Up to 10° off, the photo is taken as flat: its centre is where the
    axis meets the ground, its scale that of the centre; what lies at the edge may be a few per cent off. Beyond,
    neither scale nor place of its pixels is taken from the flight.
    """
    if shot.height_m is None:
        return Flight()
    if abs(shot.height_m) < LEAST_HEIGHT_M:
        return Flight(is_on_ground=True)
    if shot.height_m < 0:
        return Flight(issues=(flight_faults.below_take_off(file, shot.height_m),))
    if shot.pitch_deg is None:
        return Flight(issues=(flight_faults.direction_unknown(file),))
    axis, top = _directions(shot)
    off_deg = math.degrees(math.acos(max(-1.0, min(1.0, axis[2]))))
    if off_deg > MOST_OFF_NADIR_DEG:
        return Flight(issues=(flight_faults.not_nadir(file, off_deg),))
    focal_px = focal_length_px(shot, height_px, width_px)
    heading = None if shot.yaw_deg is None else math.degrees(math.atan2(top[1], top[0])) % 360
    shift = (0.0, 0.0) if heading is None else (shot.height_m * axis[0] / axis[2], shot.height_m * axis[1] / axis[2])
    gsd_cm = None if focal_px is None else 100 * shot.height_m / axis[2] / focal_px
    is_on_ground = gsd_cm is not None and gsd_cm < LEAST_GSD_CM
    return Flight(
        gsd_cm=None if is_on_ground else gsd_cm,
        heading_deg=heading,
        north_m=shift[0],
        east_m=shift[1],
        is_nadir=True,
        is_on_ground=is_on_ground,
        issues=() if focal_px else (flight_faults.camera_unknown(file),),
    )


def focal_length_px(shot: Shot, height_px: int, width_px: int) -> float | None:
    """Return the focal length in pixels of the photo as it is stored, ``None`` where it is not known.

    Notes
    -----
    What the maker measured, else focal length over the side of a pixel of the sensor, else the focal length
    that has the same diagonal field of view on film of 36 × 24 mm. A photo that was made smaller since is recognised
    by its size in EXIF; one that was cut tells nothing.
    """
    full = (shot.height_px or height_px, shot.width_px or width_px)
    scale = width_px / full[1]
    if abs(height_px / full[0] / scale - 1) > ALIKE:
        return None
    if shot.focal_px is not None:
        return shot.focal_px * scale
    if shot.focal_mm is not None and shot.pixel_mm is not None:
        return shot.focal_mm / shot.pixel_mm * scale
    if shot.focal_35_mm is not None:
        return shot.focal_35_mm / FILM_DIAGONAL_MM * math.hypot(height_px, width_px)
    return None


def lay(shot: Shot, flight: Flight, gsd_cm: float | None, shape: tuple[int, int], orientation: int) -> Lie:
    """Say where a photo lies.

    Parameters
    ----------
    shot, flight
        What it says of itself, and what follows.
    gsd_cm
        To be used for its scale: that of the flight, or what the user says.
    shape
        Height and width as shown, px.
    orientation
        How it is turned for that, as in EXIF.

    Returns
    -------
    Lie
        With the position of the camera only, where the photo was not taken straight down or its scale or heading are
        not known.
    """
    if shot.latitude is None or shot.longitude is None:
        return Lie()
    azimuth = math.degrees(math.atan2(flight.east_m, flight.north_m))
    distance_m = math.hypot(flight.east_m, flight.north_m)
    lon, lat, _ = GEOD.fwd(shot.longitude, shot.latitude, azimuth, distance_m)
    gps_m = GPS_ERROR_M if shot.position_error_m is None else shot.position_error_m
    if not flight.is_nadir or flight.heading_deg is None or gsd_cm is None:
        return Lie(latitude=float(lat), longitude=float(lon), position_error_m=gps_m)
    crs = local_metres(lat, lon)
    return Lie(
        latitude=float(lat),
        longitude=float(lon),
        crs=crs,
        transform=_affine(crs, (lat, lon), flight.heading_deg, gsd_cm / 100, shape, orientation),
        position_error_m=math.hypot(gps_m, (shot.height_m or 0) * math.tan(math.radians(DIRECTION_ERROR_DEG))),
    )


def _affine(
    crs: str, centre: tuple[float, float], heading_deg: float, gsd_m: float, shape: tuple[int, int], orientation: int
) -> tuple[float, ...]:
    """Return the affine map of a photo as shown: turned by its heading, scaled and turned as the map is there."""
    on_map = Proj(CRS.from_user_input(crs)).get_factors(centre[1], centre[0])
    angle = math.radians(heading_deg - on_map.meridian_convergence)
    step = gsd_m * math.sqrt(on_map.areal_scale)
    stored = shape[::-1] if is_lying(orientation) else shape
    right = np.array([math.cos(angle), -math.sin(angle)]) * step
    down = np.array([-math.sin(angle), -math.cos(angle)]) * step
    x, y = from_lat_lon(crs, *centre)
    first = np.array([float(x), float(y)]) - right * stored[1] / 2 - down * stored[0] / 2
    a, b, c, d, e, f = stored_affine(orientation, *shape)
    by_col, by_row = right * a + down * d, right * b + down * e
    origin = first + right * c + down * f
    return tuple(float(value) for value in (by_col[0], by_row[0], origin[0], by_col[1], by_row[1], origin[1]))


def _directions(shot: Shot) -> tuple[np.ndarray, np.ndarray]:
    """Return where the optical axis and the top of a photo point: north, east, down."""
    yaw, pitch, roll = (math.radians(value or 0.0) for value in (shot.yaw_deg, shot.pitch_deg, shot.roll_deg))
    about_down = np.array([[math.cos(yaw), -math.sin(yaw), 0], [math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]])
    about_right = np.array([[math.cos(pitch), 0, math.sin(pitch)], [0, 1, 0], [-math.sin(pitch), 0, math.cos(pitch)]])
    about_axis = np.array([[1, 0, 0], [0, math.cos(roll), -math.sin(roll)], [0, math.sin(roll), math.cos(roll)]])
    turn = about_down @ about_right @ about_axis
    return turn @ np.array([1.0, 0, 0]), turn @ np.array([0, 0, -1.0])
