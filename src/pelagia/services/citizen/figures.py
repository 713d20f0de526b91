"""Figures of a result, added up image by image."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pelagia.services.citizen.columns import ACCEPTED, EXPERT
from pelagia.services.citizen.settled import Row

NORMAL_95 = 1.959964


@dataclass(slots=True)
class ClusteredMean:
    """A mean of values that come in clusters which resemble each other: boxes of one image, each worth one.

    Notes
    -----
    The variance is that of the ratio of sums over clusters (Cochran 1977, *Sampling Techniques*, section 9A.1), so
    that boxes of one image do not count as independent.
    """

    clusters: int = 0
    number: float = 0.0
    total: float = 0.0
    _squares: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])

    def add(self, values: Sequence[float]) -> None:
        """Take the values of one cluster."""
        if not values:
            return
        number, total = float(len(values)), math.fsum(values)
        self.clusters += 1
        self.number += number
        self.total += total
        self._squares[0] += total * total
        self._squares[1] += total * number
        self._squares[2] += number * number

    def told(self) -> dict[str, float | None]:
        """Return mean and 95 % interval; no interval below two clusters."""
        if not self.number:
            return {"value": None, "low": None, "high": None}
        mean = self.total / self.number
        if self.clusters < 2:
            return {"value": mean, "low": None, "high": None}
        yy, yn, nn = self._squares
        scatter = max(0.0, yy - 2 * mean * yn + mean * mean * nn)
        error = math.sqrt(scatter * self.clusters / (self.clusters - 1)) / self.number
        return {"value": mean, "low": max(0.0, mean - NORMAL_95 * error), "high": min(1.0, mean + NORMAL_95 * error)}


class Figures:
    """What the summary tells, gathered on the way through the images."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._agreement = ClusteredMean()
        self._accepted = ClusteredMean()
        self._found = ClusteredMean()
        self._right = ClusteredMean()

    def add(self, image: Row, boxes: Sequence[Row], marks: Sequence[Row]) -> None:
        """Take an image with its boxes and marks."""
        counts = self._counts
        counts["images"] += 1
        counts["images_read"] += image["height_px"] is not None
        counts["images_with_marks"] += bool(marks) and image["height_px"] is not None
        counts["images_validated"] += image["is_validated"]
        counts["marks"] += len(marks)
        counts["views"] += image["seen_by"]
        counts.update(f"marks_{mark['state']}" for mark in marks)
        counts.update(f"boxes_{box['status']}" for box in boxes)
        self._agreement.add([box["agreement"] for box in boxes if box["status"] == ACCEPTED])
        if image["is_validated"]:
            accepted = [box for box in boxes if box["crowd_status"] == ACCEPTED]
            self._found.add([float(box["crowd_status"] == ACCEPTED) for box in boxes if box["status"] == EXPERT])
            self._right.add([float(box["status"] == EXPERT) for box in accepted])
        else:
            self._accepted.add([float(box["status"] == ACCEPTED) for box in boxes])

    def told(self) -> dict[str, Any]:
        """Return counts by name, and means with their interval."""
        return {
            "counts": dict(sorted(self._counts.items())),
            "agreement": self._agreement.told(),
            "accepted_share": self._accepted.told(),
            "expert_recall": self._found.told(),
            "expert_precision": self._right.told(),
        }
