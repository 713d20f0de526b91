"""Images of any shape made squares that keep aspect: what a model is fed."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def border_median(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the background colour of a vignette: the median of its outermost pixels, per band.

    Parameters
    ----------
    image
        (row, col, 3) uint8.

    Returns
    -------
    ndarray
        (3,) uint8; for an even count the upper of the two middle values.
    """
    edge = np.concatenate((image[0], image[-1], image[1:-1, 0], image[1:-1, -1]))
    middle = len(edge) // 2
    edge.partition(middle, axis=0)
    background: npt.NDArray[np.uint8] = edge[middle]
    return background


def letterbox(image: npt.NDArray[np.uint8], size_px: int) -> npt.NDArray[np.uint8]:
    """Scale a vignette to fit a square and centre it on its own background.

    Parameters
    ----------
    image
        (row, col, 3) uint8, RGB.
    size_px
        Side of the square, pixels.

    Returns
    -------
    ndarray
        (size_px, size_px, 3) uint8. The longer side fills the square (small vignettes are enlarged,
        bilinear; large ones are averaged), the rest is the median of the border pixels.
    """
    rows, cols = image.shape[:2]
    scale = size_px / max(rows, cols)
    height, width = max(1, round(rows * scale)), max(1, round(cols * scale))
    if scale != 1:
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        inner = cv2.resize(image, (width, height), interpolation=method)
    else:
        inner = image
    if height == width == size_px:
        return np.ascontiguousarray(inner, dtype=np.uint8)
    top, left = (size_px - height) // 2, (size_px - width) // 2
    bottom, right = size_px - height - top, size_px - width - left
    background = border_median(image).tolist()
    # Six times as fast as filling with NumPy, which repeats three values at a time.
    square = cv2.copyMakeBorder(inner, top, bottom, left, right, cv2.BORDER_CONSTANT, value=background)
    return np.asarray(square, dtype=np.uint8)


def squash(image: npt.NDArray[np.uint8], size_px: int) -> npt.NDArray[np.uint8]:
    """Stretch a vignette to a square, bilinear: what some published models were trained with.

    Parameters
    ----------
    image
        (row, col, 3) uint8, RGB.
    size_px
        Side of the square, pixels.

    Returns
    -------
    ndarray
        (size_px, size_px, 3) uint8; aspect is lost, and large vignettes are not averaged.
    """
    return np.asarray(cv2.resize(image, (size_px, size_px), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
