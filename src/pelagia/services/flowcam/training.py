"""Training of a FlowCam classifier: named vignettes in, a measured and calibrated model package out."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.io.findings import finding, gather
from pelagia.learning.card import read_card
from pelagia.learning.train.augmentation import Augmentation
from pelagia.learning.train.base import read_architecture, read_base, restore_norms
from pelagia.learning.train.dataset import list_images, load_examples
from pelagia.learning.train.fold import predict_heldout, run_epoch, run_head
from pelagia.learning.train.loop import Recipe, best_epoch, save_weights
from pelagia.learning.train.network import Architecture, adapt_head
from pelagia.learning.train.split import Fold
from pelagia.learning.train.tracking import local_store, log_figures, start_run
from pelagia.services.flowcam.training_data import IMAGES_PER_CHUNK, Prepared, deal, prepare, unmeasured
from pelagia.services.flowcam.training_package import Trained, package, result_of
from pelagia.services.flowcam.training_service import TrainingParams

BASE_WEIGHTS = "base.pt"
IMAGENET = "imagenet"

History = list[dict[str, float]]


def estimate(request: Request[TrainingParams], /) -> Estimate:
    """List the images, count the classes; cheap."""
    settled = _settle(request)
    listed, issues = list_images(request.inputs["images"])
    classes = {item.class_name for item in listed}
    chunks = -(-len(listed) // IMAGES_PER_CHUNK)
    trainings = request.params.folds + (request.params.folds > 1)
    epochs = 1 if request.params.mode == "head" else request.params.epochs
    return Estimate(
        # list, room, describe, split, export, package, tracking begun and ended; each fold's prediction
        steps=chunks + trainings * epochs + request.params.folds + 8 + (request.params.base != IMAGENET),
        units=len(listed),
        bytes=sum(item.bytes for item in listed),
        understood={
            "images": f"{len(listed):,}",
            "classes": f"{len(classes):,}",
            "network input": f"{settled.params.size_px} px",
            "rounds": f"at most {epochs} for each of {trainings} trainings",
        },
        issues=gather(issues),
    )


def run(request: Request[TrainingParams], steps: Steps, /) -> Result:
    """Prepare the images, train on whole groups, measure on the groups kept back, write the model package."""
    settled = _settle(request)
    prepared = prepare(settled, steps)
    folds = deal(settled, steps, prepared)
    recipe = _recipe(settled, steps, prepared)
    begun = steps.do("track/begin", begin_tracking, steps.workdir, settled.params, recipe)
    histories = _train(settled, steps, folds, recipe, begun)
    trained = Trained(
        recipe=recipe,
        folds=folds,
        histories=histories,
        epochs={name: _shipped_epoch(history) for name, history in histories.items()},
        logits=_heldout_logits(steps, folds, histories),
        tracking=begun,
    )
    packed = package(settled, steps, prepared, trained)
    issues = (
        *prepared.issues,
        *unmeasured(prepared, folds),
        *(Issue(**i) for i in (*begun["issues"], *packed["issues"])),
    )
    return result_of(request, steps, prepared, packed, gather(issues))


def _settle(request: Request[TrainingParams]) -> Request[TrainingParams]:
    """Take over what the base model fixes: input size, stages and context."""
    if request.params.base == IMAGENET:
        return request
    folder = _base(request)
    card = read_card(folder)
    architecture = read_architecture(card, folder)
    fixed = {"size_px": card.input.size_px, "stages": architecture.stages, "context": architecture.context}
    return replace(request, params=request.params.model_copy(update=fixed))


def _base(request: Request[TrainingParams]) -> Path:
    """Return the folder of the model to start from: of the catalogue, or as it was given."""
    named = request.models.get("base")
    return Path(named.path if named is not None else request.params.base)


def _recipe(request: Request[TrainingParams], steps: Steps, prepared: Prepared) -> Recipe:
    params = request.params
    context_hidden = 0 if params.mode == "head" else Architecture(classes=2).context_hidden
    architecture = Architecture(
        classes=len(prepared.classes), context=params.context, stages=params.stages, context_hidden=context_hidden
    )
    if params.base != IMAGENET:
        stored = steps.do("base", base_step, steps.workdir, str(_base(request)), prepared.class_names)
        architecture = replace(architecture, context_hidden=stored["context_hidden"])
    return Recipe(
        architecture=architecture,
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
        base_weights="" if params.base == IMAGENET else str(steps.workdir / BASE_WEIGHTS),
        augmentation=Augmentation(rotate=params.rotate),
    )


def base_step(workdir: Path, base: str, names: tuple[str, ...]) -> dict[str, int]:
    """Read the network of the base model; its norms get the statistics of the images, other classes a new head."""
    network, card = read_base(Path(base))
    examples = load_examples(workdir)
    restore_norms(network, examples.part(np.flatnonzero(examples.labels >= 0)))
    if card.class_names != names:
        torch.manual_seed(0)
        network = adapt_head(network, replace(network.architecture, classes=len(names)))
    save_weights(network, workdir / BASE_WEIGHTS)
    return {"context_hidden": network.architecture.context_hidden}


def _train(
    request: Request[TrainingParams], steps: Steps, folds: dict[str, Fold], recipe: Recipe, begun: dict[str, Any]
) -> dict[str, History]:
    """Train every fold until its validation loss stops falling; then, after several folds, the final one on all."""
    histories: dict[str, History] = {}
    for name in folds:
        if request.params.mode == "head":
            histories[name] = [steps.do(f"{name}/head", run_head, steps.workdir, name, recipe)]
            continue
        epochs = recipe.epochs
        if name == "final":
            epochs = max(1, round(float(np.mean([_shipped_epoch(history) + 1 for history in histories.values()]))))
        histories[name] = _train_fold(request.params, steps, name, replace(recipe, epochs=epochs), begun)
    return histories


def _train_fold(params: TrainingParams, steps: Steps, name: str, recipe: Recipe, begun: dict[str, Any]) -> History:
    history: History = []
    best = -1
    for epoch in range(recipe.epochs):
        figures = steps.do(f"{name}/epoch/{epoch}", epoch_step, (steps.workdir, begun), name, recipe, epoch, best)
        history.append(figures)
        if "val_loss" not in figures:
            continue
        best = best_epoch(history)
        if epoch - best >= params.patience:
            break
    return history


def epoch_step(
    place: tuple[Path, dict[str, Any]], name: str, recipe: Recipe, epoch: int, best: int
) -> dict[str, float]:
    """Train one epoch and write its figures down; a silent tracking server does not stop it."""
    workdir, begun = place
    figures = run_epoch(workdir, name, recipe, epoch, best)
    if begun["run"]:
        try:
            log_figures(begun["uri"], begun["run"], epoch, {f"{name}/{key}": value for key, value in figures.items()})
        except PelagiaError:
            # Told once, at the end, by the step that closes the tracking; the epoch is worth more than its log.
            return figures
    return figures


def _shipped_epoch(history: History) -> int:
    """Return the epoch whose weights are used: the best on validation images, the last where there are none."""
    return best_epoch(history) if "val_loss" in history[-1] and len(history) > 1 else len(history) - 1


def _heldout_logits(steps: Steps, folds: dict[str, Fold], histories: dict[str, History]) -> np.ndarray:
    found = [
        steps.do(f"{name}/heldout", predict_heldout, steps.workdir, name, _shipped_epoch(histories[name]))
        for name, fold in folds.items()
        if len(fold.heldout)
    ]
    return np.concatenate(found)


def begin_tracking(workdir: Path, params: TrainingParams, recipe: Recipe) -> dict[str, Any]:
    """Begin a run in MLflow; where that fails, training goes on without."""
    nothing: dict[str, Any] = {"uri": "", "run": "", "issues": []}
    if not params.tracking:
        return nothing
    uri = params.tracking_uri or local_store(workdir)
    told = {**params.model_dump(mode="json"), "seed": recipe.seed}
    try:
        return {"uri": uri, "run": start_run(uri, f"{params.name}@{params.version}", told), "issues": []}
    except PelagiaError as error:
        return {**nothing, "issues": [asdict(finding(error, severity="warning"))]}
