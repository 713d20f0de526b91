"""A sea floor with crabs and snails, drawn."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pelagia.io.images import encode_png
from pelagia.services.citizen.sample.people import SPECIES, Animal

FLOOR_RGB = (58, 66, 62)
SHELL_RGB = {SPECIES[0]: (176, 128, 112), SPECIES[1]: (188, 182, 150)}


def draw_image(rng: np.random.Generator, height: int, width: int, animals: list[Animal]) -> bytes:
    """Return an image as PNG."""
    coarse = rng.normal(0, 1, (height // 24 + 2, width // 24 + 2)).astype(np.float32)
    clouds = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 2.5, (height, width)).astype(np.float32)
    lamp = _lamp(height, width)
    floor = np.array(FLOOR_RGB, np.float32)[None, None, :] + (9 * clouds + grain)[:, :, None]
    picture = np.clip(floor * lamp[:, :, None], 0, 255).astype(np.uint8)
    for animal in animals:
        _draw(picture, animal)
    return encode_png(picture)


def _lamp(height: int, width: int) -> np.ndarray:
    rows, cols = np.mgrid[:height, :width].astype(np.float32)
    apart = np.hypot((rows - height / 2) / height, (cols - width / 2) / width)
    lit: np.ndarray = 1.25 - 0.9 * apart
    return lit


def _draw(picture: np.ndarray, animal: Animal) -> None:
    middle = (round(animal.col), round(animal.row))
    axes = (round(animal.length / 2), round(animal.width / 2))
    degrees = math.degrees(animal.direction)
    colour = SHELL_RGB[animal.species]
    dark = tuple(int(0.55 * value) for value in colour)
    cv2.ellipse(picture, middle, axes, degrees, 0, 360, colour, -1, cv2.LINE_AA)
    cv2.ellipse(picture, middle, axes, degrees, 0, 360, dark, 2, cv2.LINE_AA)
    if animal.species == SPECIES[1]:
        for share in (0.35, 0.65):
            inner = (round(axes[0] * share), round(axes[1] * share))
            cv2.ellipse(picture, middle, inner, degrees, 20, 340, dark, 1, cv2.LINE_AA)
        return
    for side in (-0.35, 0.35):
        eye = (
            round(animal.col + 0.42 * animal.length * math.cos(animal.direction + side)),
            round(animal.row + 0.42 * animal.length * math.sin(animal.direction + side)),
        )
        cv2.circle(picture, eye, 2, (20, 20, 20), -1, cv2.LINE_AA)
