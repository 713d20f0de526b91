"""The package of a detector: its card with the figures, and its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from pelagia.learning.card import CardClass, CardInput, ModelCard
from pelagia.learning.detector import TASK, TRAITS
from pelagia.learning.detector_styles import DetectorTraits
from pelagia.learning.package import ModelPackage, write_package
from pelagia.learning.train.detection.measure import Figures
from pelagia.learning.train.separation.package import About

FIGURES = "figures"
HEAD = ("measured on", "pictures", "boxes", "groups", "class counts", "AP50", "AP50:95", "precision", "recall", "F1")


def write_detector(
    folder: Path,
    *,
    model: bytes,
    about: About,
    classes: Sequence[str | CardClass],
    window_px: int,
    traits: DetectorTraits,
    figures: Sequence[Figures],
    recipe: Mapping[str, Any],
    drawn: Mapping[str, bytes] | None = None,
) -> ModelPackage:
    """Write the package.

    Parameters
    ----------
    folder
        Where it shall stand.
    model
        The ONNX file.
    about
        What a person says of it.
    classes
        In the order of the labels.
    window_px
        Side of the window it is fed, px.
    traits
        How it is fed and answers.
    figures
        What was measured, its own held-out pictures first; may be empty.
    recipe
        How it was trained, and what else was found out.
    drawn
        File name → PNG.
    """
    card = ModelCard(
        name=about.name,
        version=about.version,
        title=about.title,
        task=TASK,
        instrument=about.instrument,
        created=about.created,
        classes=tuple(c if isinstance(c, CardClass) else CardClass(name=c, is_organism=False) for c in classes),
        input=CardInput(size_px=window_px),
        data=about.data,
        licence=about.licence,
        intended_use=about.intended_use,
        limits=about.limits,
        recipe={
            TRAITS: traits.model_dump(mode="json"),
            FIGURES: [one.to_json() for one in figures],
            **recipe,
        },
        sha256=sha256(model).hexdigest(),
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    return write_package(folder, model=model, card=card, page=render_page(card, drawn or {}), figures=drawn)


def render_page(card: ModelCard, drawn: Mapping[str, bytes]) -> str:
    """Return the text of ``card.md`` (Markdown); it says nothing that ``card.json`` does not hold.

    Parameters
    ----------
    card
        Of a detector.
    drawn
        The pictures of the package.
    """
    rest = {key: value for key, value in card.recipe.items() if key not in (TRAITS, FIGURES)}
    parts = (
        [f"# {card.title}", "", f"`{card.reference}` · {card.instrument} · {card.created.isoformat()}", ""],
        [f"Licence: {card.licence}. SHA-256 of model.onnx: `{card.sha256}`.", ""],
        ["## Intended use", "", card.intended_use or "Not stated.", ""],
        ["## Limits", "", card.limits or "Not stated.", ""],
        ["## How good it is", "", *_figures(card.recipe[FIGURES]), ""],
        [f"![{name}](figures/{name})" for name in sorted(drawn)],
        ["", "## Classes", "", *(f"- {one.name}{': ' * bool(one.remark)}{one.remark}" for one in card.classes), ""],
        ["## What it takes and gives", "", *_shapes(card), ""],
        ["## Trained on", "", *(_origins(card)), ""],
        ["## Recipe", "", *(f"- {key}: {value}" for key, value in rest.items())],
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _figures(figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not figures:
        yield "No held-out figures are known. Do not publish counts from this model without checking them."
        return
    yield "| " + " | ".join(HEAD) + " |"
    yield "|---" * len(HEAD) + "|"
    for one in figures:
        yield "| " + " | ".join(_cells(one)) + " |"
    yield ""
    yield (
        "A box counts as found from an overlap (IoU) of 0.5 on. AP50 is the average precision at this overlap, AP50:95 "
        "its mean over overlaps from 0.5 to 0.95, as COCO takes them, with 95 % intervals over groups of pictures; "
        f"precision, recall and F1 are those of boxes with a score of at least {figures[0]['threshold']:.2f}, chosen "
        "on the first of these sets."
    )
    if figures[0]["per_class"]:
        yield ""
        yield "| class | boxes | AP50 | precision | recall | F1 |"
        yield "|---|---|---|---|---|---|"
        for own in figures[0]["per_class"]:
            values = " | ".join(_share(own[key]) for key in ("ap50", "precision", "recall", "f1"))
            yield f"| {own['name']} | {own['boxes']:,} | {values} |"


def _cells(one: Mapping[str, Any]) -> Iterator[str]:
    yield str(one["what"])
    for key in ("pictures", "boxes", "groups"):
        yield f"{one[key]:,}"
    yield "yes" if one["classes_count"] else "no"
    for key in ("ap50", "ap50_95"):
        yield f"{_share(one[key])} ({_share(one[f'{key}_low'])} to {_share(one[f'{key}_high'])})"
    for key in ("precision", "recall", "f1"):
        yield _share(one[key])


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _shapes(card: ModelCard) -> Iterator[str]:
    traits = DetectorTraits.model_validate(card.recipe[TRAITS])
    side = card.input.size_px
    scale = f" at {traits.gsd_cm:g} cm a pixel" if traits.gsd_cm is not None else ""
    yield f"Windows of {side} × {side} pixels, RGB{scale}; neighbours share {traits.overlap_px} pixels."
    yield f"Style of its answers: {traits.style}. Boxes are reported from a score of {traits.score_from:.3f} on."
    yield (
        "Scores are calibrated on the held-out pictures: they say how often a box is right."
        if traits.calibration is not None
        else "Scores rank boxes; they are not calibrated."
    )


def _origins(card: ModelCard) -> Iterator[str]:
    for data in card.data:
        count = f", {data.n_images:,} pictures" if data.n_images else ""
        parts = (f"{data.name}{count}", data.citation, data.licence, data.url)
        yield "- " + ". ".join(part.rstrip(".") for part in parts if part)
    if not card.data:
        yield "Not stated."
