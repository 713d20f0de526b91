"""How interest follows from the scores: a logistic curve over a few of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEATURES = ("motion", "objectness", "novelty", "packets")
UNIT_MOTION = 0.001
"""Motion counts by its logarithm in this unit."""
USUAL_OBJECTNESS = 0.35
"""What noise alone reaches; it stands for a score that is not known."""
MOST_SIGMAS = 8.0

FIXED: Mapping[str, float] = {"intercept": -3.7, "motion": 3.2, "objectness": 0.5, "novelty": 0.3, "packets": 0.4}
"""Of a fixed camera; how they were found: ``docs/howto/screening.md``."""
MOVING: Mapping[str, float] = {"intercept": -2.0, "objectness": 7.0, "novelty": 2.0}
"""Of a camera that moves: what differs from the frame before says nothing there."""
UNKNOWN_INTEREST = 0.5
"""Where too few frames are known to tell what is usual."""

Floats = NDArray[np.float32]


def features(scores: Mapping[str, Floats]) -> NDArray[np.float64]:
    """Return (N, 4) what interest is computed from, in the order of :data:`FEATURES`; 0 says nothing.

    Parameters
    ----------
    scores
        (N,) each, by the names of the columns, and ``packet_sigmas``; NaN where it is not known.

    Notes
    -----
    ln(1 + motion / 0.001), objectness - 0.35, novelty, and by how many standard deviations the packets that follow are
    larger than usual in the clip, within 0 to 8.
    """
    table = np.stack(
        [
            np.log1p(scores["motion"].astype(np.float64) / UNIT_MOTION),
            scores["objectness"] - USUAL_OBJECTNESS,
            scores["novelty"],
            np.clip(scores["packet_sigmas"], 0, MOST_SIGMAS),
        ],
        axis=1,
    )
    return np.asarray(np.nan_to_num(table, nan=0.0), np.float64)


def interest(scores: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """Return (N,) how likely something is to be seen, 0 to 1.

    Parameters
    ----------
    scores
        As for :func:`features`.
    weights
        ``intercept`` and one for each of :data:`FEATURES`; one that is missing is 0.
    """
    slopes = np.array([weights.get(name, 0.0) for name in FEATURES])
    score = weights["intercept"] + features(scores) @ slopes
    return np.asarray(1 / (1 + np.exp(-np.clip(score, -50, 50))), np.float32)


def weights_for(learnt: Mapping[str, Any] | None, *, moving: bool) -> Mapping[str, float]:
    """Return the weights to be used: those that were learnt, else the default ones.

    Parameters
    ----------
    learnt
        From :func:`pelagia.services.ecosystem.thresholds.learn_thresholds`; empty where nothing was learnt.
    moving
        Whether the camera moves.
    """
    if learnt:
        return {name: float(value) for name, value in learnt.items() if name == "intercept" or name in FEATURES}
    return MOVING if moving else FIXED
