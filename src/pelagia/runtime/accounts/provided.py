"""The accounts of those who come from an identity provider: known by issuer and subject, never by e-mail address."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from pelagia.core.errors import BadParameter, Conflict
from pelagia.runtime.accounts.accounts import (
    Account,
    account_of_row,
    clean_email,
    disabled,
    find_by_email,
    insert_account,
)
from pelagia.runtime.accounts.identity_provider import profile_of_claims
from pelagia.runtime.accounts.profile import clean_profile
from pelagia.runtime.database import Database
from pelagia.runtime.tables import ACCOUNTS


def account_of_claims(database: Database, issuer: str, claims: Mapping[str, Any]) -> Account:
    """Return the account of a person the provider has confirmed; made where they come for the first time.

    Parameters
    ----------
    database
        Of the installation.
    issuer
        The provider.
    claims
        From :meth:`pelagia.runtime.accounts.identity_provider.IdentityProvider.finish`.

    Raises
    ------
    SignInNeeded
        Where the account is disabled.
    """
    subject = str(claims["sub"])
    account = _find(database, issuer, subject)
    if account is None:
        try:
            account = insert_account(database, _new(database, issuer, claims))
        except Conflict:
            # They came twice at once.
            account = _find(database, issuer, subject)
            if account is None:
                raise
    if account.disabled_at is not None:
        raise disabled()
    return account


def _new(database: Database, issuer: str, claims: Mapping[str, Any]) -> dict[str, Any]:
    told = profile_of_claims(claims)
    email = None
    with contextlib.suppress(BadParameter):
        email = clean_email(told["email"] or "")
    # Somebody else's account stays theirs, whatever a provider says of the address.
    if email is not None and find_by_email(database, email) is not None:
        email = None
    values: dict[str, Any] = {"name": "", "email": email, "oidc_issuer": issuer, "oidc_subject": str(claims["sub"])}
    for field in ("name", "affiliation"):
        # What a provider says and we cannot use is left for the person to say.
        with contextlib.suppress(BadParameter):
            values |= clean_profile({field: told[field]})
    return values


def _find(database: Database, issuer: str, subject: str) -> Account | None:
    theirs = (ACCOUNTS.c.oidc_issuer == issuer) & (ACCOUNTS.c.oidc_subject == subject)
    with database.read() as connection:
        row = connection.execute(sa.select(ACCOUNTS).where(theirs)).mappings().one_or_none()
    return None if row is None else account_of_row(row)
