"""``pelagia usage rebuild``: the daily sums made anew."""

from __future__ import annotations

import click

from pelagia.cli.words import count
from pelagia.runtime.daily import rebuild_daily
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings


@click.command()
def rebuild() -> None:
    """Add the ledger up anew, day by day. Reports read these sums; they are kept up to date by themselves."""
    with open_runtime(read_settings()) as runtime:
        days = rebuild_daily(runtime.database)
    click.echo(f"{count(days, 'daily sum', 'daily sums')}, made anew from the ledger.")
