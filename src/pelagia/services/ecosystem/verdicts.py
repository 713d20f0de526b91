"""What is wrong with a frame: the first of dark, overexposed, blurred, turbid, frozen, duplicate that holds.

Frames are judged at :data:`WIDTH_PX`; the limits hold for that size.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pelagia.services.ecosystem.columns import USABLE, VERDICTS

WIDTH_PX = 320
"""Width at which quality is measured; the height follows."""
DARK_SHARE = 0.97
"""Dark: so much of the frame is nearly black. A lamp that lights more than the rest leaves something to be seen."""
DARK_BRIGHTNESS = 0.03
"""Dark as well: mean luma below it, where noise hides that it is black."""
SATURATED_SHARE = 0.40
"""Overexposed: so much of the frame is nearly white."""
BLURRED_SHARPNESS = 6.0
"""Blurred: variance of the Laplacian below it …"""
BLURRED_STRUCTURE = 0.018
"""… though this much is to be seen beside the light: plain water has neither, and is not blurred."""
TURBID_SHARE = 0.006
TURBID_PER_SHARPNESS = 0.003
"""Turbid: small bright specks cover so much of the frame, and more the sharper it is behind them: what is seen clearly
behind a few specks is usable, and the texture of corals is sharp without them."""
FROZEN_S = 8.0
"""Frozen: for so long every frame is the same as the one before, within what compression changes."""
SAME_GREYS = 2
"""A pixel is the same if it differs by so little."""
SAME_SHARE = 0.002
"""Frames are the same if no more than this share of their pixels is not; a clock in the picture may tick."""
SAME_CHANGE = 1 / 255
"""Where packets tell that nothing is new, keyframes may differ by so much on average: they are compressed anew."""
STILL_BYTES, STILL_BYTES_PER_PX = 150, 0.001
"""Frozen only where the pictures between two keyframes take fewer bytes than this and so much for each of their pixels:
the encoder finds nothing new."""
DUPLICATE_BITS = 2
"""Fingerprints of copies differ in so few of 64 bits; the pixels are compared then."""
DUPLICATE_RUN = 3
"""So many frames of a film in a row have to be those of earlier, in the same order: one alone may look alike."""
WATER_STRUCTURE = 0.012
WATER_OBJECTNESS = 0.5
WATER_MOTION = 0.002
"""Water only: less than this is to be seen, nothing stands out by more, and nothing moves."""

Floats = NDArray[np.float32]


def judge(scores: Mapping[str, Floats], frozen: NDArray[np.bool_], duplicate: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return (N,) places in :data:`~pelagia.services.ecosystem.columns.VERDICTS`.

    Parameters
    ----------
    scores
        (N,) each: ``brightness``, ``dark_share``, ``saturated_share``, ``sharpness``, ``sharpness_behind``,
        ``structure``, ``turbidity``; NaN where it was not measured, which is no fault.
    frozen, duplicate
        (N,) whether it shows what was seen before.
    """
    found = np.full(frozen.shape, VERDICTS.index(USABLE), np.int8)
    faults = {
        "duplicate": duplicate,
        "frozen": frozen,
        "turbid": (scores["turbidity"] >= TURBID_SHARE)
        & (scores["turbidity"] >= TURBID_PER_SHARPNESS * scores["sharpness_behind"]),
        "blurred": (scores["sharpness"] < BLURRED_SHARPNESS) & (scores["structure"] >= BLURRED_STRUCTURE),
        "overexposed": scores["saturated_share"] >= SATURATED_SHARE,
        "dark": (scores["dark_share"] >= DARK_SHARE) | (scores["brightness"] < DARK_BRIGHTNESS),
    }
    for verdict, holds in faults.items():  # from the last to the first, which stays
        found[holds] = VERDICTS.index(verdict)
    return found


def water_only(scores: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Return (N,) whether nothing stands out and nothing moves.

    Parameters
    ----------
    scores
        (N,) each: ``structure``, ``objectness``, ``motion``; NaN where it was not measured.
    """
    plain = (scores["structure"] < WATER_STRUCTURE) & ~(scores["objectness"] >= WATER_OBJECTNESS)
    return np.asarray(plain & ~(scores["motion"] >= WATER_MOTION), np.bool_)


def frozen_runs(time_s: NDArray[np.float64], same: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (N,) the frames of runs of equal ones that last :data:`FROZEN_S`; the first of each run is none.

    Parameters
    ----------
    time_s
        (N,) rising.
    same
        (N,) whether a frame is the same as the one before.
    """
    frozen = np.zeros(same.shape, np.bool_)
    edges = np.flatnonzero(np.diff(same.astype(np.int8), prepend=0, append=0))
    for first, stop in edges.reshape(-1, 2).tolist():
        frozen[first:stop] = time_s[stop - 1] - time_s[max(first - 1, 0)] >= FROZEN_S
    return frozen


def repeated_runs(copy_of: NDArray[np.int64], same: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (N,) the frames that repeat an earlier sequence of a film.

    Parameters
    ----------
    copy_of
        (N,) the earlier frame that each is a copy of, -1 where of none.
    same
        (N,) whether a frame is the same as the one before: where nothing changes, a copy says nothing.
    """
    follows = (copy_of[1:] >= 0) & (copy_of[:-1] >= 0) & (np.diff(copy_of) == 1) & ~same[1:]
    edges = np.flatnonzero(np.diff(follows.astype(np.int8), prepend=0, append=0))
    repeated = np.zeros(same.shape, np.bool_)
    for first, stop in edges.reshape(-1, 2).tolist():
        repeated[first : stop + 1] = stop + 1 - first >= DUPLICATE_RUN
    return repeated
