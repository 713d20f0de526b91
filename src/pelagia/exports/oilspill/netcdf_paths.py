"""The paths of elements as NetCDF: trajectories of as many observations each (CF appendix H.4.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pelagia.core.result import Result
from pelagia.exports.oilspill.frames import map_times, unix_s

TIME_UNIT = "seconds since 1970-01-01 00:00:00"
LEAPS = "leap_seconds: none"
"""Every day has 86,400 s, as Unix time counts."""
STATUSES = ("unreleased", "surface", "dispersed", "beached", "sedimented", "outside")
NO_STATUS = -1
COLUMNS = ("element", "time_utc", "lat", "lon", "depth_m", "status")

_PLACES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "lat": ("lat", {"standard_name": "latitude", "long_name": "latitude", "units": "degrees_north"}),
    "lon": ("lon", {"standard_name": "longitude", "long_name": "longitude", "units": "degrees_east"}),
    "depth": (
        "depth_m",
        {"standard_name": "depth", "long_name": "depth", "units": "m", "positive": "down", "axis": "Z"},
    ),
}


def write_paths(path: Path, result: Result, told: Mapping[str, Any]) -> Path:
    """Write the trajectories.

    Parameters
    ----------
    path
        The file.
    result
        Of a forecast.
    told
        Global attributes.
    """
    rows = pq.read_table(result.tables["trajectories"].path, columns=list(COLUMNS))
    elements = np.unique(rows["element"].to_numpy())
    times = map_times(result)
    with netCDF4.Dataset(path, "w") as file:
        title = "Oil spill forecast: paths of elements"
        file.setncatts({**told, "title": title, "featureType": "trajectory", "cdm_data_type": "Trajectory"})
        file.createDimension("trajectory", len(elements))
        file.createDimension("obs", len(times))
        identity = file.createVariable("trajectory", "i4", ("trajectory",))
        identity.setncatts({"cf_role": "trajectory_id", "long_name": "number of the element"})
        identity[:] = elements
        _write_times(file, times, len(elements))
        for name, values in _arrays(rows, elements, times).items():
            _write(file, name, values)
    return path


def _write_times(file: netCDF4.Dataset, times: Sequence[str], elements: int) -> None:
    time = file.createVariable("time", "f8", ("trajectory", "obs"), zlib=True)
    told = {"standard_name": "time", "long_name": "time", "units": TIME_UNIT, "calendar": "standard", "axis": "T"}
    time.setncatts({**told, "units_metadata": LEAPS})
    time[:] = np.broadcast_to([unix_s(one) for one in times], (elements, len(times)))


def _arrays(rows: pa.Table, elements: NDArray[Any], times: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return each variable as (trajectory, obs)."""
    line = np.searchsorted(elements, rows["element"].to_numpy())
    column = pc.index_in(rows["time_utc"], value_set=pa.array(times)).to_numpy()
    arrays: dict[str, NDArray[Any]] = {}
    for name, (key, _) in _PLACES.items():
        arrays[name] = np.full((len(elements), len(times)), np.nan, np.float32)
        arrays[name][line, column] = rows[key].to_numpy()
    arrays["status"] = np.full((len(elements), len(times)), NO_STATUS, np.int8)
    arrays["status"][line, column] = pc.index_in(rows["status"], value_set=pa.array(STATUSES)).to_numpy()
    return arrays


def _write(file: netCDF4.Dataset, name: str, values: NDArray[Any]) -> None:
    if name == "status":
        variable = file.createVariable(name, "i1", ("trajectory", "obs"), zlib=True, fill_value=NO_STATUS)
        flags = np.arange(len(STATUSES), dtype=np.int8)
        variable.setncatts(
            {
                "long_name": "where the element is",
                "flag_values": flags,
                "flag_meanings": " ".join(STATUSES),
                "coordinates": "time lat lon depth",
            }
        )
    else:
        variable = file.createVariable(name, "f4", ("trajectory", "obs"), zlib=True, fill_value=np.nan)
        variable.setncatts(dict(_PLACES[name][1]))
    variable[:] = values
