"""The few numbers of a separation that are chosen, not learned: on merges of organisms that were not trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from pelagia.imaging.cuts import apply_cuts
from pelagia.imaging.watershed import Suppression, watershed_cuts
from pelagia.learning.segment import Maps, Rule, cuts_from_maps
from pelagia.learning.train.separation.measure import Merit, measure_separation, outcome, summarise
from pelagia.learning.train.separation.merges import Merge

# Nearly all objects of a scan are single: more of them cut than this costs more than the merges that are found.
MOST_SINGLES_CUT = 0.05

RULE_START = Rule(least_rise=0.1, widest_neck=0.8, least_score=0.3)
RULE_GRID: Mapping[str, Sequence[float]] = {
    "least_score": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    "widest_neck": (0.2, 0.35, 0.5, 0.65, 0.8, 0.9),
    "least_rise": (0.05, 0.1, 0.2, 0.3, 0.4),
}
FLOOR_START = Suppression(least_rise_px=2.0, widest_neck=0.5)
FLOOR_GRID: Mapping[str, Sequence[float]] = {
    "widest_neck": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
    "least_rise_px": (1.0, 2.0, 3.0, 4.0, 6.0),
}
ROUNDS = 2

Chosen = TypeVar("Chosen", bound="Rule | Suppression")


def choose_rule(merges: Sequence[Merge], maps: Sequence[Maps], *, size_px: int, min_area_px: int) -> Rule:
    """Return the rule that separates these merges best, a few single organisms cut at most.

    Parameters
    ----------
    merges
        Of organisms that were not trained on.
    maps
        What the model answers to each.
    size_px
        Side of the square, px.
    min_area_px
        Area of the smallest piece that is an object, px.
    """

    def merit(rule: Rule) -> Merit:
        outcomes = []
        for merge, map_ in zip(merges, maps, strict=True):
            cuts = cuts_from_maps(merge.region, map_, rule, size_px=size_px, min_area_px=min_area_px)
            outcomes.append(outcome(merge, apply_cuts(merge.region, cuts, min_area_px=min_area_px)))
        return summarise(outcomes, np.random.default_rng(0))

    return _search(RULE_START, RULE_GRID, merit)


def choose_floor(merges: Sequence[Merge], *, min_area_px: int) -> Suppression:
    """Return the suppression with which a watershed separates these merges best; see :func:`choose_rule`."""

    def merit(suppression: Suppression) -> Merit:
        outcomes = measure_separation(
            merges,
            lambda region: watershed_cuts(region, suppression, min_area_px=min_area_px),
            min_area_px=min_area_px,
        )
        return summarise(outcomes, np.random.default_rng(0))

    return _search(FLOOR_START, FLOOR_GRID, merit)


def _search(start: Chosen, grid: Mapping[str, Sequence[float]], merit: Callable[[Chosen], Merit]) -> Chosen:
    """Change one number at a time while that makes it better."""
    seen: dict[Chosen, tuple[bool, float]] = {}

    def rank(one: Chosen) -> tuple[bool, float]:
        if one not in seen:
            found = merit(one)
            few = found.singles_cut <= MOST_SINGLES_CUT
            seen[one] = (few, found.quality if few else -found.singles_cut)
        return seen[one]

    best = start
    for _ in range(ROUNDS):
        for name, values in grid.items():
            others: list[Chosen] = [_with(best, name, value) for value in values]
            best = max([best, *others], key=rank)
    return best


def _with(one: Chosen, name: str, value: float) -> Chosen:
    told: dict[str, Any] = {slot: getattr(one, slot) for slot in one.__slots__} | {name: value}
    return type(one)(**told)
