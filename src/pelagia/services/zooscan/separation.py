"""Which objects are several organisms, and where the lines between them should go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.alone import draw_alone
from pelagia.imaging.cuts import Cut
from pelagia.imaging.region import Region
from pelagia.imaging.watershed import watershed_cuts
from pelagia.learning.classifier import load_classifier
from pelagia.learning.segment import load_separator

MULTIPLE = "multiple"
"""The class of the multiples model that stands for several organisms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is proposed for one object.

    Parameters
    ----------
    score
        Probability that it is several organisms.
    cuts
        Lines between them; none where it is taken for one.
    """

    score: float
    cuts: tuple[Cut, ...] = ()


def propose(regions: Sequence[Region], item: Mapping[str, Any]) -> list[Proposal]:
    """Tell several organisms from one, and draw lines between them.

    Parameters
    ----------
    regions
        The objects.
    item
        ``separation``, ``multiple_from``, ``min_area_px``, ``multiples``, ``separator``.
    """
    scores = multiple_scores(regions, item["multiples"])
    several = np.flatnonzero(scores >= item["multiple_from"])
    lines = _lines([regions[int(index)] for index in several], item)
    cuts: dict[int, Sequence[Cut]] = {int(index): found for index, found in zip(several, lines, strict=True)}
    return [Proposal(score=float(score), cuts=tuple(cuts.get(number, ()))) for number, score in enumerate(scores)]


def multiple_scores(regions: Sequence[Region], model: str) -> NDArray[np.float64]:
    """Return of every object the probability that it is several organisms.

    Parameters
    ----------
    regions
        The objects.
    model
        Folder of the model package.
    """
    classifier = load_classifier(model)
    wanted = classifier.card.class_names.index(MULTIPLE)
    answers = classifier.classify((in_colours(region) for region in regions), top_k=len(classifier.card.class_names))
    probabilities: NDArray[np.float64] = np.where(answers.top_index == wanted, answers.top_probability, 0.0).sum(axis=1)
    return probabilities


def in_colours(region: Region) -> NDArray[np.uint8]:
    """Return an object alone on white, (row, col, 3): what the classifiers are given."""
    return np.repeat(draw_alone(region)[:, :, None], 3, axis=2)


def _lines(regions: Sequence[Region], item: Mapping[str, Any]) -> list[list[Cut]]:
    if item["separation"] == "model":
        return list(load_separator(item["separator"]).separate(regions, min_area_px=item["min_area_px"]))
    if item["separation"] == "watershed":
        return [watershed_cuts(region, min_area_px=item["min_area_px"]) for region in regions]
    return [[] for _ in regions]
