"""How good a classifier is on images it never saw: confusion, precision, recall, F1, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.special import ndtri

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DRAWS = 1000
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """Per class (C,): precision, recall and F1 (0 to 1, NaN where nothing to divide by) and true images ``n``."""

    precision: Floats
    recall: Floats
    f1: Floats
    n: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure between 0 and 1 with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All figures of a classifier on held-out images; ``confusion`` is (C, C), rows true, columns predicted."""

    confusion: Ints
    classes: ClassFigures
    accuracy: Interval
    macro_f1: Interval


def confusion_matrix(truth: npt.ArrayLike, predicted: npt.ArrayLike, n_classes: int) -> Ints:
    """Count how often each class was taken for each other.

    Parameters
    ----------
    truth
        (N,) true class index, 0 to C−1.
    predicted
        (N,) predicted class index; C means unknown.
    n_classes
        C.

    Returns
    -------
    ndarray
        (C, C+1) int64, rows true, columns predicted; the last column is unknown.
    """
    cell = np.asarray(truth, dtype=np.int64) * (n_classes + 1) + np.asarray(predicted, dtype=np.int64)
    return np.bincount(cell, minlength=n_classes * (n_classes + 1)).reshape(n_classes, n_classes + 1)


def class_figures(confusion: npt.ArrayLike) -> ClassFigures:
    """Return precision, recall and F1 of each class.

    Parameters
    ----------
    confusion
        (C, C) or, with a column of unknowns, (C, C+1); rows true, columns predicted.

    Notes
    -----
    F1 = 2·TP / (true + predicted), 0 where a class with images was never predicted right.
    """
    counts = np.asarray(confusion)
    right, true, predicted = np.diagonal(counts), counts.sum(axis=1), counts.sum(axis=0)[: len(counts)]
    return ClassFigures(
        precision=_ratio(right, predicted),
        recall=_ratio(right, true),
        f1=_ratio(2 * right, true + predicted),
        n=true.astype(np.int64),
    )


def macro_f1(confusion: npt.ArrayLike) -> float:
    """Return the mean F1 of the classes that have held-out images; every class weighs the same."""
    figures = class_figures(confusion)
    return float(np.mean(figures.f1[figures.n > 0]))


def top_k_accuracy(logits: npt.ArrayLike, truth: npt.ArrayLike, k: int) -> float:
    """Return the share of images whose true class is among the ``k`` likeliest.

    Parameters
    ----------
    logits
        (N, C).
    truth
        (N,) class index.
    """
    best = np.argsort(-np.asarray(logits), axis=1, kind="stable")[:, :k]
    return float((best == np.asarray(truth)[:, None]).any(axis=1).mean())


def wilson_interval(successes: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of a proportion.

    Notes
    -----
    Wilson (1927), doi:10.1080/01621459.1927.10502953; (0, 1) where n is 0.
    """
    if n <= 0:
        return 0.0, 1.0
    z = float(ndtri(0.5 + level / 2))
    p = successes / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def evaluate(
    truth: npt.ArrayLike,
    predicted: npt.ArrayLike,
    n_classes: int,
    rng: np.random.Generator,
    groups: Sequence[Any] | npt.ArrayLike | None = None,
) -> Evaluation:
    """Measure a classifier on held-out images.

    Parameters
    ----------
    truth, predicted
        (N,) class index, 0 to C−1 (unknown not applied).
    n_classes
        C.
    rng
        For the bootstrap.
    groups
        (N,) source run of each image. Given two or more, the intervals resample whole runs, since
        images of one run resemble each other; else they resample images, and accuracy has Wilson's.

    Notes
    -----
    Percentile bootstrap, 1,000 draws, 95 %; each interval is widened to contain the figure itself.
    """
    true, guess = np.asarray(truth, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    confusion = confusion_matrix(true, guess, n_classes)[:, :n_classes]
    _, group = (None, None) if groups is None else np.unique(np.asarray(groups), return_inverse=True)
    grouped = group is not None and group.max() > 0
    right, rows, columns = _resampled_margins(true, guess, n_classes, rng, group if grouped else None)
    accuracy = float(np.mean(true == guess))
    if grouped:
        spread = _percentiles(right.sum(axis=1) / rows.sum(axis=1))
    else:
        spread = wilson_interval(float(np.sum(true == guess)), len(true))
    f1 = _ratio(2 * right, rows + columns)[:, confusion.sum(axis=1) > 0]
    value = macro_f1(confusion)
    return Evaluation(
        confusion=confusion,
        classes=class_figures(confusion),
        accuracy=_interval(accuracy, spread),
        macro_f1=_interval(value, _percentiles(np.nanmean(f1, axis=1))),
    )


def _resampled_margins(
    true: Ints, guess: Ints, n_classes: int, rng: np.random.Generator, group: npt.NDArray[np.intp] | None
) -> tuple[Floats, Floats, Floats]:
    """Draw samples with replacement; return their hits, true and predicted counts, each (draws, C)."""
    if group is None:
        cells, number = np.unique(true * n_classes + guess, return_counts=True)
        weights = rng.multinomial(len(true), number / number.sum(), size=DRAWS).astype(np.float64)
        unit, row, column = np.arange(len(cells)), cells // n_classes, cells % n_classes
    else:
        count = int(group.max()) + 1
        weights = rng.multinomial(count, np.full(count, 1 / count), size=DRAWS).astype(np.float64)
        unit, row, column = group, true, guess
    shape = (weights.shape[1], n_classes)
    hit = row == column
    margins = [
        csr_array((np.ones(len(unit[keep])), (unit[keep], index[keep])), shape=shape)
        for keep, index in ((hit, row), (np.ones_like(hit), row), (np.ones_like(hit), column))
    ]
    right, rows, columns = (np.asarray(weights @ margin) for margin in margins)
    return right, rows, columns


def _percentiles(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _interval(value: float, spread: tuple[float, float]) -> Interval:
    return Interval(value=value, low=min(value, spread[0]), high=max(value, spread[1]))


def _ratio(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Floats:
    ratio: Floats = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0)
    return ratio
