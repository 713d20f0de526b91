"""All measures of quality of one small picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.quality.colour import uciqe
from pelagia.imaging.quality.contrast import uiqm
from pelagia.imaging.quality.light import exposure, sharpness, sharpness_behind, structure, turbidity


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What is measured of a picture.

    Parameters
    ----------
    brightness
        Mean of the luma, 0 black to 1 white.
    contrast
        Standard deviation of the luma, 0 to 0.5.
    dark_share, saturated_share
        Shares of pixels that are nearly black and nearly white, 0 to 1.
    sharpness
        Variance of the Laplacian of the luma (0 to 255), from 0.
    sharpness_behind
        The same of what lies behind small specks.
    structure
        How much is to be seen beside the large-scale light, 0 to 0.5.
    turbidity
        Share of the picture that small bright specks cover, 0 to 1.
    uciqe, uiqm
        Quality of underwater colour and of underwater images.
    """

    brightness: float
    contrast: float
    dark_share: float
    saturated_share: float
    sharpness: float
    sharpness_behind: float
    structure: float
    turbidity: float
    uciqe: float
    uiqm: float


def measure_quality(rgb: NDArray[np.uint8]) -> Quality:
    """Measure everything of a small picture.

    Parameters
    ----------
    rgb
        (height, width, 3) sRGB, 0 to 255. Sharpness, turbidity and UIQM depend on the size: pictures that are to be
        compared are brought to one size first, in Pelagia some 320 × 180.
    """
    luma = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    brightness, contrast, dark_share, saturated_share = exposure(luma)
    return Quality(
        brightness=brightness,
        contrast=contrast,
        dark_share=dark_share,
        saturated_share=saturated_share,
        sharpness=sharpness(luma),
        sharpness_behind=sharpness_behind(luma),
        structure=structure(luma),
        turbidity=turbidity(luma),
        uciqe=uciqe(rgb),
        uiqm=uiqm(rgb),
    )
