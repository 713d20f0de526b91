"""A logistic curve fitted to few examples: held to what is known beforehand, until the examples say otherwise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS = 50
CLOSE = 1e-8
MOST = 30.0
"""Logits beyond it change nothing."""

Floats = NDArray[np.float64]


def fit(features: Floats, labels: Floats, shares: Floats, *, prior: Floats, ridge: float) -> Floats:
    """Return intercept and slopes.

    Parameters
    ----------
    features
        (N, D).
    labels
        (N,) 1 or 0.
    shares
        (N,) how much each example counts.
    prior
        (D + 1,) what they are taken to be without an example.
    ridge
        How strongly they are held to it: so many examples, as it were, on each slope; a tenth on the intercept.

    Notes
    -----
    Iteratively reweighted least squares (Newton) on the log-likelihood less ridge / 2 · (w - prior)²; a step that makes
    it worse is halved. The function is concave, so that the result does not depend on where it begins.
    """
    design = np.column_stack([np.ones(len(features)), features])
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = ridge / 10
    weights = prior.astype(np.float64)
    reached = _objective(design, labels, shares, weights, prior, penalty)
    for _ in range(ROUNDS):
        likely = probability(design @ weights)
        slope = design.T @ (shares * (labels - likely)) - penalty * (weights - prior)
        curvature = (design.T * (shares * likely * (1 - likely))) @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        better = _objective(design, labels, shares, weights + step, prior, penalty)
        while better < reached and np.abs(step).max() > CLOSE:
            step = step / 2
            better = _objective(design, labels, shares, weights + step, prior, penalty)
        weights, reached = weights + step, better
        if np.abs(step).max() < CLOSE:
            break
    return np.asarray(weights, np.float64)


def probability(logits: Floats) -> Floats:
    """Return 1 / (1 + exp(-x))."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -MOST, MOST))), np.float64)


def _objective(
    design: Floats, labels: Floats, shares: Floats, weights: Floats, prior: Floats, penalty: Floats
) -> float:
    logits = design @ weights
    likelihood = shares @ (labels * logits - np.logaddexp(0, logits))
    return float(likelihood - penalty @ (weights - prior) ** 2 / 2)
