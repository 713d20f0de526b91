"""One training as a chain of steps that can be cut anywhere: each epoch leaves its checkpoint and its figures."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

from pelagia.learning.train.dataset import Examples, load_examples
from pelagia.learning.train.head import choose_head, with_head
from pelagia.learning.train.loop import (
    Recipe,
    load_state,
    load_weights,
    measure,
    predict,
    save_state,
    save_weights,
    start,
    train_epoch,
)
from pelagia.learning.train.network import Network
from pelagia.learning.train.split import Fold


def save_folds(folder: Path, folds: Mapping[str, Fold]) -> None:
    """Write the folds, so that each epoch reads the same."""
    arrays = {f"{n}/{part}": getattr(f, part) for n, f in folds.items() for part in ("train", "validation", "heldout")}
    partial = folder / ".folds.partial.npz"
    np.savez(partial, **arrays)
    partial.replace(folder / "folds.npz")


def load_fold(folder: Path, name: str) -> Fold:
    """Read one fold."""
    with np.load(folder / "folds.npz") as stored:
        train, validation, heldout = (stored[f"{name}/{part}"] for part in ("train", "validation", "heldout"))
    return Fold(name=name, train=train, validation=validation, heldout=heldout)


def use_threads(threads: int) -> None:
    """Let the network use so many processor threads; 0 for all this process may run on."""
    torch.set_num_threads(threads or len(os.sched_getaffinity(0)))
    cv2.setNumThreads(1)


def run_epoch(folder: Path, name: str, recipe: Recipe, epoch: int, best: int) -> dict[str, float]:
    """Train one epoch of a fold from the checkpoint of the one before, measure it, leave its own.

    Parameters
    ----------
    folder
        Where store, examples and folds stand.
    name
        Of the fold.
    recipe
        How to train.
    epoch
        From 0.
    best
        The best epoch so far (−1: none); its weights are kept, those of other epochs removed.

    Returns
    -------
    dict
        ``train_loss``, ``learning_rate`` and, where there are validation images, ``val_loss`` (nats),
        ``val_accuracy``, ``val_macro_f1``.
    """
    use_threads(recipe.threads)
    fold, examples = load_fold(folder, name), load_examples(folder)
    place = folder / name
    place.mkdir(exist_ok=True)
    chosen = examples.part(fold.train)
    state = load_state(recipe, place / f"state-{epoch - 1}.pt") if epoch else start(recipe, chosen)
    found = train_epoch(recipe, state, chosen, epoch)
    if len(fold.validation):
        found |= _validate(state.averaged, examples.part(fold.validation))
    save_weights(state.averaged, place / f"weights-{epoch}.pt")
    save_state(state, place / f"state-{epoch}.pt")
    # The checkpoint before stays: a crash before this step is recorded runs this epoch again from it.
    _remove_but(place, "state", {epoch, epoch - 1})
    _remove_but(place, "weights", {epoch, epoch - 1, best})
    return found


def run_head(folder: Path, name: str, recipe: Recipe) -> dict[str, float]:
    """Fit the linear head of a fold on frozen features; its weights stand as those of epoch 0.

    Returns
    -------
    dict
        ``penalty`` and, where there are validation images, their figures under the head that did not see them.
    """
    use_threads(recipe.threads)
    fold, examples = load_fold(folder, name), load_examples(folder)
    place = folder / name
    place.mkdir(exist_ok=True)
    rows = np.concatenate((fold.train, fold.validation))
    chosen = examples.part(rows)
    network = start(recipe, chosen).averaged.cpu()
    _, features = predict(network, chosen)
    stops = np.arange(len(rows)) >= len(fold.train)
    head, figures = choose_head(features, chosen.labels, stops, recipe.architecture.classes, recipe.balance)
    save_weights(with_head(network, head), place / "weights-0.pt")
    return {"penalty": head.penalty, **{f"val_{key}": value for key, value in figures.items()}}


def _validate(network: Network, examples: Examples) -> dict[str, float]:
    logits, _ = predict(network, examples)
    return {f"val_{key}": value for key, value in measure(logits, examples.labels).items()}


def _remove_but(place: Path, stem: str, kept: set[int]) -> None:
    for path in place.glob(f"{stem}-*.pt"):
        if int(path.stem.removeprefix(f"{stem}-")) not in kept:
            path.unlink()


def fold_network(folder: Path, name: str, epoch: int) -> Network:
    """Return the averaged network of an epoch of a fold, ready for prediction."""
    return load_weights(folder / name / f"weights-{epoch}.pt")


def predict_heldout(folder: Path, name: str, epoch: int) -> npt.NDArray[np.float32]:
    """Return the logits (n, C) float32 of the fold's held-out images, by the weights of an epoch."""
    examples = load_examples(folder).part(load_fold(folder, name).heldout)
    logits, _ = predict(fold_network(folder, name, epoch), examples)
    return logits
