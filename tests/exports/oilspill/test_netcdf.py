"""NetCDF of a spill: what other programs read in it, and that equal results give equal bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray
from tests.exports.oilspill.spill_result import KG_M2, OPTIONS, START_S, STEP, Spill, make_spill

from pelagia.core.result import Result
from pelagia.exports.oilspill import frames, netcdf

USUAL = Spill(members=8, empty=(2,))


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return make_spill(tmp_path_factory.mktemp("spill"), USUAL)


@pytest.fixture(scope="module")
def written(result: Result, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    outcome = netcdf.write(result, tmp_path_factory.mktemp("out"), OPTIONS)
    assert outcome.issues == ()
    return {path.stem: path for path in outcome.files}


@pytest.fixture
def maps(written: dict[str, Path]) -> Iterator[xarray.Dataset]:
    with xarray.open_dataset(written["concentration"]) as file:
        yield file


def test_maps_paths_and_probabilities_have_a_file_each(written: dict[str, Path]) -> None:
    assert set(written) == {"concentration", "trajectories", "probability"}


def test_the_axes_are_those_of_the_grid_and_the_maps(maps: xarray.Dataset) -> None:
    assert maps["time"].values.astype("datetime64[s]").astype(int).tolist() == [START_S + 3600 * n for n in range(5)]
    np.testing.assert_allclose(maps["lat"], 36.0 + STEP * (np.arange(6) + 0.5))
    np.testing.assert_allclose(maps["lon"], 3.0 + STEP * (np.arange(12) + 0.5))
    np.testing.assert_allclose(maps["lat_bnds"][:, 1] - maps["lat_bnds"][:, 0], STEP)
    np.testing.assert_allclose(maps["lon_bnds"][1:, 0], maps["lon_bnds"][:-1, 1])


def test_the_oil_lies_where_the_table_has_it_and_nowhere_where_there_is_none(maps: xarray.Dataset) -> None:
    surface = maps["surface_kg_m2"]
    assert surface.dims == ("time", "lat", "lon")
    where = np.argwhere(surface[1].values > 0).tolist()
    assert where == [[2, 1], [2, 2], [3, 1], [3, 2]]
    assert float(surface[1].max()) == pytest.approx(KG_M2)
    assert float(surface[2].max()) == 0.0
    assert float(maps["beached_kg"].sum()) == 800.0


def test_variables_tell_unit_meaning_and_where_they_lie(written: dict[str, Path]) -> None:
    for path in written.values():
        with netCDF4.Dataset(path) as file:
            assert file.Conventions.startswith("CF-1.11")
            for name, variable in file.variables.items():
                if name not in {"crs", "trajectory", "status", "lat_bnds", "lon_bnds"}:
                    assert variable.units, name
                    assert variable.long_name, name
                if variable.dimensions[-2:] == ("lat", "lon"):
                    assert variable.grid_mapping == "crs", name
            if "crs" in file.variables:
                assert file["crs"].grid_mapping_name == "latitude_longitude"


def test_the_mass_balance_stands_beside_the_maps(maps: xarray.Dataset) -> None:
    fates = [name for name in maps if str(name).endswith("_fraction") and name != "water_fraction"]
    np.testing.assert_allclose(sum(maps[name] for name in fates), 1.0)
    assert np.isnan(maps["centre_lat"].values).tolist() == [False, False, True, False, False]
    assert (maps["wind_m_s"].attrs["units"], maps["temperature_c"].attrs["units"]) == ("m s-1", "degree_Celsius")


def test_probabilities_are_by_time_and_of_the_whole_run(written: dict[str, Path]) -> None:
    with xarray.open_dataset(written["probability"], decode_timedelta=False) as file:
        assert file["probability"].shape == (5, 6, 12)
        assert (file["probability_ever"].values > 0).sum() == 12
        assert float(file["probability_ever"].max()) == 0.5
        reached = np.isfinite(file["first_arrival_h"].values)
        assert (reached == (file["probability_ever"].values > 0)).all()


def test_paths_are_trajectories_of_their_elements(written: dict[str, Path]) -> None:
    with netCDF4.Dataset(written["trajectories"]) as file:
        assert file.featureType == "trajectory"
        assert file["trajectory"].cf_role == "trajectory_id"
        assert file["lat"].dimensions == file["time"].dimensions == ("trajectory", "obs")
        meanings = file["status"].flag_meanings.split()
        assert [[meanings[flag] for flag in line] for line in file["status"][:, :2].tolist()] == [
            ["surface", "surface"],
            ["unreleased", "surface"],
        ]
        assert file["status"].coordinates == "time lat lon depth"


def test_equal_results_give_equal_bytes_also_later(result: Result, written: dict[str, Path], tmp_path: Path) -> None:
    # HDF5 may note when an object was made, in whole seconds.
    wait_s = written["concentration"].stat().st_mtime + 1.1 - time.time()
    time.sleep(max(0.0, wait_s))
    again = netcdf.write(result, tmp_path, OPTIONS)
    for path in again.files:
        assert path.read_bytes() == written[path.stem].read_bytes(), path.name


def test_backward_the_times_go_down(tmp_path: Path) -> None:
    result = make_spill(tmp_path / "spill", Spill(backward=True, empty=(1, 2)))
    outcome = netcdf.write(result, tmp_path, OPTIONS)
    with xarray.open_dataset(tmp_path / "netcdf" / "concentration.nc") as file:
        assert (np.diff(file["time"].values).astype(int) < 0).all()
        oil = (file["surface_kg_m2"] > 0).any(("lat", "lon")).values.tolist()
    assert oil == [True, False, False, True, True]
    assert len(outcome.files) == 2


def test_beyond_the_date_line_longitudes_go_on(tmp_path: Path) -> None:
    """A grid told from 539.95° on begins at 179.95° and goes on to 180.07°."""
    result = make_spill(tmp_path / "spill", Spill(west_lon=539.95))
    netcdf.write(result, tmp_path, OPTIONS)
    with xarray.open_dataset(tmp_path / "netcdf" / "concentration.nc") as file:
        assert float(file["lon"][0]) == pytest.approx(179.955)
        assert float(file["lon"][-1]) == pytest.approx(180.065)


def test_maps_too_large_are_told_and_the_paths_written(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "CELLS_AT_MOST", 10)
    outcome = netcdf.write(result, tmp_path, OPTIONS)
    assert [path.name for path in outcome.files] == ["trajectories.nc"]
    assert [(issue.code, issue.value) for issue in outcome.issues] == [("export-maps-too-large", "6 × 12 cells")]
