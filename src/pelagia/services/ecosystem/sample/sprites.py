"""Animals and burrows, drawn: outlines of a few shapes, filled, striped and shaded."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from pelagia.services.ecosystem.sample.canvas import Bytes, Floats, Patch, patch_of

PHASES = 8
"""Pictures of one beat of a tail or a bell."""
FINE = 2
"""Sprites are drawn so many times as large, and made small again for smooth edges."""
HAZE_RGB = (48, 118, 138)
"""The colour of the water that lies between."""

Colour = tuple[int, int, int]
Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Fish:
    """The shape and the dress of a fish.

    Parameters
    ----------
    deep
        Height of the body by its length.
    back, belly
        Colours.
    mark, marks
        Colour of its bands; where they stand along the body (0 nose to 1), and how wide they are.
    fork
        How deep the tail is cut, 0 to 1.
    """

    deep: float
    back: Colour
    belly: Colour
    mark: Colour
    marks: tuple[tuple[float, float], ...]
    fork: float


FISH = {
    "Diplodus vulgaris": Fish(0.46, (120, 128, 126), (196, 202, 198), (28, 30, 32), ((0.26, 0.07), (0.78, 0.09)), 0.5),
    "Chromis chromis": Fish(0.40, (44, 38, 44), (84, 72, 70), (30, 26, 30), (), 0.9),
    "Coris julis": Fish(0.20, (58, 92, 74), (222, 214, 196), (226, 122, 44), ((0.5, 0.55),), 0.05),
}
JELLY, LOBSTER, OPENING, WEED = "Pelagia noctiluca", "Nephrops norvegicus", "burrow opening", "weed"
SWIMMERS = (*FISH, JELLY)
"""What can visit a fixed camera."""


def draw_sprite(taxon: str, length_px: float, phase: int = 0, *, haze: float = 0.0, seed: int = 0) -> Patch:
    """Return an animal or a thing, its head to the right.

    Parameters
    ----------
    taxon
        One of :data:`SWIMMERS`, :data:`LOBSTER`, :data:`OPENING`, :data:`WEED`.
    length_px
        Its length; its height follows.
    phase
        Of its beat, 0 to :data:`PHASES` - 1.
    haze
        How much of the water's colour lies over it, 0 to 1.
    seed
        Of the shapes that differ from one to the next.
    """
    length = max(8.0, length_px) * FINE
    beat = math.sin(2 * math.pi * phase / PHASES)
    if taxon in FISH:
        fish = FISH[taxon]
        rgb, alpha = _draw(length, length * (fish.deep * 1.5 + 0.1), lambda at: _fish(at, fish, beat))
    elif taxon == JELLY:
        rgb, alpha = _draw(length, length * 1.6, lambda at: _jelly(at, beat))
        alpha = alpha * np.float32(0.8)
    elif taxon == LOBSTER:
        rgb, alpha = _draw(length, length * 0.55, _lobster)
    elif taxon == WEED:
        rgb, alpha = _draw(length, length * 2.2, lambda at: _weed(at, beat, seed))
    else:
        rgb, alpha = _draw(length, length * 0.8, lambda at: _opening(at, seed))
    if haze:
        rgb = cv2.addWeighted(rgb, 1 - haze, np.full_like(rgb, HAZE_RGB), haze, 0).astype(np.uint8)
    return patch_of(rgb, alpha)


class _Sheet:
    """What a shape is drawn on; places are shares of its width and height.

    Parameters
    ----------
    height, width
        Its size, px.
    """

    def __init__(self, height: int, width: int) -> None:
        self.rgb = np.zeros((height, width, 3), np.uint8)
        self.alpha = np.zeros((height, width), np.uint8)

    def fill(self, points: Points, colour: Colour, *, inside: bool = False) -> None:
        """Fill a polygon; ``inside`` paints only what is there already."""
        height, width = self.alpha.shape
        corners = np.round(np.array(points) * (width, height)).astype(np.int32)
        if inside:
            mask = np.zeros_like(self.alpha)
            cv2.fillPoly(mask, [corners], 255)
            self.rgb[(mask > 0) & (self.alpha > 0)] = colour
            return
        cv2.fillPoly(self.rgb, [corners], colour)
        cv2.fillPoly(self.alpha, [corners], 255)

    def oval(self, col: float, row: float, wide: float, high: float, colour: Colour, *, inside: bool = False) -> None:
        """Fill an ellipse around a middle, by its half axes."""
        self.fill(
            [
                (col + wide * math.cos(angle), row + high * math.sin(angle))
                for angle in np.linspace(0, 2 * math.pi, 40, endpoint=False)
            ],
            colour,
            inside=inside,
        )


def _draw(length: float, height: float, paint: Callable[[_Sheet], None]) -> tuple[Bytes, Floats]:
    """Paint a shape large and make it small: even sides, colour under its soft edges too."""
    rows, cols = (max(4, 2 * round(side / FINE / 2)) for side in (height, length))
    sheet = _Sheet(rows * FINE, cols * FINE)
    paint(sheet)
    alpha = cv2.resize(sheet.alpha, (cols, rows), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)
    rgb = cv2.resize(sheet.rgb, (cols, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
    rgb /= np.maximum(alpha, np.float32(0.05))[..., None]
    return np.clip(rgb, 0, 255).astype(np.uint8), np.asarray(alpha, np.float32)


def _fish(at: _Sheet, fish: Fish, beat: float) -> None:
    half = fish.deep / (fish.deep * 1.5 + 0.1) / 2
    tail, end = 0.24, 0.02 + 0.07 * (1 + beat)
    root = [(tail, 0.5 - half * 0.22), (tail, 0.5 + half * 0.22)]
    at.fill(
        [root[0], (end, 0.5 - half * 0.95), (end + (tail - end) * fish.fork, 0.5), (end, 0.5 + half * 0.95), root[1]],
        fish.back,
    )
    at.fill([(0.42, 0.5 - half * 0.7), (0.55, 0.5 - half * 1.35), (0.8, 0.5 - half * 0.6)], fish.back)
    at.fill([(0.5, 0.5 + half * 0.7), (0.48, 0.5 + half * 1.3), (0.66, 0.5 + half * 0.7)], fish.back)
    along = np.linspace(0, 1, 30)
    body = half * np.sin(math.pi * along**0.72) ** 0.75
    cols = 0.98 - along * (0.98 - tail + 0.04)
    outline = [(float(col), float(0.5 - high)) for col, high in zip(cols, body, strict=True)]
    outline += [(float(col), float(0.5 + high)) for col, high in zip(cols[::-1], body[::-1], strict=True)]
    at.fill(outline, fish.back)
    at.oval(0.62, 0.5 + half * 0.55, 0.36, half * 0.6, fish.belly, inside=True)
    for place, wide in fish.marks:
        left, right = (0.98 - 0.74 * (place + side * wide / 2) for side in (1, -1))
        low = 0.95 if fish.deep > 0.3 else 0.12
        at.fill(
            [
                (left, 0.5 - half * 0.95),
                (right, 0.5 - half * 0.95),
                (right, 0.5 + half * low),
                (left, 0.5 + half * low),
            ],
            fish.mark,
            inside=True,
        )
    at.oval(0.90, 0.5 - half * 0.18, 0.018, half * 0.14, (240, 240, 220), inside=True)
    at.oval(0.90, 0.5 - half * 0.18, 0.010, half * 0.08, (10, 10, 10), inside=True)


def _jelly(at: _Sheet, beat: float) -> None:
    wide, deep = 0.40 + 0.07 * beat, 0.26 - 0.04 * beat
    for number in range(6):
        col = 0.5 + (number - 2.5) * wide * 0.3
        sway = 0.05 * math.sin(number * 1.7 + 3 * beat)
        at.fill(
            [(col - 0.012, 0.3), (col + 0.012, 0.3), (col + sway + 0.008, 0.97), (col + sway, 0.97)], (176, 120, 150)
        )
    bell = [
        (0.5 + wide * math.cos(angle), 0.32 - deep * math.sin(angle))
        for angle in np.linspace(-0.25, math.pi + 0.25, 40)
    ]
    at.fill(bell, (202, 150, 178))
    at.oval(0.5, 0.22, wide * 0.5, deep * 0.4, (226, 188, 206), inside=True)


def _lobster(at: _Sheet) -> None:
    shell, joint = (214, 128, 92), (176, 96, 70)
    at.fill([(0.03, 0.34), (0.03, 0.66), (0.16, 0.58), (0.16, 0.42)], joint)
    at.oval(0.34, 0.5, 0.22, 0.13, shell)
    at.oval(0.55, 0.5, 0.14, 0.17, shell)
    for side in (-1, 1):
        at.fill(
            [(0.6, 0.5 + side * 0.1), (0.78, 0.5 + side * 0.33), (0.8, 0.5 + side * 0.27), (0.64, 0.5 + side * 0.05)],
            joint,
        )
        at.oval(0.88, 0.5 + side * 0.30, 0.11, 0.07, shell)
        for leg in range(3):
            col = 0.42 + 0.07 * leg
            at.fill(
                [(col, 0.5), (col + 0.02, 0.5), (col + 0.01, 0.5 + side * 0.42), (col - 0.01, 0.5 + side * 0.42)], joint
            )
    for ring in range(4):
        at.oval(0.2 + 0.07 * ring, 0.5, 0.006, 0.12, joint, inside=True)


def _weed(at: _Sheet, beat: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(7):
        foot, high, wide = rng.uniform(0.35, 0.65), rng.uniform(0.5, 0.97), rng.uniform(0.015, 0.035)
        lean = rng.uniform(-0.2, 0.2) + 0.12 * beat
        green = int(rng.integers(60, 110))
        along = np.linspace(0, 1, 8)
        cols, rows = foot + lean * along**2, 1 - high * along
        left = [(float(col - wide * (1 - step)), float(row)) for col, row, step in zip(cols, rows, along, strict=True)]
        right = [(float(col + wide * (1 - step)), float(row)) for col, row, step in zip(cols, rows, along, strict=True)]
        at.fill(left + right[::-1], (green - 20, green + 20, green - 30))


def _opening(at: _Sheet, seed: int) -> None:
    """Draw a burrow's mouth: thrown-up mud around a dark hole that goes down to one side."""
    rng = np.random.default_rng(seed)
    at.oval(0.5, 0.5, 0.48, 0.48, (148, 142, 120))
    at.oval(
        0.5 + rng.uniform(-0.04, 0.04),
        0.55,
        rng.uniform(0.34, 0.40),
        rng.uniform(0.30, 0.36),
        (70, 66, 54),
        inside=True,
    )
    at.oval(0.5, 0.60, 0.28, 0.24, (22, 20, 18), inside=True)
