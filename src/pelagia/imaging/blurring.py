"""Parts of a picture made unrecognisable, for good."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

MARGIN = 0.25
"""Of the side of a box, on every side of it: detectors leave hair, ears and chin outside."""
LEAST_MARGIN_PX = 2.0
CELLS = 4
"""So many mean colours are kept along the longer side, whatever the size of the box."""
LEAST_CELL_PX = 4
"""Smaller cells would leave something of a small box to be seen."""


def blur(rgb: npt.NDArray[np.uint8], boxes: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Return a copy of a picture in which nothing can be recognised inside some boxes.

    Parameters
    ----------
    rgb
        (H, W, 3) uint8.
    boxes
        (N, 4) row_min, col_min, row_max, col_max, px; they may overlap and reach over the edge.

    Returns
    -------
    ndarray
        (H, W, 3) uint8; pixels farther from every box than :data:`MARGIN` of its side are those of ``rgb``.

    Notes
    -----
    A box is replaced by the means of at most :data:`CELLS` × :data:`CELLS` cells and what lies between them by
    interpolation: what was there cannot be computed from what is left, as it can from a blur by a known kernel.
    """
    copy = rgb.copy()
    height, width = rgb.shape[:2]
    for top, left, bottom, right in boxes.tolist():
        rows = _widened(top, bottom, height)
        cols = _widened(left, right, width)
        if rows.start < rows.stop and cols.start < cols.stop:
            copy[rows, cols] = _coarse(copy[rows, cols])
    return copy


def _widened(first: float, last: float, length: int) -> slice:
    """Return a side of a box with its margin, whole pixels, cut off at the edge of the picture."""
    margin = max(LEAST_MARGIN_PX, MARGIN * (last - first))
    return slice(max(0, int(np.floor(first - margin))), min(length, int(np.ceil(last + margin))))


def _coarse(part: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    height, width = part.shape[:2]
    cell_px = max(LEAST_CELL_PX, -(-max(height, width) // CELLS))
    cells = max(1, width // cell_px), max(1, height // cell_px)
    means = cv2.resize(part, cells, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(means, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
