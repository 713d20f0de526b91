"""Times of fields, as seconds since 1970."""

from __future__ import annotations

import re

import netCDF4
import numpy as np
from numpy.typing import NDArray

from pelagia.io.forcing.faults import READ_FAILURES, unreadable, utc, wrong_times
from pelagia.io.forcing.variables import FieldFile, Variable

Double = NDArray[np.float64]

EPOCH = "seconds since 1970-01-01"
_SINCE = re.compile(r"^\s*([A-Za-z]+)\s+since\s+(.+)$", re.IGNORECASE)
_ABSOLUTE = re.compile(r"^\s*day\s+as\s+%Y%m%d(\.%f)?\s*$", re.IGNORECASE)
_SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hr": 3600.0}
_SECONDS |= {"hour": 3600.0, "d": 86_400.0, "day": 86_400.0, "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3}
_SECONDS |= {"us": 1e-6, "microsecond": 1e-6, "ns": 1e-9, "nanosecond": 1e-9, "week": 604_800.0}
_CALENDARS = frozenset({"", "standard", "gregorian", "proleptic_gregorian"})
EARLIEST_S, LATEST_S = -4_000_000_000.0, 8_000_000_000.0
"""From 1843 to 2223: what lies outside is a unit misread."""


def is_time(variable: Variable) -> bool:
    """Tell whether a variable holds times."""
    units = variable.text("units")
    return variable.dtype.kind in "iuf" and bool(_SINCE.match(units) or _ABSOLUTE.match(units))


def time_along(source: FieldFile, field: Variable) -> Variable | None:
    """Return the variable of the times of a field, or ``None`` where it has none.

    Of several, the one of validity is preferred: a forecast tells when it was made as well.
    """
    found = [v for v in source.variables.values() if len(v.dims) == 1 and v.dims[0] in field.dims and is_time(v)]
    texts = [v for v in source.variables.values() if is_text_times(v) and v.dims[0] in field.dims]
    if not found:
        return texts[0] if texts else None
    return min(found, key=lambda v: (v.name.lower() != "valid_time", v.name != v.dims[0], v.name.lower() != "time"))


def is_text_times(variable: Variable) -> bool:
    """Tell whether a variable holds times as letters, as those of WRF do."""
    return variable.name == "Times" and len(variable.dims) == 2 and variable.dtype.kind == "S"


def seconds(variable: Variable) -> Double:
    """Return all times of a variable as seconds since 1970 UTC.

    Parameters
    ----------
    variable
        (T,), its units as CF has them, or ``day as %Y%m%d.%f``.

    Returns
    -------
    numpy.ndarray
        (T,) float64, NaN where a time is missing.
    """
    if is_text_times(variable):
        return _from_text(variable)
    numbers, units = variable.read_whole().reshape(-1), variable.text("units")
    found = _absolute(numbers) if _ABSOLUTE.match(units) else _since(numbers, units, variable)
    known = found[np.isfinite(found)]
    if len(known) and not (known.min() > EARLIEST_S and known.max() < LATEST_S):
        raise wrong_times(variable.file, "The times lie far outside our own", f"{utc(known[0])} ({units})")
    return found


def _since(numbers: Double, units: str, variable: Variable) -> Double:
    match = _SINCE.match(units)
    word = match.group(1).lower() if match else ""
    scale = _SECONDS.get(word) or _SECONDS.get(word.removesuffix("s"))
    calendar = variable.text("calendar").lower()
    if match is None or scale is None or calendar not in _CALENDARS:
        raise wrong_times(variable.file, "The times are told in a way that is not read", f"{units} ({calendar})")
    try:
        # An offset of zero in seconds: cftime rounds nothing, and reads every way to write a date.
        since = netCDF4.num2date(np.zeros(1), f"seconds since {match.group(2).strip()}", calendar or "standard")
        base_s = float(np.asarray(netCDF4.date2num(since, EPOCH, calendar or "standard"))[0])
    except READ_FAILURES as error:
        raise wrong_times(variable.file, "The times begin at no date", units) from error
    found: Double = base_s + numbers * scale
    return found


def _absolute(numbers: Double) -> Double:
    days = np.floor(numbers)
    texts = [f"{int(d):08d}" if np.isfinite(d) and 0 < d < 1e8 else "" for d in days]
    dates = np.array([f"{t[:4]}-{t[4:6]}-{t[6:]}" if t else "NaT" for t in texts], "datetime64[s]")
    whole: Double = np.where(np.isnat(dates), np.nan, dates.astype(np.int64).astype(np.float64))
    return whole + np.round((numbers - days) * 86_400.0)


def _from_text(variable: Variable) -> Double:
    try:
        letters = np.asarray(variable.raw((slice(None), slice(None))))
        texts = [b"".join(row).decode("ascii").strip().replace("_", "T") for row in letters]
        return np.array(texts, "datetime64[s]").astype(np.int64).astype(np.float64)
    except READ_FAILURES as error:
        raise unreadable(variable.file, f"{variable.name}: {error}") from error
