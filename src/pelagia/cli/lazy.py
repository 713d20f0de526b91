"""A group of commands that are imported only when they are called, so that the help comes at once."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from pelagia.core.errors import Unavailable


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command stands, and its line in the list.

    Parameters
    ----------
    path
        ``module:attribute``.
    summary
        What it does, in a few words.
    """

    path: str
    summary: str


class LazyGroup(click.Group):
    """A group that knows the names and summaries of its commands without importing them.

    Parameters
    ----------
    lazy
        The commands, in the order of the list.
    """

    def __init__(self, *arguments: Any, lazy: Mapping[str, LazyCommand], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        del ctx
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in self.lazy:
            return None
        module, _, attribute = self.lazy[cmd_name].path.partition(":")
        try:
            command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] == __name__.partition(".")[0]:
                raise
            raise Unavailable(
                f"The command {cmd_name} needs a package that is not installed",
                value=error.name,
                remedy="Install what training needs: pip install 'pelagia[train]'",
            ) from error
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in self.lazy.items()])
