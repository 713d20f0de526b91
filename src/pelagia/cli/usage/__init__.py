"""``pelagia usage``: how much was used; reports, receipts."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import click

from pelagia.cli.lazy import LazyCommand, LazyGroup
from pelagia.cli.words import columns, size
from pelagia.runtime.ledger import UsageTotal, usage_totals
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

COMMANDS = {
    "report": LazyCommand("pelagia.cli.usage.report:report", "Make a Virtual Access report"),
    "export": LazyCommand(
        "pelagia.cli.usage.receipts:export", "Write a signed receipt of the use of this installation"
    ),
    "import": LazyCommand("pelagia.cli.usage.receipts:import_", "Take in the receipt of another installation"),
    "rebuild": LazyCommand("pelagia.cli.usage.rebuild:rebuild", "Add the ledger up anew"),
}
DATE = click.DateTime(formats=["%Y-%m-%d"])


@click.group(cls=LazyGroup, lazy=COMMANDS, invoke_without_command=True)
@click.option("--from", "first", type=DATE, metavar="DATE", help="First day, YYYY-MM-DD (UTC).")
@click.option("--to", "last", type=DATE, metavar="DATE", help="Last day, YYYY-MM-DD (UTC).")
@click.option("--service", metavar="SERVICE", help="Only this one.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to print it.",
)
@click.pass_context
def usage(
    context: click.Context, first: dt.datetime | None, last: dt.datetime | None, service: str | None, form: str
) -> None:
    """Tell how much was used, per service.

    Every image is counted once, also where a run was stopped and went on, or failed later. Tests, and use by those who
    run the installation, are told apart.
    """
    if context.invoked_subcommand is not None:
        return
    since = None if first is None else first.replace(tzinfo=dt.UTC)
    until = None if last is None else last.replace(tzinfo=dt.UTC) + dt.timedelta(days=1)
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--from lies after --to.")
    with open_runtime(read_settings()) as runtime:
        totals = usage_totals(runtime.database, since=since, until=until, service=service)
    click.echo({"table": _table, "csv": _csv, "json": _json}[form](totals))


def _table(totals: Sequence[UsageTotal]) -> str:
    if not totals:
        return "Nothing was used in this time."
    rows = [
        (
            total.service + (" (tests)" if total.is_test else " (staff)" if total.is_staff else ""),
            f"{total.units:,}",
            total.unit,
            *(f"{number:,}" for number in (total.jobs, total.succeeded, total.failed, total.cancelled)),
            size(total.bytes),
        )
        for total in totals
    ]
    titles = ("service", "used", "unit", "runs", "succeeded", "failed", "stopped", "input")
    return columns(rows, titles, right=(1, 3, 4, 5, 6, 7))


def _csv(totals: Sequence[UsageTotal]) -> str:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, [field.name for field in fields(UsageTotal)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(total) for total in totals)
    return sink.getvalue().rstrip("\n")


def _json(totals: Sequence[UsageTotal]) -> str:
    found: list[dict[str, Any]] = [asdict(total) for total in totals]
    return json.dumps(found, indent=2)
