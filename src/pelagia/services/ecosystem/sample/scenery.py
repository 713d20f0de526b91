"""Water, seabed and mud, what floats in the water, and the light that plays on them."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pelagia.services.ecosystem.sample.canvas import Bytes, Canvas, Floats

CAUSTIC_PX = 24
"""The play of light is drawn on a grid of such cells."""
KERNEL = np.array([[0.25, 0.6, 0.25], [0.6, 1.0, 0.6], [0.25, 0.6, 0.25]], np.float32)


def noise(rng: np.random.Generator, height: int, width: int, cell_px: float, *, octaves: int = 4) -> Floats:
    """Return noise of several scales that can be repeated in both directions, standard deviation near 1.

    Parameters
    ----------
    rng
        Of the noise.
    height, width
        Its size, px.
    cell_px
        Size of the coarsest cells, px.
    octaves
        How many scales, each half as coarse as the one before.
    """
    total: Floats = np.zeros((height, width), np.float32)
    for level in range(octaves):
        cell = max(1.0, cell_px / 2**level)
        grid = rng.normal(size=(max(2, round(height / cell)), max(2, round(width / cell)))).astype(np.float32)
        # One more cell on each side, so that the ends run into each other.
        wide = cv2.resize(
            np.pad(grid, 2, mode="wrap"),
            None,
            fx=width / grid.shape[1],
            fy=height / grid.shape[0],
            interpolation=cv2.INTER_CUBIC,
        )
        top, left = round(2 * height / grid.shape[0]), round(2 * width / grid.shape[1])
        total += wide[top : top + height, left : left + width] * np.float32(0.6**level)
    return np.asarray(total / np.float32(total.std() + 1e-9), np.float32)


def draw_reef(rng: np.random.Generator, height: int, width: int) -> Bytes:
    """Return what a fixed camera sees without animals: water that darkens downwards, and an uneven bottom.

    Parameters
    ----------
    rng
        Equal states draw equal places.
    height, width
        Even, px.
    """
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    top, low = np.array([72, 150, 170], np.float32), np.array([24, 84, 104], np.float32)
    water = top + (low - top) * np.repeat(rows, width, 1)[..., None]
    water += noise(rng, height, width, height / 2, octaves=2)[..., None] * np.float32(3)
    edge = 0.68 + 0.05 * noise(rng, 2, width, width / 5, octaves=4)[:1]
    ground = np.clip((rows - edge) * np.float32(height / 6), 0, 1)[..., None]
    rough = noise(rng, height, width, height / 6, octaves=5)
    light = np.clip(1 + 0.22 * rough + 0.25 * (rough - np.roll(rough, 2, 0)), 0.35, 1.7)[..., None]
    bottom = np.array([92, 112, 92], np.float32) * light
    return np.asarray(np.clip(water * (1 - ground) + bottom * ground, 0, 255), np.uint8)


def draw_mud(rng: np.random.Generator, side: int) -> Bytes:
    """Return a square of mud that can be repeated, (side, side, 3): ripples, pellets, tracks of worms.

    Parameters
    ----------
    rng
        Equal states draw equal mud.
    side
        Its side, px.
    """
    height = noise(rng, side, side, side / 5, octaves=7)
    light = 1 + 0.10 * height + 0.35 * (height - np.roll(height, (1, 1), (0, 1)))
    grains = np.asarray(rng.random((side, side)) > 0.998, np.float32)
    light -= 0.25 * cv2.GaussianBlur(grains, (0, 0), 1.0, borderType=cv2.BORDER_REFLECT) * 6
    colour = np.array([128, 124, 104], np.float32)
    return np.asarray(np.clip(colour * light[..., None], 0, 255), np.uint8)


class Snow:
    """Particles that drift through the water.

    Parameters
    ----------
    rng
        Where they are.
    count
        How many.
    height, width
        Of the frame, px.
    """

    def __init__(self, rng: np.random.Generator, count: int, height: int, width: int) -> None:
        self._height, self._width = height, width
        near = rng.random(count)
        self._at = rng.random((2, count)) * [[height], [width]]
        self._speed = np.stack([rng.normal(0.02, 0.012, count), rng.normal(0.03, 0.02, count)]) * height * (0.4 + near)
        self._swing = rng.random((2, count)) * 2 * math.pi
        self._strength = (14 + 60 * near**2).astype(np.float32)

    def fall(self, canvas: Canvas, time_s: float) -> None:
        """Draw them as they are at a time."""
        if not len(self._strength):
            return
        swing = np.sin(self._swing + np.array([[0.9], [0.6]]) * time_s) * 4
        rows, cols = self._at + self._speed * time_s + swing
        rows = rows.astype(np.int64) % (self._height - 3)
        cols = cols.astype(np.int64) % (self._width - 3)
        steps = np.arange(3)
        places = (rows[:, None, None] + steps[:, None]) * self._width + cols[:, None, None] + steps
        flat = canvas.luma.reshape(-1)
        flat[places] = np.minimum(flat[places] + KERNEL * self._strength[:, None, None], 235).astype(np.uint8)


class Light:
    """Brightness that plays on the scene, and the noise of the sensor.

    Parameters
    ----------
    rng
        Of both.
    height, width
        Of the frame, px.
    flicker
        Standard deviation of the gain.
    grain
        Standard deviation of the noise, of 255.
    """

    def __init__(self, rng: np.random.Generator, height: int, width: int, *, flicker: float, grain: float) -> None:
        self._rng, self._size, self._flicker = rng, (width, height), flicker
        grid = (height // CAUSTIC_PX + 2, width // CAUSTIC_PX + 2)
        self._waves = [noise(rng, *grid, 3.0, octaves=2) for _ in range(3)]
        spare = np.clip(rng.normal(16, grain, (height + 64, width + 64)), 0, 32)
        self._grain = np.round(spare).astype(np.uint8)

    def play(self, canvas: Canvas, time_s: float) -> None:
        """Light a frame as it is at a time."""
        luma = canvas.luma
        if self._flicker:
            field = sum(
                wave * np.float32(math.sin(time_s * (1.7 + number) + 2 * number))
                for number, wave in enumerate(self._waves)
            )
            gain = cv2.convertScaleAbs(128 + np.asarray(field, np.float32) * np.float32(self._flicker * 128 / 1.2))
            wide = cv2.resize(gain, self._size, interpolation=cv2.INTER_LINEAR)
            cv2.multiply(luma, wide, luma, scale=1 / 128)
        top, left = self._rng.integers(0, 64, 2)
        height, width = luma.shape
        cv2.addWeighted(luma, 1, self._grain[top : top + height, left : left + width], 1, -16, luma)
