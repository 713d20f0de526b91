"""An animal while it is followed: where it is expected, how sure that is, and what it was found as."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pelagia.imaging.camera_motion import Motion

AT_EDGE = 3.0
"""How many times less sure the middle of a box is that the edge of the frame may have cut off."""
NEW_SIZE = 0.4
"""What a new box counts in the size of an animal."""
UNKNOWN_SHIFT = 0.02
"""How far the camera may have moved where that is not known, of the longer side of the frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How animals are followed.

    Parameters
    ----------
    height_px, width_px
        Of the frames.
    sure_from
        Score from which a box begins a track; with less it only goes on with one.
    max_gap_s
        How long an animal may be unseen and still be the same.
    max_step_s
        Where frames are farther apart, every track ends.
    min_boxes
        A track of fewer boxes is none.
    speed_lengths_s
        Usual speed against the scene, in longer sides of its box a second; up to four times it is followed.
    speed_frames_s
        The same in longer sides of the frame a second; the greater of both holds.
    turn_per_s
        How fast speed changes, of the usual speed a second.
    turned_lengths
        How far from where it was last an animal that turns round on the spot usually is, in lengths; up to four times
        so far it is followed. 0 for what does not turn.
    forget_s
        Time in which an unseen animal loses 63 % of the speed it had.
    place_noise
        Usual error of the middle of a box, of its size.
    """

    height_px: int
    width_px: int
    sure_from: float = 0.0
    max_gap_s: float = 1.0
    max_step_s: float = 2.0
    min_boxes: int = 3
    speed_lengths_s: float = 1.5
    speed_frames_s: float = 0.03
    turn_per_s: float = 1.0
    turned_lengths: float = 0.25
    forget_s: float = 2.0
    place_noise: float = 0.12


@dataclass(slots=True)
class Followed:
    """The state of a Kalman filter that is alike in all directions, of place and speed.

    Parameters
    ----------
    frames, boxes
        What it was found as.
    last_s
        When it was last found.
    place
        Where its middle is expected, from the middle of the frame: col + i row, px.
    height, width
        Of its box, px.
    last_place
        Where it was last found, moved on with the scene only.
    speed
        Against the scene, px/s.
    of_place, of_both, of_speed
        Variance of the place, covariance, variance of the speed.
    votes
        Scores for each class.
    """

    frames: list[int]
    boxes: list[int]
    last_s: float
    place: complex
    height: float
    width: float
    of_place: float
    of_speed: float
    of_both: float = 0.0
    last_place: complex = 0j
    speed: complex = 0j
    is_at_edge: bool = False
    label: int = -1
    votes: dict[int, float] = field(default_factory=lambda: defaultdict(float))

    @classmethod
    def begin(
        cls, frame: int, box: int, time_s: float, middle: complex, place: NDArray[np.float64], options: Options
    ) -> Followed:
        """Return an animal as it is first found."""
        height, width = max(float(place[2]), 1e-3), max(float(place[3]), 1e-3)
        begun = cls([frame], [box], time_s, complex(middle), height, width, 0.0, 0.0)
        begun.last_place = begun.place
        begun.is_at_edge = _is_at_edge(place, options)
        begun.of_place = begun._noise_px2(options)
        begun.of_speed = begun._usual_speed_px_s(options) ** 2
        return begun

    @property
    def size(self) -> float:
        """Mean side of its box, px."""
        return math.sqrt(self.height * self.width)

    def expect(self, dt_s: float, motion: Motion, options: Options) -> None:
        """Go on to the next frame: with the scene, and with its own speed. An unknown motion is a guess."""
        turn, grown = motion.turn, motion.zoom
        self.place, self.last_place = turn * self.place + motion.shift, turn * self.last_place + motion.shift
        self.speed *= turn
        self.height, self.width = self.height * grown, self.width * grown
        self.of_place, self.of_both = self.of_place * grown**2, self.of_both * grown**2
        self.of_speed *= grown**2
        if not motion.is_known:
            self.of_place += (UNKNOWN_SHIFT * max(options.height_px, options.width_px)) ** 2
        fade = math.exp(-dt_s / options.forget_s)
        reach = options.forget_s * (1 - fade)
        self.place += self.speed * reach
        self.speed *= fade
        change = (options.turn_per_s * self._usual_speed_px_s(options)) ** 2 * dt_s
        # Speed wanders (white acceleration): F P F' + Q.
        self.of_place += 2 * reach * self.of_both + reach**2 * self.of_speed + change * dt_s**2 / 3
        self.of_both = fade * (self.of_both + reach * self.of_speed) + change * dt_s / 2
        self.of_speed = fade**2 * self.of_speed + change

    def spread_px2(self, options: Options) -> float:
        """Return the variance, in each direction, of where a box of it is found."""
        return self.of_place + self._noise_px2(options)

    def found(
        self, frame: int, box: int, time_s: float, middle: complex, place: NDArray[np.float64], options: Options
    ) -> None:
        """Take a box as its own."""
        self.is_at_edge = _is_at_edge(place, options)
        spread = self.spread_px2(options)
        miss = complex(middle) - self.place
        for_place, for_speed = self.of_place / spread, self.of_both / spread
        self.place += for_place * miss
        self.speed += for_speed * miss
        self.of_speed -= for_speed * self.of_both
        self.of_both *= 1 - for_place
        self.of_place *= 1 - for_place
        if not self.is_at_edge:
            self.height += NEW_SIZE * (max(float(place[2]), 1e-3) - self.height)
            self.width += NEW_SIZE * (max(float(place[3]), 1e-3) - self.width)
        self.frames.append(frame)
        self.boxes.append(box)
        self.last_s, self.last_place = time_s, complex(middle)

    def turned(self, options: Options) -> Followed:
        """Return the same animal as it is expected if it turned round: where it was last found, going anywhere."""
        usual_px_s = self._usual_speed_px_s(options)
        return replace(
            self,
            place=self.last_place,
            speed=0j,
            of_place=self._noise_px2(options) + (options.turned_lengths * max(self.height, self.width)) ** 2,
            of_both=0.0,
            of_speed=usual_px_s**2,
        )

    def vote(self, label: int, score: float) -> None:
        """Count what a box of it is called; its own class is that with most of the scores."""
        if label >= 0:
            self.votes[label] += score
            self.label = max(self.votes, key=lambda each: (self.votes[each], -each))

    def _usual_speed_px_s(self, options: Options) -> float:
        longer = max(options.height_px, options.width_px)
        return max(options.speed_lengths_s * max(self.height, self.width), options.speed_frames_s * longer)

    def _noise_px2(self, options: Options) -> float:
        noise = options.place_noise * self.size * (AT_EDGE if self.is_at_edge else 1.0)
        return noise**2 + 1.0


def _is_at_edge(place: NDArray[np.float64], options: Options) -> bool:
    row, col, height, width = place
    return bool(row < 2 or col < 2 or row + height > options.height_px - 2 or col + width > options.width_px - 2)
