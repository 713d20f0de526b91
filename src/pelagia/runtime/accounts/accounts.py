"""Accounts: made, found, changed, disabled."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from pelagia.core.errors import BadParameter, Conflict, NotFound, SignInNeeded
from pelagia.runtime.accounts.passwords import check_password_rules, hash_password, is_password
from pelagia.runtime.accounts.profile import clean_profile
from pelagia.runtime.database import Database
from pelagia.runtime.tables import ACCOUNTS, utc_now

EMAIL = re.compile(r"^[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f.]+$")
LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as it stands in the database, without its password.

    Parameters
    ----------
    id
        Says nothing of the person.
    email, name
        As given; empty once erased.
    issuer
        The identity provider the person comes from; ``None`` for a local account.
    is_admin, is_staff, is_test
        Whether the person runs the installation, works for it, or is a test whose use is counted apart.
    ror, affiliation, country
        As declared: ROR id, name of the institute, ISO 3166-1 alpha-2.
    """

    id: str
    email: str | None
    name: str
    issuer: str | None
    has_password: bool
    is_admin: bool
    is_staff: bool
    is_test: bool
    ror: str | None
    affiliation: str | None
    country: str | None
    created_at: dt.datetime
    disabled_at: dt.datetime | None
    erased_at: dt.datetime | None

    @property
    def asker(self) -> str:
        """What its jobs and uploads belong to."""
        return f"account:{self.id}"


def create_account(
    database: Database,
    *,
    email: str,
    name: str = "",
    password: str | None = None,
    is_admin: bool = False,
    profile: Mapping[str, str | None] | None = None,
) -> Account:
    """Make a local account.

    Parameters
    ----------
    database
        Of the installation.
    email
        To sign in with.
    name
        To address the person by.
    password
        ``None`` for one who cannot sign in until a password is set.
    is_admin
        Whether the person runs the installation.
    profile
        ``ror``, ``affiliation``, ``country``.

    Raises
    ------
    BadParameter
        Where the e-mail address, the password or the profile cannot be used.
    Conflict
        Where the e-mail address has an account already.
    """
    address = clean_email(email)
    if password is not None:
        check_password_rules(password, address)
    row = {
        **clean_profile({"name": name or address.partition("@")[0], **(profile or {})}),
        "email": address,
        "password_hash": None if password is None else hash_password(password),
        "is_admin": is_admin,
    }
    return insert_account(database, row)


def insert_account(database: Database, values: Mapping[str, Any]) -> Account:
    """Add the row of a new account; what ``values`` does not name has its default."""
    account_id = secrets.token_hex(16)
    roles = {"is_admin": False, "is_staff": False, "is_test": False}
    row = {"name": "", **roles, **values, "id": account_id, "created_at": utc_now()}
    try:
        with database.write() as connection:
            connection.execute(sa.insert(ACCOUNTS).values(row))
    except exc.IntegrityError as error:
        raise Conflict(
            "There is an account with this e-mail address",
            value=values.get("email") or "",
            remedy="Sign in, or ask those who run this installation for a new password.",
        ) from error
    return find_account(database, account_id)


def find_account(database: Database, account_id: str) -> Account:
    """Return an account by its id.

    Raises
    ------
    NotFound
        Where there is none.
    """
    found = _one(database, ACCOUNTS.c.id == account_id)
    if found is None:
        raise NotFound("There is no such account", value=account_id, remedy="The list of users has their ids.")
    return found


def find_by_email(database: Database, email: str) -> Account | None:
    """Return the account of an e-mail address, if there is one."""
    return _one(database, ACCOUNTS.c.email == email.strip().casefold())


def list_accounts(database: Database, *, after: str = "", limit: int = 50, search: str = "") -> list[Account]:
    """Return accounts that are not erased, in the order of their ids; ``after`` is the last id seen."""
    query = sa.select(ACCOUNTS).where((ACCOUNTS.c.id > after) & ACCOUNTS.c.erased_at.is_(None))
    if search:
        found = [column.icontains(search, autoescape=True) for column in (ACCOUNTS.c.email, ACCOUNTS.c.name)]
        query = query.where(sa.or_(*found))
    with database.read() as connection:
        rows = connection.execute(query.order_by(ACCOUNTS.c.id).limit(limit)).mappings().all()
    return [account_of_row(row) for row in rows]


def has_administrator(database: Database) -> bool:
    """Whether anybody can administer the installation."""
    with database.read() as connection:
        return bool(connection.execute(sa.select(sa.func.count()).where(_is_active_admin())).scalar_one())


