"""Forcing that cannot be used says so: the file, the value, the remedy; and is never read without bound."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numcodecs
import numpy as np
import pytest
from tests.io.forcing.made import HOUR_S, START_S, axis, field, window, write
from tests.io.forcing.test_reading import make_zarr

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.io.forcing.facts import describe_forcing
from pelagia.io.forcing.reading import read_forcing


def refused(file: Path, code: str, kind: Any = "currents", **changed: Any) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_forcing([str(file)], kind, window(**changed))
    assert caught.value.code == code, caught.value
    assert caught.value.remedy and caught.value.value and file.name in caught.value.file
    return caught.value


def shifted(hours: float, **changed: float) -> dict[str, float]:
    return {"start_s": START_S + hours * HOUR_S, "end_s": START_S + (hours + 4) * HOUR_S, **changed}


def test_forcing_must_reach_the_area(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc")
    told = refused(file, "forcing-outside", south_lat=40.0, north_lat=41.0)
    assert "36.00 to 38.00" in told.value
    refused(file, "forcing-outside", west_lon=-10.0, east_lon=-8.0)
    refused(file, "forcing-outside", west_lon=175.0, east_lon=190.0)


def test_forcing_must_cover_the_time_but_for_half_a_step(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc")
    assert "2024-05-17T00:00:00Z to 2024-05-17T06:00:00Z" in refused(file, "forcing-starts-late", **shifted(-3)).value
    refused(file, "forcing-ends-early", **shifted(4))
    refused(file, "forcing-starts-late", start_s=START_S - 31 * 60)
    refused(file, "forcing-ends-early", end_s=START_S + 6 * HOUR_S + 31 * 60)
    spare = window(start_s=START_S - 30 * 60, end_s=START_S + 6.5 * HOUR_S)
    assert len(read_forcing([str(file)], "currents", spare).time_s) == 7


def test_a_start_with_day_and_month_swapped_is_guessed(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc", time_units="hours since 2024-08-06")
    swapped = {
        "start_s": np.datetime64("2024-06-08T01:00", "s").astype(float),
        "end_s": np.datetime64("2024-06-08T05:00", "s").astype(float),
    }
    assert "swapped" in refused(file, "forcing-starts-late", **swapped).remedy
    assert "swapped" not in refused(file, "forcing-ends-early", **shifted(24 * 300)).remedy


@pytest.mark.parametrize(
    ("hours", "word"),
    [([0, 1, 3, 2, 4, 5, 6], "do not increase"), ([0, 1, 1, 2, 3, 4, 5], "do not increase"),
     ([0, 1, 2, np.nan, 4, 5, 6], "missing"), ([0, 0.5, 1, 1.5, 4.5, 5, 5.5], "gap")],
)  # fmt: skip
def test_times_must_increase_without_gaps(tmp_path: Path, hours: list[float], word: str) -> None:
    told = refused(write(tmp_path / "a.nc", hours=hours), "forcing-times")
    assert word in told.what


@pytest.mark.parametrize(
    ("units", "calendar"),
    [("hours", "standard"), ("months since 2000-01-01", "standard"), ("hours since yesterday", "standard"),
     ("days since 0000-00-00", "standard"), ("hours since 2024-05-17", "360_day"),
     ("years since 2024-05-17", "standard")],
)  # fmt: skip
def test_times_that_are_told_in_another_way_are_refused(tmp_path: Path, units: str, calendar: str) -> None:
    file = write(tmp_path / "a.nc", time_units=units, calendar=calendar)
    refused(file, "forcing-times")


def test_values_that_cannot_be_metres_per_second_are_refused(tmp_path: Path) -> None:
    for units in ("m s-1", None):
        told = refused(write(tmp_path / "a.nc", scale=0.01, units=units), "forcing-units")
        assert "cannot be m/s" in told.what and "units attribute" in told.remedy
    refused(write(tmp_path / "b.nc", units="degrees"), "forcing-units")
    refused(write(tmp_path / "c.nc", units="furlongs per fortnight"), "forcing-units")
    spiky = write(tmp_path / "d.nc", change=lambda v: np.where(v == v.max(), 9999.0, v))
    assert (
        "_FillValue" in refused(spiky, "forcing-units", north_lat=38.0, east_lon=6.0, end_s=START_S + 6 * 3600).remedy
    )


def test_currents_without_a_unit_are_read_only_where_they_are_as_slow_as_those_in_metres_per_second(
    tmp_path: Path,
) -> None:
    def eight(values: Any) -> Any:
        return np.full_like(values, 8.0)

    told = refused(write(tmp_path / "a.nc", units=None, change=eight), "forcing-units")
    assert "no unit" in told.value and told.what.startswith("The currents of")
    found = read_forcing([str(write(tmp_path / "b.nc", units="m s-1", change=eight))], "currents", window())
    assert found.east_m_s.max() == 8.0


def test_the_units_of_times_that_are_none_are_told(tmp_path: Path) -> None:
    told = refused(write(tmp_path / "a.nc", time_units="banana"), "forcing-times")
    assert "'banana'" in told.value and told.what.startswith("The field ")


def test_fields_without_a_value_are_refused_and_single_empty_times_left_out(tmp_path: Path) -> None:
    refused(write(tmp_path / "a.nc", change=lambda v: v * np.nan), "forcing-empty")

    def one_empty(values: Any) -> Any:
        values[3] = np.nan
        return values

    found = read_forcing([str(write(tmp_path / "b.nc", change=one_empty))], "currents", window())
    assert len(found.time_s) == 4 and any("1 of 5 times left out" in note for note in found.notes)

    def end_empty(values: Any) -> Any:
        values[4:] = np.nan
        return values

    refused(write(tmp_path / "c.nc", change=end_empty), "forcing-ends-early")


def test_a_file_of_something_else_names_what_it_has(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc", names=("salinity", "ssh"))
    assert "salinity" in refused(file, "forcing-no-variables").value
    refused(write(tmp_path / "b.nc"), "forcing-no-variables", kind="wind")
    with pytest.raises(BadInput) as caught:
        describe_forcing(str(file))
    assert caught.value.code == "forcing-no-variables"


def test_grids_that_tell_no_place_are_refused(tmp_path: Path) -> None:
    refused(write(tmp_path / "a.nc", lat=np.arange(21) * 1000.0), "forcing-grid")
    refused(write(tmp_path / "b.nc", lat=[36, 37, 36.5, 38]), "forcing-grid")
    refused(write(tmp_path / "c.nc", lon=[4, np.nan, 6]), "forcing-grid")
    refused(write(tmp_path / "d.nc", lat=[37.0]), "forcing-grid")
    bare = tmp_path / "e.nc"
    with netCDF4.Dataset(bare, "w") as dataset:
        for name, size in (("time", 7), ("p", 21), ("q", 21)):
            dataset.createDimension(name, size)
        for name in ("uo", "vo"):
            field(dataset, name, ("time", "p", "q"), np.zeros((7, 21, 21)), units="m/s")
    refused(bare, "forcing-grid")


def test_files_of_different_grids_are_not_joined(tmp_path: Path) -> None:
    one = write(tmp_path / "a.nc", hours=np.arange(0, 4.0))
    other = write(tmp_path / "b.nc", hours=np.arange(4, 7.0), lat=np.arange(36, 38.01, 0.05))
    with pytest.raises(BadInput) as caught:
        read_forcing([str(one), str(other)], "currents", window())
    assert caught.value.code == "forcing-grid" and "same grid" in caught.value.what


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"GRIB\0\0\0\2", b"CDF\x01", b"CDF\x01" + b"\xff" * 200, b"\x89HDF\r\n\x1a\n",
     b"\x89HDF\r\n\x1a\n" + b"\0" * 5000,
     b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18],
)  # fmt: skip
def test_what_is_no_netcdf_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.nc"
    file.write_bytes(content)
    for call in (lambda: read_forcing([str(file)], "currents", window()), lambda: describe_forcing(str(file))):
        with pytest.raises(BadInput) as caught:
            call()
        assert "a.nc" in caught.value.file and caught.value.remedy


def test_a_file_cut_off_or_changed_anywhere_never_ends_in_a_traceback(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.nc").read_bytes()
    classic = write(tmp_path / "b.nc", form="NETCDF3_CLASSIC").read_bytes()
    rng = np.random.default_rng(1)
    file = tmp_path / "broken.nc"
    for data in (whole, classic):
        broken = [data[:size] for size in rng.integers(8, len(data), 12)]
        for _ in range(30):
            changed = bytearray(data)
            for at in rng.integers(4, min(len(data), 4000), 3):
                changed[at] = int(rng.integers(256))
            broken.append(bytes(changed))
        for content in broken:
            file.write_bytes(content)
            _read_or_told(str(file))


def _read_or_told(place: str) -> None:
    for call in (lambda: describe_forcing(place), lambda: read_forcing([place], "currents", window())):
        try:
            call()
        except PelagiaError as error:
            assert error.remedy


def test_more_than_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc")
    with pytest.raises(BadInput) as caught:
        read_forcing([str(file)], "currents", window(), limit_bytes=10_000)
    assert caught.value.code == "forcing-too-large" and "fewer hours" in caught.value.remedy
    huge = tmp_path / "huge.nc"
    with netCDF4.Dataset(huge, "w") as dataset:  # nothing of it is written: a few kB on disk
        axis(dataset, "time", np.arange(7.0), "hours since 2024-05-17")
        axis(dataset, "depth", np.arange(60.0), "m")
        axis(dataset, "lat", np.linspace(36, 38, 4000), "degrees_north")
        axis(dataset, "lon", np.linspace(4, 6, 4000), "degrees_east")
        for name in ("uo", "vo"):
            dataset.createVariable(name, "f4", ("time", "depth", "lat", "lon"), chunksizes=(1, 1, 100, 100), zlib=True)
    assert huge.stat().st_size < 1 << 20
    refused(huge, "forcing-too-large")


def test_a_part_that_would_unpack_to_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.nc"
    with netCDF4.Dataset(file, "w") as dataset:
        axis(dataset, "time", np.arange(7.0), "hours since 2024-05-17")
        axis(dataset, "lat", np.linspace(36, 38, 21), "degrees_north")
        axis(dataset, "lon", np.linspace(4, 6, 21), "degrees_east")
        dataset.createDimension("z", 1_000_000)
        for name in ("uo", "vo"):
            dataset.createVariable(
                name, "f4", ("time", "z", "lat", "lon"), chunksizes=(1, 1_000_000, 21, 21), zlib=True
            )
    refused(file, "forcing-too-large")


class Trap:
    """What a hostile Zarr holds instead of numbers: it would make a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("spot", ["filters", "compressor"])
