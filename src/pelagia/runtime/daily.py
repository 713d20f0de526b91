"""The ledger added up per day, so that a report need not read every row of it.

A row of :data:`USAGE_DAILY` is the sum of the ledger rows that agree in all of :data:`DIMENSIONS`. It is written in the
transaction of each ledger row, so the two never differ; :func:`rebuild_daily` makes it anew from the ledger.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pelagia.runtime.database import Database
from pelagia.runtime.tables import LEDGER, USAGE_DAILY

# What tells uses apart, and what is added up.
DIMENSIONS = (
    "day",
    "installation",
    "service",
    "unit",
    "models",
    "kind",
    "route",
    "outcome",
    "subject",
    "affiliation",
    "country",
    "country_source",
    "is_test",
    "is_staff",
)
MEASURES = ("units", "ingested", "archived", "objects", "jobs", "bytes", "seconds")


def add_to_daily(connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add ledger rows to the sums of their days, inside the transaction that writes them.

    Parameters
    ----------
    connection
        A connection that writes.
    rows
        Ledger rows: every column but the number.
    """
    sums: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        measures = sums.setdefault(_dimensions(row), [0] * len(MEASURES))
        for position, name in enumerate(MEASURES):
            measures[position] += row[name]
    upsert_daily(connection, sums)


def upsert_daily(connection: sa.Connection, sums: Mapping[tuple[Any, ...], Sequence[Any]]) -> None:
    """Add sums to the table.

    Parameters
    ----------
    connection
        A connection that writes.
    sums
        Values of :data:`DIMENSIONS` → values of :data:`MEASURES`.
    """
    records = [
        {
            "key": daily_key(names),
            **dict(zip(DIMENSIONS, names, strict=True)),
            **dict(zip(MEASURES, sizes, strict=True)),
        }
        for names, sizes in sums.items()
    ]
    if not records:
        return
    insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(USAGE_DAILY)
    added = {name: USAGE_DAILY.c[name] + insert.excluded[name] for name in MEASURES}
    # In one order everywhere, so that two writers cannot wait for each other.
    records.sort(key=lambda record: str(record["key"]))
    connection.execute(insert.on_conflict_do_update(index_elements=["key"], set_=added), records)


def lock_daily(connection: sa.Connection) -> None:
    """Keep others from changing the sums until the transaction ends, where many of them are changed at once."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE usage_daily IN SHARE ROW EXCLUSIVE MODE"))


def daily_key(names: Sequence[Any]) -> str:
    """Return the SHA-256 of the values of :data:`DIMENSIONS`."""
    return sha256(json.dumps([str(names[0]), *names[1:]]).encode()).hexdigest()


def rebuild_daily(database: Database) -> int:
    """Make the daily sums anew from the ledger; return how many there are.

    Parameters
    ----------
    database
        Of the installation.
    """
    with database.write() as connection:
        lock_daily(connection)
        connection.execute(sa.delete(USAGE_DAILY))
        for first, end in _days(connection):
            upsert_daily(connection, ledger_sums(connection, first, end))
        return int(connection.execute(sa.select(sa.func.count()).select_from(USAGE_DAILY)).scalar_one())


def ledger_sums(
    connection: sa.Connection, first: dt.datetime, end: dt.datetime
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Add up the ledger itself: values of :data:`DIMENSIONS` → values of :data:`MEASURES`.

    Parameters
    ----------
    connection
        A connection.
    first, end
        The period: from the first instant, up to but without the second.
    """
    names = [_ledger_dimension(name, connection) for name in DIMENSIONS]
    sums = [sa.func.sum(LEDGER.c[name]) for name in MEASURES]
    query = sa.select(*names, *sums).where((LEDGER.c.at >= first) & (LEDGER.c.at < end)).group_by(*names)
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in connection.execute(query):
        day = dt.date.fromisoformat(row[0]) if isinstance(row[0], str) else row[0]
        *whole, seconds = row[len(DIMENSIONS) :]
        found[(day, *row[1 : len(DIMENSIONS)])] = (*map(int, whole), float(seconds))
    return found


def _dimensions(row: Mapping[str, Any]) -> tuple[Any, ...]:
    at: dt.datetime = row["at"]
    day = at.astimezone(dt.UTC).date()
    return (day, row["installation"] or row["service"], *(row[name] for name in DIMENSIONS[2:]))


def _ledger_dimension(name: str, connection: sa.Connection) -> sa.ColumnElement[Any]:
    if name == "day":
        at = LEDGER.c.at if connection.dialect.name == "sqlite" else sa.func.timezone("UTC", LEDGER.c.at)
        return sa.func.date(at)
    if name == "installation":
        # Rows from before there were installations count for their service.
        return sa.case((LEDGER.c.installation == "", LEDGER.c.service), else_=LEDGER.c.installation)
    return LEDGER.c[name]


def _days(connection: sa.Connection) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Yield the days of the ledger: so many rows fit in memory, and the index on time leads to them."""
    first, last = connection.execute(sa.select(sa.func.min(LEDGER.c.at), sa.func.max(LEDGER.c.at))).one()
    if first is None:
        return
    day = first.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= last:
        yield day, day + dt.timedelta(days=1)
        day += dt.timedelta(days=1)
