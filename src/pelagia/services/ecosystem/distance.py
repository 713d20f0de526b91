"""The way of a towed camera over ground, from how the picture of the ground moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.services.ecosystem.profiles import CLOSE_S
from pelagia.services.ecosystem.tracking import motion_of

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]
Mask = NDArray[np.bool_]

SMOOTH_S = 1.5
"""Speed is a mean over so much time before and after: the shaking of a sledge is no way."""
HEAVE_S = 15.0
"""A change of size that lasts longer than this before and after is an error that added up, and no heave."""
SCALE_ERROR = 0.01
"""Standard error of a distance from the image, of itself, beside that of the field of view (drawn tows: 0.3 %)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPath:
    """Where the camera was on each searched frame, in pixels of the ground at its usual size on the frame.

    Parameters
    ----------
    time_s
        (N,) of the frames.
    step_s
        (N,) counted time since the frame before; 0 where a stretch begins.
    known
        (N,) whether the motion since the frame before is known.
    camera
        (N,) the ground in the middle of the frame: col + i row.
    turn
        (N,) zoom and turn: what is at ``g`` on the ground is at ``turn · (g − camera)`` from the middle of the frame.
    line
        Row of the counting line from the middle of the frame, px.
    """

    time_s: Floats
    step_s: Floats
    known: Mask
    camera: Complex
    turn: Complex
    line: float

    def ground(self, frames: NDArray[np.int64], middles: Complex) -> Complex:
        """Return the ground at places on frames, from their middles."""
        return np.asarray(self.camera[frames] + middles / self.turn[frames], np.complex128)

    def on_frame(self, frame: int, ground: complex) -> complex:
        """Return where ground is on a frame, from its middle."""
        return complex(self.turn[frame] * (ground - self.camera[frame]))

    @property
    def direction(self) -> int:
        """1 where the ground moves down the picture, -1 where it moves up."""
        steps = np.diff(self.camera, prepend=self.camera[:1]) * (self.step_s > 0)
        return 1 if float((self.turn * steps).imag.sum()) <= 0 else -1

    def on_way(self) -> Complex:
        """Return the ground under the middle of the counting line on each frame."""
        return np.asarray(self.camera + 1j * self.line / self.turn, np.complex128)

    @property
    def travelled_px(self) -> Floats:
        """(N,) way made by the line in counted time up to each frame."""
        return np.cumsum(np.abs(self._speed()) * self.step_s)

    @property
    def counted_s(self) -> float:
        """Time of the stretches in which was counted."""
        return float(self.step_s.sum())

    @property
    def unknown_share(self) -> float:
        """Share of the counted time in which the motion is not known."""
        return float(self.step_s[~self.known].sum() / self.counted_s) if self.counted_s else 1.0

    @property
    def error_share(self) -> float:
        """Standard error of the way, of itself.

        Notes
        -----
        Where the motion is unknown the speed is taken from before and after; it may be wrong by as much as speed
        varies, each time anew.
        """
        way = float(self.travelled_px[-1]) if len(self.time_s) else 0.0
        if not way:
            return 1.0
        spread = float(np.std(np.abs(self._speed()[self.known]))) if self.known.any() else way / self.counted_s
        begins = np.flatnonzero(np.diff(np.concatenate([[0], (~self.known).astype(int)])) == 1)
        lengths = np.add.reduceat(np.where(self.known, 0.0, self.step_s), begins) if len(begins) else np.zeros(0)
        return float(np.hypot(SCALE_ERROR, spread * np.sqrt((lengths**2).sum()) / way))

    def _speed(self) -> Complex:
        """Return the smoothed speed of the line over ground on the way to each frame, px/s."""
        steps = np.diff(self.on_way(), prepend=self.on_way()[:1])
        gaps = np.diff(self.time_s, prepend=self.time_s[:1])
        low = np.searchsorted(self.time_s, self.time_s - gaps / 2 - SMOOTH_S)
        high = np.searchsorted(self.time_s, self.time_s - gaps / 2 + SMOOTH_S, "right")
        counted = self.step_s > 0
        way = np.concatenate([[0], np.cumsum(np.where(counted, steps, 0))])
        time = np.concatenate([[0], np.cumsum(self.step_s)])
        lasted = time[high] - time[low]
        return np.asarray((way[high] - way[low]) / np.where(lasted > 0, lasted, np.inf), np.complex128)


def ground_path(frames: Sequence[Mapping[str, Any]], line_px: float) -> GroundPath:
    """Return the way of the camera.

    Parameters
    ----------
    frames
        Rows of the table of frames that were searched, in order of time, with their motion.
    line_px
        Row of the counting line from the middle of the frame, px.

    Notes
    -----
    Shifts, turns and zooms of all frames are added up. Errors add up too: in the turn that does not matter, as only
    things a few frames apart are compared; the zoom is held to 1 over half a minute, so that the field of view stays
    that of the user. Where the motion is not known, the speed is that between the frames before and after.
    """
    time_s = np.array([frame["time_s"] for frame in frames], np.float64)
    motions = [motion_of(frame) for frame in frames]
    gaps = np.diff(time_s, prepend=time_s[:1])
    known = np.array([motion.is_known for motion in motions], np.bool_) & (gaps > 0)
    turns = np.array([motion.turn if motion.is_known else 1 for motion in motions], np.complex128)
    speed = np.zeros(len(frames), np.complex128)
    speed[known] = np.array([motion.shift for motion in motions], np.complex128)[known] / gaps[known]
    if known.any():
        speed[~known] = np.interp(time_s[~known], time_s[known], speed[known])
    shifts = speed * gaps
    turn = np.exp(1j * np.cumsum(np.angle(turns))) * _heave(time_s, np.cumsum(np.log(np.abs(turns))))
    before = np.concatenate([turn[:1], turn[:-1]])
    camera = np.cumsum(-shifts / turns / before)
    return GroundPath(
        time_s=time_s,
        step_s=np.where(gaps <= CLOSE_S, gaps, 0.0),
        known=known,
        camera=camera,
        turn=turn,
        line=line_px,
    )


def _heave(time_s: Floats, logarithm: Floats) -> Floats:
    """Return how much larger than usual the ground looks on each frame: the added up zoom without its slow part."""
    low, high = np.searchsorted(time_s, time_s - HEAVE_S), np.searchsorted(time_s, time_s + HEAVE_S, "right")
    sums = np.concatenate([[0], np.cumsum(logarithm)])
    return np.asarray(np.exp(logarithm - (sums[high] - sums[low]) / np.maximum(high - low, 1)), np.float64)
