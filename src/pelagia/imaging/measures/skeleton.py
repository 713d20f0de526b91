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
# Smaller boxes are thinned as a whole, larger ones along their edge only.
DENSE_BELOW_PX = 100_000
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
    return _thin_all(image) if image.size < DENSE_BELOW_PX else _thin_changed(image)


def _thin_all(image: NDArray[np.uint8]) -> int:
    """Thin looking at every pixel in every pass: quick on small boxes."""
    while True:
        for keep in _KEEP:
            before = cv2.countNonZero(image)
            neighbours = cv2.filter2D(image, cv2.CV_8U, _BITS, borderType=cv2.BORDER_CONSTANT)
            cv2.bitwise_and(image, cv2.LUT(neighbours, keep), dst=image)
        if cv2.countNonZero(image) == before:
            return before


def _thin_changed(image: NDArray[np.uint8]) -> int:
    """Thin looking only at pixels whose neighbourhood has changed since the last pass of the same kind."""
    flat = image.ravel()
    width = image.shape[1]
    # To the neighbours of a pixel, in the order of the bits.
    steps = np.array([-width - 1, -width, -width + 1, 1, width + 1, width, width - 1, -1])
    inner = cv2.erode(image, np.ones((3, 3), np.uint8))
    last, fresh = np.arange(0), np.flatnonzero(image != inner)
    while True:
        for keep in _KEEP:
            seen = np.concatenate([last, fresh])
            seen = seen[flat[seen] > 0]
            around = np.packbits(flat[seen[:, None] + steps], axis=1, bitorder="little")[:, 0]
            gone = np.sort(seen[keep[around] == 0])
            gone = gone[np.diff(gone, prepend=-1) > 0]
            flat[gone] = 0
            last, fresh = fresh, (gone[:, None] + steps).ravel()
        if len(gone) == 0:
            return cv2.countNonZero(image)
