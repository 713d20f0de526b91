"""Slicks in one part of a scene: pieces with exact outlines, which fit those of the parts beside it without a gap."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes
from rasterio.transform import Affine

Singles = NDArray[np.float32]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]
"""First row, first column, last row, last column; the last ones not included."""

RING_PX = 24
"""How far around a piece its sea is looked at."""
GAP_PX = 4
"""How far from its edge that begins."""
MOST_PIECES = 2_000
"""Of one part; of more, which only noise has, the largest are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The pieces of one part.

    Parameters
    ----------
    polygons
        (n,) shapely polygons of col, row at the corners of pixels of the scene.
    pixels
        (n,) how many each has.
    probability
        (n,) mean of its pixels.
    inside, outside
        (n,) mean of the values in it, and of the sea around; NaN where there is none.
    outside_pixels
        (n,) how much sea that is.
    """

    polygons: NDArray[np.object_]
    pixels: NDArray[np.float64]
    probability: NDArray[np.float64]
    inside: NDArray[np.float64]
    outside: NDArray[np.float64]
    outside_pixels: NDArray[np.float64]


def find_pieces(
    probability: Singles,
    values: Singles,
    sea: Mask,
    *,
    core: Box,
    origin: tuple[int, int],
    probability_from: float,
    least_px: int,
) -> Pieces:
    """Return the pieces in the core of a part.

    Parameters
    ----------
    probability, values, sea
        (height, width) of the part with its margin: how surely oil, what was measured, where there is sea.
    core
        In these arrays.
    origin
        Row and column in the scene of their first pixel.
    probability_from
        From which on a pixel belongs to a slick.
    least_px
        Smaller pieces are left out, unless they touch the edge of the core: they may go on beyond it.
    """
    top, left, bottom, right = core
    dark: Mask = (probability >= probability_from) & sea
    labels, boxes = _labelled(dark[top:bottom, left:right], least_px)
    around = sea & (cv2.dilate(dark.view(np.uint8), _square(GAP_PX)) == 0)
    place = Affine.translation(origin[1] + left, origin[0] + top)
    outlines = {
        int(number): shapely.Polygon(one["coordinates"][0], one["coordinates"][1:])
        for one, number in shapes(labels, mask=labels > 0, connectivity=4, transform=place)
    }
    rows = []
    for number, box in boxes.items():
        part = _widened(box, (top, left), probability.shape)
        is_piece = np.zeros((part[0].stop - part[0].start, part[1].stop - part[1].start), np.bool_)
        own = labels[box[0] : box[2], box[1] : box[3]] == number
        row, col = box[0] + top - part[0].start, box[1] + left - part[1].start
        is_piece[row : row + own.shape[0], col : col + own.shape[1]] = own
        near = around[part] & (cv2.dilate(is_piece.view(np.uint8), _square(RING_PX)) > 0)
        rows.append(_measured(probability[part], values[part], is_piece, near))
    columns = np.array(rows, np.float64).reshape(-1, 5).T
    polygons = np.empty(len(boxes), np.object_)
    polygons[:] = [outlines[number] for number in boxes]
    names = ("pixels", "probability", "inside", "outside", "outside_pixels")
    return Pieces(polygons=polygons, **dict(zip(names, columns, strict=True)))


def _labelled(dark: Mask, least_px: int) -> tuple[NDArray[np.int32], dict[int, Box]]:
    """Return the pieces by their number, 0 elsewhere, and where each lies."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark.view(np.uint8), connectivity=4)
    left, top, width, height, pixels = (stats[:, column] for column in range(5))
    rows, cols = dark.shape
    at_edge = (left == 0) | (top == 0) | (left + width == cols) | (top + height == rows)
    kept = (pixels >= least_px) | at_edge
    kept[0] = False
    numbers = np.flatnonzero(kept)
    numbers = np.sort(numbers[np.argsort(-pixels[numbers], kind="stable")[:MOST_PIECES]])
    new = np.zeros(count, np.int32)
    new[numbers] = np.arange(1, len(numbers) + 1)
    boxes = {
        number: (int(top[old]), int(left[old]), int(top[old] + height[old]), int(left[old] + width[old]))
        for number, old in enumerate(numbers, 1)
    }
    return new[labels], boxes


def _measured(probability: Singles, values: Singles, is_piece: Mask, near: Mask) -> list[float]:
    return [
        float(is_piece.sum()),
        float(probability[is_piece].mean(dtype=np.float64)),
        float(values[is_piece].mean(dtype=np.float64)),
        float(values[near].mean(dtype=np.float64)) if near.any() else float("nan"),
        float(near.sum()),
    ]


def _widened(box: Box, core: tuple[int, int], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the window around a piece in which its sea is looked at, in the arrays with their margin."""
    rows = slice(max(0, box[0] + core[0] - RING_PX), min(shape[0], box[2] + core[0] + RING_PX))
    return rows, slice(max(0, box[1] + core[1] - RING_PX), min(shape[1], box[3] + core[1] + RING_PX))


def _square(reach_px: int) -> NDArray[np.uint8]:
    return np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)
