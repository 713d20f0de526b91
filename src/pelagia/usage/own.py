"""What is held on one person's use: shown, taken along, erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pelagia.core.errors import Conflict
from pelagia.runtime.database import Database
from pelagia.runtime.ledger import UsageTotal, erase_subject, usage_totals
from pelagia.runtime.tables import JOBS, LEDGER, USAGE_DAILY

ROWS_AT_ONCE = 1000
# What the usage record has no name for.
OWN_NAMES = (
    *("installation", "service", "service_version", "models", "kind", "route", "unit", "units", "ingested", "archived"),
    *("objects", "jobs", "bytes", "country", "country_source", "is_test", "is_staff", "corrects"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a person used of a service on a day."""

    day: dt.date
    service: str
    unit: str
    units: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0


def own_totals(database: Database, subject: str) -> list[UsageTotal]:
    """Return what a person used, per service."""
    return usage_totals(database, subject=subject)


def own_days(database: Database, subject: str, *, limit: int, before: Day | None = None) -> list[Day]:
    """Return what a person used, day by day, the latest first.

    Parameters
    ----------
    database
        Of the installation.
    subject
        The pseudonym of the person.
    limit
        At most so many.
    before
        The line after which the list goes on; its numbers do not matter.
    """
    table = USAGE_DAILY.c
    names = (table.day, table.service, table.unit)
    runs = {
        outcome: sa.func.sum(sa.case((table.outcome == outcome, table.jobs), else_=0)).label(outcome)
        for outcome in ("succeeded", "failed", "cancelled")
    }
    query = sa.select(*names, sa.func.sum(table.units).label("units"), *runs.values()).group_by(*names)
    query = query.where(table.subject == subject).order_by(table.day.desc(), table.service, table.unit).limit(limit)
    if before is not None:
        further = sa.tuple_(table.service, table.unit) > sa.tuple_(before.service, before.unit)
        query = query.where((table.day < before.day) | ((table.day == before.day) & further))
    with database.read() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        Day(
            day=row["day"],
            service=row["service"],
            unit=row["unit"],
            **{name: int(row[name]) for name in ("units", *runs)},
        )
        for row in rows
    ]


def own_rows(database: Database, subject: str, *, limit: int, after: int = 0) -> list[dict[str, Any]]:
    """Return the rows of the ledger that are of a person, in the order they were written.

    Parameters
    ----------
    database
        Of the installation.
    subject
        The pseudonym of the person.
    limit
        At most so many.
    after
        The number of the row after which the list goes on.
    """
    query = sa.select(LEDGER).where((LEDGER.c.subject == subject) & (LEDGER.c.id > after)).order_by(LEDGER.c.id)
    with database.read() as connection:
        return [dict(row) for row in connection.execute(query.limit(limit)).mappings()]


def usage_records(database: Database, subject: str, site: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a person as usage records: names of the OGF Usage Record where they fit, others marked.

    Parameters
    ----------
    database
        Of the installation.
    subject
        The pseudonym of the person.
    site
        How the installation is called.

    References
    ----------
    Open Grid Forum, Usage Record – Format Recommendation, GFD.98 and GFD.204.
    """
    after = 0
    while rows := own_rows(database, subject, limit=ROWS_AT_ONCE, after=after):
        for row in rows:
            yield _record(row, site)
        after = rows[-1]["id"]


def _record(row: dict[str, Any], site: str) -> dict[str, Any]:
    return {
        "RecordId": str(row["id"]),
        "CreateTime": row["at"].isoformat(),
        "Site": site,
        "GlobalUserId": row["subject"],
        "GlobalGroupId": row["affiliation"],
        "GlobalJobId": row["job_id"],
        "Status": row["outcome"],
        "WallDuration": f"PT{row['seconds']:.3f}S",
        "EndTime": row["at"].isoformat(),
        **{f"pelagia:{name}": row[name] for name in OWN_NAMES},
    }


def erase_usage(database: Database, asker: str, subject: str) -> None:
    """Take a person out of what was counted; every total stays as it is.

    Raises
    ------
    Conflict
        Where a run of theirs has not ended: it would go on to be counted under the old pseudonym.
    """
    with database.write() as connection:
        mine = (JOBS.c.asker == asker) & JOBS.c.state.in_(("queued", "running"))
        unended = list(connection.execute(sa.select(JOBS.c.id).where(mine)).scalars())
        if unended:
            raise Conflict(
                "Some of your runs are not finished", value=", ".join(unended), remedy="Stop them, then try again."
            )
        erase_subject(connection, subject)
