"""What is true of a drawn scene: which litter is seen, and the class of each tile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadParameter
from pelagia.core.ground import TILE_CLASSES
from pelagia.services.litter.sample.noise import Bytes

TILE_CM = 25.6
COARSEST_CM = 10.0
"""At a coarser GSD a tile is hardly a pixel, and no litter is seen."""

# A tile is `litter high` from this share of its area or from this number of pieces on; `litter low` from one piece
# whose middle lies in it, or from this share of its area on.
HIGH_COVER, HIGH_ITEMS = 0.22, 4
LOW_COVER = 0.03
# Bare ground shows between what lies on it, so these win from less than the largest share on.
DEBRIS_COVER = 0.35
LEAST_PICTURE_PX = 16
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


class Tally:
    """Gathers, part by part of a picture, which litter is seen and what covers each tile.

    Parameters
    ----------
    shape
        Of the picture, px.
    gsd_cm
        Ground sampling distance, cm per pixel.
    sizes
        Of each piece of litter: how many pixels it has when nothing hides it.
    """

    def __init__(self, shape: tuple[int, int], gsd_cm: float, sizes: Sequence[float]) -> None:
        self._edges = tile_edges(shape[0], gsd_cm), tile_edges(shape[1], gsd_cm)
        tiles = len(self._edges[0]) - 1, len(self._edges[1]) - 1
        self._cover = np.zeros((len(TILE_CLASSES), *tiles), np.float32)
        self._litter = np.zeros(tiles, np.float32)
        self._sizes = np.asarray(sizes, np.float64)
        count = len(sizes) + 1
        self._pixels = np.zeros(count, np.int64)
        self._first = np.full((2, count), np.iinfo(np.int64).max)
        self._last = np.full((2, count), -1)

    def add(self, kinds: Bytes | int, owners: NDArray[np.int32], at: tuple[int, int] = (0, 0)) -> None:
        """Count a part of the picture.

        Parameters
        ----------
        kinds
            (rows, cols): class of the ground without litter, or one class for all of it.
        owners
            (rows, cols): number of the piece of litter there, from 1; 0 is none.
        at
            First row and column of the part.
        """
        (down, first_row), (along, first_col) = (
            _inside(edges, start, side) for edges, start, side in zip(self._edges, at, owners.shape, strict=True)
        )
        where = np.s_[first_row : first_row + len(down) - 1, first_col : first_col + len(along) - 1]
        if isinstance(kinds, int):
            self._cover[kinds][where] += np.diff(down)[:, None] * np.diff(along)[None]
        else:
            count = len(TILE_CLASSES)
            for kind in np.flatnonzero(cv2.calcHist([kinds], [0], None, [count], [0, count])).tolist():
                self._cover[kind][where] += _sums((kinds == kind).view(np.uint8), down, along)
        hidden = (owners > 0).view(np.uint8)
        if cv2.countNonZero(hidden):
            self._litter[where] += _sums(hidden, down, along)
            self._add_pieces(owners, at)

    def _add_pieces(self, owners: NDArray[np.int32], at: tuple[int, int]) -> None:
        rows, cols = np.nonzero(owners)
        numbers = owners[rows, cols]
        self._pixels += np.bincount(numbers, minlength=len(self._pixels))
        for axis, places in enumerate((rows + at[0], cols + at[1])):
            np.minimum.at(self._first[axis], numbers, places)
            np.maximum.at(self._last[axis], numbers, places)

    def seen(self) -> list[Seen]:
        """Return the pieces that are seen."""
        size = self._last - self._first + 1
        share = np.minimum(1, self._pixels[1:] / np.maximum(1, self._sizes))
        good = (share >= LEAST_VISIBLE) & (size.max(0)[1:] >= LEAST_SIDE_PX)
        found = []
        for number in (np.flatnonzero(good) + 1).tolist():
            (row, col), (height, width) = self._first[:, number].tolist(), size[:, number].tolist()
            found.append(Seen(number, row, col, height, width, float(share[number - 1])))
        return found

    def classes(self) -> NDArray[np.int8]:
        """Return the class of each tile by what covers it, index into :data:`TILE_CLASSES`."""
        area = np.diff(self._edges[0])[:, None] * np.diff(self._edges[1])[None]
        share = self._cover / area
        debris = TILE_CLASSES.index("organic debris")
        share[debris] = np.where(share[debris] >= DEBRIS_COVER, 2, share[debris])
        grid = share.argmax(0)
        covered = self._litter / area
        pieces = np.zeros(area.shape, np.int64)
        for one in self.seen():
            row, col = (
                int(np.searchsorted(edges, middle, "right")) - 1
                for edges, middle in zip(self._edges, (one.row + one.height / 2, one.col + one.width / 2), strict=True)
            )
            pieces[row, col] += 1
        grid = np.where((pieces >= 1) | (covered >= LOW_COVER), TILE_CLASSES.index("litter low"), grid)
        grid = np.where((pieces >= HIGH_ITEMS) | (covered >= HIGH_COVER), TILE_CLASSES.index("litter high"), grid)
        return grid.astype(np.int8)


def check_size(height_px: int, width_px: int, gsd_cm: float) -> None:
    """Refuse to draw what is too small or too coarse to be seen.

    Raises
    ------
    BadParameter
        Says what is possible.
    """
    if min(height_px, width_px) < LEAST_PICTURE_PX:
        raise BadParameter(
            "The picture to draw is too small",
            value=f"{width_px} × {height_px} pixels",
            remedy=f"Ask for at least {LEAST_PICTURE_PX} pixels on each side",
        )
    if not 0 < gsd_cm <= COARSEST_CM:
        raise BadParameter(
            "The picture to draw is too coarse to show litter",
            value=f"{gsd_cm:g} cm per pixel",
            remedy=f"Ask for at most {COARSEST_CM:g} cm per pixel",
        )


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
    edges: NDArray[np.int64] = np.minimum(np.arange(count + 1) * tile_px + 1e-6, side_px).astype(np.int64)
    return edges


def _inside(edges: NDArray[np.int64], start: int, side: int) -> tuple[NDArray[np.int64], int]:
    """Return the edges of tiles within a part of a side, counted from its start, and the first tile in it."""
    first = int(np.searchsorted(edges, start, "right")) - 1
    last = int(np.searchsorted(edges, start + side, "left"))
    return np.clip(edges[first : last + 1] - start, 0, side), first


def _sums(mask: Bytes, down: NDArray[np.int64], along: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how many pixels of each tile are set."""
    total = cv2.integral(mask)
    corners = total[np.ix_(down, along)].astype(np.float64)
    return corners[1:, 1:] - corners[:-1, 1:] - corners[1:, :-1] + corners[:-1, :-1]
