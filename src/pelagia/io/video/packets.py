"""The sizes of the packets of a video: what moves costs bytes, and nothing has to be decoded to see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pelagia.io.video.clock import BACKWARD_S, FrameClock

VARIABLE_SHARE = 0.02
VARIABLE_FROM = 0.1
"""The rate varies where more than 2 % of the times between frames differ from the usual by 10 % and a tick or more."""

LEAST_GAP_S, LEAST_GAP_STEPS = 1.0, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketSizes:
    """The packets of a video in the order of their frames.

    Parameters
    ----------
    pts_s
        When the frame is shown, s from the start of the file; float64, never falling.
    bytes
        Size of its packet; int64.
    is_key
        Whether it can be decoded alone.
    is_regular
        Whether all times were as they should be; where not, they are repaired, and the file has to be read from its
        begin.
    """

    pts_s: NDArray[np.float64]
    bytes: NDArray[np.int64]
    is_key: NDArray[np.bool_]
    is_regular: bool = True

    def __len__(self) -> int:
        return len(self.pts_s)

    @property
    def keyframes_s(self) -> NDArray[np.float64]:
        """When its keyframes are shown, s."""
        return self.pts_s[self.is_key]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A packet as it was read: time stamps in ticks, ``None`` where it has none."""

    pts: int | None
    dts: int | None
    size: int
    is_key: bool


def packet_sizes(stamps: Sequence[Stamp], clock: FrameClock) -> PacketSizes:
    """Bring packets into the order of their frames.

    Parameters
    ----------
    stamps
        In the order they were read.
    clock
        Tells their time, and counts what it had to repair.
    """
    is_regular = _is_regular(stamps, clock)
    times = _plain(stamps, clock) if is_regular else _repaired(stamps, clock)
    order = np.argsort(times, kind="stable")
    return PacketSizes(
        pts_s=times[order],
        bytes=np.array([stamp.size for stamp in stamps], np.int64)[order],
        is_key=np.array([stamp.is_key for stamp in stamps], np.bool_)[order],
        is_regular=is_regular,
    )


def is_variable(sizes: PacketSizes, tick_s: float) -> bool | None:
    """Tell whether the time between frames varies; ``None`` of fewer than three frames."""
    steps = np.diff(sizes.pts_s)
    if len(steps) < 2:
        return None
    usual = float(np.median(steps))
    off = np.abs(steps - usual) > np.maximum(VARIABLE_FROM * usual, 1.01 * tick_s)
    return bool(off.mean() > VARIABLE_SHARE)


def gaps_s(sizes: PacketSizes) -> NDArray[np.float64]:
    """Return how long each hole in a film of steady rate is, s: where frames are missing that should be there."""
    steps = np.diff(sizes.pts_s)
    usual = float(np.median(steps)) if len(steps) else 0.0
    return steps[steps > max(LEAST_GAP_S, LEAST_GAP_STEPS * usual)] - usual


def _is_regular(stamps: Sequence[Stamp], clock: FrameClock) -> bool:
    """Tell whether every packet has its own time, and none goes back."""
    ticks = [_tick(stamp) for stamp in stamps]
    if any(tick is None for tick in ticks) or len(set(ticks)) < len(ticks):
        return False
    decoded = [stamp.dts for stamp in stamps if stamp.dts is not None]
    return all(clock.plain_s(after) - clock.plain_s(before) > -BACKWARD_S for before, after in pairwise(decoded))


def _tick(stamp: Stamp) -> int | None:
    return stamp.pts if stamp.pts is not None else stamp.dts


def _plain(stamps: Sequence[Stamp], clock: FrameClock) -> NDArray[np.float64]:
    return np.array([clock.plain_s(tick) for stamp in stamps if (tick := _tick(stamp)) is not None], np.float64)


def _repaired(stamps: Sequence[Stamp], clock: FrameClock) -> NDArray[np.float64]:
    """Bring each stretch between two jumps into the order of its frames, and let the clock repair their times."""
    times = np.zeros(len(stamps))
    stretch: list[int] = []
    last: int | None = None
    for number, stamp in enumerate(stamps):
        jumps = (
            last is not None and stamp.dts is not None and clock.plain_s(stamp.dts) - clock.plain_s(last) < -BACKWARD_S
        )
        if jumps:
            _tell(stretch, stamps, clock, times)
            stretch = []
        stretch.append(number)
        last = stamp.dts if stamp.dts is not None else last
    _tell(stretch, stamps, clock, times)
    return times


def _tell(stretch: Sequence[int], stamps: Sequence[Stamp], clock: FrameClock, times: NDArray[np.float64]) -> None:
    ticks = [_tick(stamps[number]) for number in stretch]
    known = all(tick is not None for tick in ticks)
    for number in sorted(stretch, key=lambda at: _tick(stamps[at]) or 0) if known else stretch:
        times[number] = clock.time_s(_tick(stamps[number]))
