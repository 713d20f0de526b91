"""From what was counted to a figure, or to the reason why there is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pelagia.core.countries import country_name
from pelagia.usage.baseline import NOT_TRACKED, BaselineRow
from pelagia.usage.counts import Counts, united
from pelagia.usage.installations import Installation
from pelagia.usage.metrics import Metric
from pelagia.usage.months import Period, read_period
from pelagia.usage.report import Cell

# What must be known of a use for a metric of distinct things.
NEEDED = {"subjects": "user", "affiliations": "affiliation", "countries": "country", "country names": "country"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a figure depends on besides the counts.

    Parameters
    ----------
    project_start
        The first day of month 1.
    began
        When the ledger began.
    baseline
        What was promised and published.
    """

    project_start: dt.date
    began: dt.datetime | None
    baseline: tuple[BaselineRow, ...]

    def stated(self, installation: str, metric: str) -> BaselineRow | None:
        """Return what the baseline says of a metric."""
        return next((row for row in self.baseline if (row.installation, row.metric) == (installation, metric)), None)


def cell(metric: Metric, installation: Installation, period: Period, counts: Counts, ground: Ground) -> Cell:
    """Return the figure of a metric of an installation in a period."""
    why = why_not(metric, installation, period, ground)
    return Cell(value=None, why=why) if why else figure(metric, counts)


def total(metric: Metric, parts: Sequence[tuple[Period, Cell, Counts]]) -> Cell:
    """Return the figure of all periods together: of distinct things, of their union; a sum where quantities add up."""
    missing = [f"{period.label} is N/A: {part.why}" for period, part, _ in parts if part.value is None]
    if missing:
        return Cell(value=None, why="; ".join(missing))
    return figure(metric, united(counts for _, _, counts in parts))


def figure(metric: Metric, counts: Counts) -> Cell:
    """Return the figure of some counts; where none of their uses says what is asked for, that is not known."""
    uses = counts.sums["uses"]
    needed = NEEDED.get(metric.sort)
    unknown = counts.unknown[needed] if needed else 0
    if needed and uses and unknown == uses:
        return Cell(value=None, why=f"none of the {uses:,} uses says its {needed}")
    why = f"{unknown:,} of {uses:,} uses do not say their {needed}" if unknown else ""
    return Cell(value=_value(metric, counts), at_least=unknown > 0, why=why)


def why_not(metric: Metric, installation: Installation, period: Period, ground: Ground) -> str:
    """Say why there can be no figure; empty where there can."""
    for declared in installation.not_tracked:
        periods = [read_period(text, ground.project_start) for text in declared.periods]
        if declared.metric == metric.name and (not periods or any(one.overlaps(period) for one in periods)):
            return declared.reason
    stated = ground.stated(installation.id, metric.name)
    if stated is not None and stated.published.get(period.label) == NOT_TRACKED:
        return stated.note or f"published as {NOT_TRACKED}, without a reason"
    if ground.began is None:
        return "nothing is recorded yet"
    if ground.began.date() >= period.end:
        return f"nothing was recorded before {ground.began.date()}"
    return ""


def _value(metric: Metric, counts: Counts) -> int | tuple[str, ...]:
    if metric.sort == "subjects":
        return len(counts.users)
    if metric.sort == "affiliations":
        return len(counts.groups)
    if metric.sort == "countries":
        return len(counts.countries)
    if metric.sort == "country names":
        return sorted_names(counts.countries)
    return counts.sums[metric.measure]


def sorted_names(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the names of countries in alphabetical order."""
    return tuple(sorted(map(country_name, codes)))
