"""``pelagia accounts``: made, listed, changed, erased from the command line of the server."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.cli.conftest import Shell

from pelagia.core.errors import SignInNeeded
from pelagia.runtime.accounts.accounts import check_password, create_account, find_by_email
from pelagia.runtime.accounts.identities import Identities
from pelagia.runtime.accounts.keys import open_keys
from pelagia.runtime.database import Database, open_database
from pelagia.runtime.settings import read_settings

PASSWORD = "plankton at midnight"


@pytest.fixture
def database(shell: Shell) -> Iterator[Database]:
    """The database that the shell uses."""
    with open_database(read_settings().database) as opened:
        yield opened


def test_one_makes_an_administrator_who_can_sign_in(
    shell: Shell, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "create-admin" in shell("accounts").out
    monkeypatch.setenv("PELAGIA_ADMIN_PASSWORD", PASSWORD)
    made = shell("accounts", "create-admin", "Root@example.org", "--name", "Root")
    assert made.code == 0 and "root@example.org administers" in made.out and PASSWORD not in made.out + made.err
    account = check_password(database, "root@example.org", PASSWORD)
    assert account.is_admin and account.is_staff and account.name == "Root"
    listed = shell("accounts").out
    assert "administrator, staff" in listed and "create-admin" not in listed


def test_a_weak_password_makes_nobody(shell: Shell, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PELAGIA_ADMIN_PASSWORD", "short")
    refused = shell("accounts", "create-admin", "root@example.org")
    assert refused.code != 0 and "10 characters" in refused.err
    assert find_by_email(database, "root@example.org") is None


def test_somebody_with_an_account_becomes_an_administrator(shell: Shell, database: Database) -> None:
    create_account(database, email="ada@example.org", password=PASSWORD)
    assert shell("accounts", "create-admin", "ada@example.org").code == 0
    assert check_password(database, "ada@example.org", PASSWORD).is_admin


def test_a_new_password_holds(shell: Shell, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    create_account(database, email="ada@example.org", password=PASSWORD)
    monkeypatch.setenv("PELAGIA_ADMIN_PASSWORD", "krill in the dark")
    assert shell("accounts", "password", "ada@example.org").code == 0
    assert check_password(database, "ada@example.org", "krill in the dark")


def test_a_token_is_printed_and_opens_the_account(shell: Shell, database: Database) -> None:
    ada = create_account(database, email="ada@example.org")
    printed = shell("accounts", "token", "ada@example.org", "--scope", "read", "--days", "3").out.strip()
    assert re.fullmatch(r"pel_[0-9a-f]{12}_[\w-]{43}", printed)
    found = Identities(database, open_keys(read_settings().home)).of_token(printed)
    assert found.account_id == ada.id and found.scopes == {"read"}
    assert shell("accounts", "token", "ada@example.org", "--scope", "admin").code != 0


def test_one_is_let_in_no_more_and_again(shell: Shell, database: Database) -> None:
    create_account(database, email="ada@example.org", password=PASSWORD)
    assert "accounts enable" in shell("accounts", "disable", "ada@example.org").out
    with pytest.raises(SignInNeeded, match="disabled"):
        check_password(database, "ada@example.org", PASSWORD)
    assert "disabled" in shell("accounts").out
    assert shell("accounts", "enable", "ada@example.org").code == 0
    assert check_password(database, "ada@example.org", PASSWORD)


def test_an_account_is_erased(shell: Shell, database: Database) -> None:
    create_account(database, email="ada@example.org")
    assert shell("accounts", "erase", "ada@example.org", "--yes").code == 0
    assert find_by_email(database, "ada@example.org") is None


@pytest.mark.parametrize("command", ["password", "token", "disable", "enable", "erase"])
def test_an_unknown_address_is_told(shell: Shell, command: str) -> None:
    refused = shell("accounts", command, "nobody@example.org")
    assert refused.code != 0 and "no such account" in refused.err
