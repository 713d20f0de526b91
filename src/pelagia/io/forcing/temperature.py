"""The temperature of the sea at the surface, where the files of currents tell it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.io.forcing.dialect import GriddedForcing, Window
from pelagia.io.forcing.gaps import fill, zero_land
from pelagia.io.forcing.joining import Plan, check_size, plan, read_plan
from pelagia.io.forcing.resampling import Axes, in_axes, in_curves, sample
from pelagia.io.forcing.units import celsius
from pelagia.io.forcing.variables import FieldFile

Double = NDArray[np.float64]
Single = NDArray[np.float32]

SPARE_S = 36 * 3600.0
"""The temperature of the sea may begin so much later, and end so much earlier: it hardly changes meanwhile."""
_LEFT_OUT = frozenset({"forcing-outside", "forcing-starts-late", "forcing-ends-early", "forcing-times", "forcing-grid"})


def read_temperature(
    files: Sequence[FieldFile], name: str, window: Window, currents: GriddedForcing, *, limit_bytes: int
) -> tuple[Single | None, list[str]]:
    """Return the temperature of the sea on the grid and at the times of the currents, and notes on it.

    Returns
    -------
    tuple
        (T, H, W) float32, °C, or ``None`` where the files tell none for the area and time; the notes say why.
    """
    try:
        found = plan(files, name, window, surface_alone=True, spare_s=SPARE_S)
    except BadInput as error:
        if error.code in _LEFT_OUT:
            return None, [f"{name} is not used: {error.what}"]
        raise
    check_size([found], limit_bytes)
    values = np.empty(found.shape, np.float32)
    notes: list[str] = []
    for times, layout, part in read_plan(found):
        if not np.nan_to_num(part).any():
            return None, [f"{name} is not used: it is 0 everywhere"]
        values[times], note = celsius(part, layout.variable)
        notes += [note] if note else []
    return _on_currents(found, values, currents, name, notes)


def _on_currents(
    found: Plan, values: Single, currents: GriddedForcing, name: str, notes: list[str]
) -> tuple[Single | None, list[str]]:
    land = zero_land((values,))
    if land is not None:
        values[:, :, land] = np.nan
    known = np.isfinite(values[:, 0]).any(axis=(1, 2))
    if not known.any():
        return None, [f"{name} is not used: it holds no value in the area"]
    values = values[known]
    part = found.cuts[0]
    fill(values, part.lat, part.lon)
    axes = Axes(
        lat=np.linspace(currents.south_lat, currents.north_lat, currents.is_sea.shape[0]),
        lon=np.linspace(currents.west_lon, currents.east_lon, currents.is_sea.shape[1]),
    )
    way = in_curves if part.lat.ndim == 2 else in_axes
    values = sample(values, way(part.lat, part.lon, axes))
    time_s = currents.time_s[:1] if found.times is None else found.times.time_s[known]
    return _at_times(values[:, 0], time_s, currents.time_s), notes


def _at_times(values: Single, own_s: Double, wanted_s: Double) -> Single:
    """Return fields at other times, linear between, the first and last beyond."""
    if len(own_s) == len(wanted_s) and np.abs(own_s - wanted_s).max() < 1.0:
        return values
    place = np.interp(wanted_s, own_s, np.arange(len(own_s)))
    first = np.minimum(np.floor(place).astype(np.intp), max(len(own_s) - 2, 0))
    second = np.minimum(first + 1, len(own_s) - 1)
    share = (place - first).astype(np.float32)[:, None, None]
    mixed: Single = values[first] * (1 - share) + values[second] * share
    return mixed
