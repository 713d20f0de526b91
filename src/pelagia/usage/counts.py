"""What the daily sums say of each installation in each period: sets of users, groups, countries, and quantities."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from pelagia.runtime.ledger import ACCOUNT, LOCAL, VISIT
from pelagia.runtime.tables import ACCESS_REQUESTS, LEDGER, USAGE_DAILY
from pelagia.usage.months import Period

MODES = ("try-out", "analysis", "training", "local")
# Most rows are needed: reading them in their order is quicker than looking each up by its day.
READ_THROUGH = ("NOT INDEXED", "sqlite")
VIEWS = ("viewed", "downloaded")
SUMS = ("units", "ingested", "archived", "objects")


@dataclass(slots=True)
class Counts:
    """What was counted of one installation in one period; tests and use by staff are left out but of ``excluded``.

    Parameters
    ----------
    users, visits, locals_
        Pseudonyms with a successful use: accounts, visits without one, local installations that sent a receipt.
    groups
        Declared affiliations with a successful use.
    countries
        Country → its successful runs.
    users_of_country
        Country → pseudonyms of accounts.
    sums
        ``units``, ``ingested``, ``archived``, ``objects``, ``runs`` (successful ones), ``uses`` (successful runs, and
        what was used without a run, as one).
    unknown
        Successful uses whose ``country``, ``user`` or ``affiliation`` is not known.
    ended
        Outcome → runs.
    modes
        Mode of access → successful runs.
    excluded
        ``tests`` and ``staff`` → their runs; ``test images``, ``staff images``.
    sources
        Where the country is known from → successful runs.
    """

    users: set[str] = field(default_factory=set)
    visits: set[str] = field(default_factory=set)
    locals_: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    countries: Counter[str] = field(default_factory=Counter)
    users_of_country: dict[str, set[str]] = field(default_factory=dict)
    sums: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        """Take in another: sets become their union, quantities are added up."""
        for name in ("users", "visits", "locals_", "groups"):
            getattr(self, name).update(getattr(other, name))
        for name in ("countries", "sums", "unknown", "ended", "modes", "excluded", "sources"):
            getattr(self, name).update(getattr(other, name))
        for country, users in other.users_of_country.items():
            self.users_of_country.setdefault(country, set()).update(users)


def united(parts: Iterable[Counts]) -> Counts:
    """Return all of them together."""
    whole = Counts()
    for part in parts:
        whole.add(part)
    return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Requests for access in a period: service and mode → how many were asked, and how many granted."""

    asked: Mapping[tuple[str, str], int]
    granted: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the database says of some periods.

    Parameters
    ----------
    began
        When the ledger began; ``None`` where it is empty.
    counts
        Name in the ledger → per period.
    monthly
        Name in the ledger → day → successful runs, images processed.
    requests
        Per period.
    """

    began: dt.datetime | None
    counts: Mapping[str, tuple[Counts, ...]]
    monthly: Mapping[str, Mapping[dt.date, tuple[int, int]]]
    requests: tuple[Requests, ...]

    def of(self, names: Iterable[str], period: int) -> Counts:
        """Return what was counted under some names in a period."""
        return united(self.counts[name][period] for name in names if name in self.counts)


def measure(connection: sa.Connection, periods: Sequence[Period], names: Iterable[str] | None = None) -> Measured:
    """Count what was used in some periods.

    Parameters
    ----------
    connection
        To the database.
    periods
        They must not overlap.
    names
        Names in the ledger; all by default.
    """
    wanted = None if names is None else sorted(set(names))
    found: dict[str, tuple[Counts, ...]] = defaultdict(lambda: tuple(Counts() for _ in periods))
    for row in _people(connection, periods, wanted):
        _add_use(found[row.installation][row.period], row)
    monthly: dict[str, dict[dt.date, tuple[int, int]]] = defaultdict(dict)
    for row, position in _by_day(connection, periods, wanted):
        _add_day(found[row.installation][position], row, monthly[row.installation])
    return Measured(
        began=connection.execute(sa.select(sa.func.min(LEDGER.c.at))).scalar(),
        counts=found,
        monthly=monthly,
        requests=tuple(_requests(connection, period) for period in periods),
    )


def _inside(periods: Sequence[Period], names: Sequence[str] | None) -> sa.ColumnElement[bool]:
    days = USAGE_DAILY.c.day
    inside = sa.or_(*((days >= period.first) & (days < period.end) for period in periods))
    return inside if names is None else inside & USAGE_DAILY.c.installation.in_(names)


def _people(connection: sa.Connection, periods: Sequence[Period], names: Sequence[str] | None) -> Iterator[Any]:
    """Yield the uses of each pseudonym, affiliation and country; what was taken back, or failed, is none."""
    table = USAGE_DAILY.c
    period = sa.case(*((table.day < one.end, position) for position, one in _in_order(periods)))
    # The pseudonym first: it tells most rows apart, so that they are sorted quickest.
    keys = (table.subject, table.installation, period.label("period"), table.affiliation, table.country)
    runs = sa.func.sum(sa.case((table.outcome == "succeeded", table.jobs), else_=0)).label("runs")
    sums = [sa.func.sum(table[name]).label(name) for name in ("units", "archived")]
    real = sa.not_(table.is_test) & sa.not_(table.is_staff) & table.outcome.in_(("processed", "succeeded"))
    query = sa.select(*keys, runs, *sums).where(_inside(periods, names) & real).group_by(*keys)
    for row in connection.execute(query.with_hint(USAGE_DAILY, *READ_THROUGH)).all():
        if row.runs > 0 or row.units > 0 or row.archived > 0:
            yield row


def _in_order(periods: Sequence[Period]) -> list[tuple[int, Period]]:
    return sorted(enumerate(periods), key=lambda one: one[1].end)


def _add_use(counts: Counts, row: Any) -> None:
    subject: str = row.subject or ""
    uses = max(int(row.runs), 1)
    counts.sums["uses"] += uses
    if subject.startswith(ACCOUNT):
        counts.users.add(subject)
    elif subject.startswith(VISIT):
        counts.visits.add(subject)
    elif subject.startswith(LOCAL):
        counts.locals_.add(subject)
    else:
        counts.unknown["user"] += uses
    if row.affiliation:
        counts.groups.add(row.affiliation)
    else:
        counts.unknown["affiliation"] += uses
    if row.country:
        counts.countries[row.country] += uses
        if subject.startswith(ACCOUNT):
            counts.users_of_country.setdefault(row.country, set()).add(subject)
    else:
        counts.unknown["country"] += uses


def _by_day(
    connection: sa.Connection, periods: Sequence[Period], names: Sequence[str] | None
) -> Iterator[tuple[Any, int]]:
    table = USAGE_DAILY.c
    keys = (
        table.day,
        table.installation,
        table.outcome,
        table.kind,
        table.country_source,
        table.is_test,
        table.is_staff,
    )
    sums = [sa.func.sum(table[name]).label(name) for name in ("jobs", *SUMS)]
    query = sa.select(*keys, *sums).where(_inside(periods, names)).group_by(*keys)
    in_order = _in_order(periods)
    for row in connection.execute(query.with_hint(USAGE_DAILY, *READ_THROUGH)).all():
        yield row, next(position for position, period in in_order if row.day < period.end)


def _add_day(counts: Counts, row: Any, monthly: dict[dt.date, tuple[int, int]]) -> None:
    jobs, units = int(row.jobs), int(row.units)
    if row.is_test or row.is_staff:
        sort = "test" if row.is_test else "staff"
        counts.excluded[f"{sort} runs"] += jobs
        counts.excluded[f"{sort} images"] += units if row.outcome == "processed" else 0
        return
    if row.outcome in VIEWS:
        counts.ended[row.outcome] += units
        return
    for name in SUMS:
        counts.sums[name] += int(getattr(row, name))
    counts.ended[row.outcome] += jobs
    succeeded = jobs if row.outcome == "succeeded" else 0
    counts.sums["runs"] += succeeded
    counts.modes[row.kind] += succeeded
    counts.sources[row.country_source or "unknown"] += succeeded
    runs, images = monthly.get(row.day, (0, 0))
    monthly[row.day] = (runs + succeeded, images + units)


def _requests(connection: sa.Connection, period: Period) -> Requests:
    table = ACCESS_REQUESTS.c
    midnight = dt.time(tzinfo=dt.UTC)
    first, end = (dt.datetime.combine(day, midnight) for day in (period.first, period.end))

    def count(at: sa.ColumnElement[Any], where: sa.ColumnElement[bool]) -> dict[tuple[str, str], int]:
        query = sa.select(table.service, table.mode, sa.func.count()).where((at >= first) & (at < end) & where)
        rows = connection.execute(query.group_by(table.service, table.mode))
        return {(service, mode): int(number) for service, mode, number in rows}

    return Requests(asked=count(table.asked_at, sa.true()), granted=count(table.answered_at, table.state == "granted"))
