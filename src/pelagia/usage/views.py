"""Views and downloads of anonymous visitors, counted by the rules of COUNTER for web pages.

Robots are not counted; of clicks on the same thing within 30 seconds only the last one is (COUNTER Code of Practice for
Research Data 1.0.1, section 7). Use by an account, a token or the command line is never filtered this way.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import counter_robots
import sqlalchemy as sa

from pelagia.runtime.database import Database
from pelagia.runtime.ledger import VISIT, blank_row, insert_rows, negate
from pelagia.runtime.lifecycle import User
from pelagia.runtime.tables import LEDGER, utc_now

DOUBLE_CLICK = dt.timedelta(seconds=30)
OUTCOMES = {"view": "viewed", "download": "downloaded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A visitor looked at something.

    Parameters
    ----------
    kind
        Whether it was seen or downloaded.
    item
        What: a path, or an id; it is kept as a digest only.
    service
        The service it belongs to.
    user
        Who, as the ledger may know it; it must be a visit.
    user_agent
        How the browser calls itself; it is not kept.
    """

    kind: Literal["view", "download"]
    item: str
    service: str
    user: User
    user_agent: str


def record_look(database: Database, look: Look, *, now: dt.datetime | None = None) -> bool:
    """Count a view or download; return whether it was one more.

    Parameters
    ----------
    database
        Of the installation.
    look
        What was done.
    now
        The instant; by the clock of the database where it is not given.
    """
    subject = look.user.subject or ""
    if not subject.startswith(VISIT) or counter_robots.is_robot(look.user_agent):
        return False
    thing = sha256(f"{subject}\n{look.kind}\n{look.item}".encode()).hexdigest()[:32]
    with database.write() as connection:
        at = now or connection.execute(sa.select(utc_now())).scalar_one()
        before = _within(connection, thing, at - DOUBLE_CLICK)
        if before is not None:
            negate(connection, before)
        row = {
            **blank_row(),
            "idempotency_key": f"{thing}:{at.isoformat()}",
            "at": at,
            "job_id": thing,
            "service": look.service,
            "installation": look.service,
            "kind": look.kind,
            "route": "web",
            "outcome": OUTCOMES[look.kind],
            "unit": look.kind,
            "units": 1,
            "subject": subject,
            "country": look.user.country,
            "country_source": look.user.country_source,
        }
        insert_rows(connection, [row])
    return before is None


def _within(connection: sa.Connection, thing: str, since: dt.datetime) -> sa.RowMapping | None:
    """Return the look at the same thing that was counted since then, and was not taken back."""
    taken_back = sa.select(LEDGER.c.corrects).where((LEDGER.c.job_id == thing) & LEDGER.c.corrects.is_not(None))
    counted = (LEDGER.c.job_id == thing) & (LEDGER.c.units == 1) & LEDGER.c.id.not_in(taken_back)
    query = sa.select(LEDGER).where(counted & (LEDGER.c.at >= since)).order_by(LEDGER.c.at.desc()).limit(1)
    return connection.execute(query).mappings().first()
