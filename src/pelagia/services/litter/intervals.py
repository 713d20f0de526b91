"""How sure a count is: by resampling parts of the ground, or, where there are too few, as by chance alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pelagia.learning.quantify import LEVEL, poisson_interval

Floats = NDArray[np.float64]
Method = Literal["bootstrap", "poisson"]

DRAWS = 2000
LEAST_PARTS = 20
"""Fewer parts of the ground say too little of how litter varies from place to place."""
LEAST_ITEMS = 10
"""Of fewer items resampling gives intervals that are too short, and none at all without any."""
MOST_PARTS = 400
"""More parts make the interval no better; neighbours are then taken together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A 95 % interval of a count, and how it was got."""

    low: float
    high: float
    method: Method


def chance_interval(items: int) -> Interval:
    """Return the exact Poisson interval of a count."""
    low, high = poisson_interval(items)
    return Interval(low=float(low), high=float(high), method="poisson")


def count_intervals(counts: Floats, covered_m2: Floats, rng: np.random.Generator) -> list[Interval]:
    """Return the interval of the total of each class.

    Parameters
    ----------
    counts
        (parts, classes) items in each part of the ground.
    covered_m2
        (parts,) ground looked at in each part.
    rng
        Source of the resampling.

    Notes
    -----
    A draw takes as many parts as there are, with replacement; its estimate is its items per its ground, times all
    ground (the ratio estimate, as parts differ in size). The interval goes from the 2.5 to the 97.5 percentile of the
    draws (Efron and Tibshirani 1993, ISBN 0-412-04231-2, chapter 13). All classes share the draws.
    """
    totals = counts.sum(axis=0)
    parts = len(covered_m2)
    is_enough = parts >= LEAST_PARTS and covered_m2.sum() > 0
    if not is_enough or not (totals >= LEAST_ITEMS).any():
        return [chance_interval(round(total)) for total in totals.tolist()]
    drawn = rng.multinomial(parts, np.full(parts, 1 / parts), size=DRAWS).astype(np.float64)
    ground = drawn @ covered_m2
    seen = ground > 0
    estimates = drawn[seen] @ counts / ground[seen, None] * covered_m2.sum()
    tail = (1 - LEVEL) / 2
    lows, highs = np.quantile(estimates, [tail, 1 - tail], axis=0)
    return [
        Interval(low=low, high=high, method="bootstrap") if total >= LEAST_ITEMS else chance_interval(round(total))
        for low, high, total in zip(lows.tolist(), highs.tolist(), totals.tolist(), strict=True)
    ]
