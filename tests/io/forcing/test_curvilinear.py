"""Curvilinear, rotated and projected grids become one of latitude and longitude, their vectors turned with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pyproj
import pytest
from tests.io.forcing.made import assert_plane, axis, field, plane, points, window

from pelagia.io.forcing.reading import read_forcing

HOURS = np.arange(7.0)
STEREO = {
    "grid_mapping_name": "polar_stereographic", "straight_vertical_longitude_from_pole": 20.0,
    "latitude_of_projection_origin": 90.0, "standard_parallel": 60.0, "earth_radius": 6_371_000.0,
    "false_easting": 0.0, "false_northing": 0.0,
}  # fmt: skip
ROTATED = {
    "grid_mapping_name": "rotated_latitude_longitude", "grid_north_pole_latitude": 40.0,
    "grid_north_pole_longitude": -160.0, "earth_radius": 6_371_000.0,
}  # fmt: skip


def tilted(angle_deg: float = 25.0, step: float = 0.05, size: int = 90) -> tuple[Any, Any]:
    """A grid turned about 37, 5; conformal there as far as a degree or two goes."""
    a = np.radians(angle_deg)
    j, i = np.meshgrid(np.arange(size) - size / 2, np.arange(size) - size / 2, indexing="ij")
    return 37 + step * (np.sin(a) * i + np.cos(a) * j), 5 + step * (np.cos(a) * i - np.sin(a) * j) / np.cos(
        np.radians(37)
    )


def write_curved(
    path: Path, lat: Any, lon: Any, u: Any, v: Any, names: tuple[str, str], standard: tuple[str, str] | None = None
) -> Path:
    with netCDF4.Dataset(path, "w") as dataset:
        axis(dataset, "time", HOURS, "hours since 2024-05-17")
        dataset.createDimension("y", lat.shape[0])
        dataset.createDimension("x", lat.shape[1])
        field(dataset, "nav_lat", ("y", "x"), lat, units="degrees_north")
        field(dataset, "nav_lon", ("y", "x"), lon, units="degrees_east")
        for k, (name, values) in enumerate(zip(names, (u, v), strict=True)):
            attrs = {"standard_name": standard[k]} if standard else {}
            field(dataset, name, ("time", "y", "x"), values, units="m/s", coordinates="nav_lat nav_lon", **attrs)
    return path


def test_a_curvilinear_grid_of_vectors_to_east_and_north_is_resampled(tmp_path: Path) -> None:
    lat, lon = tilted()
    values = plane(lat[None], lon[None], HOURS[:, None, None])
    standard = ("eastward_sea_water_velocity", "northward_sea_water_velocity")
    found = read_forcing(
        [str(write_curved(tmp_path / "a.nc", lat, lon, values, -values, ("uo", "vo"), standard))], "currents", window()
    )
    assert found.is_sea.all()
    assert_plane(found, within=2e-5)  # single precision of coordinates
    assert found.lat_step == pytest.approx(0.05, rel=0.05)
    assert any("curvilinear" in note for note in found.notes)


@pytest.mark.parametrize("flip", [False, True])
def test_vectors_along_a_turned_grid_are_turned_to_east_and_north(tmp_path: Path, flip: bool) -> None:
    lat, lon = tilted(25.0)
    a = np.radians(25.0)
    u = np.broadcast_to(0.3 * np.cos(a) + 0.1 * np.sin(a), (7, *lat.shape))
    v = np.broadcast_to(-0.3 * np.sin(a) + 0.1 * np.cos(a), (7, *lat.shape))
    if flip:  # rows from north to south: the second component goes against north
        lat, lon, v = lat[::-1], lon[::-1], -v
    file = write_curved(tmp_path / "a.nc", lat, lon, u, v, ("a", "b"), ("sea_water_x_velocity", "sea_water_y_velocity"))
    found = read_forcing([str(file)], "currents", window())
    # The angle of the axes changes by the meridians' convergence, 1° / 60 within the area.
    assert np.abs(found.east_m_s - 0.3).max() < 0.006 and np.abs(found.north_m_s - 0.1).max() < 0.006
    middle = tuple(size // 2 for size in found.is_sea.shape)
    assert found.east_m_s[0, 0][middle] == pytest.approx(0.3, abs=1e-3)
    assert any("turned" in note for note in found.notes)


def test_points_beyond_a_curvilinear_grid_are_no_sea_but_have_values(tmp_path: Path) -> None:
    lat, lon = tilted(45.0, size=30)
    values = plane(lat[None], lon[None], HOURS[:, None, None])
    standard = ("eastward_sea_water_velocity", "northward_sea_water_velocity")
    found = read_forcing(
        [str(write_curved(tmp_path / "a.nc", lat, lon, values, -values, ("uo", "vo"), standard))], "currents", window()
    )
    corners = [found.is_sea[i, j] for i in (0, -1) for j in (0, -1)]
    assert not any(corners) and found.is_sea[found.is_sea.shape[0] // 2, found.is_sea.shape[1] // 2]
    assert 0.4 < found.is_sea.mean() < 0.75  # a square on its tip fills half of its box
    assert_plane(found, within=0.02)  # at its rim the last cell is carried on


def test_a_map_projection_is_understood_without_coordinates_of_each_point(tmp_path: Path) -> None:
    crs = pyproj.CRS.from_cf(STEREO)
    to_map = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    middle = to_map.transform(5.0, 60.0)
    x, y = middle[0] + 4000 * (np.arange(80) - 40), middle[1] + 4000 * (np.arange(80) - 40)
    lon, _ = to_map.transform(*np.meshgrid(x, y), direction="INVERSE")
    # A wind to the east of 8 m/s, along the axes: east lies at the convergence of the meridian from the x axis.
    angle = np.radians(lon - 20.0)
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as dataset:
        axis(dataset, "time", HOURS, "hours since 2024-05-17")
        axis(dataset, "y", y[::-1] / 1000, "km", standard_name="projection_y_coordinate")
        axis(dataset, "x", x / 1000, "km", standard_name="projection_x_coordinate")
        mapping = dataset.createVariable("crs", "i4", ())
        mapping.setncatts(STEREO)
        for name, values in (("x_wind_10m", 8 * np.cos(angle)), ("y_wind_10m", 8 * np.sin(angle))):
            field(
                dataset, name, ("time", "y", "x"), np.broadcast_to(values[::-1], (7, 80, 80)), units="m/s",
                grid_mapping="crs",
            )  # fmt: skip
    found = read_forcing(
        [str(tmp_path / "a.nc")],
        "wind",
        window(south_lat=59.5, north_lat=60.5, west_lon=4.0, east_lon=6.0),
    )
    assert found.is_sea.all()
    assert np.abs(found.east_m_s - 8).max() < 0.02 and np.abs(found.north_m_s).max() < 0.02


def test_a_rotated_pole_is_understood(tmp_path: Path) -> None:
    crs = pyproj.CRS.from_cf(ROTATED)
    to_grid = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    middle = to_grid.transform(15.0, 52.0)
    rlon, rlat = middle[0] + 0.1 * (np.arange(60) - 30), middle[1] + 0.1 * (np.arange(60) - 30)
    lon, lat = to_grid.transform(*np.meshgrid(rlon, rlat), direction="INVERSE")
    values = plane(lat, lon, 0) / 10
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as dataset:
        axis(dataset, "time", HOURS, "hours since 2024-05-17")
        axis(dataset, "rlat", rlat, "degrees", standard_name="grid_latitude")
        axis(dataset, "rlon", rlon, "degrees", standard_name="grid_longitude")
        dataset.createVariable("rotated_pole", "i4", ()).setncatts(ROTATED)
        for name, sign, standard in (
            ("uo", 1, "eastward_sea_water_velocity"),
            ("vo", -1, "northward_sea_water_velocity"),
        ):
            field(
                dataset, name, ("time", "rlat", "rlon"), np.broadcast_to(sign * values, (7, 60, 60)), units="m/s",
                grid_mapping="rotated_pole", standard_name=standard,
            )  # fmt: skip
    found = read_forcing(
        [str(tmp_path / "a.nc")], "currents", window(south_lat=51.5, north_lat=52.5, west_lon=14.3, east_lon=15.7)
    )
    lat_, lon_, _ = points(found)
    assert found.is_sea.all()
    assert np.abs(found.east_m_s[:, 0] - plane(lat_, lon_, 0) / 10).max() < 1e-4


def test_coordinates_of_each_point_that_form_a_straight_grid_stay_as_they_are(tmp_path: Path) -> None:
    lat, lon = np.meshgrid(np.arange(36, 38.01, 0.1), np.arange(4, 6.01, 0.1), indexing="ij")
    values = plane(lat[None], lon[None], HOURS[:, None, None])
    file = write_curved(tmp_path / "a.nc", lat, lon, values, -values, ("u", "v"))
    found = read_forcing([str(file)], "currents", window())
    assert_plane(found)
    assert found.lat_step == pytest.approx(0.1, rel=1e-3) and not any("turned" in note for note in found.notes)


def test_staggered_components_meet_on_one_grid(tmp_path: Path) -> None:
    lat, lon = np.arange(36, 38.01, 0.1), np.arange(4, 6.01, 0.1)
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as dataset:
        axis(dataset, "time", HOURS, "hours since 2024-05-17")
        for name, values, unit in (
            ("lat_u", lat, "degrees_north"), ("lon_u", lon, "degrees_east"),
            ("lat_v", lat + 0.05, "degrees_north"), ("lon_v", lon - 0.05, "degrees_east"),
        ):  # fmt: skip
            axis(dataset, name, values, unit)
        u = plane(lat[None, :, None], lon[None, None, :], HOURS[:, None, None])
        v = -plane(lat[None, :, None] + 0.05, lon[None, None, :] - 0.05, HOURS[:, None, None])
        field(dataset, "uo", ("time", "lat_u", "lon_u"), u, units="m/s")
        field(dataset, "vo", ("time", "lat_v", "lon_v"), v, units="m/s")
    inner = window(south_lat=36.25, north_lat=37.75, west_lon=4.25, east_lon=5.75)
    found = read_forcing([str(tmp_path / "a.nc")], "currents", inner)
    assert_plane(found)
    assert found.south_lat == pytest.approx(36.2) and found.west_lon == pytest.approx(4.2)
