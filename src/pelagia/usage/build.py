"""Make a report: count, put the counts beside the baseline, and say what is not known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pelagia.core.countries import country_name
from pelagia.core.errors import BadParameter, NotFound
from pelagia.usage.baseline import whole_number
from pelagia.usage.cells import Ground, cell, figure, total
from pelagia.usage.counts import MODES, Counts, Measured, measure, united
from pelagia.usage.drawings import charts_of
from pelagia.usage.installations import NOT_STATED, Installation, Project
from pelagia.usage.metrics import METRICS, Metric
from pelagia.usage.months import Period, read_period
from pelagia.usage.quality import findings_of
from pelagia.usage.report import Cell, InstallationReport, MetricRow, Report, Uses

OUTCOMES = {
    "failed": "Failed runs, not counted above",
    "cancelled": "Stopped runs, not counted above",
    "visits": "Visits without an account, not counted as users",
    "locals": "Local installations that sent a receipt, not counted as users",
    "viewed": "Page views by visitors",
    "downloaded": "Downloads by visitors",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What report is wanted.

    Parameters
    ----------
    project
        Descriptions and baselines.
    project_start
        The first day of month 1.
    periods
        The period before, where one is compared, and the period of the report.
    """

    project: Project
    project_start: dt.date
    periods: tuple[Period, ...]


def plan_report(
    project: Project,
    *,
    period: str,
    compare: str | None = None,
    project_start: dt.date | None = None,
    only: Callable[[Installation], bool] | None = None,
) -> Plan:
    """Say what report is wanted.

    Parameters
    ----------
    project
        Descriptions and baselines.
    period, compare
        Labels such as ``M25-M36``.
    project_start
        The first day of month 1; by default that of the project.
    only
        Tells which installations to report; all by default.

    Raises
    ------
    BadParameter
        Where the start is not known, or the periods overlap.
    NotFound
        Where no installation is left.
    """
    start = project_start or project.project_start
    if start is None:
        raise BadParameter("The start of the project is not known", remedy="Give its first day, as 2022-09-01.")
    periods = tuple(read_period(text, start) for text in (compare, period) if text)
    if len(periods) == 2 and periods[0].overlaps(periods[1]):
        raise BadParameter(
            "The periods overlap", value=f"{compare}, {period}", remedy="Choose two that have no month in common."
        )
    chosen = tuple(one for one in project.installations if only is None or only(one))
    if not chosen:
        raise NotFound("There is no installation to report", remedy="Choose one, or install a service.")
    names = {one.id for one in chosen}
    return Plan(
        project=Project(
            title=project.title,
            project_start=start,
            installations=chosen,
            baseline=tuple(row for row in project.baseline if row.installation in names),
        ),
        project_start=start,
        periods=periods,
    )


def build_report(connection: sa.Connection, plan: Plan, *, now: dt.datetime) -> Report:
    """Make a report.

    Parameters
    ----------
    connection
        To the database.
    plan
        What is wanted.
    now
        The instant.
    """
    installations = plan.project.installations
    names = [name for one in installations for name in one.ledger_names]
    measured = measure(connection, plan.periods, names)
    ground = Ground(project_start=plan.project_start, began=measured.began, baseline=plan.project.baseline)
    counts = {
        one.id: tuple(measured.of(one.ledger_names, at) for at in range(len(plan.periods))) for one in installations
    }
    parts = tuple(_installation(one, plan, counts[one.id], measured, ground) for one in installations)
    return Report(
        title=plan.project.title,
        project_start=plan.project_start,
        made_at=now,
        periods=plan.periods,
        installations=parts,
        summary=tuple(_summary(parts, plan, counts)),
        charts=charts_of(parts, plan.periods, measured, plan.project_start),
        findings=findings_of(plan.project, plan.periods, parts, counts, ground, now),
    )


