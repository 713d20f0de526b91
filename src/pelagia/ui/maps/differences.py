"""How two surveys of one beach differ, class by class, with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pelagia.services.litter.columns import ALL

Row = Mapping[str, Any]
MEASURES: Mapping[str, tuple[str, str]] = {
    "items_per_100m": ("items on 100 m of beach", "length_m"),
    "items_per_km2": ("items on a square kilometre", "covered_m2"),
}
"""What surveys are compared by, the better one first, and what of a survey has to be known for it."""
NONE_SEEN_HIGH = -math.log(0.025)
"""Upper 95 % bound (two-sided) of the mean of a Poisson distribution of which nothing was counted: 3.69."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its 95 % interval; any may be unknown."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A class in two surveys.

    Parameters
    ----------
    item_class
        ``all`` for every class together.
    counts
        Items counted, left and right; ``None`` where a survey has none of the class.
    sides
        The measure, left and right.
    change
        Right less left.
    is_certain
        Whether the interval of the change holds no zero.
    """

    item_class: str
    counts: tuple[int | None, int | None]
    sides: tuple[Estimate, Estimate]
    change: Estimate
    is_certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two surveys, compared.

    Parameters
    ----------
    measure
        In words; empty where nothing can be compared.
    why_not
        Why they cannot be compared on 100 m; empty where they can.
    rows
        All classes together first, then those of which there are most.
    """

    measure: str
    why_not: str
    rows: tuple[Difference, ...]


def compare(left: Sequence[Row], right: Sequence[Row], names: tuple[str, str]) -> Comparison:
    """Compare rows of the table ``density``: those of one area of each survey, or of all its areas.

    Parameters
    ----------
    left, right
        Rows of whole areas.
    names
        Of the surveys, for words.
    """
    sides = ({str(row["item_class"]): row for row in left}, {str(row["item_class"]): row for row in right})
    measure = next((name for name, (_, needs) in MEASURES.items() if all(_has(one, needs) for one in sides)), "")
    lacking = [name for name, one in zip(names, sides, strict=True) if not _has(one, "length_m")]
    why_not = ""
    if lacking:
        why_not = f"Not comparable on 100 m: no length of beach is known for {' and '.join(lacking)}."
    classes = sorted({*sides[0], *sides[1]} - {ALL}, key=lambda name: (-_most(sides, name), name))
    rows = tuple(_difference(name, sides, measure) for name in (ALL, *classes) if name == ALL or _most(sides, name))
    return Comparison(measure=MEASURES[measure][0] if measure else "", why_not=why_not, rows=rows)


def change_between(before: Estimate, after: Estimate) -> Estimate:
    """Return the difference of two independent estimates, with an interval made of theirs.

    Notes
    -----
    The square of the distance from the difference to its lower limit is that of ``after`` to its lower limit plus that
    of ``before`` to its upper limit; for the upper limit the other way round.

    References
    ----------
    Zou and Donner (2008), Construction of confidence limits about effect measures: a general approach, Statistics in
    Medicine 27:1693–1702, doi:10.1002/sim.3095.
    """
    if before.value is None or after.value is None:
        return Estimate(value=None, low=None, high=None)
    change = after.value - before.value
    ends = (before.low, before.high, after.low, after.high)
    if any(end is None for end in ends):
        return Estimate(value=change, low=None, high=None)
    before_low, before_high, after_low, after_high = (float(end) for end in ends if end is not None)
    return Estimate(
        value=change,
        low=change - math.hypot(after.value - after_low, before_high - before.value),
        high=change + math.hypot(after_high - after.value, before.value - before_low),
    )


def _difference(name: str, sides: tuple[Mapping[str, Row], Mapping[str, Row]], measure: str) -> Difference:
    rows = tuple(one.get(name) for one in sides)
    before, after = (_estimate(row, measure, one) for row, one in zip(rows, sides, strict=True))
    change = change_between(before, after)
    is_certain = change.low is not None and change.high is not None and not change.low <= 0 <= change.high
    counts = tuple(None if row is None else row["items"] for row in rows)
    return Difference(
        item_class=name, counts=(counts[0], counts[1]), sides=(before, after), change=change, is_certain=is_certain
    )


def _estimate(row: Row | None, measure: str, survey: Mapping[str, Row]) -> Estimate:
    if not measure:
        return Estimate(value=None, low=None, high=None)
    if row is None:
        return Estimate(value=0.0, low=0.0, high=_most_unseen(measure, survey))
    return Estimate(value=row[measure], low=row[f"{measure}_low"], high=row[f"{measure}_high"])


def _most_unseen(measure: str, survey: Mapping[str, Row]) -> float | None:
    """Return how many there may be of a class that a survey has not found."""
    whole = survey.get(ALL)
    if whole is None:
        return None
    share = 100.0 / whole["length_m"] if measure == "items_per_100m" else 1e6 / whole["covered_m2"]
    return float(NONE_SEEN_HIGH * share)


def _has(survey: Mapping[str, Row], needs: str) -> bool:
    return bool(survey.get(ALL) and survey[ALL][needs])


def _most(sides: tuple[Mapping[str, Row], Mapping[str, Row]], name: str) -> int:
    return max(int(one[name]["items"] or 0) if name in one else 0 for one in sides)
