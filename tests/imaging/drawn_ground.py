"""Ground that is drawn, and a camera that looks at it from where the test says."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

ROWS, COLS = 180, 320


def mud(seed: int, rows: int = 700, cols: int = 900) -> NDArray[np.float32]:
    """Return ground with structure of all sizes, grey levels about 90."""
    rng = np.random.default_rng(seed)
    ground = np.zeros((rows, cols), np.float32)
    for size_px, weight in ((2, 1.0), (5, 1.5), (15, 2.0), (50, 2.0)):
        layer = cv2.GaussianBlur(rng.normal(size=(rows, cols)).astype(np.float32), (0, 0), size_px)
        ground += weight * layer / layer.std()
    return ground * 8 + 90


def look(
    ground: NDArray[np.float32], shift: complex = 0j, *, rotation_rad: float = 0.0, zoom: float = 1.0
) -> NDArray[np.uint8]:
    """Return what a camera sees after the scene moved so: p becomes zoom · R · p + shift, from the middle."""
    turn = zoom * np.exp(1j * rotation_rad)
    centre = complex(ground.shape[1] / 2, ground.shape[0] / 2)
    half = 0.5 + 0.5j  # middles of pixels
    offset = complex(COLS / 2, ROWS / 2) + shift - turn * centre + turn * half - half
    to = np.array([[turn.real, -turn.imag, offset.real], [turn.imag, turn.real, offset.imag]])
    return np.clip(cv2.warpAffine(ground, to, (COLS, ROWS)), 0, 255).astype(np.uint8)


def noisy(picture: NDArray[np.uint8], rng: np.random.Generator, spread: float = 4.0) -> NDArray[np.uint8]:
    """Return the picture with the noise of a sensor."""
    return np.clip(picture + rng.normal(0, spread, picture.shape), 0, 255).astype(np.uint8)


def with_specks(picture: NDArray[np.uint8], rng: np.random.Generator, count: int = 40) -> NDArray[np.uint8]:
    """Return the picture with marine snow at random places."""
    snowed = picture.copy()
    for row, col in zip(rng.integers(0, ROWS, count), rng.integers(0, COLS, count), strict=True):
        cv2.circle(snowed, (int(col), int(row)), int(rng.integers(1, 3)), 255, -1)
    return snowed


def with_fish(picture: NDArray[np.uint8], rng: np.random.Generator, count: int = 3) -> NDArray[np.uint8]:
    """Return the picture with fish at random places."""
    crossed = picture.copy()
    for row, col in zip(rng.integers(0, ROWS, count), rng.integers(0, COLS, count), strict=True):
        angle = float(rng.uniform(0, 180))
        cv2.ellipse(crossed, (int(col), int(row)), (25, 9), angle, 0, 360, float(rng.integers(30, 200)), -1)
    return crossed


def with_screen(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture with what does not move with the scene: letters, and two laser dots."""
    written = picture.copy()
    for text, at in (("2024-05-03 12:33:11", (5, 15)), ("DEPTH 482 m  HDG 121", (5, 172))):
        cv2.putText(written, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 255, 1)
    for col in (120, 200):
        cv2.circle(written, (col, 100), 2, 255, -1)
    return written
