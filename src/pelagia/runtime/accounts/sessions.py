"""Sessions of the web app: a random cookie, of which the database knows the HMAC only."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from pelagia.runtime.accounts.keys import Keys
from pelagia.runtime.database import Database
from pelagia.runtime.tables import SESSIONS

LIFETIME = dt.timedelta(days=14)
# One that is used is prolonged, but not written to the database with each request.
PROLONGED_AFTER = dt.timedelta(days=1)
COOKIE_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session; ``id`` tells those of an account apart and opens nothing."""

    id: str
    account_id: str
    created_at: dt.datetime
    expires_at: dt.datetime


def digest_of(keys: Keys, secret: str) -> str:
    """Return what the database knows of a cookie or token."""
    return hmac.digest(keys.tokens, secret.encode("utf-8", "surrogateescape"), "sha256").hex()


def start_session(database: Database, keys: Keys, account_id: str, *, now: dt.datetime | None = None) -> str:
    """Start a session and return its cookie; sessions that have expired are deleted."""
    cookie = secrets.token_urlsafe(COOKIE_BYTES)
    at = now or dt.datetime.now(dt.UTC)
    row = {
        "digest": digest_of(keys, cookie),
        "account_id": account_id,
        "created_at": at,
        "expires_at": at + LIFETIME,
    }
    with database.write() as connection:
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.expires_at <= at))
        connection.execute(sa.insert(SESSIONS).values(row))
    return cookie


def find_session(database: Database, digest: str, *, now: dt.datetime | None = None) -> tuple[Session, bool] | None:
    """Return the session of a digest unless it has expired, and whether it was prolonged as one in use is."""
    at = now or dt.datetime.now(dt.UTC)
    mine = (SESSIONS.c.digest == digest) & (SESSIONS.c.expires_at > at)
    with database.read() as connection:
        row = connection.execute(sa.select(SESSIONS).where(mine)).mappings().one_or_none()
    if row is None:
        return None
    is_prolonged = row["expires_at"] - at < LIFETIME - PROLONGED_AFTER
    if is_prolonged:
        with database.write() as connection:
            connection.execute(sa.update(SESSIONS).where(mine).values(expires_at=at + LIFETIME))
    return _session(row), is_prolonged


def list_sessions(database: Database, account_id: str) -> list[Session]:
    """Return the sessions of an account that have not expired, the newest first."""
    theirs = (SESSIONS.c.account_id == account_id) & (SESSIONS.c.expires_at > dt.datetime.now(dt.UTC))
    with database.read() as connection:
        rows = connection.execute(sa.select(SESSIONS).where(theirs).order_by(SESSIONS.c.created_at.desc()))
        return [_session(row) for row in rows.mappings()]


def end_session(database: Database, keys: Keys, cookie: str) -> None:
    """End the session of a cookie."""
    with database.write() as connection:
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.digest == digest_of(keys, cookie)))


def end_sessions(database: Database, account_id: str) -> int:
    """End all sessions of an account; return how many it was."""
    with database.write() as connection:
        return connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.account_id == account_id)).rowcount


def _session(row: sa.RowMapping) -> Session:
    return Session(
        id=row["digest"][:12],
        account_id=row["account_id"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
