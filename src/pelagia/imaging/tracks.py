"""Boxes of frame after frame → which of them are the same animal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from pelagia.imaging.camera_motion import Motion
from pelagia.imaging.tracks_followed import Followed, Options

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Complex = NDArray[np.complex128]

NO_CLASS = -1
"""The label of a box of unknown class; it agrees with every class and speaks for none."""
TOO_FAR = 16.0
"""Squared distance, of its expected spread, from which a box is of another animal (4 standard deviations)."""
UNLIKE = 14.0
"""The cost from which a box is rather of a new animal than of the one it is compared with."""
LARGEST_RATIO = 3.0
"""An animal that turns changes the sides of its box by so much at most from one frame to the next."""
SIZE_SPREAD = 0.35
"""Usual spread of the logarithm of the sides of an animal's boxes."""
OTHER_CLASS = 6.0
"""What a box of another class costs: detectors take one fish for two kinds in turn."""
CARRIED = 0.8
"""Where the movement of the camera is unknown, it goes on with so much of its speed from frame to frame."""
NOT_YET = 3.0
"""What a track costs that has too few boxes yet: a box is rather of one that is sure."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """The boxes of one frame.

    Parameters
    ----------
    places
        (N, 4) row and column of the top left corner, height, width; px of the frame.
    scores
        (N,) how sure each is, 0 to 1.
    labels
        (N,) its class; ``NO_CLASS`` where unknown.
    """

    places: Floats
    scores: Floats
    labels: Ints

    def __len__(self) -> int:
        return len(self.scores)

    def middles(self, options: Options) -> Complex:
        """Return where their middles are, from the middle of the frame: col + i row."""
        rows = self.places[:, 0] + self.places[:, 2] / 2 - options.height_px / 2
        cols = self.places[:, 1] + self.places[:, 3] / 2 - options.width_px / 2
        return np.asarray(cols + 1j * rows, np.complex128)


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame that was searched.

    Parameters
    ----------
    time_s
        When; rising from frame to frame, at any distance.
    motion
        How the scene moved since the frame before, px of the frame; of no meaning on the first.
    boxes
        What was found on it.
    """

    time_s: float
    motion: Motion
    boxes: Boxes


@dataclass(frozen=True, slots=True)
class Track:
    """One animal, followed.

    Parameters
    ----------
    number
        From 1, in the order in which they are first seen.
    frames
        Numbers of the frames it was found on, rising.
    boxes
        Which box of each of these frames it is.
    """

    number: int
    frames: tuple[int, ...]
    boxes: tuple[int, ...]


def track(frames: Sequence[Seen], options: Options) -> list[Track]:
    """Return the animals that the boxes of successive frames are of.

    Parameters
    ----------
    frames
        In order of time. Where two are farther apart than ``options.max_step_s``, no track goes on from one to the
        other.

    Returns
    -------
    list of Track
        Each box is of one track at most. Boxes that are of none have no identity at all.

    Notes
    -----
    As SORT (Bewley et al. 2016, doi 10.1109/ICIP.2016.7533003): where an animal will be is told by a Kalman filter,
    here in the picture with the movement of the camera taken out, its speed fading while it is unseen; boxes are given
    to animals so that all together are the likeliest (Kuhn 1955). As ByteTrack (Zhang et al. 2022,
    doi 10.1007/978-3-031-20047-2_1): sure boxes first, then unsure ones to those that have none; only sure ones begin
    a track. An animal that is left may have turned round: it is looked for once more about where it was. The likelihood
    is of the distance of middles and of the sides of boxes, not of how far boxes overlap: small fast animals leave no
    overlap between frames.
    """
    live: list[Followed] = []
    ended: list[Followed] = []
    before_s = -np.inf
    for number, (seen, motion) in enumerate(zip(frames, _motions(frames), strict=True)):
        is_near = seen.time_s - before_s <= options.max_step_s
        live, lost = _kept(live, seen.time_s, options) if is_near else ([], live)
        ended += lost
        for followed in live:
            followed.expect(seen.time_s - before_s, motion, options)
        live, lost = _in_sight(live, options)
        ended += lost
        live = _given(live, number, seen, options)
        before_s = seen.time_s
    sure = [followed for followed in ended + live if len(followed.frames) >= options.min_boxes]
    sure.sort(key=lambda followed: (followed.frames[0], followed.boxes[0]))
    return [Track(number, tuple(each.frames), tuple(each.boxes)) for number, each in enumerate(sure, 1)]


def scene_path(followed: Track, frames: Sequence[Seen], options: Options) -> Complex:
    """Return where an animal was on each of its frames, the movement of the camera taken off.

    Returns
    -------
    (N,) complex
        Col + i row from the middle of the frame, px of the frame on which it was first seen.
    """
    turn, shift = complex(1), complex(0)
    found = dict(zip(followed.frames, followed.boxes, strict=True))
    path = []
    first = followed.frames[0]
    seen = frames[first : followed.frames[-1] + 1]
    for number, motion in enumerate(_motions(seen), first):
        if number > first:
            turn, shift = motion.turn * turn, motion.turn * shift + motion.shift
        if number in found:
            path.append((frames[number].boxes.middles(options)[found[number]] - shift) / turn)
    return np.array(path, np.complex128)


