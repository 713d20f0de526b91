"""What the sizes of compressed packets tell of the time between two keyframes, without decoding anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

WINDOW_S = 1.0
"""Sizes are looked at over so much time."""
STEP_S = 0.5
"""Windows begin so much apart."""
LEAST_WINDOWS = 10
"""Fewer do not tell what is usual."""
LEAST_ALIKE = 5
"""So many pictures at the same place after a keyframe tell what is usual there; else all together do."""
LEAST_BYTES = 32.0
"""Of a picture: below it everything is still."""
TREND_S = 120.0
"""What is usual is the median over so much time: light and tide change slowly."""
TO_SIGMA = 1.4826
LEAST_SPREAD = 0.02
"""Of the logarithm of a size: what less than this is no difference."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Activity:
    """How busy each moment of a clip is.

    Parameters
    ----------
    start_s
        (N,) begins of windows of :data:`WINDOW_S`, rising.
    level
        (N,) sizes of the pictures that are no keyframes, over what is usual in the clip: 1 as ever, from 0. Where
        windows are too few to tell, NaN.
    sigmas
        (N,) how far that is from usual, in standard deviations of the clip; NaN likewise.
    """

    start_s: Floats
    level: Floats
    sigmas: Floats

    def between(self, times_s: Floats, end_s: float) -> tuple[Floats, Floats]:
        """Return (M,) the largest level, and the most sigmas, from each time to the next one.

        Parameters
        ----------
        times_s
            (M,) rising.
        end_s
            Where the last one ends.
        """
        ends = np.append(times_s[1:], end_s)
        first = np.searchsorted(self.start_s, times_s - STEP_S / 2)
        last = np.maximum(np.searchsorted(self.start_s, ends - STEP_S / 2), first + 1)
        spans = list(zip(first.tolist(), last.tolist(), strict=True))
        level, sigmas = ([_largest(values[at:to]) for at, to in spans] for values in (self.level, self.sigmas))
        return np.array(level, np.float64), np.array(sigmas, np.float64)


def packet_activity(pts_s: Floats, sizes: NDArray[np.int64], is_key: NDArray[np.bool_]) -> Activity:
    """Return how busy a clip is, by the sizes of its packets.

    Parameters
    ----------
    pts_s
        (N,) when each picture is shown, s, rising.
    sizes
        (N,) bytes of each.
    is_key
        (N,) whether it is a keyframe; these tell of the scene, not of what moves, and are left out.

    Notes
    -----
    Each size is taken over the usual one at the same place after a keyframe, where the turns of P and B pictures
    repeat; the median of the logarithms in a window over its running median is the level. The encoder of a camera
    spends bytes on what moves: a fish that passes between two keyframes shows here alone. A camera that always writes
    the same number of bytes shows less of it.
    """
    times = pts_s[~is_key]
    if times.size == 0:
        return Activity(np.zeros(0), np.zeros(0), np.zeros(0))
    ratios = _over_usual(np.log(np.maximum(sizes[~is_key].astype(np.float64), LEAST_BYTES)), _places(is_key))
    start = float(times[0])
    slots = np.floor((times - start) / STEP_S).astype(np.int64)
    count = int(slots[-1]) + 1
    starts = np.asarray(start + STEP_S * np.arange(count), np.float64)
    if count < LEAST_WINDOWS:
        return Activity(starts, np.full(count, np.nan), np.full(count, np.nan))
    edges = np.searchsorted(slots, np.arange(count + 2))
    medians = np.array([_median(ratios[edges[at] : edges[at + 2]]) for at in range(count)], np.float64)
    return _judged(starts, medians)


def _judged(starts: Floats, medians: Floats) -> Activity:
    """Return how far windows are from their running median; of those without a picture, 0."""
    known = ~np.isnan(medians)
    filled = np.interp(starts, starts[known], medians[known])
    size = min(len(filled), round(TREND_S / STEP_S)) | 1
    apart = np.where(known, filled - median_filter(filled, size=size, mode="nearest"), 0.0)
    spread = max(TO_SIGMA * float(np.median(np.abs(apart))), LEAST_SPREAD)
    return Activity(starts, np.asarray(np.exp(apart), np.float64), np.asarray(apart / spread, np.float64))


def _places(is_key: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return of each picture that is no keyframe how many pictures it comes after one; the first ones count from 0."""
    numbers = np.arange(len(is_key))
    last = np.maximum.accumulate(np.where(is_key, numbers, 0))
    return np.asarray((numbers - last)[~is_key], np.int64)


def _over_usual(logarithms: Floats, places: NDArray[np.int64]) -> Floats:
    """Return logarithms less the median of those at the same place."""
    order = np.argsort(places, kind="stable")
    edges = np.searchsorted(places[order], np.arange(int(places.max()) + 2))
    over = logarithms - np.median(logarithms)
    for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if last - first >= LEAST_ALIKE:
            alike = order[first:last]
            over[alike] = logarithms[alike] - np.median(logarithms[alike])
    return np.asarray(over, np.float64)


def _median(values: Floats) -> float:
    return float(np.median(values)) if values.size else float("nan")


def _largest(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.max()) if known.size else float("nan")
