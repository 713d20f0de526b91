"""The cells of the ground: how much of each was looked at, and which item lies in which."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from pelagia.core.result import Issue
from pelagia.io.rasters.ground import Floats
from pelagia.services.litter.frames import Layout

MOST_CELLS = 100_000
"""Of all grids together; smaller cells would be too many to look at."""
NO_PART = -1
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellGrid:
    """The grid of a frame: edges at multiples of ``cell_m``, rows counted from the north, columns from the west."""

    north_m: float
    west_m: float
    cell_m: float
    cols: int

    def cells(self, x: Floats, y: Floats) -> Ints:
        """Return the numbers of the cells that hold points, row by row."""
        rows = np.floor((self.north_m - y) / self.cell_m).astype(np.int64)
        cols = np.floor((x - self.west_m) / self.cell_m).astype(np.int64)
        return np.asarray(np.maximum(rows, 0) * self.cols + np.clip(cols, 0, self.cols - 1), np.int64)

    def middle(self, cell: int) -> tuple[float, float]:
        """Return easting and northing of the middle of a cell."""
        row, col = divmod(cell, self.cols)
        return self.west_m + (col + 0.5) * self.cell_m, self.north_m - (row + 0.5) * self.cell_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a cell belongs to one transect; ``transect`` is -1 for none."""

    frame: int
    cell: int
    transect: int


class Parts:
    """Parts of the ground, found as tiles and items fall into them.

    Parameters
    ----------
    grids
        One for each frame; ``None`` where a frame has no metres.
    """

    def __init__(self, grids: Sequence[CellGrid | None]) -> None:
        self.grids = tuple(grids)
        self.found: list[Part] = []
        self._numbers: dict[Part, int] = {}
        self._covered = np.zeros(1024)

    @property
    def covered_m2(self) -> Floats:
        """Ground looked at in each part."""
        return self._covered[: len(self.found)]

    def find(self, frame: int, transects: Ints, x: Floats, y: Floats) -> Ints:
        """Return the part that holds each point; -1 where the frame has no metres."""
        grid = self.grids[frame]
        if grid is None or not len(x):
            return np.full(len(x), NO_PART, np.int64)
        most = int(transects.max()) + 2
        keys, inverse = np.unique(grid.cells(x, y) * most + transects + 1, return_inverse=True)
        numbers = [self._number(Part(frame=frame, cell=key // most, transect=key % most - 1)) for key in keys.tolist()]
        return np.array(numbers, np.int64)[inverse]

    def add_ground(self, numbers: Ints, areas_m2: Floats) -> None:
        """Add ground looked at to parts; unknown areas count as none."""
        known = np.isfinite(areas_m2) & (numbers != NO_PART)
        np.add.at(self._covered, numbers[known], areas_m2[known])

    def _number(self, part: Part) -> int:
        number = self._numbers.get(part)
        if number is None:
            number = self._numbers[part] = len(self.found)
            self.found.append(part)
            if number >= len(self._covered):
                self._covered = np.concatenate([self._covered, np.zeros(len(self._covered))])
        return number


def cell_grids(layout: Layout, cell_m: float, issues: list[Issue]) -> list[CellGrid | None]:
    """Return the grids of all frames; where they would have too many cells, with larger ones, and a finding."""
    outlines: list[list[shapely.Polygon]] = [[] for _ in layout.frames]
    for sheet in layout.sheets.values():
        outlines[sheet.frame].append(sheet.footprint())
    bounds = [shapely.total_bounds(np.array(shapes)) for shapes in outlines]
    boxes = [
        shapely.bounds(np.array(shapes, dtype=object))
        for frame, shapes in zip(layout.frames, outlines, strict=True)
        if frame.unit_m is not None
    ]
    wanted = cell_m
    while sum(_cells(of_frame, cell_m) for of_frame in boxes) > MOST_CELLS:
        cell_m *= 2
    if cell_m != wanted:
        issues.append(_coarser(wanted, cell_m))
    return [
        None if frame.unit_m is None else _grid(box, cell_m) for frame, box in zip(layout.frames, bounds, strict=True)
    ]


def _cells(boxes: Floats, cell_m: float) -> int:
    """Return how many cells of a frame some boxes touch; where they are far too many, how many they are about."""
    first = np.floor(boxes[:, :2] / cell_m)
    sizes = np.ceil(boxes[:, 2:] / cell_m) - first
    if sizes.prod(axis=1).sum() > 10 * MOST_CELLS:
        return int(min(sizes.prod(axis=1).sum(), 1e18))
    cols = sizes[:, 0].astype(np.int64)
    number = np.repeat(np.arange(len(boxes)), (cols * sizes[:, 1]).astype(np.int64))
    within = np.arange(len(number)) - np.searchsorted(number, number)
    cells = first[number] + np.column_stack([within % cols[number], within // cols[number]])
    return len(np.unique(cells @ np.array([1.0, 1j])))


def _grid(bounds: Floats, cell_m: float) -> CellGrid:
    west, _, east, north = bounds.tolist()
    first, last = math.floor(west / cell_m), math.ceil(east / cell_m)
    return CellGrid(
        north_m=math.ceil(north / cell_m) * cell_m, west_m=first * cell_m, cell_m=cell_m, cols=max(1, last - first)
    )


def _coarser(wanted: float, cell_m: float) -> Issue:
    return Issue(
        file="the density map",
        code="cells-coarser",
        message=f"Cells of {wanted:g} m would be more than {MOST_CELLS:,}; they have {cell_m:g} m instead.",
        value=f"{wanted:g} m",
        remedy="Give larger cells, or fewer pictures.",
        severity="note",
    )
