"""Objects as squares for a model that answers with maps, and the way back from its maps to the pixels of the object."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.region import Region

WHITE = 255
MARGIN_PX = 4  # around the object, of the square


def inner_box(height: int, width: int, size_px: int) -> tuple[int, int, int, int]:
    """Return where an object of this size stands in its square: top, left, height, width, px."""
    scale = (size_px - 2 * MARGIN_PX) / max(height, width)
    rows, cols = max(1, round(height * scale)), max(1, round(width * scale))
    return (size_px - rows) // 2, (size_px - cols) // 2, rows, cols


def to_square(region: Region, size_px: int) -> NDArray[np.uint8]:
    """Return an object alone on white and its mask, scaled to fit a square.

    Parameters
    ----------
    region
        The object.
    size_px
        Side of the square, px.

    Returns
    -------
    ndarray
        (size_px, size_px, 2) uint8: grey, and how much of the pixel the object covers (255: all).
    """
    top, left, rows, cols = inner_box(region.height, region.width, size_px)
    square = np.zeros((size_px, size_px, 2), np.uint8)
    square[..., 0] = WHITE
    method = cv2.INTER_AREA if rows < region.height else cv2.INTER_LINEAR
    alone = np.where(region.filled, region.grey, WHITE).astype(np.uint8)
    mask = region.filled.astype(np.uint8) * 255
    for band, plane in enumerate((alone, mask)):
        square[top : top + rows, left : left + cols, band] = cv2.resize(plane, (cols, rows), interpolation=method)
    return square


def to_squares(regions: Sequence[Region], size_px: int) -> NDArray[np.uint8]:
    """Return (N, size_px, size_px, 2) uint8; see :func:`to_square`."""
    squares = np.empty((len(regions), size_px, size_px, 2), np.uint8)
    for square, region in zip(squares, regions, strict=True):
        square[:] = to_square(region, size_px)
    return squares


def from_square(labels: NDArray[np.int32], region: Region, size_px: int) -> NDArray[np.int32]:
    """Carry labels of a map over to the pixels of the object.

    Parameters
    ----------
    labels
        (side, side) over the square, of any resolution; 0 where there is none.
    region
        The object.
    size_px
        Side of the square it was fed as, px.

    Returns
    -------
    ndarray
        (height, width) of its box, int32: every pixel of the object has the nearest label, all others 0.
    """
    per_px = len(labels) / size_px
    top, left, rows, cols = inner_box(region.height, region.width, size_px)
    at_row = ((np.arange(region.height) + 0.5) * (rows / region.height) + top) * per_px
    at_col = ((np.arange(region.width) + 0.5) * (cols / region.width) + left) * per_px
    everywhere = fill_nearest(labels)
    found = everywhere[np.ix_(at_row.astype(np.int64), at_col.astype(np.int64))]
    return np.where(region.filled, found, 0).astype(np.int32)


def fill_nearest(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return labels with every 0 replaced by the nearest other one; nothing changes where there is none."""
    if not labels.any() or labels.all():
        return labels
    empty = (labels == 0).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    of_place = np.zeros(int(nearest.max()) + 1, np.int32)
    of_place[nearest[labels > 0]] = labels[labels > 0]
    filled: NDArray[np.int32] = of_place[nearest]
    return filled
