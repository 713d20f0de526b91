"""Ellipse and convex hull of an object, as ImageJ draws them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.measures.frame import framed

Mask = NDArray[np.bool_]

# A pixel is a square, not a point: its own second moment along each axis, px2, in the digits of ImageJ.
PIXEL_MOMENT = 0.08333333
TINY = 0.000001


@dataclass(frozen=True, slots=True)
class Ellipse:
    """Ellipse of the area and the second moments of an object.

    Parameters
    ----------
    x, y
        Centroid in the box, px: the centre of the first pixel is (0.5, 0.5).
    major, minor
        Axes, px.
    angle
        Of the major axis against the rows, degrees, counter-clockwise as seen on the screen, 0 to 180.
    """

    x: float
    y: float
    major: float
    minor: float
    angle: float


def fit_ellipse(filled: Mask) -> Ellipse:
    """Fit the ellipse of equal area and second moments.

    Parameters
    ----------
    filled
        (height, width): the object, holes included; at least one pixel.

    Notes
    -----
    Bob Rodieck's fit, `EllipseFitter` of ImageJ (public domain), its limits for flat and round objects kept.
    """
    height, width = filled.shape
    per_col = filled.sum(axis=0, dtype=np.int64)
    per_row = filled.sum(axis=1, dtype=np.int64)
    cols, rows = np.arange(width), np.arange(height)
    area = int(per_row.sum())
    x, y = int(per_col @ cols) / area, int(per_row @ rows) / area
    xx = (int(per_col @ (cols * cols)) + PIXEL_MOMENT * area) / area - x * x
    yy = (int(per_row @ (rows * rows)) + PIXEL_MOMENT * area) / area - y * y
    xy = int(rows @ (filled @ cols)) / area - x * y
    major, minor, angle = _axes(xx, yy, xy, area)
    return Ellipse(x + 0.5, y + 0.5, major, minor, angle)


def _axes(xx: float, yy: float, xy: float, area: int) -> tuple[float, float, float]:
    """Axes and angle from central moments."""
    norm = max(4.0 * abs(yy * xx - xy * xy), TINY)
    a11, a12, a22 = yy / norm, xy / norm, xx / norm
    theta = 0.5 * math.atan(2.0 * a12 / ((a11 - a22) or TINY))
    if theta < 0.0:
        theta += math.pi / 2
    if a12 > 0.0:
        theta += math.pi / 2
    elif a12 == 0.0:
        theta = 0.0 if a22 > a11 else math.pi / 2 if a11 != a22 else theta
        a11, a22 = max(a11, a22), min(a11, a22)
    turn = a12 * math.cos(theta) / (math.sin(theta) or TINY)
    one = math.sqrt(1.0 / abs(a22 + turn))
    other = math.sqrt(1.0 / abs(a11 - turn))
    scale = 2.0 * math.sqrt(area / (math.pi * one * other))
    angle = math.degrees(theta)
    return max(one, other) * scale, min(one, other) * scale, 0.0 if angle == 180.0 else angle


def convex_hull(mask: Mask) -> tuple[int, int]:
    """Area and perimeter of the convex hull, in pixels as ImageJ draws it.

    Parameters
    ----------
    mask
        (height, width): the object; at least one pixel.

    Returns
    -------
    Area and perimeter, px: the hull of the pixel coordinates drawn with lines one pixel wide and filled; of it,
    the pixels that have the outside among their eight neighbours.
    """
    drawn = framed(mask, 1)
    rows, cols = _edges(_hull(mask))
    drawn[rows + 1, cols + 1] = 1
    cv2.floodFill(drawn, None, (0, 0), 2, flags=4)
    hull = (drawn != 2).view(np.uint8)
    inner = cv2.erode(hull, np.ones((3, 3), np.uint8))
    area = int(np.count_nonzero(hull))
    return area, area - int(np.count_nonzero(inner))


def _hull(mask: Mask) -> NDArray[np.int64]:
    """Corners (col, row) of the hull, clockwise on the screen from the left end of the top row."""
    width = mask.shape[1]
    rows = np.flatnonzero(mask.any(axis=1))
    left = np.argmax(mask[rows], axis=1)
    right = width - 1 - np.argmax(mask[rows, ::-1], axis=1)
    points = np.stack([np.concatenate([left, right]), np.concatenate([rows, rows])], axis=1).astype(np.int32)
    hull = cv2.convexHull(points, clockwise=False)[:, 0, :].astype(np.int64)
    start = int(np.lexsort((hull[:, 0], hull[:, 1]))[0])
    return np.roll(hull, -start, axis=0)


def _edges(hull: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pixels (rows, cols) of the edges of a polygon.

    Notes
    -----
    As `ImageProcessor.lineTo` of ImageJ: as many equal steps as the longer side of the edge has pixels, added one by
    one, each position cut to whole pixels. The sum is taken in that order, so that its rounding is the same.
    """
    step = np.roll(hull, -1, axis=0) - hull
    count = np.abs(step).max(axis=1)
    longest = int(count.max()) + 1
    increments = step / np.maximum(count, 1)[:, None]
    walk = np.repeat(increments[:, :, None], longest, axis=2)
    walk[:, :, 0] = hull + 0.5
    np.cumsum(walk, axis=2, out=walk)
    on_edge = np.arange(longest)[None, :] <= count[:, None]
    position = walk.astype(np.intp)
    return position[:, 1, :][on_edge], position[:, 0, :][on_edge]
