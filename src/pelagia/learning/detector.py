"""Find objects in windows of a picture: Pelagia's own detectors, and those that others trained, behind one call."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from pydantic import ValidationError

from pelagia.core.errors import BadInput
from pelagia.imaging.tiles import Window, is_mine, plan_windows
from pelagia.learning.boxes import Boxes, join, keep_best
from pelagia.learning.card import CARD_FILE, ModelCard
from pelagia.learning.detector_styles import DetectorTraits, decode
from pelagia.learning.package import read_package
from pelagia.learning.session import default_threads, load_session

Image = npt.NDArray[np.uint8]

TASK: Final = "detection"
TRAITS: Final = "detector"  # the key of the recipe
BATCH = 1  # on a processor: four windows of 640 px at once take 104 ms each, one alone 90: it stays in the cache
SLACK_PX = 2.0  # neighbours may see the middle of a thing a little apart; what both find is one
SIDE_MULTIPLE = 32  # of windows for a graph that takes any side
FLOAT_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_loaded: dict[tuple[str, int, int], Detector] = {}
_loading = Lock()


class Detector:
    """A detector loaded in this process; make it with :func:`load_detector`.

    Parameters
    ----------
    card
        What the model says of itself.
    session
        The loaded graph: one image input, uint8 (N, H, W, 3) or float (N, 3, H, W).
    traits
        How it is fed and answers.
    """

    def __init__(self, card: ModelCard, session: ort.InferenceSession, traits: DetectorTraits) -> None:
        self.card = card
        self.session = session
        self.traits = traits
        put = session.get_inputs()[0]
        self._input, self._type = put.name, put.type
        self._batch = BATCH if not isinstance(put.shape[0], int) else int(put.shape[0])
        self._any_side = not any(isinstance(side, int) and side > 4 for side in put.shape[1:])

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
        """Side of a window, px."""
        return self.card.input.size_px

    @property
    def overlap_px(self) -> int:
        """How much neighbouring windows share, px."""
        return self.traits.overlap_px

    @property
    def takes_any_side(self) -> bool:
        """Whether windows may be smaller, multiples of 32 px, for small pictures."""
        return self._any_side

    @property
    def score_from(self) -> float:
        """Least score of a box, where nothing else is asked for."""
        return self.traits.score_from

    def detect(self, windows: Iterable[Image], *, score_from: float | None = None) -> list[Boxes]:
        """Return what is in each window, the surest first.

        Parameters
        ----------
        windows
            (S, S, 3) uint8 RGB of :attr:`window_px`; a graph that takes any side also takes other multiples of 32,
            all alike.
        score_from
            Least score, by default :attr:`score_from`.
        """
        least = self.score_from if score_from is None else score_from
        raw = _uncalibrated(least, self.traits.calibration)
        found: list[Boxes] = []
        source = iter(windows)
        while batch := list(islice(source, self._batch)):
            stack = np.stack(batch)
            side = stack.shape[1]
            self._check(stack)
            empty = self._batch - len(batch) if self._fixed_batch else 0
            if empty:
                stack = np.concatenate([stack, np.zeros((empty, *stack.shape[1:]), np.uint8)])
            outputs = self.session.run(None, {self._input: self._feed(stack)})
            boxes = decode(outputs, self.traits, classes=len(self.classes), side_px=side, score_from=raw)
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
        side = self.window_px
        if self._any_side:
            side = min(side, -(-max(picture.shape[:2]) // SIDE_MULTIPLE) * SIDE_MULTIPLE)
        height, width = picture.shape[:2]
        windows = plan_windows(
            np.ones((1, 1), np.bool_),
            max(height, width),
            height_px=height,
            width_px=width,
            window_px=side,
            overlap_px=min(self.overlap_px, side // 2),
        )
        parts = (_window(picture, one.row_px, one.col_px, side) for one in windows)
        found = self.detect(parts, score_from=score_from)
        own = [_in_core(boxes.moved(one.row_px, one.col_px), one) for one, boxes in zip(windows, found, strict=True)]
        return keep_best(join(own).inside(height, width), overlap=self.traits.merge_from)

    @property
    def _fixed_batch(self) -> bool:
        return isinstance(self.session.get_inputs()[0].shape[0], int)

    def _check(self, stack: npt.NDArray[Any]) -> None:
        side = stack.shape[1]
        right = side % SIDE_MULTIPLE == 0 if self._any_side else side == self.window_px
        if stack.dtype != np.uint8 or stack.ndim != 4 or stack.shape[1:] != (side, side, 3) or not right:
            raise BadInput(
                "this is no window for the detector",
                value=f"{stack.shape[1:]} {stack.dtype}",
                remedy=f"Give uint8 RGB of {self.window_px} × {self.window_px} pixels.",
            )

    def _feed(self, stack: Image) -> npt.NDArray[Any]:
        kind = FLOAT_TYPES.get(self._type)
        if kind is None:
            return stack
        traits = self.traits
        pixels = (stack.astype(np.float32) - np.array(traits.mean_rgb, np.float32)) / np.array(
            traits.divisor_rgb, np.float32
        )
        if traits.bands == "bgr":
            pixels = pixels[..., ::-1]
        return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), kind)


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
            _check_input(session.get_inputs(), package.card, package.model)
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


def _check_input(puts: Sequence[Any], card: ModelCard, path: Path) -> None:
    side = card.input.size_px
    shape = list(puts[0].shape) if puts else []
    by_type = {"tensor(uint8)": [None, side, side, 3]} | {kind: [None, 3, side, side] for kind in FLOAT_TYPES}
    wanted = by_type.get(puts[0].type) if len(puts) == 1 else None
    fits = wanted is not None and len(shape) == len(wanted)
    for has, needs in zip(shape, wanted or (), strict=False):
        fits = fits and (needs is None or not isinstance(has, int) or has == needs)
    if not fits:
        raise BadInput(
            "the detector takes another input than windows of its card's size",
            value="; ".join(f"{put.name}: {put.type} {put.shape}" for put in puts),
            remedy=f"It must take one input, uint8 (N, {side}, {side}, 3) or float (N, 3, {side}, {side}); "
            "set size_px in its card, or export it again.",
            file=str(path),
        )


def _in_core(boxes: Boxes, window: Window) -> Boxes:
    """Return the boxes for which the window speaks; its neighbours see the others whole."""
    rows, cols = ((boxes.edges[:, side] + boxes.edges[:, side + 2]) / 2 for side in (0, 1))
    top, left, bottom, right = window.core
    return boxes.take(is_mine(rows, cols, (top - SLACK_PX, left - SLACK_PX, bottom + SLACK_PX, right + SLACK_PX)))


def _window(picture: Image, row: int, col: int, side: int) -> Image:
    """Return a square of the picture; what lies outside has the picture's mean colour."""
    part = picture[row : row + side, col : col + side]
    if part.shape[:2] == (side, side):
        return part
    window = np.empty((side, side, 3), np.uint8)
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
