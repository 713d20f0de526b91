"""What was measured beside the camera, joined to bins by time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pelagia.core.table import Column
from pelagia.io.environment import Environment
from pelagia.services.ecosystem.series.calendar import Floats

PREFIX = "env_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrounding:
    """One series measured beside the camera.

    Parameters
    ----------
    column
        The column of the time series it becomes.
    time_s, values
        (N,) seconds since 1970 UTC, in order, and the values then; none is NaN.
    """

    column: Column
    time_s: Floats
    values: Floats


def surroundings(environments: Sequence[Environment]) -> tuple[Surrounding, ...]:
    """Return the series of all files; a name that several files use gets a number."""
    found: dict[str, Surrounding] = {}
    for environment in environments:
        order = np.argsort(environment.time_s, kind="stable")
        for name, (values, unit) in environment.series.items():
            plain = PREFIX + (re.sub(r"\W+", "_", name).strip("_") or "value")
            own = next(one for one in _numbered(plain) if one not in found)
            known = order[np.isfinite(values[order])]
            text = f"{name}, mean in the bin; where none was measured in it, the nearest within half its length"
            found[own] = Surrounding(
                column=Column(name=own, type=pa.float64(), description=text, unit=unit),
                time_s=environment.time_s[known],
                values=values[known],
            )
    return tuple(found.values())


def _numbered(name: str) -> Sequence[str]:
    return [name, *(f"{name}_{number}" for number in range(2, 1000))]


def join(series: Surrounding, start_s: Floats, end_s: Floats, reach_s: float) -> Floats:
    """Return the value of a series in each bin; NaN where nothing was measured near it.

    Parameters
    ----------
    series
        The series.
    start_s, end_s
        (N,) begin and end of the bins.
    reach_s
        How far before and after a bin the nearest value may lie, where none is in it.
    """
    times = series.time_s
    if not len(times):
        return np.full(len(start_s), np.nan)
    first, last = np.searchsorted(times, start_s), np.searchsorted(times, end_s)
    number = last - first
    edges = np.stack([first, last], axis=1).ravel()
    mean = np.add.reduceat(np.append(series.values, 0.0), edges)[::2] / np.maximum(number, 1)
    before, after = np.maximum(first - 1, 0), np.minimum(last, len(times) - 1)
    to_before = np.where(first > 0, start_s - times[before], np.inf)
    to_after = np.where(last < len(times), times[after] - end_s, np.inf)
    near = np.where(to_before <= to_after, series.values[before], series.values[after])
    is_near = np.minimum(to_before, to_after) <= reach_s
    return np.where(number > 0, mean, np.where(is_near, near, np.nan))
