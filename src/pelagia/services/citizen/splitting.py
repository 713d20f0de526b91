"""The parts of the training set: whole deployments each, in the shares asked for, every class in proportion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.services.citizen.columns import ALL, PARTS
from pelagia.services.citizen.settled import Row
from pelagia.services.citizen.shapes import Floats

TRIES = 50
WORK_AT_MOST = 20_000
"""Groups times tries: of many groups fewer orders are tried, since the parts then come out well anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetImage:
    """An image of the training set: the group it must stay with, and how many boxes of each class it has."""

    image_id: str
    deployment: str
    group: str
    boxes: Mapping[str, int]


def split(images: Sequence[SetImage], shares: tuple[float, float], rng: np.random.Generator) -> dict[str, str]:
    """Return the part of every image.

    Parameters
    ----------
    images
        Of the training set, in an order that depends on nothing but their names.
    shares
        For validation and test.
    rng
        Source of the orders that are tried.

    Returns
    -------
    dict
        Image → ``train``, ``validation`` or ``test``; a group is never divided.

    Notes
    -----
    Groups go, in a random order with the large ones first, to the part that lacks most of what they hold: images and,
    with the same weight, boxes of each class. Of many orders the one counts whose parts come nearest to the shares;
    parts without a group are avoided where there are enough groups.
    """
    groups = sorted({image.group for image in images})
    classes = sorted({name for image in images for name in image.boxes})
    counts = np.zeros((len(groups), 1 + len(classes)))
    row_of, col_of = ({name: at for at, name in enumerate(names)} for names in (groups, classes))
    for image in images:
        counts[row_of[image.group], 0] += 1
        for name, number in image.boxes.items():
            counts[row_of[image.group], 1 + col_of[name]] += number
    wanted = np.array([1 - sum(shares), *shares])
    tries = max(1, min(TRIES, WORK_AT_MOST // max(1, len(groups))))
    candidates = [_assigned(counts, wanted, rng) for _ in range(tries)]
    best = min(candidates, key=lambda parts: _cost(parts, counts, wanted)) if groups else np.zeros(0, np.intp)
    return {image.image_id: PARTS[best[row_of[image.group]]] for image in images}


def _assigned(counts: Floats, wanted: Floats, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the part of each group, by one random order."""
    share = counts / np.maximum(counts.sum(axis=0), 1)
    order = np.argsort(-counts[:, 0] * rng.uniform(0.5, 1.5, len(counts)), kind="stable")
    parts = np.zeros(len(counts), np.intp)
    lacking = wanted[:, None] * np.ones(counts.shape[1])
    weights = np.where(wanted > 0, 1 / np.maximum(wanted, 1e-9), 0)
    for group in order:
        need = (lacking * share[group]).sum(axis=1) * weights
        need[wanted <= 0] = -np.inf
        parts[group] = int(need.argmax())
        lacking[parts[group]] -= share[group]
    return _none_empty(parts, counts, wanted)


def _none_empty(parts: NDArray[np.intp], counts: Floats, wanted: Floats) -> NDArray[np.intp]:
    """Give a part that was asked for and got nothing the smallest group of a part that has several."""
    for part in np.flatnonzero((wanted > 0) & (np.bincount(parts, minlength=len(wanted)) == 0)):
        having = np.bincount(parts, minlength=len(wanted))
        movable = np.flatnonzero(having[parts] > 1)
        if len(movable):
            parts[movable[counts[movable, 0].argmin()]] = part
    return parts


def _cost(parts: NDArray[np.intp], counts: Floats, wanted: Floats) -> float:
    """Return how far the parts are from the shares, images and classes alike; an empty part counts most."""
    share = counts / np.maximum(counts.sum(axis=0), 1)
    got = np.stack([share[parts == part].sum(axis=0) for part in range(len(wanted))])
    empty = int(((got[:, 0] == 0) & (wanted > 0)).sum())
    present = counts.sum(axis=0) > 0
    return 100.0 * empty + float(np.abs(got - wanted[:, None])[:, present].mean())


def split_rows(images: Sequence[SetImage], parts: Mapping[str, str]) -> list[Row]:
    """Return the rows of ``split``: each part, its deployments, its classes."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for image in images:
        part = parts[image.image_id]
        for deployment in (ALL, image.deployment):
            for name in (ALL, *image.boxes):
                row = found.setdefault((part, deployment, name), [0, 0])
                row[0] += 1
                row[1] += sum(image.boxes.values()) if name == ALL else image.boxes[name]
    totals: dict[str, list[int]] = {}
    for (_, deployment, name), (number, boxes) in found.items():
        if deployment == ALL:
            total = totals.setdefault(name, [0, 0])
            total[0] += number
            total[1] += boxes
    order = {part: at for at, part in enumerate(PARTS)}
    return [
        {
            "part": part,
            "deployment": deployment,
            "item_class": name,
            "images": number,
            "boxes": boxes,
            "share": number / totals[name][0] if name == ALL else boxes / totals[name][1],
        }
        for (part, deployment, name), (number, boxes) in sorted(
            found.items(), key=lambda one: (order[one[0][0]], one[0][1] != ALL, one[0][1], one[0][2] != ALL, one[0][2])
        )
    ]
