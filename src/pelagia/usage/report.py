"""A Virtual Access report: every figure of it, before it becomes a page, a document or a table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from pelagia.usage.months import Period

NOT_AVAILABLE = "N/A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure.

    Parameters
    ----------
    value
        A number, names, or ``None`` where it is not known: that is never the same as 0.
    at_least
        Whether some part of it is not known, so that the truth is this or more.
    why
        What is not known, and why.
    """

    value: int | tuple[str, ...] | None
    at_least: bool = False
    why: str = ""

    @property
    def text(self) -> str:
        """The figure as every form of the report shows it."""
        if self.value is None:
            return NOT_AVAILABLE
        if isinstance(self.value, tuple):
            names = (*self.value, "others unknown") if self.at_least else self.value
            return "; ".join(names) or "none"
        return f"{'≥ ' if self.at_least else ''}{self.value:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    """One metric: its baseline as stated, how it is measured, its value in each period and in all together."""

    metric: str
    baseline: str
    how: str
    values: tuple[Cell, ...]
    total: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """A way of access, a country or an outcome: its name, and its numbers per period and in all."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationReport:
    """What is reported of one installation.

    Parameters
    ----------
    id, title
        Its names.
    description
        Label and text of what describes it.
    metrics
        The table of metrics.
    countries
        Country → successful uses per period and in all.
    access
        Way of access → requests asked, requests granted and successful runs, in each period and in all.
    outcomes
        What else was counted, per period and in all: failed and stopped runs, visits, views.
    """

    id: str
    title: str
    description: tuple[tuple[str, str], ...]
    metrics: tuple[MetricRow, ...]
    countries: tuple[Uses, ...]
    access: tuple[Uses, ...]
    outcomes: tuple[Uses, ...]

    def metric(self, name: str) -> MetricRow:
        """Return the row of a metric."""
        return next(row for row in self.metrics if row.metric == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A remark on the quality of the data.

    Parameters
    ----------
    code
        What sort it is.
    where
        The installation, and the metric; empty for all.
    text
        What a reader must know.
    """

    code: str
    where: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart that answers one question.

    Parameters
    ----------
    kind
        ``bars`` side by side on a common scale; ``dots`` on a logarithmic scale, for numbers of very unlike size;
        ``months``, one bar a month.
    title
        The question it answers.
    unit
        Of the numbers.
    categories, series
        Names of the places; name of each series and its numbers, ``None`` where one is not known.
    """

    kind: Literal["bars", "dots", "months"]
    title: str
    unit: str
    categories: tuple[str, ...]
    series: tuple[tuple[str, tuple[int | None, ...]], ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for _, values in self.series for value in values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of a report.

    Parameters
    ----------
    title, project_start, made_at
        Of the project; when it was made (UTC).
    periods
        The period before, where one is compared, and the period of the report.
    installations, summary, charts, findings
        What it says.
    """

    title: str
    project_start: dt.date
    made_at: dt.datetime
    periods: tuple[Period, ...]
    installations: tuple[InstallationReport, ...]
    summary: tuple[MetricRow, ...]
    charts: tuple[Chart, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    def installation(self, name: str) -> InstallationReport:
        """Return the part on an installation."""
        return next(one for one in self.installations if one.id == name)
