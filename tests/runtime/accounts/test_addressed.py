"""Whom an e-mail address means, and whom a number."""

from __future__ import annotations

import pytest

from pelagia.core.errors import NotAllowed, NotFound
from pelagia.runtime.accounts.accounts import change_roles, create_account
from pelagia.runtime.accounts.addressed import account_at, account_numbered
from pelagia.runtime.accounts.provided import account_of_claims
from pelagia.runtime.database import Database
from pelagia.runtime.settings import read_settings

OPEN, CLOSED = read_settings({}, registration="open"), read_settings({}, registration="closed")
ISSUER = "https://aai.example.org"


def test_whoever_registers_under_the_address_of_another_is_not_taken_for_them(database: Database) -> None:
    create_account(database, email="ben@example.org", password="plankton at midnight")
    with pytest.raises(NotAllowed) as refused:
        account_at(database, OPEN, "ben@example.org")
    assert refused.value.code == "address-not-confirmed" and "number" in refused.value.remedy


def test_an_address_counts_where_a_provider_or_those_who_run_the_installation_stand_for_it(database: Database) -> None:
    said = {"sub": "ada", "email": "ada@example.org", "email_verified": True}
    ada = account_of_claims(database, ISSUER, said)
    ben = create_account(database, email="ben@example.org")
    root = create_account(database, email="root@example.org", is_admin=True)
    assert account_at(database, OPEN, "Ada@example.org").id == ada.id
    assert account_at(database, OPEN, "root@example.org").id == root.id
    assert account_at(database, CLOSED, "ben@example.org").id == ben.id
    with pytest.raises(NotFound):
        account_at(database, CLOSED, "nobody@example.org")


def test_a_number_means_an_account_that_can_sign_in(database: Database) -> None:
    ben = create_account(database, email="ben@example.org")
    assert account_numbered(database, ben.id).id == ben.id
    change_roles(database, ben.id, {"disabled": True})
    for number in (ben.id, "0" * 32):
        with pytest.raises(NotFound):
            account_numbered(database, number)
