"""Find objects in windows of a picture: Pelagia's own detectors, and those that others trained, behind one call."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from pydantic import ValidationError

from pelagia.core.errors import BadInput
from pelagia.imaging.tiles import Window, is_mine, plan_windows
from pelagia.learning.boxes import Boxes, join, keep_best
from pelagia.learning.card import CARD_FILE, ModelCard
from pelagia.learning.detector_feed import SIDE_MULTIPLE, Feed, read_feed
from pelagia.learning.detector_styles import DetectorTraits, decode
from pelagia.learning.package import read_package
from pelagia.learning.session import default_threads, load_session

Image = npt.NDArray[np.uint8]

TASK: Final = "detection"
TRAITS: Final = "detector"  # the key of the recipe
BATCH = 1  # on a processor: four windows of 640 px at once take 104 ms each, one alone 90: it stays in the cache
SLACK_PX = 2.0  # neighbours may see the middle of a thing a little apart; what both find is one
_loaded: dict[tuple[str, int, int], Detector] = {}
_loading = Lock()


class Detector:
    """A detector loaded in this process; make it with :func:`load_detector`.

    Parameters
    ----------
    card
        What the model says of itself.
    session
        The loaded graph: one image input, as :mod:`pelagia.learning.detector_feed` describes it.
    traits
        How it is fed and answers.
    """

    def __init__(self, card: ModelCard, session: ort.InferenceSession, traits: DetectorTraits) -> None:
        self.card = card
        self.session = session
        self.traits = traits
        self._feed = Feed.of(session.get_inputs())
        self._batch = self._feed.batch or BATCH

    def with_traits(self, traits: DetectorTraits) -> Detector:
        """Return the same graph, fed and read otherwise."""
        return Detector(self.card, self.session, traits)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the labels."""
        return self.card.class_names

    @property
    def gsd_cm(self) -> float | None:
        """Ground sampling distance of the pictures it was trained on, cm; ``None`` where any will do."""
        return self.traits.gsd_cm

    @property
    def window_px(self) -> int:
        """Longer side of a window, px."""
        return self.card.input.size_px

    @property
    def window_shape(self) -> tuple[int, int]:
        """Height and width of a window, px; square unless the graph takes nothing else."""
        return self._feed.height_px or self.window_px, self._feed.width_px or self.window_px

    @property
    def overlap_px(self) -> int:
        """How much neighbouring windows share, px."""
        return self.traits.overlap_px

    @property
    def takes_any_side(self) -> bool:
        """Whether windows may have any height and width, multiples of 32 px."""
        return self._feed.takes_any_side

    @property
    def score_from(self) -> float:
        """Least score of a box, where nothing else is asked for."""
        return self.traits.score_from

    def detect(self, windows: Iterable[Image], *, score_from: float | None = None) -> list[Boxes]:
        """Return what is in each window, the surest first.

        Parameters
        ----------
        windows
            (H, W, 3) uint8 RGB of :attr:`window_shape`; a graph that takes any side also takes other multiples of 32,
            all alike.
        score_from
            Least score, by default :attr:`score_from`.
        """
        least = self.score_from if score_from is None else score_from
        raw = _uncalibrated(least, self.traits.calibration)
        found: list[Boxes] = []
        source = iter(windows)
        while batch := list(islice(source, self._batch)):
            self._check(batch)
            outputs = self.session.run(None, self._feed.inputs(batch, self.traits))
            boxes = decode(outputs, self.traits, classes=len(self.classes), shape_px=batch[0].shape[:2], score_from=raw)
            found += [calibrated(one, self.traits.calibration) for one in boxes[: len(batch)]]
        return found

    def find(self, picture: Image, *, score_from: float | None = None) -> Boxes:
        """Return what is in a picture of any size, looked at window by window.

        Parameters
        ----------
        picture
            (H, W, 3) uint8 RGB, at :attr:`gsd_cm` if it has one.
        score_from
            Least score, by default :attr:`score_from`.
        """
        height, width = picture.shape[:2]
        rows, cols = self.window_shape
        side = min(rows, cols)
        if self.takes_any_side:
            rows, cols = (min(side, multiple_of_32(length)) for length in (height, width))
            side = max(rows, cols)
        windows = plan_windows(
            np.ones((1, 1), np.bool_),
            max(height, width),
            height_px=height,
            width_px=width,
            window_px=side,
            overlap_px=min(self.overlap_px, side // 2),
        )
        parts = (_window(picture, one.row_px, one.col_px, (rows, cols)) for one in windows)
        found = self.detect(parts, score_from=score_from)
        own = [_in_core(boxes.moved(one.row_px, one.col_px), one) for one, boxes in zip(windows, found, strict=True)]
        return keep_best(join(own).inside(height, width), overlap=self.traits.merge_from)

    def _check(self, windows: Sequence[Image]) -> None:
        if any(window.shape != windows[0].shape or not self._feed.takes(window[None]) for window in windows):
            wrong = windows[0].shape, *{window.shape for window in windows} - {windows[0].shape}
            rows, cols = self.window_shape
            raise BadInput(
                "this is no window for the detector",
                value=f"{', '.join(map(str, wrong))} {windows[0].dtype}",
                remedy=f"Give uint8 RGB of {rows} × {cols} pixels, all alike.",
            )


def load_detector(path: str | Path, *, threads: int | None = None) -> Detector:
    """Load a detector, or give the one already loaded in this process.

    Parameters
    ----------
    path
        The folder of its package; the model is checked against its SHA-256.
    threads
        Threads of one inference; by default ``PELAGIA_WORKER_THREADS``, else all cores this process may use.

    Raises
    ------
    BadInput
        If it is a model for something else, or takes another input than its style says.
    """
    package = read_package(Path(path), verify=False)
    count = threads or default_threads()
    key = (package.sha256, count, os.getpid())
    with _loading:
        if key not in _loaded:
            traits = read_traits(package.card, package.path)
            session = load_session(package.model, package.card.sha256, "auto", count)
            read_feed(session.get_inputs(), package.card, traits, package.model)
            _loaded[key] = Detector(package.card, session, traits)
        return _loaded[key]


def read_traits(card: ModelCard, folder: Path) -> DetectorTraits:
    """Return how the detector of a card is fed and answers.

    Parameters
    ----------
    card
        Its card.
    folder
        Of its package, for the error.
    """
    if card.task != TASK:
        raise BadInput(
            "this model does not find objects",
            value=f"{card.reference}: {card.task}",
            remedy="Choose a model whose card has the task 'detection', such as litter-items.",
            file=str(folder / CARD_FILE),
        )
    try:
        return DetectorTraits.model_validate(card.recipe.get(TRAITS))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(
            f"the card does not say how the detector answers: {first['msg']}",
            value=".".join(str(part) for part in (TRAITS, *first["loc"])),
            remedy="Correct 'detector' in the recipe of card.json; docs/howto/litter-detector.md lists its fields.",
            file=str(folder / CARD_FILE),
        ) from error


def _in_core(boxes: Boxes, window: Window) -> Boxes:
    """Return the boxes for which the window speaks; its neighbours see the others whole."""
    rows, cols = ((boxes.edges[:, side] + boxes.edges[:, side + 2]) / 2 for side in (0, 1))
    top, left, bottom, right = window.core
    return boxes.take(is_mine(rows, cols, (top - SLACK_PX, left - SLACK_PX, bottom + SLACK_PX, right + SLACK_PX)))


def multiple_of_32(length_px: float) -> int:
    """Return the side of the smallest window for a graph of any side that holds this length, px."""
    return max(1, math.ceil(length_px / SIDE_MULTIPLE)) * SIDE_MULTIPLE


def _window(picture: Image, row: int, col: int, shape: tuple[int, int]) -> Image:
    """Return a part of the picture; what lies outside has the picture's mean colour."""
    part = picture[row : row + shape[0], col : col + shape[1]]
    if part.shape[:2] == shape:
        return part
    window = np.empty((*shape, 3), np.uint8)
    window[:] = picture.reshape(-1, 3).mean(axis=0).astype(np.uint8)
    window[: part.shape[0], : part.shape[1]] = part
    return window


def _uncalibrated(score: float, calibration: tuple[float, float] | None) -> float:
    if calibration is None or not 0 < score < 1:
        return score
    slope, offset = calibration
    return float(1 / (1 + np.exp(-(np.log(score / (1 - score)) - offset) / slope)))


def calibrated(boxes: Boxes, calibration: tuple[float, float] | None) -> Boxes:
    """Return boxes with calibrated scores.

    Parameters
    ----------
    boxes
        With raw scores.
    calibration
        Slope and offset of their logit; ``None`` leaves them.
    """
    if calibration is None:
        return boxes
    slope, offset = calibration
    raw = np.clip(boxes.scores.astype(np.float64), 1e-6, 1 - 1e-6)
    scores = 1 / (1 + np.exp(-(slope * np.log(raw / (1 - raw)) + offset)))
    return Boxes(edges=boxes.edges, scores=scores.astype(np.float32), labels=boxes.labels)
