"""Forcing as the elements meet it in a step: blended in time on its own grid, only where there is oil."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.io.forcing.dialect import GriddedForcing
from pelagia.ocean.geodesy import METRES_PER_DEGREE, lon_scale

FASTEST_M_S = 25.0
"""No oil is carried faster, nor any wave or current: what lies further away than a step of it is not blended."""

Doubles = NDArray[np.float64]


class Grid(NamedTuple):
    """A uniform grid.

    Parameters
    ----------
    south_lat, west_lon
        Of its point (0, 0), °.
    rows_per_deg, cols_per_deg
        Points by degree.
    last_row, last_col
        Its last point.
    present
        Whether there is anything on it; else it is zero everywhere on Earth.
    """

    south_lat: float
    west_lon: float
    rows_per_deg: float
    cols_per_deg: float
    last_row: float
    last_col: float
    present: bool


class Field(NamedTuple):
    """A velocity at the beginning, in the middle and at the end of a step.

    Parameters
    ----------
    values
        (3, D, H, W, 2) float32 towards east and north, m/s.
    depth_m
        (D,) float64, increasing.
    grid
        Of its last but one and but two axes.
    """

    values: NDArray[np.float32]
    depth_m: Doubles
    grid: Grid


class Box(NamedTuple):
    """Where there is oil that moves, °."""

    south_lat: float
    north_lat: float
    west_lon: float
    east_lon: float


@dataclass(frozen=True, slots=True)
class Blender:
    """A forcing, and the field that each step makes of it anew."""

    forcing: GriddedForcing | None
    scale: float
    field: Field

    def blend(self, times_s: Sequence[float | None], box: Box, depths: int) -> tuple[int, int, int, int]:
        """Fill the field for a step.

        Parameters
        ----------
        times_s
            Unix times of its beginning, middle and end; ``None`` for one that is not needed.
        box
            Where it is needed.
        depths
            How many depths are needed, from the surface.

        Returns
        -------
        tuple
            First row, row after the last, first column, column after the last of what was filled.

        Raises
        ------
        BadInput
            ``forcing-starts-late`` or ``forcing-ends-early``.
        """
        if self.forcing is None:
            return 0, 0, 0, 0
        forcing, field = self.forcing, self.field
        part = _part_of(field, box)
        for slot, time_s in enumerate(times_s):
            if time_s is not None:
                before, after, share = bracket(forcing, time_s)
                _blend(
                    forcing.east_m_s,
                    forcing.north_m_s,
                    np.array([before, after, slot, min(depths, len(field.depth_m)), *part]),
                    self.scale * (1.0 - share),
                    self.scale * share,
                    field.values,
                )
        return part


def blender(forcing: GriddedForcing | None, scale: float = 1.0) -> Blender:
    """Make room for the field of a forcing; without one it is zero."""
    if forcing is None:
        nothing = np.zeros((3, 1, 2, 2, 2), dtype=np.float32)
        return Blender(
            None, scale, Field(nothing, np.zeros(1), Grid(-90.0, -720.0, 1 / 180, 1 / 1440, 1.0, 1.0, False))
        )
    _, depths, rows, cols = forcing.east_m_s.shape
    if rows < 2 or cols < 2:
        raise BadInput(
            f"the fields of {forcing.kind} lie on no grid",
            value=f"{rows} × {cols} points",
            remedy="give a file with two points at least in latitude and in longitude",
            file=", ".join(forcing.files),
            code="forcing-empty",
        )
    grid = Grid(
        float(forcing.south_lat),
        float(forcing.west_lon),
        1.0 / forcing.lat_step,
        1.0 / forcing.lon_step,
        rows - 1.0,
        cols - 1.0,
        True,
    )
    values = np.zeros((3, depths, rows, cols, 2), dtype=np.float32)
    return Blender(forcing, scale, Field(values, np.array(forcing.depth_m, dtype=np.float64), grid))


def bracket(forcing: GriddedForcing, time_s: float) -> tuple[int, int, float]:
    """Find the fields before and after a moment, and the share of the later one.

    Notes
    -----
    Up to one interval before the first and after the last field these hold: a daily mean stands for its day.
    """
    times = forcing.time_s
    if len(times) == 1:
        return 0, 0, 0.0
    after = int(np.searchsorted(times, time_s, side="right"))
    if after == 0:
        _check_near(forcing, float(times[0] - time_s), float(times[1] - times[0]), "starts-late")
        return 0, 0, 0.0
    if after == len(times):
        _check_near(forcing, float(time_s - times[-1]), float(times[-1] - times[-2]), "ends-early")
        return after - 1, after - 1, 0.0
    return after - 1, after, float((time_s - times[after - 1]) / (times[after] - times[after - 1]))


def _check_near(forcing: GriddedForcing, away_s: float, interval_s: float, how: str) -> None:
    if away_s > interval_s:
        raise BadInput(
            f"the fields of {forcing.kind} do not cover the time of the simulation",
            value=f"{away_s / 3600.0:.1f} h {'before the first' if how == 'starts-late' else 'after the last'} field",
            remedy="give files that cover it, or simulate a shorter time",
            file=", ".join(forcing.files),
            code=f"forcing-{how}",
        )


def sample_points(forcing: GriddedForcing, arrays: Sequence[NDArray[np.float32]], time_s: float, lat: Doubles,
                  lon: Doubles) -> list[Doubles]:  # fmt: skip
    """Sample surface fields at some places: bilinear in space, linear in time, held beyond the edges.

    Parameters
    ----------
    forcing
        Whose grid and times these are.
    arrays
        (T, H, W) float32 each.
    time_s
        Unix time, s.
    lat, lon
        (P,) °.

    Returns
    -------
    list of ndarray
        (P,) float64 for each array.
    """
    before, after, share = bracket(forcing, time_s)
    rows, cols = forcing.east_m_s.shape[2:]
    row = np.clip((lat - forcing.south_lat) / forcing.lat_step, 0.0, rows - 1.0)
    col = np.clip((lon - forcing.west_lon) / forcing.lon_step, 0.0, cols - 1.0)
    low, left = np.minimum(row.astype(np.int64), rows - 2), np.minimum(col.astype(np.int64), cols - 2)
    up, right = row - low, col - left
    corners = ((0, 0, (1 - up) * (1 - right)), (0, 1, (1 - up) * right), (1, 0, up * (1 - right)), (1, 1, up * right))
    sampled = []
    for values in arrays:
        total = np.zeros(len(lat))
        for moment, weight in ((before, 1.0 - share), (after, share)):
            for north, east, part in corners:
                total += weight * part * values[moment, low + north, left + east]
        sampled.append(total)
    return sampled


def inside(field: Field, lat: Doubles, lon: Doubles) -> NDArray[np.bool_]:
    """Say which places lie on the grid of a field."""
    grid = field.grid
    row, col = (lat - grid.south_lat) * grid.rows_per_deg, (lon - grid.west_lon) * grid.cols_per_deg
    return np.asarray((row >= 0.0) & (row <= grid.last_row) & (col >= 0.0) & (col <= grid.last_col))


def reach(box: Box, step_s: float) -> Box:
    """Widen a box by what oil can move in a step."""
    margin = FASTEST_M_S * abs(step_s) / METRES_PER_DEGREE
    north = margin / max(lon_scale(min(89.0, max(abs(box.south_lat), abs(box.north_lat)) + margin)), 0.01)
    return Box(box.south_lat - margin, box.north_lat + margin, box.west_lon - north, box.east_lon + north)


def _part_of(field: Field, box: Box) -> tuple[int, int, int, int]:
    grid = field.grid
    rows, cols = field.values.shape[2:4]
    low = int(np.clip(np.floor((box.south_lat - grid.south_lat) * grid.rows_per_deg), 0, rows - 2))
    high = int(np.clip(np.floor((box.north_lat - grid.south_lat) * grid.rows_per_deg) + 2, 2, rows))
    left = int(np.clip(np.floor((box.west_lon - grid.west_lon) * grid.cols_per_deg), 0, cols - 2))
    right = int(np.clip(np.floor((box.east_lon - grid.west_lon) * grid.cols_per_deg) + 2, 2, cols))
    return low, high, left, right


@njit(cache=True, error_model="numpy")
def _blend(
    east: NDArray[np.float32],
    north: NDArray[np.float32],
    which: NDArray[np.int64],
    weight_before: float,
    weight_after: float,
    out: NDArray[np.float32],
) -> None:
    """Blend two moments into a slot of a field; ``which``: before, after, slot, depths, rows and columns."""
    before, after, slot, depths = which[0], which[1], which[2], which[3]
    for depth in range(depths):
        for row in range(which[4], which[5]):
            for col in range(which[6], which[7]):
                out[slot, depth, row, col, 0] = (
                    weight_before * east[before, depth, row, col] + weight_after * east[after, depth, row, col]
                )
                out[slot, depth, row, col, 1] = (
                    weight_before * north[before, depth, row, col] + weight_after * north[after, depth, row, col]
                )
