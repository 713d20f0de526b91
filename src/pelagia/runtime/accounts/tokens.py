"""API tokens: shown once, known afterwards by their HMAC only, with scopes and an end."""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from pelagia.core.errors import BadParameter, NotAllowed, NotFound
from pelagia.runtime.accounts.keys import Keys
from pelagia.runtime.accounts.principal import ALL_SCOPES, Principal
from pelagia.runtime.accounts.profile import clean_text
from pelagia.runtime.accounts.sessions import digest_of
from pelagia.runtime.database import Database
from pelagia.runtime.tables import TOKENS

FORM = re.compile(r"^pel_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$")
SECRET_BYTES = 32
LONGEST = dt.timedelta(days=366)
# `used_at` is for people who wonder whether a token is still needed; once a minute is enough.
NOTED_EVERY = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token without its secret."""

    prefix: str
    account_id: str
    name: str
    scopes: frozenset[str]
    created_at: dt.datetime
    expires_at: dt.datetime
    used_at: dt.datetime | None
    revoked_at: dt.datetime | None

    def is_valid(self, now: dt.datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and self.expires_at > now


def scopes_of_roles(*, is_admin: bool, is_provider: bool) -> frozenset[str]:
    """Return the scopes that an account may give to its tokens."""
    return frozenset(
        scope for scope in ALL_SCOPES if (scope != "admin" or is_admin) and (scope != "provide" or is_provider)
    )


def create_token(
    database: Database, keys: Keys, owner: Principal, *, name: str, scopes: Collection[str], expires_at: dt.datetime
) -> tuple[Token, str]:
    """Make a token; the second of what is returned is shown once and kept nowhere.

    Parameters
    ----------
    database, keys
        Of the installation.
    owner
        Whose it is; it can do no more than they can.
    name
        What it is for.
    scopes
        Of ``read``, ``run``, ``train``, ``provide``, ``admin``.
    expires_at
        Within a year.

    Raises
    ------
    BadParameter, NotAllowed
        Where it would last too long, do nothing, or do more than its owner may.
    """
    now = dt.datetime.now(dt.UTC)
    if expires_at.tzinfo is None or not now < expires_at <= now + LONGEST:
        raise BadParameter(
            "A token ends in the future, and within a year", value=expires_at.isoformat(), remedy="Give another day."
        )
    _require_scopes(owner, scopes)
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(SECRET_BYTES)
    row = {
        "prefix": prefix,
        "digest": digest_of(keys, secret),
        "account_id": owner.account_id,
        "name": clean_text(" ".join(name.split()) or "token"),
        "scopes": sorted(scopes),
        "created_at": now,
        "expires_at": expires_at,
    }
    with database.write() as connection:
        connection.execute(sa.insert(TOKENS).values(row))
    made = find_token(database, prefix)
    if made is None:
        raise NotFound("The token is gone", value=prefix, remedy="Make another.")
    return made, f"pel_{prefix}_{secret}"


def check_token(database: Database, keys: Keys, text: str) -> Token | None:
    """Return a token if its secret is right and it is valid; note that it was used."""
    match = FORM.match(text)
    if match is None:
        return None
    with database.read() as connection:
        row = connection.execute(sa.select(TOKENS).where(TOKENS.c.prefix == match[1])).mappings().one_or_none()
    digest = digest_of(keys, match[2])
    if row is None or not hmac.compare_digest(row["digest"], digest):
        return None
    token, now = _token(row), dt.datetime.now(dt.UTC)
    if not token.is_valid(now):
        return None
    if token.used_at is None or now - token.used_at > NOTED_EVERY:
        with database.write() as connection:
            connection.execute(sa.update(TOKENS).where(TOKENS.c.prefix == token.prefix).values(used_at=now))
    return token


def find_token(database: Database, prefix: str) -> Token | None:
    """Return a token by the part of it that may be shown."""
    with database.read() as connection:
        row = connection.execute(sa.select(TOKENS).where(TOKENS.c.prefix == prefix)).mappings().one_or_none()
    return None if row is None else _token(row)


def list_tokens(database: Database, account_id: str) -> list[Token]:
    """Return the tokens of an account, the newest first, those that no longer open anything too."""
    query = sa.select(TOKENS).where(TOKENS.c.account_id == account_id)
    with database.read() as connection:
        rows = connection.execute(query.order_by(TOKENS.c.created_at.desc(), TOKENS.c.prefix)).mappings()
        return [_token(row) for row in rows]


def revoke_token(database: Database, account_id: str, prefix: str) -> Token:
    """Make a token open nothing from now on.

    Raises
    ------
    NotFound
        Where the account has no such token.
    """
    mine = (TOKENS.c.prefix == prefix) & (TOKENS.c.account_id == account_id)
    now = dt.datetime.now(dt.UTC)
    with database.write() as connection:
        connection.execute(sa.update(TOKENS).where(mine & TOKENS.c.revoked_at.is_(None)).values(revoked_at=now))
    token = find_token(database, prefix)
    if token is None or token.account_id != account_id:
        raise NotFound("There is no such token", value=prefix, remedy="The list of your tokens has them.")
    return token


def _require_scopes(owner: Principal, scopes: Collection[str]) -> None:
    unknown = set(scopes) - ALL_SCOPES
    if unknown or not scopes:
        raise BadParameter(
            "A token needs at least one scope, and only known ones",
            value=", ".join(sorted(unknown)),
            remedy=f"These exist: {', '.join(sorted(ALL_SCOPES))}.",
        )
    beyond = set(scopes) - scopes_of_roles(is_admin=owner.is_admin, is_provider=bool(owner.provides))
    beyond |= set(scopes) - owner.scopes
    if beyond:
        raise NotAllowed(
            "A token can do no more than its owner",
            value=", ".join(sorted(beyond)),
            remedy="Leave these scopes out.",
        )


def _token(row: sa.RowMapping) -> Token:
    values = {column.name: row[column.name] for column in TOKENS.columns if column.name not in ("digest", "scopes")}
    return Token(scopes=frozenset(row["scopes"]), **values)
