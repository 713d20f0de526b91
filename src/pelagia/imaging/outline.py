"""Outlines of objects as lines, to be drawn over a picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.region import Region

SIMPLER_PX = 0.5
MOST_POINTS = 4_000


def outline(region: Region, *, simpler_px: float = SIMPLER_PX, most_points: int = MOST_POINTS) -> NDArray[np.int32]:
    """Return the outline of an object: the middles of pixels at its edge, with as few points as it needs.

    Parameters
    ----------
    region
        The object; what hangs together over eight neighbours has one outline.
    simpler_px
        No part of the object's edge is farther from the outline than this, px.
    most_points
        Where there would be more, the outline is made simpler until there are not.

    Returns
    -------
    ndarray
        (point, 2), int32: (row, column) in pixels of the scan; closed, the first point is not repeated.
    """
    mask = np.pad(region.filled.astype(np.uint8), 1)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    edge = np.asarray(max(contours, key=len), np.int32)
    points = cv2.approxPolyDP(edge, simpler_px, True)
    while len(points) > most_points:
        simpler_px *= 2
        points = cv2.approxPolyDP(edge, simpler_px, True)
    moved = np.asarray(points, np.int32).reshape(-1, 2)[:, ::-1] + (region.row - 1, region.col - 1)
    return moved.astype(np.int32, copy=False)
