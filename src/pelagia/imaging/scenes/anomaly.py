"""Oil on optical scenes: where the sea differs from the sea around, brighter or darker.

Two indices are looked at. In sun glint, which the near infrared shows best, oil shines or lacks, since it calms small
waves; thick oil changes the colour, which (green + red) / blue tells. Ships, clouds, shallows and algae differ as well:
it is a floor that shows where to look.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

Singles = NDArray[np.float32]
Mask = NDArray[np.bool_]

BANDS = ("blue", "green", "red", "nir")
SMOOTHING_PX = 2.0
EDGE_REACH_PX = 6
CELL_PX = 32
"""Side of the cells whose median is the sea around."""
AROUND_CELLS = 9
"""Side of the square of cells of which the median is taken."""
FROM_SPREADS = 4.0
"""How many robust standard deviations from the sea around are as likely oil as not."""
LEAST_CHANGE = 0.05
"""Least difference, as a share of the sea around."""
STEEPNESS = 1.5
CLOUD_BLUE = 0.25
"""Reflectance of blue above which it is cloud or surf."""
CLOUD_REACH_PX = 10
MAD_TO_SD = 1.4826
LEAST = np.float32(1e-4)


def open_water(bands: Mapping[str, Singles], sea: Mask) -> Mask:
    """Return where there is water without clouds: green above near infrared (NDWI > 0), blue not bright.

    Parameters
    ----------
    bands
        ``blue``, ``green``, ``nir``: (height, width) reflectance.
    sea
        Where there is a measurement and no land.
    """
    bright = (bands["blue"] > CLOUD_BLUE).astype(np.uint8)
    side = 2 * CLOUD_REACH_PX + 1
    near_cloud = cv2.dilate(bright, np.ones((side, side), np.uint8)) > 0
    found: Mask = sea & (bands["green"] > bands["nir"]) & ~near_cloud
    return found


def anomaly_probability(bands: Mapping[str, Singles], water: Mask) -> Singles:
    """Return how surely each pixel differs from the water around.

    Parameters
    ----------
    bands
        :data:`BANDS`: (height, width) reflectance.
    water
        As of :func:`open_water`.

    Returns
    -------
    ndarray
        (height, width) float32, 0 to 1; 0 outside the water. A slick wider than about 1.5 km at 10 m a pixel becomes
        the sea around, and only its edge is seen.
    """
    blue = np.maximum(bands["blue"], LEAST)
    indices = np.maximum(bands["nir"], LEAST), (bands["green"] + bands["red"]) / blue
    found = np.zeros(water.shape, np.float32)
    for index in indices:
        np.maximum(found, _differs(index.astype(np.float32), water), out=found)
    found[~water] = 0
    return found


def _differs(index: Singles, water: Mask) -> Singles:
    weight = np.maximum(cv2.GaussianBlur(water.astype(np.float32), (0, 0), SMOOTHING_PX), np.float32(1e-3))
    total = cv2.GaussianBlur(np.where(water, index, np.float32(0)), (0, 0), SMOOTHING_PX)
    smooth = np.asarray(total / weight, np.float32)
    around = _sea_around(smooth, water)
    off = np.abs(smooth - around)
    known = off[water]
    if not known.size:
        return np.zeros(water.shape, np.float32)
    spread = np.maximum(np.float32(MAD_TO_SD * np.median(known[:: max(1, known.size // (1 << 20))])), LEAST)
    logit = np.clip(STEEPNESS * (off / spread - FROM_SPREADS), -20, 20)
    # The smoothing widens what it smooths: its edge is where half of the change is left.
    side = 2 * EDGE_REACH_PX + 1
    half = cv2.dilate(np.where(water, off, np.float32(0)), np.ones((side, side), np.uint8)) / 2
    is_change = (off >= LEAST_CHANGE * np.abs(around)) & (off >= half)
    return np.where(is_change, 1 / (1 + np.exp(-logit)), 0).astype(np.float32)


def _sea_around(smooth: Singles, water: Mask) -> Singles:
    """Return the median of the water around, smooth over the picture."""
    rows, cols = (-(-length // CELL_PX) for length in smooth.shape)
    fill = ((0, rows * CELL_PX - smooth.shape[0]), (0, cols * CELL_PX - smooth.shape[1]))
    values = np.pad(np.where(water, smooth, np.float32(np.nan)), fill, constant_values=np.nan)
    cells = values.reshape(rows, CELL_PX, cols, CELL_PX).swapaxes(1, 2).reshape(rows, cols, -1)
    has_water = np.isfinite(cells).any(axis=2)
    middle = float(np.median(smooth[water])) if water.any() else 0.0
    medians = np.full((rows, cols), middle, np.float32)
    medians[has_water] = np.nanmedian(cells[has_water], axis=1)
    wide = median_filter(medians, size=AROUND_CELLS, mode="nearest")
    size = (cols * CELL_PX, rows * CELL_PX)
    full = cv2.resize(wide, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(full[: smooth.shape[0], : smooth.shape[1]], np.float32)
