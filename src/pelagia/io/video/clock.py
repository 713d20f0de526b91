"""When frames are shown: from time stamps as they are stored to seconds that only ever grow."""

from __future__ import annotations

from fractions import Fraction

from pelagia.core.result import Issue
from pelagia.io.video import faults

USUAL_STEP_S = 0.04
LARGEST_GAP_S = 86_400.0
"""A recorder may pause; a jump of more than a day within one file is a clock that was set."""
STUCK_FRAMES = 3
"""So many frames in a row with the time of one before: the clock stands, and time goes on by the frame rate."""
BACKWARD_S = 0.5
"""A step back by less is a repeated or slightly wrong time; by more, the clock was set or files were joined."""


class FrameClock:
    """Tell the time of frames in the order they are shown; what is missing or wrong is repaired and counted.

    Parameters
    ----------
    time_base
        Seconds of one tick of the time stamps.
    start
        The time stamp that is 0 s.
    step_s
        Usual time between two frames, ``None`` where unknown.
    """

    def __init__(self, time_base: Fraction, start: int, step_s: float | None) -> None:
        self._time_base, self._start = time_base, start
        self._step_s = step_s if step_s and step_s > 0 else USUAL_STEP_S
        self._offset_s = 0.0
        self._last_s: float | None = None
        self._stated_s: float | None = None
        self._stuck = 0
        self.missing = self.repeated = self.backward = 0
        self.first_backward_s = 0.0

    @property
    def last_s(self) -> float | None:
        """The time of the last frame."""
        return self._last_s

    @property
    def step_s(self) -> float:
        """The usual time between two frames."""
        return self._step_s

    def plain_s(self, pts: int) -> float:
        """Return what a time stamp says, before any repair."""
        return float((pts - self._start) * self._time_base)

    def time_s(self, pts: int | None) -> float:
        """Return when the next frame is shown, s from the start of the file."""
        self._last_s = self._next(pts)
        return self._last_s

    def issues(self, file: str) -> list[Issue]:
        """Say what was repaired."""
        found: list[Issue] = []
        if self.missing:
            found.append(faults.times_missing(file, self.missing))
        if self.repeated:
            found.append(faults.times_repeated(file, self.repeated))
        if self.backward:
            found.append(faults.times_backward(file, self.backward, self.first_backward_s))
        return found

    def _next(self, pts: int | None) -> float:
        last_s = self._last_s
        if pts is None:
            self.missing += 1
            return 0.0 if last_s is None else last_s + self._step_s
        stated_s, before_s, self._stated_s = self.plain_s(pts), self._stated_s, self.plain_s(pts)
        time_s = stated_s + self._offset_s
        if last_s is None or 0 < time_s - last_s <= LARGEST_GAP_S:
            self._stuck = 0
            return time_s
        if time_s <= last_s and (before_s is None or stated_s - before_s >= -BACKWARD_S):
            self.repeated += 1
            self._stuck += 1
            return last_s + (self._step_s if self._stuck > STUCK_FRAMES else self._step_s / 2 ** (self._stuck + 1))
        self.backward += 1
        self.first_backward_s = self.first_backward_s or last_s
        self._offset_s = last_s + self._step_s - stated_s
        return last_s + self._step_s
