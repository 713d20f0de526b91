"""Find people in a picture, so that they can be made unrecognisable before anyone else sees it."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.core.errors import BadInput, BadParameter
from pelagia.imaging.tiles import is_mine, plan_windows, suppress
from pelagia.learning import detector as detectors
from pelagia.learning.boxes import Boxes, areas, join
from pelagia.learning.card import CARD_FILE, ModelCard
from pelagia.learning.detector import Detector, load_detector, read_traits
from pelagia.learning.package import ModelPackage, read_package
from pelagia.learning.session import default_threads, load_session

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

TASK: Final = "people"
NAMES = frozenset({"person", "people", "pedestrian", "human", "man", "woman", "child", "face", "head"})
"""Classes of a detector that are taken for people."""
COARSE = 4
"""People too large for a window are looked for in the picture reduced so many times."""
STRIDE_PX = 32
"""Sides of windows are multiples of it."""
QUARTERS = 4
GREY = (114, 114, 114)
SAME_OVERLAP, SAME_INSIDE, NEVER = 0.3, 0.7, 2.0
ROWS_AT_A_TIME = 256
"""Of people compared with all others: a crowd may be thousands."""
_loaded: dict[tuple[str, int, int], PeopleFinder] = {}
_loading = Lock()


class PeopleFinder:
    """A finder of people loaded in this process; make it with :func:`load_people_finder`.

    Parameters
    ----------
    detector
        What finds them.
    labels
        Which of its classes are people.
    """

    def __init__(self, detector: Detector, labels: Sequence[int]) -> None:
        self._detector = detector
        self._labels = list(labels)

    @property
    def card(self) -> ModelCard:
        """What the model says of itself."""
        return self._detector.card

    @property
    def gsd_cm(self) -> float | None:
        """Ground sampling distance at which pictures are to be given, cm; ``None`` where any will do."""
        return self._detector.gsd_cm

    def find(self, rgb: Image, *, every_way: bool = False) -> Floats:
        """Return where people are.

        Parameters
        ----------
        rgb
            (H, W, 3) uint8 of any size, at :attr:`gsd_cm` where both are known; else at most some 2000 px long.
        every_way
            Look with the picture turned by 90, 180 and 270° as well: from above, people have no upright. It takes
            four times as long.

        Returns
        -------
        ndarray
            (N, 4) float32 row_min, col_min, row_max, col_max, px; the first pixel covers 0 to 1.
        """
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not rgb.size:
            raise BadParameter(
                "pictures in which people are looked for are RGB of 8 bit",
                value=f"{rgb.shape}, {rgb.dtype}",
                remedy="Give (rows, columns, 3) uint8.",
            )
        found = []
        for quarters in range(QUARTERS if every_way else 1):
            boxes = self._near_and_far(np.ascontiguousarray(np.rot90(rgb, quarters)))
            edges = turned_back(boxes.edges, quarters, (rgb.shape[0], rgb.shape[1]))
            found.append(Boxes(edges=edges, scores=boxes.scores, labels=boxes.labels))
        return each_once(join(found))

    def _near_and_far(self, rgb: Image) -> Boxes:
        """Return people of any size, large ones found in the picture made smaller."""
        found = self._people(rgb)
        height, width = rgb.shape[0] // COARSE, rgb.shape[1] // COARSE
        if min(height, width) < STRIDE_PX:
            return found
        large = self._people(np.asarray(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA), np.uint8))
        enlarged = large.edges * np.array([rgb.shape[0] / height, rgb.shape[1] / width] * 2, np.float32)
        return join([found, Boxes(edges=enlarged, scores=large.scores, labels=large.labels)])

    def _people(self, rgb: Image) -> Boxes:
        found = self._in_windows(rgb) if self._detector.takes_any_side else self._detector.find(rgb)
        return found.take(np.isin(found.labels, self._labels))

    def _in_windows(self, rgb: Image) -> Boxes:
        """Return what the detector finds in as few and as small windows as will do."""
        height, width = rgb.shape[:2]
        overlap = self._detector.overlap_px
        side = window_side(height, width, largest=self._detector.window_px, overlap=overlap)
        whole, longer = np.ones((1, 1), np.bool_), float(max(height, width))
        windows = plan_windows(
            whole, longer, height_px=height, width_px=width, window_px=side, overlap_px=min(overlap, side - 1)
        )
        seen = self._detector.detect(
            _filled_up(rgb[one.row_px : one.row_px + side, one.col_px : one.col_px + side], side) for one in windows
        )
        found = []
        for window, boxes in zip(windows, seen, strict=True):
            moved = boxes.moved(window.row_px, window.col_px)
            rows, cols = (moved.edges[:, :2] + moved.edges[:, 2:]).T / 2
            found.append(moved.take(is_mine(rows, cols, window.core)))
        return join(found).inside(height, width)


def load_people_finder(path: str | Path, threads: int | None = None) -> PeopleFinder:
    """Load a finder of people, or give the one already loaded in this process.

    Parameters
    ----------
    path
        The folder of its package: a model of people, or any detector one of whose classes is a person or a face. The
        model is checked against its SHA-256.
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
            labels = people_labels(package.card, package.path)
            _loaded[key] = PeopleFinder(_detector(package, count), labels)
        return _loaded[key]


