"""A detector of the sharp magenta marks of drawn orthophotos, whose middles are known to a fraction of a pixel."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from pelagia.learning.boxes import Boxes

LEAST = 60


class MarkDetector:
    """Offers what :class:`pelagia.learning.detector.Detector` does."""

    classes = ("plastic",)
    gsd_cm = None
    window_px = 640
    overlap_px = 64
    score_from = 0.5
    takes_any_side = True

    def detect(self, windows: Iterable[np.ndarray], *, score_from: float | None = None) -> list[Boxes]:
        return [self._find(window.astype(np.int32)) for window in windows]

    def _find(self, rgb: np.ndarray) -> Boxes:
        # Magenta over any natural ground: how much less green there is than red and blue.
        share = np.clip(np.minimum(rgb[..., 0], rgb[..., 2]) - rgb[..., 1], 0, 255)
        count, labels = cv2.connectedComponents((share > LEAST).astype(np.uint8))
        edges = []
        for label in range(1, count):
            rows, cols = np.nonzero(labels == label)
            if len(rows) < 30:
                continue
            weight = share[rows, cols]
            row, col = np.average(rows + 0.5, weights=weight), np.average(cols + 0.5, weights=weight)
            half = np.sqrt(weight.sum() / 255) / 2
            edges.append((row - half, col - half, row + half, col + half))
        return Boxes.make(edges, np.zeros(len(edges), np.int32), np.full(len(edges), 0.9))
