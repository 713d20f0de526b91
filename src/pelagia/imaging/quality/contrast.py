"""UIQM: quality of pictures under water, by colourfulness, sharpness and contrast."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

COLOURFULNESS, SHARPNESS, CONTRAST = 0.0282, 0.2953, 3.5753
"""Weights of the three parts (Panetta et al. 2016)."""
MEAN_WEIGHT, SPREAD_WEIGHT = -0.0268, 0.1586
TRIMMED = 0.1
"""Share of the values left out at either end."""
LUMA = (0.299, 0.587, 0.114)
BLOCK_PX = 10
"""Side of the blocks that sharpness and contrast are taken in; the paper leaves it open."""
GAMMA = 1026.0
"""Of the logarithmic (PLIP) subtraction and addition."""
STEPS = 255

Floats = NDArray[np.float32]


def uiqm(rgb: NDArray[np.uint8]) -> float:
    """Return UIQM of a picture; the higher the better, mostly 0 to 5.

    Parameters
    ----------
    rgb
        (height, width, 3) sRGB, 0 to 255, at least one block of :data:`BLOCK_PX` pixels; of a smaller one sharpness
        and contrast are 0. Pixels beyond the last whole block count for the colour only.

    Notes
    -----
    0.0282 UICM + 0.2953 UISM + 3.5753 UIConM. The size of the picture and of the blocks, which the paper leaves open,
    change the value: compare pictures of one size.

    References
    ----------
    Panetta, Gao & Agaian 2016, https://doi.org/10.1109/JOE.2015.2469915
    """
    if rgb.size == 0:
        return 0.0
    return COLOURFULNESS * uicm(rgb) + SHARPNESS * uism(rgb) + CONTRAST * uiconm(rgb)


def uicm(rgb: NDArray[np.uint8]) -> float:
    """Return the colourfulness: -0.0268 √(μ²_RG + μ²_YB) + 0.1586 √(σ²_RG + σ²_YB).

    Parameters
    ----------
    rgb
        (height, width, 3), 0 to 255.

    Notes
    -----
    RG = R - G, YB = (R + G) / 2 - B; μ is the mean without the lowest and highest 10 %, σ² the mean squared difference
    of all from it. Both are taken from histograms, which is exact: the values are whole and half grey levels.
    """
    red, green, blue = (rgb[..., band].astype(np.int16).ravel() for band in range(3))
    (mean_rg, spread_rg), (mean_yb, spread_yb) = _trimmed(red - green, 1), _trimmed(red + green - 2 * blue, 2)
    mean = np.hypot(mean_rg, mean_yb)
    return float(MEAN_WEIGHT * mean + SPREAD_WEIGHT * np.sqrt(spread_rg + spread_yb))


def _trimmed(values: NDArray[np.int16], over: int) -> tuple[float, float]:
    """Return the trimmed mean of ``values / over`` and the mean squared difference from it."""
    lowest = -STEPS * over
    counts = np.bincount(values - lowest, minlength=2 * STEPS * over + 1).astype(np.float64)
    levels = (np.arange(len(counts)) + lowest) / over
    left_out = np.floor(TRIMMED * values.size)
    upto = np.clip(np.cumsum(counts), left_out, values.size - left_out)
    kept = np.diff(upto, prepend=left_out)
    mean = float(kept @ levels) / float(kept.sum())
    return mean, float(counts @ (levels - mean) ** 2) / values.size


def uism(rgb: NDArray[np.uint8]) -> float:
    """Return the sharpness: Σ over the bands of λ · EME of its edges, λ = 0.299, 0.587, 0.114.

    Parameters
    ----------
    rgb
        (height, width, 3), 0 to 255.

    Notes
    -----
    Edges are the magnitude of the Sobel gradient times the band. EME = 2 / (blocks) Σ ln(max / min), where a block with
    a minimum of 0 counts as 0, as in the programs in use.
    """
    bands = rgb.astype(np.float32)
    right = cv2.Sobel(bands, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REFLECT_101)
    down = cv2.Sobel(bands, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REFLECT_101)
    # Not cv2.magnitude, which rounds by where in memory a picture lies: equal pictures shall have equal scores.
    edges = np.sqrt(right * right + down * down) * bands
    least, largest = _extremes(edges)
    if least.size == 0:
        return 0.0
    ratio = np.divide(largest, least, out=np.ones_like(least), where=least > 0)
    return float(2 * np.log(ratio).mean(axis=(0, 1)) @ np.array(LUMA, np.float32))


def uiconm(rgb: NDArray[np.uint8]) -> float:
    """Return the contrast: -1 / (blocks) Σ m ln m, m the logarithmic Michelson contrast of a block.

    Parameters
    ----------
    rgb
        (height, width, 3), 0 to 255.

    Notes
    -----
    m = (max ⊖ min) / (max ⊕ min) of the mean of the bands, with a ⊖ b = γ (a - b) / (γ - b) and
    a ⊕ b = a + b - a b / γ, γ = 1026.
    """
    grey = np.asarray(cv2.transform(rgb.astype(np.float32), np.full((1, 3), 1 / 3, np.float32)), np.float32)
    least, largest = _extremes(grey.reshape(*rgb.shape[:2], 1))
    if least.size == 0:
        return 0.0
    above = GAMMA * (largest - least) / (GAMMA - least)
    below = largest + least - largest * least / GAMMA
    contrast = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    logarithm = np.log(contrast, out=np.zeros_like(contrast), where=contrast > 0)
    return -float((contrast * logarithm).mean())


def _extremes(values: Floats) -> tuple[Floats, Floats]:
    """Return (rows, cols, bands) the minimum and the maximum of each whole block of (height, width, bands)."""
    rows, cols = values.shape[0] // BLOCK_PX, values.shape[1] // BLOCK_PX
    whole = values[: rows * BLOCK_PX, : cols * BLOCK_PX].reshape(rows, BLOCK_PX, cols * BLOCK_PX, values.shape[2])
    blocks = (rows, cols, BLOCK_PX, values.shape[2])
    least, largest = whole.min(axis=1).reshape(blocks), whole.max(axis=1).reshape(blocks)
    return least.min(axis=2), largest.max(axis=2)
