"""Dark parts of an object: how many there are, and the largest."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.measures.frame import framed

Mask = NDArray[np.bool_]

SMALLEST_BLOB_PX = 5


def fill_holes(mask: Mask) -> NDArray[np.uint8]:
    """Fill what the outside cannot reach by steps along rows and columns.

    Parameters
    ----------
    mask
        (height, width).

    Returns
    -------
    (height, width), uint8: 1 on the mask and in its holes.
    """
    padded = framed(mask, 1)
    cv2.floodFill(padded, None, (0, 0), 2, flags=4)
    filled: NDArray[np.uint8] = (padded[1:-1, 1:-1] != 2).astype(np.uint8)
    return filled


def blob_count(dark: Mask) -> int:
    """Count the blobs that an erosion by one pixel leaves.

    Parameters
    ----------
    dark
        (height, width): pixels not lighter than a level.

    Returns
    -------
    Blobs of 5 px or more, holes included, 8-connected. The outside of the vignette erodes too.
    """
    eroded = cv2.erode(dark.view(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    if not eroded.any():
        return 0
    areas = _components(fill_holes(eroded.view(np.bool_)))[1][1:, cv2.CC_STAT_AREA]
    return int(np.count_nonzero(areas >= SMALLEST_BLOB_PX))


def largest_blob(dark: Mask) -> tuple[Mask, Mask]:
    """Cut out the largest blob.

    Parameters
    ----------
    dark
        (height, width): pixels not lighter than a level; at least one.

    Returns
    -------
    Of the box of the blob that covers most pixels, holes included (of equals the one met first row by row): the blob
    with its holes, and the dark pixels in it.
    """
    labels, stats = _components(fill_holes(dark))
    areas = stats[1:, cv2.CC_STAT_AREA]
    largest = 1 + np.flatnonzero(areas == areas.max())
    label = int(largest[0])
    if len(largest) > 1:
        flat = labels.ravel()
        label = int(flat[np.argmax(np.isin(flat, largest))])
    left, top, width, height = (int(number) for number in stats[label, :4])
    box = np.s_[top : top + height, left : left + width]
    filled = labels[box] == label
    return filled, filled & dark[box]


def _components(image: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """8-connected components: their labels and, per label, box and area; label 0 is what is not in any."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(image, connectivity=8)
    return labels.astype(np.int32, copy=False), stats.astype(np.int32, copy=False)
