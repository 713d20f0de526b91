"""The last map of a forecast as a picture, and all as a film: what clients of DEEPaaS ask for."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pelagia.core.errors import BadParameter, NothingUsable
from pelagia.core.result import Result
from pelagia.exports.oilspill.animation import FRAMES_PER_S, REST, each_map, shown_times
from pelagia.exports.oilspill.canvas import Canvas
from pelagia.exports.oilspill.colours import scale_of_amounts
from pelagia.exports.oilspill.frames import Grid, Single, all_rows, is_too_large, largest, map_times, read_grid
from pelagia.exports.oilspill.words import minute, since_start
from pelagia.io.video.writing import ViewWriter

FIELDS = ("surface_kg_m2", "beached_kg")
ROUNDING = 1e-6
"""Of a cell: by so much an end may miss the edge of one."""
WORDS = "Oil at the surface, kg/m²"

Window = Sequence[float]


def write_picture(result: Result, folder: Path, *, plot_lat: Window = (), plot_lon: Window = ()) -> Path:
    """Write the last map as a PNG; of a run that only looked for slicks, the first scene with their outlines.

    Parameters
    ----------
    result
        Of a run.
    folder
        An existing one.
    plot_lat, plot_lon
        Least and greatest latitude and longitude that are shown, °; by default all that has oil.

    Raises
    ------
    NothingUsable
        If there is neither a forecast nor a picture of a scene.
    """
    path = folder / "output.png"
    if "concentration" not in result.tables:
        scenes = [one for one in result.artifacts if one.role == "scene" and one.media_type == "image/png"]
        if not scenes:
            raise _nothing()
        shutil.copyfile(scenes[0].path, path)
        return path
    grid, shown = _grids(result, plot_lat, plot_lon)
    canvas = _canvas(result, shown)
    for frame in _frames(result, grid, shown, canvas, map_times(result)[-1:]):
        Image.fromarray(frame).save(path)
    return path


def write_film(result: Result, folder: Path, *, plot_lat: Window = (), plot_lon: Window = ()) -> Path:
    """Write all maps as one film in MP4; parameters as of :func:`write_picture`."""
    if "concentration" not in result.tables:
        raise _nothing()
    path = folder / "output.mp4"
    grid, shown = _grids(result, plot_lat, plot_lon)
    canvas = _canvas(result, shown)
    height, width = canvas.size
    with ViewWriter(path, height_px=height, width_px=width, frames_per_s=FRAMES_PER_S) as writer:
        for frame in _frames(result, grid, shown, canvas, shown_times(map_times(result))):
            writer.add(frame)
        for _ in range(REST):
            writer.add(frame)
    return path


def _frames(
    result: Result, grid: Grid, shown: Grid, canvas: Canvas, times: Sequence[str]
) -> Iterator[NDArray[np.uint8]]:
    hours = {row["time_utc"]: row["hours"] for row in all_rows(result.tables["mass_balance"])}
    for time, dense in each_map(result, grid, "concentration", FIELDS, times):
        oil, beached = (_cut(dense[field], grid, shown) for field in FIELDS)
        yield canvas.frame(oil, beached, f"{minute(time)}, {since_start(hours[time])}")


def _canvas(result: Result, shown: Grid) -> Canvas:
    return Canvas(result, shown, scale_of_amounts(largest(result.tables["concentration"], "surface_kg_m2")), WORDS)


def _grids(result: Result, plot_lat: Window, plot_lon: Window) -> tuple[Grid, Grid]:
    """Return the grid of the maps, and that of what is shown, which has the same cells."""
    grid = read_grid(result)
    first_row, rows = _span(plot_lat, grid.south_lat, grid.lat_step, grid.rows)
    # The longitudes of a window may be told a turn away from those of the grid.
    turn = 360.0 * round((grid.lons.mean() - sum(plot_lon) / 2.0) / 360.0) if plot_lon else 0.0
    first_col, cols = _span([lon + turn for lon in plot_lon], grid.west_lon, grid.lon_step, grid.cols)
    shown = replace(
        grid,
        south_lat=grid.south_lat + first_row * grid.lat_step,
        west_lon=grid.west_lon + first_col * grid.lon_step,
        rows=rows,
        cols=cols,
    )
    for one in (grid, shown):
        if is_too_large(one):
            raise BadParameter(
                "The picture would have too many cells",
                value=f"{one.rows:,} × {one.cols:,}",
                remedy="Ask again with larger cells (cell_m) or a smaller plot_lat and plot_lon.",
            )
    return grid, shown


def _span(ends: Window, edge: float, step: float, count: int) -> tuple[int, int]:
    """Return the first cell of an axis that is shown, and how many are."""
    if not ends:
        return 0, count
    first = math.floor((ends[0] - edge) / step + ROUNDING)
    return first, max(math.ceil((ends[1] - edge) / step - ROUNDING) - first, 1)


def _cut(dense: Single, grid: Grid, shown: Grid) -> Single:
    """Return the cells of a map that are shown; nothing where the map does not reach."""
    row = round((shown.south_lat - grid.south_lat) / grid.lat_step)
    col = round((shown.west_lon - grid.west_lon) / grid.lon_step)
    out = np.zeros((shown.rows, shown.cols), np.float32)
    part = dense[max(row, 0) : max(row + shown.rows, 0), max(col, 0) : max(col + shown.cols, 0)]
    out[max(-row, 0) : max(-row, 0) + part.shape[0], max(-col, 0) : max(-col, 0) + part.shape[1]] = part
    return out


def _nothing() -> NothingUsable:
    return NothingUsable(
        "there is nothing to draw: no oil was forecast",
        remedy="Ask for application/json, which says what was found wrong; give spills, currents and wind.",
    )
