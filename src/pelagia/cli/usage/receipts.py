"""``pelagia usage export`` and ``import``: receipts of the use of an installation."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from pelagia.cli.words import count
from pelagia.core.errors import BadInput
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.usage.exchange import Declared, export_receipt, import_receipt, is_known, read_header
from pelagia.usage.receipt import Header
from pelagia.usage.receipt_key import fingerprint
from pelagia.usage.trust import is_named


@click.command()
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where it goes."
)
@click.option("--all", "everything", is_flag=True, help="Also what was exported before; nothing is counted twice.")
@click.option("--country", metavar="XX", help="Your country, two letters, for use that says none.")
@click.option("--affiliation", metavar="TEXT", help="Your institute, for use that says none.")
def export(out: Path, everything: bool, country: str | None, affiliation: str | None) -> None:
    """Write a signed receipt of the use of this installation, for those who run the central one.

    It holds what was counted since the last receipt: service, model, numbers, times. No name, file or address is in it.
    """
    declared = Declared(country=country.upper() if country else None, affiliation=affiliation)
    with open_runtime(read_settings()) as runtime:
        written = export_receipt(runtime, out, now=dt.datetime.now(dt.UTC), everything=everything, declared=declared)
    if written is None:
        click.echo("Nothing was used since the last receipt; none is written. --all writes everything again.")
        return
    click.echo(f"{out}: {count(written.rows, 'row', 'rows')}, receipt {written.id[:12]}")
    click.echo(f"Fingerprint of this installation, to be compared: {fingerprint(written.public_key)}")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--trust", metavar="KEY", help="The fingerprint (or public key) of the installation, as it told you.")
@click.option("--accept-new", is_flag=True, help="Take it in although the installation is not known here yet.")
def import_(file: Path, trust: str | None, accept_new: bool) -> None:
    """Take in the usage receipt of another installation: whole or not at all, and counted once however often.

    A file that was changed in any way is refused. The receipt of an installation that is not known here yet is taken in
    only where you say that its fingerprint is right.
    """
    with open_runtime(read_settings()) as runtime:
        header = read_header(file)
        _require_trust(runtime, header, trust, accept_new=accept_new)
        taken = import_receipt(runtime, file, public_key=header.public_key)
    if not taken.new:
        click.echo(f"Receipt {taken.id[:12]} was taken in before; nothing has changed.")
        return
    known = taken.rows - taken.new
    click.echo(
        f"Receipt {taken.id[:12]}: {count(taken.new, 'new row', 'new rows')}" + (f", {known:,} known" if known else "")
    )


def _require_trust(runtime: Runtime, header: Header, trust: str | None, *, accept_new: bool) -> None:
    """Refuse the receipt of an installation nobody vouches for."""
    if trust is not None:
        if is_named(header, trust):
            return
        raise BadInput(
            "The receipt is of another installation than the one you trust",
            value=fingerprint(header.public_key),
            remedy="Ask whom it is from.",
        )
    if accept_new or is_known(runtime.database, header.public_key):
        return
    question = (
        f"This installation is not known here yet. Its fingerprint is\n  {fingerprint(header.public_key)}\nIs it right?"
    )
    if sys.stdin.isatty() and click.confirm(question):
        return
    raise BadInput(
        "The installation the receipt is from is not known here yet",
        value=fingerprint(header.public_key),
        remedy="Compare the fingerprint with the one it shows, then use --trust FINGERPRINT or --accept-new.",
    )
