"""Light, sharpness and particles of a grey picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

WHITE = 255
NEARLY_BLACK = 16
"""Luma below it is nearly black: 1/16 of the range, about what the noise of a camera in the dark reaches."""
NEARLY_WHITE = 250
"""Luma from it on is nearly white: compression leaves a burnt-out area a little below 255."""
SPECK_PX = 5
"""Side of the square a speck fits in; of a picture of 320 pixels 1.6 % of its width."""
SPECK_GREY = 20
"""How much brighter than its surroundings a speck is, grey levels."""
LARGEST_SPECK_PX = 12
"""Largest area of a speck, px: what is larger is no particle."""
STRUCTURE_SHARE = 1 / 6
"""Of the width: what varies over more than this is light, not a thing."""

Grey = NDArray[np.uint8]


def histogram(luma: Grey) -> NDArray[np.float64]:
    """Return (256,) the shares of the grey levels; all 0 for a picture of no pixel."""
    counts = cv2.calcHist([luma], [0], None, [WHITE + 1], [0, WHITE + 1]) if luma.size else np.zeros(WHITE + 1)
    return counts.ravel().astype(np.float64) / max(luma.size, 1)


def exposure(luma: Grey) -> tuple[float, float, float, float]:
    """Return brightness, contrast, dark share and saturated share.

    Parameters
    ----------
    luma
        (height, width), full range.

    Returns
    -------
    tuple
        Mean of the luma, 0 to 1; its standard deviation, 0 to 0.5; shares of pixels below :data:`NEARLY_BLACK` and
        from :data:`NEARLY_WHITE` on, 0 to 1.
    """
    shares = histogram(luma)
    levels = np.arange(WHITE + 1)
    mean = float(shares @ levels)
    spread = float(np.sqrt(shares @ (levels - mean) ** 2))
    dark, saturated = float(shares[:NEARLY_BLACK].sum()), float(shares[NEARLY_WHITE:].sum())
    return mean / WHITE, spread / WHITE, dark, saturated


def sharpness(luma: Grey) -> float:
    """Return the variance of the Laplacian (4 neighbours), from 0: nothing but one grey.

    Parameters
    ----------
    luma
        (height, width), 0 to 255.

    Notes
    -----
    It depends on the size of the picture: compare only pictures brought to one size.

    References
    ----------
    Pech-Pacheco et al. 2000, https://doi.org/10.1109/ICPR.2000.903548 (LAP4 of Pertuz et al. 2013,
    https://doi.org/10.1016/j.patcog.2012.11.011).
    """
    if min(luma.shape) == 0:
        return 0.0
    _, spread = cv2.meanStdDev(cv2.Laplacian(luma, cv2.CV_16S, borderType=cv2.BORDER_REPLICATE))
    return float(spread[0, 0] ** 2)


def sharpness_behind(luma: Grey) -> float:
    """Return the sharpness of what lies behind small specks: of the picture without what is smaller than they are.

    Parameters
    ----------
    luma
        (height, width), 0 to 255.

    Notes
    -----
    :func:`sharpness` after a median filter of :data:`SPECK_PX`. Where specks are all that is sharp, little is left.
    """
    return sharpness(np.asarray(cv2.medianBlur(luma, SPECK_PX), np.uint8)) if min(luma.shape) else 0.0


def structure(luma: Grey) -> float:
    """Return how much is to be seen beside the large-scale light: 0 to about 0.5.

    Parameters
    ----------
    luma
        (height, width), 0 to 255.

    Returns
    -------
    float
        Standard deviation of the luma less its mean over a sixth of the width, over 255. Plain water, brighter above
        than below, has next to none; a blurred seabed has much.
    """
    if min(luma.shape) == 0:
        return 0.0
    side = max(3, int(luma.shape[1] * STRUCTURE_SHARE) | 1)
    mean = cv2.blur(luma, (side, side), borderType=cv2.BORDER_REFLECT)
    _, spread = cv2.meanStdDev(cv2.subtract(luma, mean, dtype=cv2.CV_16S))
    return float(spread[0, 0]) / WHITE


def turbidity(luma: Grey) -> float:
    """Return the share of the picture that small bright specks cover: particles in the light of the camera.

    Parameters
    ----------
    luma
        (height, width), 0 to 255, of some 320 pixels in width.

    Returns
    -------
    float
        0 to 1; above a few hundredths a picture is full of specks.

    Notes
    -----
    A white top-hat (Serra 1982) with a square of :data:`SPECK_PX` leaves what is smaller and brighter than its
    surroundings by :data:`SPECK_GREY`. Of that only pieces of at most :data:`LARGEST_SPECK_PX` pixels that are about as
    high as wide count, so that the edges of plants and stones do not.
    """
    if min(luma.shape) == 0:
        return 0.0
    element = np.ones((SPECK_PX, SPECK_PX), np.uint8)
    standing_out = cv2.morphologyEx(luma, cv2.MORPH_TOPHAT, element, borderType=cv2.BORDER_REPLICATE)
    _, bright = cv2.threshold(standing_out, SPECK_GREY - 1, 1, cv2.THRESH_BINARY)
    _, _, pieces, _ = cv2.connectedComponentsWithStats(bright, connectivity=8)
    pieces = pieces[1:]  # the first is what is not bright
    height, width, area = (pieces[:, at] for at in (cv2.CC_STAT_HEIGHT, cv2.CC_STAT_WIDTH, cv2.CC_STAT_AREA))
    longer, shorter = np.maximum(height, width), np.minimum(height, width)
    specks = (area <= LARGEST_SPECK_PX) & (longer <= 2 * shorter)
    return float(area[specks].sum()) / luma.size
