"""A database that can be away for a while."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from pelagia.core.errors import Unavailable
from pelagia.runtime.database import Database


class FlakyDatabase:
    """Passes on to a database while it is there.

    Parameters
    ----------
    database
        The real one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_away = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        self._check()
        with self._database.read() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        self._check()
        with self._database.write() as connection:
            yield connection

    def _check(self) -> None:
        if self.is_away:
            raise Unavailable("The database does not answer", remedy="Wait.")
