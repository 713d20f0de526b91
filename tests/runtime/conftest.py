"""What the tests of the runtime share: both databases, and an installation."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.postgres import PostgresServer, postgres_or_skip

from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import Settings, read_settings

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with postgres_or_skip(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a fresh installation, on each of the databases."""
    home = tmp_path / "home"
    if request.param == "sqlite":
        return read_settings({}, home=home, executor="inline", workers=2)
    server: PostgresServer = request.getfixturevalue("postgres_server")
    address = server.new_database(f"pelagia{next(_numbers)}")
    return read_settings({}, home=home, executor="inline", workers=2, database_url=address)


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    with open_runtime(settings) as opened:
        yield opened


@pytest.fixture
def sqlite_runtime(tmp_path: Path) -> Iterator[Runtime]:
    """A fresh installation on SQLite, for what does not depend on the database."""
    with open_runtime(read_settings({}, home=tmp_path / "home", executor="inline", workers=2)) as opened:
        yield opened
