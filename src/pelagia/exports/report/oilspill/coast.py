"""The coast table: the stretches that most oil, or most forecasts, reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.oilspill.frames import all_rows
from pelagia.exports.oilspill.words import minute, place
from pelagia.exports.report.numbers import interval, percent, quantity
from pelagia.io.shoreline.kinds import KINDS

STRETCHES_AT_MOST = 25

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of coast as the page sets it; what is not known is empty."""

    name: str
    place: str
    kind: str
    length: str
    load: str
    load_high: str
    oil: str
    first: str
    first_h: str
    probability: str
    probability_range: str
    arrival_range: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coast:
    """The stretches that oil reaches.

    Parameters
    ----------
    rows
        The most loaded first, of an ensemble the most probable.
    left_out
        How many more there are.
    has_ensemble
        Whether their probability is known.
    is_known
        Whether there is a shoreline at all.
    """

    rows: tuple[Stretch, ...]
    left_out: int
    has_ensemble: bool
    is_known: bool


def read_coast(result: Result) -> tuple[Coast, list[Row]]:
    """Return the coast as the page sets it, and all its rows in that order."""
    if "coast" not in result.tables:
        return Coast(rows=(), left_out=0, has_ensemble=False, is_known=False), []
    rows = all_rows(result.tables["coast"])
    has_ensemble = any(row["impact_probability"] is not None for row in rows)
    rows.sort(key=lambda row: (-(row["impact_probability"] or 0.0), -row["load_kg_m"], row["stretch_id"]))
    shown = tuple(_stretch(row) for row in rows[:STRETCHES_AT_MOST])
    return Coast(
        rows=shown, left_out=len(rows) - len(shown), has_ensemble=has_ensemble, is_known=True
    ), list(rows)  # fmt: skip


def _stretch(row: Row) -> Stretch:
    low, high = row["impact_low"], row["impact_high"]
    return Stretch(
        name=row["stretch_id"],
        place=place(row["lat"], row["lon"]),
        kind=KINDS.get(row["coast_type"], "not known"),
        length=quantity(row["length_km"], 2),
        load=quantity(row["load_kg_m"], 2),
        load_high=quantity(row["load_high_kg_m"], 2) if row["load_high_kg_m"] is not None else "",
        oil=quantity(row["beached_t"] + row["seeped_t"], 2),
        first=minute(row["first_arrival_utc"]),
        first_h=quantity(row["first_arrival_h"], 3) if row["first_arrival_h"] is not None else "",
        probability=percent(row["impact_probability"]) if row["impact_probability"] is not None else "",
        probability_range=f"{percent(low)} to {percent(high)}" if low is not None else "",
        arrival_range=interval(row["arrival_low_h"], row["arrival_high_h"]),
    )


def length_km(rows: Sequence[Row]) -> float:
    """Return the length of some stretches together, km."""
    return float(sum(row["length_km"] or 0.0 for row in rows))
