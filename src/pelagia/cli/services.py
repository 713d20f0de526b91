"""``pelagia services``: what can be run."""

from __future__ import annotations

import click

from pelagia.cli.words import columns
from pelagia.runtime.registry import all_services


@click.command()
def services() -> None:
    """List the services: what each makes of which files."""
    found = all_services()
    if not found:
        click.echo("No service is installed.")
        return
    rows = [
        (service.slug, service.version, service.unit.plural, "yes" if service.training else "no", service.summary)
        for service in found
    ]
    click.echo(columns(rows, ("service", "version", "counted in", "trainable", "what it does")))
    click.echo("\npelagia run SERVICE --help tells the inputs and options of one.")
