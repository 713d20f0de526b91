"""The classes of all tiles of an area on one grid, north up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.result import Result
from pelagia.exports.litter.colours import TILE_COLOURS
from pelagia.exports.litter.pictures import lies_somewhere
from pelagia.exports.litter.places import Ground
from pelagia.exports.tables import record_batches
from pelagia.io.rasters.ground import to_pixels, transformer

CLASSES = tuple(TILE_COLOURS)
NUMBERS = {name: number for number, name in enumerate(CLASSES, start=1)}
CELLS_AT_MOST = 200_000_000
_COLUMNS = ("image_id", "tile_row", "tile_col", "row_px", "col_px", "height_px", "width_px", "tile_class")

Classes = NDArray[np.uint8]


@dataclass(slots=True)
class TileGrid:
    """The tiles of one picture: the side of a tile in its pixels, and the class of each, 0 where there is none."""

    tile_px: float
    classes: Classes


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMap:
    """The classes of an area; ``transform`` as in the table ``pictures``, ``cell_m`` the side of a pixel."""

    area_id: str
    crs: str
    transform: tuple[float, ...]
    cell_m: float
    classes: Classes


def tile_grids(result: Result, pictures: Mapping[str, Mapping[str, Any]]) -> dict[str, TileGrid]:
    """Return the tiles of every picture: a byte a tile."""
    found: dict[str, TileGrid] = {}
    for rows in record_batches(result.tables["tiles"], _COLUMNS):
        for row in rows:
            picture = pictures.get(row["image_id"])
            if picture is None:
                continue
            grid = found.get(row["image_id"])
            if grid is None:
                grid = found[row["image_id"]] = _empty(row, picture)
            if row["tile_row"] < grid.classes.shape[0] and row["tile_col"] < grid.classes.shape[1]:
                grid.classes[row["tile_row"], row["tile_col"]] = NUMBERS.get(row["tile_class"], 0)
    return found


def class_maps(pictures: Mapping[str, Mapping[str, Any]], grids: Mapping[str, TileGrid]) -> Iterator[ClassMap | str]:
    """Yield the map of every area; the name of an area alone where its pictures lie too far apart for one.

    Where pictures overlap, the first one is shown. A single orthophoto whose rows run west to east is taken as it is:
    a pixel of the map is a tile.
    """
    areas: dict[str, list[Mapping[str, Any]]] = {}
    for name in grids:
        if not lies_somewhere(pictures[name]):
            continue
        areas.setdefault(pictures[name]["area_id"], []).append(pictures[name])
    for area_id, own in areas.items():
        yield _class_map(area_id, own, grids) or area_id


def _empty(row: Mapping[str, Any], picture: Mapping[str, Any]) -> TileGrid:
    """Return an empty grid; the side of its tiles follows from any tile that is not in the first row and column."""
    if row["tile_row"]:
        tile_px = row["row_px"] / row["tile_row"]
    elif row["tile_col"]:
        tile_px = row["col_px"] / row["tile_col"]
    else:
        tile_px = max(row["height_px"], row["width_px"])
    shape = [max(1, math.ceil(picture[side] / tile_px - 1e-6)) for side in ("height_px", "width_px")]
    return TileGrid(tile_px, np.zeros(shape, np.uint8))


def _class_map(area_id: str, pictures: Sequence[Mapping[str, Any]], grids: Mapping[str, TileGrid]) -> ClassMap | None:
    crs = Counter(picture["crs"] for picture in pictures).most_common(1)[0][0]
    ground = Ground({}, crs)
    corners = np.concatenate([ground.picture(picture) for picture in pictures])
    west, north = float(corners[:, 0].min()), float(corners[:, 1].max())
    cell_m = min(_tile_m(picture, grids[picture["image_id"]]) for picture in pictures)
    shape = tuple(
        max(1, math.ceil((high - low) / cell_m - 1e-6))
        for low, high in ((float(corners[:, 1].min()), north), (west, float(corners[:, 0].max())))
    )
    if shape[0] * shape[1] > CELLS_AT_MOST:
        return None
    classes = np.zeros(shape, np.uint8)
    for picture in pictures:
        _draw(picture, grids[picture["image_id"]], classes, (west, north, cell_m), crs)
    return ClassMap(
        area_id=area_id, crs=crs, transform=(cell_m, 0.0, west, 0.0, -cell_m, north), cell_m=cell_m, classes=classes
    )


def _tile_m(picture: Mapping[str, Any], grid: TileGrid) -> float:
    a, _, _, d, _, _ = picture["transform"]
    return math.hypot(a, d) * grid.tile_px


def _draw(
    picture: Mapping[str, Any], grid: TileGrid, classes: Classes, lie: tuple[float, float, float], crs: str
) -> None:
    """Take the class of the tile under the middle of every cell that is still empty."""
    west, north, cell_m = lie
    corners = Ground({}, crs).picture(picture)
    first = (
        max(0, math.floor((north - corners[:, 1].max()) / cell_m)),
        max(0, math.floor((corners[:, 0].min() - west) / cell_m)),
    )
    last = math.ceil((north - corners[:, 1].min()) / cell_m), math.ceil((corners[:, 0].max() - west) / cell_m)
    part = classes[first[0] : last[0], first[1] : last[1]]
    east = west + (np.arange(part.shape[1]) + first[1] + 0.5) * cell_m
    x = np.broadcast_to(east, part.shape)
    y = np.broadcast_to(north - (np.arange(part.shape[0])[:, None] + first[0] + 0.5) * cell_m, part.shape)
    if picture["crs"] != crs:
        x, y = transformer(crs, picture["crs"]).transform(x, y)
    rows, cols = (np.floor(value / grid.tile_px).astype(np.int64) for value in to_pixels(picture["transform"], x, y))
    inside = (rows >= 0) & (cols >= 0) & (rows < grid.classes.shape[0]) & (cols < grid.classes.shape[1]) & (part == 0)
    part[inside] = grid.classes[rows[inside], cols[inside]]
