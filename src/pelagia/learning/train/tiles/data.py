"""What a model of tile classes learns from: squares of the ground, and which classes each of their tiles may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pelagia.core.ground import TILE_CLASSES
from pelagia.learning.tile_classes import STEPS_PER_TILE

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

LITTER = TILE_CLASSES[:2]
HALF_OVER = 0.5  # weight of tiles that lie over two or four: what they show is known less exactly
UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class TileData:
    """Squares of the ground, all of one size.

    Parameters
    ----------
    images
        (N, S, S, 3) uint8 RGB at the working scale; may be a memory map.
    allowed
        (N, G, G, C) 1 for each class the tile may be, G being ``steps(S / tile)``: one class where it is
        known, several where less is known, such as only that it is no litter. All 0: nothing is known.
    weights
        (N, G, G) how much each tile counts.
    groups
        (N,) of squares that belong together (beach, flight, day): trained on all or none of them.
    """

    images: Bytes
    allowed: Bytes
    weights: Floats
    groups: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.groups)

    def part(self, rows: Ints) -> TileData:
        """Return some of the squares; their images are copied out of a memory map."""
        return replace(
            self,
            images=self.images[rows],
            allowed=self.allowed[rows],
            weights=self.weights[rows],
            groups=tuple(self.groups[row] for row in rows),
        )

    def tiles(self) -> tuple[Bytes, Ints]:
        """Return ``allowed`` (N, R, R, C) and the class (N, R, R) of the tiles proper, −1 where not one is sure."""
        own = self.allowed[:, ::STEPS_PER_TILE, ::STEPS_PER_TILE]
        return own, np.where(own.sum(axis=-1) == 1, own.argmax(axis=-1), UNKNOWN)


def steps(tiles: int) -> int:
    """Return how many tiles that overlap by half stand in a row of so many."""
    return STEPS_PER_TILE * tiles - 1


def overlapping(own: Bytes) -> tuple[Bytes, Floats]:
    """Return what tiles that overlap by half may be, and how much each counts.

    Parameters
    ----------
    own
        (R, R, C) what each tile proper may be.

    Returns
    -------
    allowed
        (2R−1, 2R−1, C): a tile that lies over several may be whatever one of them may be; nothing is known of
        it where nothing is known of one of them.
    weights
        (2R−1, 2R−1).
    """
    rows, cols, classes = own.shape
    allowed = np.zeros((steps(rows), steps(cols), classes), np.uint8)
    known = np.ones(allowed.shape[:2], np.bool_)
    for row in range(rows):
        for col in range(cols):
            low_row, low_col = max(STEPS_PER_TILE * row - 1, 0), max(STEPS_PER_TILE * col - 1, 0)
            here = (slice(low_row, STEPS_PER_TILE * row + 2), slice(low_col, STEPS_PER_TILE * col + 2))
            allowed[here] |= own[row, col]
            known[here] &= bool(own[row, col].any())
    allowed[~known] = 0
    weights = np.full(known.shape, HALF_OVER, np.float32)
    weights[::STEPS_PER_TILE, ::STEPS_PER_TILE] = 1
    return allowed, weights * known


def one_of(names: Sequence[str], classes: Sequence[str] = TILE_CLASSES) -> Bytes:
    """Return (C,) uint8, 1 for the classes that are named.

    Parameters
    ----------
    names
        Which a tile may be.
    classes
        All of them, in the order of the model.
    """
    return np.array([name in names for name in classes], np.uint8)


def balanced(data: TileData, balance: float) -> TileData:
    """Weigh the tiles of rare classes more.

    Parameters
    ----------
    data
        Whose tiles.
    balance
        0: every tile counts the same; 1: every class.

    Notes
    -----
    The weight of a tile is (tiles that may be it)^(−balance), averaged over the classes it may be, and then
    scaled so that the mean weight stays.
    """
    counts = (data.allowed * data.weights[..., None]).sum(axis=(0, 1, 2))
    share = np.where(counts > 0, np.maximum(counts, 1) ** -balance, 0.0)
    each = (data.allowed * share).sum(axis=-1) / np.maximum(data.allowed.sum(axis=-1), 1)
    total = float((each * data.weights).sum())
    scale = float(data.weights.sum()) / total if total else 0.0
    return replace(data, weights=(data.weights * each * scale).astype(np.float32))
