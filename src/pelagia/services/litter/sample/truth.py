"""What is true of a drawn scene: which litter is seen, and the class of each tile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.services.litter.sample.noise import Bytes

CLASSES = ("litter high", "litter low", "organic debris", "water", "sand", "vegetation", "stones", "other")
TILE_CM = 25.6

# A tile is `litter high` from this share of its area or from this number of pieces on; `litter low` from one piece
# whose middle lies in it, or from this share of its area on.
HIGH_COVER, HIGH_ITEMS = 0.22, 4
LOW_COVER = 0.03
# Bare ground shows between what lies on it, so these win from less than the largest share on.
DEBRIS_COVER = 0.35
LEAST_SIDE_PX = 3
LEAST_VISIBLE = 0.3
"""A piece of which less is seen, or that is smaller in the picture, is not counted as seen."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A piece of litter that is seen: its number from 1, its box, px, and the share of it that is seen."""

    number: int
    row: int
    col: int
    height: int
    width: int
    visible: float


def seen_items(owners: NDArray[np.int32], sizes: Sequence[float]) -> list[Seen]:
    """Return the pieces that are seen, by what each pixel shows.

    Parameters
    ----------
    owners
        (rows, cols): number of the piece, from 1; 0 is none.
    sizes
        Of each piece: how many pixels it has when nothing hides it.
    """
    rows, cols = np.nonzero(owners)
    numbers = owners[rows, cols]
    count = len(sizes) + 1
    pixels = np.bincount(numbers, minlength=count)
    edges = []
    for places in (rows, cols):
        first, last = np.full(count, np.iinfo(np.int32).max), np.full(count, -1)
        np.minimum.at(first, numbers, places)
        np.maximum.at(last, numbers, places)
        edges.append((first, last))
    found = []
    for number in np.flatnonzero(pixels).tolist():
        (top, bottom), (left, right) = ((int(first[number]), int(last[number])) for first, last in edges)
        box = top, left, bottom - top + 1, right - left + 1
        visible = min(1.0, float(pixels[number]) / max(1.0, sizes[number - 1]))
        if visible >= LEAST_VISIBLE and max(box[2:]) >= LEAST_SIDE_PX:
            found.append(Seen(number, *box, visible))
    return found


def tile_edges(side_px: int, gsd_cm: float) -> NDArray[np.int64]:
    """Return where tiles of 25.6 cm begin along a side, px, and where the last one ends.

    Parameters
    ----------
    side_px
        Of the picture.
    gsd_cm
        Ground sampling distance, cm per pixel.
    """
    tile_px = TILE_CM / gsd_cm
    count = max(1, math.ceil(side_px / tile_px - 1e-6))
    edges: NDArray[np.int64] = np.minimum(np.round(np.arange(count + 1) * tile_px), side_px).astype(np.int64)
    return edges


def class_grid(kinds: Bytes, owners: NDArray[np.int32], seen: Sequence[Seen], gsd_cm: float) -> NDArray[np.int8]:
    """Return the class of each tile by what covers it.

    Parameters
    ----------
    kinds
        (rows, cols): class of the ground without litter.
    owners
        (rows, cols): number of the piece of litter there.
    seen
        The pieces that are seen.
    gsd_cm
        Ground sampling distance, cm per pixel.
    """
    down, along = (tile_edges(side, gsd_cm) for side in kinds.shape)
    area = np.diff(down)[:, None] * np.diff(along)[None]
    share = np.zeros((len(CLASSES), *area.shape))
    for kind in np.flatnonzero(np.bincount(kinds.ravel(), minlength=len(CLASSES))):
        share[kind] = _sums((kinds == kind).view(np.uint8), down, along) / area
    share[2] = np.where(share[2] >= DEBRIS_COVER, 1, share[2])
    grid = share.argmax(0)
    covered = _sums((owners > 0).view(np.uint8), down, along) / area
    pieces = np.zeros(area.shape, np.int64)
    for one in seen:
        row = np.searchsorted(down, one.row + one.height / 2, "right") - 1
        col = np.searchsorted(along, one.col + one.width / 2, "right") - 1
        pieces[row, col] += 1
    grid = np.where((pieces >= 1) | (covered >= LOW_COVER), 1, grid)
    grid = np.where((pieces >= HIGH_ITEMS) | (covered >= HIGH_COVER), 0, grid)
    return grid.astype(np.int8)


def _sums(mask: Bytes, down: NDArray[np.int64], along: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how many pixels of each tile are set."""
    total = cv2.integral(mask)
    corners = total[np.ix_(down, along)].astype(np.float64)
    return corners[1:, 1:] - corners[:-1, 1:] - corners[1:, :-1] + corners[:-1, :-1]