def test_a_zarr_that_would_run_what_it_holds_is_refused(tmp_path: Path, spot: str) -> None:
    place, mark = make_zarr(tmp_path / "a.zarr", 2), tmp_path / "mark"
    told = (place / "uo" / ".zarray").read_text()
    import json

    meta = json.loads(told)
    meta[spot] = [{"id": "pickle", "protocol": 5}] if spot == "filters" else {"id": "pickle", "protocol": 5}
    meta["compressor"] = None if spot == "filters" else meta["compressor"]
    (place / "uo" / ".zarray").write_text(json.dumps(meta))
    for chunk in (place / "uo").iterdir():
        if not chunk.name.startswith("."):
            chunk.write_bytes(pickle.dumps(Trap(mark)))
    assert numcodecs.get_codec({"id": "pickle"})  # it is there to be found
    refused(place, "forcing-unreadable")
    assert not mark.exists()


def test_a_broken_zarr_is_told(tmp_path: Path) -> None:
    def emptied(place: Path) -> None:
        for chunk in (place / "uo").rglob("*"):
            if chunk.is_file() and chunk.name != "zarr.json":
                chunk.write_bytes(b"xx")

    def without_json(place: Path) -> None:
        (place / "zarr.json").write_text("{")

    def other_shape(place: Path) -> None:
        text = (place / "uo" / "zarr.json").read_text()
        (place / "uo" / "zarr.json").write_text(text.replace('"shape": [', '"shape": [-1, '))

    breakers: list[Callable[[Path], None]] = [emptied, without_json, other_shape]
    for number, broken in enumerate(breakers):
        place = make_zarr(tmp_path / f"{number}.zarr", 3)
        broken(place)
        refused(place, "forcing-unreadable")


def test_a_link_in_a_zarr_leads_nowhere(tmp_path: Path) -> None:
    place, secret = make_zarr(tmp_path / "a.zarr", 3), make_zarr(tmp_path / "b.zarr", 3)
    chunk = next(path for path in (place / "uo" / "c").rglob("*") if path.is_file())
    outside = next(path for path in (secret / "uo" / "c").rglob("*") if path.is_file())
    chunk.unlink()
    chunk.symlink_to(outside)
    found = read_forcing([str(place)], "currents", window())
    assert not found.is_sea.all()  # the part is missing, not read elsewhere


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.nc", b"\x89HDF\r\n\x1a\n" + bytes(70 << 20))
    with pytest.raises(BadInput):
        read_forcing([str(archive)], "currents", window())


def test_a_folder_without_forcing_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "b.txt").write_text("x")
    refused(tmp_path, "forcing-unreadable")


def test_an_error_tells_no_secret_of_an_address() -> None:
    with pytest.raises(PelagiaError) as caught:
        read_forcing(["ftp://someone:hidden@example.org/a.nc"], "currents", window())
    assert "hidden" not in str(caught.value)
    assert isinstance(io.StringIO(str(caught.value)).read(), str)
