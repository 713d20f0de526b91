"""UCIQE: quality of colour under water, by chroma, lightness and saturation."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

CHROMA, CONTRAST, SATURATION = 0.4680, 0.2745, 0.2576
"""Weights of the three parts (Yang & Sowmya 2015)."""
TAIL = 0.01
"""Share of darkest and of brightest pixels between which the contrast is taken."""
HUNDRED = 100.0
LEAST = np.float32(1e-9)


def uciqe(rgb: NDArray[np.uint8]) -> float:
    """Return UCIQE of a picture; the higher the better, mostly 0.1 to 0.7.

    Parameters
    ----------
    rgb
        (height, width, 3) sRGB, 0 to 255.

    Notes
    -----
    0.4680 σ_c + 0.2745 con_l + 0.2576 μ_s, in CIELAB with L*, a* and b* over 100: σ_c the standard deviation of the
    chroma C = √(a² + b²), con_l the difference of the means of the lightest and the darkest 1 % of L, μ_s the mean of
    the saturation C / √(C² + L²), which is 0 where both are. The program of the authors takes the 8-bit values of a and
    b with their offset of 128 for chroma and another spread; its numbers differ. Compare values of one program only.

    References
    ----------
    Yang & Sowmya 2015, https://doi.org/10.1109/TIP.2015.2491020
    """
    if rgb.size == 0:
        return 0.0
    lab = cv2.cvtColor(np.multiply(rgb, np.float32(1 / 255), dtype=np.float32), cv2.COLOR_RGB2LAB)
    lightness, green_red, blue_yellow = (band / np.float32(HUNDRED) for band in cv2.split(lab))
    # cv2.magnitude rounds by where in memory a picture lies; equal pictures shall have equal scores.
    chroma = np.sqrt(green_red * green_red + blue_yellow * blue_yellow)
    saturation = chroma / np.maximum(np.sqrt(chroma * chroma + lightness * lightness), LEAST)
    return float(CHROMA * chroma.std() + CONTRAST * _contrast(lightness) + SATURATION * saturation.mean())


def _contrast(lightness: NDArray[np.float32]) -> float:
    count = max(1, round(TAIL * lightness.size))
    ordered = np.partition(lightness.ravel(), (count - 1, lightness.size - count))
    return float(ordered[-count:].mean() - ordered[:count].mean())
