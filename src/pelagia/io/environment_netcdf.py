"""Series of the environment from NetCDF files that follow CF, as OceanSITES, EMSO and OBSEA write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import netCDF4
import numpy as np

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.environment_series import Environment, Floats, is_flag_name, ordered, without_bad
from pelagia.io.forcing.classic import check_classic
from pelagia.io.forcing.self_contained import check_self_contained

LEAST_BYTES = 64
"""Nothing shorter refers to another file; the library tells that it is cut off."""
_MAGIC = (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF\r\n\x1a\n")
_SINCE = re.compile(r"^\s*([A-Za-z]+)\s+since\s+", re.IGNORECASE)
_SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0}
_SECONDS |= {"d": 86_400.0, "day": 86_400.0, "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3}
_CALENDARS = frozenset({"standard", "gregorian", "proleptic_gregorian"})
_COORDINATES = frozenset({"latitude", "longitude", "lat", "lon", "depth", "depth_nominal", "height", "altitude"})


def is_netcdf(data: bytes) -> bool:
    """Tell whether bytes begin as a NetCDF file does."""
    return data.startswith(_MAGIC)


def read_netcdf_series(data: bytes, file: str) -> Environment:
    """Read every variable that goes by time alone; further dimensions of size 1, such as one depth, are dropped.

    Raises
    ------
    BadInput
        Where the file is damaged or takes values from other files of the machine, or no variable holds times
        (``units`` as in ``days since 1950-01-01``).
    """
    _check(data, file)
    try:
        with netCDF4.Dataset(file, memory=data) as dataset:
            return _read(dataset, file)
    except (OSError, RuntimeError) as error:
        raise BadInput(
            "The NetCDF file cannot be read",
            remedy="Check that it was transferred whole.",
            file=file,
            code="damaged",
        ) from error


def _check(data: bytes, file: str) -> None:
    """Refuse what the library would follow out of the file, and headers that do not fit into it."""
    if len(data) < LEAST_BYTES:
        return
    with NamedTemporaryFile(suffix=".nc") as copy:
        copy.write(data)
        copy.flush()
        check = check_self_contained if data.startswith(_MAGIC[-1]) else check_classic
        check(Path(copy.name), file)


def _read(dataset: Any, file: str) -> Environment:
    time = _time_variable(dataset, file)
    time_s = _seconds(time, file)
    known = np.isfinite(time_s)
    series: dict[str, tuple[Floats, str]] = {}
    flags: dict[str, Floats] = {}
    issues: list[Issue] = []
    for name, variable in _by_time(dataset, time, file, issues):
        values = _numbers(variable)[known]
        if _is_flags(name, variable):
            flags[name] = values
        else:
            series[name] = (values, str(getattr(variable, "units", "")))
    kept, notes = without_bad(series, flags, file)
    if not known.all():
        issues.append(_untimed(time.name, int((~known).sum()), file))
    return ordered(Environment(file=file, time_s=time_s[known], series=kept, issues=(*issues, *notes)))


def _time_variable(dataset: Any, file: str) -> Any:
    found = [
        variable
        for variable in dataset.variables.values()
        if len(_long_dimensions(variable)) <= 1
        and variable.ndim >= 1
        and _SINCE.match(str(getattr(variable, "units", "")))
    ]
    if not found:
        raise BadInput(
            "No variable of the NetCDF file holds times",
            remedy="Its units must be as in 'seconds since 1970-01-01T00:00:00Z'.",
            value=", ".join(list(dataset.variables)[:10]),
            file=file,
            code="environment-no-time",
        )
    return min(found, key=lambda variable: (variable.name.lower() != "time", variable.name not in variable.dimensions))


def _seconds(time: Any, file: str) -> Floats:
    """Return seconds since 1970 UTC, NaN where the time is missing."""
    units, calendar = str(time.units), str(getattr(time, "calendar", "standard")).lower()
    match = _SINCE.match(units)
    word = match.group(1).lower() if match else ""
    scale = _SECONDS.get(word, _SECONDS.get(word.rstrip("s"), 0.0))
    try:
        if calendar not in _CALENDARS or not scale:
            raise ValueError(units)
        begin = np.asarray(netCDF4.num2date(np.zeros(1), units, calendar))[0]
    except ValueError as error:
        raise BadInput(
            "The times of the NetCDF file cannot be read",
            remedy="Give units as in 'days since 1950-01-01' and a standard calendar.",
            value=f"{units} ({calendar})",
            file=file,
            code="environment-no-time",
        ) from error
    base = netCDF4.date2num(begin, "seconds since 1970-01-01", calendar)
    seconds: Floats = float(base) + _numbers(time) * scale
    return seconds


def _by_time(dataset: Any, time: Any, file: str, issues: list[Issue]) -> Iterator[tuple[str, Any]]:
    own = set(_long_dimensions(time)) or set(time.dimensions)
    for name, variable in dataset.variables.items():
        if name == time.name or name.lower() in _COORDINATES or np.dtype(variable.dtype).kind not in "iuf":
            continue
        if _SINCE.match(str(getattr(variable, "units", ""))) or not own <= set(variable.dimensions):
            continue
        if set(_long_dimensions(variable)) <= own:
            yield name, variable
        else:
            issues.append(_too_wide(name, variable, file))


def _long_dimensions(variable: Any) -> list[str]:
    return [name for name, size in zip(variable.dimensions, variable.shape, strict=True) if size != 1]


def _is_flags(name: str, variable: Any) -> bool:
    standard = str(getattr(variable, "standard_name", ""))
    return is_flag_name(name) or "status_flag" in standard or hasattr(variable, "flag_values")


def _numbers(variable: Any) -> Floats:
    values: Floats = np.ma.filled(np.ma.asarray(variable[:]).astype(np.float64), np.nan).reshape(-1)
    return values


def _too_wide(name: str, variable: Any, file: str) -> Issue:
    return Issue(
        file=file,
        code="environment-not-a-series",
        message=f"{name!r} depends on more than time ({' × '.join(variable.dimensions)}); it was left out.",
        remedy="Give a file of one depth and one place, if it is wanted.",
        value=name,
        severity="note",
    )


def _untimed(name: str, number: int, file: str) -> Issue:
    return Issue(
        file=file,
        code="environment-bad-time",
        message=f"{number:,} times in {name!r} are missing; their values were left out.",
        remedy="Check the file where they should be.",
        value=name,
        objects=number,
    )
