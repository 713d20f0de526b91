"""The picture of a map in a film: what stays is drawn once, the oil and the time anew in every frame."""

from __future__ import annotations

import json
import math
from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from pelagia.core.result import Result
from pelagia.exports.oilspill.colours import INK, LAND, SEA, SHORE_OIL, SLICK, Scale
from pelagia.exports.oilspill.frames import Grid, Single, all_rows
from pelagia.exports.oilspill.geometry import near
from pelagia.exports.oilspill.shore import Box, Lines, land, read_shore
from pelagia.exports.oilspill.words import degrees
from pelagia.exports.report.numbers import nice_floor, quantity

SIZE_IN: Final = (9.6, 6.4)
DPI = 125
MARGIN = 0.1
FLATTEST = 0.6
"""Of the map: height by width at least, and at most its inverse."""
PIXELS_AT_MOST = 900
"""Along a side of the map: of more cells the largest of a block is shown."""
MAP_AT, BAR_AT = (0.085, 0.13, 0.735, 0.79), (0.855, 0.18, 0.02, 0.69)
"""Of the frame: left, bottom, width and height."""
METRES_PER_DEGREE = math.pi / 180.0 * 6_371_008.8
SHORE_RGBA = tuple(round(255 * band) for band in to_rgba(SHORE_OIL))

Points = NDArray[np.float64]


