"""A film of the oil on the map: what lies where, time after time, with the coast and where it began."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pelagia.core.result import Result
from pelagia.exports.oilspill.frames import Grid, Single, all_rows, is_too_large, map_times, maps, read_grid
from pelagia.exports.oilspill.needs import ANIMATION
from pelagia.exports.oilspill.netcdf import too_large
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.io.video.writing import ViewWriter

NEEDS = ANIMATION
FOLDER = "animation"
SIZE_IN: Final = (8.0, 6.4)
DPI = 120
FRAMES_PER_S = 6.0
LAST_FRAMES = 12
"""How long the film rests on its last map."""
LEAST_KG_M2, MOST_KG_M2 = 3e-5, 0.2
"""Thinner oil than 0.04 µm is not seen; thicker than 200 µm is true colour (Bonn Agreement)."""
MARGIN = 0.15
INK, LAND, SLICK = "#0B2239", "#d9d2c4", "#E4572E"


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``animation/oil.mp4``, a frame a map, coloured by mass by area; of an ensemble also ``probability.mp4``."""
    del options
    grid = read_grid(result)
    if is_too_large(grid):
        return ExportOutcome(files=(), issues=(too_large(grid, FOLDER),))
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    told = [("concentration", "surface_kg_m2", "oil.mp4", "Oil at the surface, kg/m²")]
    if "probability" in result.tables:
        told.append(("probability", "probability", "probability.mp4", "Probability of oil, share of the ensemble"))
    files = [_film(folder / name, result, grid, table, field, words) for table, field, name, words in told]
    return ExportOutcome(files=tuple(files), issues=())


def _film(path: Path, result: Result, grid: Grid, table: str, field: str, words: str) -> Path:
    """Write one film."""
    is_share = field == "probability"
    figure, image, title = _canvas(result, grid, words, is_share=is_share)
    canvas = FigureCanvasAgg(figure)
    height, width = round(SIZE_IN[1] * DPI), round(SIZE_IN[0] * DPI)
    times = set(map_times(result))
    with ViewWriter(path, height_px=height, width_px=width, frames_per_s=FRAMES_PER_S) as writer:
        frame: NDArray[np.uint8] | None = None
        for time, dense in _each(result, grid, table, field):
            if time not in times:
                continue
            image.set_data(np.ma.masked_less(dense, 0.005 if is_share else LEAST_KG_M2))
            title.set_text(time.replace("T", " ").replace("Z", " UTC"))
            canvas.draw()  # type: ignore[no-untyped-call]
            frame = np.asarray(canvas.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]
            writer.add(frame)
        for _ in range(LAST_FRAMES if frame is not None else 0):
            assert frame is not None
            writer.add(frame)
    return path


def _each(result: Result, grid: Grid, table: str, field: str) -> Iterator[tuple[str, Single]]:
    """Yield every time, also those without oil, in order."""
    found = maps(result.tables[table], grid, (field,))
    empty = np.zeros((grid.rows, grid.cols), np.float32)
    ahead = next(found, None)
    for time in map_times(result):
        while ahead is not None and ahead[0] < time:
            ahead = next(found, None)
        if ahead is not None and ahead[0] == time:
            yield time, ahead[1][field]
            ahead = next(found, None)
        else:
            yield time, empty


def _canvas(result: Result, grid: Grid, words: str, *, is_share: bool) -> tuple[Figure, Any, Any]:
    """Draw what does not change: coast, slicks at the start, axes and the colour bar."""
    figure = Figure(figsize=SIZE_IN, dpi=DPI)
    axes = figure.add_subplot()
    west, south = grid.west_lon, grid.south_lat
    east, north = west + grid.cols * grid.lon_step, south + grid.rows * grid.lat_step
    scale = {"vmin": 0.0, "vmax": 1.0} if is_share else {"norm": LogNorm(LEAST_KG_M2, MOST_KG_M2)}
    image = axes.imshow(
        np.zeros((grid.rows, grid.cols), np.float32),
        origin="lower",
        extent=(west, east, south, north),
        cmap="viridis",
        interpolation="nearest",
        aspect=1.0 / np.cos(np.radians((south + north) / 2.0)),
        **scale,
    )
    for line in _lines(result, "shoreline", west):
        axes.plot(line[:, 0], line[:, 1], color=INK, linewidth=0.8)
    for line in _start(result, west):
        axes.plot(line[:, 0], line[:, 1], color=SLICK, linewidth=1.2)
    axes.set_xlim(west - MARGIN * (east - west), east + MARGIN * (east - west))
    axes.set_ylim(south - MARGIN * (north - south), north + MARGIN * (north - south))
    axes.set_xlabel("Longitude, °")
    axes.set_ylabel("Latitude, °")
    figure.colorbar(image, ax=axes, label=words, shrink=0.8)
    return figure, image, axes.set_title("", color=INK)


def _lines(result: Result, role: str, west: float) -> list[NDArray[np.float64]]:
    """Return the lines of the shoreline that came with the result, as (n, 2) of lon, lat."""
    lines: list[NDArray[np.float64]] = []
    for artifact in result.artifacts:
        if artifact.role == role:
            told = json.loads(artifact.path.read_text(encoding="utf-8"))
            for feature in told["features"]:
                lines += [_near(np.array(line), west) for line in feature["geometry"]["coordinates"]]
    return lines


def _start(result: Result, west: float) -> list[NDArray[np.float64]]:
    """Return the outlines of the slicks it starts from."""
    rings: list[NDArray[np.float64]] = []
    for row in all_rows(result.tables["slicks"]):
        geometry = json.loads(row["geometry"])
        if row["role"] == "start" and geometry["type"] == "Polygon":
            rings += [_near(np.array(ring), west) for ring in geometry["coordinates"]]
    return rings


def _near(line: NDArray[np.float64], west: float) -> NDArray[np.float64]:
    """Write longitudes as those of the grid go on."""
    turned = line.copy()
    turned[:, 0] = west + (line[:, 0] - west + 180.0) % 360.0 - 180.0
    return turned
