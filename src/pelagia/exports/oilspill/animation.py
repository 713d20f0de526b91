"""A film of the oil on the map: what lies where, time after time, with the coast and where it began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pelagia.core.result import Result
from pelagia.exports.oilspill.canvas import Canvas
from pelagia.exports.oilspill.colours import SCALE_OF_SHARES, scale_of_amounts
from pelagia.exports.oilspill.frames import (
    Grid,
    Single,
    all_rows,
    is_too_large,
    largest,
    map_times,
    maps,
    read_grid,
    too_large,
)
from pelagia.exports.oilspill.needs import ANIMATION
from pelagia.exports.oilspill.words import minute, since_start
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.io.video.writing import ViewWriter

NEEDS = ANIMATION
FOLDER = "animation"
FRAMES_AT_MOST = 360
"""Of more maps every second, third … is shown, and the last."""
FRAMES_PER_S = 6.0
REST = 12
"""How many frames the film rests on its last map."""


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``animation/oil.mp4``, a frame a map, coloured by mass by area; of an ensemble also ``probability.mp4``."""
    del options
    grid = read_grid(result)
    if is_too_large(grid):
        return ExportOutcome(files=(), issues=(too_large(grid, FOLDER),))
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    most = largest(result.tables["concentration"], "surface_kg_m2")
    oil = Canvas(result, grid, scale_of_amounts(most), "Oil at the surface, kg/m²")
    files = [_film(folder / "oil.mp4", result, grid, oil, "concentration", ("surface_kg_m2", "beached_kg"))]
    if "probability" in result.tables:
        likely = Canvas(result, grid, SCALE_OF_SHARES, "Probability of oil at the surface (share of the ensemble)")
        files.append(_film(folder / "probability.mp4", result, grid, likely, "probability", ("probability",)))
    return ExportOutcome(files=tuple(files), issues=())


def _film(path: Path, result: Result, grid: Grid, canvas: Canvas, table: str, fields: tuple[str, ...]) -> Path:
    """Write one film: the first field is coloured, of a second it is shown where there is some."""
    hours = {row["time_utc"]: row["hours"] for row in all_rows(result.tables["mass_balance"])}
    times = shown_times(map_times(result))
    height, width = canvas.size
    with ViewWriter(path, height_px=height, width_px=width, frames_per_s=FRAMES_PER_S) as writer:
        frame: NDArray[np.uint8]
        for time, dense in each_map(result, grid, table, fields, times):
            beached = dense[fields[1]] if len(fields) > 1 else None
            frame = canvas.frame(dense[fields[0]], beached, f"{minute(time)}, {since_start(hours[time])}")
            for _ in range(1 + REST * (time == times[-1])):
                writer.add(frame)
    return path


def shown_times(times: Sequence[str]) -> list[str]:
    """Return the times that are shown: all, or every second, third … and the last.

    Parameters
    ----------
    times
        Of all maps.
    """
    step = -(-len(times) // FRAMES_AT_MOST)
    return [*times[:-1:step], times[-1]]


def each_map(
    result: Result, grid: Grid, table: str, fields: tuple[str, ...], times: Sequence[str]
) -> Iterator[tuple[str, dict[str, Single]]]:
    """Yield the map of each time, also where there is no oil.

    Parameters
    ----------
    result
        Of a forecast.
    grid
        Of its maps.
    table, fields
        What is mapped.
    times
        In the order of the maps.
    """
    place = {time: number for number, time in enumerate(times)}
    number = 0
    for time, dense in maps(result.tables[table], grid, fields):
        if time in place:
            yield from ((one, _nothing(grid, fields)) for one in times[number : place[time]])
            yield time, dense
            number = place[time] + 1
    yield from ((one, _nothing(grid, fields)) for one in times[number:])


def _nothing(grid: Grid, fields: tuple[str, ...]) -> dict[str, Single]:
    return {field: np.zeros((grid.rows, grid.cols), np.float32) for field in fields}
