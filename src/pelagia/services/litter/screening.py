"""Which class the tiles of a block are, and which of them are worth searching for items."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.ground import LITTER_CLASSES, TILE_CLASSES
from pelagia.learning.tile_classes import TileClassifier
from pelagia.services.litter.grid import Block, Grid
from pelagia.services.litter.patch import Patch, resample

RING = 1
"""Tiles around a block that are named with it, so that every tile of it has its neighbours."""
LITTER = [TILE_CLASSES.index(name) for name in LITTER_CLASSES]

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


def screen(patch: Patch, grid: Grid, block: Block, classifier: TileClassifier) -> Floats:
    """Return (rows, cols, 8) float32: the probabilities of the classes, of the block and a ring of tiles around it."""
    rows = block.last_row - block.first_row + 2 * RING
    cols = block.last_col - block.first_col + 2 * RING
    window = resample(
        patch,
        (block.first_row - RING) * grid.tile_px,
        (block.first_col - RING) * grid.tile_px,
        rows=rows * classifier.tile_px,
        cols=cols * classifier.tile_px,
        scale=grid.scale,
    )
    return classifier.classify(window)


def litter_probability(probabilities: Floats) -> Floats:
    """Return (rows, cols) float32: how likely a tile holds litter, much or little."""
    found: Floats = probabilities[..., LITTER].sum(axis=-1)
    return found


def worth_searching(litter: Floats, search_from: float) -> Mask:
    """Return (rows, cols): the tiles that may hold litter and those beside them, where an item may begin or end."""
    likely = (litter >= search_from).astype(np.uint8)
    return np.asarray(cv2.dilate(likely, np.ones((3, 3), np.uint8)), np.bool_)
