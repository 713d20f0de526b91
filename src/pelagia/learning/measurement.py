"""Measure a model on labelled images of your own: calibration, error rate and scores for its card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import BadInput, NothingUsable
from pelagia.learning.card_page import render_card
from pelagia.learning.classifier import load_classifier
from pelagia.learning.package import Heldout, ModelPackage, write_package
from pelagia.learning.train.measured import measure_heldout, with_figures


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledImage:
    """An image the model was not trained on.

    Parameters
    ----------
    image
        (row, col, 3) uint8 RGB.
    class_name
        One of the model's classes.
    group
        The source run; images of one run are never taken for independent ones.
    path
        Where it came from.
    """

    image: npt.NDArray[np.uint8]
    class_name: str
    group: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a model is measured.

    Parameters
    ----------
    split
        How the images were held out, in words, for the card.
    target_error
        Error rate among named images that the rule for unknown objects shall keep.
    version
        The version of the measured package; its weights are the same, its answers differ.
    """

    split: str
    target_error: float
    version: str


def measure_package(
    package: ModelPackage,
    images: Iterable[LabelledImage],
    out: Path,
    plan: Plan,
    rng: np.random.Generator,
    context: Mapping[str, npt.ArrayLike] | None = None,
) -> ModelPackage:
    """Write a copy of a model package whose card has a calibration, a rule for unknown objects and scores.

    Parameters
    ----------
    package
        The model.
    images
        Labelled images it was not trained on, as they come from the instrument: a class that is
        rare there is rare here. Read one batch ahead.
    out
        Where the measured package shall stand.
    plan
        How it is measured.
    rng
        For the bootstrap.
    context
        Feature name → (N,) values, for a model that takes any.
    """
    heldout = _run(package, images, context)
    card = package.card
    measured = measure_heldout(
        heldout,
        card.class_names,
        target_error=plan.target_error,
        split=plan.split,
        n_train=card.scores.n_train if card.scores else sum(origin.n_images for origin in card.data),
        rng=rng,
    )
    recipe = card.recipe | {"measured_from": package.card.reference, "measured_images": len(heldout.path)}
    card = with_figures(card, measured, recipe).model_copy(update={"version": plan.version})
    return write_package(out, model=package.model.read_bytes(), card=card, page=render_card(card), heldout=heldout)


def _run(
    package: ModelPackage, images: Iterable[LabelledImage], context: Mapping[str, npt.ArrayLike] | None
) -> Heldout:
    known = set(package.card.class_names)
    truth: list[str] = []
    group: list[str] = []
    path: list[str] = []

    def pixels() -> Iterator[npt.NDArray[np.uint8]]:
        for one in images:
            if one.class_name not in known:
                raise BadInput(
                    f"{package.card.reference} has no class of this name",
                    value=one.class_name,
                    remedy="Label the images with the model's own class names, or leave this one out.",
                    file=one.path,
                )
            truth.append(one.class_name)
            group.append(one.group)
            path.append(one.path)
            yield one.image

    logits = [outputs.logits for outputs in load_classifier(package.path).outputs(pixels(), context)]
    if not logits:
        raise NothingUsable("there is no labelled image to measure the model on", remedy="Label some images first.")
    return Heldout(true_class=truth, group=group, logits=np.concatenate(logits), path=path)
