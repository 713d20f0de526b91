"""Forcing of every usual writing comes out as one form, with the values the file means."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import zarr
from tests.io.forcing.made import HOUR_S, START_S, assert_plane, axis, field, plane, points, window, write

from pelagia.core.errors import BadInput
from pelagia.io.forcing.reading import read_forcing
from pelagia.io.forcing.zarr_fields import open_zarr
from pelagia.io.forcing.zarr_store import source_store
from pelagia.io.sources import open_source

LON, LAT = np.arange(4, 6.01, 0.1), np.arange(36, 38.01, 0.1)


def test_a_window_is_cut_with_one_point_around_and_one_time_before_and_after(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc")
    found = read_forcing([str(file)], "currents", window(start_s=START_S + 1.5 * HOUR_S, end_s=START_S + 4.5 * HOUR_S))
    assert_plane(found)
    assert found.time_s.tolist() == [START_S + n * HOUR_S for n in (1, 2, 3, 4, 5)]
    assert 36.0 <= found.south_lat <= 36.1 and 37.9 <= found.north_lat <= 38.0
    assert found.lat_step == pytest.approx(0.1) and found.lon_step == pytest.approx(0.1)
    assert found.east_m_s.dtype == np.float32 and found.is_sea.all() and found.temperature_c is None
    assert found.files == (str(file),)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("u10", "v10"), "wind"), (("U10M", "V10M"), "wind"), (("10u", "10v"), "wind"), (("uwnd", "vwnd"), "wind"),
        (("VSDX", "VSDY"), "waves"), (("water_u", "water_v"), "currents"), (("utotal", "vtotal"), "currents"),
        (("u", "v"), "currents"),
    ],
)  # fmt: skip
def test_components_are_found_by_their_usual_names(tmp_path: Path, names: tuple[str, str], kind: Any) -> None:
    assert_plane(read_forcing([str(write(tmp_path / "a.nc", names=names))], kind, window()))


def test_components_are_found_by_standard_name_before_any_usual_name(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc", names=("a", "b"))
    with netCDF4.Dataset(file, "a") as dataset:
        dataset["a"].standard_name, dataset["b"].standard_name = "eastward_wind", "northward_wind"
        for name in ("u10", "v10"):
            field(dataset, name, ("time", "lat", "lon"), np.full((7, 21, 21), 3.0), units="m/s")
    assert_plane(read_forcing([str(file)], "wind", window()))


@pytest.mark.parametrize(
    ("units", "factor"),
    [("cm/s", 0.01), ("cm s-1", 0.01), ("knots", 1852 / 3600), ("km h-1", 1 / 3.6), ("m*s-1", 1), ("m s**-1", 1),
     ("meter second-1", 1), ("mm s-1", 0.001), (None, 1)],
)  # fmt: skip
def test_units_are_changed_to_metres_per_second(tmp_path: Path, units: str | None, factor: float) -> None:
    file = write(tmp_path / "a.nc", units=units, scale=factor)
    found = read_forcing([str(file)], "currents", window())
    assert_plane(found)
    assert bool(found.notes) == (factor != 1 or units is None)


@pytest.mark.parametrize(
    ("time_units", "unit_s", "zero_s"),
    [
        ("seconds since 1970-01-01", 1, 0), ("hours since 1900-01-01 00:00:0.0", 3600, -2_208_988_800),
        ("minutes since 1900-01-01", 60, -2_208_988_800), ("hours since 2024-05-17T00:00:00", 3600, START_S),
        ("days since 1950-01-01 00:00:00", 86400, -631_152_000),
        ("hours since 2024-05-17T02:00:00+02:00", 3600, START_S),
        ("hours since 2024-05-17 00:00:00 UTC", 3600, START_S), ("hours since 2024-5-17", 3600, START_S),
    ],
)  # fmt: skip
def test_times_of_every_unit_are_read(tmp_path: Path, time_units: str, unit_s: float, zero_s: float) -> None:
    numbers = (START_S + np.arange(7) * HOUR_S - zero_s) / unit_s
    file = write(tmp_path / "a.nc", time_units=time_units)
    with netCDF4.Dataset(file, "a") as dataset:
        dataset["time"][:] = numbers
    found = read_forcing([str(file)], "currents", window())
    assert found.time_s.tolist() == pytest.approx([START_S + n * HOUR_S for n in (1, 2, 3, 4, 5)], abs=1e-3)


def test_absolute_dates_are_times_too(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc", time_units="day as %Y%m%d.%f")
    with netCDF4.Dataset(file, "a") as dataset:
        dataset["time"][:] = 20240517 + np.arange(7) / 24
    assert read_forcing([str(file)], "currents", window()).time_s[0] == START_S + HOUR_S


@pytest.mark.parametrize("form", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF4_CLASSIC", "NETCDF4"])
def test_every_format_of_netcdf_is_read(tmp_path: Path, form: str) -> None:
    assert_plane(read_forcing([str(write(tmp_path / "a.nc", form=form))], "currents", window()))


@pytest.mark.parametrize(
    ("lat", "lon"),
    [(LAT[::-1], LON), (LAT, LON[::-1]), (LAT[::-1], LON[::-1]), (LAT, LON + 360), (LAT, LON - 360)],
)
def test_axes_may_run_either_way_and_count_from_any_meridian(tmp_path: Path, lat: Any, lon: Any) -> None:
    turn = 360.0 * round((lon.mean() - 5) / 360)
    file = write(tmp_path / "a.nc", lat=lat, lon=lon, change=lambda values: values - 0.2 * turn)
    found = read_forcing([str(file)], "currents", window())
    assert_plane(found)
    assert 4.0 <= found.west_lon <= 4.1 + 1e-6


@pytest.mark.parametrize("first", [0.0, -180.0, 20.0])
def test_a_window_across_the_dateline_is_cut_of_a_grid_around_the_earth(tmp_path: Path, first: float) -> None:
    lon = (first + np.arange(0, 360, 2.0) + 180) % 360 - 180 if first == -180.0 else first + np.arange(0, 360, 2.0)
    file = write(tmp_path / "a.nc", lon=lon, change=lambda v: v * 0 + np.cos(np.radians(lon)))
    found = read_forcing([str(file)], "currents", window(west_lon=171.0, east_lon=191.0))
    _, east, _ = points(found)
    assert east.min() <= 171 and east.max() >= 191 and east.max() < 200
    assert np.allclose(found.east_m_s[:, 0], np.cos(np.radians(east)), atol=1e-6)


def test_a_regional_grid_across_the_dateline_is_one_piece(tmp_path: Path) -> None:
    lon = (np.arange(170, 190.1, 1) + 180) % 360 - 180
    file = write(tmp_path / "a.nc", lon=lon, change=lambda v: v * 0 + np.sin(np.radians(lon)))
    for west, east in ((-179.0, -175.0), (176.0, 184.0)):
        found = read_forcing([str(file)], "currents", window(west_lon=west, east_lon=east))
        _, here, _ = points(found)
        assert here.min() <= west and here.max() >= east
        assert np.allclose(found.east_m_s[:, 0], np.sin(np.radians(here)), atol=1e-6)


def test_an_uneven_grid_becomes_even(tmp_path: Path) -> None:
    lat = 37 + np.cumsum(np.r_[-1.0, np.linspace(0.08, 0.12, 20)])
    found = read_forcing([str(write(tmp_path / "a.nc", lat=lat))], "currents", window())
    assert_plane(found)
    assert any("uneven" in note for note in found.notes)


def test_coordinates_rounded_to_single_precision_stand_on_an_even_grid(tmp_path: Path) -> None:
    lon = np.float64(np.float32(np.arange(178, 182.01, 1 / 12)))
    file = write(tmp_path / "a.nc", lon=lon, change=lambda v: v * 0 + 1)
    found = read_forcing([str(file)], "currents", window(west_lon=178.5, east_lon=181.5))
    assert found.notes == () and found.lon_step == pytest.approx(1 / 12, rel=1e-4)


def test_gaps_are_filled_from_the_nearest_sea_and_stay_known(tmp_path: Path) -> None:
    def with_land(values: Any) -> Any:
        values[:, :, :8] = np.nan
        values[2, 5, 15] = np.nan  # a gap of one time is no land
        return values

    found = read_forcing([str(write(tmp_path / "a.nc", change=with_land))], "currents", window())
    _, lon, _ = points(found)
    assert (found.is_sea == np.broadcast_to(lon[0] > 4.75, found.is_sea.shape)).all()
    assert not np.isnan(found.east_m_s).any()
    coast = int(np.flatnonzero(found.is_sea[0])[0])
    assert np.array_equal(found.east_m_s[:, :, :, 0], found.east_m_s[:, :, :, coast])
    assert any("gaps" in note for note in found.notes)


def test_zeros_are_land_where_a_file_marks_none(tmp_path: Path) -> None:
    def with_zeros(values: Any) -> Any:
        values = values + 1.0
        values[:, :, :8] = 0
        values[:, 5, 15] = 0  # alone: a current that rests
        return values

    found = read_forcing([str(write(tmp_path / "a.nc", change=with_zeros))], "currents", window())
    assert not found.is_sea[:, 0].any() and found.is_sea[:, -1].all()
    assert (found.east_m_s == 0).sum() == len(found.time_s)
    assert (found.east_m_s[:, :, :, 0] > 0.4).all()


def test_zeros_stay_what_they_are_in_still_water_in_wind_and_beside_marked_land(tmp_path: Path) -> None:
    still = read_forcing([str(write(tmp_path / "a.nc", change=lambda v: v * 0))], "currents", window())
    assert still.is_sea.all() and not still.east_m_s.any()

    def calm(values: Any) -> Any:
        values[:, 5] = 0
        return values

    wind = read_forcing([str(write(tmp_path / "b.nc", change=calm, names=("u10", "v10")))], "wind", window())
    assert wind.is_sea.all()

    def both(values: Any) -> Any:
        values[:, 5], values[:, :, 0:3] = 0, np.nan
        return values

    marked = read_forcing([str(write(tmp_path / "c.nc", change=both))], "currents", window())
    assert marked.is_sea[:, 5:].all() and not marked.is_sea.all()


def test_packed_numbers_are_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "a.nc"
    values = plane(LAT[None, :, None], LON[None, None, :], np.arange(7.0)[:, None, None])
    with netCDF4.Dataset(file, "w") as dataset:
        axis(dataset, "time", np.arange(7.0), "hours since 2024-05-17")
        axis(dataset, "lat", LAT, "degrees_north")
        axis(dataset, "lon", LON, "degrees_east")
        for name, sign in (("uo", 1), ("vo", -1)):
            packed = dataset.createVariable(name, "i2", ("time", "lat", "lon"), fill_value=np.int16(-32768))
            packed.setncatts({"scale_factor": 0.001, "add_offset": 0.25, "units": "m/s"})
            packed.set_auto_maskandscale(False)
            stored = np.round((sign * values - 0.25) / 0.001).astype("i2")
            stored[:, 5, 5] = -32768
            packed[:] = stored
    found = read_forcing([str(file)], "currents", window())
    assert_plane(found, within=6e-4)
    assert found.is_sea.sum() == found.is_sea.size - 1


def test_bounds_of_values_copied_from_another_file_hide_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc", attrs={"valid_min": np.float32(0.0), "valid_max": np.float32(0.01)})
    with netCDF4.Dataset(file, "a") as dataset:
        dataset["time"].setncatts({"valid_min": 4.0, "valid_max": 5.0})
    found = read_forcing([str(file)], "currents", window())
    assert_plane(found)
    assert found.is_sea.all()


def test_depths_are_kept_and_go_down(tmp_path: Path) -> None:
    file = tmp_path / "a.nc"
    with netCDF4.Dataset(file, "w") as dataset:
        axis(dataset, "time", np.arange(7.0), "hours since 2024-05-17")
        axis(dataset, "depth", [-500.0, -200.0, -30.0, -10.0, -0.5], "m", positive="up")
        axis(dataset, "lat", LAT, "degrees_north")
        axis(dataset, "lon", LON, "degrees_east")
        values = np.broadcast_to(np.array([5, 4, 3, 2, 1.0])[None, :, None, None] / 10, (7, 5, 21, 21)).copy()
        values[:, 2, :, :4] = np.nan  # the bottom lies above
        field(dataset, "uo", ("time", "depth", "lat", "lon"), values, units="m/s")
        field(dataset, "vo", ("time", "depth", "lat", "lon"), values, units="m/s")
    found = read_forcing([str(file)], "currents", window())
    assert found.depth_m.tolist() == [0.5, 10, 30, 200]
    assert np.allclose(found.east_m_s[0, :, 5, -1], [0.1, 0.2, 0.3, 0.4])
    assert np.allclose(found.east_m_s[0, :, 5, 0], [0.1, 0.2, 0.2, 0.4])
    assert found.is_sea.all()


def test_dimensions_may_stand_in_any_order_and_height_is_no_depth_to_keep(tmp_path: Path) -> None:
    file = tmp_path / "a.nc"
    values = plane(LAT[:, None, None], LON[None, :, None], np.arange(7.0)[None, None, :])
    with netCDF4.Dataset(file, "w") as dataset:
        axis(dataset, "valid_time", np.arange(7.0), "hours since 2024-05-17")
        axis(dataset, "latitude", LAT, "degrees_north")
        axis(dataset, "longitude", LON, "degrees_east")
        axis(dataset, "height", [10.0], "m")
        for name, sign in (("u10", 1), ("v10", -1)):
            field(dataset, name, ("height", "latitude", "longitude", "valid_time"), sign * values[None], units="m s-1")
    assert_plane(read_forcing([str(file)], "wind", window()))


def test_final_and_preliminary_values_of_era5_complete_each_other(tmp_path: Path) -> None:
    file = tmp_path / "a.nc"
    values = plane(LAT[None, None, :, None], LON[None, None, None, :], np.arange(7.0)[:, None, None, None])
    both = np.concatenate([values, values], axis=1)
    both[4:, 0], both[:4, 1] = np.nan, np.nan
    with netCDF4.Dataset(file, "w") as dataset:
        axis(dataset, "time", np.arange(7.0), "hours since 2024-05-17")
        axis(dataset, "expver", [1, 5], "1")
        axis(dataset, "latitude", LAT, "degrees_north")
        axis(dataset, "longitude", LON, "degrees_east")
        field(dataset, "u10", ("time", "expver", "latitude", "longitude"), both, units="m s-1")
        field(dataset, "v10", ("time", "expver", "latitude", "longitude"), -both, units="m s-1")
    assert_plane(read_forcing([str(file)], "wind", window()))


def test_files_are_joined_in_time_and_the_newer_holds_where_they_overlap(tmp_path: Path) -> None:
    old = write(tmp_path / "z_old.nc", hours=np.arange(0, 5.0), change=lambda v: v * 0 + 0.5)
    new = write(tmp_path / "a_new.nc", hours=np.arange(3, 7.0), change=lambda v: v * 0 + 0.25)
    for order in ([old, new], [new, old]):
        found = read_forcing([str(file) for file in order], "currents", window())
        assert found.time_s.tolist() == [START_S + n * HOUR_S for n in (1, 2, 3, 4, 5)]
        assert found.east_m_s[:, 0, 0, 0].tolist() == [0.5, 0.5, 0.25, 0.25, 0.25]


def test_a_folder_and_a_zip_hold_the_files_of_a_data_set(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "deeper").mkdir(parents=True)
    write(folder / "a.nc", hours=np.arange(0, 3.0))
    write(folder / "deeper" / "b.nc", hours=np.arange(3, 7.0))
    (folder / "readme.txt").write_text("hello")
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in folder.rglob("*.nc"):
            packed.write(path, path.relative_to(folder))
    for place in (folder, archive):
        found = read_forcing([str(place)], "currents", window())
        assert_plane(found)
        assert len(found.files) == 2


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("packed", [False, True])
def test_a_zarr_is_read_in_a_folder_and_in_a_zip(tmp_path: Path, version: int, packed: bool) -> None:
    place = make_zarr(tmp_path / "a.zarr", version)
    if packed:
        place = Path(shutil.make_archive(str(tmp_path / "b.zarr"), "zip", tmp_path, "a.zarr"))
    found = read_forcing([str(place)], "currents", window())
    assert_plane(found)
    assert not found.is_sea.all() and found.is_sea.any()


def make_zarr(place: Path, version: int, **options: Any) -> Path:
    values = plane(LAT[None, :, None], LON[None, None, :], np.arange(7.0)[:, None, None]).astype("f4")
    values[:, :, 1] = np.nan
    group = zarr.open_group(place, mode="w", zarr_format=version)
    for name, dims, data, attrs in (
        ("time", ("time",), np.arange(7), {"units": "hours since 2024-05-17"}),
        ("lat", ("lat",), LAT, {"units": "degrees_north"}),
        ("lon", ("lon",), LON, {"units": "degrees_east"}),
        ("uo", ("time", "lat", "lon"), values, {"units": "m/s"}),
        ("vo", ("time", "lat", "lon"), -values, {"units": "m/s"}),
    ):
        own = {"dimension_names": dims} if version == 3 else {}
        chunks = tuple(max(size // 2, 1) for size in data.shape)
        extra = options if name in ("uo", "vo") else {}
        array = group.create_array(name, shape=data.shape, dtype=data.dtype, chunks=chunks, **own, **extra)
        array[...] = data
        array.attrs.update(attrs if version == 3 else {**attrs, "_ARRAY_DIMENSIONS": list(dims)})
    return place


def test_a_zarr_elsewhere_is_read_through_its_source(tmp_path: Path) -> None:
    source = open_source(str(make_zarr(tmp_path / "a.zarr", 3)))
    store = source_store(source, "", [entry.name for entry in source.entries()])
    uo = open_zarr(store, "s3://somewhere/a.zarr").variables["uo"]
    assert uo.dims == ("time", "lat", "lon") and uo.read((0, slice(None), 0)).shape == (21,)


def test_a_file_that_reaches_a_part_of_the_area_says_so(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc")
    found = read_forcing([str(file)], "currents", window(north_lat=39.0))
    assert found.north_lat == pytest.approx(38.0)
    assert any("a part of the area" in note for note in found.notes)


def test_an_address_may_be_a_file_url(tmp_path: Path) -> None:
    file = write(tmp_path / "a b.nc")
    assert_plane(read_forcing([file.as_uri()], "currents", window()))


def test_a_file_of_the_whole_earth_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lat, lon = np.arange(-80, 80.1, 0.5), np.arange(-180, 180, 0.5)
    file = write(tmp_path / "a.nc", lat=lat, lon=lon, change=lambda v: np.broadcast_to(0.1, v.shape))
    read: list[int] = []
    from pelagia.io.forcing import variables

    own = variables.Variable._stored

    def counted(self: Any, index: Any) -> Any:
        part = own(self, index)
        read.append(part.size)
        return part

    monkeypatch.setattr(variables.Variable, "_stored", counted)
    found = read_forcing([str(file)], "currents", window())
    assert found.is_sea.shape == (5, 5)
    assert max(read) == 720  # an axis; the fields are 5 x 5 x 5


def test_wind_and_currents_may_share_a_file(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc")
    with netCDF4.Dataset(file, "a") as dataset:
        field(dataset, "u10", ("time", "lat", "lon"), np.full((7, 21, 21), 7.0), units="m/s")
        field(dataset, "v10", ("time", "lat", "lon"), np.full((7, 21, 21), -3.0), units="m/s")
    assert_plane(read_forcing([str(file)], "currents", window()))
    wind = read_forcing([str(file)], "wind", window())
    assert (wind.east_m_s == 7).all() and (wind.north_m_s == -3).all()


def test_a_field_without_times_holds_always(tmp_path: Path) -> None:
    file = tmp_path / "a.nc"
    with netCDF4.Dataset(file, "w") as dataset:
        axis(dataset, "lat", LAT, "degrees_north")
        axis(dataset, "lon", LON, "degrees_east")
        values = plane(LAT[:, None], LON[None, :], 0)
        field(dataset, "uo", ("lat", "lon"), values, units="m/s")
        field(dataset, "vo", ("lat", "lon"), -values, units="m/s")
    found = read_forcing([str(file)], "currents", window())
    assert len(found.time_s) == 1
    assert np.allclose(found.east_m_s[0, 0], plane(*points(found)[:2], 0)[0], atol=1e-6)


def test_a_run_backward_in_time_reads_the_same(tmp_path: Path) -> None:
    file = write(tmp_path / "a.nc")
    there = read_forcing([str(file)], "currents", window())
    back = read_forcing([str(file)], "currents", window(start_s=START_S + 5 * HOUR_S, end_s=START_S + HOUR_S))
    assert np.array_equal(there.time_s, back.time_s) and np.array_equal(there.east_m_s, back.east_m_s)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside.nc")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.nc").symlink_to(outside)
    with pytest.raises(BadInput):
        read_forcing([str(folder)], "currents", window())
