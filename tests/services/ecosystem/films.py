"""Small films and stills for tests: coloured squares on grey water, where and when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from tests.services.ecosystem.tiny_models import COLOURS

from pelagia.io.video.writing import ViewWriter

WATER = (60, 60, 60)
HEIGHT, WIDTH = 180, 320
Fish = tuple[str, float, float, float, float]
"""Name, when it comes and when it goes (s), its row, and how far it swims to the right a second (px)."""


def draw(fish: Sequence[Fish], time_s: float, *, seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A frame: water with a little noise, and the fish that are there, squares of 16 px, from the left."""
    noise = np.random.default_rng([seed, round(time_s * 1000)]).integers(-4, 5, (height, width, 1))
    rgb = np.clip(np.array(WATER) + noise, 0, 255).astype(np.uint8)
    for name, first_s, last_s, row, speed in fish:
        if first_s <= time_s < last_s:
            left = round(10 + (time_s - first_s) * speed)
            rgb[int(row) : int(row) + 16, left : left + 16] = COLOURS[name]
    return rgb


def frames(fish: Sequence[Fish], seconds: float, frames_per_s: float) -> Iterator[np.ndarray]:
    """The frames of a film, one by one."""
    for number in range(round(seconds * frames_per_s)):
        yield draw(fish, number / frames_per_s)


def write_film(path: Path, fish: Sequence[Fish], *, seconds: float = 6.0, frames_per_s: float = 10.0) -> Path:
    """Write a film as H.264 in MP4."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = ViewWriter(path, height_px=HEIGHT, width_px=WIDTH, frames_per_s=frames_per_s)
    for frame in frames(fish, seconds, frames_per_s):
        writer.add(frame)
    writer.close()
    return path


def write_stills(folder: Path, fish: Sequence[Fish], times_s: Sequence[float]) -> Path:
    """Write pictures, each named by its time on 3 June 2026."""
    folder.mkdir(parents=True, exist_ok=True)
    for time_s in times_s:
        minutes, seconds = divmod(round(time_s), 60)
        cv2.imwrite(str(folder / f"20260603-10{minutes:02d}{seconds:02d}.png"), draw(fish, time_s)[..., ::-1])
    return folder
