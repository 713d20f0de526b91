"""The entry of the command line: its commands, and how they end."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import click

from pelagia import __version__
from pelagia.cli.endings import EXIT_CODES, INTERRUPTED, UNAVAILABLE, exit_code, tell_error
from pelagia.cli.lazy import LazyCommand, LazyGroup

COMMANDS = {
    "services": LazyCommand("pelagia.cli.services:services", "List what can be run"),
    "run": LazyCommand("pelagia.cli.run:run", "Run a service on files: pelagia run SERVICE INPUT… --out FOLDER"),
    "serve": LazyCommand("pelagia.cli.serve:serve", "Serve the web app and the HTTP interface"),
    "worker": LazyCommand("pelagia.cli.worker:worker", "Do the runs that wait in the queue of a server"),
    "jobs": LazyCommand("pelagia.cli.jobs:jobs", "List runs; show, stop or clean them"),
    "models": LazyCommand("pelagia.cli.models:models", "List models; show or add one"),
    "forcing": LazyCommand("pelagia.cli.forcing:forcing", "Describe, fetch or make currents, wind and waves"),
    "ecotaxa": LazyCommand("pelagia.cli.ecotaxa:ecotaxa", "Check import files for EcoTaxa; upload them"),
    "oils": LazyCommand("pelagia.cli.oils:oils", "List oils, by name, place or API gravity"),
    "train": LazyCommand("pelagia.cli.train:train", "Train a model: pelagia train SERVICE FOLDER… --out MODEL"),
    "usage": LazyCommand("pelagia.cli.usage:usage", "Tell how much was used"),
    "accounts": LazyCommand("pelagia.cli.accounts:accounts", "List who may sign in to a server; make accounts"),
    "doctor": LazyCommand("pelagia.cli.doctor:doctor", "Check that all works on this computer"),
}
EPILOG = "\b\nExit codes:\n" + "\n".join(f"  {code:3}  {meaning}" for code, meaning in EXIT_CODES.items())


@dataclass(slots=True)
class Shell:
    """What holds for all commands of one call."""

    debug: bool = False


@click.command(cls=LazyGroup, lazy=COMMANDS, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pelagia")
@click.option("--debug", is_flag=True, help="On an error, show where in the program it happened.")
@click.pass_obj
def cli(shell: Shell, debug: bool) -> None:
    """Pelagia: images of aquatic instruments in, the field's standard data products out."""
    shell.debug = debug


def call(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments
        The words behind ``pelagia``; those of this process by default.
    """
    shell = Shell()
    try:
        ended = cli.main(args=arguments, prog_name="pelagia", standalone_mode=False, obj=shell)
        return ended if isinstance(ended, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        return _end_badly(error, shell)


def _end_badly(error: Exception, shell: Shell) -> int:
    if isinstance(error, BrokenPipeError):
        # The reader of our output (`| head`) has left; nothing more can be said to it.
        sys.stdout = None
        return UNAVAILABLE
    tell_error(error)
    if shell.debug:
        traceback.print_exception(error)
    return exit_code(error)


def main() -> NoReturn:
    """Run the command line and end the process."""
    # A cluster or a service manager asks a process to end with SIGTERM: the same as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(call())


if __name__ == "__main__":
    main()
