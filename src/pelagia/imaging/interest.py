"""What is new before a fixed camera: a background of small grey frames, and what differs from it.

Frames may lie seconds apart. Each is levelled first (:func:`levelled`), so that a change of gain, of the light of day,
a flicker or a lamp that nears make no difference. What a place does all the time, such as the sway of a plant, is its
noise; a thing has to differ by more, and on more than a few pixels, so that marine snow does not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH_PX = 160
"""Width of the frames that motion is looked for in; the height follows."""
LEVEL_SHARES = (1 / 4, 1 / 12)
"""Of the width: light is levelled over so much. The wide one keeps large animals, the narrow one takes away the play of
sunlight on the bottom."""
DARK_GREYS = 12.0
"""Added to the luma before its logarithm: differences in the dark are noise."""
SPECKLESS_PX = 3
"""Side of a median filter: specks of one or two pixels, marine snow, are gone."""
MODEL_FRAMES = 120
"""Most frames that a background is made of, spread evenly; more would not change a median."""
FEW_FRAMES = 4
"""Fewer frames do not tell what is usual at a place."""
QUARTILE = 0.75
TO_SIGMA = 0.8693
"""From the upper quartile of the absolute deviation to the standard deviation of a normal distribution."""
SIGMAS = 4.0
"""How much a pixel has to differ from its background, in its noise."""
SHADOW = 0.4
"""What differs less than this share of the strongest difference around it is its shadow."""
LEAST_NOISE = 0.012
"""Of the levelled luma: what compression alone changes (about 1 % of the light)."""
SMALLEST_PX = 4
"""Least area of what moves, px of a frame of :data:`WIDTH_PX`: 48 × 48 pixels of a film of 1,920 × 1,080 are 16."""
SCALES_PX = (1.5, 3.0, 6.0)
"""Standard deviations of the middles of blobs, px: animals of some 1/40 to 1/6 of the width."""
SURROUND = 1.6
"""A blob's surroundings are so much wider."""
STANDS_OUT = 8.0
"""Times the usual response at which objectness is 0.5."""
LEAST_RESPONSE = 0.006
MEDIAN_TO_SIGMA = 1.4826

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]


def shrunk(luma: Grey) -> Grey:
    """Return a grey picture brought to :data:`WIDTH_PX`, at least one pixel high.

    Parameters
    ----------
    luma
        (height, width), 0 to 255.
    """
    height = max(1, round(luma.shape[0] * WIDTH_PX / luma.shape[1]))
    if luma.shape == (height, WIDTH_PX):
        return luma
    return np.asarray(cv2.resize(luma, (WIDTH_PX, height), interpolation=cv2.INTER_AREA), np.uint8)


def levelled(luma: Grey) -> Floats:
    """Return the logarithm of the luma less its mean around each pixel, without specks.

    Parameters
    ----------
    luma
        (height, width), 0 to 255, as :func:`shrunk` gives it.

    Returns
    -------
    ndarray
        (2, height, width) float32, once for each of :data:`LEVEL_SHARES`; 0.1 is 10 % brighter than around. Light that
        changes as a whole, or slowly across the picture, does not change it.
    """
    logarithm = LOGARITHMS[cv2.medianBlur(luma, SPECKLESS_PX)]
    levels = np.empty((len(LEVEL_SHARES), *luma.shape), np.float32)
    for level, share in zip(levels, LEVEL_SHARES, strict=True):
        side = max(3, int(luma.shape[1] * share) | 1)
        cv2.subtract(logarithm, cv2.blur(logarithm, (side, side), borderType=cv2.BORDER_REFLECT), dst=level)
    return levels


LOGARITHMS = np.log(np.arange(256, dtype=np.float32) + np.float32(DARK_GREYS))


@dataclass(frozen=True, slots=True)
class Background:
    """What a fixed camera sees when nothing is there.

    Parameters
    ----------
    usual
        (2, height, width) float32, the median of the levelled frames.
    noise
        (2, height, width) float32, how much a place usually differs from it (one standard deviation), at least
        :data:`LEAST_NOISE`.
    """

    usual: Floats
    noise: Floats


def learn_background(frames: Floats) -> Background:
    """Learn the background of some frames.

    Parameters
    ----------
    frames
        (N, 2, height, width) float32, levelled, N at least 1. Of more than :data:`MODEL_FRAMES` an even choice is
        taken.

    Notes
    -----
    Per pixel the median over time, and the upper quartile of the differences from it: what is at a place less than a
    quarter of the time changes neither. The noise of a pixel is the largest of it and its eight neighbours, as plants
    sway.
    """
    chosen = frames[:: -(-len(frames) // MODEL_FRAMES)]
    usual = np.median(chosen, axis=0).astype(np.float32)
    deviations = np.abs(chosen - usual)
    at = min(len(chosen) - 1, int(QUARTILE * len(chosen)))
    deviation = np.partition(deviations, at, axis=0)[at]
    noise = np.stack([cv2.dilate(level, np.ones((3, 3), np.uint8)) for level in deviation]) * np.float32(TO_SIGMA)
    return Background(usual, np.maximum(noise, np.float32(LEAST_NOISE)))


def motion(frame: Floats, background: Background) -> float:
    """Return the share of the picture that differs from the background: 0 to 1.

    Parameters
    ----------
    frame
        (2, height, width) float32, levelled.
    background
        Of the same camera.
    """
    apart = np.abs(frame - background.usual)
    if not (apart > np.float32(SIGMAS) * background.noise).any():
        return 0.0
    differs = np.zeros(frame.shape[1:], np.bool_)
    for level, noise, share in zip(apart, background.noise, LEVEL_SHARES, strict=True):
        # What is levelled throws a shadow around itself, as wide as the light is levelled over.
        side = max(3, int(level.shape[1] * share) | 1)
        strongest = cv2.dilate(level, np.ones((1, side), np.uint8))
        strongest = cv2.dilate(strongest, np.ones((side, 1), np.uint8))
        differs |= (level > np.float32(SIGMAS) * noise) & (level > np.float32(SHADOW) * strongest)
    _, _, pieces, _ = cv2.connectedComponentsWithStats(differs.view(np.uint8), connectivity=8)
    areas = pieces[1:, cv2.CC_STAT_AREA]
    return float(areas[areas >= SMALLEST_PX].sum()) / differs.size


def objectness(frame: Floats) -> float:
    """Return how much one thing of the size of an animal stands out from its surroundings: 0 to 1.

    Parameters
    ----------
    frame
        (2, height, width) float32, levelled; of a fixed camera less its background. The widely levelled one counts.

    Notes
    -----
    The largest difference of Gaussians over the usual one of the picture (its median absolute value, as a standard
    deviation), at three scales; x / (x + :data:`STANDS_OUT`) of the largest. Noise alone reaches about 0.35.
    """
    largest = 0.0
    for scale in SCALES_PX:
        middle = cv2.GaussianBlur(frame[0], (0, 0), scale)
        response = np.abs(middle - cv2.GaussianBlur(middle, (0, 0), scale * float(np.sqrt(SURROUND**2 - 1))))
        usual = MEDIAN_TO_SIGMA * float(np.median(response)) + LEAST_RESPONSE
        largest = max(largest, float(response.max()) / usual)
    return largest / (largest + STANDS_OUT)
