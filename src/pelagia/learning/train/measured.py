"""The figures of a model: all from the held-out images and their logits, so that anyone can make them again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pelagia.learning.calibrate import calibrate, softmax
from pelagia.learning.card import Calibration, ClassScore, ModelCard, Score, Scores, UnknownRule
from pelagia.learning.evaluate import Evaluation, evaluate, top_k_accuracy
from pelagia.learning.package import Heldout
from pelagia.learning.unknown import fit_unknown_rule

FEWEST_RUNS = 5  # with fewer, how runs differ from each other cannot be told from them


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the held-out images say of a model.

    Parameters
    ----------
    labels
        (N,) true class index.
    probabilities
        (N, C) calibrated.
    top_5
        Share of images whose true class is among the five likeliest.
    """

    labels: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float64]
    evaluation: Evaluation
    calibration: Calibration
    unknown: UnknownRule
    scores: Scores
    top_5: float


def measure_heldout(
    heldout: Heldout, names: tuple[str, ...], *, target_error: float, split: str, n_train: int, rng: np.random.Generator
) -> Measured:
    """Measure and calibrate a model on held-out images.

    Parameters
    ----------
    heldout
        The images with their logits.
    names
        The classes in the order of the logits.
    target_error
        Error rate among the named images that the unknown rule shall keep.
    split
        How the images were held out, in words.
    n_train
        How many images the measured model was trained on.
    rng
        For the bootstrap.

    Notes
    -----
    Intervals and the bound of the unknown rule count whole runs where there are at least :data:`FEWEST_RUNS`.
    With fewer (resampling two runs gives an interval from the one to the other, far too narrow) they count
    images: they then hold for further images of these runs, and say nothing of others.
    """
    labels = heldout.labels(names)
    logits = np.asarray(heldout.logits, dtype=np.float32)
    fit = calibrate(logits, labels, heldout.group)
    probabilities = softmax(logits, fit.temperature)
    predicted = logits.argmax(axis=1)
    runs = heldout.group if len(set(heldout.group)) >= FEWEST_RUNS else None
    evaluation = evaluate(labels, predicted, len(names), rng, runs)
    rule = fit_unknown_rule(probabilities.max(axis=1), predicted == labels, target_error, runs)
    return Measured(
        labels=labels,
        probabilities=probabilities,
        evaluation=evaluation,
        calibration=Calibration(
            temperature=fit.temperature,
            ece_before=fit.ece_before,
            ece_after=fit.ece_after,
            n=fit.n,
            split="those above",
        ),
        unknown=rule,
        scores=_scores(evaluation, names, split, n_train),
        top_5=top_k_accuracy(logits, labels, min(5, len(names))),
    )


def _scores(found: Evaluation, names: tuple[str, ...], split: str, n_train: int) -> Scores:
    figures = found.classes
    per_class = tuple(
        ClassScore(name=name, precision=_known(p), recall=_known(r), f1=_known(f), n_heldout=int(n))
        for name, p, r, f, n in zip(names, figures.precision, figures.recall, figures.f1, figures.n, strict=True)
    )
    return Scores(
        split=split,
        n_train=n_train,
        n_heldout=int(figures.n.sum()),
        accuracy=Score(value=found.accuracy.value, low=found.accuracy.low, high=found.accuracy.high),
        macro_f1=Score(value=found.macro_f1.value, low=found.macro_f1.low, high=found.macro_f1.high),
        per_class=per_class,
        confusion=tuple(tuple(int(n) for n in row) for row in found.confusion),
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def with_figures(card: ModelCard, measured: Measured, recipe: Mapping[str, object]) -> ModelCard:
    """Return the card with the figures and the recipe."""
    return card.model_copy(
        update={
            "calibration": measured.calibration,
            "unknown": measured.unknown,
            "scores": measured.scores,
            "recipe": dict(recipe),
        }
    )
