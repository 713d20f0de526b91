"""What is on a frame: the detector on the whole frame or on its tiles, each thing once, *unknown* where it wavers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.learning.boxes import Boxes, overlaps
from pelagia.learning.detector import Detector, multiple_of_32
from pelagia.services.ecosystem.columns import UNKNOWN

Image = NDArray[np.uint8]

EVIDENCE = 0.25
"""Share of the least score down to which a box still says what else a thing may be."""
LEAST_BOX_PX = 1.0
"""Of a side in the frame; what is thinner is no box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBoxes:
    """What was found on one frame, the surest first.

    Parameters
    ----------
    boxes
        Edges in pixels of the frame, scores, labels in the order of the detector's classes; one box for each thing.
    classes
        (N,) what the detector calls each, its surest class.
    taxa
        (N,) the same, or *unknown* where too little speaks for one class.
    shares
        (N,) share of the scores of all classes at the place that speaks for its class, 0 to 1.
    """

    boxes: Boxes
    classes: tuple[str, ...]
    taxa: tuple[str, ...]
    shares: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.boxes)

    def scaled(self, rows: float, cols: float) -> FoundBoxes:
        """Return the same on a picture that is so many times as high and as wide."""
        edges = self.boxes.edges * np.array([rows, cols, rows, cols], np.float32)
        return replace(self, boxes=replace(self.boxes, edges=edges.astype(np.float32)))


def search_frame(
    detector: Detector, rgb: Image, *, tiled: bool = False, score_from: float | None = None, name_from: float = 0.0
) -> FoundBoxes:
    """Look for things on a frame.

    Parameters
    ----------
    detector
        Already loaded.
    rgb
        (H, W, 3) uint8, the frame at full resolution.
    tiled
        Whether it is searched in windows at full resolution, for small things; else at once, as small as the pictures
        were that the detector learned from.
    score_from
        Least score; by default the detector's own.
    name_from
        Least share of the scores at a place that must speak for one class, 0 to 1; with less it is *unknown*.

    Notes
    -----
    Frames go in one by one: on a processor, four windows at once take longer than four times one.
    """
    least = detector.score_from if score_from is None else score_from
    evidence = least if name_from <= 0 or len(detector.classes) == 1 else least * EVIDENCE
    found = detector.find(rgb, score_from=evidence) if tiled else _at_once(detector, rgb, evidence)
    kept, shares = one_for_each(found, overlap=detector.traits.merge_from)
    sides = found.edges[kept, 2:] - found.edges[kept, :2]
    counts = (found.scores[kept] >= least) & (sides.min(axis=1, initial=np.inf) >= LEAST_BOX_PX)
    boxes, share = found.take(kept[counts]), shares[counts]
    classes = tuple(detector.classes[label] for label in boxes.labels)
    taxa = tuple(
        name if speaks >= name_from - 1e-6 else UNKNOWN for name, speaks in zip(classes, share.tolist(), strict=True)
    )
    return FoundBoxes(boxes=boxes, classes=classes, taxa=taxa, shares=share)


def aphia_ids(detector: Detector) -> dict[str, int | None]:
    """Return the AphiaID of each class by its card; ``None`` where it is no taxon, and for *unknown*."""
    return {one.name: one.aphia_id for one in detector.card.classes} | {UNKNOWN: None}


def one_for_each(found: Boxes, *, overlap: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return which box stands for each thing, whatever its class, and the share of the scores that speaks for it.

    Parameters
    ----------
    found
        Boxes of all classes, several a thing.
    overlap
        Boxes that overlap the surest one by more (IoU) show the same thing.

    Returns
    -------
    ndarray, ndarray
        Indices of the surest boxes, surest first; of each, its score by the sum of the best scores of all classes.
    """
    order = np.argsort(-found.scores, kind="stable")
    same = overlaps(found.edges, found.edges) > overlap
    free = np.ones(len(found), np.bool_)
    kept: list[int] = []
    shares: list[float] = []
    for surest in order.tolist():
        if not free[surest]:
            continue
        here = free & same[surest]
        here[surest] = True
        best = np.zeros(int(found.labels.max()) + 1)
        np.maximum.at(best, found.labels[here], found.scores[here])
        kept.append(surest)
        shares.append(float(found.scores[surest] / max(best.sum(), 1e-9)))
        free &= ~here
    return np.array(kept, np.int64), np.array(shares, np.float32)


def detector_side_px(detector: Detector) -> int:
    """Return the longer side that frames are brought to for a detector, px."""
    return detector.traits.long_side_px or detector.window_px


def _at_once(detector: Detector, rgb: Image, score_from: float) -> Boxes:
    """Search a frame brought to the size that the detector learned at; boxes in pixels of the frame."""
    height, width = rgb.shape[:2]
    if detector.takes_any_side:
        scale = detector_side_px(detector) / max(height, width)
    else:
        scale = min(side / length for side, length in zip(detector.window_shape, (height, width), strict=True))
    rows, cols = max(1, round(height * scale)), max(1, round(width * scale))
    shape = (multiple_of_32(rows), multiple_of_32(cols)) if detector.takes_any_side else detector.window_shape
    (found,) = detector.detect([_fitted(rgb, (rows, cols), shape)], score_from=score_from)
    inside = found.inside(rows, cols)
    per_pixel = np.array([height / rows, width / cols] * 2, np.float32)
    return Boxes(edges=inside.edges * per_pixel, scores=inside.scores, labels=inside.labels).inside(height, width)


def _fitted(rgb: Image, inner: tuple[int, int], shape: tuple[int, int]) -> Image:
    """Return a frame scaled, and filled up on the right and below with its mean colour."""
    scaled = rgb
    if inner != rgb.shape[:2]:
        method = cv2.INTER_AREA if inner[0] < rgb.shape[0] else cv2.INTER_LINEAR
        scaled = np.asarray(cv2.resize(rgb, inner[::-1], interpolation=method), np.uint8)
    below, right = shape[0] - inner[0], shape[1] - inner[1]
    if not below and not right:
        return np.ascontiguousarray(scaled)
    colour = cv2.mean(scaled)[:3]
    filled = cv2.copyMakeBorder(scaled, 0, below, 0, right, cv2.BORDER_CONSTANT, value=colour)
    return np.asarray(filled, np.uint8)
