"""Turn a model folder published by planktonclass (VLIZ) into a model package, saying only what is known.

Such a folder holds ``ckpts/*.h5`` or ``*.keras`` (or an ``.onnx`` exported from it), ``conf/conf.json``
and ``dataset_files/classes.txt`` and ``aphia_ids.txt``; for instance
https://doi.org/10.5281/zenodo.15269453 (FlowCam, 95 classes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from pelagia.core.errors import BadInput, NotFound
from pelagia.core.result import Issue
from pelagia.exports.taxonomy import lint, taxon_by_aphia_id
from pelagia.learning.adopt import Adopted, Preprocessing, adopt_graph, check_adopted
from pelagia.learning.card import CardClass, CardInput, DataOrigin, ModelCard
from pelagia.learning.card_page import render_card
from pelagia.learning.checks import check_model
from pelagia.learning.convert import export_keras
from pelagia.learning.package import ModelPackage, write_package

CHECKPOINTS = ("best_model.keras", "final_model.keras", "final_model.h5")
IMAGES_CHECKED = 4
TF_DIVISOR = 127.5
# Names of classes that are no organisms; the published files do not say it otherwise.
NOT_ORGANISM = re.compile(
    r"artefacts?|artifacts?|bubbles?|detritus|dust|fa?ecal_pellets?|fib(er|re)s?|junk|noise|pollen|remnants?|sediment",
    re.IGNORECASE,
)
LIMITS = (
    "Converted from a published model without new measurements. Its probabilities are not calibrated here, its "
    "error rate on your images is not known, and it names every image, also what it never saw. The published "
    "scores were measured by its authors on their images; they do not carry over to other nets, waters or settings."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the publication says of the model, and the folder does not.

    Parameters
    ----------
    name, version, title
        For the card; ``version`` as in 1.0.0.
    instrument
        What took the images it was trained on: ``FlowCam``, …
    licence, citation, url
        As published, with the DOI.
    created
        When it was published.
    """

    name: str
    version: str
    title: str
    instrument: str
    licence: str
    created: date
    citation: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """The package made, and what the user must know of it."""

    package: ModelPackage
    issues: tuple[Issue, ...]


def convert_published(
    folder: Path, out: Path, about: About, *, checkpoint: str | None = None, python: str | None = None
) -> Converted:
    """Make a model package of a published planktonclass model.

    Parameters
    ----------
    folder
        The published folder.
    out
        Where the package shall stand.
    about
        What the publication says of it.
    checkpoint
        Which file of ``ckpts``; by default ``best_model.keras``, ``final_model.keras``,
        ``final_model.h5`` or the only one there is.
    python
        A Python that has Keras; by default this one. Not needed for an ``.onnx`` file.

    Raises
    ------
    BadInput, NotFound
        If something is missing in the folder or does not fit the model.
    Conflict
        If the converted model does not say what the published one says.
    """
    configuration = _read_configuration(folder)
    preprocessing = read_preprocessing(configuration, folder)
    classes, issues = read_classes(folder)
    source = _checkpoint(folder, checkpoint)
    graph, writer = _read_graph(source, python)
    adopted = adopt_graph(graph, preprocessing)
    _check_shape(adopted, len(classes), configuration, folder)
    images = np.random.default_rng(1).integers(0, 256, (IMAGES_CHECKED, *[adopted.size_px] * 2, 3), dtype=np.uint8)
    difference = check_adopted(adopted, graph, preprocessing, images)
    recipe = {
        "converted_from": source.name,
        "converted_from_sha256": sha256(source.read_bytes()).hexdigest(),
        "written_by": writer,
        "architecture": str(configuration.get("model", {}).get("modelname", "not stated")),
        "preprocessing": f"(pixel − {list(preprocessing.mean_rgb)}) / {list(preprocessing.divisor_rgb)}, "
        f"bands {preprocessing.bands}, inside model.onnx",
        "largest_difference_of_probabilities": difference,
    }
    card = _card(about, classes, adopted, recipe)
    package = write_package(out, model=adopted.model, card=card, page=render_card(card))
    return Converted(package=package, issues=(*issues, *check_model(package.card, about.instrument)))


def read_preprocessing(configuration: dict[str, Any], folder: Path) -> Preprocessing:
    """Read what planktonclass does to the pixels: subtract a mean, then divide or reorder by its mode.

    Parameters
    ----------
    configuration
        ``conf.json``.
    folder
        Where it was read, for the message of an error.
    """
    model, dataset = configuration.get("model", {}), configuration.get("dataset", {})
    mode = model.get("preprocess_mode")
    mean, deviation = _three(dataset.get("mean_RGB")), _three(dataset.get("std_RGB"))
    if mode == "tf" and mean:
        return Preprocessing(mean_rgb=mean, divisor_rgb=(TF_DIVISOR, TF_DIVISOR, TF_DIVISOR))
    if mode == "torch" and mean and deviation:
        return Preprocessing(mean_rgb=mean, divisor_rgb=deviation)
    if mode == "caffe" and mean:
        return Preprocessing(mean_rgb=mean, divisor_rgb=(1.0, 1.0, 1.0), bands="bgr")
    raise BadInput(
        "conf.json does not say how the pixels were prepared",
        value=f"preprocess_mode {mode!r}, mean_RGB {dataset.get('mean_RGB')!r}, std_RGB {dataset.get('std_RGB')!r}",
        remedy="It needs model.preprocess_mode (tf, torch or caffe) and dataset.mean_RGB as the training left them.",
        file=str(folder / "conf" / "conf.json"),
    )


