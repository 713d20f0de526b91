"""The tiles of a block as rows of a table, all at once: there are some thousand of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pelagia.core.ground import TILE_CLASSES
from pelagia.io.rasters.ground import to_lat_lon, to_map
from pelagia.io.rasters.picture import Picture
from pelagia.services.litter.columns import TILE_COLUMNS, probability_column
from pelagia.services.litter.grid import Block, Grid
from pelagia.services.litter.patch import Patch, edges
from pelagia.services.litter.screening import litter_probability

LEAST_VALID_SHARE = 0.02
"""A tile of which less shows something is none."""
SCHEMA = pa.schema([column.field() for column in TILE_COLUMNS])

Floats = NDArray[np.float64]


def tile_table(
    picture: Picture,
    grid: Grid,
    block: Block,
    patch: Patch,
    probabilities: NDArray[np.float32],
    searched: NDArray[np.bool_],
) -> tuple[pa.Table, int]:
    """Return the tiles of a block that show something, and how many of the block's pixels do.

    Parameters
    ----------
    picture, grid, block
        Where they are.
    patch
        Pixels that hold the block.
    probabilities
        (rows, cols, 8) of the block's tiles.
    searched
        (rows, cols): where items were looked for.
    """
    shape = searched.shape
    numbers = np.indices(shape)
    rows, cols = numbers[0] + block.first_row, numbers[1] + block.first_col
    top, left = rows * grid.tile_px, cols * grid.tile_px
    height = np.minimum(top + grid.tile_px, grid.height_px) - top
    width = np.minimum(left + grid.tile_px, grid.width_px) - left
    shares, valid_px = _valid_shares(grid, block, patch, shape)
    area_m2 = height * width * shares * ((picture.gsd_cm or np.nan) / 100) ** 2
    kept = shares >= LEAST_VALID_SHARE
    values: dict[str, NDArray[np.generic]] = {
        "tile_row": rows,
        "tile_col": cols,
        "row_px": top,
        "col_px": left,
        "height_px": height,
        "width_px": width,
        "valid_share": shares,
        "area_m2": area_m2,
        "score": probabilities.max(axis=-1),
        "litter_probability": litter_probability(probabilities),
        "searched": searched,
        **{probability_column(name): probabilities[..., number] for number, name in enumerate(TILE_CLASSES)},
    }
    values = {name: value[kept] for name, value in values.items()}
    values["latitude"], values["longitude"] = _lat_lon(picture, (top + height / 2)[kept], (left + width / 2)[kept])
    names = np.array(TILE_CLASSES)[probabilities.argmax(axis=-1)[kept]]
    columns: dict[str, pa.Array] = {name: pa.array(value, from_pandas=True) for name, value in values.items()}
    columns["tile_class"] = pa.array(names.tolist(), pa.string())
    columns["object_id"] = pa.array(
        [f"{picture.image_id}_t{row}-{col}" for row, col in zip(rows[kept], cols[kept], strict=True)], pa.string()
    )
    for name in ("image_id", "file", "area_id"):
        columns[name] = pa.array([getattr(picture, name)] * int(kept.sum()), pa.string())
    return pa.table({name: columns[name] for name in SCHEMA.names}).cast(SCHEMA), valid_px


def _valid_shares(grid: Grid, block: Block, patch: Patch, shape: tuple[int, ...]) -> tuple[Floats, int]:
    """Return which share of each tile shows something, and how many pixels of the block do."""
    row_edges = _edges(block.first_row, block.last_row, grid.tile_px, grid.height_px) - patch.row
    col_edges = _edges(block.first_col, block.last_col, grid.tile_px, grid.width_px) - patch.col
    inside = patch.valid[row_edges[0] : row_edges[-1], col_edges[0] : col_edges[-1]]
    valid_px = int(np.count_nonzero(inside))
    if valid_px == inside.size:
        return np.ones(shape), valid_px
    below = np.add.reduceat(inside.astype(np.int64), row_edges[:-1] - row_edges[0], axis=0)
    counts = np.add.reduceat(below, col_edges[:-1] - col_edges[0], axis=1)
    sizes = np.outer(np.diff(row_edges), np.diff(col_edges))
    return counts / sizes, valid_px


def _edges(first: int, last: int, tile_px: float, length_px: int) -> NDArray[np.int64]:
    """Return where the tiles of a row begin, and where the last one ends; no tile is without a pixel."""
    found = np.array([edges(number, number + 1, tile_px, length_px)[0] for number in range(first, last)])
    end = edges(first, last, tile_px, length_px)[1]
    return np.append(found, end)


def _lat_lon(picture: Picture, rows: Floats, cols: Floats) -> tuple[Floats, Floats]:
    if picture.transform is None or picture.crs is None:
        return np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    return to_lat_lon(picture.crs, *to_map(picture.transform, rows, cols))
