"""Whom somebody means who names an e-mail address: only an account whose address is known to be its owner's."""

from __future__ import annotations

from pelagia.core.errors import NotAllowed, NotFound
from pelagia.runtime.accounts.accounts import Account, find_account, find_by_email
from pelagia.runtime.database import Database
from pelagia.runtime.settings import Settings


def account_at(database: Database, settings: Settings, email: str) -> Account:
    """Return the account of an e-mail address, to which something of somebody's may be opened.

    Raises
    ------
    NotFound
        Where nobody has this address.
    NotAllowed
        Where somebody says so of themselves, and nobody has confirmed it.
    """
    account = find_by_email(database, email)
    if account is None:
        raise NotFound("Nobody here has this e-mail address", value=email, remedy="Ask them to make an account first.")
    if not is_confirmed(account, settings):
        raise NotAllowed(
            "Nobody has confirmed that this e-mail address belongs to whoever has the account",
            value=email,
            remedy="Ask them for the number on the page of their account, and give that in place of the address.",
            code="address-not-confirmed",
        )
    return account


def account_numbered(database: Database, account_id: str) -> Account:
    """Return the account of a number that its owner has told.

    Raises
    ------
    NotFound
        Where there is none, or it is erased or disabled.
    """
    account = find_account(database, account_id)
    if account.erased_at is not None or account.disabled_at is not None:
        raise NotFound("There is no such account", value=account_id, remedy="Ask them for its number again.")
    return account


def is_confirmed(account: Account, settings: Settings) -> bool:
    """Whether the e-mail address of an account is known to be its owner's.

    An identity provider has verified it (no other address of it is kept), or those who run the installation made the
    account. There is no mail server: what people register by themselves is what they say.
    """
    return account.issuer is not None or account.is_admin or settings.registration == "closed"
