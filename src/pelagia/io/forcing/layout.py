"""What the dimensions of a field are: time, depth, rows, columns; and where and when its points lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.io.forcing.depths import depths_of, is_vertical
from pelagia.io.forcing.faults import utc, wrong_grid, wrong_times
from pelagia.io.forcing.places import Places, places_of
from pelagia.io.forcing.times import seconds, time_along
from pelagia.io.forcing.variables import FieldFile, Variable

Double = NDArray[np.float64]

MERGED_DIMS = frozenset({"expver"})
"""ERA5 gives final and preliminary values side by side: of each point one of them is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a field lies in its file.

    Parameters
    ----------
    variable
        The field.
    time_dim, depth_dim
        Positions of the dimensions; ``None`` where it has none.
    merged_dim
        Position of a dimension whose parts complete each other.
    time_s
        (T,) increasing, s; (0,) where it has no time.
    depth_m
        (D,) as in the file, positive down; (1,) of 0 where it has no depth.
    places
        Where the points lie; holds the positions of rows and columns.
    notes
        What was chosen.
    """

    variable: Variable
    time_dim: int | None
    depth_dim: int | None
    merged_dim: int | None
    time_s: Double
    depth_m: Double
    places: Places
    notes: tuple[str, ...] = ()


def layout_of(source: FieldFile, variable: Variable) -> Layout:
    """Return how a field lies in its file.

    Raises
    ------
    BadInput
        ``forcing-grid`` or ``forcing-times``.
    """
    if 0 in variable.shape:
        raise wrong_grid(variable.file, f"The field {variable.name} is empty", " × ".join(map(str, variable.shape)))
    places = places_of(source, variable)
    time = time_along(source, variable)
    time_dim = variable.dims.index(time.dims[0]) if time is not None else None
    rest = [i for i in range(len(variable.dims)) if i not in {places.row_dim, places.col_dim, time_dim}]
    depth_dim = next((i for i in rest if is_vertical(source, variable.dims[i])), None)
    merged_dim = next((i for i in rest if variable.dims[i].lower() in MERGED_DIMS and variable.shape[i] > 1), None)
    depth_m, notes = (np.zeros(1), ()) if depth_dim is None else depths_of(source, variable, variable.dims[depth_dim])
    others = [i for i in rest if i not in {depth_dim, merged_dim} and variable.shape[i] > 1]
    for i in others:
        if "time" in variable.dims[i].lower():
            raise _untold_times(source, variable, variable.dims[i])
        notes = (*notes, f"the first of {variable.shape[i]} along {variable.dims[i]} is taken of {variable.name}")
    return Layout(
        variable=variable,
        time_dim=time_dim,
        depth_dim=depth_dim,
        merged_dim=merged_dim,
        time_s=_checked(seconds(time), variable) if time is not None else np.zeros(0),
        depth_m=depth_m,
        places=places,
        notes=notes,
    )


def _checked(time_s: Double, variable: Variable) -> Double:
    if not np.isfinite(time_s).all():
        raise wrong_times(
            variable.file, "Some of the times are missing", f"{int((~np.isfinite(time_s)).sum())} of them"
        )
    late = np.flatnonzero(np.diff(time_s) <= 0)
    if len(late):
        at = int(late[0])
        raise wrong_times(variable.file, "The times do not increase", f"{utc(time_s[at])}, then {utc(time_s[at + 1])}")
    return time_s


def _untold_times(source: FieldFile, variable: Variable, dim: str) -> BadInput:
    """Return the error for a dimension of times whose variable is missing, or has units that are none of a time."""
    told = source.variables[dim].text("units") if dim in source.variables else None
    found = "is no variable" if told is None else f"has units {told[:60]!r}" if told else "has no units"
    return wrong_times(
        variable.file, f"The field {variable.name} has a dimension of times that are not told", f"{dim} {found}"
    )
