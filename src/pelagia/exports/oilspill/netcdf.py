"""NetCDF by the CF conventions: maps of the oil, its mass balance, and the paths of elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from pelagia.core.result import Issue, Result
from pelagia.core.table import Table
from pelagia.exports.oilspill.frames import Grid, all_rows, is_too_large, map_times, maps, read_grid, unix_s
from pelagia.exports.oilspill.needs import FIELDS, NETCDF
from pelagia.exports.oilspill.netcdf_paths import TIME_UNIT, write_paths
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = NETCDF
FOLDER = "netcdf"
CONVENTIONS = "CF-1.11"

Attributes = Mapping[str, Any]

_MAPS: Mapping[str, Attributes] = {
    "surface_kg_m2": {"units": "kg m-2", "long_name": "oil at the sea surface, without water, by area"},
    "dispersed_kg_m2": {"units": "kg m-2", "long_name": "oil dispersed in the water column, by area"},
    "beached_kg": {"units": "kg", "long_name": "oil on and in the shore of the cell"},
}
_PROBABILITIES: Mapping[str, Attributes] = {
    "probability": {"units": "1", "long_name": "share of the ensemble with oil at the surface of the cell"},
    "surface_kg_m2": {"units": "kg m-2", "long_name": "oil at the sea surface, mean of the ensemble"},
}


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``netcdf/concentration.nc``, ``netcdf/trajectories.nc`` and of an ensemble ``netcdf/probability.nc``."""
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    told = _global(result, options)
    files = [write_paths(folder / "trajectories.nc", result, told)]
    grid = read_grid(result)
    issues: list[Issue] = []
    if is_too_large(grid):
        issues.append(too_large(grid, "netcdf"))
        return ExportOutcome(files=tuple(files), issues=tuple(issues))
    concentration = folder / "concentration.nc"
    times = map_times(result)
    with netCDF4.Dataset(concentration, "w") as file:
        file.setncatts({**told, "title": "Oil spill forecast: concentration and mass balance", "featureType": "grid"})
        _axes(file, grid, times)
        _write_maps(file, result.tables["concentration"], grid, times, _MAPS)
        _write_balance(file, result)
    files.append(concentration)
    if "probability" in result.tables:
        files.append(_write_probability(folder / "probability.nc", result, grid, told))
    return ExportOutcome(files=tuple(files), issues=tuple(issues))


def too_large(grid: Grid, export: str) -> Issue:
    """Return the finding that the maps have too many cells to be written densely.

    Parameters
    ----------
    grid
        Of the maps.
    export
        Name of the exporter.
    """
    return Issue(
        file=f"exports/{export}",
        code="export-maps-too-large",
        message="The maps have too many cells to be written as whole grids",
        value=f"{grid.rows:,} × {grid.cols:,} cells",
        remedy="Run again with larger cells (cell_m); concentration.parquet has every cell with oil.",
    )


def _global(result: Result, options: ExportOptions) -> dict[str, str]:
    provenance = result.provenance
    return {
        "Conventions": CONVENTIONS,
        "source": f"Pelagia oilspill {provenance.service_version}, Lagrangian elements after MEDSLIK-II",
        "history": f"{options.created.isoformat()} written by Pelagia",
        "institution": options.dataset.institution_code or "not stated",
        "license": options.dataset.licence or "not stated",
        "references": "De Dominicis et al. 2013, doi:10.5194/gmd-6-1851-2013",
    }


def _axes(file: netCDF4.Dataset, grid: Grid, times: Sequence[str]) -> None:
    crs = file.createVariable("crs", "i4")
    crs.setncatts(
        {
            "grid_mapping_name": "latitude_longitude",
            "longitude_of_prime_meridian": 0.0,
            "semi_major_axis": 6378137.0,
            "inverse_flattening": 298.257223563,
            "epsg_code": "EPSG:4326",
        }
    )
    _axis(file, "time", [unix_s(time) for time in times], "time", TIME_UNIT, "T")
    _axis(file, "lat", grid.lats, "latitude", "degrees_north", "Y")
    _axis(file, "lon", grid.lons, "longitude", "degrees_east", "X")


def _axis(file: netCDF4.Dataset, name: str, values: Any, standard_name: str, units: str, axis: str) -> None:
    file.createDimension(name, len(values))
    variable = file.createVariable(name, "f8", (name,))
    variable.setncatts({"standard_name": standard_name, "units": units, "axis": axis})
    if name == "time":
        variable.calendar = "standard"
    variable[:] = values


def _write_maps(
    file: netCDF4.Dataset, table: Table, grid: Grid, times: Sequence[str], told: Mapping[str, Attributes]
) -> None:
    chunk = (1, min(grid.rows, 512), min(grid.cols, 512))
    variables = {}
    for name, attributes in told.items():
        variables[name] = file.createVariable(name, "f4", ("time", "lat", "lon"), zlib=True, chunksizes=chunk)
        variables[name].setncatts({**attributes, "grid_mapping": "crs"})
    number = {time: index for index, time in enumerate(times)}
    empty = np.zeros((grid.rows, grid.cols), np.float32)
    left = set(number)
    for time, dense in maps(table, grid, tuple(told)):
        if time not in number:
            continue
        left.discard(time)
        for name, variable in variables.items():
            variable[number[time]] = dense[name]
    for time in sorted(left):
        for variable in variables.values():
            variable[number[time]] = empty


def _write_balance(file: netCDF4.Dataset, result: Result) -> None:
    """Write the columns of the mass balance beside the maps: each is a series in time."""
    table = result.tables["mass_balance"]
    rows = all_rows(table)
    for column in table.columns:
        if column.name in ("time_utc", "time"):
            continue
        name = f"balance_{column.name}" if column.name in FIELDS else column.name
        variable = file.createVariable(name, "f8", ("time",), fill_value=np.nan)
        units = {"share": "1", "": "1", "°": "degree", "°C": "degree_Celsius", "µm": "micrometer"}
        unit = units.get(column.unit, column.unit.replace("²", "2").replace("³", "3"))
        variable.setncatts({"long_name": column.description, "units": unit})
        variable[:] = [np.nan if row[column.name] is None else row[column.name] for row in rows]


def _write_probability(path: Path, result: Result, grid: Grid, told: Attributes) -> Path:
    times = map_times(result)
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts({**told, "title": "Oil spill forecast: probability of oil, share of an ensemble"})
        _axes(file, grid, times)
        _write_maps(file, result.tables["probability"], grid, times, _PROBABILITIES)
        ever = file.createVariable("probability_ever", "f4", ("lat", "lon"), zlib=True)
        ever.setncatts({"units": "1", "long_name": "share with oil there at any time", "grid_mapping": "crs"})
        ever[:] = 0.0
        for time, dense in maps(result.tables["probability"], grid, ("probability",)):
            if not time:
                ever[:] = dense["probability"]
    return path
