"""Forcing as a NetCDF file that follows CF, as other programs read it too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from pelagia import __version__
from pelagia.io.forcing.dialect import GriddedForcing, Kind

FILL = np.float32(1e20)
_NAMES: dict[Kind, tuple[tuple[str, str], tuple[str, str]]] = {
    "currents": (("uo", "eastward_sea_water_velocity"), ("vo", "northward_sea_water_velocity")),
    "wind": (("u10", "eastward_wind"), ("v10", "northward_wind")),
    "waves": (
        ("VSDX", "sea_surface_wave_stokes_drift_x_velocity"),
        ("VSDY", "sea_surface_wave_stokes_drift_y_velocity"),
    ),
}


def write_forcing(path: Path, forcing: GriddedForcing) -> Path:
    """Write forcing as a NetCDF file; land is left out.

    Parameters
    ----------
    path
        Where; written whole or not at all.
    """
    partial = path.with_name(f".{path.name}.partial")
    with netCDF4.Dataset(partial, "w", format="NETCDF4") as dataset:
        dataset.setncatts({"Conventions": "CF-1.11", "source": f"Pelagia {__version__}", "title": forcing.kind})
        if forcing.notes:
            dataset.comment = "; ".join(forcing.notes)
        _axes(dataset, forcing)
        for (name, standard), values in zip(_NAMES[forcing.kind], (forcing.east_m_s, forcing.north_m_s), strict=True):
            land = np.where(forcing.is_sea, values, FILL)
            _field(dataset, name, standard, "m s-1", land, ("time", "depth", "latitude", "longitude"))
        if forcing.temperature_c is not None:
            warmth = np.where(forcing.is_sea, forcing.temperature_c, FILL)
            standard = "sea_water_potential_temperature"
            _field(dataset, "thetao", standard, "degrees_C", warmth, ("time", "latitude", "longitude"))
    partial.replace(path)
    return path


def _axes(dataset: Any, forcing: GriddedForcing) -> None:
    rows, cols = forcing.is_sea.shape
    axes: Sequence[tuple[str, Any, dict[str, str]]] = (
        (
            "time",
            forcing.time_s,
            {
                "units": "seconds since 1970-01-01 00:00:00",
                "calendar": "standard",
                "standard_name": "time",
                "axis": "T",
            },
        ),
        (
            "depth",
            forcing.depth_m,
            {"units": "m", "positive": "down", "standard_name": "depth", "axis": "Z"},
        ),
        (
            "latitude",
            forcing.south_lat + forcing.lat_step * np.arange(rows),
            {"units": "degrees_north", "standard_name": "latitude", "axis": "Y"},
        ),
        (
            "longitude",
            forcing.west_lon + forcing.lon_step * np.arange(cols),
            {"units": "degrees_east", "standard_name": "longitude", "axis": "X"},
        ),
    )
    for name, values, attrs in axes:
        dataset.createDimension(name, len(values))
        variable = dataset.createVariable(name, "f8", (name,))
        variable.setncatts(attrs)
        variable[:] = values


def _field(dataset: Any, name: str, standard: str, units: str, values: Any, dims: tuple[str, ...]) -> None:
    variable = dataset.createVariable(name, "f4", dims, fill_value=FILL, zlib=True, complevel=4)
    variable.setncatts({"standard_name": standard, "units": units})
    variable.set_auto_mask(False)
    variable[:] = values
