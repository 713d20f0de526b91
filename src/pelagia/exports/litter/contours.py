"""Lines of equal density of litter, and a picture of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from contourpy import contour_generator
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter

from pelagia.exports.litter.cell_grids import CellGrid, Floats
from pelagia.exports.report.numbers import nice_floor

SMOOTHED_BY_CELLS = 1.0
"""Standard deviation of the weights by which the density of a cell is that of its neighbours too."""
LEVELS_AT_MOST = 7
LONGER_SIDE_IN = 8.0
DPI = 150


def smoothed(grid: CellGrid) -> Floats:
    """Return items per m² of every cell and around it, NaN where nothing was seen.

    Notes
    -----
    The items of the cells around, weighted by a Gaussian of their distance, divided by the ground looked at there,
    weighted alike: what was not looked at neither counts nor dilutes.
    """
    items = gaussian_filter(grid.items, SMOOTHED_BY_CELLS, mode="constant")
    covered = gaussian_filter(grid.covered_m2, SMOOTHED_BY_CELLS, mode="constant")
    found: Floats = np.full(items.shape, np.nan)
    np.divide(items, covered, out=found, where=grid.seen & (covered > 0))
    return found


def contour_levels(densities: Floats) -> tuple[float, ...]:
    """Return round densities (1, 2, 5 × 10ⁿ) that occur, the highest last; none where all are alike."""
    known = densities[np.isfinite(densities)]
    if not known.size or known.max() <= 0 or known.min() == known.max():
        return ()
    top = float(known.max())
    level = nice_floor(top)
    levels: list[float] = []
    while len(levels) < LEVELS_AT_MOST and level > max(float(known.min()), top / 200):
        if level < top:
            levels.append(level)
        level = nice_floor(level * 0.999)
    return tuple(reversed(levels))


def isolines(grid: CellGrid, densities: Floats, levels: Sequence[float]) -> list[tuple[float, Any]]:
    """Return level and line of every isoline, in the coordinate system of the grid.

    Parameters
    ----------
    grid
        Where the cells lie; a density is that of the middle of its cell.
    densities
        (row, col), items per m².
    levels
        Those drawn.
    """
    if min(densities.shape) < 2:
        return []
    made = contour_generator(z=np.ma.masked_invalid(densities))
    found: list[tuple[float, Any]] = []
    for level in levels:
        lines: list[Any] = list(made.lines(level))
        for line in lines:
            points = np.column_stack(
                [
                    grid.west_m + (line[:, 0] + 0.5) * grid.cell_m,
                    grid.north_m - (line[:, 1] + 0.5) * grid.cell_m,
                ]
            )
            if len(points) > 1:
                found.append((level, shapely.LineString(points)))
    return found


def draw_contours(path: Path, grid: CellGrid, densities: Floats, levels: Sequence[float], title: str) -> None:
    """Draw the density of an area with its isolines, a scale bar and north (PNG)."""
    rows, cols = densities.shape
    height_m, width_m = rows * grid.cell_m, cols * grid.cell_m
    scale = LONGER_SIDE_IN / max(height_m, width_m)
    figure = Figure(figsize=(max(3.5, width_m * scale) + 1.6, max(2.5, height_m * scale) + 1.1), dpi=DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.12, 0.12, 0.7, 0.78))
    edges = (grid.west_m, grid.west_m + width_m, grid.north_m - height_m, grid.north_m)
    picture = axes.imshow(
        densities, extent=edges, cmap="cividis", vmin=0.0, vmax=max(float(np.nanmax(densities)), 1e-12)
    )
    if levels and min(densities.shape) > 1:
        east = grid.west_m + (np.arange(cols) + 0.5) * grid.cell_m
        north = grid.north_m - (np.arange(rows) + 0.5) * grid.cell_m
        lines = axes.contour(
            east, north, np.ma.masked_invalid(densities), levels=levels, colors="white", linewidths=0.9
        )
        axes.clabel(lines, fmt=lambda level: f"{level:g}", fontsize=7)
    axes.set_aspect("equal")
    axes.ticklabel_format(useOffset=False, style="plain")
    axes.tick_params(labelsize=7)
    axes.locator_params(nbins=4)
    axes.set_xlabel(f"Easting, m ({_short(grid.crs)})", fontsize=8)
    axes.set_ylabel("Northing, m", fontsize=8)
    axes.set_title(title, fontsize=10, loc="left")
    bar = figure.colorbar(picture, ax=axes, fraction=0.05, pad=0.03)
    bar.set_label(f"Items per m², cells of {grid.cell_m:g} m and those around", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    _draw_scale(axes, edges)
    figure.savefig(path, format="png", metadata={"Software": None}, facecolor="white", bbox_inches="tight")


def _draw_scale(axes: Any, edges: tuple[float, float, float, float]) -> None:
    west, east, south, north = edges
    length = nice_floor((east - west) / 4)
    x, y = west + 0.04 * (east - west), south + 0.05 * (north - south)
    axes.plot([x, x + length], [y, y], color="black", linewidth=4, solid_capstyle="butt")
    axes.plot([x, x + length], [y, y], color="white", linewidth=2, solid_capstyle="butt")
    axes.annotate(
        f"{length:g} m", (x + length / 2, y), xytext=(0, 4), textcoords="offset points", ha="center", fontsize=7,
        color="black", bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1},
    )  # fmt: skip
    axes.annotate(
        "N", (0.97, 0.97), xytext=(0, -24), xycoords="axes fraction", textcoords="offset points", ha="center",
        fontsize=8, arrowprops={"arrowstyle": "-|>", "color": "white"},
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1},
    )  # fmt: skip


def _short(crs: str) -> str:
    return crs if len(crs) <= 20 else "coordinate system of the pictures"


def is_drawable(densities: Floats) -> bool:
    """Tell whether there is anything to draw."""
    return bool(np.isfinite(densities).any()) and math.isfinite(float(np.nanmax(densities)))
