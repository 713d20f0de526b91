"""Frames measured one after the other, in memory that does not grow with the film but by a few numbers for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.imaging import interest, interest_novelty
from pelagia.imaging.quality import distance, exposure, measure_quality, perceptual_hash
from pelagia.services.ecosystem import verdicts

BUFFERED = 256
"""From twice so many frames on, so many are compared with each other and let go; the rest at the end."""
LIGHT = ("brightness", "contrast", "dark_share", "saturated_share")
WHOLE_ONLY = ("sharpness", "sharpness_behind", "structure", "turbidity", "uciqe", "uiqm")
MEASURED = (*LIGHT, *WHOLE_ONLY, "change")
COMPARED = ("motion", "objectness", "novelty")
NAN = float("nan")

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]


def small_shape(height: int, width: int) -> tuple[int, int]:
    """Return height and width at which the quality of a picture of this shape is measured."""
    return max(1, round(height * verdicts.WIDTH_PX / width)), verdicts.WIDTH_PX


def small(picture: Grey) -> Grey:
    """Return a picture brought to the size at which quality is measured.

    Parameters
    ----------
    picture
        (height, width) or (height, width, 3), 0 to 255.
    """
    shape = small_shape(*picture.shape[:2])
    if picture.shape[:2] == shape:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def grey(rgb: NDArray[np.uint8]) -> Grey:
    """Return the luma of a picture."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


@dataclass(slots=True)
class _Waiting:
    """Frames that are still to be compared with each other."""

    tiny: list[Grey] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    """Those of them that were measured in full: their numbers in :attr:`tiny`."""


@dataclass(slots=True)
class _Known:
    """A frame that later ones may be copies of."""

    number: int
    fingerprint: int
    luma: Grey


class FrameScreening:
    """Takes frames in order of time, and tells the scores of all at the end.

    Parameters
    ----------
    moving
        Whether the camera moves: there is no background then, and no motion.
    buffered
        How many frames are compared with each other at least, where there are so many.
    """

    def __init__(self, *, moving: bool, buffered: int = BUFFERED) -> None:
        self.moving = moving
        self.buffered = buffered
        self.count = 0
        self._rows: list[tuple[float, ...]] = []
        self._measured: list[Floats] = []
        self._compared: list[Floats] = []
        self._same: list[bool] = []
        self._copy_of: list[int] = []
        self._before: Grey | None = None
        self._known: list[_Known] = []
        self._waiting = _Waiting()

    def add(self, luma: Grey, rgb: NDArray[np.uint8] | None) -> None:
        """Measure the next frame.

        Parameters
        ----------
        luma
            (height, width), as :func:`small` gives it, of all frames made in the same way.
        rgb
            (height, width, 3) of the same size; ``None``: only its light, its change and its motion are measured.
        """
        change, is_same = self._compare(luma)
        self._rows.append((*_numbers(luma, rgb), change))
        self._same.append(is_same)
        self._copy_of.append(-1 if rgb is None else self._find_copy(luma))
        if rgb is not None:
            self._waiting.whole.append(len(self._waiting.tiny))
        self._waiting.tiny.append(interest.shrunk(luma))
        self._before = luma
        self.count += 1
        if len(self._waiting.tiny) >= 2 * self.buffered:
            self._flush(self.buffered)

    def _compare(self, luma: Grey) -> tuple[float, bool]:
        """Return the mean difference from the frame before, and whether it is the same."""
        if self._before is None or self._before.shape != luma.shape:
            return NAN, False
        differences = _differences(luma, self._before)
        return cv2.mean(differences)[0] / 255, _is_same(differences)

    def _find_copy(self, luma: Grey) -> int:
        """Return the number of the latest frame that this is a copy of, the one before aside; -1 for none."""
        fingerprint = perceptual_hash(luma)
        found = -1
        for known in self._known:
            close = distance(known.fingerprint, fingerprint) <= verdicts.DUPLICATE_BITS
            if close and known.luma.shape == luma.shape and _is_same(_differences(luma, known.luma)):
                found = known.number
        self._known.append(_Known(self.count, fingerprint, luma))
        del self._known[: -2 * self.buffered]
        return found

    def _flush(self, count: int) -> None:
        """Compare the frames that wait with each other, and let so many of them go."""
        waiting = self._waiting
        self._compared.append(_compare_all(waiting, moving=self.moving)[:count])
        self._measured.append(np.array(self._rows, np.float32).reshape(-1, len(MEASURED)))
        self._rows = []
        waiting.tiny = waiting.tiny[count:]
        waiting.whole = [number - count for number in waiting.whole if number >= count]

    def scores(self) -> Mapping[str, Floats]:
        """Return all scores, (N,) each, by name; NaN where not measured. Nothing can be added afterwards."""
        self._flush(len(self._waiting.tiny))
        tables = (np.concatenate(self._measured), np.concatenate(self._compared))
        columns = np.concatenate(tables, axis=1).T
        return dict(zip((*MEASURED, *COMPARED), columns, strict=True))

    def same(self) -> NDArray[np.bool_]:
        """Return (N,) whether each frame is the same as the one before, but for compression."""
        return np.array(self._same, np.bool_)

    def copy_of(self) -> NDArray[np.int64]:
        """Return (N,) the earlier frame that each is a copy of, -1 for none."""
        return np.array(self._copy_of, np.int64)


def _numbers(luma: Grey, rgb: NDArray[np.uint8] | None) -> tuple[float, ...]:
    if rgb is None:
        return (*exposure(luma), *(NAN for _ in WHOLE_ONLY))
    quality = measure_quality(rgb)
    return tuple(getattr(quality, name) for name in (*LIGHT, *WHOLE_ONLY))


def _differences(first: Grey, second: Grey) -> Grey:
    return np.asarray(cv2.absdiff(first, second), np.uint8)


def _is_same(differences: Grey) -> bool:
    _, differs = cv2.threshold(differences, verdicts.SAME_GREYS, 1, cv2.THRESH_BINARY)
    return cv2.countNonZero(differs) <= verdicts.SAME_SHARE * differs.size


def _compare_all(waiting: _Waiting, *, moving: bool) -> Floats:
    """Return (N, 3) motion, objectness and novelty of the frames that wait; the last two of those in full only."""
    frames = waiting.tiny
    found = np.full((len(frames), len(COMPARED)), NAN, np.float32)
    if not frames:
        return found
    background = None if moving else _background(frames)
    descriptions = []
    whole = set(waiting.whole)
    for number, tiny in enumerate(frames):
        frame = interest.levelled(tiny)
        if background is not None and background.usual.shape == frame.shape:
            found[number, 0] = interest.motion(frame, background)
        if number in whole:
            descriptions.append(interest_novelty.describe(tiny, frame))
            less = frame if background is None or background.usual.shape != frame.shape else frame - background.usual
            found[number, 1] = interest.objectness(less)
    if len(descriptions) >= interest.FEW_FRAMES:
        found[waiting.whole, 2] = interest_novelty.novelty(np.stack(descriptions))
    return found


def _background(frames: list[Grey]) -> interest.Background | None:
    """Return the background of the frames that have the size of most; ``None`` of too few."""
    shapes = [frame.shape for frame in frames]
    usual = max(set(shapes), key=lambda shape: (shapes.count(shape), shape))
    alike = [frame for frame in frames if frame.shape == usual]
    if len(alike) < interest.FEW_FRAMES:
        return None
    step = -(-len(alike) // interest.MODEL_FRAMES)
    return interest.learn_background(np.stack([interest.levelled(frame) for frame in alike[::step]]))
