"""What the sizes of compressed packets tell of the time between two keyframes, without decoding anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WINDOW_S = 1.0
"""Bytes are summed over so much time: it evens out the turns of P and B pictures."""
STEP_S = 0.5
"""Windows begin so much apart."""
LEAST_WINDOWS = 10
"""Fewer do not tell what is usual."""
LEAST_BYTES = 50.0
"""Of a picture: below it everything is still."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Activity:
    """How busy each moment of a clip is.

    Parameters
    ----------
    start_s
        (N,) begins of windows of :data:`WINDOW_S`, rising.
    level
        (N,) bytes of the pictures that are no keyframes, over what is usual in the clip: 1 as ever, from 0. Where
        windows are too few to tell, NaN.
    """

    start_s: Floats
    level: Floats

    def between(self, times_s: Floats, end_s: float) -> Floats:
        """Return (M,) the largest level from each time to the next one, and from the last to the end.

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
        return np.array([_largest(self.level[at:to]) for at, to in zip(first, last, strict=True)], np.float64)


def packet_activity(pts_s: Floats, sizes: NDArray[np.int64], is_key: NDArray[np.bool_]) -> Activity:
    """Return how busy a clip is, by the sizes of its packets.

    Parameters
    ----------
    pts_s
        (N,) when each picture is shown, s, in any order.
    sizes
        (N,) bytes of each.
    is_key
        (N,) whether it is a keyframe; these tell of the scene, not of what moves, and are left out.

    Notes
    -----
    The mean size of the pictures in a window over its median over all windows. The encoder of a camera spends bytes on
    what moves: a fish that passes between two keyframes shows here alone. A camera that always writes the same number
    of bytes shows less of it.
    """
    times, sizes = pts_s[~is_key], sizes[~is_key].astype(np.float64)
    if times.size == 0:
        return Activity(np.zeros(0), np.zeros(0))
    start = float(times.min())
    slots = np.floor((times - start) / STEP_S).astype(np.int64)
    count = int(slots.max()) + 1
    starts = np.asarray(start + STEP_S * np.arange(count), np.float64)
    if count < LEAST_WINDOWS:
        return Activity(starts, np.full(count, np.nan))
    pair = np.ones(round(WINDOW_S / STEP_S))
    number = np.convolve(np.bincount(slots, minlength=count), pair)[len(pair) - 1 :]
    total = np.convolve(np.bincount(slots, weights=sizes, minlength=count), pair)[len(pair) - 1 :]
    mean = np.divide(total, number, out=np.zeros(count), where=number > 0)
    usual = max(float(np.median(mean[number > 0])), LEAST_BYTES)
    return Activity(starts, np.asarray(mean / usual, np.float64))


def _largest(levels: Floats) -> float:
    known = levels[~np.isnan(levels)]
    return float(known.max()) if known.size else float("nan")
