"""Small clips in which everybody's place at every moment is known: coloured squares on water."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.services.ecosystem.tiny_models import ANIMAL_PX, COLOURS

from pelagia.io.video.writing import ViewWriter

HEIGHT, WIDTH, FRAMES_PER_S = 192, 320, 10.0
Animal = tuple[str, float, float]
"""Its name, row and column of its middle."""


def water(seed: int = 0) -> NDArray[np.uint8]:
    """Return blue-green water with a bottom that has some texture."""
    rng = np.random.default_rng(seed)
    picture = np.empty((HEIGHT, WIDTH, 3), np.float32)
    picture[:] = (30, 70, 90)
    picture[:, :, 1] += np.linspace(30, 0, HEIGHT)[:, None]
    bottom = cv2.resize(rng.normal(0, 24, (HEIGHT // 3, WIDTH // 3)).astype(np.float32), (WIDTH, HEIGHT))
    picture[HEIGHT * 2 // 3 :] += bottom[HEIGHT * 2 // 3 :, :, None]
    return np.clip(picture, 0, 160).astype(np.uint8)


def frame(animals: Sequence[Animal], seed: int = 0) -> NDArray[np.uint8]:
    """Return a frame with some animals."""
    picture = water(seed)
    half = ANIMAL_PX // 2
    for name, row, col in animals:
        top, left = max(0, round(row) - half), max(0, round(col) - half)
        picture[top : max(0, round(row) + half), left : max(0, round(col) + half)] = COLOURS[name]
    return picture


def write_clip(path: Path, duration_s: float, animals: Callable[[float], Sequence[Animal]]) -> Path:
    """Write a clip; ``animals`` says who is where at a time, s."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ViewWriter(
        path, height_px=HEIGHT, width_px=WIDTH, frames_per_s=FRAMES_PER_S, quality=12, key_every=10
    ) as writer:
        for number in range(round(duration_s * FRAMES_PER_S)):
            writer.add(_noisy(frame(animals(number / FRAMES_PER_S)), number))
    return path


def _noisy(picture: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """Return a frame as a camera gives it: no two are the same, though nothing moves."""
    noise = np.random.default_rng(number).normal(0, 2.5, picture.shape[:2])[..., None]
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def write_still(path: Path, animals: Sequence[Animal], seed: int = 0) -> Path:
    """Write a still picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), frame(animals, seed)[..., ::-1])
    return path
