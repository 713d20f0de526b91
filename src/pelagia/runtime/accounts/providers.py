"""Who provides which service: answers requests for access, and sees how it is used."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from pelagia.runtime.database import Database
from pelagia.runtime.registry import find_service
from pelagia.runtime.tables import PROVIDERS


def services_of(database: Database, account_id: str) -> frozenset[str]:
    """Return the slugs of the services an account provides."""
    query = sa.select(PROVIDERS.c.service).where(PROVIDERS.c.account_id == account_id)
    with database.read() as connection:
        return frozenset(connection.execute(query).scalars())


def providers_of(database: Database) -> dict[str, list[str]]:
    """Return account id → slugs of the services it provides, sorted."""
    found: dict[str, list[str]] = {}
    query = sa.select(PROVIDERS).order_by(PROVIDERS.c.account_id, PROVIDERS.c.service)
    with database.read() as connection:
        for row in connection.execute(query).mappings():
            found.setdefault(row["account_id"], []).append(row["service"])
    return found


def set_services(database: Database, account_id: str, services: Collection[str]) -> frozenset[str]:
    """Say which services an account provides, in place of those it did.

    Raises
    ------
    NotFound
        Where there is no such service.
    """
    slugs = sorted({find_service(slug).slug for slug in services})
    with database.write() as connection:
        connection.execute(sa.delete(PROVIDERS).where(PROVIDERS.c.account_id == account_id))
        for slug in slugs:
            connection.execute(sa.insert(PROVIDERS).values(account_id=account_id, service=slug))
    return frozenset(slugs)
