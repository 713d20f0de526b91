"""Whom the owner of a result asked to look at it and to decide as well."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from pelagia.runtime.database import Database
from pelagia.runtime.tables import ACCOUNTS, ANNOTATORS, utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An account that may decide on the objects of a result that is not its own."""

    account_id: str
    name: str


def invite(database: Database, job_id: str, account_id: str) -> None:
    """Let an account look at a result and decide; once more changes nothing."""
    with database.write() as connection:
        if not _is_there(connection, job_id, account_id):
            values = {"job_id": job_id, "account_id": account_id, "added_at": utc_now()}
            connection.execute(sa.insert(ANNOTATORS).values(values))


def uninvite(database: Database, job_id: str, account_id: str) -> None:
    """Let an account do so no longer; what it decided stays."""
    with database.write() as connection:
        connection.execute(sa.delete(ANNOTATORS).where(_of(job_id, account_id)))


def is_annotator(database: Database, job_id: str, account_id: str) -> bool:
    """Whether an account was invited to a result."""
    with database.read() as connection:
        return _is_there(connection, job_id, account_id)


def invited(database: Database, job_id: str) -> list[Invited]:
    """Return who was invited to a result, by name."""
    query = (
        sa.select(ACCOUNTS.c.id, ACCOUNTS.c.name)
        .join(ANNOTATORS, ANNOTATORS.c.account_id == ACCOUNTS.c.id)
        .where(ANNOTATORS.c.job_id == job_id)
        .order_by(ACCOUNTS.c.name, ACCOUNTS.c.id)
    )
    with database.read() as connection:
        return [Invited(account_id=row.id, name=row.name) for row in connection.execute(query)]


def _of(job_id: str, account_id: str) -> sa.ColumnElement[bool]:
    return (ANNOTATORS.c.job_id == job_id) & (ANNOTATORS.c.account_id == account_id)


def _is_there(connection: sa.Connection, job_id: str, account_id: str) -> bool:
    found = connection.execute(sa.select(ANNOTATORS.c.job_id).where(_of(job_id, account_id))).first()
    return found is not None
