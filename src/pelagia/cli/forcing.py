"""``pelagia forcing``: currents, wind and waves for the oil spill service."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from pelagia.cli.lazy import LazyCommand, LazyGroup
from pelagia.core.errors import BadParameter

COMMANDS = {
    "describe": LazyCommand("pelagia.cli.forcing_describe:describe", "Tell what files of forcing hold"),
    "fetch": LazyCommand("pelagia.cli.forcing_fetch:fetch", "Fetch currents, wind and waves of a place and time"),
    "idealised": LazyCommand("pelagia.cli.forcing_idealised:idealised", "Make a field that follows a formula"),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def forcing() -> None:
    """Describe, fetch or make currents, wind and waves for the oil spill service."""


def unix_time(text: str) -> float:
    """Return a time such as ``2008-08-06T09:51`` as Unix time, s; UTC where it names no zone.

    Raises
    ------
    BadParameter
    """
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadParameter(
            "The time is not understood", value=text, remedy="Write it as 2008-08-06T09:51 (UTC)."
        ) from error
    return (told if told.tzinfo is not None else told.replace(tzinfo=UTC)).timestamp()
