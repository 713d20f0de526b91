"""The temperature of the sea comes with the currents, from its own file, grid and times where need be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from tests.io.forcing.made import axis, field, points, window, write

from pelagia.core.errors import BadInput
from pelagia.io.forcing.reading import read_forcing

LON, LAT = np.arange(4, 6.01, 0.1), np.arange(36, 38.01, 0.1)


def add(file: Path, values: Any, *, name: str = "thetao", units: str | None = "degrees_C") -> str:
    with netCDF4.Dataset(file, "a") as dataset:
        field(dataset, name, ("time", "lat", "lon"), np.broadcast_to(values, (7, 21, 21)), units=units)
    return str(file)


@pytest.mark.parametrize(
    ("units", "value"),
    [("degrees_C", 21.5), ("C", 21.5), ("degree Celsius", 21.5), ("K", 294.65), ("degF", 70.7), (None, 21.5)],
)
def test_temperature_comes_in_degrees_celsius(tmp_path: Path, units: str | None, value: float) -> None:
    found = read_forcing([add(write(tmp_path / "a.nc"), value, units=units)], "currents", window())
    assert found.temperature_c is not None
    assert found.temperature_c.shape == found.east_m_s[:, 0].shape
    assert np.allclose(found.temperature_c, 21.5, atol=1e-4)


def test_a_temperature_of_zero_everywhere_is_not_believed(tmp_path: Path) -> None:
    found = read_forcing([add(write(tmp_path / "a.nc"), 0.0)], "currents", window())
    assert found.temperature_c is None
    assert any("0 everywhere" in note for note in found.notes)


@pytest.mark.parametrize(("units", "value"), [("degrees_C", 294.0), (None, 294.0), ("K", 21.5), ("m", 21.5)])
def test_a_temperature_that_cannot_be_is_told(tmp_path: Path, units: str | None, value: float) -> None:
    with pytest.raises(BadInput) as caught:
        read_forcing([add(write(tmp_path / "a.nc"), value, units=units)], "currents", window())
    assert caught.value.code == "forcing-units" and "thetao" in str(caught.value)


def test_daily_temperature_on_a_coarser_grid_is_brought_to_hourly_currents(tmp_path: Path) -> None:
    currents = write(tmp_path / "cur.nc")
    lat, lon, hours = np.arange(35.5, 38.6, 0.5), np.arange(3.5, 6.6, 0.5), np.array([-12.0, 12.0])
    warmth = 20 + (lat[None, :, None] - 37) + 2 * (lon[None, None, :] - 5) + 0.05 * hours[:, None, None]
    with netCDF4.Dataset(tmp_path / "tem.nc", "w") as dataset:
        axis(dataset, "time", hours, "hours since 2024-05-17")
        axis(dataset, "depth", [1.0, 20.0], "m", positive="down")
        axis(dataset, "latitude", lat, "degrees_north")
        axis(dataset, "longitude", lon, "degrees_east")
        both = np.stack([warmth, warmth - 8], axis=1)
        field(dataset, "thetao", ("time", "depth", "latitude", "longitude"), both, units="degrees_C")
    found = read_forcing([str(currents), str(tmp_path / "tem.nc")], "currents", window())
    lat_, lon_, hours_ = points(found)
    assert found.temperature_c is not None
    truth = 20 + (lat_ - 37) + 2 * (lon_ - 5) + 0.05 * hours_
    assert np.abs(found.temperature_c - truth).max() < 1e-4


def test_a_temperature_of_another_time_is_left_out_and_said(tmp_path: Path) -> None:
    currents = write(tmp_path / "cur.nc")
    with netCDF4.Dataset(tmp_path / "tem.nc", "w") as dataset:
        axis(dataset, "time", [0.0, 24.0], "hours since 2020-05-17")
        axis(dataset, "lat", LAT, "degrees_north")
        axis(dataset, "lon", LON, "degrees_east")
        field(dataset, "thetao", ("time", "lat", "lon"), np.full((2, 21, 21), 20.0), units="degrees_C")
    found = read_forcing([str(currents), str(tmp_path / "tem.nc")], "currents", window())
    assert found.temperature_c is None and any("thetao is not used" in note for note in found.notes)
