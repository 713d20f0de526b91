"""Make a model's probabilities mean what they say: temperature scaling and its proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from pelagia.core.errors import BadParameter

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BINS = 15
FOLDS = 5
LOG_TEMPERATURE_BOUNDS = (-3.0, 3.0)  # temperatures from 0.05 to 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """A reliability diagram: per confidence bin, how sure the model was and how often it was right.

    Parameters
    ----------
    low, high
        (B,) bounds of the bins, 0 to 1; a bin holds ``low < confidence ≤ high``.
    n
        (B,) images in the bin.
    confidence, accuracy
        (B,) their mean confidence and the share that was right; NaN for an empty bin.
    """

    low: Floats
    high: Floats
    n: Ints
    confidence: Floats
    accuracy: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted temperature, with the expected calibration error before and after (0 to 1) on ``n`` images."""

    temperature: float
    ece_before: float
    ece_after: float
    n: int


def softmax(logits: npt.ArrayLike, temperature: float = 1.0) -> Floats:
    """Turn logits into probabilities.

    Parameters
    ----------
    logits
        (N, C), any float type.
    temperature
        Above 1 makes the model less sure, below 1 surer; the order of the classes stays.

    Returns
    -------
    ndarray
        (N, C) float64, rows sum to 1.
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: Floats = scaled / scaled.sum(axis=1, keepdims=True)
    return probabilities


def negative_log_likelihood(logits: npt.ArrayLike, labels: npt.ArrayLike, temperature: float = 1.0) -> float:
    """Return the mean of −ln p(true class), in nats.

    Parameters
    ----------
    logits
        (N, C).
    labels
        (N,) class index.
    temperature
        Of the softmax.
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    truth = np.take_along_axis(scaled, np.asarray(labels, dtype=np.int64)[:, None], axis=1)[:, 0]
    return float(np.mean(logsumexp(scaled, axis=1) - truth))


def fit_temperature(logits: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Return the temperature that makes held-out labels most likely.

    Parameters
    ----------
    logits
        (N, C) of images the model was not trained on.
    labels
        (N,) class index.

    Notes
    -----
    One parameter, minimising the negative log-likelihood; it is unimodal in ln T. The result lies
    between 0.05 and 20.

    References
    ----------
    Guo et al. (2017), On calibration of modern neural networks, arXiv:1706.04599.
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 -- slow to import, and only training needs it

    values, truth = _checked(logits, labels)
    found = minimize_scalar(
        lambda log_t: negative_log_likelihood(values, truth, float(np.exp(log_t))),
        bounds=LOG_TEMPERATURE_BOUNDS,
        method="bounded",
        options={"xatol": 1e-5},
    )
    return float(np.exp(found.x))


def reliability(confidence: npt.ArrayLike, correct: npt.ArrayLike, bins: int = BINS) -> Reliability:
    """Sort images into equal bins of confidence and compare it with how often they were right.

    Parameters
    ----------
    confidence
        (N,) probability of the top class, 0 to 1.
    correct
        (N,) bool, whether the top class was the true one.
    bins
        How many bins of equal width.
    """
    sure = np.asarray(confidence, dtype=np.float64)
    edges = np.linspace(0.0, 1.0, bins + 1)
    index = np.clip(np.ceil(sure * bins).astype(np.int64) - 1, 0, bins - 1)
    n = np.bincount(index, minlength=bins)
    empty = np.where(n == 0, np.nan, n)
    return Reliability(
        low=edges[:-1],
        high=edges[1:],
        n=n,
        confidence=np.bincount(index, weights=sure, minlength=bins) / empty,
        accuracy=np.bincount(index, weights=np.asarray(correct, dtype=np.float64), minlength=bins) / empty,
    )


def expected_calibration_error(confidence: npt.ArrayLike, correct: npt.ArrayLike, bins: int = BINS) -> float:
    """Return how far confidence and accuracy lie apart, 0 to 1.

    Notes
    -----
    ECE = Σ_b n_b/N · |accuracy_b − confidence_b| over bins of equal width (Naeini et al. 2015,
    doi:10.1609/aaai.v29i1.9602). It has a positive bias of order √(B/N), so that even a perfectly
    calibrated model has an ECE above 0 on few images.
    """
    diagram = reliability(confidence, correct, bins)
    gap = np.nan_to_num(np.abs(diagram.accuracy - diagram.confidence))
    return float((gap * diagram.n).sum() / max(1, diagram.n.sum()))


def calibrate(logits: npt.ArrayLike, labels: npt.ArrayLike, groups: Sequence[Any] | npt.ArrayLike | None = None) -> Fit:
    """Fit the temperature on all held-out images and measure the calibration error honestly.

    Parameters
    ----------
    logits
        (N, C) of images the model was not trained on.
    labels
        (N,) class index.
    groups
        (N,) source run of each image; images of one run stay together.

    Returns
    -------
    Fit
        ``temperature`` is fitted on all N images. ``ece_after`` is cross-fitted: each fold is
        judged with the temperature of the other folds, so no image judges its own fit.
    """
    values, truth = _checked(logits, labels)
    fold = _folds(len(truth) if groups is None else np.asarray(groups), FOLDS)
    after = softmax(values)
    for k in np.unique(fold):
        held, rest = fold == k, fold != k
        if rest.any():
            after[held] = softmax(values[held], fit_temperature(values[rest], truth[rest]))
    return Fit(
        temperature=fit_temperature(values, truth),
        ece_before=_top_error(softmax(values), truth),
        ece_after=_top_error(after, truth),
        n=len(truth),
    )


def _top_error(probabilities: Floats, labels: Ints) -> float:
    return expected_calibration_error(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


def _folds(groups: int | npt.NDArray[Any], count: int) -> Ints:
    if isinstance(groups, int):
        return np.arange(groups) % count
    _, group = np.unique(groups, return_inverse=True)
    return np.asarray(group, dtype=np.int64) % count


def _checked(logits: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[Floats, Ints]:
    values, truth = np.asarray(logits, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    if values.ndim != 2 or len(values) != len(truth) or not len(truth):
        raise BadParameter(
            "calibration needs one row of logits and one label for each of at least one image",
            value=f"logits {values.shape}, labels {truth.shape}",
            remedy="Hold back some labelled images of every class.",
        )
    return values, truth
