"""Accounts: made, found, changed, disabled."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from tests.runtime.accounts.conftest import PASSWORD

from pelagia.core.errors import BadParameter, Conflict, NotFound, SignInNeeded
from pelagia.runtime.accounts import accounts, passwords
from pelagia.runtime.accounts.accounts import Account, check_password, create_account
from pelagia.runtime.database import Database
from pelagia.runtime.tables import ACCOUNTS


def test_the_right_password_opens_the_account_whatever_the_case_of_the_address(
    database: Database, ada: Account
) -> None:
    assert check_password(database, " ADA@Example.org ", PASSWORD) == ada


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.org", "plankton at noon"),
        ("ada@example.org", PASSWORD + "\0"),
        ("ada@example.org", PASSWORD * 20),
        ("bob@example.org", PASSWORD),
        ("no address \0", PASSWORD),
    ],
)
def test_a_wrong_password_and_an_unknown_address_give_the_same_answer(
    database: Database, ada: Account, email: str, password: str
) -> None:
    assert ada.has_password
    with pytest.raises(SignInNeeded) as caught:
        check_password(database, email, password)
    assert str(caught.value) == "The e-mail address or the password is wrong. Try again."


def test_an_unknown_address_costs_as_much_as_a_wrong_password() -> None:
    assert passwords.NOBODY.split("$")[1:4] == passwords.hash_password(PASSWORD).split("$")[1:4]
    assert not passwords.is_password(PASSWORD, None)


def test_the_database_has_the_argon2id_hash_only(database: Database, ada: Account) -> None:
    with database.read() as connection:
        row = connection.execute(sa.select(ACCOUNTS).where(ACCOUNTS.c.id == ada.id)).mappings().one()
    assert row["password_hash"].startswith("$argon2id$")
    assert PASSWORD not in str(dict(row))


@pytest.mark.parametrize("password", ["short", "ada@example.org", "ADA@EXAMPLE.ORG", "aaaaaaaaaaaa", "x" * 300])
def test_passwords_that_are_easily_guessed_are_refused_without_repeating_them(password: str) -> None:
    with pytest.raises(BadParameter) as caught:
        passwords.check_password_rules(password, "ada@example.org")
    assert caught.value.value == "" and caught.value.remedy


@pytest.mark.parametrize("email", ["", "ada", "ada@", "@example.org", "a b@example.org", "ada@example", "a@b\0.org"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(BadParameter, match="e-mail"):
        accounts.clean_email(email)


def test_an_address_has_one_account(database: Database, ada: Account) -> None:
    with pytest.raises(Conflict):
        create_account(database, email="Ada@EXAMPLE.org", password=PASSWORD)
    assert accounts.find_by_email(database, "ada@example.org") == ada


def test_one_without_a_password_cannot_sign_in_with_an_empty_one(database: Database, root: Account) -> None:
    assert not root.has_password
    with pytest.raises(SignInNeeded):
        check_password(database, "root@example.org", "")


def test_one_who_is_disabled_cannot_sign_in(database: Database, ada: Account) -> None:
    accounts.change_roles(database, ada.id, {"disabled": True})
    with pytest.raises(SignInNeeded, match="disabled"):
        check_password(database, "ada@example.org", PASSWORD)
    accounts.change_roles(database, ada.id, {"disabled": False})
    assert check_password(database, "ada@example.org", PASSWORD) == ada


def test_a_new_password_takes_the_place_of_the_old(database: Database, ada: Account) -> None:
    accounts.set_password(database, ada.id, "krill in the dark")
    assert check_password(database, "ada@example.org", "krill in the dark").id == ada.id
    with pytest.raises(SignInNeeded):
        check_password(database, "ada@example.org", PASSWORD)


def test_two_administrators_cannot_take_each_others_place_away_at_once(
    database: Database, root: Account, ada: Account
) -> None:
    accounts.change_roles(database, ada.id, {"is_admin": True})
    together = threading.Barrier(2)

    def demote(account: Account) -> bool:
        together.wait()
        try:
            return accounts.change_roles(database, account.id, {"is_admin": False}).is_admin
        except Conflict:
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, (root, ada))) == [False, True]
    assert accounts.has_administrator(database)


def test_the_last_administrator_stays(database: Database, root: Account, ada: Account) -> None:
    for change in ({"is_admin": False}, {"disabled": True}):
        with pytest.raises(Conflict, match="last administrator"):
            accounts.change_roles(database, root.id, change)
    accounts.change_roles(database, ada.id, {"is_admin": True})
    assert not accounts.change_roles(database, root.id, {"is_admin": False}).is_admin
    assert accounts.has_administrator(database)


def test_the_list_goes_on_where_it_stopped_and_finds_parts_of_names(database: Database) -> None:
    for number in range(5):
        create_account(database, email=f"person{number}@example.org", name=f"Person 1{number} %_")
    first = accounts.list_accounts(database, limit=3)
    rest = accounts.list_accounts(database, after=first[-1].id, limit=3)
    assert len({account.id for account in (*first, *rest)}) == 5
    assert [one.email for one in accounts.list_accounts(database, search="PERSON3")] == ["person3@example.org"]
    assert accounts.list_accounts(database, search="_erson") == []


def test_an_unknown_id_is_told(database: Database) -> None:
    with pytest.raises(NotFound):
        accounts.find_account(database, "f" * 32)
