"""The paths of elements as NetCDF: trajectories that share their times (CF appendix H.4.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from numpy.typing import NDArray

from pelagia.core.result import Result
from pelagia.exports.oilspill.frames import all_rows, map_times, unix_s

TIME_UNIT = "seconds since 1970-01-01 00:00:00"
STATUSES = ("unreleased", "surface", "dispersed", "beached", "sedimented", "outside")
NO_STATUS = -1

_PLACES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "lat": ("lat", {"standard_name": "latitude", "units": "degrees_north"}),
    "lon": ("lon", {"standard_name": "longitude", "units": "degrees_east"}),
    "depth": ("depth_m", {"standard_name": "depth", "units": "m", "positive": "down"}),
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
    rows = all_rows(result.tables["trajectories"])
    elements = sorted({row["element"] for row in rows})
    times = map_times(result)
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts({**told, "title": "Oil spill forecast: paths of elements", "featureType": "trajectory"})
        file.createDimension("trajectory", len(elements))
        file.createDimension("obs", len(times))
        identity = file.createVariable("trajectory", "i4", ("trajectory",))
        identity.setncatts({"cf_role": "trajectory_id", "long_name": "number of the element", "units": "1"})
        identity[:] = elements
        time = file.createVariable("time", "f8", ("obs",))
        time.setncatts({"standard_name": "time", "units": TIME_UNIT, "calendar": "standard"})
        time[:] = [unix_s(one) for one in times]
        for name, values in _arrays(rows, elements, times).items():
            _write(file, name, values)
    return path


def _arrays(
    rows: Sequence[Mapping[str, Any]], elements: Sequence[int], times: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """Return each variable as (trajectory, obs)."""
    line = {element: index for index, element in enumerate(elements)}
    column = {time: index for index, time in enumerate(times)}
    at = ([line[row["element"]] for row in rows], [column[row["time_utc"]] for row in rows])
    arrays: dict[str, NDArray[Any]] = {}
    for name, (key, _) in _PLACES.items():
        arrays[name] = np.full((len(elements), len(times)), np.nan, np.float32)
        arrays[name][at] = [row[key] for row in rows]
    arrays["status"] = np.full((len(elements), len(times)), NO_STATUS, np.int8)
    arrays["status"][at] = [STATUSES.index(row["status"]) for row in rows]
    return arrays


def _write(file: netCDF4.Dataset, name: str, values: NDArray[Any]) -> None:
    if name == "status":
        variable = file.createVariable(name, "i1", ("trajectory", "obs"), zlib=True, fill_value=NO_STATUS)
        flags = np.arange(len(STATUSES), dtype=np.int8)
        variable.setncatts(
            {"long_name": "where the element is", "flag_values": flags, "flag_meanings": " ".join(STATUSES)}
        )
    else:
        variable = file.createVariable(name, "f4", ("trajectory", "obs"), zlib=True, fill_value=np.nan)
        variable.setncatts(dict(_PLACES[name][1]))
    variable[:] = values
