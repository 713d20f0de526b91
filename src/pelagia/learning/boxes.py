"""Boxes around what a detector found, and how well they agree with the truth: average precision and its spread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""The overlaps (IoU) over which COCO averages."""
RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """What was found in one picture, or what is in it.

    Parameters
    ----------
    edges
        (N, 4) float32 row_min, col_min, row_max, col_max, px; the first pixel covers 0 to 1.
    scores
        (N,) float32, 0 to 1; 1 for the truth.
    labels
        (N,) int32, in the order of the classes.
    """

    edges: Floats
    scores: Floats
    labels: Ints

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def make(cls, edges: npt.ArrayLike, labels: npt.ArrayLike, scores: npt.ArrayLike | None = None) -> Self:
        """Return boxes of anything array-like; without scores they are the truth."""
        box = np.asarray(edges, np.float32).reshape(-1, 4)
        score = np.ones(len(box), np.float32) if scores is None else np.asarray(scores, np.float32)
        return cls(edges=box, scores=score, labels=np.asarray(labels, np.int32).reshape(-1))

    def take(self, which: npt.NDArray[np.integer] | Bools) -> Self:
        """Return some of them, by index or mask."""
        return type(self)(edges=self.edges[which], scores=self.scores[which], labels=self.labels[which])

    def moved(self, rows: float, cols: float) -> Self:
        """Return them so much further down and right, px."""
        shift = np.array([rows, cols, rows, cols], np.float32)
        return type(self)(edges=self.edges + shift, scores=self.scores, labels=self.labels)

    def inside(self, height: float, width: float) -> Self:
        """Return what of them lies within a picture of this size, px."""
        edges = np.clip(self.edges, 0, np.array([height, width, height, width], np.float32))
        sized = np.asarray((edges[:, 2:] > edges[:, :2]).all(axis=1), np.bool_)
        return type(self)(edges=edges, scores=self.scores, labels=self.labels).take(sized)

    def of_one_class(self) -> Self:
        """Return them all with the label 0."""
        return type(self)(edges=self.edges, scores=self.scores, labels=np.zeros_like(self.labels))


def join(parts: Sequence[Boxes]) -> Boxes:
    """Return the boxes of all parts together, in order."""
    return Boxes.make(
        np.concatenate([np.zeros((0, 4), np.float32), *(part.edges for part in parts)]),
        np.concatenate([np.zeros(0, np.int32), *(part.labels for part in parts)]),
        np.concatenate([np.zeros(0, np.float32), *(part.scores for part in parts)]),
    )


def areas(edges: Floats) -> Floats:
    """Return the area of boxes, px²; (..., 4) → (...)."""
    area: Floats = np.maximum(edges[..., 2] - edges[..., 0], 0) * np.maximum(edges[..., 3] - edges[..., 1], 0)
    return area


