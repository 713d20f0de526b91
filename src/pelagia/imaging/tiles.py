"""Large pictures in parts: windows for a detector, and one box for each thing found twice.

Every part has a *core*. Cores touch and never overlap, and a thing belongs to the part in whose core its centre lies;
what a part shows around its core is there so that things on the edge are seen whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Span = tuple[float, float]
Core = tuple[float, float, float, float]
"""First row and column, last row and column: pixels, the last ones not included."""

CHUNK = 1024
"""Boxes that are compared among themselves at a time: however they overlap, memory is bounded."""
NEARLY = 1e-6
"""Fraction of a pixel by which sums of sizes that are not whole may be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A square that a detector looks at.

    Parameters
    ----------
    row_px, col_px
        Of its first pixel.
    core
        The part of the picture for which it speaks: other windows see there too, and are not asked.
    """

    row_px: int
    col_px: int
    core: Core


def plan_windows(
    wanted: Mask,
    tile_px: float,
    *,
    height_px: int,
    width_px: int,
    window_px: int,
    overlap_px: int,
    origin: tuple[float, float] = (0.0, 0.0),
) -> list[Window]:
    """Place the windows of a detector where something is wanted, and nowhere else.

    Parameters
    ----------
    wanted
        (rows, cols): which tiles are to be searched.
    tile_px
        Side of a tile; need not be whole.
    height_px, width_px
        Of what there is to look at.
    window_px
        Side of a window.
    overlap_px
        By how much neighbours overlap: at least as large as the largest thing. Half of it is seen around every core.
    origin
        Row and column at which the first tile begins.

    Returns
    -------
    list of Window
        Their cores hold every pixel of the wanted tiles exactly once, and each of them holds some. No window reaches
        over the edges, unless it is larger than the whole.

    Notes
    -----
    Where all is wanted, it is the regular grid that every tiler makes. Where little is wanted, bands of windows begin
    at the first row that is wanted, windows in a band at the first column, each as tight and as centred as may be.
    """
    if not 0 <= overlap_px < window_px:
        raise ValueError(f"windows of {window_px} px cannot overlap by {overlap_px} px")
    shape = _Windows(window_px, overlap_px / 2)
    windows: list[Window] = []
    for top, bottom in shape.spans(
        _runs(np.any(wanted, 1, keepdims=True)[:, 0], tile_px, origin[0], height_px), height_px
    ):
        touched = _touched(wanted, top, bottom, tile_px, origin[0])
        for left, right in shape.spans(_runs(touched, tile_px, origin[1], width_px), width_px):
            place = shape.start(top, bottom, height_px), shape.start(left, right, width_px)
            windows.append(Window(row_px=place[0], col_px=place[1], core=(top, left, bottom, right)))
    return windows


def is_mine(rows: ArrayLike, cols: ArrayLike, core: Core) -> Mask:
    """Tell which centres lie in a core; every centre in a picture lies in exactly one."""
    row, col = np.asarray(rows, np.float64), np.asarray(cols, np.float64)
    top, left, bottom, right = core
    inside: Mask = (row >= top) & (row < bottom) & (col >= left) & (col < right)
    return inside


def suppress(
    boxes: ArrayLike, scores: ArrayLike, labels: ArrayLike, iou: float = 0.5, inside: float = 0.7
) -> NDArray[np.int64]:
    """Keep one box of those that show the same thing: the surest.

    Parameters
    ----------
    boxes
        (n, 4): first row, first column, last row, last column.
    scores
        (n,): how sure each is; of equally sure ones the first is kept.
    labels
        (n,): classes; boxes of different classes never suppress each other.
    iou
        Boxes with a larger intersection over union show the same.
    inside
        So do boxes of which a larger share of the smaller one lies in the other: a thing cut at a seam.

    Returns
    -------
    ndarray
        Indices of those kept, rising. What is kept would be kept again.
    """
    edges = np.asarray(boxes, np.float64).reshape(-1, 4)
    apart = _apart(edges, np.asarray(labels))
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    kept: NDArray[np.int64] = np.empty(0, np.int64)
    for start in range(0, len(order), CHUNK):
        some = order[start : start + CHUNK]
        if len(kept):
            known, _ = _same(edges, apart, some, kept, iou, inside)
            some = np.delete(some, known)
        first, second = _same(edges, apart, some, some, iou, inside)
        kept = np.concatenate([kept, some[_best(len(some), first, second)]])
    return np.sort(kept)


@dataclass(frozen=True, slots=True)
class _Windows:
    """Windows of one size, of which a margin is only seen, except at the edges of the picture."""

    window_px: int
    margin_px: float

    def spans(self, runs: list[Span], length_px: int) -> Iterator[Span]:
        """Yield the cores along one side: as few as can hold all runs, each ending where what is wanted ends."""
        number, start = 0, -math.inf
        while number < len(runs):
            start = max(start, runs[number][0])
            reach = self._reach(start, length_px)
            end = start
            while number < len(runs) and runs[number][0] < reach - NEARLY:
                end = min(runs[number][1], reach)
                if runs[number][1] > reach + NEARLY:
                    break
                number += 1
            yield start, end
            start = end

    def start(self, first: float, last: float, length_px: int) -> int:
        """Return where the window of a core begins: its middle is that of the core, as far as the picture goes."""
        return max(0, min(math.floor((first + last - self.window_px) / 2 + 0.5), length_px - self.window_px))

    def _reach(self, start: float, length_px: int) -> float:
        """Return how far the core of a window may reach that begins at ``start``."""
        first = max(0.0, start - self.margin_px)
        if first + self.window_px >= length_px - NEARLY:
            return float(length_px)
        return first + self.window_px - self.margin_px


def _runs(wanted: Mask, tile_px: float, origin: float, length_px: int) -> list[Span]:
    """Return where wanted tiles begin and end along one side; neighbours are one run."""
    change = np.diff(np.concatenate([[False], wanted, [False]]).astype(np.int8))
    firsts, lasts = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    spans = [
        (max(0.0, origin + first * tile_px), min(float(length_px), origin + last * tile_px))
        for first, last in zip(firsts, lasts, strict=True)
    ]
    return [(first, last) for first, last in spans if last > first]


def _touched(wanted: Mask, top: float, bottom: float, tile_px: float, origin: float) -> Mask:
    """Return the columns in which a band of rows holds a wanted tile."""
    first = math.floor((top - origin) / tile_px + NEARLY)
    last = math.ceil((bottom - origin) / tile_px - NEARLY)
    touched: Mask = np.any(wanted[max(0, first) : max(first + 1, last)], 0, keepdims=True)[0]
    return touched


def _same(
    edges: Floats,
    apart: NDArray[np.object_],
    some: NDArray[np.int64],
    others: NDArray[np.int64],
    iou: float,
    inside: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which of some boxes show the same as which of others, as pairs of their places in the two lists."""
    first, second = shapely.STRtree(apart[others]).query(apart[some])
    one, other = edges[some[first]], edges[others[second]]
    sides = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
    shared = np.clip(sides, 0, None).prod(axis=1)
    area, other_area = _areas(one), _areas(other)
    tiny = np.finfo(np.float64).tiny
    union, smaller = np.maximum(area + other_area - shared, tiny), np.maximum(np.minimum(area, other_area), tiny)
    same = (shared / union > iou) | (shared / smaller > inside)
    return first[same], second[same]


def _best(count: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> Mask:
    """Return which of some boxes, the surest first, are not the same as a surer one that is kept."""
    later = second > first
    first, second = first[later], second[later]
    by_first = np.argsort(first, kind="stable")
    second = second[by_first]
    starts = np.searchsorted(first[by_first], np.arange(count + 1))
    kept = np.ones(count, np.bool_)
    for number in range(count):
        if kept[number]:
            kept[second[starts[number] : starts[number + 1]]] = False
    return kept


def _apart(edges: Floats, labels: NDArray[np.generic]) -> NDArray[np.object_]:
    """Return boxes as shapes, those of each class in a place of their own, so that only the same class ever meets."""
    _, number = np.unique(labels, return_inverse=True)
    step = float(np.ptp(edges[:, 1::2])) + 1 if len(edges) else 0.0
    shift = number.reshape(-1) * step
    shapes = shapely.box(edges[:, 1] + shift, edges[:, 0], edges[:, 3] + shift, edges[:, 2])
    return np.asarray(shapes, np.object_)


def _areas(edges: Floats) -> Floats:
    areas: Floats = np.clip(edges[:, 2:] - edges[:, :2], 0, None).prod(axis=1)
    return areas
