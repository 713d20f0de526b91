"""The density map: ground and items of each cell of a grid."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from pelagia.io.rasters.ground import WGS84, Floats
from pelagia.services.litter.counting import Counted
from pelagia.services.litter.frames import Frame, Layout, reproject
from pelagia.services.litter.parts import CellGrid, Parts

Record = dict[str, Any]


def cell_records(layout: Layout, parts: Parts, counted: Counted) -> list[Record]:
    """Return the rows of ``cells``: cells of which ground was looked at or in which an item lies, row by row.

    They sum to the items and the ground of their area. Cells of several transects are one.
    """
    items, litter_m2 = tally_parts(parts, counted)
    cells: dict[tuple[int, int], list[float]] = {}
    for number, part in enumerate(parts.found):
        one = cells.setdefault((part.frame, part.cell), [0.0, 0.0, 0.0])
        for place, value in enumerate((parts.covered_m2[number], items[number], litter_m2[number])):
            one[place] += float(value)
    rows: list[Record] = []
    for frame, keys in groupby(sorted(cells), key=itemgetter(0)):
        grid, mine = parts.grids[frame], [cell for _, cell in keys]
        if grid is not None:
            rows += _rows(layout.frames[frame], grid, mine, [cells[frame, cell] for cell in mine])
    return rows


def tally_parts(parts: Parts, counted: Counted) -> tuple[Floats, Floats]:
    """Return how many items lie in each part, and the ground that their boxes cover, m²; NaN where unknown."""
    mine = counted.part >= 0
    size = len(parts.found)
    items = np.bincount(counted.part[mine], minlength=size).astype(np.float64)
    litter_m2 = np.bincount(counted.part[mine], weights=counted.litter_m2[mine], minlength=size)
    return items, litter_m2.astype(np.float64)


def _rows(frame: Frame, grid: CellGrid, cells: list[int], values: list[list[float]]) -> list[Record]:
    latitudes, longitudes = _middles(frame, grid, cells)
    rows = []
    for number, (cell, (covered_m2, items, litter_m2)) in enumerate(zip(cells, values, strict=True)):
        row, col = divmod(cell, grid.cols)
        rows.append(
            {
                "area_id": frame.area_id,
                "image_id": frame.image_id,
                "cell_row": row,
                "cell_col": col,
                "crs": frame.crs,
                "west_m": grid.west_m + col * grid.cell_m,
                "north_m": grid.north_m - row * grid.cell_m,
                "cell_m": grid.cell_m,
                "latitude": latitudes[number],
                "longitude": longitudes[number],
                "covered_m2": covered_m2,
                "items": int(items),
                "items_per_m2": items / covered_m2 if covered_m2 > 0 else None,
                "litter_m2": litter_m2 if np.isfinite(litter_m2) else None,
            }
        )
    return rows


def _middles(frame: Frame, grid: CellGrid, cells: list[int]) -> tuple[list[Any], list[Any]]:
    if frame.crs is None:
        return [None] * len(cells), [None] * len(cells)
    middles = np.array([grid.middle(cell) for cell in cells])
    longitudes, latitudes = reproject(frame.crs, WGS84, middles[:, 0], middles[:, 1])
    return latitudes.tolist(), longitudes.tolist()
