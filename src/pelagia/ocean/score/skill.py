"""The fraction skill score of a forecast of a slick, by scale, and the distance of the centres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from pelagia.ocean.geodesy import METRES_PER_DEGREE
from pelagia.ocean.score.cells import (
    CELL_KM,
    PUBLISHED_KM_PER_DEGREE,
    Cells,
    Outlines,
    ScoreGrid,
    cells_of_points,
    cells_of_slicks,
    slick_shape,
    square_grid,
)

MOST_CELLS = 4_000_000
"""Of the rectangle around forecast and observation; where there are more, four cells become one, and again."""


@dataclass(frozen=True, slots=True)
class Target:
    """Slicks seen at one time, ready to be compared with many forecasts.

    Parameters
    ----------
    grid
        Cells of 150 m.
    cells
        (M, 2) int64, those with oil.
    lat, lon
        Centroid of their area, °.
    """

    grid: ScoreGrid
    cells: Cells
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Skill:
    """How well a forecast agrees with an observation.

    Parameters
    ----------
    fss
        Fraction skill score at each scale, 0 to 1.
    useful
        From which on a forecast is useful: half of one and of the observed share (Roberts and Lean 2008).
    centroid_km
        Distance of the centres; ``None`` where nothing is left at the surface.
    cell_m
        Side of the cells compared.
    """

    fss: tuple[float, ...]
    useful: float
    centroid_km: float | None
    cell_m: float

    @property
    def mean(self) -> float:
        """The mean of all scales."""
        return float(np.mean(self.fss))


def make_target(slicks: Sequence[Outlines], grid: ScoreGrid | None = None) -> Target:
    """Return what forecasts are compared with.

    Parameters
    ----------
    slicks
        The rings of each slick seen at one time.
    grid
        By default cells of 150 m in both directions.
    """
    lat, lon = _centroid(slicks)
    grid = grid or square_grid(lat, lon)
    return Target(grid, cells_of_slicks(slicks, grid), lat, lon)


def published_target(slicks: Sequence[Outlines], lat: NDArray[np.float64], lon: NDArray[np.float64]) -> Target:
    """Return the same on the published scores' grid, which depends on the forecast: only to compare with them.

    Its cells are equal in degrees (so that they are narrower from west to east), and begin at the corner of the
    rectangle around forecast and observation.
    """
    points = np.concatenate([ring for rings in slicks for ring in rings])
    south, west = min(points[:, 0].min(), lat.min()), min(points[:, 1].min(), lon.min())
    step = CELL_KM / PUBLISHED_KM_PER_DEGREE
    grid = ScoreGrid(south_lat=float(south), west_lon=float(west), lat_step=step, lon_step=step)
    return make_target(slicks, grid)


def score_forecast(
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    target: Target,
    scales_km: Sequence[float],
    *,
    is_cropped: bool = False,
) -> Skill:
    """Compare the elements of a forecast with slicks seen at the same time.

    Parameters
    ----------
    lat, lon
        (N,) of the elements at the surface, °; a cell with one at least has oil.
    target
        What was seen.
    scales_km
        Sides of the windows.
    is_cropped
        Whether windows are looked at only within the rectangle around both, as the published scores do it; by default
        they are looked at wherever they reach either.
    """
    forecast, observed, cell_km = _rasters(cells_of_points(lat, lon, target.grid), target)
    windows = [odd_window(scale, cell_km) for scale in scales_km]
    fss = tuple(fraction_skill_score(forecast, observed, window, is_cropped=is_cropped) for window in windows)
    distance = None
    if len(lat):
        distance = _distance_km(float(lat.mean()), float(lon.mean()), target.lat, target.lon)
    return Skill(fss, 0.5 + float(observed.mean()) / 2, distance, cell_km * 1000)


def odd_window(scale_km: float, cell_km: float) -> int:
    """Return the odd number of cells nearest to a scale."""
    return 2 * round((scale_km / cell_km - 1) / 2) + 1 if scale_km > cell_km else 1


def fraction_skill_score(
    forecast: NDArray[np.bool_], observed: NDArray[np.bool_], window: int, *, is_cropped: bool = False
) -> float:
    """Return the fraction skill score of one field of cells against another.

    Parameters
    ----------
    forecast, observed
        (R, C) bool.
    window
        Side of the windows, an odd number of cells.
    is_cropped
        Whether windows outside the field, of which a part lies within, are left out.

    Returns
    -------
    float
        1 where the shares of all windows agree, 0 where none with oil in one has oil in the other; 0 where there is
        no oil at all.

    Notes
    -----
    1 - Σ (f - o)² / (Σ f² + Σ o²), f and o the shares of cells with oil in all windows; outside there is none.

    References
    ----------
    Roberts and Lean 2008, doi:10.1175/2007MWR2123.1
    """
    both = [_window_counts(field, window, is_cropped) for field in (forecast, observed)]
    total = sum(float(np.square(counts).sum()) for counts in both)
    if total == 0:
        return 0.0
    return float(2 * (both[0] * both[1]).sum() / total)


def _window_counts(field: NDArray[np.bool_], window: int, is_cropped: bool) -> NDArray[np.float64]:
    """Return the cells with oil in every window, by sums from the corner."""
    margin = window // 2 if is_cropped else window - 1
    sums = np.zeros((field.shape[0] + 2 * margin + 1, field.shape[1] + 2 * margin + 1), dtype=np.float64)
    sums[1:, 1:] = np.pad(field, margin)
    np.cumsum(sums, axis=0, out=sums)
    np.cumsum(sums, axis=1, out=sums)
    counts = sums[window:, window:] - sums[:-window, window:] - sums[window:, :-window] + sums[:-window, :-window]
    return np.asarray(counts)


def _rasters(forecast: Cells, target: Target) -> tuple[NDArray[np.bool_], NDArray[np.bool_], float]:
    """Return both as fields of cells over the rectangle around them, and the side of a cell, km."""
    observed, cell_km = target.cells, target.grid.cell_km
    while True:
        both = np.concatenate([forecast, observed])
        first = both.min(axis=0)
        size = both.max(axis=0) - first + 1
        if np.prod(size) <= MOST_CELLS:
            break
        forecast, observed, cell_km = forecast // 2, observed // 2, cell_km * 2
    return _field(forecast - first, size), _field(observed - first, size), cell_km


def _field(cells: Cells, size: NDArray[np.int64]) -> NDArray[np.bool_]:
    field = np.zeros(tuple(size), dtype=np.bool_)
    field[cells[:, 0], cells[:, 1]] = True
    return field


def _centroid(slicks: Sequence[Outlines]) -> tuple[float, float]:
    middle = shapely.union_all([slick_shape(rings) for rings in slicks]).centroid
    return float(middle.y), float(middle.x)


def _distance_km(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Return the distance of two places on the sphere (haversine), km."""
    lat_1, lon_1, lat_2, lon_2 = np.radians([lat_a, lon_a, lat_b, lon_b])
    share = np.sin((lat_2 - lat_1) / 2) ** 2 + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    return float(2 * np.arcsin(np.sqrt(share)) * np.degrees(METRES_PER_DEGREE) / 1000)