def people_labels(card: ModelCard, folder: Path) -> list[int]:
    """Return the numbers of the classes of a model that are people or parts of them.

    Parameters
    ----------
    card, folder
        Of its package.

    Raises
    ------
    BadInput
        If there is none.
    """
    labels = [number for number, name in enumerate(card.class_names) if name.strip().casefold() in NAMES]
    if card.task not in (TASK, detectors.TASK) or not labels:
        raise BadInput(
            "this model does not find people",
            value=f"{card.reference}: {card.task}",
            remedy=f"Choose a model whose card has the task '{TASK}', such as people-faces, or a detector with a class "
            "'person' or 'face'.",
            file=str(folder / CARD_FILE),
        )
    return labels


def turned_back(edges: Floats, quarters: int, shape: tuple[int, int]) -> Floats:
    """Return boxes of a picture that ``np.rot90`` turned as they lie in the picture before.

    Parameters
    ----------
    edges
        (N, 4) row_min, col_min, row_max, col_max, px.
    quarters
        How often it was turned.
    shape
        (H, W) of the picture before.
    """
    for number in range(quarters, 0, -1):
        # A quarter of a turn made the last column the first row.
        width = shape[1] if number % 2 else shape[0]
        top, left, bottom, right = edges.T
        edges = np.stack([left, width - bottom, right, width - top], axis=1)
    return edges


def each_once(boxes: Boxes) -> Floats:
    """Return the edges of boxes without those that show again what another one shows.

    Parameters
    ----------
    boxes
        Of which the surest of those that cover nearly the same is kept. One inside a larger one is not needed, however
        sure; the larger one never gives way to it, for what it covers besides would stay to be seen.
    """
    edges = boxes.edges[suppress(boxes.edges, boxes.scores, np.zeros(len(boxes)), SAME_OVERLAP, NEVER)]
    needless = [_inside_larger(edges[at : at + ROWS_AT_A_TIME], edges) for at in range(0, len(edges), ROWS_AT_A_TIME)]
    kept: Floats = edges[~np.concatenate([np.zeros(0, np.bool_), *needless])]
    return kept


def _inside_larger(some: Floats, edges: Floats) -> npt.NDArray[np.bool_]:
    """Tell which of some boxes lie in a larger one for the most part."""
    sizes, larger = areas(some), areas(edges)
    low = np.maximum(some[:, None, :2], edges[None, :, :2])
    high = np.minimum(some[:, None, 2:], edges[None, :, 2:])
    shared = areas(np.concatenate([low, high], axis=2))
    found = (larger[None, :] > sizes[:, None]) & (shared > SAME_INSIDE * sizes[:, None])
    return np.asarray(found.any(axis=1), np.bool_)


def window_side(height: int, width: int, *, largest: int, overlap: int) -> int:
    """Return the smallest side of windows of which a picture needs no more than of the largest, px.

    Parameters
    ----------
    height, width
        Of the picture, px.
    largest
        Side of the largest window, px.
    overlap
        What neighbours share, px.
    """
    least = 1
    for length in (height, width):
        count = max(1, math.ceil((length - overlap) / (largest - overlap)))
        least = max(least, math.ceil((length + (count - 1) * overlap) / count))
    return min(largest, math.ceil(least / STRIDE_PX) * STRIDE_PX)


def _filled_up(part: Image, side: int) -> Image:
    below, right = side - part.shape[0], side - part.shape[1]
    return np.asarray(cv2.copyMakeBorder(part, 0, below, 0, right, cv2.BORDER_CONSTANT, value=GREY), np.uint8)


def _detector(package: ModelPackage, threads: int) -> Detector:
    if package.card.task == detectors.TASK:
        return load_detector(package.path, threads=threads)
    # It answers as any detector does; its task only keeps it from being taken for one of litter.
    traits = read_traits(package.card.model_copy(update={"task": detectors.TASK}), package.path)
    session = load_session(package.model, package.card.sha256, "auto", threads)
    return Detector(package.card, session, traits)
