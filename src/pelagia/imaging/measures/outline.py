"""The outline of an object as ImageJ traces it: along the cracks between pixels."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]

EAST, SOUTH, WEST, NORTH = range(4)
_STEP_COL = np.array([1, 0, -1, 0])
_STEP_ROW = np.array([0, 1, 0, -1])
# Direction of a step (row, col) to a neighbour, clockwise from east, at index 3 * (row + 1) + col + 1.
_COMPASS = np.array([5, 6, 7, 4, -1, 0, 3, 2, 1])


def crack_steps(filled: NDArray[np.bool_]) -> Ints:
    """Walk once around an object, clockwise, one step per side of a pixel.

    Parameters
    ----------
    filled
        (height, width): an 8-connected object without holes that touches all four edges of its box.

    Returns
    -------
    Directions (0 east, 1 south, 2 west, 3 north) of the steps. The walk begins at the right end of the first run of
    the top row, downwards: there ImageJ's wand records its first corner.

    Notes
    -----
    Between two neighbours of the pixel chain the cracks form a turn around one pixel: its length follows from the
    direction in which the chain comes in and the one in which it goes out.
    """
    contours, _ = cv2.findContours(filled.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    chain = contours[0][::-1, 0, :].astype(np.intp)  # OpenCV walks counter-clockwise as seen on the screen
    first_gap = int(np.argmin(np.append(filled[0, np.argmax(filled[0]) :], False)))
    start_col = int(np.argmax(filled[0])) + first_gap - 1
    if len(chain) == 1:
        return np.array([SOUTH, WEST, NORTH, EAST])
    step_out = np.roll(chain, -1, axis=0) - chain
    out = _COMPASS[3 * (step_out[:, 1] + 1) + step_out[:, 0] + 1]
    came = np.roll(out, 1)
    corner_in = came // 2
    sides = ((out + 1) // 2 + 1 - corner_in) % 4
    sides[((out - came) % 8 == 4) & (came % 2 == 1)] = 4  # around the end of a diagonal
    pixel = np.repeat(np.arange(len(chain)), sides)
    nth = np.arange(len(pixel)) - np.repeat(np.cumsum(sides) - sides, sides)
    steps = (corner_in[pixel] + nth) % 4
    begins = (steps == SOUTH) & (chain[pixel, 0] == start_col) & (chain[pixel, 1] == 0)
    return np.roll(steps, -int(np.argmax(begins)))


def traced_perimeter(steps: Ints) -> float:
    """Length of the outline: its sides, each corner cut off as ImageJ does.

    Parameters
    ----------
    steps
        From `crack_steps`.

    Returns
    -------
    Perimeter, px.

    Notes
    -----
    Every corner shortens the path by 2 - sqrt(2), but of a staircase of sides of one pixel only every second
    corner counts (`PolygonRoi.getTracedPerimeter` of ImageJ, public domain).
    """
    turns = np.flatnonzero(steps != np.roll(steps, 1))
    side_before = np.roll(np.diff(np.append(turns, len(steps))), 1)
    index = np.arange(len(turns))
    last_long = np.maximum.accumulate(np.where(side_before > 1, index, -2))
    corners = np.count_nonzero((index - last_long) % 2 == 0)
    return len(steps) - float(corners) * (2.0 - math.sqrt(2.0))


def feret_diameter(filled: NDArray[np.bool_]) -> float:
    """Largest distance between two corners of pixels of an object.

    Parameters
    ----------
    filled
        (height, width): the object.

    Returns
    -------
    Maximum Feret diameter, px.
    """
    height, width = filled.shape
    rows = np.arange(height)
    left = np.argmax(filled, axis=1)
    right = width - np.argmax(filled[:, ::-1], axis=1)
    any_in_row = filled.any(axis=1)
    rows, left, right = rows[any_in_row], left[any_in_row], right[any_in_row]
    cols = np.concatenate([left, left, right, right])
    corners = np.stack([cols, np.concatenate([rows, rows + 1, rows, rows + 1])], axis=1).astype(np.int32)
    hull = cv2.convexHull(corners)[:, 0, :].astype(np.int64)
    apart = hull[:, None, :] - hull[None, :, :]
    return math.sqrt(int((apart * apart).sum(axis=2).max()))
