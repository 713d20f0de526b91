"""Who is behind a token, a session or a visit; remembered for seconds, so that most requests ask no database."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from hashlib import sha256
from typing import Literal

import sqlalchemy as sa

from pelagia.core.errors import SignInNeeded
from pelagia.runtime.accounts.accounts import Account, account_of_row, disabled
from pelagia.runtime.accounts.countries import DECLARED, LOOKED_UP, country_of_address
from pelagia.runtime.accounts.keys import Keys
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.accounts.pseudonyms import subject_of_account, subject_of_visit
from pelagia.runtime.accounts.sessions import digest_of, find_session
from pelagia.runtime.accounts.tokens import check_token, scopes_of_roles
from pelagia.runtime.database import Database
from pelagia.runtime.lifecycle import User
from pelagia.runtime.tables import ACCOUNTS, PROVIDERS

# What is changed here holds at once; in another process of the installation after so long.
REMEMBERED_SECONDS = 5.0
REMEMBERED_AT_MOST = 10_000
Kind = Literal["token", "session"]
VISIT_SCOPES = frozenset({"read", "run"})


class Identities:
    """Finds who is asking; safe to use from many threads.

    Parameters
    ----------
    database
        Of the installation.
    keys
        Of the installation.
    """

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database = database
        self.keys = keys
        self._remembered: dict[str, tuple[float, Principal]] = {}

    def remembered(self, kind: Kind, secret: str) -> Principal | None:
        """Return who is behind a token or session, if that was found out within the last seconds."""
        until, principal = self._remembered.get(self._place(kind, secret), (0.0, None))
        return principal if time.time() < until else None

    def of_token(self, text: str) -> Principal:
        """Return who is behind a token.

        Raises
        ------
        SignInNeeded
            Where it is wrong, revoked or too old, or its account is disabled.
        """
        token = check_token(self.database, self.keys, text)
        if token is None:
            raise SignInNeeded(
                "The token is wrong, was revoked, or has expired",
                remedy="Make a new one on the page of your account.",
                code="wrong-token",
            )
        account, services = self._account(token.account_id)
        principal = self.principal_of(account, services, scopes=token.scopes, token=token.prefix)
        self._remember("token", text, principal, token.expires_at)
        return principal

    def of_session(self, cookie: str) -> tuple[Principal, bool] | None:
        """Return who is behind the cookie of a session, and whether it was prolonged; ``None`` where it has ended."""
        found = find_session(self.database, digest_of(self.keys, cookie))
        if found is None:
            return None
        session, is_prolonged = found
        try:
            account, services = self._account(session.account_id)
        except SignInNeeded:
            return None
        principal = self.principal_of(account, services)
        self._remember("session", cookie, principal, session.expires_at)
        return principal, is_prolonged

    def of_visit(self, cookie: str, address: str, user_agent: str) -> Principal:
        """Return the visit of a cookie.

        Parameters
        ----------
        cookie
            What tells one visitor from another.
        address, user_agent
            Of who visits; neither is kept.
        """
        country = country_of_address(address)
        return Principal(
            asker=f"visit:{sha256(cookie.encode('utf-8', 'surrogateescape')).hexdigest()[:40]}",
            scopes=VISIT_SCOPES,
            user=User(
                subject=subject_of_visit(self.keys, address, user_agent, dt.datetime.now(dt.UTC)),
                country=country,
                country_source=LOOKED_UP if country else None,
            ),
        )

    def principal_of(
        self, account: Account, services: frozenset[str], *, scopes: frozenset[str] | None = None, token: str = ""
    ) -> Principal:
        """Return who is asking as what the account and, where one is used, the token allow."""
        allowed = scopes_of_roles(is_admin=account.is_admin, is_provider=bool(services))
        held = allowed if scopes is None else allowed & scopes
        return Principal(
            asker=account.asker,
            account_id=account.id,
            name=account.name,
            is_admin=account.is_admin and "admin" in held,
            provides=services if "provide" in held else frozenset(),
            scopes=held,
            user=User(
                subject=subject_of_account(self.keys, account.id),
                affiliation=account.affiliation,
                country=account.country,
                country_source=DECLARED if account.country else None,
                is_staff=account.is_staff,
            ),
            is_test=account.is_test,
            token=token,
        )

    def forget(self) -> None:
        """Forget who was found out: an account, token or session has changed."""
        self._remembered.clear()

    def _place(self, kind: Kind, secret: str) -> str:
        return f"{kind}:{digest_of(self.keys, secret)}"

    def _remember(self, kind: Kind, secret: str, principal: Principal, expires_at: dt.datetime) -> None:
        if len(self._remembered) >= REMEMBERED_AT_MOST:
            self._remembered.clear()
        until = min(time.time() + REMEMBERED_SECONDS, expires_at.timestamp())
        self._remembered[self._place(kind, secret)] = (until, principal)

    def _account(self, account_id: str) -> tuple[Account, frozenset[str]]:
        mine = ACCOUNTS.outerjoin(PROVIDERS, PROVIDERS.c.account_id == ACCOUNTS.c.id)
        query = sa.select(ACCOUNTS, PROVIDERS.c.service).select_from(mine).where(ACCOUNTS.c.id == account_id)
        with self.database.read() as connection:
            rows = connection.execute(query).mappings().all()
        if not rows or rows[0]["disabled_at"] is not None or rows[0]["erased_at"] is not None:
            raise disabled()
        return account_of_row(rows[0]), frozenset(row["service"] for row in rows if row["service"])


def with_country_of(principal: Principal, address: str) -> Principal:
    """Return a principal whose country is looked up by the address where it is not declared."""
    if principal.user.country is not None:
        return principal
    country = country_of_address(address)
    if country is None:
        return principal
    user = dataclasses.replace(principal.user, country=country, country_source=LOOKED_UP)
    return dataclasses.replace(principal, user=user)
