"""A linear head on frozen features: multinomial logistic regression, enough for twenty images a class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize

from pelagia.learning.train.loop import measure
from pelagia.learning.train.network import Network

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A linear classifier of features: logits = features · weightᵀ + bias.

    Parameters
    ----------
    weight, bias
        (C, D) and (C,), for features as they are.
    penalty
        The one it was fitted with.
    """

    weight: Floats
    bias: Floats
    penalty: float

    def logits(self, features: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return (N, C) float32."""
        return (np.asarray(features, dtype=np.float64) @ self.weight.T + self.bias).astype(np.float32)


def fit_head(features: npt.ArrayLike, labels: Ints, classes: int, *, penalty: float, balance: float) -> Head:
    """Fit a head.

    Parameters
    ----------
    features
        (N, D).
    labels
        (N,) class index.
    classes
        C.
    penalty
        Weight of the squared norm of the standardised weights.
    balance
        0: every image counts the same; 1: every class.

    Notes
    -----
    Minimises Σᵢ wᵢ·(−ln pᵢ)/Σᵢ wᵢ + penalty/2·‖W‖² on features standardised by their mean and
    deviation (L-BFGS), wᵢ = (images of the class)^(−balance). The problem is convex.
    """
    x = np.asarray(features, dtype=np.float64)
    middle, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 1e-6, spread, 1.0)
    z = (x - middle) / spread
    counts = np.maximum(np.bincount(labels, minlength=classes), 1)
    share = counts[labels] ** -float(balance)
    share = share / share.sum()
    truth = np.eye(classes)[labels]

    def cost(flat: Floats) -> tuple[float, Floats]:
        weight, bias = _unpack(flat, classes)
        scores = z @ weight.T + bias
        scores -= scores.max(axis=1, keepdims=True)
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        error = (np.exp(log_p) - truth) * share[:, None]
        value = -float((share[:, None] * truth * log_p).sum()) + 0.5 * penalty * float((weight**2).sum())
        return value, np.concatenate(((error.T @ z + penalty * weight).ravel(), error.sum(axis=0)))

    found = minimize(cost, np.zeros(classes * (z.shape[1] + 1)), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    weight, bias = _unpack(found.x, classes)
    plain = weight / spread
    return Head(weight=plain, bias=bias - plain @ middle, penalty=penalty)


def _unpack(flat: Floats, classes: int) -> tuple[Floats, Floats]:
    return flat[:-classes].reshape(classes, -1), flat[-classes:]


def choose_head(
    features: npt.NDArray[np.float32], labels: Ints, stops: npt.NDArray[np.bool_], classes: int, balance: float
) -> tuple[Head, dict[str, float]]:
    """Fit a head with the penalty that does best on validation images, then on all images given.

    Parameters
    ----------
    features, labels
        Of training and validation images.
    stops
        (N,) bool: the validation images; with none, the middle penalty is taken.
    classes
        C.
    balance
        As for :func:`fit_head`.

    Returns
    -------
    Head
        Fitted on all images given.
    dict
        Figures of the chosen penalty on the validation images, by a head that did not see them.
    """
    if not stops.any():
        return fit_head(features, labels, classes, penalty=PENALTIES[2], balance=balance), {}
    tried = []
    for penalty in PENALTIES:
        head = fit_head(features[~stops], labels[~stops], classes, penalty=penalty, balance=balance)
        tried.append(measure(head.logits(features[stops]), labels[stops]))
    best = int(np.argmin([figures["loss"] for figures in tried]))
    return fit_head(features, labels, classes, penalty=PENALTIES[best], balance=balance), tried[best]


def with_head(network: Network, head: Head) -> Network:
    """Put a head on a network, in place; return it."""
    with torch.no_grad():
        network.head.weight.copy_(torch.from_numpy(head.weight))
        network.head.bias.copy_(torch.from_numpy(head.bias))
    return network
