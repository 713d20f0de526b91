"""``pelagia models``: the models at hand."""

from __future__ import annotations

from pathlib import Path

import click

from pelagia.catalogue.install import install
from pelagia.catalogue.models import find_package, list_models
from pelagia.cli.lazy import LazyCommand, LazyGroup
from pelagia.cli.words import columns
from pelagia.learning.card import PAGE_FILE
from pelagia.runtime.settings import read_settings

COMMANDS = {
    "show": LazyCommand("pelagia.cli.models:show", "Show the card of a model"),
    "add": LazyCommand("pelagia.cli.models:add", "Keep a model under its name and version"),
    "convert": LazyCommand("pelagia.cli.models_convert:convert", "Make a model of one published by planktonclass"),
    "detector": LazyCommand("pelagia.cli.models_detector:detector", "Make a model of a detector exported to ONNX"),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> None:
    """List the models at hand; show or add one."""
    if ctx.invoked_subcommand is not None:
        return
    rows = []
    for model in list_models(read_settings().home):
        card = model.card
        told = (str(len(card.classes)), card.title) if card is not None else ("", f"cannot be read: {model.problem}")
        rows.append((model.reference, model.place, *told))
    click.echo(columns(rows, ("model", "where", "classes", "title"), right=(2,)))
    click.echo("\npelagia models show MODEL tells what it was trained on, how well it does, and its limits.")


@click.command()
@click.argument("model")
def show(model: str) -> None:
    """Show the card of a model: MODEL is NAME, NAME@VERSION or a folder."""
    package = find_package(model, home=read_settings().home)
    click.echo((package.path / PAGE_FILE).read_text(encoding="utf-8"))


@click.command()
@click.argument("source", metavar="FOLDER", type=click.Path(path_type=Path))
def add(source: Path) -> None:
    """Keep a model under its name and version: FOLDER is a model folder or a zip of one."""
    added = install(source, home=read_settings().home)
    click.echo(f"Added {added.reference}. Use it with --model {added.reference}")
