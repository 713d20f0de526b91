"""Which frames are wanted, and which were lost on the way."""

from __future__ import annotations

import math

CLOSE_S = 1e-6
"""Times that differ by less are one."""


class Due:
    """Which moments are the first at or after a multiple of some time."""

    def __init__(self, every_s: float, start_s: float = 0.0) -> None:
        self._every_s = every_s
        self._last = math.ceil(start_s / every_s - CLOSE_S) - 1

    def at(self, time_s: float) -> bool:
        """Tell whether this moment is one; to be asked of each in order."""
        multiple = math.floor(time_s / self._every_s + CLOSE_S)
        is_due, self._last = multiple > self._last, max(multiple, self._last)
        return is_due


class Losses:
    """How many frames were lost, and when the first; the times of packets whose frames are still to come."""

    def __init__(self) -> None:
        self.unplaced: list[int] = []
        self.frames = self.in_a_row = 0
        self.first_s = 0.0

    def add(self, at_s: float) -> None:
        """Count one more."""
        self.first_s = self.first_s if self.frames else at_s
        self.frames += 1
        self.in_a_row += 1