def change_profile(database: Database, account_id: str, changes: Mapping[str, str | None]) -> Account:
    """Change what a person says of themselves: ``name``, ``ror``, ``affiliation``, ``country``.

    Raises
    ------
    BadParameter
        Where a value cannot be used.
    """
    return _update(database, account_id, clean_profile(changes))


def change_roles(database: Database, account_id: str, changes: Mapping[str, bool]) -> Account:
    """Change ``is_admin``, ``is_staff``, ``is_test``, or whether the account is ``disabled``.

    Raises
    ------
    Conflict
        Where nobody would be left to administer the installation.
    """
    values: dict[str, Any] = {name: changes[name] for name in ("is_admin", "is_staff", "is_test") if name in changes}
    if "disabled" in changes:
        values["disabled_at"] = utc_now() if changes["disabled"] else None
    is_less = bool(changes.get("disabled")) or changes.get("is_admin") is False
    return _update(database, account_id, values, check=require_other_administrator if is_less else None)


def require_other_administrator(connection: sa.Connection, account_id: str) -> None:
    """Refuse to lose the last administrator, inside the transaction in which that would happen.

    Raises
    ------
    Conflict
        Where this account is the last.
    """
    # The rows stay locked: two administrators cannot take each other's place away at once.
    active = sa.select(ACCOUNTS.c.id).where(_is_active_admin()).order_by(ACCOUNTS.c.id).with_for_update()
    admins = set(connection.execute(active).scalars())
    if admins == {account_id}:
        raise Conflict(
            "This is the last administrator", value=account_id, remedy="Make another account an administrator first."
        )


def set_password(database: Database, account_id: str, password: str) -> None:
    """Give an account a password.

    Raises
    ------
    BadParameter
        Where it is easily guessed.
    """
    account = find_account(database, account_id)
    check_password_rules(password, account.email or "")
    _update(database, account_id, {"password_hash": hash_password(password)})


def check_password(database: Database, email: str, password: str) -> Account:
    """Return the account of an e-mail address if the password is right; takes as long where there is none.

    Raises
    ------
    SignInNeeded
        Where it is not; which of the two is wrong is not told.
    """
    address = email.strip().casefold()
    row = None
    if EMAIL.match(address):
        with database.read() as connection:
            query = sa.select(ACCOUNTS).where(ACCOUNTS.c.email == address)
            row = connection.execute(query).mappings().one_or_none()
    fits = is_password(password, None if row is None else row["password_hash"])
    if row is None or not fits:
        raise SignInNeeded("The e-mail address or the password is wrong", remedy="Try again.", code="wrong-password")
    if row["disabled_at"] is not None:
        raise disabled()
    return account_of_row(row)


def disabled() -> SignInNeeded:
    """Return the error for an account that is disabled."""
    return SignInNeeded(
        "This account is disabled", remedy="Ask those who run this installation.", code="account-disabled"
    )


def clean_email(email: str) -> str:
    """Return an e-mail address as it is kept: without blanks around it, in small letters.

    Raises
    ------
    BadParameter
        Where it is none.
    """
    address = email.strip().casefold()
    if len(address) > LONGEST_EMAIL or not EMAIL.match(address):
        raise BadParameter(
            "This is not an e-mail address", value=email[:LONGEST_EMAIL], remedy="Give one such as name@example.org."
        )
    return address


def account_of_row(row: sa.RowMapping) -> Account:
    """Return the account of a row of the table."""
    copied = ("id", "email", "name", "is_admin", "is_staff", "is_test", "ror", "affiliation", "country")
    times = ("created_at", "disabled_at", "erased_at")
    return Account(
        issuer=row["oidc_issuer"],
        has_password=row["password_hash"] is not None,
        **{name: row[name] for name in (*copied, *times)},
    )


def _is_active_admin() -> sa.ColumnElement[bool]:
    return ACCOUNTS.c.is_admin & ACCOUNTS.c.disabled_at.is_(None) & ACCOUNTS.c.erased_at.is_(None)


def _one(database: Database, where: sa.ColumnElement[bool]) -> Account | None:
    with database.read() as connection:
        row = connection.execute(sa.select(ACCOUNTS).where(where)).mappings().one_or_none()
    return None if row is None else account_of_row(row)


def _update(
    database: Database,
    account_id: str,
    values: Mapping[str, Any],
    *,
    check: Callable[[sa.Connection, str], None] | None = None,
) -> Account:
    mine = (ACCOUNTS.c.id == account_id) & ACCOUNTS.c.erased_at.is_(None)
    if values:
        with database.write() as connection:
            if check is not None:
                check(connection, account_id)
            connection.execute(sa.update(ACCOUNTS).where(mine).values(dict(values)))
    return find_account(database, account_id)