def _motions(frames: Sequence[Seen]) -> Iterator[Motion]:
    """Yield how the scene moved before each frame: where that is unknown, on as it did before, ever slower."""
    speed, before_s = 0j, np.inf
    for seen in frames:
        dt_s = seen.time_s - before_s
        before_s = seen.time_s
        if seen.motion.is_known:
            speed = seen.motion.shift / dt_s if dt_s > 0 else speed
            yield seen.motion
        else:
            shift = speed * max(dt_s, 0.0)
            speed *= CARRIED
            yield Motion(shift_row_px=shift.imag, shift_col_px=shift.real, confidence=0.0)


def _kept(live: Iterable[Followed], time_s: float, options: Options) -> tuple[list[Followed], list[Followed]]:
    """Return those that were seen lately enough to go on, and the others; a track of few boxes has half the time."""
    kept: list[Followed] = []
    lost: list[Followed] = []
    for followed in live:
        most_s = options.max_gap_s if len(followed.frames) >= options.min_boxes else options.max_gap_s / 2
        (kept if time_s - followed.last_s <= most_s + 1e-9 else lost).append(followed)
    return kept, lost


def _in_sight(live: Iterable[Followed], options: Options) -> tuple[list[Followed], list[Followed]]:
    """Return those that are expected in the frame, and those that left it."""
    kept: list[Followed] = []
    lost: list[Followed] = []
    for followed in live:
        beyond_row = abs(followed.place.imag) - options.height_px / 2 - followed.height / 2
        beyond_col = abs(followed.place.real) - options.width_px / 2 - followed.width / 2
        (kept if max(beyond_row, beyond_col) <= 0 else lost).append(followed)
    return kept, lost


def _given(live: list[Followed], number: int, seen: Seen, options: Options) -> list[Followed]:
    """Give the boxes of a frame to those that are followed, and begin a track with each that is left; return all."""
    boxes, middles = seen.boxes, seen.boxes.middles(options)
    is_sure = boxes.scores >= options.sure_from
    free = set(np.flatnonzero(is_sure).tolist())
    left = _assign(live, number, seen, np.flatnonzero(is_sure), middles, options)
    left = _assign(left, number, seen, np.flatnonzero(~is_sure), middles, options)
    free -= {followed.boxes[-1] for followed in live if followed.frames[-1] == number}
    lately = [followed for followed in left if followed.frames[-1] >= number - 2 and options.turned_lengths > 0]
    turned = [followed.turned(options) for followed in lately]
    _assign(turned, number, seen, np.array(sorted(free), np.int64), middles, options)
    # The same animal before and after it turned has the same list of frames.
    found = {id(one.frames): one for one in turned if one.frames[-1] == number}
    free -= {one.boxes[-1] for one in found.values()}
    begun = []
    for box in sorted(free):
        begun.append(Followed.begin(number, box, seen.time_s, middles[box], boxes.places[box], options))
        begun[-1].vote(int(boxes.labels[box]), float(boxes.scores[box]))
    return [found.get(id(followed.frames), followed) for followed in live] + begun


def _assign(
    live: list[Followed], number: int, seen: Seen, some: Ints, middles: Complex, options: Options
) -> list[Followed]:
    """Give some boxes to those they are likeliest of; return those that have none."""
    pairs = list(_pairs(live, seen.boxes, middles, some, options))
    for followed, box in pairs:
        followed.found(number, box, seen.time_s, middles[box], seen.boxes.places[box], options)
        followed.vote(int(seen.boxes.labels[box]), float(seen.boxes.scores[box]))
    taken = {id(followed) for followed, _ in pairs}
    return [followed for followed in live if id(followed) not in taken]


def _pairs(
    live: Sequence[Followed], boxes: Boxes, middles: Complex, some: Ints, options: Options
) -> Iterator[tuple[Followed, int]]:
    """Yield who is given which of some boxes, so that all together are the likeliest."""
    if not live or not len(some):
        return
    cost = _costs(live, boxes.places[some], boxes.labels[some], middles[some], options)
    for row, col in zip(*linear_sum_assignment(np.minimum(cost, UNLIKE)), strict=True):
        if cost[row, col] < UNLIKE:
            yield live[row], int(some[col])


def _costs(live: Sequence[Followed], places: Floats, labels: Ints, middles: Complex, options: Options) -> Floats:
    """Return twice the negative logarithm of how likely each box is of each animal, in units of its size."""
    where = np.array([followed.place for followed in live])
    size = np.array([followed.size for followed in live])
    spread = np.array([followed.spread_px2(options) for followed in live])
    sides = np.array([(followed.height, followed.width) for followed in live])
    away = np.abs(where[:, None] - middles[None]) ** 2 / spread[:, None]
    ratios = np.abs(np.log(np.maximum(places[None, :, 2:], 1e-3) / sides[:, None]))
    known = np.array([followed.label for followed in live])[:, None]
    other = (known != labels[None]) & (known != NO_CLASS) & (labels[None] != NO_CLASS)
    unsure = np.array([len(followed.frames) < options.min_boxes for followed in live])
    cost = away + 2 * np.log(spread / size**2)[:, None] + ((ratios / SIZE_SPREAD) ** 2).sum(axis=2)
    cost += OTHER_CLASS * other + NOT_YET * unsure[:, None]
    cost[(away > TOO_FAR) | (ratios.max(axis=2) > np.log(LARGEST_RATIO))] = np.inf
    return np.asarray(cost, np.float64)
