"""The picture of one object of a scan, alone on white, with a bar of one millimetre."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.region import Region
from pelagia.imaging.rounding import whole

WHITE, BLACK = 255, 0
GROWTH = 1.4  # of the canvas by the object
FOOT_PX = 31  # below it, for the bar
BAR_LEFT_PX, BAR_UP_PX, BAR_PX, TEXT_UP_PX = 10, 5, 2, 8
BAR_MM = 1.0
TEXT = "1 mm"


def draw_vignette(region: Region, *, pixel_mm: float) -> NDArray[np.uint8]:
    """Draw an object as ZooProcess does.

    Parameters
    ----------
    region
        The object; what else its box shows is left out.
    pixel_mm
        Size of a pixel, mm: 25.4 by the resolution.

    Returns
    -------
    (height, width), uint8: max(1.4 · object, bar + 20) wide and 1.4 · object + 31 high, the object in the middle of
    what is above the foot, the bar 5 pixels above the lower edge.

    Notes
    -----
    The letters are OpenCV's; those of ImageJ are the system's SansSerif, which differs from one computer to the next.
    """
    bar_px = BAR_MM / pixel_mm
    height = whole(GROWTH * region.height + FOOT_PX)
    width = whole(max(GROWTH * region.width, bar_px + 2 * BAR_LEFT_PX))
    vignette = np.full((height, width), WHITE, np.uint8)
    top, left = (height - FOOT_PX - region.height) // 2, (width - region.width) // 2
    vignette[top : top + region.height, left : left + region.width] = np.where(region.filled, region.grey, WHITE)
    _draw_bar(vignette, whole(bar_px))
    return vignette


def _draw_bar(vignette: NDArray[np.uint8], bar_px: int) -> None:
    height = len(vignette)
    bottom = height - BAR_UP_PX
    vignette[bottom - BAR_PX + 1 : bottom + 1, BAR_LEFT_PX : BAR_LEFT_PX + bar_px] = BLACK
    cv2.putText(
        vignette, TEXT, (BAR_LEFT_PX, height - TEXT_UP_PX), cv2.FONT_HERSHEY_SIMPLEX, 0.33, BLACK, 1, cv2.LINE_AA
    )
