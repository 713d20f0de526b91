"""How well a detector finds what is in pictures that it was not trained on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pelagia.learning.boxes import (
    THRESHOLDS,
    Boxes,
    Matches,
    average_precision,
    balance,
    best_score,
    compare,
    interval,
    reliability,
)
from pelagia.learning.detector import Detector, calibrated
from pelagia.learning.train.detection.data import DetectionData, Seen, read_sample

LEAST_SCORE = 0.02  # of the boxes that average precision is taken over
HALF = (0.5,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """Figures of one class, boxes at or above the threshold; ``ap50`` over all scores."""

    name: str
    boxes: int
    ap50: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How well a detector did on a set of pictures; overlaps (IoU) from 0.5 on count as found.

    Parameters
    ----------
    what
        The set, and how it was kept apart.
    pictures, boxes, groups
        How many.
    classes_count
        Whether a box must also have the right class.
    ap50, ap50_low, ap50_high
        Average precision with its 95 % interval, whole groups drawn again.
    ap50_95, ap50_95_low, ap50_95_high
        The mean over overlaps 0.5, 0.55, … 0.95.
    threshold
        The score from which precision, recall and F1 count.
    """

    what: str
    pictures: int
    boxes: int
    groups: int
    classes_count: bool
    ap50: float
    ap50_low: float
    ap50_high: float
    ap50_95: float
    ap50_95_low: float
    ap50_95_high: float
    threshold: float
    precision: float
    recall: float
    f1: float
    per_class: tuple[ClassFigures, ...]

    def to_json(self) -> dict[str, Any]:
        """Return them as JSON types, shares rounded to four places, what is not a number as null."""
        told: dict[str, Any] = _rounded(asdict(self))
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a detector said of pictures whose truth is known."""

    found: tuple[Boxes, ...]
    true: tuple[Boxes, ...]
    groups: tuple[str, ...]

    def matches(self, *, classes_count: bool = True) -> Matches:
        """Compare them; without classes a box counts whatever it is called."""
        if classes_count:
            return compare(self.found, self.true)
        return compare([one.of_one_class() for one in self.found], [one.of_one_class() for one in self.true])

    def calibrated(self, calibration: tuple[float, float] | None) -> Answers:
        """Return them with other scores; see :class:`pelagia.learning.detector_styles.DetectorTraits`."""
        return replace(self, found=tuple(calibrated(one, calibration) for one in self.found))


def ask(detector: Detector, data: DetectionData) -> Answers:
    """Let the detector look at every picture.

    Parameters
    ----------
    detector
        Already loaded.
    data
        Pictures that it did not learn from; ``scale`` of each brings it to the size the detector expects.
    """
    found, true = [], []
    for sample in data.samples:
        seen: Seen = read_sample(sample)
        found.append(detector.find(np.ascontiguousarray(seen.image), score_from=LEAST_SCORE))
        true.append(seen.boxes)
    return Answers(found=tuple(found), true=tuple(true), groups=tuple(sample.group for sample in data.samples))


def summarise(
    answers: Answers,
    classes: Sequence[str],
    *,
    what: str,
    threshold: float,
    classes_count: bool = True,
    seed: int = 0,
) -> Figures:
    """Return the figures of what a detector said.

    Parameters
    ----------
    answers
        Of :func:`ask`.
    classes
        Their names.
    what
        The set, and how it was kept apart.
    threshold
        The score from which precision, recall and F1 count.
    classes_count
        Whether a box must also have the right class.
    seed
        Of the draws for the intervals.
    """
    matches = answers.matches(classes_count=classes_count)
    whole = balance(matches, threshold)
    low50, high50 = interval(matches, HALF, answers.groups, np.random.default_rng(seed))
    low, high = interval(matches, THRESHOLDS, answers.groups, np.random.default_rng(seed), draws=200)
    return Figures(
        what=what,
        pictures=matches.pictures,
        boxes=len(matches.true_labels),
        groups=len(set(answers.groups)),
        classes_count=classes_count,
        ap50=average_precision(matches, HALF),
        ap50_low=low50,
        ap50_high=high50,
        ap50_95=average_precision(matches, THRESHOLDS),
        ap50_95_low=low,
        ap50_95_high=high,
        threshold=threshold,
        precision=whole.precision,
        recall=whole.recall,
        f1=whole.f1,
        per_class=tuple(_per_class(matches, classes, threshold)) if classes_count else (),
    )


def _per_class(matches: Matches, classes: Sequence[str], threshold: float) -> Iterator[ClassFigures]:
    for label, name in enumerate(classes):
        own = balance(matches, threshold, label=label)
        yield ClassFigures(
            name=name,
            boxes=int((matches.true_labels == label).sum()),
            ap50=average_precision(matches, HALF, label=label),
            precision=own.precision,
            recall=own.recall,
            f1=own.f1,
        )


def choose_threshold(answers: Answers) -> float:
    """Return the score from which on F1 is highest, whatever the boxes are called."""
    return best_score(answers.matches(classes_count=False))


def fit_calibration(answers: Answers, *, steps: int = 50) -> tuple[float, float] | None:
    """Return slope and offset that make scores say how often they are right; ``None`` where they cannot be fitted.

    Parameters
    ----------
    answers
        With raw scores.
    steps
        Of Newton's method.

    Notes
    -----
    Logistic regression of "is a true box" (overlap from 0.5, right class) on the logit of the score (Platt 1999),
    drawn a little towards slope 1 and offset 0.
    """
    matches = answers.matches()
    hits = matches.hits[0].astype(np.float64)
    if min(hits.sum(), len(hits) - hits.sum()) < 10:
        return None
    raw = np.clip(matches.scores.astype(np.float64), 1e-6, 1 - 1e-6)
    columns = np.stack([np.log(raw / (1 - raw)), np.ones(len(raw))], axis=1)
    start = np.array([1.0, 0.0])
    weights = start.copy()
    for _ in range(steps):
        share = 1 / (1 + np.exp(-columns @ weights))
        slope = columns.T @ (hits - share) - (weights - start)
        curve = (columns * (share * (1 - share))[:, None]).T @ columns + np.eye(2)
        weights = weights + np.linalg.solve(curve, slope)
    return (float(weights[0]), float(weights[1])) if weights[0] > 0 else None


def reliability_of(answers: Answers) -> list[dict[str, float]]:
    """Return the reliability of the scores; see :func:`pelagia.learning.boxes.reliability`."""
    told: list[dict[str, float]] = _rounded(reliability(answers.matches()))
    return told


def seconds_per_window(detector: Detector, rounds: int = 5) -> float:
    """Return the shortest processor time of a window of noise, s: with one thread, that of one core."""
    rng = np.random.default_rng(0)
    side = detector.window_px
    window: npt.NDArray[np.uint8] = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
    detector.detect([window])
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        detector.detect([window])
        taken.append(time.process_time() - begun)
    return min(taken)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4) if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
