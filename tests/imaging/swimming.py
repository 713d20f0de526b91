"""Animals that swim before a camera, as a detector with faults sees them; and how well a tracker tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from pelagia.imaging.camera_motion import Motion
from pelagia.imaging.tracks import Boxes, Seen, Track
from pelagia.imaging.tracks_followed import Options

HEIGHT, WIDTH = 1080, 1920
OPTIONS = Options(height_px=HEIGHT, width_px=WIDTH)
OUT_OF_SIGHT = 1000


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What swims, and how well it is seen."""

    animals: int = 25
    lasts_s: float = 60.0
    frames_per_s: float = 5.0
    is_irregular: bool = False
    length_px: tuple[float, float] = (30.0, 140.0)
    speed_lengths_s: tuple[float, float] = (0.3, 2.0)
    camera_px_s: float = 0.0
    missed: float = 0.1
    place_noise: float = 0.06
    false: float = 0.05
    other_class: float = 0.1


def swim(scene: Scene, seed: int) -> tuple[list[Seen], list[NDArray[np.int64]]]:
    """Return the frames, and of which animal each of their boxes is (-1: of none).

    An animal that comes back into view after more than a second counts as another one.
    """
    rng = np.random.default_rng(seed)
    count = scene.animals
    begins = rng.uniform(0, scene.lasts_s - 6, count)
    ends = begins + rng.uniform(3, 20, count)
    length = rng.uniform(*scene.length_px, count)
    height = length * rng.uniform(0.3, 1.0, count)
    kind = rng.integers(0, 3, count)
    speed = rng.uniform(*scene.speed_lengths_s, count) * length * np.exp(1j * rng.uniform(0, 2 * np.pi, count))
    place = rng.uniform(-0.4, 0.4, count) * WIDTH + 1j * rng.uniform(-0.4, 0.4, count) * HEIGHT
    times = np.arange(0, scene.lasts_s, 1 / scene.frames_per_s)
    if scene.is_irregular:
        times = np.sort(times + rng.uniform(0, 0.9 / scene.frames_per_s, len(times)))
    seen_last, name = np.full(count, -np.inf), np.arange(count) - OUT_OF_SIGHT
    frames, truth, before_s = [], [], float(times[0])
    for time_s in times.tolist():
        dt_s = time_s - before_s
        camera = scene.camera_px_s * dt_s * np.exp(0.5j * time_s)
        speed = speed * np.exp(1j * rng.normal(0, 0.5 * np.sqrt(dt_s), count))
        place = place + speed * dt_s + camera
        inside = (np.abs(place.real) < WIDTH / 2) & (np.abs(place.imag) < HEIGHT / 2)
        there = np.flatnonzero(inside & (begins <= time_s) & (time_s <= ends))
        name[there[time_s - seen_last[there] > OPTIONS.max_gap_s]] += OUT_OF_SIGHT
        seen_last[there] = time_s
        got = there[rng.random(len(there)) >= scene.missed]
        at = place[got] + length[got] * scene.place_noise * (rng.normal(size=len(got)) + 1j * rng.normal(size=len(got)))
        sides = np.stack([height[got], length[got]], axis=1) * np.exp(rng.normal(0, 0.1, (len(got), 2)))
        labels = np.where(rng.random(len(got)) < scene.other_class, rng.integers(0, 3, len(got)), kind[got])
        extra = int(rng.poisson(scene.false * max(1, len(got))))
        at = np.append(at, rng.uniform(-0.5, 0.5, extra) * WIDTH + 1j * rng.uniform(-0.5, 0.5, extra) * HEIGHT)
        sides = np.concatenate([sides, np.repeat(rng.uniform(*scene.length_px, (extra, 1)), 2, axis=1)])
        labels = np.append(labels, rng.integers(0, 3, extra))
        order = rng.permutation(len(at))
        boxes = boxes_at(at[order], sides[order], labels=labels[order], scores=rng.uniform(0.4, 1.0, len(at)))
        noise = rng.normal(0, 0.3, 2)
        motion = Motion(shift_row_px=float(camera.imag + noise[0]), shift_col_px=float(camera.real + noise[1]))
        frames.append(Seen(time_s, motion, boxes))
        truth.append(np.append(name[got], np.full(extra, -1))[order])
        before_s = time_s
    return frames, truth


def boxes_at(
    middles: NDArray[np.complex128] | Sequence[complex],
    sides: NDArray[np.float64] | tuple[float, float] = (40.0, 60.0),
    *,
    labels: NDArray[np.int64] | None = None,
    scores: NDArray[np.float64] | None = None,
) -> Boxes:
    """Return boxes at places from the middle of the frame, cut off at its edges."""
    at = np.asarray(middles, np.complex128).reshape(-1)
    size = np.broadcast_to(np.asarray(sides, np.float64), (len(at), 2))
    low = np.stack([at.imag + HEIGHT / 2 - size[:, 0] / 2, at.real + WIDTH / 2 - size[:, 1] / 2], axis=1)
    high = np.minimum(low + size, (HEIGHT, WIDTH))
    low = np.maximum(low, 0)
    return Boxes(
        np.concatenate([low, high - low], axis=1),
        np.full(len(at), 0.8) if scores is None else scores,
        np.zeros(len(at), np.int64) if labels is None else labels,
    )


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How well the tracks are the animals.

    ``idf1``: share of boxes with the right identity (Ristani et al. 2016, doi 10.1007/978-3-319-48881-3_2);
    ``covered``: share of animals of which one track has 80 % of the boxes or more.
    """

    animals: int
    tracks: int
    idf1: float
    covered: float

    @property
    def count_error(self) -> float:
        return abs(self.tracks - self.animals) / self.animals


def judge(truth: Sequence[NDArray[np.int64]], tracks: Sequence[Track]) -> Judged:
    """Return how well tracks are animals; those with fewer boxes than a track must have are left out."""
    given = [np.zeros(len(names), np.int64) for names in truth]
    for track in tracks:
        for frame, box in zip(track.frames, track.boxes, strict=True):
            assert given[frame][box] == 0, "a box of two tracks"
            given[frame][box] = track.number
    real, found = np.concatenate(list(truth)), np.concatenate(given)
    names = [name for name in np.unique(real) if name >= 0 and (real == name).sum() >= OPTIONS.min_boxes]
    numbers = [track.number for track in tracks]
    shared = np.array([[((real == name) & (found == number)).sum() for number in numbers] for name in names])
    rows, cols = linear_sum_assignment(-shared)
    boxes = np.array([(real == name).sum() for name in names])
    return Judged(
        animals=len(names),
        tracks=len(numbers),
        idf1=float(2 * shared[rows, cols].sum() / (boxes.sum() + (found > 0).sum())),
        covered=float((shared.max(axis=1) / boxes >= 0.8).mean()),
    )
