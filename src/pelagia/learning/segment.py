"""Separate touching organisms: a model's maps of where they meet and where their middles are, made into cut lines."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Final

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.imaging.cuts import Cut
from pelagia.imaging.region import Region
from pelagia.imaging.seams import find_seams
from pelagia.imaging.watershed import Suppression, hills
from pelagia.learning.card import CARD_FILE, ModelCard
from pelagia.learning.maps import fill_nearest, from_square, inner_box, to_squares
from pelagia.learning.package import read_package
from pelagia.learning.session import default_threads, open_session

Maps = NDArray[np.float32]
Labels = NDArray[np.int32]

TASK: Final = "separation"
CONTACT, CORE = 0, 1  # the maps, in the order of the card's classes
BATCH = 16
LEAST_COVER = 64  # of 255: less of a map's pixel is not the object
_loaded: dict[tuple[str, int, int], Separator] = {}
_loading = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How maps become parts; chosen on merges that were not trained on, kept in the card.

    Parameters
    ----------
    least_rise
        A middle that rises less than this above the pass to a higher one is no part of its own, 0 to 1.
    widest_neck
        Nor is one whose pass is higher than this share of its height, 0 to 1.
    least_score
        Parts between which the model sees less of a contact are one, 0 to 1.
    """

    least_rise: float
    widest_neck: float
    least_score: float


class Separator:
    """A separation model loaded in this process; make it with :func:`load_separator`.

    Parameters
    ----------
    card
        What the model says of itself.
    session
        The loaded graph.
    rule
        How its maps become parts.
    """

    def __init__(self, card: ModelCard, session: ort.InferenceSession, rule: Rule) -> None:
        self.card = card
        self.session = session
        self.rule = rule
        self.size_px = card.input.size_px

    def separate(self, regions: Iterable[Region], *, min_area_px: int) -> Iterator[list[Cut]]:
        """Yield the cuts of every object, in order; no cut where the model sees one organism.

        Parameters
        ----------
        regions
            The objects, taken a batch at a time.
        min_area_px
            Parts smaller than this are not cut off, px.
        """
        source = iter(regions)
        while batch := list(islice(source, BATCH)):
            for region, maps in zip(batch, self.maps(batch), strict=True):
                yield cuts_from_maps(region, maps, self.rule, size_px=self.size_px, min_area_px=min_area_px)

    def maps(self, regions: list[Region]) -> Maps:
        """Return (N, side, side, 2) float32 of the square of each object: contact and core, 0 to 1."""
        logits = self.session.run(["logits"], {"image": to_squares(regions, self.size_px)})[0]
        return _sigmoid(logits)


def load_separator(path: str | Path, *, threads: int | None = None) -> Separator:
    """Load a separation model, or give the one already loaded in this process.

    Parameters
    ----------
    path
        The folder of its package; the model is checked against its SHA-256.
    threads
        Threads of one inference; by default ``PELAGIA_WORKER_THREADS``, else all cores this process may use.

    Raises
    ------
    BadInput
        If it is a model for something else.
    """
    package = read_package(Path(path), verify=False)
    count = threads or default_threads()
    key = (package.sha256, count, os.getpid())
    with _loading:
        if key not in _loaded:
            rule = _read_rule(package.card, package.path)
            session = open_session(package.model, package.card, "cpu", count)
            _loaded[key] = Separator(package.card, session, rule)
        return _loaded[key]


def cuts_from_maps(region: Region, maps: Maps, rule: Rule, *, size_px: int, min_area_px: int) -> list[Cut]:
    """Return the cuts that a model's maps of an object propose.

    Parameters
    ----------
    region
        The object.
    maps
        (side, side, 2) of :meth:`Separator.maps`.
    rule
        How they become parts.
    size_px
        Side of the square the object was fed as, px.
    min_area_px
        Parts smaller than this are not cut off, px.
    """
    parts, scores = find_parts(region, maps, rule, size_px=size_px, min_area_px=min_area_px)
    if not scores:
        return []
    # A pixel of the map covers many of a large object: lines need not follow the steps of its sides.
    per_px = _object_px(region, size_px) * size_px / len(maps)
    seams = find_seams(parts, smooth_px=max(0.75, per_px))
    return [
        Cut(
            points=tuple((row + region.row, col + region.col) for row, col in seam.points),
            source="model",
            score=scores.get((seam.first, seam.second), rule.least_score),
        )
        for seam in seams
    ]


