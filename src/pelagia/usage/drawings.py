"""What the charts of a report show; how they are drawn is the business of each form of the report."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence

from pelagia.usage.counts import MODES, Measured
from pelagia.usage.months import Period, month_of
from pelagia.usage.report import Chart, InstallationReport

# A linear scale shows nothing of the small ones where the largest is so many times as large.
MOST_LINEAR = 50


def charts_of(
    parts: Sequence[InstallationReport], periods: Sequence[Period], measured: Measured, project_start: dt.date
) -> tuple[Chart, ...]:
    """Return the charts that have something to show."""
    charts = (
        _metric_chart(parts, periods, "unique users", "Who used which installation?", "users"),
        _metric_chart(parts, periods, "user groups", "How many groups used which installation?", "user groups"),
        _metric_chart(parts, periods, "images processed", "How much was processed?", "images"),
        _monthly(measured, periods, project_start),
        _access(parts, periods),
    )
    return tuple(chart for chart in charts if not chart.is_empty)


def _metric_chart(
    parts: Sequence[InstallationReport], periods: Sequence[Period], metric: str, title: str, unit: str
) -> Chart:
    rows = [(part.title, row) for part in parts for row in part.metrics if row.metric == metric]
    series = tuple(
        (period.label, tuple(_number(row.values[at].value) for _, row in rows)) for at, period in enumerate(periods)
    )
    numbers = [value for _, values in series for value in values if value]
    kind = "dots" if numbers and max(numbers) > MOST_LINEAR * min(numbers) else "bars"
    return Chart(
        kind="dots" if kind == "dots" else "bars",
        title=title,
        unit=unit,
        categories=tuple(name for name, _ in rows),
        series=series,
    )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _monthly(measured: Measured, periods: Sequence[Period], project_start: dt.date) -> Chart:
    runs: Counter[int] = Counter()
    for days in measured.monthly.values():
        for day, (number, _) in days.items():
            runs[month_of(project_start, day)] += number
    months = list(_months(periods))
    values = tuple(runs[month] if any(_has(period, month) for period in periods) else None for month in months)
    return Chart(
        kind="months",
        title="When was it used?",
        unit="successful runs",
        categories=tuple(f"M{month}" for month in months),
        series=(("successful runs", values),),
    )


def _months(periods: Sequence[Period]) -> Iterator[int]:
    yield from range(min(one.first_month for one in periods), max(one.last_month for one in periods) + 1)


def _has(period: Period, month: int) -> bool:
    return period.first_month <= month <= period.last_month


def _access(parts: Sequence[InstallationReport], periods: Sequence[Period]) -> Chart:
    """Successful runs by way of access; each period has three numbers there, runs are the last."""
    series = tuple(
        (
            period.label,
            tuple(
                sum(use.values[3 * at + 2] for part in parts for use in part.access if use.name == mode)
                for mode in MODES
            ),
        )
        for at, period in enumerate(periods)
    )
    return Chart(kind="bars", title="By which way of access?", unit="successful runs", categories=MODES, series=series)
