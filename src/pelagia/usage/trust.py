"""Receipts that come to a server: only of installations somebody vouches for, and what was taken in before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from pelagia.core.errors import BadInput
from pelagia.runtime.database import Database
from pelagia.runtime.tables import RECEIPTS
from pelagia.usage.exchange import is_known
from pelagia.usage.receipt import Header
from pelagia.usage.receipt_key import fingerprint

# Of one receipt sent to a server; the command line takes larger ones.
LARGEST_RECEIPT = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """A receipt that was taken in: its id, the fingerprint of the installation it is from, its rows, and when."""

    id: str
    fingerprint: str
    rows: int
    at: dt.datetime


def is_named(header: Header, trust: str) -> bool:
    """Tell whether a fingerprint or public key, as somebody writes it, is that of a receipt."""
    return "".join(trust.split()).lower() in (header.public_key, header.installation)


def is_trusted(database: Database, header: Header, trust: str) -> bool:
    """Tell whether the fingerprint that is trusted is that of a receipt; without one, whether it is known here."""
    return is_named(header, trust) if trust else is_known(database, header.public_key)


def require_trust(database: Database, header: Header, trust: str) -> None:
    """Refuse the receipt of an installation nobody vouches for.

    Raises
    ------
    BadInput
        Where it is not known here and not the one that is trusted.
    """
    if not is_trusted(database, header, trust):
        raise BadInput(
            "The installation the receipt is from is not known here yet, or not the one you trust",
            value=fingerprint(header.public_key),
            remedy="Compare the fingerprint with the one it shows, then send it as trust.",
            code="unknown-installation",
        )


def taken_in(database: Database, limit: int) -> list[TakenIn]:
    """Return the receipts that were taken in, the latest first."""
    query = sa.select(RECEIPTS).order_by(RECEIPTS.c.imported_at.desc(), RECEIPTS.c.id).limit(limit)
    with database.read() as connection:
        rows = connection.execute(query).mappings().all()
    return [
        TakenIn(id=row["id"], fingerprint=fingerprint(row["origin"]), rows=row["rows"], at=row["imported_at"])
        for row in rows
    ]
