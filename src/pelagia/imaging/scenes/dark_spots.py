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
CELL_PX = 8
"""Side of the cells on which thresholds are blended."""
SAMPLE_PX = 2
"""Smoothed values of neighbours are nearly the same: every second one tells the classes as well."""
LEAST_WEIGHT = np.float32(1e-6)
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
    smooth = smoothed(values, sea)
    spread = _speckle(unfiltered, smooth, sea)
    found = np.zeros(values.shape, np.float32)
    window_px = WINDOW_PX
    while True:
        np.maximum(found, _at_one_scale(smooth, spread, sea, least_contrast, window_px), out=found)
        if max(values.shape) <= window_px:
            break
        window_px *= 2
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


def _at_one_scale(smooth: Singles, spread: Singles, sea: Mask, least_contrast: float, window_px: int) -> Singles:
    """Return the probability by windows of one size: their thresholds blended, then asked of every pixel."""
    cells = -(-smooth.shape[0] // CELL_PX), -(-smooth.shape[1] // CELL_PX)
    windows, dark, thresholds, slopes = (np.zeros(cells, np.float32) for _ in range(4))
    step = window_px // WINDOW_PX * SAMPLE_PX
    for rows, cols in _windows(smooth.shape, window_px):
        sampled = slice(rows.start, rows.stop, step), slice(cols.start, cols.stop, step)
        inside = sea[sampled]
        if inside.mean() < LEAST_SHARE:
            continue
        part = tuple(slice(side.start // CELL_PX, -(-side.stop // CELL_PX)) for side in (rows, cols))
        weight = np.outer(*(_hump(side.stop - side.start) for side in part))
        windows[part] += weight
        parted = _parted(smooth[sampled][inside], spread[sampled][inside], least_contrast)
        if parted is not None:
            dark[part] += weight
            thresholds[part] += weight * parted[0]
            slopes[part] += weight * (STEEPNESS / parted[1])
    if not dark.any():
        return np.zeros(smooth.shape, np.float32)
    known = np.maximum(dark, LEAST_WEIGHT)
    share = _enlarged(dark / np.maximum(windows, LEAST_WEIGHT), smooth.shape)
    logit = _enlarged(_spread_out(thresholds / known, dark), smooth.shape)
    logit -= smooth
    logit *= _enlarged(slopes / known, smooth.shape)
    np.clip(logit, -20, 20, out=logit)
    return np.asarray(share / (1 + np.exp(-logit)), np.float32)


def _parted(values: Singles, spread: Singles, least_contrast: float) -> tuple[float, float] | None:
    """Return the threshold of a window and the distance of its classes, ``None`` where it has no dark spot.

    Parameters
    ----------
    values, spread
        (n,) of the sea of a window: smoothed values, and the speckle left in them.
    """
    if values.size < BINS:
        return None
    known = np.minimum(values, np.percentile(values, BRIGHTEST_PERCENT))
    if np.ptp(known) <= 0:
        return None
    threshold = otsu_threshold(known)
    is_dark = known <= threshold
    if not is_dark.any() or is_dark.all():
        return None
    contrast = float(known[~is_dark].mean() - known[is_dark].mean())
    return (
        None if contrast < max(least_contrast, LEAST_SEPARATION * float(np.median(spread))) else (threshold, contrast)
    )


def _spread_out(thresholds: NDArray[np.floating], dark: Singles) -> Singles:
    """Return thresholds that go on beyond the windows that have one, so that enlarging does not mix them with none."""
    has_one = (dark > LEAST_WEIGHT).astype(np.uint8)
    if has_one.all():
        return np.asarray(thresholds, np.float32)
    _, nearest = cv2.distanceTransformWithLabels(1 - has_one, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    known = np.zeros(int(nearest.max()) + 1, np.float32)
    known[nearest[has_one > 0]] = thresholds[has_one > 0]
    return np.asarray(known[nearest], np.float32)


def _enlarged(cells: NDArray[np.floating], shape: tuple[int, ...]) -> Singles:
    size = cells.shape[1] * CELL_PX, cells.shape[0] * CELL_PX
    full = cv2.resize(cells.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(full[: shape[0], : shape[1]], np.float32)


def smoothed(values: Singles, sea: Mask, sigma_px: float = SMOOTHING_PX) -> Singles:
    """Return values smoothed by a Gaussian over the sea alone."""
    weight = cv2.GaussianBlur(sea.astype(np.float32), (0, 0), sigma_px)
    total = cv2.GaussianBlur(np.where(sea, values, np.float32(0)), (0, 0), sigma_px)
    return np.asarray(total / np.maximum(weight, np.float32(1e-3)), np.float32)


def _speckle(values: Singles, smooth: Singles, sea: Mask) -> Singles:
    """Return the standard deviation that speckle of single pixels has after the smoothing, by place.

    Notes
    -----
    White noise of standard deviation s has s / (2 √π σ) after a Gaussian of σ.
    """
    filled = np.where(sea, values, smooth)
    rough = np.square(filled - cv2.blur(filled, (NOISE_BOX_PX, NOISE_BOX_PX)))
    local = np.sqrt(np.maximum(cv2.blur(rough, (NOISE_AREA_PX, NOISE_AREA_PX)), 0))
    return np.asarray(local / np.float32(2 * math.sqrt(math.pi) * SMOOTHING_PX), np.float32)


def _windows(shape: tuple[int, ...], window_px: int) -> Iterator[tuple[slice, slice]]:
    for row in _starts(shape[0], window_px):
        for col in _starts(shape[1], window_px):
            yield slice(row, min(row + window_px, shape[0])), slice(col, min(col + window_px, shape[1]))


def _starts(length: int, window_px: int) -> list[int]:
    """Return where windows begin that overlap by half or more; whole cells."""
    last = max(0, -(-(length - window_px) // CELL_PX))
    count = -(-last * CELL_PX // (window_px // 2))
    return [round(last * one / max(1, count)) * CELL_PX for one in range(count + 1)]


def _hump(length: int) -> Singles:
    """Return weights of a window along one side, that neighbours which overlap by half sum to a constant."""
    found = np.sin(np.pi * (np.arange(length, dtype=np.float32) + 0.5) / length) ** 2
    return np.asarray(np.maximum(found, 1e-3), np.float32)
