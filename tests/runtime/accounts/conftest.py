"""What the tests of accounts share: keys, and people."""

from __future__ import annotations

from pathlib import Path

import pytest

from pelagia.runtime.accounts.accounts import Account, create_account
from pelagia.runtime.accounts.identities import Identities
from pelagia.runtime.accounts.keys import Keys, open_keys
from pelagia.runtime.database import Database
from pelagia.runtime.runner import Runtime

PASSWORD = "plankton at midnight"


@pytest.fixture
def database(runtime: Runtime) -> Database:
    return runtime.database


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return open_keys(tmp_path / "home")


@pytest.fixture
def identities(database: Database, keys: Keys) -> Identities:
    return Identities(database, keys)


@pytest.fixture
def ada(database: Database) -> Account:
    return create_account(database, email="ada@example.org", name="Ada", password=PASSWORD)


@pytest.fixture
def root(database: Database) -> Account:
    return create_account(database, email="root@example.org", name="Root", is_admin=True)
