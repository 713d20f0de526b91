"""How a command ends: the exit codes, and what is said on an error."""

from __future__ import annotations

import click

from pelagia.cli.words import sentence
from pelagia.core.errors import (
    BadInput,
    BadParameter,
    Cancelled,
    Conflict,
    NotFound,
    NothingUsable,
    PelagiaError,
    Unavailable,
)

DONE = 0
INTERNAL = 1
USAGE = 2
BAD_INPUT = 3
CONFLICT = 4
UNAVAILABLE = 5
INTERRUPTED = 130

EXIT_CODES = {
    DONE: "done, also where there are findings",
    INTERNAL: "a fault of the program",
    USAGE: "the command was not understood",
    BAD_INPUT: "an input is missing or nothing in it can be used",
    CONFLICT: "the output folder is in use by something else, or the job is running",
    UNAVAILABLE: "disk, memory, database or network failed; try again",
    INTERRUPTED: "stopped; the same command goes on",
}

CODE_OF_ERROR: dict[type[PelagiaError], int] = {
    BadParameter: USAGE,
    BadInput: BAD_INPUT,
    NotFound: BAD_INPUT,
    NothingUsable: BAD_INPUT,
    Conflict: CONFLICT,
    Unavailable: UNAVAILABLE,
    Cancelled: INTERRUPTED,
}


def exit_code(error: BaseException) -> int:
    """Return the exit code of an error."""
    for kind, code in CODE_OF_ERROR.items():
        if isinstance(error, kind):
            return code
    return INTERNAL


def tell_error(error: Exception) -> None:
    """Say on the error stream what was wrong, the value, the place and the remedy."""
    if not isinstance(error, PelagiaError):
        click.secho(f"Error: {type(error).__name__}: {error}", err=True, fg="red")
        click.echo("  This is a fault of the program. `pelagia --debug …` shows where.", err=True)
        return
    click.secho(f"Error: {sentence(error.what)}", err=True, fg="red")
    place = "" if error.file == error.value else error.file
    for label, text in (("found", error.value), ("in", place), ("remedy", sentence(error.remedy))):
        if text:
            click.echo(f"  {label + ':':8}{text}", err=True)
