"""What crosses the counting line of a towed camera: once each, and only what moves with the ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.services.ecosystem.distance import Complex, Floats, GroundPath

Ints = NDArray[np.int64]

LOST_SHARE = 0.15
"""A thing that was last seen so near before the line, of the height of the frame, is taken to have crossed it."""
LOST_S = 1.5
"""And if the ground brings it there within this time."""
LEAST_TRAVEL = 0.25
"""What moved less than this, of its height, while it was seen crossed nothing: its box trembled about the line."""
WITH_GROUND = 0.3
"""What moved less than this, of the way the ground under it moved, is fixed to the camera: letters, a laser."""
CUT_PX = 2.0
"""A box that ends so near to a side of the frame may be cut off there."""
AROUND_S = 0.5
"""The place on the ground is a mean over so much time before and after the crossing."""
SAME_SIZES = 0.6
"""Two openings nearer than this, of their mean size, that are never seen together are one that was lost for a while."""
SAME_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A track on its frames.

    Parameters
    ----------
    track_id
        Its name.
    frames
        (N,) numbers of the frames in the path of the camera, rising.
    middles
        (N,) middles of its boxes from the middle of the frame, col + i row, px.
    size_px
        Mean of the sides of its boxes.
    height_px
        Mean height of its boxes.
    """

    track_id: str
    frames: Ints
    middles: Complex
    size_px: float
    height_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A track that crossed the line.

    Parameters
    ----------
    way
        The track.
    crossed_s
        When, from the start of the clip.
    col_px
        Where on the line, from the middle of the frame.
    ground
        Where on the ground, px of :class:`GroundPath`.
    is_seen
        Whether it was seen on both sides of the line, and not only on its way there.
    """

    way: Way
    crossed_s: float
    col_px: float
    ground: complex
    is_seen: bool


def ways_of(
    boxes: Sequence[Mapping[str, Any]], frame_number: Mapping[str, int], size_px: tuple[int, int]
) -> dict[str, Way]:
    """Return where each track was.

    Parameters
    ----------
    boxes
        Rows of the table of detections. Deleted ones and those of no track are passed over.
    frame_number
        The names of the frames → their numbers in the path of the camera.
    size_px
        Height and width of the frames.
    """
    gathered: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for box in boxes:
        if not box["is_deleted"] and box["track_id"] and box["frame_id"] in frame_number:
            gathered.setdefault(box["track_id"], []).append((frame_number[box["frame_id"]], box))
    return {name: _way(name, sorted(found, key=lambda one: one[0]), size_px) for name, found in gathered.items()}


def _way(name: str, found: Sequence[tuple[int, Mapping[str, Any]]], size_px: tuple[int, int]) -> Way:
    row, col, height, width = (
        np.array([box[side] for _, box in found], np.float64) for side in ("row_px", "col_px", "height_px", "width_px")
    )
    at_left, at_right = col <= CUT_PX, col + width >= size_px[1] - CUT_PX
    whole = ~(at_left | at_right)
    # What the edge of the frame cuts is as wide as it is elsewhere, or as high as it is wide.
    usual = np.full(len(found), float(np.median(width[whole]))) if whole.any() else height
    missing = np.maximum(usual - width, 0.0)
    middle = col + width / 2 + np.where(at_left, -missing / 2, 0.0) + np.where(at_right & ~at_left, missing / 2, 0.0)
    return Way(
        track_id=name,
        frames=np.array([number for number, _ in found], np.int64),
        middles=np.asarray((middle - size_px[1] / 2) + 1j * (row + height / 2 - size_px[0] / 2), np.complex128),
        size_px=float(height.mean() + width.mean()) / 2,
        height_px=float(height.mean()),
    )


def find_crossing(way: Way, path: GroundPath, size_px: tuple[int, int]) -> Crossing | None:
    """Return when and where a track crossed the counting line in the direction of the tow; ``None`` where it did not.

    Parameters
    ----------
    way
        The track.
    path
        Of the camera.
    size_px
        Height and width of the frames.

    Notes
    -----
    What is first seen behind the line passed it unseen, or is an old thing under a new name: it is not counted. What
    is lost just before the line is followed on with the ground, over 15 % of the height of the frame at most.
    """
    before = path.direction * (way.middles.imag - path.line)
    if before[0] >= 0 or not _moves(way, path):
        return None
    behind = np.flatnonzero(before >= 0)
    found = _seen(way, path, before, int(behind[0])) if len(behind) else _lost(way, path, before, size_px[0])
    if found is None or abs(found[1]) > size_px[1] / 2:
        return None
    crossed_s, col_px = found
    near = np.abs(path.time_s[way.frames] - crossed_s) <= AROUND_S
    near[np.argmin(np.abs(path.time_s[way.frames] - crossed_s))] = True
    ground = path.ground(way.frames[near], way.middles[near]).mean()
    return Crossing(way=way, crossed_s=crossed_s, col_px=col_px, ground=complex(ground), is_seen=bool(len(behind)))


def _moves(way: Way, path: GroundPath) -> bool:
    """Whether a track moves with the ground rather than stands on the picture."""
    first, last = int(way.frames[0]), int(way.frames[-1])
    travel = way.middles[-1] - way.middles[0]
    under = path.on_frame(last, complex(path.ground(way.frames[:1], way.middles[:1])[0])) - complex(way.middles[0])
    if abs(travel) < LEAST_TRAVEL * way.height_px:
        return False
    way_of_ground = abs(under)
    if first == last or way_of_ground < LEAST_TRAVEL * way.height_px:
        return True
    return bool((travel * np.conj(under)).real / way_of_ground >= WITH_GROUND * way_of_ground)


def _seen(way: Way, path: GroundPath, before: Floats, behind: int) -> tuple[float, float]:
    """Return time and column of a crossing between two boxes."""
    share = before[behind - 1] / (before[behind - 1] - before[behind])
    times = path.time_s[way.frames[behind - 1 : behind + 1]]
    cols = way.middles[behind - 1 : behind + 1].real
    return float(times[0] + share * (times[1] - times[0])), float(cols[0] + share * (cols[1] - cols[0]))


def _lost(way: Way, path: GroundPath, before: Floats, height_px: int) -> tuple[float, float] | None:
    """Return time and column at which the ground brings a lost track over the line; ``None`` where that is far."""
    if -before[-1] > LOST_SHARE * height_px:
        return None
    last = int(way.frames[-1])
    place, was = complex(way.middles[-1]), float(before[-1])
    ground = complex(path.ground(way.frames[-1:], way.middles[-1:])[0])
    for frame in range(last + 1, len(path.time_s)):
        if path.time_s[frame] - path.time_s[last] > LOST_S or not path.known[frame] or path.step_s[frame] == 0:
            return None
        now = path.on_frame(frame, ground)
        is_at = path.direction * (now.imag - path.line)
        if is_at >= 0:
            share = was / (was - is_at)
            time_s = path.time_s[frame - 1] + share * (path.time_s[frame] - path.time_s[frame - 1])
            return float(time_s), place.real + share * (now.real - place.real)
        place, was = now, is_at
    return None


def distinct_crossings(crossings: Sequence[Crossing], path: GroundPath) -> list[Crossing]:
    """Return the crossings of different openings: one that was lost and found again under a new name counts once.

    Parameters
    ----------
    crossings
        Of things that do not move by themselves.
    path
        Of the camera.

    Notes
    -----
    Two are one where both are at one place on the ground, less than 10 s apart, and on no frame together.
    Of one that was seen to cross and one that was lost before the line, the former counts.
    """
    kept: list[Crossing] = []
    for one in sorted(crossings, key=lambda each: (not each.is_seen, each.crossed_s, each.way.track_id)):
        if not any(_is_same(one, other) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda each: (each.crossed_s, each.way.track_id))


def _is_same(one: Crossing, other: Crossing) -> bool:
    size_px = (one.way.size_px + other.way.size_px) / 2
    if abs(one.crossed_s - other.crossed_s) > SAME_S or abs(one.ground - other.ground) > SAME_SIZES * size_px:
        return False
    return not len(np.intersect1d(one.way.frames, other.way.frames))
