"""The ledger of use: rows are only ever added, a correction is a row with minus signs.

The first start of a job adds what it takes in; a finished step adds its units, in the step's own transaction. The end
of a job adds one job with its outcome; where a failed or stopped job is started again, that is taken back, so that a
job counts once however often it is resumed. Totals are plain sums. Every row is added to the sums of its day as well.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pelagia.core.errors import Conflict, NotFound
from pelagia.runtime.daily import MEASURES, add_to_daily, lock_daily
from pelagia.runtime.database import Database
from pelagia.runtime.tables import JOBS, LEDGER, USAGE_DAILY, utc_now

Outcome = Literal["ingested", "processed", "succeeded", "failed", "cancelled"]
# Beginnings of pseudonyms: of an account, of a visit without one, of a local installation whose user has none.
ACCOUNT, VISIT, LOCAL = "u:", "v:", "i:"
ROWS_AT_ONCE = 1000


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
    is_staff: bool
    units: int
    jobs: int
    succeeded: int
    failed: int
    cancelled: int
    bytes: int


def insert_ingest(connection: sa.Connection, account: Account, ingested: int) -> None:
    """Add what a job takes in, at its start; a second start adds nothing.

    Parameters
    ----------
    connection
        The transaction that starts the job.
    account
        What the rows of the job have in common.
    ingested
        How many images (scans, frames …) its inputs have.
    """
    if ingested:
        _insert(connection, account, f"{account.job_id}:ingest", outcome="ingested", ingested=ingested)


def insert_step(
    connection: sa.Connection, account: Account, key: str, units: int, *, seconds: float = 0.0, objects: int = 0
) -> None:
    """Add the units of a finished step, inside its transaction.

    Parameters
    ----------
    connection
        The transaction of the step.
    account
        What the rows of the job have in common.
    key, units
        Of the step.
    seconds
        How long it took.
    objects
        How many objects (organisms, items …) it found, where that is known.
    """
    numbers = {"units": units, "seconds": seconds, "objects": objects}
    _insert(connection, account, f"{account.job_id}:step:{key}", outcome="processed", **numbers)


def insert_end(
    connection: sa.Connection, account: Account, *, attempt: int, outcome: Outcome, objects: int = 0
) -> None:
    """Add the end of a job, inside the transaction that ends it.

    Parameters
    ----------
    connection
        That transaction.
    account
        What the rows of the job have in common.
    attempt
        Of the job.
    outcome
        How it ended.
    objects
        How many objects its result has, where that is known only now.
    """
    numbers = {"jobs": 1, "bytes": account.bytes, "objects": objects}
    _insert(connection, account, f"{account.job_id}:end:{attempt}", outcome=outcome, **numbers)


def insert_rows(connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> int:
    """Add many rows, and their sums; return how many were new. A row whose key is there already changes nothing.

    Parameters
    ----------
    connection
        A connection that writes.
    rows
        Complete ledger rows without number, such as :func:`blank_row` makes.
    """
    lock_daily(connection)
    insert = _insert_new(connection).returning(LEDGER.c.idempotency_key)
    found, iterator = 0, iter(rows)
    while chunk := {row["idempotency_key"]: row for row in islice(iterator, ROWS_AT_ONCE)}:
        new = connection.execute(insert, [dict(row) for row in chunk.values()]).scalars().all()
        add_to_daily(connection, (chunk[key] for key in new))
        found += len(new)
    return found


def blank_row() -> dict[str, Any]:
    """Return a ledger row that says nothing: every column but the number and those that each row must set itself."""
    texts = dict.fromkeys(("service_version", "models", "unit", "installation"), "")
    unknown = dict.fromkeys(("corrects", "subject", "country", "country_source", "affiliation", "receipt"))
    return {**texts, **unknown, **dict.fromkeys(MEASURES, 0), "seconds": 0.0, "is_test": False, "is_staff": False}


def take_back_end(connection: sa.Connection, job_id: str) -> None:
    """Take back the end of a job that is started again."""
    corrected = sa.select(LEDGER.c.corrects).where((LEDGER.c.job_id == job_id) & LEDGER.c.corrects.is_not(None))
    ends = (LEDGER.c.job_id == job_id) & (LEDGER.c.jobs == 1) & LEDGER.c.id.not_in(corrected)
    for row in connection.execute(sa.select(LEDGER).where(ends)).mappings().all():
        negate(connection, row)


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
        return negate(connection, row)


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
    subject: str | None = None,
) -> list[UsageTotal]:
    """Add up the ledger per service, tests and use by staff apart.

    Parameters
    ----------
    since, until
        The period: from the first instant, up to but without the second.
    service
        Only this one.
    subject
        Only what this pseudonym used.
    """
    table, begins = _to_add_up(since, until)
    total = sa.func.sum
    columns = [
        total(sa.case((table.c.outcome == outcome, table.c.jobs), else_=0)).label(outcome)
        for outcome in ("succeeded", "failed", "cancelled")
    ]
    names = (table.c.service, table.c.unit, table.c.is_test, table.c.is_staff)
    sums = [total(table.c[name]).label(name) for name in ("units", "jobs", "bytes")]
    query = sa.select(*names, *sums, *columns).group_by(*names).order_by(*names)
    is_daily = table is USAGE_DAILY
    if since is not None:
        query = query.where(begins >= (since.date() if is_daily else since))
    if until is not None:
        query = query.where(begins < (until.date() if is_daily else until))
    if service is not None:
        query = query.where(table.c.service == service)
    if subject is not None:
        query = query.where(table.c.subject == subject)
    with database.read() as connection:
        return [_total(row) for row in connection.execute(query).mappings()]


def _to_add_up(since: dt.datetime | None, until: dt.datetime | None) -> tuple[sa.Table, sa.ColumnElement[Any]]:
    """Return what is to be added up, and when each row of it is: whole days are added up already."""
    midnight = dt.time(tzinfo=dt.UTC)
    if all(at is None or at.timetz() == midnight for at in (since, until)):
        return USAGE_DAILY, USAGE_DAILY.c.day
    return LEDGER, LEDGER.c.at


def erase_subject(connection: sa.Connection, subject: str) -> str:
    """Put a fresh random pseudonym in the place of one, wherever it stands; return the new one.

    Nothing leads from the new one back to a person; all totals, those of unique users too, stay as they are.

    Parameters
    ----------
    connection
        A connection that writes. The jobs of the person must have ended: a running one goes on under the old pseudonym.
    subject
        The pseudonym; it keeps its first two characters, which tell an account from a visit.
    """
    fresh = subject[:2] + secrets.token_hex(32)
    sums = list(connection.execute(sa.select(USAGE_DAILY).where(USAGE_DAILY.c.subject == subject)).mappings())
    connection.execute(sa.delete(USAGE_DAILY).where(USAGE_DAILY.c.subject == subject))
    midnight = dt.time(tzinfo=dt.UTC)
    add_to_daily(
        connection, ({**row, "subject": fresh, "at": dt.datetime.combine(row["day"], midnight)} for row in sums)
    )
    for table in (LEDGER, JOBS):
        connection.execute(sa.update(table).where(table.c.subject == subject).values(subject=fresh))
    return fresh


def _total(row: sa.RowMapping) -> UsageTotal:
    numbers = {name: int(row[name]) for name in ("units", "jobs", "bytes", "succeeded", "failed", "cancelled")}
    return UsageTotal(
        service=row["service"], unit=row["unit"], is_test=row["is_test"], is_staff=row["is_staff"], **numbers
    )


def _insert(connection: sa.Connection, account: Account, key: str, *, outcome: Outcome, **numbers: float) -> None:
    row = {
        **blank_row(),
        "idempotency_key": key,
        "at": connection.execute(sa.select(utc_now())).scalar_one(),
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
        **numbers,
    }
    if connection.execute(_insert_new(connection).values(row).returning(LEDGER.c.id)).first() is not None:
        add_to_daily(connection, [row])


def _insert_new(connection: sa.Connection) -> postgresql.Insert | sqlite.Insert:
    """Return the statement that passes over a row whose key is there already: what is replayed is not used again."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(LEDGER).on_conflict_do_nothing(index_elements=["idempotency_key"])
    return sqlite.insert(LEDGER).on_conflict_do_nothing(index_elements=["idempotency_key"])


def negate(connection: sa.Connection, row: sa.RowMapping) -> int:
    """Add the negative of a row; return its number."""
    copy = {name: value for name, value in row.items() if name != "id"}
    copy |= {name: -row[name] for name in MEASURES}
    copy |= {
        "at": connection.execute(sa.select(utc_now())).scalar_one(),
        "corrects": row["id"],
        "idempotency_key": f"{row['idempotency_key']}:corrected",
    }
    number = connection.execute(sa.insert(LEDGER).returning(LEDGER.c.id), copy).scalar_one()
    add_to_daily(connection, [copy])
    return int(number)
