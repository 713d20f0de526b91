"""The grid of tiles on a picture, and the blocks it is worked on in: many tiles each, a few seconds of work."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pelagia.io.rasters.picture import Picture

CORE_PX = 4096
"""Side of a block in the picture: 16 megapixels, 50 MB."""
TILES_PER_SIDE_AT_MOST = 64
"""Of a block: pictures of a coarse ground sampling distance are enlarged, and must stay as small in memory."""
LEAST_PX = 0.5
"""A tile at the edge of which less is left is none."""
LARGEST_ENLARGEMENT = 2.0
"""Pictures are not enlarged more for a model: what they do not show does not appear."""
LARGEST_REDUCTION = 16.0
"""Nor reduced more: below 0.025 cm a pixel tiles are smaller on the ground, so that a block still fits into memory."""
USUAL_GSD_CM = 0.2
"""Where nobody knows the ground sampling distance, tiles have as many pixels as at this one; nothing else follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Tiles of one size over a whole picture, those at its edges cut off.

    Parameters
    ----------
    height_px, width_px
        Of the picture.
    tile_px
        Side of a tile in pixels of the picture; need not be whole.
    scale
        Side of a pixel of the picture in pixels of the tile model.
    tile_m
        Side of a tile on the ground, m; ``None`` where that is not known.
    """

    height_px: int
    width_px: int
    tile_px: float
    scale: float
    tile_m: float | None

    @property
    def rows(self) -> int:
        """Rows of tiles."""
        return max(1, math.ceil((self.height_px - LEAST_PX) / self.tile_px))

    @property
    def cols(self) -> int:
        """Columns of tiles."""
        return max(1, math.ceil((self.width_px - LEAST_PX) / self.tile_px))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some tiles of a grid, rows and columns of it, each ``[first, last)``."""

    first_row: int
    last_row: int
    first_col: int
    last_col: int

    @property
    def tiles(self) -> int:
        """How many it has."""
        return (self.last_row - self.first_row) * (self.last_col - self.first_col)


def lay_grid(picture: Picture, *, model_tile_px: int, model_gsd_cm: float) -> Grid:
    """Return the grid of tiles that a model of tiles names.

    Parameters
    ----------
    picture
        What it is laid over.
    model_tile_px, model_gsd_cm
        Side of a tile in the model's pixels, and their ground sampling distance.
    """
    gsd_cm = picture.gsd_cm or USUAL_GSD_CM
    scale = bounded(gsd_cm / model_gsd_cm)
    tile_px = model_tile_px / scale
    return Grid(
        height_px=picture.height_px,
        width_px=picture.width_px,
        tile_px=tile_px,
        scale=scale,
        tile_m=None if picture.gsd_cm is None else tile_px * picture.gsd_cm / 100,
    )


def bounded(scale: float) -> float:
    """Return the scale at which a model looks at a picture that it would rather see at ``scale``."""
    return min(max(scale, 1 / LARGEST_REDUCTION), LARGEST_ENLARGEMENT)


def cut_blocks(grid: Grid) -> Iterator[Block]:
    """Yield blocks that hold every tile once, row by row."""
    side = min(max(1, round(CORE_PX / grid.tile_px)), TILES_PER_SIDE_AT_MOST)
    for row in range(0, grid.rows, side):
        for col in range(0, grid.cols, side):
            yield Block(
                first_row=row,
                last_row=min(row + side, grid.rows),
                first_col=col,
                last_col=min(col + side, grid.cols),
            )
