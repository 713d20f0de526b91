"""A fingerprint of a picture that survives scaling and compression, to find copies by."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 32
KEPT = 8
"""So many lowest frequencies are kept in each direction: 8 × 8 bits."""


def perceptual_hash(luma: NDArray[np.uint8]) -> int:
    """Return 64 bits that pictures of the same have in common, whatever their size and compression.

    Parameters
    ----------
    luma
        (height, width), 0 to 255; at least one pixel.

    Returns
    -------
    int
        0 to 2⁶⁴ - 1. Copies differ in a few bits at most (:func:`distance`); so do frames of a fixed camera, so that
        equal fingerprints are candidates, not a proof.

    Notes
    -----
    The picture is brought to 32 × 32, its discrete cosine transform taken; the bits say which of the 8 × 8 lowest
    frequencies lie above their median (Zauner 2010, "pHash"). The mean does not matter.
    """
    small = cv2.resize(luma, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:KEPT, :KEPT].ravel()
    low[0] = 0.0
    bits = np.packbits(low > np.median(low))
    return int.from_bytes(bits.tobytes(), "big")


def distance(first: int, second: int) -> int:
    """Return in how many of 64 bits two fingerprints differ."""
    return (first ^ second).bit_count()
