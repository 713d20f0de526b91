"""Shapes to measure, and what ImageJ's own loops say of them, written out pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pelagia.imaging.region import Region

Mask = NDArray[np.bool_]


def rectangle(height: int, width: int) -> Mask:
    return np.ones((height, width), dtype=np.bool_)


def disc(diameter: int) -> Mask:
    offset = np.arange(diameter) - (diameter - 1) / 2
    return (offset[:, None] ** 2 + offset[None, :] ** 2) <= (diameter / 2) ** 2


def ell(height: int, width: int, thick: int) -> Mask:
    mask = np.zeros((height, width), dtype=np.bool_)
    mask[:, :thick] = True
    mask[-thick:, :] = True
    return mask


def blotch(rng: np.random.Generator, largest: int = 30) -> Mask:
    """Draw an irregular 8-connected object without holes, its box tight."""
    height, width = rng.integers(1, largest, 2)
    noise = ndimage.gaussian_filter(rng.random((height, width)), rng.uniform(0.0, 2.0))
    labels, count = ndimage.label(noise >= np.median(noise), np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    found = labels == 1 + int(np.argmax(sizes))
    rows, cols = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    box = found[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    return np.asarray(ndimage.binary_fill_holes(box), dtype=np.bool_)


def region(filled: Mask, grey: int | NDArray[np.uint8] = 120, *, row: int = 40, col: int = 70) -> Region:
    """Put an object of that grey into its box; around it the background is 250."""
    return Region(row, col, filled, np.where(filled, np.uint8(0) + np.asarray(grey, np.uint8), np.uint8(250)))


def wand_perimeter(filled: Mask) -> float:
    """Trace with a wand, corner by corner, and add the sides up as ImageJ 1.41 does."""
    padded = np.pad(filled, 2)

    def inside(row: int, col: int) -> bool:
        return bool(padded[row + 2, col + 2])

    start_col = int(np.argmax(filled[0]))
    while inside(0, start_col):
        start_col += 1
    row, col, heading = 0, start_col, 0  # east; the object is on the right hand
    moves = ((0, 1), (1, 0), (0, -1), (-1, 0))
    ahead = (((-1, 0), (0, 0)), ((0, 0), (0, -1)), ((0, -1), (-1, -1)), ((-1, -1), (-1, 0)))
    corners: list[tuple[int, int]] = []
    while True:
        left, right = (inside(row + down, col + across) for down, across in ahead[heading])
        turned = (heading - 1) % 4 if left else heading if right else (heading + 1) % 4
        if turned != heading:
            corners.append((row, col))
        heading = turned
        row, col = row + moves[heading][0], col + moves[heading][1]
        if (row, col, heading) == (0, start_col, 0):
            break
    length, cut, counted = 0, 0, False
    for index, corner in enumerate(corners):
        before = corners[index - 1]
        side = abs(corner[0] - before[0]) + abs(corner[1] - before[1])
        length += side
        counted = side > 1 or not counted
        cut += counted
    return length - cut * (2.0 - math.sqrt(2.0))
