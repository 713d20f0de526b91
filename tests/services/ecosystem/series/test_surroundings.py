"""The environment joined to bins, and the sun over them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from tests.services.ecosystem.series.footage import NOON, Footage, of

from pelagia.core.table import Table
from pelagia.io.environment import Environment
from pelagia.services.ecosystem.series import apart
from pelagia.services.ecosystem.series.sun import HORIZON_DEG, sun_elevation

HOUR = 3600.0


def hours(*numbers: int, **changes: float) -> Footage:
    made = Footage()
    for number in numbers:
        name = f"h{number:02d}"
        made.clip(name, NOON + dt.timedelta(hours=number), 10.0, **changes)
        made.screened(name, 0.0, 10.0)
    return made


def measured(*pairs: tuple[float, float], name: str = "TEMP", unit: str = "degC") -> Environment:
    times = np.array([NOON.timestamp() + hour * HOUR for hour, _ in pairs])
    return Environment(file="ctd.csv", time_s=times, series={name: (np.array([value for _, value in pairs]), unit)})


def test_a_bin_has_the_mean_of_what_was_measured_in_it(tmp_path: Path) -> None:
    series = measured((-0.1, 99.0), (0.0, 10.0), (0.5, 14.0), (0.9, np.nan), (1.0, 20.0))
    assert [row["env_TEMP"] for row in of(hours(0, 1).series(tmp_path, series))] == [12.0, 20.0]


def test_without_a_value_in_the_bin_the_nearest_within_half_a_bin_stands_and_else_none(tmp_path: Path) -> None:
    series = measured((-0.4, 10.0), (1.2, 30.0), (4.6, 50.0))
    rows = of(hours(0, 2, 3, 6, 7).series(tmp_path, series))
    told = {row["bin_start_utc"][11:13]: row["env_TEMP"] for row in rows if not row["is_gap"]}
    assert told == {"12": 30.0, "14": None, "15": None, "18": None, "19": None}
    near = of(hours(0).series(tmp_path / "near", measured((-0.4, 10.0), (1.45, 30.0))))
    assert near[0]["env_TEMP"] == 10.0


def test_the_unit_stays_with_the_column_and_equal_names_are_told_apart(tmp_path: Path) -> None:
    hours(0).series(tmp_path, measured((0, 1.0)), measured((0, 2.0)), measured((0, 3.0), name="Sea temp.", unit="K"))
    columns = {
        column.name: column.unit for column in Table(name="time_series", path=tmp_path / "time_series.parquet").columns
    }
    assert [(name, columns[name]) for name in columns if name.startswith("env_")] == [
        ("env_TEMP", "degC"),
        ("env_TEMP_2", "degC"),
        ("env_Sea_temp", "K"),
    ]


def test_an_environment_of_another_year_is_told(tmp_path: Path) -> None:
    far = measured((9000, 1.0))
    hours(0).series(tmp_path, far)
    table = Table(name="time_series", path=tmp_path / "time_series.parquet")
    assert [issue.code for issue in apart(table, [far])] == ["environment-apart"]
    hours(0).series(tmp_path, measured((0, 1.0)))
    assert list(apart(table, [measured((0, 1.0))])) == []


@pytest.mark.parametrize(
    ("moment", "latitude", "longitude", "elevation"),
    [
        # Reda and Andreas (2004), doi:10.1016/j.solener.2003.12.003, example: without refraction.
        ("2003-10-17T19:30:30", 39.742476, -105.1786, 39.872),
        # Meeus (1998), example 25.a: declination -7.78507°; at the pole that is the elevation.
        ("1992-10-13T00:00:00", 90.0, 0.0, -7.785),
        ("1992-10-13T00:00:00", -90.0, 77.0, 7.785),
        # The June solstice of 2024 at the tropic, at local noon: nearly overhead.
        ("2024-06-20T12:01:50", 23.436, 0.0, 89.99),
    ],
)
def test_the_sun_stands_where_published_examples_say(
    moment: str, latitude: float, longitude: float, elevation: float
) -> None:
    time_s = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC).timestamp()
    assert float(sun_elevation(time_s, latitude, longitude)) == pytest.approx(elevation, abs=0.05)


def test_day_and_night_are_told_where_the_place_is_known(tmp_path: Path) -> None:
    rows = of(hours(0, 12, latitude=41.18, longitude=1.75).series(tmp_path))
    told = [(row["is_day"], row["sun_elevation_deg"] > HORIZON_DEG) for row in rows if not row["is_gap"]]
    assert told == [(True, True), (False, False)]
    assert of(hours(0).series(tmp_path / "nowhere"))[0]["is_day"] is None


def test_the_sun_is_not_told_of_a_whole_day(tmp_path: Path) -> None:
    row = of(hours(0, latitude=41.18, longitude=1.75).series(tmp_path, bin_minutes=1440))[0]
    assert (row["sun_elevation_deg"], row["is_day"]) == (None, None)
