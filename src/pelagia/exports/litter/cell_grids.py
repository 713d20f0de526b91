"""The cells of the density map as grids, one for each area."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.result import Issue, Result
from pelagia.exports.tables import records

CELLS_AT_MOST = 4_000_000
"""Of the grid of an area, those that nothing was seen of among them: 10 km each way with cells of 5 m, 1 GB to draw."""
COLUMNS = ("area_id", "cell_row", "cell_col", "crs", "west_m", "north_m", "cell_m", "covered_m2", "items")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellGrid:
    """The cells of an area.

    Parameters
    ----------
    area_id, crs
        Which area, in which coordinate system.
    west_m, north_m, cell_m
        Its north-western corner and the side of a cell.
    items, covered_m2
        (row, col): items counted, and ground looked at; 0 where nothing was seen.
    """

    area_id: str
    crs: str
    west_m: float
    north_m: float
    cell_m: float
    items: Floats
    covered_m2: Floats

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which cells were looked at."""
        seen: NDArray[np.bool_] = self.covered_m2 > 0
        return seen

    @property
    def items_per_m2(self) -> Floats:
        """Items per square metre looked at, NaN where nothing was seen."""
        found: Floats = np.full(self.items.shape, np.nan)
        np.divide(self.items, self.covered_m2, out=found, where=self.seen)
        return found


def cell_grids(result: Result) -> tuple[list[CellGrid], list[Issue]]:
    """Return the grids of all areas that lie somewhere, and findings on those that cannot be one grid."""
    by_area: dict[tuple[str, str, float], list[dict[str, Any]]] = {}
    for row in records(result.tables["cells"], COLUMNS):
        if row["crs"] and row["west_m"] is not None:
            by_area.setdefault((row["area_id"], row["crs"], row["cell_m"]), []).append(row)
    grids: list[CellGrid] = []
    issues: list[Issue] = []
    for (area_id, crs, cell_m), rows in by_area.items():
        grid = _grid(area_id, crs, cell_m, rows)
        if grid is None:
            issues.append(_too_far_apart(area_id, cell_m))
        else:
            grids.append(grid)
    return grids, issues


def named(grids: Iterable[CellGrid]) -> Iterator[tuple[str, CellGrid]]:
    """Yield grids with a name for each: that of the area, with the coordinate system where it has several."""
    grids = list(grids)
    areas = [grid.area_id for grid in grids]
    for grid in grids:
        several = areas.count(grid.area_id) > 1
        yield f"{grid.area_id} {grid.crs[:40]}" if several else grid.area_id, grid


def _grid(area_id: str, crs: str, cell_m: float, rows: list[dict[str, Any]]) -> CellGrid | None:
    west, north = min(row["west_m"] for row in rows), max(row["north_m"] for row in rows)
    at = [(round((north - row["north_m"]) / cell_m), round((row["west_m"] - west) / cell_m)) for row in rows]
    shape = max(row for row, _ in at) + 1, max(col for _, col in at) + 1
    if shape[0] * shape[1] > CELLS_AT_MOST:
        return None
    items, covered = np.zeros(shape), np.zeros(shape)
    for place, row in zip(at, rows, strict=True):
        items[place] += row["items"] or 0
        covered[place] += row["covered_m2"] or 0.0
    return CellGrid(
        area_id=area_id, crs=crs, west_m=west, north_m=north, cell_m=cell_m, items=items, covered_m2=covered
    )


def _too_far_apart(area_id: str, cell_m: float) -> Issue:
    return Issue(
        file="exports/density-map",
        code="export-area-too-wide",
        severity="warning",
        message="The pictures of an area lie too far apart for one map of cells; it was not drawn",
        value=f"{area_id}, cells of {cell_m:g} m",
        remedy="Give each place an area of its own (a folder each), or choose larger cells.",
    )
