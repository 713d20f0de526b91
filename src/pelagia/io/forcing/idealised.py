"""Currents and winds told by a formula, for training and tests: their paths and figures are known beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadParameter
from pelagia.io.forcing.dialect import GriddedForcing, Kind, Window

Double = NDArray[np.float64]

EARTH_RADIUS_M = 6_371_008.8
MAX_VALUES = 1 << 27
"""Of one component."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Where and when an idealised field is told.

    Parameters
    ----------
    window
        Area and time.
    step_deg
        Distance of points, °; the area is divided evenly, into cells no larger than this.
    step_s
        Distance of times, s; both ends of the window are among them.
    """

    window: Window
    step_deg: float = 0.05
    step_s: float = 3600.0


def uniform(kind: Kind, grid: Grid, east_m_s: float, north_m_s: float) -> GriddedForcing:
    """Return a field that is the same everywhere and always: what floats goes straight on."""
    lat, _ = _points(grid)
    return _forcing(kind, grid, np.full_like(lat, east_m_s)[None], np.full_like(lat, north_m_s)[None], "uniform")


def solid_rotation(kind: Kind, grid: Grid, *, lat: float, lon: float, period_s: float) -> GriddedForcing:
    """Return a field that turns about a place as a whole: what floats comes back after a period.

    Parameters
    ----------
    lat, lon
        The centre, °.
    period_s
        Of a turn, s; counterclockwise where positive.

    Notes
    -----
    On the sphere the velocity is ω R n × r, with unit vectors n to the centre (φ₀, λ₀) and r to the point (φ, λ): to
    the east ω R (sin φ₀ cos φ - cos φ₀ sin φ cos(λ - λ₀)), to the north ω R cos φ₀ sin(λ - λ₀).
    """
    phi, lam = (np.radians(part) for part in _points(grid))
    centre_phi, apart = np.radians(lat), lam - np.radians(lon)
    speed = 2 * np.pi / period_s * EARTH_RADIUS_M
    east = speed * (np.sin(centre_phi) * np.cos(phi) - np.cos(centre_phi) * np.sin(phi) * np.cos(apart))
    north = speed * np.cos(centre_phi) * np.sin(apart)
    return _forcing(kind, grid, east[None], north[None], f"solid rotation about {lat:g}, {lon:g}, {period_s:g} s")


def gyre(kind: Kind, grid: Grid, *, speed_m_s: float) -> GriddedForcing:
    """Return one eddy that fills the area and rests at its edge; free of divergence.

    Parameters
    ----------
    speed_m_s
        The largest speed, halfway up the middle of an edge; counterclockwise where positive.

    Notes
    -----
    Stream function ψ = -sin(π x) sin(π y) of the shares x, y of the area; u = -∂ψ/∂n, v = ∂ψ/∂e, with the lengths of
    the middle latitude.
    """
    window = grid.window
    lat, lon = _points(grid)
    x = (lon - window.west_lon) / (window.east_lon - window.west_lon)
    y = (lat - window.south_lat) / (window.north_lat - window.south_lat)
    height = window.north_lat - window.south_lat
    width = (window.east_lon - window.west_lon) * np.cos(np.radians((window.north_lat + window.south_lat) / 2))
    scale = speed_m_s * min(height, width)
    east = scale / height * np.sin(np.pi * x) * np.cos(np.pi * y)
    north = -scale / width * np.cos(np.pi * x) * np.sin(np.pi * y)
    return _forcing(kind, grid, east[None], north[None], f"gyre of {speed_m_s:g} m/s")


def tide(
    kind: Kind, grid: Grid, *, speed_m_s: float, towards_deg: float, period_s: float = 44_714.0, roundness: float = 0.0
) -> GriddedForcing:
    """Return a field that goes to and fro: what floats comes back after a period.

    Parameters
    ----------
    speed_m_s
        Along the long axis, at the start of the window.
    towards_deg
        Where it goes then, clockwise from north.
    period_s
        That of the principal lunar tide by default, s.
    roundness
        Short axis of the ellipse by the long one, -1 to 1; negative turns clockwise.
    """
    _check(grid)
    time_s = _times(grid)
    phase = 2 * np.pi * (time_s - time_s[0]) / period_s
    angle = np.radians(90.0 - towards_deg)
    along, across = speed_m_s * np.cos(phase), speed_m_s * roundness * np.sin(phase)
    lat, _ = _points(grid)
    still = np.ones_like(lat)
    east = (along * np.cos(angle) - across * np.sin(angle))[:, None, None] * still
    north = (along * np.sin(angle) + across * np.cos(angle))[:, None, None] * still
    return _forcing(kind, grid, east, north, f"tide of {speed_m_s:g} m/s, {period_s:g} s")


def _points(grid: Grid) -> tuple[Double, Double]:
    """Return latitudes and longitudes, (H, W) each."""
    window = grid.window
    _check(grid)
    rows, cols = _counts(grid)
    lat, lon = np.meshgrid(
        np.linspace(window.south_lat, window.north_lat, rows),
        np.linspace(window.west_lon, window.east_lon, cols),
        indexing="ij",
    )
    return lat, lon


def _times(grid: Grid) -> Double:
    window = grid.window
    steps = max(round((window.end_s - window.start_s) / grid.step_s), 1)
    return np.linspace(window.start_s, window.end_s, steps + 1)


def _counts(grid: Grid) -> tuple[int, int]:
    window = grid.window
    rows = max(int(np.ceil((window.north_lat - window.south_lat) / grid.step_deg - 1e-9)), 1) + 1
    cols = max(int(np.ceil((window.east_lon - window.west_lon) / grid.step_deg - 1e-9)), 1) + 1
    return rows, cols


def _check(grid: Grid) -> None:
    window = grid.window
    if not (-90 <= window.south_lat < window.north_lat <= 90 and 0 < window.east_lon - window.west_lon <= 360):
        raise BadParameter(
            "The area is not one on Earth, or has no extent",
            remedy="Give south below north, and west below east.",
            value=f"{window.south_lat:g} to {window.north_lat:g}, {window.west_lon:g} to {window.east_lon:g}",
        )
    if not (window.start_s < window.end_s and grid.step_deg > 0 and grid.step_s > 0):
        raise BadParameter(
            "Times and steps must be positive",
            remedy="Give an end after the start, and steps above 0.",
            value=f"{window.end_s - window.start_s:g} s, {grid.step_deg:g}°, {grid.step_s:g} s",
        )
    rows, cols = _counts(grid)
    times = (window.end_s - window.start_s) / grid.step_s + 1
    if rows * cols * times > MAX_VALUES:
        raise BadParameter(
            f"The field would have more than {MAX_VALUES:,} values",
            remedy="Choose a smaller area, fewer hours or wider steps.",
            value=f"{rows} × {cols} points, {times:.0f} times",
        )


def _forcing(kind: Kind, grid: Grid, east: Double, north: Double, note: str) -> GriddedForcing:
    window = grid.window
    rows, cols = east.shape[1:]
    time_s = _times(grid) if len(east) > 1 else np.array([window.start_s, window.end_s])
    shape = (len(time_s), 1, rows, cols)
    return GriddedForcing(
        kind=kind,
        time_s=time_s,
        depth_m=np.zeros(1),
        south_lat=window.south_lat,
        west_lon=window.west_lon,
        lat_step=(window.north_lat - window.south_lat) / (rows - 1),
        lon_step=(window.east_lon - window.west_lon) / (cols - 1),
        east_m_s=np.ascontiguousarray(np.broadcast_to(east[:, None], shape), np.float32),
        north_m_s=np.ascontiguousarray(np.broadcast_to(north[:, None], shape), np.float32),
        is_sea=np.ones((rows, cols), bool),
        notes=(f"idealised: {note}",),
    )
