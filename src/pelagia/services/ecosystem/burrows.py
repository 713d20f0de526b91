"""From openings to burrow systems, and how well two counters agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BURROW_WORDS = ("burrow", "hole", "opening")
"""A class whose name has one of these is of openings in the ground; every other one is of animals."""
NEAR_SYSTEM = 1.25
"""Openings nearer than this many times the mean diameter are of one system: half of all systems are wider than it."""
LARGEST_SYSTEM = 1.5
"""A chain of openings becomes no system wider than this many times the mean diameter."""
Z_95 = 1.959964
LEAST_MINUTES = 4
"""The least number of minutes of which an interval of the concordance can be told."""


def is_burrow(name: str) -> bool:
    """Whether a class is of openings of burrows, by its name."""
    return any(word in name.lower() for word in BURROW_WORDS)


def systems_of(places_m: Floats, system_m: float) -> Ints:
    """Return the burrow system of each opening.

    Parameters
    ----------
    places_m
        (N, 2) on the ground, m.
    system_m
        Mean diameter of a system, m.

    Returns
    -------
    ndarray
        (N,) numbers of the systems, from 0, in the order of their first opening.

    Notes
    -----
    Single linkage of openings nearer than 1.25 diameters, the nearest first; two groups stay apart where together they
    would be wider than 1.5 diameters, so that neighbours do not chain up.
    """
    member = np.arange(len(places_m))
    groups: dict[int, list[int]] = {number: [number] for number in range(len(places_m))}
    pairs = (
        cKDTree(places_m).query_pairs(NEAR_SYSTEM * system_m, output_type="ndarray")
        if len(places_m) > 1
        else np.zeros((0, 2))
    )
    pairs = pairs.astype(np.int64).reshape(-1, 2)
    apart = np.linalg.norm(places_m[pairs[:, 0]] - places_m[pairs[:, 1]], axis=1)
    for one, other in pairs[np.lexsort((pairs[:, 1], pairs[:, 0], apart))].tolist():
        kept, lost = sorted((int(member[one]), int(member[other])))
        if kept == lost or _width(places_m[groups[kept]], places_m[groups[lost]]) > LARGEST_SYSTEM * system_m:
            continue
        groups[kept] += groups.pop(lost)
        member[groups[kept]] = kept
    return np.unique(member, return_inverse=True)[1].astype(np.int64)


def _width(one: Floats, other: Floats) -> float:
    """Return the largest distance between openings of two groups."""
    return float(np.linalg.norm(one[:, None] - other[None], axis=2).max())


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """How well two counters agree.

    Parameters
    ----------
    value
        Lin's coefficient, -1 to 1; ``None`` where both counted the same number in every minute or there is no minute.
    low, high
        95 % bounds; ``None`` where there are fewer than four minutes.
    minutes
        Minutes both counted.
    """

    value: float | None
    low: float | None
    high: float | None
    minutes: int


def concordance(first: npt.ArrayLike, second: npt.ArrayLike) -> Concordance:
    """Return Lin's concordance correlation coefficient of the counts per minute of two counters.

    Parameters
    ----------
    first, second
        (N,) counts in the same minutes.

    Notes
    -----
    ``2 s12 / (s1² + s2² + (m1 − m2)²)`` with variances over N (Lin 1989, doi 10.2307/2532051); the interval by his
    transformation to the inverse hyperbolic tangent. Underwater-TV surveys of *Nephrops* ask for 0.5; below, a third
    counter looks.
    """
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    minutes = len(one)
    if minutes < 2:
        return Concordance(value=None, low=None, high=None, minutes=minutes)
    apart = float(one.mean() - other.mean())
    unlike = float(one.var() + other.var()) + apart**2
    if not unlike:
        return Concordance(value=None, low=None, high=None, minutes=minutes)
    together = float(((one - one.mean()) * (other - other.mean())).mean())
    value, product = 2 * together / unlike, float(one.std() * other.std())
    if minutes < LEAST_MINUTES or not together or not product or abs(value) >= 1:
        return Concordance(value=value, low=None, high=None, minutes=minutes)
    correlation = together / product
    shift2 = apart**2 / product
    ratio2 = (value / correlation) ** 2
    variance = (
        (1 - correlation**2) * value**2 / ((1 - value**2) * correlation**2)
        + 2 * value**3 * (1 - value) * shift2 / (correlation * (1 - value**2) ** 2)
        - value**2 * ratio2 * shift2**2 / (2 * (1 - value**2) ** 2)
    ) / (minutes - 2)
    reach = Z_95 * float(np.sqrt(max(variance, 0.0)))
    centre = float(np.arctanh(value))
    return Concordance(
        value=value, low=float(np.tanh(centre - reach)), high=float(np.tanh(centre + reach)), minutes=minutes
    )
