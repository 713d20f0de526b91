"""How well slicks are outlined: overlap with what a person drew, over scenes, beside the floor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.imaging.scenes.dark_spots import LEAST_CONTRAST_DB, dark_probability
from pelagia.imaging.scenes.speckle import decibels, estimate_looks, lee_filter
from pelagia.learning.train.slicks.fields import Bools, Floats, soften
from pelagia.learning.train.slicks.pictures import IGNORED
from pelagia.learning.train.slicks.scenes import LOOK_ALIKE, OIL, Labels

Find = Callable[[Floats], Bools]

FLOOR_SIGMA_PX = 3.0
"""Pictures are smoothed so much before the threshold is taken: without, speckle leaves the floor a third worse."""
DESPECKLE_PX = 5
"""Of the speckle filter before the detector of dark spots, as in a run."""
ROUNDS = 1000  # of the bootstrap
EVEN = 0.5
MOST_DB = 60.0  # no backscatter is above it, grey values are
LEVELS = np.linspace(0.05, 0.95, 19)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Pixels of one picture.

    Parameters
    ----------
    group
        The scene it is of.
    both, found_only, drawn_only, neither
        Found and drawn, and so on.
    look_alikes, look_alikes_found
        Drawn as look-alikes; and of these, found as oil.
    """

    group: str
    both: int
    found_only: int
    drawn_only: int
    neither: int
    look_alikes: int = 0
    look_alikes_found: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Merit:
    """Figures of one way to find slicks, on one set; null where there is nothing to divide by.

    Parameters
    ----------
    what
        The set and the way.
    pictures, groups
        Pictures, and the scenes they are of.
    iou, iou_low, iou_high
        Pixels found and drawn by those found or drawn, over the set, with its 95 % interval over scenes.
    mean_iou
        Mean of that and the same of what is not oil.
    precision, recall
        Of pixels.
    look_alikes_found
        Share of the pixels of look-alikes that are taken for oil.
    """

    what: str
    pictures: int
    groups: int
    iou: float | None
    iou_low: float | None
    iou_high: float | None
    mean_iou: float | None
    precision: float | None
    recall: float | None
    look_alikes_found: float | None


def floor(picture: Floats) -> Bools:
    """Return what the classical floor calls oil: the darker part of a smoothed picture by Otsu's threshold.

    Parameters
    ----------
    picture
        (H, W) dB or grey; not a number where there is no sea.
    """
    known = np.isfinite(picture)
    if not known.any():
        return np.zeros(picture.shape, np.bool_)
    low, high = np.percentile(picture[known], (0.5, 99.5))
    scaled = (np.where(known, picture, high) - low) / max(float(high - low), 1e-6)
    grey = soften((np.clip(scaled, 0, 1) * 255).astype(np.float32), FLOOR_SIGMA_PX)
    values = np.round(grey[known]).astype(np.uint8)
    threshold, _ = cv2.threshold(values, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.asarray(known & (grey <= threshold), np.bool_)


def dark_spots(picture: Floats) -> Bools:
    """Return what the detector of dark spots calls oil, as in a run without a model.

    Parameters
    ----------
    picture
        (H, W) dB, some of it below 0 and none above 60, or grey; not a number where there is no sea.
    """
    sea = np.isfinite(picture)
    if not sea.any():
        return np.zeros(picture.shape, np.bool_)
    filled = np.nan_to_num(picture)
    in_db = bool(filled.min() < 0 and filled.max() < MOST_DB)
    intensity = np.asarray(10 ** (filled / 10) if in_db else np.square(filled), np.float32)
    smooth = lee_filter(intensity, sea, window_px=DESPECKLE_PX, looks=estimate_looks(intensity, sea))
    values = decibels(smooth) if in_db else np.sqrt(np.maximum(smooth, 0))
    found = dark_probability(values, filled, sea, least_contrast=LEAST_CONTRAST_DB if in_db else 0.0)
    return np.asarray(found >= EVEN, np.bool_)


def overlap_of(found: Bools, labels: Labels, group: str) -> Overlap:
    """Return the pixels of one picture.

    Parameters
    ----------
    found
        (H, W) what is called oil.
    labels
        (H, W) what was drawn.
    group
        The scene it is of.
    """
    known, drawn, alike = labels != IGNORED, labels == OIL, labels == LOOK_ALIKE
    return Overlap(
        group=group,
        both=int((found & drawn).sum()),
        found_only=int((found & known & ~drawn).sum()),
        drawn_only=int((~found & drawn).sum()),
        neither=int((~found & known & ~drawn).sum()),
        look_alikes=int(alike.sum()),
        look_alikes_found=int((found & alike).sum()),
    )


def measure(find: Find, pictures: Iterable[tuple[Floats, Labels, str]], what: str, seed: int = 0) -> Merit:
    """Return the figures of a way to find slicks.

    Parameters
    ----------
    find
        The way: a picture to what is oil.
    pictures
        Picture, labels, scene.
    what
        For the card.
    seed
        Of the bootstrap.
    """
    return summarise([overlap_of(find(picture), labels, group) for picture, labels, group in pictures], what, seed)


def summarise(overlaps: Sequence[Overlap], what: str, seed: int = 0) -> Merit:
    """Return the figures of a set, its interval by drawing whole scenes again.

    Parameters
    ----------
    overlaps
        Of every picture.
    what
        For the card.
    seed
        Of the bootstrap.
    """
    names, group = np.unique([one.group for one in overlaps], return_inverse=True)
    rows = np.array([[o.both, o.found_only, o.drawn_only, o.neither] for o in overlaps], np.float64).reshape(-1, 4)
    sums = np.zeros((len(names), 4))
    np.add.at(sums, group, rows)
    both, found_only, drawn_only, neither = sums.sum(0)
    oil = _ratio(both, both + found_only + drawn_only)
    sea = _ratio(neither, neither + found_only + drawn_only)
    low, high = _interval(sums, np.random.default_rng(seed))
    alike = sum(o.look_alikes for o in overlaps)
    return Merit(
        what=what,
        pictures=len(overlaps),
        groups=len(names),
        iou=oil,
        iou_low=low,
        iou_high=high,
        mean_iou=None if oil is None or sea is None else (oil + sea) / 2,
        precision=_ratio(both, both + found_only),
        recall=_ratio(both, both + drawn_only),
        look_alikes_found=_ratio(sum(o.look_alikes_found for o in overlaps), alike),
    )


def choose_level(answers: Iterable[tuple[Floats, Labels]]) -> float:
    """Return the probability from which pixels are best called oil.

    Parameters
    ----------
    answers
        Probabilities and labels of pictures that are neither learned from nor measured on.
    """
    both, found, drawn = np.zeros(len(LEVELS)), np.zeros(len(LEVELS)), 0
    for probabilities, labels in answers:
        oil, known = labels == OIL, labels != IGNORED
        drawn += int(oil.sum())
        for number, level in enumerate(LEVELS):
            at = probabilities >= level
            both[number] += int((at & oil).sum())
            found[number] += int((at & known).sum())
    return round(float(LEVELS[int(np.argmax(both / np.maximum(found + drawn - both, 1)))]), 2)


def _interval(sums: npt.NDArray[np.float64], rng: np.random.Generator) -> tuple[float | None, float | None]:
    drawn = rng.integers(len(sums), size=(ROUNDS, len(sums)))
    totals = sums[drawn].sum(1)
    parts = totals[:, 0] + totals[:, 1] + totals[:, 2]
    values = totals[parts > 0, 0] / parts[parts > 0]
    if not values.size:
        return None, None
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None
