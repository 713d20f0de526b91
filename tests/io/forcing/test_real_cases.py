"""The real cases beside the project all read, each with its quirks."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pelagia.io.forcing.dialect import Window
from pelagia.io.forcing.facts import describe_forcing
from pelagia.io.forcing.reading import read_forcing

ALGERIA, ELBA, LEBANON = (37.1, 38.9, 4.1, 7.9), (42.6, 43.4, 9.6, 10.4), (33.1, 34.4, 34.6, 35.9)
SYRIA = (34.6, 35.9, 35.2, 36.2)
CASES: dict[str, tuple[Any, tuple[float, ...], str, float, float | None, float]] = {
    # file: kind, area, start, hours, temperature at most, largest component
    "algeria_2008/currents_MFS_hourly.nc": ("currents", ALGERIA, "2008-08-06T09:51", 25, 27.9, 0.6),
    "algeria_2008/wind_ECMWF_6h.nc": ("wind", ALGERIA, "2008-08-06T09:51", 25, None, 9.4),
    "elba_2014/currents_MFS_hourly.nc": ("currents", ELBA, "2014-05-17T05:38", 48, 19.3, 0.5),
    "elba_2014/wind_ECMWF_6h.nc": ("wind", ELBA, "2014-05-17T05:38", 48, None, 10.0),
    "lebanon_2006/currents_surface_3h.nc": ("currents", LEBANON, "2006-07-13T05:00", 400, 29.3, 0.47),
    "lebanon_2006/wind_1h.nc": ("wind", LEBANON, "2006-07-13T05:00", 400, None, 9.0),
    "syria_2021/Copernicusreanalysis_20210822_syria_new_mdk.nc": (
        "currents", SYRIA, "2021-08-23T03:00", 24, 30.8, 0.66,
    ),
    "syria_2021/era5_winds10_20210822_syria_new_mdk.nc": ("wind", SYRIA, "2021-08-22T03:00", 24, None, 8.0),
}  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize("case", CASES)
def test_a_real_case_is_read(shared_data: Path, case: str) -> None:
    kind, area, start, hours, warmest, fastest = CASES[case]
    file = shared_data / "oilspill" / "cases" / case
    if not file.is_file():
        pytest.skip(f"{case} is not beside the project")
    start_s = dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC).timestamp()
    asked = Window(
        south_lat=area[0], north_lat=area[1], west_lon=area[2], east_lon=area[3], start_s=start_s,
        end_s=start_s + hours * 3600,
    )  # fmt: skip
    found = read_forcing([str(file)], kind, asked)
    assert found.time_s[0] <= start_s and found.time_s[-1] >= asked.end_s
    assert found.south_lat <= area[0] and found.north_lat >= area[1]
    assert found.west_lon <= area[2] and found.east_lon >= area[3]
    speeds = np.abs(np.stack([found.east_m_s, found.north_m_s]))
    assert np.isfinite(speeds).all() and 0.3 * fastest < speeds.max() < fastest
    if warmest is None:
        assert found.is_sea.all()
    else:
        assert found.temperature_c is not None and found.is_sea.any() and not found.is_sea.all()
        assert warmest - 3 < found.temperature_c.max() < warmest and found.temperature_c.min() > 15
    facts = describe_forcing(str(file))
    assert facts.kinds == (kind,) and facts.grid == "regular"
    assert facts.start_s is not None and facts.start_s <= start_s


@pytest.mark.data
def test_the_depths_of_algeria_are_those_of_the_file(shared_data: Path) -> None:
    file = shared_data / "oilspill" / "cases" / "algeria_2008" / "currents_MFS_hourly.nc"
    if not file.is_file():
        pytest.skip("the Algeria case is not beside the project")
    assert describe_forcing(str(file)).depths_m == (0, 10, 30, 120)
