"""``pelagia ecotaxa``: whether EcoTaxa would take a bundle; upload one."""

from __future__ import annotations

import click

from pelagia.cli.lazy import LazyCommand, LazyGroup

COMMANDS = {
    "validate": LazyCommand("pelagia.cli.ecotaxa_validate:validate", "Tell whether EcoTaxa would take a bundle"),
    "upload": LazyCommand("pelagia.cli.ecotaxa_upload:upload", "Upload an export into a project of EcoTaxa"),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def ecotaxa() -> None:
    """Check import files for EcoTaxa, and upload them."""
