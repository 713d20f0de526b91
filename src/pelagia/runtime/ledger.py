"""The ledger of use: rows are only ever added, a correction is a row with minus signs.

A finished step adds its units, in the step's own transaction. The end of a job adds one job with its outcome; where a
failed or stopped job is started again, that is taken back, so that a job counts once however often it is resumed.
Totals are plain sums.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from pelagia.core.errors import Conflict, NotFound
from pelagia.runtime.database import Database
from pelagia.runtime.tables import LEDGER, utc_now

Outcome = Literal["processed", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the ledger rows of one job have in common."""

    job_id: str
    service: str
    service_version: str
    models: str
    kind: str
    route: str
    unit: str
    bytes: int
    is_test: bool
    installation: str
    subject: str | None = None
    affiliation: str | None = None
    country: str | None = None
    country_source: str | None = None
    is_staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTotal:
    """The use of one service in a period.

    Parameters
    ----------
    units
        Units processed, each counted once, also those of jobs that failed or still run.
    jobs
        Jobs that ended: the sum of the three that follow.
    bytes
        The size of the inputs of those jobs.
    """

    service: str
    unit: str
    is_test: bool
    units: int
    jobs: int
    succeeded: int
    failed: int
    cancelled: int
    bytes: int


def insert_step(connection: sa.Connection, account: Account, key: str, units: int) -> None:
    """Add the units of a finished step, inside its transaction."""
    row = _row(account, f"{account.job_id}:step:{key}", outcome="processed", units=units)
    connection.execute(sa.insert(LEDGER).values(row))


def insert_end(connection: sa.Connection, account: Account, *, attempt: int, outcome: Outcome) -> None:
    """Add the end of a job, inside the transaction that ends it."""
    row = _row(account, f"{account.job_id}:end:{attempt}", outcome=outcome, jobs=1, bytes=account.bytes)
    connection.execute(sa.insert(LEDGER).values(row))


def take_back_end(connection: sa.Connection, job_id: str) -> None:
    """Take back the end of a job that is started again."""
    corrected = sa.select(LEDGER.c.corrects).where((LEDGER.c.job_id == job_id) & LEDGER.c.corrects.is_not(None))
    ends = (LEDGER.c.job_id == job_id) & (LEDGER.c.jobs == 1) & LEDGER.c.id.not_in(corrected)
    for row in connection.execute(sa.select(LEDGER).where(ends)).mappings().all():
        _negate(connection, row)


def correct(database: Database, row_id: int) -> int:
    """Take a row of the ledger back by adding its negative; return the id of the new row.

    Raises
    ------
    Conflict
        Where it was taken back before, or is a correction itself.
    """
    with database.write() as connection:
        row = connection.execute(sa.select(LEDGER).where(LEDGER.c.id == row_id)).mappings().one_or_none()
        if row is None:
            raise NotFound("There is no such ledger row", value=row_id, remedy="Look its number up first.")
        taken_back = sa.select(sa.func.count()).where(LEDGER.c.corrects == row_id)
        if row["corrects"] is not None or connection.execute(taken_back).scalar_one():
            raise Conflict("The ledger row is corrected already", value=row_id, remedy="Nothing needs to be done.")
        return _negate(connection, row)


def ledger_rows(database: Database, *, job_id: str | None = None) -> Iterator[dict[str, Any]]:
    """Read the ledger row by row, in the order it was written."""
    query = sa.select(LEDGER).order_by(LEDGER.c.id)
    if job_id is not None:
        query = query.where(LEDGER.c.job_id == job_id)
    with database.read() as connection:
        for row in connection.execute(query).mappings():
            yield dict(row)


def usage_totals(
    database: Database,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    service: str | None = None,
) -> list[UsageTotal]:
    """Add up the ledger per service, tests apart.

    Parameters
    ----------
    since, until
        The period: from the first instant, up to but without the second.
    service
        Only this one.
    """
    total = sa.func.sum
    columns = [
        total(sa.case((LEDGER.c.outcome == outcome, LEDGER.c.jobs), else_=0)).label(outcome)
        for outcome in ("succeeded", "failed", "cancelled")
    ]
    names = (LEDGER.c.service, LEDGER.c.unit, LEDGER.c.is_test)
    sums = [total(LEDGER.c[name]).label(name) for name in ("units", "jobs", "bytes")]
    query = sa.select(*names, *sums, *columns).group_by(*names).order_by(*names)
    if since is not None:
        query = query.where(LEDGER.c.at >= since)
    if until is not None:
        query = query.where(LEDGER.c.at < until)
    if service is not None:
        query = query.where(LEDGER.c.service == service)
    with database.read() as connection:
        return [_total(row) for row in connection.execute(query).mappings()]


def _total(row: sa.RowMapping) -> UsageTotal:
    numbers = {name: int(row[name]) for name in ("units", "jobs", "bytes", "succeeded", "failed", "cancelled")}
    return UsageTotal(service=row["service"], unit=row["unit"], is_test=row["is_test"], **numbers)


def _row(account: Account, key: str, *, outcome: Outcome, **numbers: int) -> dict[str, Any]:
    return {
        "idempotency_key": key,
        "at": utc_now(),
        "job_id": account.job_id,
        "service": account.service,
        "service_version": account.service_version,
        "models": account.models,
        "kind": account.kind,
        "route": account.route,
        "unit": account.unit,
        "is_test": account.is_test,
        "installation": account.installation,
        "subject": account.subject,
        "affiliation": account.affiliation,
        "country": account.country,
        "country_source": account.country_source,
        "is_staff": account.is_staff,
        "outcome": outcome,
        "units": 0,
        "jobs": 0,
        "bytes": 0,
        **numbers,
    }


def _negate(connection: sa.Connection, row: sa.RowMapping) -> int:
    changed = {name: -row[name] for name in ("units", "jobs", "bytes")}
    copy = {name: value for name, value in row.items() if name != "id"} | changed
    copy |= {"at": utc_now(), "corrects": row["id"], "idempotency_key": f"{row['idempotency_key']}:corrected"}
    inserted = connection.execute(sa.insert(LEDGER).values(copy)).inserted_primary_key
    return int(inserted[0]) if inserted is not None else 0
