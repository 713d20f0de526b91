"""The skeleton of an object as ImageJ 1.41 thins it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.measures.frame import framed

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


_MARGIN = 3


def skeleton_area(mask: NDArray[np.bool_]) -> int:
    """Count the pixels of the skeleton of an object.

    Parameters
    ----------
    mask
        (height, width): the object, holes left out.

    Returns
    -------
    Area of the skeleton, px.
    """
    return int(np.count_nonzero(skeleton(mask)))


def skeleton(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thin an object to lines.

    Parameters
    ----------
    mask
        (height, width): the object, holes left out.

    Returns
    -------
    (height, width): its skeleton.

    Notes
    -----
    Two passes in turn, each from a copy; thinning ends when the *second* pass of a pair takes nothing away, which is
    how ImageJ 1.41 did it: the first pass before it may still have removed pixels. A pixel whose neighbourhood has
    not changed since the last pair stays, so each pair looks no further than two pixels around what the last took.
    """
    image = framed(mask, _MARGIN)
    height, width = image.shape
    top, left, bottom, right = 1, 1, height - 1, width - 1
    while True:
        inner = image[top:bottom, left:right]
        before = inner.copy()
        for keep in _KEEP:
            count = cv2.countNonZero(inner)
            around = cv2.filter2D(
                image[top - 1 : bottom + 1, left - 1 : right + 1], cv2.CV_8U, _BITS, borderType=cv2.BORDER_CONSTANT
            )
            cv2.bitwise_and(inner, cv2.LUT(around[1:-1, 1:-1], keep), dst=inner)
        if cv2.countNonZero(inner) == count:
            return image[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN] > 0
        col, row, wide, high = cv2.boundingRect(cv2.bitwise_xor(before, inner))
        bottom, right = min(top + row + high + 2, height - 1), min(left + col + wide + 2, width - 1)
        top, left = max(top + row - 2, 1), max(left + col - 2, 1)
