"""Series of the environment from the tables and NetCDF files that people have."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from tests.io.forcing.referring import content

from pelagia.core.errors import BadInput
from pelagia.io.environment import read_environment

NOON = dt.datetime(2024, 5, 17, 12, tzinfo=dt.UTC).timestamp()


def read(folder: Path, text: str, encoding: str = "utf-8") -> Any:
    path = folder / "series.csv"
    path.write_text(text, encoding=encoding)
    return read_environment(str(path))


@pytest.mark.parametrize(
    "text",
    [
        "time,TEMP [degC],PSAL\n2024-05-17T12:00:00Z,14.5,38.1\n2024-05-17T12:30:00Z,14.7,38.2\n",
        "time;TEMP (degC);PSAL\n17.05.2024 12:00;14,5;38,1\n17.05.2024 12:30;14,7;38,2\n",
        "time,TEMP,PSAL\nUTC,degC,\n2024-05-17T12:00:00Z,14.5,38.1\n2024-05-17T12:30:00Z,14.7,38.2\n",
        "# OBSEA, CTD\n# depth 20 m\n\nPSAL\tTEMP [degC]\tTIMESTAMP\n38.1\t14.5\t2024-05-17 14:00:00.00+02:00\n"
        "38.2\t14.7\t2024-05-17 14:30:00.00+02:00\n",
        "Date,Time,TEMP [degC],PSAL\n17/05/2024,12:00:00,14.5,38.1\n17/05/2024,12:30:00,14.7,38.2\n",
        "Station,OBSEA\ntime|TEMP [degC]|PSAL\n20240517-120000|14.5|38.1\n20240517-123000|14.7|38.2\n",
        "epoch,TEMP [degC],PSAL\n1715947200,14.5,38.1\n1715949000,14.7,38.2\n",
        "time,TEMP [degC],PSAL\r\n05/17/2024 12:30,14.7,38.2\r\n05/17/2024 12:00,14.5,38.1\r\n",
    ],
)
def test_tables_of_any_writing_give_the_same_series(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert found.issues == ()
    assert found.time_s.tolist() == [NOON, NOON + 1800]
    assert set(found.series) == {"TEMP", "PSAL"}
    assert found.series["TEMP"][0].tolist() == [14.5, 14.7]
    assert found.series["TEMP"][1] == "degC"
    assert found.series["PSAL"][0].tolist() == [38.1, 38.2]


def test_a_unit_with_a_degree_sign_is_read_from_an_old_encoding(tmp_path: Path) -> None:
    found = read(tmp_path, "time,Temperature (°C)\n2024-05-17 12:00,14.5\n", "latin-1")
    assert found.series["Temperature"][1] == "°C"


def test_signs_of_missing_values_are_no_values(tmp_path: Path) -> None:
    cells = ["", "NaN", "-999", "-9999.0", "-99.99", "null", "12.5"]
    rows = "".join(f"2024-05-17T12:0{n}:00Z,{cell}\n" for n, cell in enumerate(cells))
    found = read(tmp_path, f"time,TEMP\n2024-05-17T11:00:00Z,1\n{rows}")
    assert found.issues == ()
    assert np.isfinite(found.series["TEMP"][0]).tolist() == [True, *[False] * 6, True]


def test_a_value_that_is_no_number_is_told_with_row_column_and_value(tmp_path: Path) -> None:
    found = read(tmp_path, "time,TEMP\n2024-05-17T12:00:00Z,14.5\n2024-05-17T12:10:00Z,warm\n2024-05-17T12:20:00Z,15\n")
    (issue,) = found.issues
    assert (issue.code, issue.value) == ("environment-bad-value", "warm")
    assert "Row 3, column 'TEMP'" in issue.message
    assert np.isnan(found.series["TEMP"][0][1])


def test_a_time_that_is_none_is_told_and_costs_only_its_row(tmp_path: Path) -> None:
    found = read(tmp_path, "time,TEMP\n2024-05-17T12:00:00Z,14.5\nyesterday,14.6\n2024-05-17T12:20:00Z,15\n")
    assert [(issue.code, issue.value) for issue in found.issues] == [("environment-bad-time", "yesterday")]
    assert "Row 3, column 'time'" in found.issues[0].message
    assert found.series["TEMP"][0].tolist() == [14.5, 15.0]


def test_a_row_with_too_few_cells_is_told_and_left_out(tmp_path: Path) -> None:
    found = read(
        tmp_path, "time,TEMP,PSAL\n2024-05-17T12:00:00Z,14.5,38\n2024-05-17T12:10:00Z\n2024-05-17T12:20:00Z,15,38\n"
    )
    (issue,) = found.issues
    assert (issue.code, issue.value) == ("environment-bad-row", "2024-05-17T12:10:00Z")
    assert issue.message.startswith("Row 3 ")
    assert len(found.time_s) == 2


def test_values_flagged_as_bad_are_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, "time,TEMP,TEMP_QC\n2024-05-17T12:00:00Z,14.5,1\n2024-05-17T12:10:00Z,99,4\n")
    assert list(found.series) == ["TEMP"]
    assert np.isnan(found.series["TEMP"][0][1])
    assert [issue.code for issue in found.issues] == ["flagged-values"]


def test_dates_of_which_day_and_month_cannot_be_told_apart_are_told(tmp_path: Path) -> None:
    found = read(tmp_path, "time,TEMP\n03/04/2024 12:00,14.5\n")
    assert found.time_s.tolist() == [dt.datetime(2024, 4, 3, 12, tzinfo=dt.UTC).timestamp()]
    assert [issue.code for issue in found.issues] == ["environment-day-or-month"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty-file"), ("hello\nworld\n", "environment-no-time"), ("a,b\n1,2\n3,4\n", "environment-no-time"),
     ("time,who\n2024-05-17T12:00:00Z,1x\n", "environment-no-time"), ("CDF\x01rubbish", "damaged")],
)  # fmt: skip
def test_a_file_that_is_no_series_is_refused_by_name(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, text)
    assert (caught.value.code, caught.value.file) == (code, "series.csv")


def make_netcdf(path: Path, *, units: str = "days since 1950-01-01T00:00:00Z", form: str = "NETCDF4") -> Path:
    """A mooring as OceanSITES writes it: one depth, flags, a profile that is no series."""
    with netCDF4.Dataset(path, "w", format=form) as dataset:
        for name, size in (("TIME", 3), ("DEPTH", 1), ("BIN", 4)):
            dataset.createDimension(name, size)
        time = dataset.createVariable("TIME", "f8", ("TIME",))
        time.units = units
        time[:] = netCDF4.date2num([dt.datetime(2024, 5, 17, hour) for hour in (12, 13, 14)], units)
        dataset.createVariable("DEPTH", "f4", ("DEPTH",))[:] = 20
        temp = dataset.createVariable("TEMP", "f4", ("TIME", "DEPTH"), fill_value=-999)
        temp.units = "degree_Celsius"
        temp[:] = np.ma.masked_equal([[14.5], [14.75], [-999]], -999)
        packed = dataset.createVariable("PSAL", "i2", ("TIME",))
        packed.scale_factor, packed.units = 0.5, "1"
        packed[:] = [38.0, 38.5, 39.0]
        flags = dataset.createVariable("PSAL_QC", "i1", ("TIME",))
        flags[:] = [1, 4, 2]
        dataset.createVariable("UCUR", "f4", ("TIME", "BIN"))[:] = 0
    return path


@pytest.mark.parametrize("form", ["NETCDF4", "NETCDF3_CLASSIC"])
@pytest.mark.parametrize(
    "units", ["days since 1950-01-01T00:00:00Z", "seconds since 1970-01-01", "hours since 2000-1-1"]
)
def test_a_mooring_in_netcdf_gives_its_series(tmp_path: Path, units: str, form: str) -> None:
    found = read_environment(str(make_netcdf(tmp_path / "mooring.nc", units=units, form=form)))
    assert found.time_s == pytest.approx([NOON, NOON + 3600, NOON + 7200], abs=1e-3)
    assert found.series["TEMP"][0] == pytest.approx([14.5, 14.75, np.nan], nan_ok=True)
    assert found.series["TEMP"][1] == "degree_Celsius"
    assert found.series["PSAL"][0] == pytest.approx([38.0, np.nan, 39.0], nan_ok=True)
    assert set(found.series) == {"TEMP", "PSAL"}
    assert {issue.code: issue.value for issue in found.issues} == {
        "environment-not-a-series": "UCUR",
        "flagged-values": "PSAL",
    }


def test_a_netcdf_file_without_times_is_refused(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "map.nc", "w") as dataset:
        dataset.createDimension("x", 2)
        dataset.createVariable("depth_m", "f4", ("x",))[:] = 1
    with pytest.raises(BadInput) as caught:
        read_environment(str(tmp_path / "map.nc"))
    assert caught.value.code == "environment-no-time"


def test_times_of_a_calendar_without_leap_days_are_refused(tmp_path: Path) -> None:
    path = make_netcdf(tmp_path / "model.nc")
    with netCDF4.Dataset(path, "a") as dataset:
        dataset.variables["TIME"].calendar = "noleap"
    with pytest.raises(BadInput) as caught:
        read_environment(str(path))
    assert caught.value.value == "days since 1950-01-01T00:00:00Z (noleap)"


@pytest.mark.parametrize("name", ["external-earliest", "virtual-latest"])
def test_a_netcdf_file_that_takes_values_from_other_files_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "mooring.nc"
    path.write_bytes(content(name))
    with pytest.raises(BadInput) as error:
        read_environment(str(path))
    assert error.value.code == "refers-elsewhere"