def _installation(
    one: Installation, plan: Plan, counts: Sequence[Counts], measured: Measured, ground: Ground
) -> InstallationReport:
    whole = united(counts)
    metrics = [METRICS[name] for name in one.metrics]
    return InstallationReport(
        id=one.id,
        title=one.title or one.id,
        description=one.description,
        metrics=tuple(_row(metric, one, plan.periods, counts, ground) for metric in metrics),
        countries=tuple(
            Uses(name=country_name(code), values=tuple(part.countries[code] for part in (*counts, whole)))
            for code in sorted(whole.countries, key=lambda code: (-whole.countries[code], country_name(code)))
        ),
        access=tuple(_access(one, counts, measured)),
        outcomes=tuple(_outcomes((*counts, whole))),
    )


def _row(
    metric: Metric, one: Installation, periods: Sequence[Period], counts: Sequence[Counts], ground: Ground
) -> MetricRow:
    cells = [cell(metric, one, period, part, ground) for period, part in zip(periods, counts, strict=True)]
    stated = ground.stated(one.id, metric.name)
    return MetricRow(
        metric=metric.name,
        baseline=_baseline_text("" if stated is None else stated.baseline),
        how=one.how.get(metric.name, metric.how),
        values=tuple(cells),
        total=total(metric, list(zip(periods, cells, counts, strict=True))),
    )


def _baseline_text(text: str) -> str:
    number = whole_number(text)
    return f"{number:,}" if number is not None else "; ".join(part.strip() for part in text.split(";")) or NOT_STATED


def _access(one: Installation, counts: Sequence[Counts], measured: Measured) -> Iterator[Uses]:
    """Yield the ways of access: asked, granted and runs of each period, then of all."""
    whole = united(counts)
    for mode in MODES:
        keys = [(name, mode) for name in one.ledger_names]
        asked = [sum(part.asked.get(key, 0) for key in keys) for part in measured.requests]
        granted = [sum(part.granted.get(key, 0) for key in keys) for part in measured.requests]
        runs = [part.modes[mode] for part in (*counts, whole)]
        lines = zip([*asked, sum(asked)], [*granted, sum(granted)], runs, strict=True)
        yield Uses(name=mode, values=tuple(number for line in lines for number in line))


def _outcomes(parts: Sequence[Counts]) -> Iterator[Uses]:
    for name, title in OUTCOMES.items():
        if name == "visits":
            values = tuple(len(part.visits) for part in parts)
        elif name == "locals":
            values = tuple(len(part.locals_) for part in parts)
        else:
            values = tuple(part.ended[name] for part in parts)
        if any(values):
            yield Uses(name=title, values=values)


def _summary(
    parts: Sequence[InstallationReport], plan: Plan, counts: dict[str, tuple[Counts, ...]]
) -> Iterator[MetricRow]:
    for metric in METRICS.values():
        rows = [(part.id, row) for part in parts for row in part.metrics if row.metric == metric.name]
        if not rows:
            continue
        known = [[(name, counts[name][at], row.values[at]) for name, row in rows] for at in range(len(plan.periods))]
        yield MetricRow(
            metric=metric.name,
            baseline="",
            how=metric.how if metric.sort == "sum" else f"{metric.how}; over all installations that report it",
            values=tuple(_together(metric, line) for line in known),
            total=_together(metric, [one for line in known for one in line]),
        )


def _together(metric: Metric, parts: Sequence[tuple[str, Counts, Cell]]) -> Cell:
    """Return the figure over several installations or periods; those that are not known are named."""
    missing = sorted({name for name, _, part in parts if part.value is None})
    known = [counts for _, counts, part in parts if part.value is not None]
    if not known:
        return Cell(value=None, why=f"not known of any: {', '.join(missing)}")
    found = figure(metric, united(known))
    without = f"without {', '.join(missing)} (N/A)" if missing else ""
    why = "; ".join(text for text in (found.why, without) if text)
    return Cell(value=found.value, at_least=found.at_least or bool(missing), why=why)
