"""Training of a FlowCam classifier: named vignettes in, a measured and calibrated model package out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Issue
from pelagia.core.service import Request, Steps
from pelagia.io.findings import gather
from pelagia.learning.card import CardClass
from pelagia.learning.train.augmentation import Augmentation
from pelagia.learning.train.dataset import (
    Listed,
    choose_classes,
    context_of,
    create_store,
    group_images,
    group_lookalikes,
    list_images,
    save_examples,
    store_images,
)
from pelagia.learning.train.fold import run_epoch, save_folds
from pelagia.learning.train.loop import Recipe, best_epoch
from pelagia.learning.train.network import Architecture
from pelagia.learning.train.split import Fold, deal_folds
from pelagia.learning.train.tables import describe_classes, read_class_table, read_metadata
from pelagia.services.flowcam.training_service import TrainingParams

IMAGES_PER_CHUNK = 500

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The images as they are trained on: classes, and of each row of the store label (−1 unused) and group."""

    listed: list[Listed]
    classes: tuple[CardClass, ...]
    labels: Ints
    groups: list[str]
    issues: tuple[Issue, ...]


def prepare(request: Request[TrainingParams], steps: Steps) -> Prepared:
    """List, decode and letterbox the images; name, group and describe them."""
    found = steps.do("list", list_step, list(request.inputs["images"]))
    listed = _listed(found["images"])
    if not listed:
        raise NothingUsable(
            "no image in a class folder was found",
            value=", ".join(request.inputs["images"]),
            remedy="Put the images into one sub-folder per class.",
        )
    steps.do("room", room_step, str(steps.workdir), len(listed), request.params.size_px)
    chunks = list(steps.map("read", read_step, _chunks(steps.workdir, listed), units=lambda value: value["read"]))
    shapes = np.concatenate([chunk["shapes"] for chunk in chunks])
    tables = {slot: request.inputs.get(slot, ()) for slot in ("classes", "metadata")}
    described = steps.do("describe", describe_step, steps.workdir, listed, shapes, request.params, tables)
    issues = [*found["issues"], *(issue for chunk in chunks for issue in chunk["issues"]), *described["issues"]]
    return Prepared(
        listed=listed,
        classes=tuple(CardClass(**c) for c in described["classes"]),
        labels=described["labels"],
        groups=described["groups"],
        issues=gather(Issue(**issue) for issue in issues),
    )


def list_step(uris: list[str]) -> dict[str, Any]:
    """List the images of all sources."""
    listed, issues = list_images(uris)
    columns = {name: [getattr(item, name) for item in listed] for name in ("uri", "name", "class_name", "bytes")}
    return {"images": pa.table(columns), "issues": [asdict(issue) for issue in issues]}


def _listed(table: pa.Table) -> list[Listed]:
    return [Listed(**row) for row in table.to_pylist()]


def _chunks(workdir: Path, listed: Sequence[Listed]) -> list[dict[str, Any]]:
    return [
        {
            "workdir": str(workdir),
            "first": first,
            "images": [asdict(i) for i in listed[first : first + IMAGES_PER_CHUNK]],
        }
        for first in range(0, len(listed), IMAGES_PER_CHUNK)
    ]


def room_step(workdir: str, count: int, size_px: int) -> None:
    """Make room for the letterboxed images."""
    create_store(Path(workdir), count, size_px)


def read_step(item: dict[str, Any]) -> dict[str, Any]:
    """Decode and letterbox one chunk of images into the store."""
    shapes, issues = store_images(Path(item["workdir"]), item["first"], [Listed(**image) for image in item["images"]])
    return {"shapes": shapes, "issues": [asdict(issue) for issue in issues], "read": int((shapes[:, 0] > 0).sum())}


def describe_step(
    workdir: Path, listed: list[Listed], shapes: Ints, params: TrainingParams, tables: dict[str, tuple[str, ...]]
) -> dict[str, Any]:
    """Choose the classes, group the images, tell their context."""
    table = read_class_table(tables["classes"][0]) if tables["classes"] else ()
    metadata = read_metadata(tables["metadata"][0]) if tables["metadata"] else {}
    names, labels, small = choose_classes(listed, shapes, params.least_per_class, [c.name for c in table])
    if len(names) < 2:
        raise NothingUsable(
            "a classifier needs at least two classes with enough images",
            value=", ".join(names) or "none",
            remedy=f"Give two sub-folders with {params.least_per_class} readable images each.",
        )
    classes, nameless = describe_classes(names, table)
    if params.group_from == "lookalike":
        groups, ungrouped = group_lookalikes(workdir, labels >= 0, shapes), []
    else:
        groups, ungrouped = group_images(listed, params.group_from, params.group_pattern, metadata)
    save_examples(workdir, labels, context_of(listed, shapes, params.context, params.pixel_size_um, metadata))
    return {
        "classes": [c.model_dump() for c in classes],
        "labels": labels,
        "groups": groups,
        "issues": [asdict(issue) for issue in (*small, *nameless, *ungrouped)],
    }


def deal(request: Request[TrainingParams], steps: Steps, prepared: Prepared) -> dict[str, Fold]:
    """Say which images are trained on, which decide when to stop, which are kept back; whole groups only."""
    params = request.params
    folds = deal_folds(
        prepared.labels,
        prepared.groups,
        folds=params.folds,
        heldout=params.heldout_fraction,
        validation=params.validation_fraction,
        rng=request.rng("split"),
    )
    steps.do("split", split_step, steps.workdir, folds)
    return folds


def split_step(workdir: Path, folds: dict[str, Fold]) -> None:
    """Write the folds."""
    save_folds(workdir, folds)


def train(request: Request[TrainingParams], steps: Steps, folds: dict[str, Fold], recipe: Recipe) -> dict[str, Any]:
    """Train every fold until its validation loss stops falling; then, after several folds, the final one on all."""
    histories: dict[str, list[dict[str, float]]] = {}
    for name in folds:
        epochs = recipe.epochs
        if name == "final":
            ends = [best_epoch(history) + 1 for history in histories.values()]
            epochs = max(1, round(float(np.mean(ends))))
        histories[name] = _train_fold(request.params, steps, name, replace(recipe, epochs=epochs))
    return histories


def _train_fold(params: TrainingParams, steps: Steps, name: str, recipe: Recipe) -> list[dict[str, float]]:
    history: list[dict[str, float]] = []
    best = -1
    for epoch in range(recipe.epochs):
        history.append(steps.do(f"{name}/epoch/{epoch}", run_epoch, steps.workdir, name, recipe, epoch, best))
        if "val_loss" not in history[-1]:
            continue
        best = best_epoch(history)
        if epoch - best >= params.patience:
            break
    return history


def recipe_of(request: Request[TrainingParams], classes: int) -> Recipe:
    """Return how the networks are trained."""
    params = request.params
    return Recipe(
        architecture=Architecture(classes=classes, context=params.context, stages=params.stages),
        pretrained=params.mode != "scratch",
        epochs=params.epochs,
        batch=params.batch,
        learning_rate=params.learning_rate,
        weight_decay=params.weight_decay,
        label_smoothing=params.label_smoothing,
        balance=params.balance,
        mixup=params.mixup,
        freeze_epochs=params.freeze_epochs,
        precision=params.precision,
        threads=params.threads,
        seed=request.seed % 2**31,
        augmentation=Augmentation(rotate=params.rotate),
    )
