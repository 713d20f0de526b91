"""When a model should rather say "unknown": a confidence threshold with a stated error rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtri, stdtrit

from pelagia.core.errors import BadParameter
from pelagia.learning.card import CurvePoint, UnknownRule

Floats = npt.NDArray[np.float64]

LEVEL = 0.95
MIN_ACCEPTED = 30  # fewer accepted images say too little of an error rate to be offered as a choice
THRESHOLDS: Floats = np.round(np.concatenate((np.arange(0.0, 0.9, 0.02), np.arange(0.9, 0.9951, 0.005))), 3).astype(
    np.float64
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCurve:
    """Error among the accepted images at each confidence threshold.

    Parameters
    ----------
    threshold
        (T,) rising; images with a confidence below it are called unknown.
    accepted
        (T,) images accepted.
    error, error_high
        (T,) share of wrong ones among them, and its one-sided upper 95 % bound.
    rejected
        (T,) share of all images called unknown.
    """

    threshold: Floats
    accepted: npt.NDArray[np.int64]
    error: Floats
    error_high: Floats
    rejected: Floats


def error_upper_bound(errors: npt.ArrayLike, n: npt.ArrayLike, level: float = LEVEL) -> Floats:
    """Return the exact one-sided upper bound of an error rate.

    Parameters
    ----------
    errors
        Wrong ones among ``n``; fractions are allowed (effective numbers).
    n
        How many were tried; 0 gives a bound of 1.
    level
        Probability with which the bound holds.

    Notes
    -----
    Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404: the ``level`` quantile of
    Beta(errors + 1, n − errors).
    """
    wrong, tried = np.asarray(errors, dtype=np.float64), np.asarray(n, dtype=np.float64)
    right = np.maximum(tried - wrong, 0.0)
    bound = betaincinv(wrong + 1.0, np.where(right > 0, right, 1.0), level)
    return np.where(right > 0, bound, 1.0)


def design_effect(correct: npt.ArrayLike, groups: Sequence[Any] | npt.ArrayLike) -> float:
    """Return by how much grouping inflates the variance of an error rate, at least 1.

    Parameters
    ----------
    correct
        (N,) bool.
    groups
        (N,) source run of each image.

    Notes
    -----
    Variance of the ratio estimate with runs as clusters, G/(G−1)·Σ_g (e_g − p·n_g)²/N², over the
    binomial p(1−p)/N (Kish 1965, Survey Sampling, section 5.4). 1 where it cannot be told: fewer
    than two runs, or no error at all.
    """
    wrong = 1.0 - np.asarray(correct, dtype=np.float64)
    if not wrong.any():
        return 1.0
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    sizes = np.bincount(group)
    p, count = wrong.mean(), len(sizes)
    if count < 2 or p == 1.0:
        return 1.0
    residual = np.bincount(group, weights=wrong) - p * sizes
    variance = count / (count - 1) * (residual**2).sum() / len(wrong) ** 2
    return float(max(1.0, variance / (p * (1 - p) / len(wrong))))


def risk_curve(
    confidence: npt.ArrayLike,
    correct: npt.ArrayLike,
    groups: Sequence[Any] | npt.ArrayLike | None = None,
) -> RiskCurve:
    """Return the error among accepted images for a grid of thresholds.

    Parameters
    ----------
    confidence
        (N,) calibrated probability of the top class.
    correct
        (N,) bool, whether the top class was the true one.
    groups
        (N,) source run of each image, where known: images of one run err together, so that they
        are worth fewer independent ones.

    Notes
    -----
    With two groups or more, the bound is Korn & Graubard's (1998, Survey Methodology 24:193):
    Clopper–Pearson on n/deff images, and further on (z/t)² of them for the few degrees of freedom
    (runs − 1); deff is that of the images accepted at each threshold.
    """
    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=bool)
    if not len(sure):
        raise BadParameter("no held-out image is given", remedy="Hold back some labelled images of every class.")
    order = np.argsort(-sure, kind="stable")
    accepted = np.searchsorted(-sure[order], -THRESHOLDS, side="right")
    wrong = np.concatenate(([0], np.cumsum(~right[order])))[accepted]
    group = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1][order]
    share = np.array([_effective_share(right[order[:n]], group, n) for n in accepted])
    total = len(sure)
    return RiskCurve(
        threshold=THRESHOLDS.copy(),
        accepted=accepted.astype(np.int64),
        error=wrong / np.maximum(accepted, 1),
        error_high=error_upper_bound(wrong * share, accepted * share),
        rejected=1.0 - accepted / total,
    )


def choose_threshold(rule: UnknownRule, max_error: float | None = None) -> float:
    """Return the threshold of a rule, or the lowest one of its curve that keeps a wanted error rate.

    Parameters
    ----------
    rule
        The rule on the model's card.
    max_error
        The largest error rate wanted among accepted images, 0 to 1; ``None`` takes the rule's own.

    Raises
    ------
    BadParameter
        If the model's held-out images do not show that it can be kept.

    Notes
    -----
    From the strictest threshold that keeps the rate downwards, as long as the upper bound holds: a
    lucky dip of the curve further down is never used.
    """
    if max_error is None:
        return rule.threshold
    point = _lowest(rule.curve, max_error)
    if point is None:
        best = min((p.error_high for p in rule.curve), default=rule.measured_error_high)
        raise BadParameter(
            "the model's held-out images do not show that this error rate can be kept",
            value=max_error,
            remedy=f"The lowest error rate this model can promise is {_round_up(best):.3f}; ask for that or more.",
        )
    return point.threshold


def fit_unknown_rule(
    confidence: npt.ArrayLike,
    correct: npt.ArrayLike,
    target_error: float,
    groups: Sequence[Any] | npt.ArrayLike | None = None,
) -> UnknownRule:
    """Choose the threshold below which images are called unknown.

    Parameters
    ----------
    confidence
        (N,) calibrated probability of the top class of held-out images.
    correct
        (N,) bool, whether the top class was the true one.
    target_error
        The error rate wanted among accepted images; its upper 95 % bound is kept below it.
    groups
        (N,) source run of each image, where known.

    Returns
    -------
    UnknownRule
        If the target cannot be shown to hold, the threshold with the lowest bound; then
        ``measured_error_high > target_error``, which :func:`pelagia.learning.card.keeps_target` tells.
    """
    curve = risk_curve(confidence, correct, groups)
    offered = curve.accepted >= min(MIN_ACCEPTED, int(curve.accepted[0]))
    rows = np.stack((curve.threshold, curve.error, curve.error_high, curve.rejected), axis=1)[offered]
    points = tuple(
        CurvePoint(threshold=float(a), error=float(b), error_high=float(c), rejected=float(d)) for a, b, c, d in rows
    )
    chosen = _lowest(points, target_error) or min(points, key=lambda p: (p.error_high, p.rejected))
    return UnknownRule(
        threshold=chosen.threshold,
        target_error=target_error,
        measured_error=chosen.error,
        measured_error_high=chosen.error_high,
        rejected_fraction=chosen.rejected,
        curve=points,
    )


def _lowest(curve: Sequence[CurvePoint], max_error: float) -> CurvePoint | None:
    chosen = None
    for point in sorted(curve, key=lambda p: -p.threshold):
        if point.error_high <= max_error:
            chosen = point
        elif chosen is not None:
            break
    return chosen


def _effective_share(correct: npt.NDArray[np.bool_], groups: npt.NDArray[Any] | None, n: int) -> float:
    """Return what share of the ``n`` accepted images, the first of ``groups``, counts as independent."""
    if groups is None or len(np.unique(groups)) < 2:
        return 1.0
    count = len(np.unique(groups[:n]))
    if count < 2:
        return 0.0  # one run of several: nothing can be said of the others
    freedom = (ndtri(LEVEL) / stdtrit(count - 1, LEVEL)) ** 2
    return float(freedom / design_effect(correct, groups[:n]))


def _round_up(value: float) -> float:
    return float(np.ceil(value * 1000) / 1000)
