"""Bring the tables of a database up to date; imported only where they are not."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from pelagia.core.errors import Conflict
from pelagia.runtime import migrations

FOLDER = Path(migrations.__file__).parent


def alembic_config() -> Config:
    """Return the settings of Alembic."""
    config = Config()
    config.set_main_option("script_location", FOLDER.as_posix().replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(connection: sa.Connection, found: str | None) -> None:
    """Run the missing migrations inside the connection's transaction.

    Parameters
    ----------
    connection
        A connection that holds the writing lock.
    found
        The version the database says it has.
    """
    config = alembic_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise Conflict(
            "The database was written by a newer Pelagia",
            value=f"version {found}, known up to {migrations.HEAD}",
            remedy="Install that Pelagia, or point PELAGIA_HOME or PELAGIA_DATABASE_URL elsewhere.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
