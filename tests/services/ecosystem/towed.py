"""A tow over burrows as a detector sees it: rows of frames and boxes, and the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.tows import Counted, count_tow
from pelagia.services.ecosystem.tracking import track_clip

Record = dict[str, Any]

HEIGHT, WIDTH = 720, 1280
CLIP: Record = {
    **{"clip_id": "tow", "file": "tow.mp4", "site": "FU16", "camera": "sledge", "deployment": ""},
    **{"height_px": HEIGHT, "width_px": WIDTH, "field_of_view_m": None},
}


@dataclass(frozen=True, kw_only=True)
class Sea:
    """The ground, the sledge and the detector."""

    lasts_s: float = 300.0
    frames_per_s: float = 10.0
    view_m: float = 1.0
    speed_m_s: float = 0.4
    systems_per_m2: float = 0.3
    system_m: float = 0.3
    openings: tuple[int, int] = (2, 4)
    sway_m: float = 0.0
    yaw_rad: float = 0.0
    heave: float = 0.0
    missed: float = 0.0
    place_noise: float = 0.0
    false: float = 0.0
    motion_noise_px: float = 0.0
    unknown_motion: float = 0.0
    overlay: bool = False


@dataclass(frozen=True, kw_only=True)
class Towed:
    """What was drawn."""

    sea: Sea
    frames: list[Record]
    boxes: list[Record]
    distance_m: float
    crossed: int
    """Openings that crossed the line inside the frame."""
    systems_seen: int
    """Systems of which an opening did."""
    clip: Record = field(default_factory=lambda: CLIP)
    taxa: tuple[str, ...] = ("burrow",)

    def params(self, **given: Any) -> EcosystemParams:
        told = {"profile": "burrow", "field_of_view_m": self.sea.view_m, "system_m": self.sea.system_m}
        return EcosystemParams(**{**told, "frames_per_s": self.sea.frames_per_s, **given})

    def count(self, *, navigation: Any = None, began: float | None = None, **given: Any) -> Counted:
        """Follow the boxes and count."""
        tracks, boxes = self.followed
        return count_tow(
            self.clip,
            self.frames,
            boxes,
            tracks,
            self.params(**given),
            taxa=self.taxa,
            navigation=navigation,
            began=began,
            rng=np.random.default_rng(0),
        )

    @cached_property
    def followed(self) -> tuple[list[Record], list[Record]]:
        """The tracks, and the boxes with the names of theirs."""
        tracks, names = track_clip(
            self.frames, self.boxes, self.params(), (self.clip["height_px"], self.clip["width_px"])
        )
        return tracks, [box | {"track_id": names.get(box["object_id"], "")} for box in self.boxes]

    def burrows(self, **given: Any) -> Record:
        """Return the row of the tow."""
        (row,) = self.count(**given).rows
        return row


def tow(sea: Sea, seed: int) -> Towed:
    """Tow a sledge over a strip of ground with burrow systems."""
    rng = np.random.default_rng(seed)
    metres_per_px = sea.view_m / WIDTH
    times = np.arange(0, sea.lasts_s, 1 / sea.frames_per_s)
    swing = [np.sin(2 * np.pi * rate * times + rng.uniform(0, 6)) for rate in (0.11, 0.43)]
    shake = 0.7 * swing[0] + 0.3 * swing[1]
    camera = (sea.sway_m * np.roll(shake, 7) - 1j * sea.speed_m_s * times) / metres_per_px
    turn = (1 + sea.heave * np.roll(shake, 23)) * np.exp(1j * sea.yaw_rad * shake)
    openings, system = _ground(sea, sea.speed_m_s * sea.lasts_s, rng)
    frames: list[Record] = []
    boxes: list[Record] = []
    line = 0.25 * HEIGHT
    side = 60.0
    crossed = set()
    last = np.full(len(openings), np.nan)
    for number, time_s in enumerate(times.tolist()):
        frames.append(_frame(sea, number, time_s, camera, turn, rng))
        at = turn[number] * (openings / metres_per_px - camera[number])
        crossed |= set(np.flatnonzero((last < line) & (at.imag >= line) & (np.abs(at.real) <= WIDTH / 2)).tolist())
        last = at.imag
        inside = np.flatnonzero((np.abs(at.real) < WIDTH / 2) & (np.abs(at.imag) < HEIGHT / 2))
        got = inside[rng.random(len(inside)) >= sea.missed]
        middles = at[got] + side * sea.place_noise * (rng.normal(size=len(got)) + 1j * rng.normal(size=len(got)))
        extra = int(rng.poisson(sea.false * max(1, len(got))))
        middles = np.append(
            middles, rng.uniform(-0.5, 0.5, extra) * WIDTH + 1j * rng.uniform(-0.5, 0.5, extra) * HEIGHT
        )
        if sea.overlay:
            trembling = rng.normal(size=4)
            fixed = np.array([complex(-200, line + 3 * trembling[0]), complex(250, line - 20 + 3 * trembling[1])])
            middles = np.append(middles, fixed[rng.random(2) < 0.8])
        boxes += [_box(frames[-1], place, middle, side) for place, middle in enumerate(middles.tolist())]
    return Towed(
        sea=sea,
        frames=frames,
        boxes=boxes,
        distance_m=float(np.abs(np.diff(camera.imag)).sum() * metres_per_px),
        crossed=len(crossed),
        systems_seen=len({int(system[number]) for number in crossed}),
    )


def _ground(sea: Sea, length_m: float, rng: np.random.Generator) -> tuple[NDArray[np.complex128], NDArray[np.int64]]:
    """Return openings on a strip that is wider and longer than what is seen, and the systems they are of."""
    low, high = complex(-sea.view_m * 1.5, -length_m - 2), complex(sea.view_m * 1.5, 2)
    # Spread evenly, so that a few hundred square metres hold as many as they should: 1.618 fills a width best.
    width_m = high.real - low.real
    step_m = 1 / (sea.systems_per_m2 * width_m)
    count = int((high.imag - low.imag) / step_m)
    along = low.imag + (np.arange(count) + rng.uniform()) * step_m + rng.uniform(-0.1, 0.1, count)
    across = low.real + (np.arange(count) * 1.6180339887 + rng.uniform()) % 1.0 * width_m
    middles = (across + 1j * along).tolist()
    openings, system = [], []
    for number, middle in enumerate(middles):
        openings_here = int(rng.integers(*sea.openings, endpoint=True))
        angle = rng.uniform(0, 2 * np.pi)
        # Openings stand round the rim of the system, so that its diameter is that of the parameters.
        for opening in range(openings_here):
            openings.append(middle + sea.system_m / 2 * np.exp(1j * (angle + 2 * np.pi * opening / openings_here)))
            system.append(number)
    return np.array(openings), np.array(system)


def _frame(
    sea: Sea,
    number: int,
    time_s: float,
    camera: NDArray[np.complex128],
    turn: NDArray[np.complex128],
    rng: np.random.Generator,
) -> Record:
    row: Record = {"object_id": f"tow:{round(time_s * 1000):09d}", "time_s": time_s, "is_searched": True}
    if number == 0:
        names = ("shift_row_px", "shift_col_px", "rotation_rad", "zoom", "motion_confidence")
        return row | dict.fromkeys(names)
    step = turn[number] / turn[number - 1]
    shift = turn[number] * (camera[number - 1] - camera[number])
    shift += sea.motion_noise_px * (rng.normal() + 1j * rng.normal())
    return row | {
        "shift_row_px": float(shift.imag),
        "shift_col_px": float(shift.real),
        "rotation_rad": float(np.angle(step)),
        "zoom": float(np.abs(step)),
        "motion_confidence": 0.0 if rng.random() < sea.unknown_motion else 0.6,
    }


def _box(frame: Record, number: int, middle: complex, side: float) -> Record:
    low = (max(0.0, middle.imag + HEIGHT / 2 - side / 2), max(0.0, middle.real + WIDTH / 2 - side / 2))
    high = (min(HEIGHT, middle.imag + HEIGHT / 2 + side / 2), min(WIDTH, middle.real + WIDTH / 2 + side / 2))
    return {
        **{"object_id": f"{frame['object_id']}:{number}", "clip_id": "tow", "frame_id": frame["object_id"]},
        **{"file": "tow.mp4", "site": "FU16", "camera": "sledge", "deployment": "", "time_s": frame["time_s"]},
        **{"time_utc": "", "row_px": low[0], "col_px": low[1], "height_px": high[0] - low[0]},
        **{"width_px": high[1] - low[1], "score": 0.8, "predicted_class": "burrow", "taxon": "burrow"},
        **{"aphia_id": None, "track_id": "", "status": "predicted", "source": "model", "is_deleted": False},
        **{"validated_by": "", "validated_at": ""},
    }
