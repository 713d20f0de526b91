"""Dark spots on radar scenes: windows whose grey values fall into two classes, by the threshold of Otsu.

A window without a dark spot has a threshold as well; hence the two classes must stand apart by more than what is left
of the speckle, and by a least contrast. Windows are laid at several scales, so that a slick wider than the finest
window is seen as one.

References
----------
Otsu N. 1979, A threshold selection method from gray-level histograms, IEEE SMC 9:62, doi:10.1109/TSMC.1979.4310076.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
Mask = NDArray[np.bool_]

WINDOW_PX = 256
SMOOTHING_PX = 4.0
"""Standard deviation of the smoothing before the threshold."""
LEAST_SEPARATION = 10.0
"""Distance of the classes, in standard deviations of the speckle that the smoothing leaves; chosen on the tiles for
training of the Deep-SAR Oil Spill set (doi:10.1109/TGRS.2021.3115492)."""
LEAST_CONTRAST_DB = 1.5
LEAST_SHARE = 0.25
"""Of a window that must be sea."""
BRIGHTEST_PERCENT = 99.0
"""What is brighter (ships, platforms) is taken as bright as that: it must not be a class of its own."""
STEEPNESS = 4.0
"""Logits from the threshold to the mean of a class, times two: 0.88 there, 0.5 at the threshold."""
NOISE_BOX_PX, NOISE_AREA_PX = 5, 9
BINS = 256


def dark_probability(
    values: Singles, unfiltered: Singles, sea: Mask, *, least_contrast: float = LEAST_CONTRAST_DB
) -> Singles:
    """Return how surely each pixel belongs to a dark spot.

    Parameters
    ----------
    values
        (height, width): backscatter in dB after the speckle filter, or grey values.
    unfiltered
        The same before it, by which the speckle is judged.
    sea
        Where there is sea and a measurement; what is under land counts for nothing.
    least_contrast
        Least distance of the classes' means in a window, in the unit of ``values``; 0 for none.

    Returns
    -------
    ndarray
        (height, width) float32, 0 to 1; 0.5 at the threshold of the window, 0 where a window has no dark spot.
        Neighbouring windows overlap by half, and what they say is blended.
    """
    found = np.zeros(values.shape, np.float32)
    level, raw, level_sea = values, unfiltered, sea
    while True:
        here = _at_one_scale(level, _speckle(raw, level_sea), level_sea, least_contrast)
        if here.shape != found.shape:
            here = np.asarray(cv2.resize(here, found.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
        np.maximum(found, here, out=found)
        if max(level.shape) <= WINDOW_PX:
            break
        raw, _ = _halved(raw, level_sea)
        level, level_sea = _halved(level, level_sea)
    found[~sea] = 0
    return found


def otsu_threshold(values: NDArray[np.float32]) -> float:
    """Return the threshold that parts values into two classes of the least variance within; not above it is dark.

    Parameters
    ----------
    values
        (n,), finite, not all the same.
    """
    low, high = float(values.min()), float(values.max())
    counts = np.histogram(values, BINS, (low, high))[0].astype(np.float64)
    centres = low + (np.arange(BINS) + 0.5) * (high - low) / BINS
    below = np.cumsum(counts)
    moment = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (moment[-1] * below - moment * below[-1]) ** 2 / (below * (below[-1] - below))
    best = int(np.nanargmax(between[:-1]))
    return low + (best + 1) * (high - low) / BINS


def _at_one_scale(values: Singles, spread: Singles, sea: Mask, least_contrast: float) -> Singles:
    smooth = smoothed(values, sea)
    total = np.zeros(values.shape, np.float32)
    weight = np.zeros(values.shape, np.float32)
    for rows, cols in _windows(values.shape):
        inside = sea[rows, cols]
        if inside.mean() < LEAST_SHARE:
            continue
        shape = inside.shape
        share = np.outer(_hump(shape[0]), _hump(shape[1]))
        weight[rows, cols] += share
        part = smooth[rows, cols]
        found = _parted(part, inside, spread[rows, cols], least_contrast)
        if found is not None:
            total[rows, cols] += share * found
    total /= np.maximum(weight, np.float32(1e-6))
    return total


def _parted(part: Singles, inside: Mask, spread: Singles, least_contrast: float) -> Singles | None:
    """Return the probability in a window, ``None`` where it has no dark spot."""
    # Smoothed values of neighbours are nearly the same: every second one tells the classes as well.
    known = part[::2, ::2][inside[::2, ::2]]
    if known.size < BINS:
        return None
    known = np.minimum(known, np.percentile(known, BRIGHTEST_PERCENT))
    if np.ptp(known) <= 0:
        return None
    threshold = otsu_threshold(known)
    is_dark = known <= threshold
    if not is_dark.any() or is_dark.all():
        return None
    contrast = float(known[~is_dark].mean() - known[is_dark].mean())
    if contrast < max(least_contrast, LEAST_SEPARATION * float(np.median(spread[::2, ::2][inside[::2, ::2]]))):
        return None
    logit = np.clip((np.float32(threshold) - part) * np.float32(STEEPNESS / contrast), -20, 20)
    return np.asarray(1 / (1 + np.exp(-logit)), np.float32)


def smoothed(values: Singles, sea: Mask, sigma_px: float = SMOOTHING_PX) -> Singles:
    """Return values smoothed by a Gaussian over the sea alone."""
    weight = cv2.GaussianBlur(sea.astype(np.float32), (0, 0), sigma_px)
    total = cv2.GaussianBlur(np.where(sea, values, np.float32(0)), (0, 0), sigma_px)
    return np.asarray(total / np.maximum(weight, np.float32(1e-3)), np.float32)


def _speckle(values: Singles, sea: Mask) -> Singles:
    """Return the standard deviation that speckle of single pixels has after the smoothing, by place.

    Notes
    -----
    White noise of standard deviation s has s / (2 √π σ) after a Gaussian of σ.
    """
    filled = np.where(sea, values, smoothed(values, sea))
    rough = np.square(filled - cv2.blur(filled, (NOISE_BOX_PX, NOISE_BOX_PX)))
    local = np.sqrt(cv2.blur(rough, (NOISE_AREA_PX, NOISE_AREA_PX)))
    return np.asarray(local / np.float32(2 * math.sqrt(math.pi) * SMOOTHING_PX), np.float32)


def _halved(values: Singles, sea: Mask) -> tuple[Singles, Mask]:
    size = (values.shape[1] + 1) // 2, (values.shape[0] + 1) // 2
    weight = cv2.resize(sea.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(np.where(sea, values, np.float32(0)), size, interpolation=cv2.INTER_AREA)
    is_sea: Mask = weight >= 0.5
    found = np.where(is_sea, small / np.maximum(weight, np.float32(1e-3)), np.float32(0))
    return np.asarray(found, np.float32), is_sea


def _windows(shape: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    for row in _starts(shape[0]):
        for col in _starts(shape[1]):
            yield slice(row, min(row + WINDOW_PX, shape[0])), slice(col, min(col + WINDOW_PX, shape[1]))


def _starts(length: int) -> list[int]:
    last = max(0, length - WINDOW_PX)
    return [
        round(last * one / max(1, count)) for count in [math.ceil(last / (WINDOW_PX // 2))] for one in range(count + 1)
    ]


def _hump(length: int) -> Singles:
    """Return weights of a window along one side, that neighbours which overlap by half sum to a constant."""
    found = np.sin(np.pi * (np.arange(length, dtype=np.float32) + 0.5) / length) ** 2
    return np.asarray(np.maximum(found, 1e-3), np.float32)
