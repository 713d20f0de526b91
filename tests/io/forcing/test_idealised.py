"""Idealised fields are what their formulas say, and come back from a file as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.io.forcing.made import HOUR_S, points, window

from pelagia.core.errors import BadParameter
from pelagia.io.forcing.idealised import EARTH_RADIUS_M, Grid, gyre, solid_rotation, tide, uniform
from pelagia.io.forcing.reading import read_forcing
from pelagia.io.forcing.writing import write_forcing

GRID = Grid(window=window(), step_deg=0.05)


def metres(degrees: Any) -> Any:
    return np.radians(degrees) * EARTH_RADIUS_M


def divergence(found: Any) -> Any:
    """Of the sphere, 1/s: (∂u/∂λ + ∂(v cos φ)/∂φ) / (R cos φ)."""
    lat, lon, _ = points(found)
    phi, lam = np.radians(lat[0, :, 0]), np.radians(lon[0, 0])
    u, v = found.east_m_s[0, 0].astype(float), found.north_m_s[0, 0].astype(float)
    along = np.gradient(u, lam, axis=1) + np.gradient(v * np.cos(phi)[:, None], phi, axis=0)
    return (along / (EARTH_RADIUS_M * np.cos(phi)[:, None]))[1:-1, 1:-1]


def test_a_uniform_field_is_the_same_everywhere() -> None:
    found = uniform("wind", GRID, 3.0, -1.0)
    assert (found.east_m_s == 3).all() and (found.north_m_s == -1).all() and found.kind == "wind"
    assert found.time_s.tolist() == [GRID.window.start_s, GRID.window.end_s]


def test_solid_rotation_moves_each_point_around_its_centre_at_one_angular_speed() -> None:
    found = solid_rotation("currents", GRID, lat=37.0, lon=5.0, period_s=86_400.0)
    lat, lon, _ = points(found)
    phi, lam, centre = np.radians(lat[0]), np.radians(lon[0] - 5.0), np.radians(37.0)
    apart = np.arccos(np.clip(np.sin(phi) * np.sin(centre) + np.cos(phi) * np.cos(centre) * np.cos(lam), -1, 1))
    speed = np.hypot(found.east_m_s[0, 0], found.north_m_s[0, 0])
    assert np.abs(speed - 2 * np.pi / 86_400 * EARTH_RADIUS_M * np.sin(apart)).max() < 1e-3 * speed.max()
    assert np.abs(divergence(found)).max() < 1e-9
    row, col = found.is_sea.shape[0] // 2, found.is_sea.shape[1] - 1
    assert found.north_m_s[0, 0, row, col] > 0  # counterclockwise


def test_a_gyre_rests_at_its_edge_and_neither_gathers_nor_spreads() -> None:
    found = gyre("currents", GRID, speed_m_s=0.5)
    u, v = found.east_m_s[0, 0], found.north_m_s[0, 0]
    assert np.abs(u[:, [0, -1]]).max() < 1e-6 and np.abs(v[[0, -1]]).max() < 1e-6
    assert np.hypot(u, v).max() == pytest.approx(0.5, rel=1e-3)
    assert v[v.shape[0] // 2, -1] > 0 and u[0, u.shape[1] // 2] > 0  # counterclockwise
    # The lengths of the middle latitude stand for all: they differ by 1.2 % at the edges.
    assert np.abs(divergence(found)).max() < 0.03 * 0.5 * np.pi / metres(1.8 * np.cos(np.radians(37)))


def test_a_tide_comes_back_after_its_period() -> None:
    grid = Grid(window=window(end_s=window().start_s + 12 * HOUR_S), step_s=600.0)
    found = tide("currents", grid, speed_m_s=0.4, towards_deg=90.0, period_s=12 * HOUR_S, roundness=0.5)
    u, v = found.east_m_s[:, 0, 0, 0], found.north_m_s[:, 0, 0, 0]
    assert u[0] == pytest.approx(0.4) and v[0] == pytest.approx(0.0, abs=1e-7)
    assert abs(np.trapezoid(u, found.time_s)) < 1 and abs(np.trapezoid(v, found.time_s)) < 1  # metres
    assert v.max() == pytest.approx(0.2, rel=1e-3) and u.min() == pytest.approx(-0.4)


def test_a_field_comes_back_from_its_file(tmp_path: Path) -> None:
    made = solid_rotation("currents", GRID, lat=37.0, lon=5.0, period_s=86_400.0)
    land = np.zeros(made.is_sea.shape, bool)
    land[:, :3] = True
    made = replace(
        made, is_sea=~land, temperature_c=np.full(made.east_m_s[:, 0].shape, 18.5, np.float32), depth_m=np.zeros(1)
    )
    path = write_forcing(tmp_path / "a.nc", made)
    found = read_forcing([str(path)], "currents", GRID.window)
    assert np.array_equal(found.is_sea, made.is_sea) and np.array_equal(found.time_s, made.time_s)
    sea = np.broadcast_to(made.is_sea, made.east_m_s.shape)
    assert np.array_equal(found.east_m_s[sea], made.east_m_s[sea])
    assert np.array_equal(found.north_m_s[sea], made.north_m_s[sea])
    assert found.south_lat == pytest.approx(made.south_lat) and found.lon_step == pytest.approx(made.lon_step)
    assert found.temperature_c is not None and np.allclose(found.temperature_c, 18.5)
    for kind in ("wind", "waves"):
        again = read_forcing(
            [str(write_forcing(tmp_path / f"{kind}.nc", uniform(kind, GRID, 1, 2)))], kind, GRID.window
        )
        assert (again.east_m_s == 1).all() and (again.north_m_s == 2).all()


@pytest.mark.parametrize(
    "grid",
    [
        Grid(window=window(north_lat=30.0)), Grid(window=window(east_lon=400.0)), Grid(window=window(end_s=0.0)),
        Grid(window=window(), step_deg=0.0), Grid(window=window(end_s=4e9), step_s=1.0),
    ],
)  # fmt: skip
def test_an_area_or_time_that_is_none_is_refused(grid: Grid) -> None:
    with pytest.raises(BadParameter):
        tide("currents", grid, speed_m_s=0.1, towards_deg=0.0)
