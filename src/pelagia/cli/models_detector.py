"""``pelagia models detector``: a detector exported to ONNX becomes one of our models."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from pelagia.catalogue.detectors import classes_of, read_export
from pelagia.cli.target import holds_something
from pelagia.core.errors import BadParameter, Conflict
from pelagia.learning.detector_styles import DetectorTraits
from pelagia.learning.foreign_detector import Origin, pack_detector

STYLES = ("yolo", "yolov5", "detr", "torchvision")
PIXELS: Mapping[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "unit": ((0.0, 0.0, 0.0), (255.0, 255.0, 255.0)),
    "bytes": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "imagenet": ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
}
"""What a graph of floats takes: 0 to 1, 0 to 255, or ImageNet's mean taken off and divided by its spread."""


@click.command()
@click.argument("model", metavar="BEST.ONNX", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="MODEL", help="Where the model goes.")
@click.option("--name", required=True, help="Name of the model, such as obsea-fish.")
@click.option("--number", default="1.0.0", show_default=True, metavar="VERSION", help="Version of the model.")
@click.option("--title", required=True, help="Title on the card.")
@click.option("--instrument", default="Underwater camera", show_default=True, help="What took the pictures.")
@click.option("--licence", required=True, help="Of the weights, as published; AGPL-3.0 where ultralytics made them.")
@click.option(
    "--published", type=click.DateTime(["%Y-%m-%d"]), required=True, metavar="DATE", help="When, as YYYY-MM-DD."
)
@click.option("--citation", default="", help="How it is cited.")
@click.option("--url", default="", help="Its address, best with the DOI.")
@click.option(
    "--classes",
    default="",
    metavar="CSV",
    help="Classes: name, and if known scientific_name, aphia_id, is_organism, remark; needed where the file has no "
    "names, then in the order of its outputs.",
)
@click.option("--style", type=click.Choice(STYLES), default="yolo", show_default=True, help="How it answers.")
@click.option("--size-px", type=click.IntRange(32, 16_384), help="Longer side of its windows, where it is left open.")
@click.option(
    "--long-side-px",
    type=click.IntRange(32, 16_384),
    help="Longer side that frames are brought to; by default that of its windows.",
)
@click.option(
    "--score-from", type=click.FloatRange(0, 1), default=0.25, show_default=True, help="Least score of a box."
)
@click.option(
    "--merge-from", type=click.FloatRange(0.05, 1), default=0.5, show_default=True, help="Overlap of doubles."
)
@click.option("--overlap-px", type=click.IntRange(0), default=128, show_default=True, help="Overlap of tiles.")
@click.option(
    "--activation",
    type=click.Choice(("sigmoid", "softmax", "none")),
    default="sigmoid",
    show_default=True,
    help="detr: what makes its logits scores.",
)
@click.option(
    "--pixels",
    type=click.Choice(tuple(PIXELS)),
    default="unit",
    show_default=True,
    help="Values it takes: 0 to 1, 0 to 255, or scaled by ImageNet's mean and spread (RF-DETR, DETR).",
)
@click.option("--bands", type=click.Choice(("rgb", "bgr")), default="rgb", show_default=True, help="Their order.")
@click.option("--first-class", type=click.IntRange(0), help="Number of the first class; torchvision: 1, else 0.")
def detector(
    model: Path,
    out: Path,
    published: dt.datetime,
    classes: str,
    size_px: int | None,
    first_class: int | None,
    pixels: str,
    **said: Any,
) -> None:
    """Make a model of a detector that others trained: BEST.ONNX is what their tool exported.

    Its answer to an empty picture is tried; what the publication says of it goes onto the card, and nothing is guessed.
    """
    if holds_something(out):
        raise Conflict("The folder for the model is not empty", file=str(out), remedy="Choose another for --out.")
    export = read_export(model)
    side = export.size_px or size_px
    if side is None:
        raise BadParameter("the graph leaves the size of its windows open", remedy="Give --size-px, such as 640.")
    named = ("style", "long_side_px", "score_from", "merge_from", "overlap_px", "activation", "bands")
    traits = {name: said.pop(name) for name in named} | ({} if first_class is None else {"first_class": first_class})
    traits |= dict(zip(("mean_rgb", "divisor_rgb"), PIXELS[pixels], strict=True))
    pack_detector(
        model,
        out,
        Origin(version=said.pop("number"), created=published.date(), **said),
        classes=classes_of(export, classes),
        window_px=side,
        traits=DetectorTraits.model_validate(traits),
    )
    click.echo(f"Model: {out}\nUse it with --model {out}, or keep it by name with: pelagia models add {out}")
