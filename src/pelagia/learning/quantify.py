"""From predicted counts to true ones: undo a classifier's confusions, and say how sure the counts are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincinv

from pelagia.core.errors import BadParameter
from pelagia.core.result import Issue
from pelagia.learning.calibrate import softmax
from pelagia.learning.evaluate import confusion_matrix
from pelagia.learning.package import ModelPackage, read_heldout
from pelagia.learning.unknown import choose_threshold, design_effect

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

LEVEL = 0.95
DRAWS = 1000
DRAWS_AT_ONCE = 100  # bounds the memory of a model of many classes: 100·C² numbers
ITERATIONS = 200
PRIOR_IMAGES = 2.0  # how many held-out images the average class is worth as prior of each class
MAX_CONDITION = 50.0  # beyond it, an error of 1 % in the confusions moves a count by half of itself


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedCounts:
    """Counts per class after the classifier's confusions are undone.

    Parameters
    ----------
    estimate
        (C,) counts, not negative; their sum is the number observed, unknown ones included.
    low, high
        (C,) 95 % interval: counting error and classifier error.
    condition
        Condition number of the confusions among the observed classes: 1 is perfect, large means
        that some of them cannot be told apart.
    """

    estimate: Floats
    low: Floats
    high: Floats
    condition: float


def poisson_interval(counted: npt.ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return the exact interval of the expected count, given what was counted.

    Parameters
    ----------
    counted
        Counts, any shape.
    level
        Probability with which the interval holds, at least.

    Notes
    -----
    Garwood (1936), doi:10.1093/biomet/28.3-4.437: χ²(α/2; 2n)/2 to χ²(1−α/2; 2n+2)/2; (0, 3.69)
    for n = 0 at 95 %.
    """
    n, tail = np.asarray(counted, dtype=np.float64), (1 - level) / 2
    low = np.where(n > 0, chi2_quantile(tail, 2 * np.maximum(n, 1)) / 2, 0.0)
    return low, chi2_quantile(1 - tail, 2 * n + 2) / 2


def chi2_quantile(probability: float, freedom: npt.ArrayLike) -> Floats:
    """Return the values that a χ² variable of these degrees of freedom stays below with this probability.

    As of ``scipy.stats``, whose import takes longer than a small run.
    """
    values: Floats = 2 * gammaincinv(np.asarray(freedom, dtype=np.float64) / 2, probability)
    return values


def heldout_confusion(package: ModelPackage, max_error: float | None = None) -> Floats | None:
    """Return what a model's held-out images say of the fate of each class.

    Parameters
    ----------
    package
        The model package.
    max_error
        The largest error rate wanted among the named ones, as given to the classifier; ``None``
        takes the card's.

    Returns
    -------
    ndarray or None
        (C, C+1) images, rows true, columns predicted, the last one unknown; divided by the design
        effect of the source runs, since images of one run err together. ``None`` if the package
        carries no held-out images.
    """
    heldout = read_heldout(package)
    if heldout is None:
        return None
    card = package.card
    threshold = choose_threshold(card.unknown, max_error) if card.unknown else 0.0
    truth = heldout.labels(card.class_names)
    probabilities = softmax(heldout.logits, card.calibration.temperature if card.calibration else 1.0)
    guess = probabilities.argmax(axis=1)
    predicted = np.where(probabilities.max(axis=1) < threshold, len(card.classes), guess)
    confusion = confusion_matrix(truth, predicted, len(card.classes))
    return confusion / design_effect(guess == truth, heldout.group)


def adjust_counts(
    observed: npt.ArrayLike, confusion: npt.ArrayLike, rng: np.random.Generator, draws: int = DRAWS
) -> AdjustedCounts:
    """Estimate how many of each class there were, from how many were predicted.

    Parameters
    ----------
    observed
        (C+1,) predicted counts, the last one unknown.
    confusion
        (C, C+1) held-out images, rows true, columns predicted.
    rng
        For the interval.
    draws
        How many times the interval's experiment is repeated.

    Notes
    -----
    The observed counts o are a mixture o = nᵀP of the confusion rows P; n is the maximum-likelihood
    solution by expectation maximisation, nᵢ ← nᵢ Σⱼ Pᵢⱼ oⱼ/(nᵀP)ⱼ (Shepp & Vardi 1982,
    doi:10.1109/TMI.1982.4307558), which keeps n ≥ 0 and Σn = Σo. Each row of P is the class's own
    held-out images plus ``PRIOR_IMAGES`` images that fare like those of the average class.

    Interval: P is drawn from a Dirichlet of these numbers plus 1/(C+1) each (what was never seen may
    happen), o from Gamma(o) for the lower and Gamma(o + 1) for the upper end, so that a perfect
    classifier gives Garwood's exact Poisson interval.
    """
    seen, matrix = _checked(observed, confusion)
    fates = matrix + PRIOR_IMAGES * average_fate(matrix)
    mean = fates / fates.sum(axis=1, keepdims=True)
    estimate = unmix(seen[None], mean[None])[0]
    blocks = [min(DRAWS_AT_ONCE, draws - k) for k in range(0, draws, DRAWS_AT_ONCE)]
    with ThreadPoolExecutor() as threads:  # a stream of its own a block: the same numbers on any machine
        ends = list(threads.map(_draw, repeat(seen), repeat(fates), rng.spawn(len(blocks)), blocks))
    tail = (1 - LEVEL) / 2
    low = np.quantile(np.concatenate([end[0] for end in ends]), tail, axis=0)
    high = np.quantile(np.concatenate([end[1] for end in ends]), 1 - tail, axis=0)
    return AdjustedCounts(
        estimate=estimate,
        low=np.minimum(low, estimate),
        high=np.maximum(high, estimate),
        condition=_condition(mean[seen[:-1] > 0]),
    )