def find_parts(
    region: Region, maps: Maps, rule: Rule, *, size_px: int, min_area_px: int
) -> tuple[Labels, dict[tuple[int, int], float]]:
    """Return (height, width) labels of the parts of an object, and how sure the model is that two are apart.

    Parameters
    ----------
    region, maps, rule, size_px, min_area_px
        As for :func:`cuts_from_maps`.
    """
    contact = np.ascontiguousarray(maps[..., CONTACT])
    height = maps[..., CORE] * (1 - contact)
    per_map_px = _object_px(region, size_px) * size_px / len(maps)
    suppression = Suppression(least_rise_px=rule.least_rise, widest_neck=rule.widest_neck)
    labels = hills(
        height, _mask(region, size_px, len(maps)), suppression.joins, min_area_px=round(min_area_px / per_map_px**2)
    )
    labels, scores = _join_weak(labels, contact, rule.least_score)
    if not scores:
        return region.filled.astype(np.int32), {}
    return _in_one_piece(from_square(labels, region, size_px), region), scores


def _object_px(region: Region, size_px: int) -> float:
    """Return how many pixels of the object one pixel of its square is wide."""
    _, _, rows, cols = inner_box(region.height, region.width, size_px)
    return max(region.height / rows, region.width / cols)


def _mask(region: Region, size_px: int, side: int) -> NDArray[np.bool_]:
    cover = to_squares([region], size_px)[0, ..., 1]
    small = cv2.resize(cover, (side, side), interpolation=cv2.INTER_AREA)
    mask: NDArray[np.bool_] = np.asarray(small) >= LEAST_COVER
    return mask


def _join_weak(labels: Labels, contact: Maps, least: float) -> tuple[Labels, dict[tuple[int, int], float]]:
    """Join the parts with the least contact between them, until all that are left apart have enough of it."""
    while scores := _scores(labels, contact):
        weakest = min(scores, key=lambda pair: (scores[pair], pair))
        if scores[weakest] >= least:
            break
        labels = np.where(labels == weakest[1], np.int32(weakest[0]), labels)
    return labels, scores


def _scores(labels: Labels, contact: Maps) -> dict[tuple[int, int], float]:
    """Return for every pair of neighbouring parts the mean contact along the line between them."""
    pairs, values = [], []
    for one, other, here, there in (
        (labels[:, :-1], labels[:, 1:], contact[:, :-1], contact[:, 1:]),
        (labels[:-1], labels[1:], contact[:-1], contact[1:]),
        (labels[:-1, :-1], labels[1:, 1:], contact[:-1, :-1], contact[1:, 1:]),
        (labels[:-1, 1:], labels[1:, :-1], contact[:-1, 1:], contact[1:, :-1]),
    ):
        meet = (one != other) & (one > 0) & (other > 0)
        pairs.append(np.sort(np.stack([one[meet], other[meet]], axis=1), axis=1))
        values.append(np.maximum(here[meet], there[meet]))
    found, which = np.unique(np.concatenate(pairs), axis=0, return_inverse=True)
    sums = np.bincount(which.ravel(), weights=np.concatenate(values), minlength=len(found))
    means = sums / np.maximum(np.bincount(which.ravel(), minlength=len(found)), 1)
    return {(int(a), int(b)): float(mean) for (a, b), mean in zip(found, means, strict=True)}


def _in_one_piece(labels: Labels, region: Region) -> Labels:
    """Give the smaller pieces of a part that does not hang together to whatever is nearest."""
    kept = np.zeros_like(labels)
    for label in np.unique(labels[labels > 0]):
        _, pieces, stats, _ = cv2.connectedComponentsWithStats((labels == label).astype(np.uint8), connectivity=8)
        largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        kept[pieces == largest] = label
    return np.where(region.filled, fill_nearest(kept), 0).astype(np.int32)


def _read_rule(card: ModelCard, folder: Path) -> Rule:
    told = card.recipe.get("rule")
    if card.task != TASK or not isinstance(told, dict) or set(told) != set(Rule.__slots__):
        raise BadInput(
            "this model does not separate organisms",
            value=card.reference,
            remedy="Choose a model whose card has the task 'separation', such as zooscan-separator.",
            file=str(folder / CARD_FILE),
        )
    return Rule(**{name: float(value) for name, value in told.items()})


def _sigmoid(logits: NDArray[np.float32]) -> Maps:
    return (1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
