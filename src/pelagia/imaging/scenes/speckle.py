"""Speckle of radar scenes: how strong it is, and a filter that spares edges.

References
----------
Lee J.-S. 1980, Digital image enhancement and noise filtering by use of local statistics, IEEE PAMI 2:165,
doi:10.1109/TPAMI.1980.4766994.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
Mask = NDArray[np.bool_]

LOOKS_BOX_PX = 16
FEWEST_BOXES = 8
MOST_LOOKS = 1_000.0
LOWEST_DB = -40.0
"""Far below what any sensor can tell from its noise."""
BIN = 0.05
"""Width of the bins in which the most frequent number of looks is sought, as natural logarithm."""


def estimate_looks(intensity: Singles, valid: Mask) -> float:
    """Return the equivalent number of looks: mean² by variance where the sea is even.

    Parameters
    ----------
    intensity
        (height, width), linear.
    valid
        Where there is a measurement.

    Returns
    -------
    float
        The most frequent value among boxes of 16 × 16 pixels, which edges and ships in a part of them do not move;
        1 where there are too few whole boxes.
    """
    rows, cols = (length // LOOKS_BOX_PX * LOOKS_BOX_PX for length in intensity.shape)
    shape = rows // LOOKS_BOX_PX, LOOKS_BOX_PX, cols // LOOKS_BOX_PX, LOOKS_BOX_PX
    boxes = intensity[:rows, :cols].reshape(shape).astype(np.float64)
    is_whole = valid[:rows, :cols].reshape(shape).all(axis=(1, 3))
    mean, variance = boxes.mean(axis=(1, 3))[is_whole], boxes.var(axis=(1, 3), ddof=1)[is_whole]
    usable = (mean > 0) & (variance > 0)
    if usable.sum() < FEWEST_BOXES:
        return 1.0
    looks = np.log(np.clip(mean[usable] ** 2 / variance[usable], 1, MOST_LOOKS))
    edges = np.arange(-0.5, np.log(MOST_LOOKS) + 0.5, BIN)
    counts = np.histogram(looks, edges)[0].astype(np.float64)
    smooth = np.convolve(counts, np.hanning(9), "same")
    near = np.abs(looks - (edges[int(smooth.argmax())] + BIN / 2)) < 0.4
    return float(np.exp(np.mean(looks[near]))) if near.any() else 1.0


def lee_filter(intensity: Singles, valid: Mask, *, window_px: int, looks: float) -> Singles:
    """Smooth speckle where the scene is even, and leave edges and points.

    Parameters
    ----------
    intensity
        (height, width), linear; not negative on average.
    valid
        Where there is a measurement; other pixels count for nothing.
    window_px
        Side of the window; 1 leaves all as it is.
    looks
        Equivalent number of looks.

    Returns
    -------
    ndarray
        (height, width) float32; 0 where nothing was measured.

    Notes
    -----
    mean + k (I - mean), k = max(0, 1 - cu² / ci²) / (1 + cu²), with cu² = 1 / looks and ci² the variance in the window
    by the square of its mean.
    """
    filled = np.where(valid, intensity, np.float32(0))
    if window_px <= 1:
        return filled
    weight = valid.astype(np.float32)
    side = (window_px, window_px)
    count = np.maximum(cv2.blur(weight, side), np.float32(1e-6))
    mean = cv2.blur(filled, side) / count
    # About their middle value numbers are small, so that squares of single precision do.
    centre = np.float32(np.median(filled[valid])) if valid.any() else np.float32(0)
    off = np.where(valid, filled - centre, np.float32(0))
    variance = np.maximum(cv2.blur(np.square(off), side) / count - np.square(cv2.blur(off, side) / count), 0)
    speckle = np.float32(1 / max(looks, 1e-3))
    change = variance / np.maximum(np.square(mean), np.float32(1e-20))
    gain = np.clip(1 - speckle / np.maximum(change, np.float32(1e-12)), 0, 1) / (1 + speckle)
    smooth: Singles = np.where(valid, mean + gain * (filled - mean), np.float32(0))
    return smooth


def decibels(intensity: Singles, *, lowest_db: float = LOWEST_DB) -> Singles:
    """Return 10 log10 of an intensity; what is 0 or less, since noise was taken off, is the lowest value."""
    least = np.float32(10 ** (lowest_db / 10))
    found: Singles = np.float32(10) * np.log10(np.maximum(intensity, least))
    return found
