"""Grey levels of an object: what ImageJ's histogram statistics and ZooProcess' cumulative histogram say."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Histogram = NDArray[np.int64]

LEVELS = 256
WHITE = 255
QUARTILES = (0.25, 0.5, 0.75)
# The first eight neighbours of a pixel, itself left out.
_RING = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=np.float32)


def statistics(histogram: Histogram) -> dict[str, float]:
    """Moments and order statistics of the grey levels, as ImageJ counts them.

    Parameters
    ----------
    histogram
        (256,): pixels of each grey level over the object, holes included; at least one pixel.

    Returns
    -------
    `mean`, `stddev` (n - 1; 0 for one pixel), `mode` (the lowest of equals), `min`, `max`, `intden` (sum), `median`
    (the first level that more than half of the pixels do not exceed), `skew` and `kurt` (population moments, kurtosis
    minus 3; NaN for a constant grey).
    """
    levels = np.arange(LEVELS)
    count, total = int(histogram.sum()), int(histogram @ levels)
    squares = int(histogram @ (levels * levels))
    mean = total / count
    centred = levels - mean
    weights = histogram.astype(np.float64)
    second, third, fourth = (float(weights @ centred**power) / count for power in (2, 3, 4))
    varied = count * squares != total * total
    present = np.flatnonzero(histogram)
    return {
        "mean": mean,
        "stddev": math.sqrt((count * squares - total * total) / (count * (count - 1))) if count > 1 else 0.0,
        "mode": float(np.argmax(histogram)),
        "min": float(present[0]),
        "max": float(present[-1]),
        "intden": float(total),
        "median": float(np.argmax(np.cumsum(histogram) > count // 2)),
        "skew": third / second**1.5 if varied else math.nan,
        "kurt": fourth / second**2 - 3.0 if varied else math.nan,
    }


@dataclass(frozen=True, slots=True)
class CumulativeGreys:
    """Levels below which a quarter, half and three quarters of an object without its holes lie.

    Parameters
    ----------
    histogram
        (256,): pixels of each grey level of the cleaned vignette; white (255) stands for everything else.
    quartiles
        The last level whose cumulative fraction is less than 0.25, 0.5, 0.75.
    """

    histogram: Histogram
    quartiles: tuple[int, int, int]

    @property
    def first_dark(self) -> int:
        """Third quartile, or the next level that occurs where nothing has that level."""
        level = self.quartiles[2]
        return level + int(np.argmax(self.histogram[level:] > 0))

    @property
    def slope(self) -> float:
        """Standard deviation of the counts of levels 0 to 254 over that of the levels themselves."""
        levels = np.arange(WHITE)
        return float(np.std(self.histogram[:WHITE]) / np.std(levels))


def cumulative_greys(cleaned: NDArray[np.uint8]) -> CumulativeGreys:
    """Read the cumulative histogram of a cleaned vignette, white left out.

    Parameters
    ----------
    cleaned
        (height, width): grey where the object is (holes left out), 255 elsewhere; at least one pixel below 255.
    """
    histogram = np.bincount(cleaned.ravel(), minlength=LEVELS)
    sums = np.cumsum(histogram[:WHITE])
    first, second, third = (max(int(np.searchsorted(sums / sums[-1], part)) - 1, 0) for part in QUARTILES)
    return CumulativeGreys(histogram, (first, second, third))


def grey_contrast(cleaned: NDArray[np.uint8], greys: CumulativeGreys) -> float:
    """Contrast of three grey levels against their neighbourhood, summed as ZooProcess does: `fcons`.

    Parameters
    ----------
    cleaned
        (height, width): as in `cumulative_greys`.
    greys
        Of the same vignette.

    Returns
    -------
    Contrast, grey levels; 0 where none of the three levels lies inside the vignette.

    Notes
    -----
    The three levels are the largest whose *count* is not more than the quartile *level* (a count against a grey
    level: an error of the original, kept because the values are in EcoTaxa). The pixels are gone through column by
    column; each adds the contrast met so far on its level, weighted by the share of the level.
    """
    histogram = greys.histogram[:WHITE]
    levels = {
        int(chosen[-1]) if (chosen := np.flatnonzero((histogram > 0) & (histogram <= limit))).size else 0
        for limit in greys.quartiles
    }
    if min(cleaned.shape) < 3:
        return 0.0
    inner = cleaned[1:-1, 1:-1]
    ring = cv2.filter2D(cleaned.astype(np.float32), cv2.CV_32F, _RING)[1:-1, 1:-1]
    total, count = 0.0, 1
    for level in sorted(levels):
        # Transposed: column by column, which makes the running sum the one of ZooProcess.
        around = ring.T[level == inner.T].astype(np.float64)
        running = np.cumsum(np.abs(level - around / 8.0))
        total += float(running.sum()) * int(histogram[level]) / LEVELS
        count += len(around)
    return total / count
