"""What files of forcing hold is told from their headers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from tests.io.forcing.made import HOUR_S, START_S, axis, field, write
from tests.io.forcing.test_curvilinear import tilted, write_curved
from tests.io.forcing.test_reading import make_zarr

from pelagia.io.forcing import variables
from pelagia.io.forcing.constant import constant_forcing
from pelagia.io.forcing.facts import describe_forcing


def test_a_file_is_described(tmp_path: Path) -> None:
    facts = describe_forcing(str(write(tmp_path / "a.nc", units="cm/s")))
    assert facts.kinds == ("currents",) and facts.variables == ("uo", "vo") and facts.units == ("cm/s", "cm/s")
    assert (facts.south_lat, facts.north_lat, facts.west_lon, facts.east_lon) == pytest.approx((36, 38, 4, 6))
    assert (facts.start_s, facts.end_s, facts.times, facts.step_s) == (START_S, START_S + 6 * HOUR_S, 7, HOUR_S)
    assert facts.grid == "regular" and (facts.rows, facts.cols) == (21, 21) and facts.files == 1
    assert facts.depths_m == (0.0,)


def test_no_field_is_read_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    own = variables.Variable._stored

    def noted(self: Any, index: Any) -> Any:
        read.append(self.name)
        return own(self, index)

    monkeypatch.setattr(variables.Variable, "_stored", noted)
    describe_forcing(str(write(tmp_path / "a.nc")))
    assert set(read) == {"time", "lat", "lon"}


def test_files_that_belong_together_are_described_as_one(tmp_path: Path) -> None:
    write(tmp_path / "a.nc", hours=np.arange(0, 5.0))
    write(tmp_path / "b.nc", hours=np.arange(3, 7.0))
    write(tmp_path / "w.nc", names=("u10", "v10"))
    facts = describe_forcing(str(tmp_path))
    assert facts.kinds == ("currents", "wind") and facts.times == 7 and facts.files == 3
    assert describe_forcing([str(tmp_path / "a.nc"), str(tmp_path / "b.nc")]).end_s == START_S + 6 * HOUR_S


@pytest.mark.parametrize(
    ("lon", "west", "east"),
    [(np.arange(350, 370.1, 1), -10, 10), ((np.arange(170, 190.1, 1) + 180) % 360 - 180, 170, 190),
     (np.arange(0, 360, 1.0), 0, 359), (np.arange(180, 200.1, 1), -180, -160)],
)  # fmt: skip
def test_the_area_begins_between_the_180th_meridians(tmp_path: Path, lon: Any, west: float, east: float) -> None:
    facts = describe_forcing(str(write(tmp_path / "a.nc", lon=lon, change=lambda v: v * 0)))
    assert (facts.west_lon, facts.east_lon) == pytest.approx((west, east))
    assert facts.grid == "regular"


def test_grids_are_told_apart(tmp_path: Path) -> None:
    uneven = np.r_[36, 36.5, 36.8, 37, 38]
    assert describe_forcing(str(write(tmp_path / "a.nc", lat=uneven))).grid == "uneven"
    lat, lon = tilted()
    values = np.zeros((7, *lat.shape))
    facts = describe_forcing(str(write_curved(tmp_path / "b.nc", lat, lon, values, values, ("uo", "vo"))))
    assert facts.grid == "curvilinear"
    assert (facts.south_lat, facts.north_lat) == pytest.approx((lat.min(), lat.max()), abs=1e-4)
    assert (facts.west_lon, facts.east_lon) == pytest.approx((lon.min(), lon.max()), abs=1e-4)


def test_a_zarr_and_a_file_of_temperature_alone_are_described(tmp_path: Path) -> None:
    assert describe_forcing(str(make_zarr(tmp_path / "a.zarr", 3))).kinds == ("currents",)
    with netCDF4.Dataset(tmp_path / "t.nc", "w") as dataset:
        axis(dataset, "time", np.arange(3.0), "days since 2024-05-17")
        axis(dataset, "lat", np.arange(36, 38.0, 0.5), "degrees_north")
        axis(dataset, "lon", np.arange(4, 6.0, 0.5), "degrees_east")
        field(dataset, "thetao", ("time", "lat", "lon"), np.full((3, 4, 4), 20.0), units="degrees_C")
    facts = describe_forcing(str(tmp_path / "t.nc"))
    assert facts.kinds == () and facts.variables == ("thetao",)


def test_constant_forcing_reaches_around_the_earth() -> None:
    found = constant_forcing("wind", 3.0, -4.0, temperature_c=12.0)
    assert (found.south_lat, found.north_lat, found.west_lon, found.east_lon) == (-90, 90, -180, 540)
    assert (found.east_m_s == 3).all() and (found.north_m_s == -4).all()
    assert found.temperature_c is not None and (found.temperature_c == 12).all()
    assert constant_forcing("currents", 0, 0).temperature_c is None
