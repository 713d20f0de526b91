"""``pelagia ecotaxa validate``: whether EcoTaxa would take a bundle, told before it is asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from pelagia.cli.endings import BAD_INPUT
from pelagia.cli.words import count
from pelagia.io.ecotaxa.bundle_findings import BundleFinding
from pelagia.io.ecotaxa.validate import Validation, validate_bundles

MOST_SHOWN = 50
COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


@click.command()
@click.argument("places", metavar="PATH…", nargs=-1, required=True)
@click.option("--update", is_flag=True, help="The bundle updates objects that EcoTaxa has: images are not needed.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
def validate(places: Sequence[str], update: bool, form: str) -> None:
    """Tell whether EcoTaxa would take a bundle: PATH is a folder or zip file, several are the parts of one project.

    Every finding names the file, the line, the column, the value and a remedy. Ends with exit code 3 where EcoTaxa
    would refuse something.
    """
    found = validate_bundles(places, update=update)
    click.echo(_as_json(found) if form == "json" else _as_text(found))
    if not found.accepted:
        raise click.exceptions.Exit(BAD_INPUT)


def _as_json(found: Validation) -> str:
    told = {
        "accepted": found.accepted,
        "tables": list(found.tables),
        "rows": found.rows,
        "objects": len(found.objects),
        "images": found.images,
        "findings": [asdict(one) for one in found.findings],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _as_text(found: Validation) -> str:
    lines = [
        f"{count(len(found.tables), 'table', 'tables')}, {count(len(found.objects), 'object', 'objects')}, "
        f"{count(found.images, 'image', 'images')}"
    ]
    order = list(COLOURS)
    worst_first = sorted(found.findings, key=lambda one: order.index(one.severity))
    for one in worst_first[:MOST_SHOWN]:
        lines += _finding(one)
    if len(worst_first) > MOST_SHOWN:
        lines.append(f"… and {len(worst_first) - MOST_SHOWN} more findings; --format json lists all")
    lines.append(_verdict(found))
    return "\n".join(lines)


def _finding(one: BundleFinding) -> list[str]:
    place = ", ".join(part for part in (one.file, one.place) if part)
    head = click.style(f"{one.severity}: ", fg=COLOURS[one.severity]) + (f"{place}: " if place else "") + one.message
    return [head, *([f"  found:  {one.value}"] if one.value else []), f"  remedy: {one.remedy}"]


def _verdict(found: Validation) -> str:
    errors = sum(one.severity == "error" for one in found.findings)
    if errors:
        return click.style(f"EcoTaxa would refuse this: {count(errors, 'error', 'errors')}.", bold=True)
    return click.style("EcoTaxa would take this; whether it knows users and categories only it can tell.", bold=True)
