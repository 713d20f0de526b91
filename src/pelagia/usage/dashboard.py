"""How an installation is used: the last months, service by service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pelagia.usage.cells import sorted_names
from pelagia.usage.counts import MODES, Counts, measure, united
from pelagia.usage.installations import Installation
from pelagia.usage.months import Period, month_start
from pelagia.usage.report import Chart

MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An installation in the time shown.

    Parameters
    ----------
    id, title
        Its names.
    users, visits, countries
        Distinct ones; the last by name.
    unknown_country
        Of the uses, how many come from an unknown country.
    images, succeeded, failed, cancelled
        What was processed, and how runs ended.
    views, downloads
        By visitors: service pages seen, files of results saved.
    runs, monthly_images
        Successful runs and images of each month.
    """

    id: str
    title: str
    users: int
    visits: int
    countries: tuple[str, ...]
    uses: int
    unknown_country: int
    images: int
    succeeded: int
    failed: int
    cancelled: int
    views: int
    downloads: int
    runs: tuple[int, ...]
    monthly_images: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """The last months: their names, a line per installation, all together, and charts."""

    months: tuple[str, ...]
    lines: tuple[Line, ...]
    whole: Line
    excluded: dict[str, int]
    charts: tuple[Chart, ...]


def dashboard(connection: sa.Connection, installations: Sequence[Installation], today: dt.date) -> Dashboard:
    """Return how installations were used in the last twelve months, this one included.

    Parameters
    ----------
    connection
        To the database.
    installations
        Which.
    today
        The day (UTC).
    """
    periods = last_months(today)
    measured = measure(connection, periods, [name for one in installations for name in one.ledger_names])
    months = tuple(f"{period.first:%Y-%m}" for period in periods)
    parts = {one.id: [measured.of(one.ledger_names, at) for at in range(MONTHS)] for one in installations}
    lines = tuple(_line(one.id, one.title or one.id, parts[one.id]) for one in installations)
    together = [united(part[at] for part in parts.values()) for at in range(MONTHS)]
    whole = united(together)
    return Dashboard(
        months=months,
        lines=lines,
        whole=_line("", "All together", together),
        excluded=dict(whole.excluded),
        charts=_charts(months, lines, together, whole),
    )


def last_months(today: dt.date) -> tuple[Period, ...]:
    """Return the calendar months of the last year, the present one last."""
    start = month_start(today.replace(day=1), 2 - MONTHS)
    return tuple(
        Period(first_month=at, last_month=at, first=month_start(start, at), end=month_start(start, at + 1))
        for at in range(1, MONTHS + 1)
    )


def _line(name: str, title: str, months: Sequence[Counts]) -> Line:
    whole = united(months)
    return Line(
        id=name,
        title=title,
        users=len(whole.users),
        visits=len(whole.visits),
        countries=sorted_names(whole.countries),
        uses=whole.sums["uses"],
        unknown_country=whole.unknown["country"],
        images=whole.sums["units"],
        succeeded=whole.ended["succeeded"],
        failed=whole.ended["failed"],
        cancelled=whole.ended["cancelled"],
        views=whole.ended["viewed"],
        downloads=whole.ended["downloaded"],
        runs=tuple(month.sums["runs"] for month in months),
        monthly_images=tuple(month.sums["units"] for month in months),
    )


def _charts(
    months: tuple[str, ...], lines: Sequence[Line], together: Sequence[Counts], whole: Counts
) -> tuple[Chart, ...]:
    names = tuple(line.title for line in lines)
    charts = (
        Chart(
            kind="months",
            title="When is it used?",
            unit="successful runs a month",
            categories=months,
            series=(("successful runs", tuple(month.sums["runs"] for month in together)),),
        ),
        Chart(
            kind="bars",
            title="Who uses which service?",
            unit="users with an account",
            categories=names,
            series=(("users", tuple(line.users for line in lines)),),
        ),
        Chart(
            kind="bars",
            title="By which way of access?",
            unit="successful runs",
            categories=MODES,
            series=(("successful runs", tuple(whole.modes[mode] for mode in MODES)),),
        ),
    )
    return tuple(chart for chart in charts if not chart.is_empty)
