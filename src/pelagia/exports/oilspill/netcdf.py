"""NetCDF by the CF conventions: maps of the oil, its mass balance, and the paths of elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from pelagia.core.result import Issue, Result
from pelagia.core.table import Table
from pelagia.exports.oilspill.frames import (
    Grid,
    all_rows,
    cells_at,
    check_inside,
    is_too_large,
    map_times,
    maps,
    read_grid,
    too_large,
    unix_s,
)
from pelagia.exports.oilspill.needs import FIELDS, NETCDF
from pelagia.exports.oilspill.netcdf_paths import LEAPS, TIME_UNIT, write_paths
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = NETCDF
FOLDER = "netcdf"
CONVENTIONS = "CF-1.11, ACDD-1.3"
CHUNK = 512
MISSING = np.float32(np.nan)

Attributes = Mapping[str, Any]

_CRS: Attributes = {
    "grid_mapping_name": "latitude_longitude",
    "geographic_crs_name": "WGS 84",
    "horizontal_datum_name": "World Geodetic System 1984",
    "reference_ellipsoid_name": "WGS 84",
    "prime_meridian_name": "Greenwich",
    "longitude_of_prime_meridian": 0.0,
    "semi_major_axis": 6378137.0,
    "inverse_flattening": 298.257223563,
    "epsg_code": "EPSG:4326",
}
_MAPS: Mapping[str, Attributes] = {
    "surface_kg_m2": {
        "units": "kg m-2",
        "long_name": "oil at the sea surface, without water, by area",
        "cell_methods": "area: mean",
    },
    "dispersed_kg_m2": {
        "units": "kg m-2",
        "long_name": "oil dispersed in the water column, by area",
        "cell_methods": "area: mean",
    },
    "beached_kg": {"units": "kg", "long_name": "oil on and in the shore of the cell", "cell_methods": "area: sum"},
}
_PROBABILITIES: Mapping[str, Attributes] = {
    "probability": {"units": "1", "long_name": "share of the ensemble with oil at the surface of the cell"},
    "surface_kg_m2": {
        "units": "kg m-2",
        "long_name": "oil at the sea surface, mean of the ensemble",
        "cell_methods": "area: mean",
    },
}
_EVER: Mapping[str, tuple[str, Attributes]] = {
    "probability_ever": (
        "probability",
        {"units": "1", "long_name": "share of the ensemble with oil there at any time"},
    ),
    "first_arrival_h": (
        "first_arrival_h",
        {"units": "h", "long_name": "time from the start to the first oil, median of the members that reach the cell"},
    ),
}
_UNITS: Mapping[str, str] = {
    "": "1",
    "share": "1",
    "°": "degree",
    "°C": "degree_Celsius",
    "µm": "micrometer",
    "m/s": "m s-1",
    "kg/m³": "kg m-3",
    "mm²/s": "mm2 s-1",
    "m³": "m3",
    "km²": "km2",
}
_STANDARD: Mapping[str, Attributes] = {
    "wind_m_s": {"standard_name": "wind_speed"},
    "temperature_c": {"standard_name": "sea_surface_temperature", "units_metadata": "temperature: on_scale"},
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
        issues.append(too_large(grid, FOLDER))
        return ExportOutcome(files=tuple(files), issues=tuple(issues))
    files.append(_write_concentration(folder / "concentration.nc", result, grid, told))
    if "probability" in result.tables:
        files.append(_write_probability(folder / "probability.nc", result, grid, told))
    return ExportOutcome(files=tuple(files), issues=tuple(issues))


def _global(result: Result, options: ExportOptions) -> dict[str, str]:
    provenance, dataset, times = result.provenance, options.dataset, map_times(result)
    return {
        "Conventions": CONVENTIONS,
        "summary": dataset.abstract or "Where oil goes, how much of it is left, and which coast it reaches",
        "source": f"Pelagia oilspill {provenance.service_version}, Lagrangian elements after MEDSLIK-II",
        "history": f"{options.created.isoformat()} written by Pelagia",
        "date_created": options.created.isoformat(),
        "keywords": ", ".join(dataset.keywords) or "oil spill, drift, forecast",
        "time_coverage_start": min(times),
        "time_coverage_end": max(times),
        "institution": dataset.institution_code or "not stated",
        "license": dataset.licence or "not stated",
        "references": "De Dominicis et al. 2013, doi:10.5194/gmd-6-1851-2013",
        **({"creator_name": dataset.creator_name} if dataset.creator_name else {}),
    }


def _write_concentration(path: Path, result: Result, grid: Grid, told: Attributes) -> Path:
    times = map_times(result)
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts({**told, "title": "Oil spill forecast: concentration and mass balance", "cdm_data_type": "Grid"})
        _axes(file, grid, times)
        _write_maps(file, result.tables["concentration"], grid, times, _MAPS)
        _write_balance(file, result)
    return path


def _axes(file: netCDF4.Dataset, grid: Grid, times: Sequence[str]) -> None:
    file.createVariable("crs", "i4").setncatts(dict(_CRS))
    file.createDimension("nv", 2)
    _axis(file, "time", [unix_s(time) for time in times], "time", TIME_UNIT, "T")
    _axis(file, "lat", grid.lats, "latitude", "degrees_north", "Y", grid.lat_step)
    _axis(file, "lon", grid.lons, "longitude", "degrees_east", "X", grid.lon_step)


def _axis(
    file: netCDF4.Dataset, name: str, values: Any, standard_name: str, units: str, axis: str, step: float = 0.0
) -> None:
    """Write a coordinate, with the edges of its cells where it has a step."""
    file.createDimension(name, len(values))
    variable = file.createVariable(name, "f8", (name,))
    variable.setncatts({"standard_name": standard_name, "long_name": standard_name, "units": units, "axis": axis})
    if name == "time":
        variable.setncatts({"calendar": "standard", "units_metadata": LEAPS})
    variable[:] = values
    if step:
        variable.bounds = f"{name}_bnds"
        edges = file.createVariable(f"{name}_bnds", "f8", (name, "nv"))
        edges[:] = np.asarray(values)[:, None] + step * np.array([-0.5, 0.5])


def _write_maps(
    file: netCDF4.Dataset, table: Table, grid: Grid, times: Sequence[str], told: Mapping[str, Attributes]
) -> None:
    chunk = (1, min(grid.rows, CHUNK), min(grid.cols, CHUNK))
    variables = {}
    for name, attributes in told.items():
        variables[name] = file.createVariable(name, "f4", ("time", "lat", "lon"), zlib=True, chunksizes=chunk)
        variables[name].setncatts({**attributes, "grid_mapping": "crs"})
    number = {time: index for index, time in enumerate(times)}
    left = dict(number)
    for time, dense in maps(table, grid, tuple(told)):
        if time not in number:
            continue
        left.pop(time, None)
        for name, variable in variables.items():
            variable[number[time]] = dense[name]
    for index in left.values():
        for variable in variables.values():
            variable[index] = np.zeros((grid.rows, grid.cols), np.float32)


def _write_balance(file: netCDF4.Dataset, result: Result) -> None:
    """Write the columns of the mass balance beside the maps: each is a series in time."""
    table = result.tables["mass_balance"]
    rows = all_rows(table)
    for column in table.columns:
        if column.name == "time_utc":
            continue
        name = f"balance_{column.name}" if column.name in FIELDS else column.name
        variable = file.createVariable(name, "f8", ("time",), fill_value=np.nan)
        unit = _UNITS.get(column.unit, column.unit)
        variable.setncatts({"long_name": column.description, "units": unit})
        variable.setncatts(_STANDARD.get(column.name, {}))
        variable[:] = [np.nan if row[column.name] is None else row[column.name] for row in rows]


def _write_probability(path: Path, result: Result, grid: Grid, told: Attributes) -> Path:
    table = result.tables["probability"]
    times = map_times(result)
    with netCDF4.Dataset(path, "w") as file:
        title = "Oil spill forecast: probability of oil, share of an ensemble"
        file.setncatts({**told, "title": title, "cdm_data_type": "Grid"})
        _axes(file, grid, times)
        _write_maps(file, table, grid, times, _PROBABILITIES)
        cells = cells_at(table, "", ("probability", "first_arrival_h"))
        check_inside(table, grid, cells["row"], cells["col"])
        for name, (column, attributes) in _EVER.items():
            is_share = column == "probability"
            dense = np.full((grid.rows, grid.cols), 0.0 if is_share else MISSING, np.float32)
            dense[cells["row"], cells["col"]] = cells[column]
            variable = file.createVariable(
                name, "f4", ("lat", "lon"), zlib=True, fill_value=None if is_share else MISSING
            )
            variable.setncatts({**attributes, "grid_mapping": "crs"})
            variable[:] = dense
    return path
