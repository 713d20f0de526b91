"""Tell objects of several organisms from single ones, so that only those are looked at to be separated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.imaging.alone import draw_alone
from pelagia.imaging.region import Region
from pelagia.learning.card import CARD_FILE
from pelagia.learning.classifier import load_classifier

MULTIPLE = "multiple"
TRAINED_SHARE = 0.5  # of the images the model was trained and calibrated on
# What quality control of ZooScan projects calls usual: below 20 % of all, below 15 % of a group.
EXPECTED_SHARE = 0.1
LEAST_PROBABILITY = 0.5  # from which an object is looked at as several

Floats = NDArray[np.float32]


def multiple_probabilities(
    regions: Iterable[Region],
    model: str | Path,
    *,
    expected_share: float = EXPECTED_SHARE,
    threads: int | None = None,
) -> Floats:
    """Return how likely each object is several organisms, 0 to 1.

    Parameters
    ----------
    regions
        The objects, N of them; taken a batch ahead.
    model
        The folder of a model package with a class ``multiple``, such as zooscan-multiples.
    expected_share
        Share of such objects in scans; probabilities are carried over from the even shares of the training to it.
    threads
        As for :func:`pelagia.learning.classifier.load_classifier`.

    Returns
    -------
    ndarray
        (N,) float32.

    Raises
    ------
    BadInput
        If the model has no such class.
    """
    classifier = load_classifier(model, threads=threads)
    names = classifier.card.class_names
    if MULTIPLE not in names:
        raise BadInput(
            "this model does not tell objects of several organisms",
            value=", ".join(names[:5]),
            remedy=f"Choose a model with a class '{MULTIPLE}', such as zooscan-multiples.",
            file=str(Path(model) / CARD_FILE),
        )
    index = names.index(MULTIPLE)
    found = [np.zeros(0, np.float32)]
    for answers in classifier.classify_batches(pictures(regions), top_k=len(names)):
        at = np.argmax(answers.top_index == index, axis=1)
        found.append(np.take_along_axis(answers.top_probability, at[:, None], axis=1)[:, 0])
    return at_share(np.concatenate(found), expected_share)


def pictures(regions: Iterable[Region]) -> Iterator[NDArray[np.uint8]]:
    """Yield each object alone on white as (row, col, 3), what classifiers of scanned objects are shown."""
    for region in regions:
        yield np.repeat(draw_alone(region)[..., None], 3, axis=2)


def at_share(probability: Floats, share: float) -> Floats:
    """Carry probabilities over from the share of multiples in training to another one (Bayes' rule).

    Parameters
    ----------
    probability
        (N,) 0 to 1.
    share
        More than 0, less than 1.
    """
    gain = share / (1 - share) / (TRAINED_SHARE / (1 - TRAINED_SHARE))
    exact = probability.astype(np.float64)
    return (gain * exact / (gain * exact + 1 - exact)).astype(np.float32)
