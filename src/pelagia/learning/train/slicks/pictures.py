"""From a scene to what the network sees: a part of it, at some scale, as some sensor and some file would show it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.learning.slick_segmenter import Level, level_of, standardise
from pelagia.learning.train.slicks.fields import Floats, Rng, soften
from pelagia.learning.train.slicks.scenes import LAND, OIL, Labels

IGNORED = 255
"""Label of pixels that are not learned from."""
WIDE_STEP = 5
"""The level of a whole scene is taken from every so manyth row and column."""
MOST_OIL = 0.6
"""A part with more oil is measured against its whole scene: alone it has nothing to be darker than."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How pictures are changed while the network learns.

    Parameters
    ----------
    scale
        Least and largest side of the part that is seen, by the side of the network's square.
    as_files
        Whether dB is also shown as files do: other stretches, 8 bit, JPEG, speckle filtered.
    level
        Largest error of the level it is measured against, by the spread.
    contrast
        Largest change of the contrast, ± natural logarithm.
    """

    scale: tuple[float, float] = (0.6, 1.6)
    as_files: bool = True
    level: float = 0.3
    contrast: float = 0.25


def part_of(rng: Rng, picture: Floats, labels: Labels, side: int, looks: Looks) -> tuple[Floats, Labels]:
    """Return a random part of a scene, (side, side) standardised float32, and its labels.

    Parameters
    ----------
    rng
        Chance.
    picture
        (H, W) dB or grey; not a number where there is no sea.
    labels
        (H, W).
    side
        Of the square, px.
    looks
        How it is changed.
    """
    part, drawn = _cut(rng, picture, labels, side, looks.scale)
    wide = picture[::WIDE_STEP, ::WIDE_STEP].astype(np.float32)
    if looks.as_files:
        part, wide = as_file(rng, part, wide)
        if rng.random() < 0.5:
            part = np.where(drawn == LAND, np.float32(np.nan), part)
    level = level_of(wide) if np.isfinite(wide).any() else level_of(picture)
    if rng.random() < 0.6 and float((drawn == OIL).mean()) < MOST_OIL and np.isfinite(part).any():
        level = level_of(part)
    level = Level(
        middle=level.middle + level.spread * rng.uniform(-looks.level, looks.level),
        spread=level.spread * float(np.exp(rng.uniform(-looks.contrast, looks.contrast))),
    )
    turns, mirror = int(rng.integers(4)), bool(rng.integers(2))
    seen = standardise(part, level)
    pair = [np.rot90(one[:, ::-1] if mirror else one, turns) for one in (seen, drawn)]
    return np.ascontiguousarray(pair[0], np.float32), np.ascontiguousarray(pair[1], np.uint8)


def as_file(rng: Rng, db: Floats, wide: Floats | None = None) -> tuple[Floats, Floats]:
    """Return a picture as dB, or as the grey values of a quicklook: stretched, cut off, 8 bit, JPEG, filtered.

    Parameters
    ----------
    rng
        Chance.
    db
        (H, W) σ⁰ with speckle, dB.
    wide
        The scene it is a part of, coarser, that the stretch is taken from; by default itself.

    Returns
    -------
    tuple
        The picture, and the scene in the same unit.
    """
    out, wide = _filtered(rng, db.astype(np.float32)), (db[::WIDE_STEP, ::WIDE_STEP] if wide is None else wide)
    if rng.random() < 0.25:
        return out, wide
    if rng.random() < 0.5:  # a root of the intensity, as most quicklooks show
        root = np.float32(rng.uniform(0.02, 0.06))
        out, wide = (np.asarray(10 ** (one * root), np.float32) for one in (out, wide))
    low, high = np.nanpercentile(wide, (rng.uniform(0, 2), rng.uniform(96, 99.9)))
    black, white = rng.uniform(0, 40), rng.uniform(90, 255)
    out, wide = (
        np.asarray(np.clip(np.round((one - low) / max(high - low, 1e-6) * (white - black) + black), 0, 255), np.float32)
        for one in (out, wide)
    )
    if rng.random() < 0.6:
        told = cv2.imencode(".jpg", out.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 97))])[1]
        out = np.asarray(cv2.imdecode(told, cv2.IMREAD_GRAYSCALE), np.float32)
    return out, wide


def _filtered(rng: Rng, db: Floats) -> Floats:
    """Return dB after a speckle filter, or as it was."""
    chance = rng.random()
    if chance < 0.65:
        return db
    power = np.asarray(10 ** (db / 10), np.float32)
    if chance < 0.85:
        power = soften(power, rng.uniform(0.5, 1.5))
    else:
        power = np.asarray(cv2.medianBlur(power, 3 if rng.random() < 0.5 else 5), np.float32)
    return np.asarray(10 * np.log10(np.maximum(power, 1e-7)), np.float32)


def _cut(
    rng: Rng, picture: Floats, labels: Labels, side: int, scale: tuple[float, float]
) -> tuple[Floats, npt.NDArray[np.uint8]]:
    """Return a random part brought to the side wanted; a picture too small for it is reflected at its edge."""
    want = round(side * float(np.exp(rng.uniform(np.log(scale[0]), np.log(scale[1])))))
    want = min(want, max(*picture.shape, 16))
    short = [(0, max(0, want - have)) for have in picture.shape]
    if any(after for _, after in short):
        picture, labels = np.pad(picture, short, mode="symmetric"), np.pad(labels, short, mode="symmetric")
    row = int(rng.integers(picture.shape[0] - want + 1))
    col = int(rng.integers(picture.shape[1] - want + 1))
    here = slice(row, row + want), slice(col, col + want)
    if want == side:
        return picture[here], labels[here]
    how = cv2.INTER_AREA if want > side else cv2.INTER_LINEAR
    seen = cv2.resize(picture[here], (side, side), interpolation=how)
    drawn = cv2.resize(labels[here], (side, side), interpolation=cv2.INTER_NEAREST)
    return np.asarray(seen, np.float32), np.asarray(drawn, np.uint8)