def overlaps(one: Floats, other: Floats) -> Floats:
    """Return (N, M) intersection over union of N and M boxes, 0 to 1."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = areas(np.concatenate([low, high], axis=-1))
    union = areas(one)[:, None] + areas(other)[None, :] - shared
    found: Floats = np.where(union > 0, shared / np.maximum(union, 1e-9), 0).astype(np.float32)
    return found


def keep_best(boxes: Boxes, *, overlap: float) -> Boxes:
    """Return the boxes of each class that no better one overlaps by more than ``overlap`` (IoU), best first."""
    kept: list[int] = []
    order = np.argsort(-boxes.scores, kind="stable")
    shared = overlaps(boxes.edges, boxes.edges)
    shared[boxes.labels[:, None] != boxes.labels[None, :]] = 0
    for row in order:
        if not kept or shared[row, kept].max() <= overlap:
            kept.append(int(row))
    return boxes.take(np.array(kept, np.int64))


def match(found: Boxes, true: Boxes, overlap: float) -> Ints:
    """Return for each box that was found the true one it stands for, −1 for none.

    Parameters
    ----------
    found, true
        Of one picture.
    overlap
        Least intersection over union.

    Notes
    -----
    The surest first, each takes the free true box of its class that it overlaps most (as COCO does).
    """
    partner = np.full(len(found), -1, np.int32)
    if not len(found) or not len(true):
        return partner
    shared = overlaps(found.edges, true.edges)
    shared[found.labels[:, None] != true.labels[None, :]] = -1
    for row in np.argsort(-found.scores, kind="stable"):
        best = int(np.argmax(shared[row]))
        if shared[row, best] >= overlap:
            partner[row] = best
            shared[:, best] = -1
    return partner


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """All that was found in a set of pictures, compared with the truth, the surest first.

    Parameters
    ----------
    scores, labels, picture
        (N,) of each box that was found; ``picture`` is the number of its picture.
    hits
        (T, N) whether it is a true one, at each least overlap.
    thresholds
        The T least overlaps (IoU).
    true_labels, true_picture
        (M,) of each true box.
    pictures
        How many pictures.
    """

    scores: Floats
    labels: Ints
    picture: Ints
    hits: Bools
    thresholds: tuple[float, ...]
    true_labels: Ints
    true_picture: Ints
    pictures: int


def compare(found: Sequence[Boxes], true: Sequence[Boxes], thresholds: Sequence[float] = THRESHOLDS) -> Matches:
    """Compare what was found in each picture with what is in it.

    Parameters
    ----------
    found, true
        Of each picture, in the same order.
    thresholds
        Least overlaps (IoU) from which a box counts as found.
    """
    hits = [
        np.stack([match(some, truth, least) >= 0 for least in thresholds])
        for some, truth in zip(found, true, strict=True)
    ]
    scores = np.concatenate([some.scores for some in found]) if found else np.zeros(0, np.float32)
    order = np.argsort(-scores, kind="stable")
    return Matches(
        scores=scores[order],
        labels=_joined([some.labels for some in found])[order],
        picture=np.repeat(np.arange(len(found), dtype=np.int32), [len(some) for some in found])[order],
        hits=np.concatenate([np.zeros((len(thresholds), 0), np.bool_), *hits], axis=1)[:, order],
        thresholds=tuple(thresholds),
        true_labels=_joined([some.labels for some in true]),
        true_picture=np.repeat(np.arange(len(true), dtype=np.int32), [len(some) for some in true]),
        pictures=len(true),
    )


def average_precision(
    matches: Matches, thresholds: Iterable[float], *, label: int | None = None, weights: Doubles | None = None
) -> float:
    """Return the mean average precision over classes and least overlaps, 0 to 1; NaN where nothing is true.

    Parameters
    ----------
    matches
        Of :func:`compare`.
    thresholds
        Which of its least overlaps.
    label
        One class only; by default the mean over those that are among the truth.
    weights
        (pictures,) how often each picture counts, by default once.

    Notes
    -----
    Precision, made to fall with the recall, is averaged over 101 recalls from 0 to 1, as COCO does.
    """
    weight = np.ones(matches.pictures) if weights is None else weights
    labels = np.unique(matches.true_labels) if label is None else np.array([label])
    values = []
    for one in labels:
        total = float(weight[matches.true_picture[matches.true_labels == one]].sum())
        if not total:
            continue
        own = matches.labels == one
        each = weight[matches.picture[own]]
        for least in thresholds:
            values.append(_area(matches.hits[matches.thresholds.index(least), own], each, total))
    return float(np.mean(values)) if values else float("nan")


def _area(hits: Bools, weight: Doubles, total: float) -> float:
    good = np.cumsum(weight * hits)
    precision = good / np.maximum(np.cumsum(weight), 1e-12)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    place = np.searchsorted(good / total, RECALLS - 1e-12)
    return float(np.append(falling, 0.0)[np.minimum(place, len(falling))].mean())


def interval(
    matches: Matches, thresholds: Iterable[float], groups: Sequence[str], rng: np.random.Generator, *, draws: int = 500
) -> tuple[float, float]:
    """Return the 95 % interval of the average precision, whole groups of pictures drawn again and again.

    Parameters
    ----------
    matches, thresholds
        As for :func:`average_precision`.
    groups
        Of each picture: pictures of one place err together.
    rng
        The source of chance.
    draws
        How many times.
    """
    wanted = tuple(thresholds)
    _, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    count = int(member.max()) + 1
    values = []
    for _ in range(draws):
        often = np.bincount(rng.integers(0, count, count), minlength=count).astype(np.float64)
        values.append(average_precision(matches, wanted, weights=often[member]))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Precision, recall and F1 of the boxes at or above a score (at the first least overlap)."""

    score: float
    precision: float
    recall: float
    f1: float


def balance(matches: Matches, score: float, *, label: int | None = None) -> Balance:
    """Return precision, recall and F1 from a score on; of one class or of all boxes together.

    Parameters
    ----------
    matches
        Of :func:`compare`; its first least overlap counts.
    score
        Least score.
    label
        One class only.
    """
    own = np.ones(len(matches.scores), np.bool_) if label is None else matches.labels == label
    true = len(matches.true_labels) if label is None else int((matches.true_labels == label).sum())
    taken = own & (matches.scores >= score)
    hits, count = int(matches.hits[0, taken].sum()), int(taken.sum())
    return Balance(
        score=score,
        precision=hits / count if count else 0.0,
        recall=hits / true if true else 0.0,
        f1=2 * hits / (count + true) if count + true else 0.0,
    )


def best_score(matches: Matches) -> float:
    """Return the score from which on F1 of all boxes together is highest; 1 where nothing was found."""
    if not len(matches.scores):
        return 1.0
    hits = np.cumsum(matches.hits[0])
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + len(matches.true_labels))
    return float(matches.scores[int(np.argmax(f1))])


def reliability(matches: Matches, bins: int = 10) -> list[dict[str, float]]:
    """Return for each bin of scores that holds any: mean score, share that is true, number of boxes."""
    place = np.minimum((matches.scores * bins).astype(int), bins - 1)
    return [
        {
            "score": float(matches.scores[place == number].mean()),
            "true": float(matches.hits[0, place == number].mean()),
            "boxes": int((place == number).sum()),
        }
        for number in np.unique(place)
    ]


def _joined(parts: Sequence[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, np.int32), *parts])
