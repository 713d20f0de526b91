"""The box that several marks of one animal agree on: medians, edge by edge, never the union."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pelagia.learning.evaluate import LEVEL
from pelagia.services.citizen.shapes import Floats

NORMAL_PER_DEVIATION = 1.4826
"""From a median deviation to the standard deviation of a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """The length of a body: median of lines, its 95 % interval where there are enough, and how many lines there are."""

    value: float
    low: float | None
    high: float | None
    number: int


def consensus_edges(edges: Floats, has_size: Floats, weights: Floats) -> Floats:
    """Return the box that marks agree on.

    Parameters
    ----------
    edges
        (n, 4) top, left, bottom, right of the boxes of single marks.
    has_size
        (n,) bool: whether a mark tells a size. A point gets the median size of those that do.
    weights
        (n,) of each mark, at least one of them above 0.

    Returns
    -------
    ndarray
        (4,) the weighted median of every edge.
    """
    sized = has_size.astype(bool) & (weights > 0)
    if sized.any() and not sized.all():
        half = np.array(
            [
                weighted_median((edges[sized, 2] - edges[sized, 0]) / 2, weights[sized]),
                weighted_median((edges[sized, 3] - edges[sized, 1]) / 2, weights[sized]),
            ]
        )
        middle = (edges[:, :2] + edges[:, 2:]) / 2
        edges = np.where(sized[:, None], edges, np.concatenate([middle - half, middle + half], axis=1))
    return np.array([weighted_median(edges[:, edge], weights) for edge in range(4)])


def weighted_median(values: Floats, weights: Floats) -> float:
    """Return the value below and above which lies half of the weight; between two such values their middle."""
    order = np.argsort(values, kind="stable")
    ordered, sums = values[order], np.cumsum(weights[order])
    half = sums[-1] / 2
    at = int(np.searchsorted(sums, half * (1 - 1e-12)))
    if math.isclose(sums[at], half, rel_tol=1e-9) and at + 1 < len(ordered):
        after = int(np.searchsorted(sums, half * (1 + 1e-9), side="right"))
        return float((ordered[at] + ordered[min(after, len(ordered) - 1)]) / 2)
    return float(ordered[at])


def spread_of(edges: Floats, box: Floats) -> float | None:
    """Return how far the edges of single marks are from those of the box, px; ``None`` for one mark alone."""
    if len(edges) < 2:
        return None
    return float(NORMAL_PER_DEVIATION * np.median(np.abs(edges - box), axis=0).mean())


def length_of(lengths: Floats) -> Length | None:
    """Return the length that lines tell.

    Parameters
    ----------
    lengths
        (n,) px, NaN where a mark is no line.

    Notes
    -----
    The interval goes between the order statistics that hold the median with 95 % whatever the distribution (Conover
    1999, *Practical Nonparametric Statistics*, section 3.2); fewer than six lines cannot give one.
    """
    known = np.sort(lengths[np.isfinite(lengths)])
    number = len(known)
    if not number:
        return None
    below = -1
    chance = 0.0
    while chance <= (1 - LEVEL) / 2:
        below += 1
        chance += math.comb(number, below) / 2**number
    low, high = (float(known[below - 1]), float(known[number - below])) if below >= 1 else (None, None)
    return Length(value=float(np.median(known)), low=low, high=high, number=number)


def offset_of(edges: Floats, box: Floats) -> Floats:
    """Return how far the middles of boxes are from that of another, in sizes of that.

    Parameters
    ----------
    edges
        (n, 4) px.
    box
        (4,) px.
    """
    sides = np.maximum(box[2:] - box[:2], 1.0)
    middles = (edges[:, :2] + edges[:, 2:]) / 2 - (box[:2] + box[2:]) / 2
    apart: Floats = np.hypot(middles[:, 0] / sides[0], middles[:, 1] / sides[1])
    return apart