def average_fate(confusion: npt.ArrayLike) -> Floats:
    """Return how an image of each class would fare if the class were like the average one.

    Parameters
    ----------
    confusion
        (C, C+1) held-out images, rows true, columns predicted, the last one unknown.

    Returns
    -------
    ndarray
        (C, C+1), rows sum to 1: the pooled share of right ones on the diagonal, the pooled share
        of unknown ones, and the rest spread as the wrong names were given.
    """
    matrix = np.asarray(confusion, dtype=np.float64)
    classes, total = len(matrix), max(matrix.sum(), 1e-300)
    right, unknown = np.trace(matrix) / total, matrix[:, -1].sum() / total
    wrong = matrix[:, :-1].sum(axis=0) - np.diagonal(matrix)
    share = np.tile(wrong, (classes, 1))
    np.fill_diagonal(share, 0.0)
    sums = share.sum(axis=1, keepdims=True)
    even = (1.0 - np.eye(classes)) / max(classes - 1, 1)
    share = np.where(sums > 0, share / np.where(sums > 0, sums, 1.0), even)
    fate = np.concatenate([share * max(0.0, 1 - right - unknown), np.full((classes, 1), unknown)], axis=1)
    fate[np.arange(classes), np.arange(classes)] = right
    fate_sum: Floats = fate / fate.sum(axis=1, keepdims=True)
    return fate_sum


def unmix(observed: npt.ArrayLike, fates: npt.ArrayLike, iterations: int = ITERATIONS) -> Floats:
    """Solve o = nᵀP for n ≥ 0 with Σn = Σo, the likeliest n; many problems at once.

    Parameters
    ----------
    observed
        (B, C+1) counts.
    fates
        (B, C, C+1) probabilities, rows sum to 1.

    Returns
    -------
    ndarray
        (B, C).
    """
    seen, p = np.asarray(observed), np.asarray(fates)
    n = np.repeat(seen.sum(axis=1, keepdims=True) / p.shape[1], p.shape[1], axis=1)
    for _ in range(iterations):
        expected = np.matmul(n[:, None, :], p)[:, 0]
        ratio = np.divide(seen, expected, out=np.zeros_like(expected), where=expected > 0)
        n = n * np.matmul(p, ratio[:, :, None])[:, :, 0]
    sums = n.sum(axis=1, keepdims=True)
    scaled: Floats = n * np.divide(seen.sum(axis=1, keepdims=True), sums, out=np.zeros_like(sums), where=sums > 0)
    return scaled


def check_adjustment(adjusted: AdjustedCounts, file: str) -> Issue | None:
    """Return a finding if the model confuses the observed classes too much for adjusted counts.

    Parameters
    ----------
    adjusted
        The counts.
    file
        The sample they belong to.
    """
    if adjusted.condition <= MAX_CONDITION:
        return None
    return Issue(
        file=file,
        code="adjusted-counts-unstable",
        message="the model confuses some of the classes in this sample so much that their adjusted counts are "
        f"nearly arbitrary (condition number {adjusted.condition:.0f})",
        value=f"{adjusted.condition:.1f}",
        remedy="Use the unadjusted counts of these classes, merge them, or validate them by eye.",
    )


def _draw(seen: Floats, fates: Floats, rng: np.random.Generator, draws: int) -> tuple[Singles, Singles]:
    classes, columns = fates.shape
    shape = (fates + 1.0 / columns).astype(np.float32)
    p = rng.standard_gamma(shape, size=(draws, classes, columns), dtype=np.float32)
    p /= np.maximum(p.sum(axis=2, keepdims=True), np.finfo(np.float32).tiny)
    few = np.where(seen > 0, rng.standard_gamma(np.maximum(seen, 1e-9), size=(draws, columns)), 0.0)
    many = few + rng.standard_exponential((draws, columns))
    return unmix(few.astype(np.float32), p).astype(np.float32), unmix(many.astype(np.float32), p).astype(np.float32)


def _condition(rows: Floats) -> float:
    if not len(rows):
        return 1.0
    values = np.linalg.svd(rows, compute_uv=False)
    return float(values[0] / values[-1]) if values[-1] > 0 else float("inf")


def _checked(observed: npt.ArrayLike, confusion: npt.ArrayLike) -> tuple[Floats, Floats]:
    seen, matrix = np.asarray(observed, dtype=np.float64), np.asarray(confusion, dtype=np.float64)
    if matrix.ndim != 2 or seen.shape != (matrix.shape[1],) or matrix.shape[1] != len(matrix) + 1:
        raise BadParameter(
            "observed counts and confusion matrix do not fit each other",
            value=f"observed {seen.shape}, confusion {matrix.shape}",
            remedy="Give C+1 counts and a C × (C+1) matrix, unknown last.",
        )
    if not matrix.sum() or (seen < 0).any() or (matrix < 0).any():
        raise BadParameter(
            "counts cannot be adjusted without held-out images, nor from negative counts",
            value=f"{matrix.sum():g} held-out images",
            remedy="Use a model whose package carries its held-out images.",
        )
    return seen, matrix