def read_classes(folder: Path) -> tuple[tuple[CardClass, ...], tuple[Issue, ...]]:
    """Read the classes with the AphiaIDs published for them, checked against the offline list.

    Parameters
    ----------
    folder
        The published folder.

    Returns
    -------
    classes : tuple of CardClass
        An AphiaID that is a word, or is shown to be that of another taxon, is left out; the remark says so.
    issues : tuple of Issue
        What the offline list finds wrong.
    """
    files = folder / "dataset_files"
    names = _lines(files / "classes.txt")
    entries = _lines(files / "aphia_ids.txt") if (files / "aphia_ids.txt").is_file() else [""] * len(names)
    if len(entries) != len(names):
        raise BadInput(
            "there is not one AphiaID for each class",
            value=f"{len(names)} classes, {len(entries)} AphiaIDs",
            remedy="Both files need one line a class, in the same order; a word stands where there is no AphiaID.",
            file=str(files / "aphia_ids.txt"),
        )
    found = [_read_class(name, entry, "aphia_ids.txt") for name, entry in zip(names, entries, strict=True)]
    return tuple(one for one, _ in found), tuple(issue for _, issues in found for issue in issues)


def _read_class(name: str, entry: str, file: str) -> tuple[CardClass, list[Issue]]:
    organism = NOT_ORGANISM.fullmatch(name.replace(" ", "_")) is None
    if not entry.isdecimal():
        remark = f"published in place of an AphiaID: {entry}" if entry else ""
        return CardClass(name=name, is_organism=organism, remark=remark), []
    aphia_id = int(entry)
    issues = [_in_file(issue, file) for issue in lint(name, None, aphia_id)]
    wrong = next((issue for issue in issues if issue.severity == "error"), None)
    if wrong is not None:
        remark = f"published AphiaID {aphia_id} left out: {wrong.message}"
        return CardClass(name=name, is_organism=organism, remark=remark), issues
    taxon = taxon_by_aphia_id(aphia_id)
    remark = "; ".join(issue.message for issue in issues)
    scientific_name = taxon.name if taxon else None
    return (
        CardClass(name=name, scientific_name=scientific_name, aphia_id=aphia_id, is_organism=organism, remark=remark),
        issues,
    )


def _in_file(issue: Issue, file: str) -> Issue:
    return Issue(
        file=file,
        code=issue.code,
        message=issue.message,
        remedy=issue.remedy,
        value=issue.value,
        severity=issue.severity,
    )


def _read_configuration(folder: Path) -> dict[str, Any]:
    path = folder / "conf" / "conf.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadInput(
            "this is not a model folder of planktonclass: it has no conf/conf.json",
            remedy="Unpack the published archive and give the folder that holds conf, ckpts and dataset_files.",
            file=str(folder),
        ) from error
    except ValueError as error:
        raise BadInput("conf.json cannot be read", value=error, remedy="Unpack it again.", file=str(path)) from error
    return dict(found)


def _checkpoint(folder: Path, name: str | None) -> Path:
    at_hand = sorted(p.name for p in (folder / "ckpts").glob("*") if p.suffix in {".h5", ".keras", ".onnx"})
    wanted: Sequence[str] = (name,) if name else (*CHECKPOINTS, *(at_hand if len(at_hand) == 1 else ()))
    chosen: str | None = next((one for one in wanted if one in at_hand), None)
    if chosen is None:
        raise NotFound(
            "there is no such model file in ckpts" if name else "which file of ckpts is the model is not clear",
            value=name or ", ".join(at_hand) or "none",
            remedy=f"Name one of: {', '.join(at_hand) or '(ckpts holds no .h5, .keras or .onnx file)'}.",
            file=str(folder / "ckpts"),
        )
    return folder / "ckpts" / chosen


def _read_graph(source: Path, python: str | None) -> tuple[onnx.ModelProto, str]:
    if source.suffix != ".onnx":
        export = export_keras(source, python)
        return export.graph, f"Keras {export.keras}"
    try:
        graph = onnx.load(source)
    except DecodeError as error:
        raise BadInput("this is not an ONNX file", remedy="Export the model again.", file=str(source)) from error
    return graph, f"{graph.producer_name} {graph.producer_version}".strip() or "not stated"


def _check_shape(adopted: Adopted, classes: int, configuration: dict[str, Any], folder: Path) -> None:
    size = configuration.get("model", {}).get("image_size", adopted.size_px)
    if adopted.classes != classes or size != adopted.size_px:
        raise BadInput(
            "the model does not fit the files beside it",
            value=f"the model has {adopted.classes} classes at {adopted.size_px} px, the files say {classes} at {size}",
            remedy="Take model, classes.txt and conf.json from the same training.",
            file=str(folder),
        )


def _card(about: About, classes: Sequence[CardClass], adopted: Adopted, recipe: dict[str, Any]) -> ModelCard:
    return ModelCard(
        name=about.name,
        version=about.version,
        title=about.title,
        instrument=about.instrument,
        created=about.created,
        classes=tuple(classes),
        input=CardInput(size_px=adopted.size_px, resize="squash"),
        data=(DataOrigin(name="as published", citation=about.citation, licence=about.licence, url=about.url),),
        licence=about.licence,
        intended_use=f"The use its authors state: {about.url or about.citation or 'not stated'}.",
        limits=LIMITS,
        recipe=recipe,
        sha256=sha256(adopted.model).hexdigest(),
    )


def _three(value: Any) -> tuple[float, float, float] | None:
    if not isinstance(value, list) or len(value) != 3 or not all(isinstance(v, int | float) for v in value):
        return None
    red, green, blue = (float(v) for v in value)
    return red, green, blue


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BadInput(
            "a file of the published model is missing", remedy="Unpack the archive again.", file=str(path)
        ) from error
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
