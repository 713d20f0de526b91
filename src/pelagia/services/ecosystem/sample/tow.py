"""A sledge is towed over mud: openings of burrows, a few lobsters, two laser points, a clock."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np

from pelagia.services.ecosystem.sample.canvas import Bytes, Canvas, Matrix, Patch, paste
from pelagia.services.ecosystem.sample.scenery import Light, Snow, draw_mud
from pelagia.services.ecosystem.sample.sprites import LOBSTER, OPENING, draw_sprite
from pelagia.services.ecosystem.sample.trouble import Troubles
from pelagia.services.ecosystem.sample.truth import Bad, Placed, Pose, Seen, Truth, events_of

MUD_PX = 1024
LEAST_VISIBLE = 0.05
LASER_RGB = (90, 255, 120)
# Slow and quick movements of the sledge: share of the greatest, and turns a second.
SWINGS = ((0.7, 0.11), (0.3, 0.43))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tow:
    """A clip of a towed camera that looks straight down; ahead is up.

    Parameters
    ----------
    height_px, width_px
        Even.
    frames_per_s, duration_s
        Rate and length.
    seed
        Equal seeds show equal ground.
    field_of_view_m
        Width of ground on a frame at the usual height.
    speed_m_s
        Over ground.
    systems_per_m2
        Burrow systems on the ground; they lie on a strip wider than what is seen, as they do in truth.
    system_m
        Diameter in which the openings of a system lie.
    lobsters_per_m2
        Animals outside their burrows.
    line
        Height of the counting line, 0 at the top of the frame to 1.
    yaw_rad, heave, sway_m
        Greatest turn, change of size and way to the side of the sledge.
    lasers_m
        Distance of the two points of light; 0 for none.
    clock
        When it begins, written on the frames; ``None`` for no clock.
    bad
        Stretches that cannot be used.
    snow, grain
        Particles on a frame; noise of the sensor.
    """

    height_px: int = 360
    width_px: int = 640
    frames_per_s: float = 25.0
    duration_s: float = 60.0
    seed: int = 1
    field_of_view_m: float = 1.0
    speed_m_s: float = 0.35
    systems_per_m2: float = 0.6
    system_m: float = 0.3
    lobsters_per_m2: float = 0.05
    line: float = 0.75
    yaw_rad: float = 0.03
    heave: float = 0.03
    sway_m: float = 0.04
    lasers_m: float = 0.6
    clock: datetime | None = None
    bad: tuple[Bad, ...] = ()
    snow: int = 30
    grain: float = 2.0

    @property
    def metres_per_px(self) -> float:
        """At the usual height."""
        return self.field_of_view_m / self.width_px

    def pose(self, time_s: float) -> Pose:
        """Return where the camera is at a time."""
        start = (self.seed % 7) + np.arange(4)
        first, second, third, fourth = (
            sum(
                share * math.sin(2 * math.pi * turns * time_s + number * (level + 1))
                for level, (share, turns) in enumerate(SWINGS)
            )
            for number in start.tolist()
        )
        along = self.speed_m_s * time_s + 0.15 * self.speed_m_s * fourth
        return Pose(time_s, along, self.sway_m * first, self.yaw_rad * second, 1 + self.heave * third)

    def draw(self, truth: Truth, times_s: Iterator[float]) -> Iterator[Canvas]:
        """Yield the frames at these times, and tell the truth of each."""
        rng = np.random.default_rng((self.seed, 3))
        ground = Canvas.from_rgb(draw_mud(rng, MUD_PX))
        things = _things(self, rng)
        light = Light(rng, self.height_px, self.width_px, flicker=0, grain=self.grain)
        snow, shade = Snow(rng, self.snow, self.height_px, self.width_px), _lamp(self)
        troubles = Troubles(self.bad, rng, self.height_px, self.width_px)
        for frame, time_s in enumerate(times_s):
            pose = self.pose(time_s)
            to_frame = _to_frame(self, pose)
            canvas = _ground(self, ground, to_frame)
            truth.seen += _paste_all(self, canvas, things, to_frame, frame, pose)
            cv2.multiply(canvas.luma, shade, canvas.luma, scale=1 / 128)
            light.play(canvas, time_s)
            snow.fall(canvas, time_s)
            canvas = troubles.spoil(canvas, time_s)
            _lasers(self, canvas, pose.zoom)
            _clock(self, canvas, time_s)
            truth.times_s.append(time_s)
            truth.poses.append(pose)
            yield canvas
        _tell(self, truth, [placed for placed, _ in things])


def _tell(tow: Tow, truth: Truth, placed: list[Placed]) -> None:
    truth.bad, truth.events = list(tow.bad), events_of(truth.seen)
    truth.metres_per_px, truth.line, truth.systems_per_m2 = tow.metres_per_px, tow.line, tow.systems_per_m2
    truth.placed = [replace(one, crossed_s=_crossed(tow, one, truth.poses)) for one in placed]


def _to_frame(tow: Tow, pose: Pose) -> Matrix:
    """Return the (2, 3) matrix from (across, along) on the ground, m, to (col, row) of the frame.

    The camera turns and heaves around the middle of its counting line, which stands at ``along_m`` of the pose.
    """
    scale = pose.zoom / tow.metres_per_px
    cos, sin = math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
    # A camera that turns clockwise sees the ground turn the other way; along is up, rows go down.
    matrix = np.array([[scale * cos, -scale * sin, 0], [-scale * sin, -scale * cos, 0]])
    matrix[:, 2] = np.array([tow.width_px / 2, tow.line * tow.height_px]) - matrix[:, :2] @ (
        pose.across_m,
        pose.along_m,
    )
    return matrix


def _ground(tow: Tow, ground: Canvas, to_frame: Matrix) -> Canvas:
    """Return the mud that lies under the camera: a square that is repeated."""
    # From px of the endless mud, (col to the right, row against the tow), to the frame.
    scale = tow.metres_per_px
    matrix = to_frame.copy()
    matrix[:, :2] = to_frame[:, :2] * (scale, -scale)
    inverse: Matrix = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    canvas = Canvas(np.empty((tow.height_px * 3 // 2, tow.width_px), np.uint8))
    canvas.luma[...] = _repeated(ground.luma, inverse, tow.height_px, tow.width_px)
    half = inverse.copy()
    half[:, 2] /= 2
    for plane, colour in zip(canvas.chroma, ground.chroma, strict=True):
        plane[...] = _repeated(colour, half, tow.height_px // 2, tow.width_px // 2)
    return canvas


def _repeated(square: Bytes, inverse: Matrix, height: int, width: int) -> Bytes:
    matrix = inverse.copy()
    matrix[:, 2] += inverse[:, :2] @ (0.5, 0.5) - 0.5
    # Whole squares taken off: OpenCV counts in 32 bits.
    matrix[:, 2] -= np.floor(matrix[:, 2] / len(square)) * len(square)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(square, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_WRAP), np.uint8
    )


def _things(tow: Tow, rng: np.random.Generator) -> list[tuple[Placed, Patch]]:
    """Return what lies on the ground, in order of the tow."""
    reach = tow.height_px * tow.metres_per_px * 1.3
    begin, end = -reach, tow.speed_m_s * tow.duration_s + reach
    half = tow.field_of_view_m / 2 * (1 + 2 * tow.heave) + tow.sway_m + 2 * tow.system_m
    area = (end - begin) * 2 * half
    placed: list[Placed] = []
    for number in range(int(rng.poisson(tow.systems_per_m2 * area))):
        along, across = float(rng.uniform(begin, end)), float(rng.uniform(-half, half))
        for _ in range(int(rng.integers(2, 6))):
            angle, radius = rng.uniform(0, 2 * math.pi), tow.system_m / 2 * math.sqrt(rng.random())
            at = (along + radius * math.sin(angle), across + radius * math.cos(angle))
            placed.append(Placed(0, OPENING, f"s{number + 1}", *at, float(rng.uniform(0.03, 0.07))))
    for _ in range(int(rng.poisson(tow.lobsters_per_m2 * area))):
        at = (float(rng.uniform(begin, end)), float(rng.uniform(-half, half)))
        placed.append(Placed(0, LOBSTER, "", *at, float(rng.uniform(0.12, 0.18))))
    placed.sort(key=lambda one: (one.along_m, one.across_m))
    things = []
    for number, one in enumerate(placed, 1):
        patch = draw_sprite(one.taxon, one.size_m / tow.metres_per_px, seed=number)
        things.append((replace(one, identity=number), patch))
    return things


def _paste_all(
    tow: Tow, canvas: Canvas, things: list[tuple[Placed, Patch]], to_frame: Matrix, frame: int, pose: Pose
) -> list[Seen]:
    """Paste what is near; return what is seen."""
    reach = 1.5 * (tow.height_px + tow.width_px / 2) * tow.metres_per_px
    seen = []
    for one, patch in things:
        if abs(one.along_m - pose.along_m) > reach:
            continue
        pasted = paste(canvas, patch, _thing_matrix(tow, one, patch, to_frame))
        if pasted is not None and pasted.inside >= LEAST_VISIBLE:
            box = (float(pasted.top), float(pasted.left), float(pasted.height), float(pasted.width))
            seen.append(Seen(frame, pose.time_s, one.identity, one.taxon, *box, round(pasted.inside, 3)))
    return seen


def _thing_matrix(tow: Tow, one: Placed, patch: Patch, to_frame: Matrix) -> Matrix:
    """Return from px of a patch to the frame; animals look wherever they look."""
    turn = one.identity * 2.4 if one.taxon == LOBSTER else 0.0
    cos, sin = math.cos(turn), math.sin(turn)
    rows, cols = patch.alpha.shape
    own = tow.metres_per_px * np.array([[cos, -sin], [-sin, -cos]])
    offset = np.array([one.across_m, one.along_m]) - own @ (cols / 2, rows / 2)
    return np.concatenate([to_frame[:, :2] @ own, (to_frame[:, :2] @ offset + to_frame[:, 2])[:, None]], 1)


def _crossed(tow: Tow, one: Placed, poses: list[Pose]) -> float | None:
    """Return when the middle of a thing passes the line inside the frame, straight between frames."""
    before: tuple[float, float, float] | None = None
    for pose in poses:
        col, row = _to_frame(tow, pose) @ (one.across_m, one.along_m, 1)
        below = row - tow.line * tow.height_px
        if before is not None and before[1] < 0 <= below:
            share = before[1] / (before[1] - below)
            at = before[2] + share * (col - before[2])
            return before[0] + share * (pose.time_s - before[0]) if 0 <= at < tow.width_px else None
        before = (pose.time_s, float(below), float(col))
    return None


def _lamp(tow: Tow) -> Bytes:
    """Return the gain of the lamps, 128 for one: bright in the middle, dark in the corners."""
    rows, cols = (np.linspace(-1, 1, side, dtype=np.float32) for side in (tow.height_px, tow.width_px))
    return np.asarray(150 - 60 * np.clip((rows[:, None] ** 2 + cols[None] ** 2) / 2, 0, 1), np.uint8)


def _lasers(tow: Tow, canvas: Canvas, zoom: float) -> None:
    """Draw two points of light that always are as far apart on the ground."""
    if not tow.lasers_m:
        return
    apart = tow.lasers_m / tow.metres_per_px * zoom / 2
    size = max(4, round(tow.width_px / 100))
    size += size % 2
    dot = Canvas.from_rgb(np.full((size, size, 3), LASER_RGB, np.uint8))
    top = round(tow.height_px / 4) * 2
    for side in (-1, 1):
        left = round((tow.width_px / 2 + side * apart) / 2) * 2 - size // 4 * 2
        canvas.luma[top : top + size, left : left + size] = dot.luma
        canvas.chroma[:, top // 2 : (top + size) // 2, left // 2 : (left + size) // 2] = dot.chroma


def _clock(tow: Tow, canvas: Canvas, time_s: float) -> None:
    if tow.clock is None:
        return
    text = (tow.clock.astimezone(UTC) + timedelta(seconds=time_s)).strftime("%Y-%m-%d %H:%M:%S")
    size, left, low = tow.width_px / 1100, round(tow.width_px * 0.03), round(tow.height_px * 0.07)
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    cv2.rectangle(canvas.luma, (left - 4, low - high - 4), (left + wide + 4, low + 4), 24, -1)
    cv2.putText(canvas.luma, text, (left, low), cv2.FONT_HERSHEY_SIMPLEX, size, 235, 1, cv2.LINE_AA)
