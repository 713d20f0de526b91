"""The skeleton of an object as ImageJ 1.41 thins it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Which neighbourhoods lose their centre: 1 in the first pass, 2 in the second, 3 in either. The table and the order of
# the bits are those of ImageJ (`BinaryProcessor.skeletonize`, public domain), as they stood from 2006 to 2012.
_TABLE = np.frombuffer(
    b"00010013003110130000000020203033000000003000000000000000200030220000000000000000000000000000000020000000"
    b"20002000300000003000302000310013000000010000000000000001310000000000000020000000000000002313001300000001"
    b"000000000000000023010001000000003301000022002000",
    dtype=np.uint8,
) - ord("0")
_BITS = np.array([[1, 2, 4], [128, 0, 8], [64, 32, 16]], dtype=np.float32)
_KEEP = tuple(np.where(_TABLE & bit, 0, 1).astype(np.uint8) for bit in (1, 2))


def skeleton_area(mask: NDArray[np.bool_]) -> int:
    """Count the pixels of the skeleton of an object.

    Parameters
    ----------
    mask
        (height, width): the object, holes left out.

    Returns
    -------
    Area of the skeleton, px.

    Notes
    -----
    Two passes in turn, each from a copy; thinning ends when the *second* pass of a pair takes nothing away, which is
    how ImageJ 1.41 did it: a last first pass may still have removed pixels.
    """
    image = np.pad(mask, 1).view(np.uint8)
    while True:
        _thin(image, 0)
        before = cv2.countNonZero(image)
        _thin(image, 1)
        left = cv2.countNonZero(image)
        if left == before:
            return left


def _thin(image: NDArray[np.uint8], turn: int) -> None:
    """Take away, in place, the pixels whose neighbourhood is in the table for this pass."""
    neighbours = cv2.filter2D(image, cv2.CV_8U, _BITS, borderType=cv2.BORDER_CONSTANT)
    cv2.bitwise_and(image, cv2.LUT(neighbours, _KEEP[turn]), dst=image)