class Canvas:
    """Draws frames.

    Parameters
    ----------
    result
        Of a forecast.
    grid
        Of its maps.
    scale
        Of the colours.
    words
        What they show.
    """

    def __init__(self, result: Result, grid: Grid, scale: Scale, words: str) -> None:
        self._scale = scale
        self._block = max(1, -(-max(grid.rows, grid.cols) // PIXELS_AT_MOST))
        figure = Figure(figsize=SIZE_IN, dpi=DPI)
        self._canvas = FigureCanvasAgg(figure)
        self._axes = axes = figure.add_axes(MAP_AT)
        axes.set_facecolor(SEA)
        window = _window(grid)
        lines, box = read_shore(result, (window[0] + window[2]) / 2.0)
        _land(axes, lines, window, box)
        self._image = axes.imshow(
            np.zeros((1, 1, 4), np.uint8), origin="lower", extent=_extent(grid, self._block), interpolation="nearest"
        )
        rings, points = _start(result, window[0])
        self._moving: list[Artist] = [
            self._image,
            axes.add_collection(LineCollection(lines, colors=INK, linewidths=0.8), autolim=False),
            axes.add_collection(LineCollection(rings, colors=SLICK), autolim=False),
            axes.scatter(points[:, 0], points[:, 1], s=36, color=SLICK, edgecolor="white"),
            axes.set_title(" ", color=INK, fontsize=13),
            *_bar(axes, window),
        ]
        for one in self._moving:
            one.set_animated(True)
        _frame(axes, window)
        _explain(figure, axes, scale, words, has_shore=bool(lines), has_start=bool(rings or len(points)))
        self._canvas.draw()  # type: ignore[no-untyped-call]
        self._empty = self._canvas.copy_from_bbox(figure.bbox)  # type: ignore[no-untyped-call]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a frame, px."""
        return round(SIZE_IN[1] * DPI), round(SIZE_IN[0] * DPI)

    def frame(self, dense: Single, beached: Single | None, title: str) -> NDArray[np.uint8]:
        """Return (height, width, 3) of one time.

        Parameters
        ----------
        dense
            (rows, cols) values, row 0 in the south; nothing is drawn where they are 0.
        beached
            (rows, cols): where it is more than 0, oil on the shore is shown.
        title
            Words above it.
        """
        pixels = self._scale.rgba(pooled(dense, self._block))
        if beached is not None:
            pixels[pooled(beached, self._block) > 0] = SHORE_RGBA
        self._image.set_data(pixels)
        self._axes.title.set_text(title)
        self._canvas.restore_region(self._empty)  # type: ignore[no-untyped-call]
        for one in self._moving:
            self._axes.draw_artist(one)
        return np.asarray(self._canvas.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]


def pooled(dense: NDArray[Any], block: int) -> NDArray[Any]:
    """Return the largest value of each block of cells, so that what is small is still seen.

    Parameters
    ----------
    dense
        (rows, cols).
    block
        Cells along a side.
    """
    if block == 1:
        return dense
    rows, cols = (-(-length // block) for length in dense.shape)
    fill = ((0, rows * block - dense.shape[0]), (0, cols * block - dense.shape[1]))
    return np.asarray(np.pad(dense, fill).reshape(rows, block, cols, block).max(axis=(1, 3)))


def _extent(grid: Grid, block: int) -> tuple[float, float, float, float]:
    rows, cols = (-(-length // block) * block for length in (grid.rows, grid.cols))
    return (
        grid.west_lon, grid.west_lon + cols * grid.lon_step, grid.south_lat, grid.south_lat + rows * grid.lat_step
    )  # fmt: skip


def _window(grid: Grid) -> Box:
    """Choose what is shown: the grid and a margin, not too flat and not too tall."""
    lat = grid.south_lat + grid.rows * grid.lat_step / 2.0
    lon = grid.west_lon + grid.cols * grid.lon_step / 2.0
    shrink = math.cos(math.radians(lat))
    high, wide = grid.rows * grid.lat_step, grid.cols * grid.lon_step * shrink
    high, wide = (1.0 + 2.0 * MARGIN) * max(high, FLATTEST * wide), (1.0 + 2.0 * MARGIN) * max(wide, FLATTEST * high)
    half = wide / 2.0 / shrink
    return lon - half, lat - high / 2.0, lon + half, lat + high / 2.0


def _frame(axes: Axes, window: Box) -> None:
    """Show a part of the Earth, a metre north as long as a metre east."""
    west, south, east, north = window
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(1.0 / math.cos(math.radians((south + north) / 2.0)))


def _land(axes: Axes, lines: Lines, window: Box, known: Box | None) -> None:
    """Fill the land, as far as the shore is known."""
    if known is None:
        return
    low = (max(window[0], known[0]), max(window[1], known[1]))
    high = (min(window[2], known[2]), min(window[3], known[3]))
    areas = land(lines, (*low, *high))
    inside = [np.array(ring.coords) for one in areas for ring in one.interiors]
    outside = [np.array(one.exterior.coords) for one in areas]
    for rings, colour in ((outside, LAND), (inside, SEA)):
        axes.add_collection(PolyCollection(rings, facecolor=colour, edgecolor="none"), autolim=False)


def _bar(axes: Axes, window: Box) -> list[Artist]:
    """Draw the bar of the scale into the lower right corner."""
    west, south, east, north = window
    degree_m = METRES_PER_DEGREE * math.cos(math.radians((south + north) / 2.0))
    length_m = nice_floor(0.25 * (east - west) * degree_m)
    right, low = east - 0.03 * (east - west), south + 0.04 * (north - south)
    left = right - length_m / degree_m
    words = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    text = axes.text((left + right) / 2.0, low + 0.012 * (north - south), words, color=INK, ha="center", va="bottom")
    return [*axes.plot([left, right], [low, low], color=INK, linewidth=3, solid_capstyle="butt"), text]


def _explain(figure: Figure, axes: Axes, scale: Scale, words: str, *, has_shore: bool, has_start: bool) -> None:
    """Draw axes, the bar of colours and what the lines are."""
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: degrees(value, "EW")))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: degrees(value, "NS")))
    axes.locator_params(nbins=6)
    stops = [tuple(band / 255 for band in colour) for colour in scale.colours]
    colours = LinearSegmentedColormap.from_list("oil", stops)
    norm = LogNorm(scale.low, scale.high) if scale.is_log else Normalize(scale.low, scale.high)
    bar = figure.colorbar(ScalarMappable(norm=norm, cmap=colours), cax=figure.add_axes(BAR_AT), label=words)
    bar.minorticks_off()
    if scale.is_log:
        decades = round(math.log10(scale.high / scale.low))
        bar.set_ticks([scale.low * 10.0**power for power in range(decades + 1)])
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: quantity(float(value), 1)))
    handles: list[Line2D | Patch] = []
    if has_start:
        handles.append(Line2D([], [], color=SLICK, label="slick at the start"))
    if has_shore:
        handles.append(Line2D([], [], color=INK, label="shore"))
    if scale.is_log and has_shore:
        handles.append(Patch(color=SHORE_OIL, label="oil on the shore"))
    if handles:
        figure.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.45, 0.0), ncols=3, frameon=False)


def _start(result: Result, lon: float) -> tuple[list[Points], Points]:
    """Return the rings of the slicks it starts from, and the points, (n, 2)."""
    rings: list[Points] = []
    points: list[Points] = []
    for row in all_rows(result.tables["slicks"]):
        if row["role"] == "start" and row["geometry"]:
            geometry = json.loads(row["geometry"])
            if geometry["type"] == "Polygon":
                rings += [near(np.array(ring), lon) for ring in geometry["coordinates"]]
            else:
                points.append(near(np.array([geometry["coordinates"]]), lon))
    return rings, np.concatenate([np.zeros((0, 2)), *points])
