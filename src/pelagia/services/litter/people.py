"""People in a block, found at a resolution at which they are seen and the rest costs little."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pelagia.learning.people import load_people_finder
from pelagia.services.litter.grid import Block, Grid
from pelagia.services.litter.patch import Patch, edges, resample

LARGEST_SIDE_PX = 2000
"""Where nobody knows the ground sampling distance, blocks are looked at no larger than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The people of a block and around it.

    Parameters
    ----------
    edges
        (N, 4): first row, first column, last row, last column, in pixels of the patch.
    mine
        How many have their middle in the block.
    """

    edges: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    mine: int = 0


def find_people(
    patch: Patch, grid: Grid, block: Block, model: str, gsd_cm: float | None, *, every_way: bool = False
) -> Crowd:
    """Find people.

    Parameters
    ----------
    patch
        The pixels of a block and around it.
    grid, block
        Where it stands.
    model
        Folder of the model.
    gsd_cm
        Ground sampling distance of the picture.
    every_way
        Look with the picture turned by quarters as well; takes four times as long.
    """
    finder = load_people_finder(model)
    height, width = patch.rgb.shape[:2]
    scale = min(1.0, LARGEST_SIDE_PX / max(height, width))
    if gsd_cm is not None and finder.gsd_cm is not None:
        scale = min(1.0, gsd_cm / finder.gsd_cm)
    rows, cols = max(1, round(height * scale)), max(1, round(width * scale))
    small = resample(patch, patch.row, patch.col, rows=rows, cols=cols, scale=scale)
    found = finder.find(small, every_way=every_way) / np.float32(scale)
    middles = (found[:, :2] + found[:, 2:]) / 2 + np.array([patch.row, patch.col])
    top, bottom = edges(block.first_row, block.last_row, grid.tile_px, grid.height_px)
    left, right = edges(block.first_col, block.last_col, grid.tile_px, grid.width_px)
    mine = (middles >= [top, left]).all(axis=1) & (middles < [bottom, right]).all(axis=1)
    return Crowd(edges=found.astype(np.float32), mine=int(mine.sum()))
