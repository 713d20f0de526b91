"""The PostgreSQL server of the tests."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg
import pytest
from tests.servers.postgres import postgres_or_skip


@pytest.mark.skipif(os.geteuid() != 0, reason="only for root does the server run as another user")
def test_a_server_starts_while_its_folder_is_private(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    folder = private / "postgres"
    folder.mkdir()
    with postgres_or_skip(folder) as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    # What pytest keeps private stays so: another run of it would make it so again at any moment.
    assert private.stat().st_mode & 0o077 == 0
