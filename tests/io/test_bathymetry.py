"""Depth of the sea from all formats: what is up, what is north, what is land."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from pelagia.core.errors import BadInput
from pelagia.io.bathymetry import read_bathymetry
from pelagia.io.depths import Bathymetry
from pelagia.io.forcing.dialect import Window

WINDOW = Window(south_lat=38.2, north_lat=38.8, west_lon=5.2, east_lon=5.8, start_s=0.0, end_s=1.0)
LAT, LON = np.linspace(38.0, 39.0, 21), np.linspace(5.0, 6.0, 21)


def truth(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Return depths that tell where they are; land in the north-east."""
    return np.where((lat > 38.72) & (lon > 5.72), -50.0, 1000.0 + 100.0 * (lat - 38) + 10.0 * (lon - 5))


def check(found: Bathymetry, tolerance: float = 1e-3) -> None:
    """Compare with the truth at every point."""
    rows, cols = found.depth_m.shape
    lat = found.south_lat + found.lat_step * np.arange(rows)[:, None]
    lon = found.west_lon + found.lon_step * np.arange(cols)[None, :]
    assert found.lat_step > 0 < found.lon_step
    assert (lat.min() <= 38.2, lat.max() >= 38.8, lon.min() <= 5.2, lon.max() >= 5.8) == (True,) * 4
    expected = truth(lat, lon)
    assert np.array_equal(found.depth_m > 0, expected > 0)
    sea = expected > 0
    assert found.depth_m[sea] == pytest.approx(expected[sea], abs=tolerance)


def netcdf(path: Path, name: str, *, up: bool, south_first: bool = True, **attributes: str) -> str:
    lat = LAT if south_first else LAT[::-1]
    values = truth(lat[:, None], LON[None, :])
    with netCDF4.Dataset(path, "w") as dataset:
        for axis, places, unit in (("lat", lat, "degrees_north"), ("lon", LON, "degrees_east")):
            dataset.createDimension(axis, len(places))
            dataset.createVariable(axis, "f8", (axis,))[:] = places
            dataset[axis].units = unit
        variable = dataset.createVariable(name, "f4", ("lat", "lon"))
        variable[:] = -values if up else values
        variable.setncatts(attributes)
    return str(path)


@pytest.mark.parametrize("south_first", [True, False])
@pytest.mark.parametrize(
    ("name", "up", "attributes"),
    [
        ("elevation", True, {"standard_name": "height_above_mean_sea_level", "units": "m"}),
        ("deptho", False, {"standard_name": "sea_floor_depth_below_geoid"}),
        ("z", True, {}),
        ("depth", True, {"positive": "up"}),
        ("bathymetry", False, {"positive": "down"}),
    ],
)
def test_netcdf_tells_what_is_down(
    name: str, up: bool, attributes: dict[str, str], south_first: bool, tmp_path: Path
) -> None:
    check(read_bathymetry(netcdf(tmp_path / "depths.nc", name, up=up, south_first=south_first, **attributes), WINDOW))


def tiff(path: Path, crs: str | None, transform: object, values: np.ndarray) -> str:
    height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=height, width=width, count=1, dtype="float32", crs=crs, transform=transform
    ) as dataset:
        dataset.write(values.astype(np.float32), 1)
    return str(path)


def test_a_geotiff_of_degrees_has_depths_at_the_middles_of_its_pixels(tmp_path: Path) -> None:
    lat, lon = LAT[::-1][:, None], LON[None, :]
    path = tiff(tmp_path / "gebco.tif", "EPSG:4326", from_origin(4.975, 39.025, 0.05, 0.05), -truth(lat, lon))
    check(read_bathymetry(path, WINDOW))


def test_a_geotiff_in_metres_is_turned_to_degrees(tmp_path: Path) -> None:
    values = np.full((150, 150), -1000.0)
    path = tiff(tmp_path / "utm.tif", "EPSG:32631", from_origin(640_000, 4_330_000, 1000, 1000), values)
    found = read_bathymetry(path, WINDOW)
    assert found.depth_m.max() == pytest.approx(1000.0)
    assert found.south_lat <= 38.2


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_geotiff_without_a_coordinate_system_is_refused(tmp_path: Path) -> None:
    path = tiff(tmp_path / "plain.tif", None, None, np.full((20, 20), -1000.0))
    with pytest.raises(BadInput) as error:
        read_bathymetry(path, WINDOW)
    assert error.value.code == "bathymetry-unreadable"


def test_a_dtm_bath_begins_in_the_north_and_9999_is_land(tmp_path: Path) -> None:
    depth = truth(LAT[::-1][:, None], LON[None, :])
    depth = np.where(depth > 0, np.round(depth), 9999).astype(int)
    text = "bathymetry\n5.0 6.0 38.0 39.0\n21 21\n" + "\n".join(f"{value:04d}" for value in depth.ravel()) + "\n"
    (tmp_path / "dtm.bath").write_text(text)
    check(read_bathymetry(str(tmp_path / "dtm.bath"), WINDOW), tolerance=0.5)
    (tmp_path / "dtm.bath").write_text(text[:-20])
    with pytest.raises(BadInput) as error:
        read_bathymetry(str(tmp_path / "dtm.bath"), WINDOW)
    assert error.value.code == "bathymetry-unreadable"


def test_depths_elsewhere_or_none_at_all_are_refused(tmp_path: Path) -> None:
    far = Window(south_lat=10, north_lat=11, west_lon=10, east_lon=11, start_s=0, end_s=1)
    with pytest.raises(BadInput) as error:
        read_bathymetry(netcdf(tmp_path / "depths.nc", "elevation", up=True), far)
    assert error.value.code == "bathymetry-outside"
    with pytest.raises(BadInput) as error:
        read_bathymetry(netcdf(tmp_path / "other.nc", "salinity", up=True), WINDOW)
    assert error.value.code == "bathymetry-no-depths"
    (tmp_path / "text.nc").write_text("nothing")
    with pytest.raises(BadInput) as error:
        read_bathymetry(str(tmp_path / "text.nc"), WINDOW)
    assert error.value.code == "bathymetry-unreadable"


@pytest.mark.parametrize(
    ("case", "land", "sea"),
    [("lebanon_2006", (33.5, 35.7), (34.5, 34.8)), ("elba_2014", (42.77, 10.25), (43.3, 9.7))],
)
def test_real_depths_lie_where_they_belong(
    case: str, land: tuple[float, float], sea: tuple[float, float], shared_data: Path
) -> None:
    window = Window(south_lat=land[0], north_lat=sea[0], west_lon=sea[1], east_lon=land[1], start_s=0, end_s=1)
    found = read_bathymetry(str(shared_data / "oilspill" / "cases" / case / "dtm.bath"), window)

    def depth(lat: float, lon: float) -> float:
        row, col = round((lat - found.south_lat) / found.lat_step), round((lon - found.west_lon) / found.lon_step)
        return float(found.depth_m[row, col])

    assert depth(*land) == 0
    assert depth(*sea) > 100
