"""``pelagia models convert``: a model published elsewhere becomes one of ours."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from pelagia.catalogue.published import About, convert_published
from pelagia.cli.findings import tell_issues
from pelagia.cli.target import holds_something
from pelagia.core.errors import Conflict


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="MODEL", help="Where the model goes.")
@click.option("--name", required=True, help="Name of the model, such as flowcam-vliz.")
@click.option("--number", default="1.0.0", show_default=True, metavar="VERSION", help="Version of the model.")
@click.option("--title", required=True, help="Title on the card.")
@click.option("--instrument", default="FlowCam", show_default=True, help="What took the images.")
@click.option("--licence", required=True, help="As published.")
@click.option(
    "--published", type=click.DateTime(["%Y-%m-%d"]), required=True, metavar="DATE", help="When, as YYYY-MM-DD."
)
@click.option("--citation", default="", help="How it is cited.")
@click.option("--url", default="", help="Its address, best with the DOI.")
@click.option("--checkpoint", metavar="FILE", help="Which file of ckpts/, where there are several.")
@click.option("--python", metavar="PYTHON", help="A Python that has Keras, where this one has not.")
def convert(
    folder: Path, out: Path, published: dt.datetime, checkpoint: str | None, python: str | None, **said: str
) -> None:
    """Make a model of one published by planktonclass: FOLDER holds ckpts/, conf/ and dataset_files/.

    Such a model is at https://doi.org/10.5281/zenodo.15269453 (FlowCam, 95 classes). What the publication says of it
    goes onto the card; nothing is guessed.
    """
    if holds_something(out):
        raise Conflict("The folder for the model is not empty", file=str(out), remedy="Choose another for --out.")
    about = About(version=said.pop("number"), created=published.date(), **said)
    converted = convert_published(folder, out, about, checkpoint=checkpoint, python=python)
    tell_issues(converted.issues)
    click.echo(f"Model: {out}\nUse it with --model {out}, or keep it by name with: pelagia models add {out}")
