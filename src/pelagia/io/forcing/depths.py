"""Depths of the levels of a field."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from pelagia.io.forcing.variables import FieldFile, Variable

Double = NDArray[np.float64]

_NAMES = re.compile(
    r"^(depth|deptht|depthu|depthv|depth_\d+|lev|level|levels|z|zc|z_t|st_ocean|height|heightaboveground|altitude"
    r"|elevation|s_rho|sigma|siglay|layer|olevel|nz|k|isobaric|pressure|plev|height\d*|hybrid\d*|top|surface)$",
    re.IGNORECASE,
)
_METRES = re.compile(r"^(m|meter|metre|meters|metres)$", re.IGNORECASE)


def is_vertical(source: FieldFile, dim: str) -> bool:
    """Tell whether a dimension is one of depth or height."""
    variable = source.variables.get(dim)
    if variable is not None and (
        variable.text("axis").upper() == "Z"
        or variable.text("positive").lower() in {"up", "down"}
        or variable.text("standard_name").lower() in {"depth", "height", "altitude"}
    ):
        return True
    return bool(_NAMES.match(dim))


def depths_of(source: FieldFile, field: Variable, dim: str) -> tuple[Double, tuple[str, ...]]:
    """Return the depths along a dimension, in the order of the file, positive down, m.

    Levels that are not in metres (sigma) have no depth of their own: only the one at the surface is told, the others
    are NaN.
    """
    size = field.shape[field.dims.index(dim)]
    variable = source.variables.get(dim)
    if variable is None or variable.shape != (size,) or variable.dtype.kind not in "iuf":
        return _surface_alone(size, 0), (f"{dim} tells no depths: its first level is taken as the surface",) * (
            size > 1
        )
    values = variable.read_whole()
    if size == 1:
        return np.zeros(1) if not np.isfinite(values[0]) else np.abs(values), ()
    units = variable.text("units")
    upward = variable.text("positive").lower() == "up" or bool((values <= 0).all() and (values < 0).any())
    if not np.isfinite(values).all() or (units and not _METRES.match(units)) or _is_sigma(variable):
        surface = int(np.nanargmax(values)) if upward else int(np.nanargmin(np.abs(values)))
        return _surface_alone(size, surface), (f"the levels of {dim} are not depths: the uppermost alone is taken",)
    return -values if upward and (values <= 0).all() else np.abs(values), ()


def _is_sigma(variable: Variable) -> bool:
    standard = variable.text("standard_name").lower()
    return "sigma" in standard or "s_coordinate" in standard or variable.name.lower().startswith(("s_rho", "sig"))


def _surface_alone(size: int, surface: int) -> Double:
    depth_m = np.full(size, np.nan)
    depth_m[surface] = 0.0
    return depth_m
