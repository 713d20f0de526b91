"""Progress on the error stream: a bar with the time to go on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable, Iterator

import click
from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from pelagia.cli.words import count, duration
from pelagia.core.service import Unit
from pelagia.runtime.progress import OnProgress, Progress

LINE_SECONDS = 5.0
LINE_SHARE = 0.01
MOST_SILENT_SECONDS = 60.0


@contextlib.contextmanager
def show_progress(unit: Unit) -> Iterator[OnProgress]:
    """Show how far a job is for the length of a ``with`` block.

    Parameters
    ----------
    unit
        What is counted.
    """
    if not sys.stderr.isatty():
        yield _lines(unit, time.monotonic)
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.percentage:>3.0f} %"), BarColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        yield lambda progress: bar.update(task, completed=progress.share, description=describe(progress, unit))


def describe(progress: Progress, unit: Unit) -> str:
    """Say how far a job is: ``1,200 of 5,000 images · 85 a second · 45 s to go``."""
    if progress.total_units:
        parts = [f"{progress.done_units:,} of {count(progress.total_units, unit.name, unit.plural)}"]
    else:
        parts = [f"{progress.done_steps:,} of {count(progress.total_steps, 'step', 'steps')}"]
    if progress.units_per_s is not None:
        parts.append(f"{progress.units_per_s:,.{0 if progress.units_per_s >= 10 else 1}f} a second")
    if progress.remaining_s is not None and progress.share < 1:
        parts.append(f"{duration(progress.remaining_s)} to go")
    return " · ".join(parts)


def _lines(unit: Unit, clock: Callable[[], float]) -> OnProgress:
    """Return a reporter that writes a line now and then: enough to follow, few enough for a log."""
    last_time, last_share = -math.inf, -1.0

    def report(progress: Progress) -> None:
        nonlocal last_time, last_share
        now, share = clock(), progress.share
        silent = now - last_time
        is_due = silent >= MOST_SILENT_SECONDS or (silent >= LINE_SECONDS and share - last_share >= LINE_SHARE)
        if is_due or (share >= 1 and last_share < 1):
            click.echo(f"{share:4.0%}  {describe(progress, unit)}", err=True)
            last_time, last_share = now, share

    return report
