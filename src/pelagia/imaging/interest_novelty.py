"""How unlike the others a frame is: a short description of it, and how far that lies from the usual one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

GRID = (5, 8)
"""Rows and columns of the fields that a frame is described by."""
LEAST_SPREAD = 0.02
"""Of a field: what less than this is no difference, in logarithms of the luma and of colours."""
USUAL = 1.5
"""Distance of a frame that is like the others, in spreads (root of the mean square)."""

Floats = NDArray[np.float32]


def describe(luma: NDArray[np.uint8], levelled: Floats) -> Floats:
    """Return (2 × rows × cols,) what a frame looks like: the light of its fields, and how much is in them.

    Parameters
    ----------
    luma
        (height, width), 0 to 255.
    levelled
        (2, height, width) float32, the same by :func:`pelagia.imaging.interest.levelled`.

    Notes
    -----
    Logarithm of the mean luma of a field less that of the picture, so that a change of gain is none; and the root of
    the mean square of what is levelled.
    """
    size = GRID[::-1]
    light = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    logarithm = np.log(light + np.float32(8.0))
    busy = cv2.resize(levelled[0] * levelled[0], size, interpolation=cv2.INTER_AREA).ravel()
    return np.concatenate([logarithm - logarithm.mean(), np.sqrt(np.maximum(busy, 0))]).astype(np.float32)


def novelty(descriptions: Floats) -> Floats:
    """Return (N,) how unlike the usual frame each is: 0 as all are, near 1 unlike any.

    Parameters
    ----------
    descriptions
        (N, D) float32 of the frames of a clip, N at least 1.

    Notes
    -----
    1 - exp(-(d - 1.5) / 2) of the distance d above 1.5, d the root of the mean square over the D numbers of the
    difference from their medians in median absolute deviations.
    """
    usual = np.median(descriptions, axis=0)
    apart = np.abs(descriptions - usual)
    spread = np.maximum(1.4826 * np.median(apart, axis=0), LEAST_SPREAD)
    distance = np.sqrt(np.mean((apart / spread) ** 2, axis=1))
    return np.asarray(1 - np.exp(-np.maximum(distance - USUAL, 0) / 2), np.float32)
