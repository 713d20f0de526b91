"""Fractal dimension of an outline from the areas of its dilations, by ImageJ's distance map."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.measures.frame import framed

Mask = NDArray[np.bool_]

# Steps (rows, cols) of ImageJ's distance map and what each costs: 41 stands for one pixel.
ONE, DIAGONAL, KNIGHT = 41, 58, 92
_STEPS = (
    (0, 1, ONE),
    (1, 0, ONE),
    (1, 1, DIAGONAL),
    (1, -1, DIAGONAL),
    (1, 2, KNIGHT),
    (1, -2, KNIGHT),
    (2, 1, KNIGHT),
    (2, -1, KNIGHT),
)
# Distances of 1.1 to the 1st to 40th power, rounded, each once: 1, 2, 3 … 41, 45 px.
REACHES = np.array(sorted({math.floor(1.1**power + 0.5) for power in range(1, 41)}))
FURTHEST = int(REACHES[-1])
_MARGIN = FURTHEST + 1
_FAR = np.int16(2**13)
# A canvas is four times the box, twice where both sides are long.
LONG_SIDE_PX = 200


def fractal_dimension(mask: Mask) -> float:
    """Measure how the area within reach of the outline grows with the reach.

    Parameters
    ----------
    mask
        (height, width): the object, holes left out; at least one pixel.

    Returns
    -------
    2 - std(ln A) / std(ln 2k) over the reaches k of `REACHES`, A being the pixels of the canvas whose rounded distance
    to the other side of the outline is at most k.

    Notes
    -----
    Distances are ImageJ's before version 1.42: steps of 41, 58 and 92, rounded to whole pixels.
    """
    counts = np.zeros(FURTHEST + 2, dtype=np.int64)
    inside = framed(mask, 1).view(np.bool_)
    for distances in (_around(mask), distance_map(inside)[inside]):
        pixels = np.minimum((distances + ONE // 2) // ONE, FURTHEST + 1)
        counts += np.bincount(pixels.ravel(), minlength=FURTHEST + 2)
    areas = np.cumsum(counts[1:])[REACHES - 1]
    return float(2.0 - np.std(np.log(areas)) / np.std(np.log(2.0 * REACHES)))


def _around(mask: Mask) -> NDArray[np.int16]:
    """Distances of the pixels of the canvas to the object, 0 on the object; the canvas cut at the furthest reach."""
    outside = framed(mask, _MARGIN) == 0
    size = np.array(mask.shape)
    canvas = size * (2 if min(mask.shape) >= LONG_SIDE_PX else 4)
    before = canvas // 2 - (size + size % 2 - canvas % 2) // 2
    after = canvas - size - before
    top, left = _MARGIN - np.minimum(before, _MARGIN)
    bottom, right = _MARGIN + size + np.minimum(after, _MARGIN)
    return distance_map(outside)[top:bottom, left:right]


def distance_map(inside: Mask) -> NDArray[np.int16]:
    """Distance of every pixel inside to the nearest outside, exact up to the furthest reach.

    Parameters
    ----------
    inside
        (height, width). What is farther than a reach from its own edge may be told too near by a path around the
        edge: leave a margin of that width, or one of outside pixels.

    Returns
    -------
    (height, width), int16: distance times 41; 0 outside.

    Notes
    -----
    A shortest path needs two kinds of steps at most and their order does not matter, so it is found by going along
    each of the eight lines once. Along a line the reach doubles with each comparison, on the whole array at a time.
    """
    width = inside.shape[1]
    distances = np.where(np.ascontiguousarray(inside), _FAR, np.int16(0))
    flat = distances.reshape(-1)  # the same memory, by rows
    reached = np.empty_like(flat)
    deepest = min(FURTHEST, (min(inside.shape) + 1) // 2)
    for rows, cols, cost in _STEPS:
        furthest = (ONE * deepest + ONE // 2) // cost
        step = 1
        while furthest > 0:
            reach = min(step, furthest)
            shift = reach * (rows * width + cols)
            np.add(flat, reach * cost, out=reached)
            np.minimum(flat[shift:], reached[:-shift], out=flat[shift:])
            np.minimum(flat[:-shift], reached[shift:], out=flat[:-shift])
            furthest -= reach
            step *= 2
    return distances
