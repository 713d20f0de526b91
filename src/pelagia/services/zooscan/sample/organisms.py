"""Organisms drawn from nothing, as the light of a scanner sees them: how much of it each pixel lets through."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Draw = Callable[[np.random.Generator, int], Floats]

# Surely seen: 222 · (1 - exp(-0.09)) is 19 greys where 12 are the threshold, and noise is 1.4 greys.
SEEN_DENSITY = 0.09
# Lengths are those of the median of real tables: an area of 4,800 px at 2400 dpi is an ESD of 0.83 mm.
MEDIAN_ESD_MM, SPREAD, LEAST_ESD_MM, MOST_ESD_MM = 0.70, 0.42, 0.33, 4.0
TOUCHING_SHARE = 0.08
CHAIN_REACH = 0.33  # of the outermost cells' middles from that of the canvas


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """One dark thing on a scan.

    Parameters
    ----------
    kind
        What was drawn: a name of :data:`KINDS`, two of them joined by ``+`` where they touch.
    density
        (height, width): optical density; 0 where nothing is.
    """

    kind: str
    density: Floats

    @property
    def organisms(self) -> int:
        """How many organisms it is made of."""
        return self.kind.count("+") + 1

    def mirrored(self, which: int) -> Sprite:
        """Return one of its eight mirror images, 0 to 7."""
        density = self.density.T if which & 4 else self.density
        return Sprite(self.kind, density[:: -1 if which & 2 else 1, :: -1 if which & 1 else 1])


def draw_sprite(rng: np.random.Generator, *, pixel_mm: float) -> Sprite:
    """Draw an organism, or two that touch, of a size as sizes are in the sea."""
    if rng.random() < TOUCHING_SHARE:
        return _touching(rng, _single(rng, pixel_mm), _single(rng, pixel_mm))
    return _single(rng, pixel_mm)


def _single(rng: np.random.Generator, pixel_mm: float) -> Sprite:
    kind = str(rng.choice(list(KINDS), p=[share for share, _ in KINDS.values()]))
    esd_mm = float(np.clip(MEDIAN_ESD_MM * math.exp(rng.normal(0, SPREAD)), LEAST_ESD_MM, MOST_ESD_MM))
    area_px = math.pi / 4 * (esd_mm / pixel_mm) ** 2
    least_px = math.pi / 4 * (LEAST_ESD_MM / pixel_mm) ** 2
    size = max(8, int(2.2 * math.sqrt(area_px)))
    for _ in range(6):  # each kind fills its canvas to another degree
        density = _one_piece(KINDS[kind][1](rng, size))
        drawn_px = int((density > SEEN_DENSITY).sum())
        if drawn_px >= max(least_px, 0.6 * area_px):
            break
        size = int(size * min(3.0, 1.05 * math.sqrt(area_px / max(drawn_px, 1)))) + 1
    return Sprite(kind, density)


def _touching(rng: np.random.Generator, first: Sprite, second: Sprite) -> Sprite:
    """Move one organism towards another until they overlap a little."""
    (high, wide), (height, width) = first.density.shape, second.density.shape
    canvas = np.zeros((high + 2 * height, wide + 2 * width), np.float32)
    canvas[height : height + high, width : width + wide] = first.density
    seen, other = canvas > SEEN_DENSITY, second.density > SEEN_DENSITY
    angle = rng.uniform(0, 2 * math.pi)
    enough = max(3, int(0.01 * other.sum()))
    for step in range(100, -1, -1):
        row = int((height + high) / 2 * (1 + step / 100 * math.sin(angle)))
        col = int((width + wide) / 2 * (1 + step / 100 * math.cos(angle)))
        window = np.s_[row : row + height, col : col + width]
        if (seen[window] & other).sum() >= enough:
            break
    canvas[window] += second.density
    return Sprite(f"{first.kind}+{second.kind}", _one_piece(canvas))


def _one_piece(density: Floats) -> Floats:
    """Keep the largest of the parts that are seen, with its faint surroundings, and cut the canvas to it."""
    density = np.where(density < SEEN_DENSITY / 2, 0, density).astype(np.float32)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (density > SEEN_DENSITY).astype(np.uint8), connectivity=8
    )
    if count < 2:
        return density[:1, :1]
    main = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    near = cv2.dilate((labels == main).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    kept = np.where(near & ((labels == main) | (labels == 0)), density, 0)
    rows, cols = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    return np.ascontiguousarray(kept[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1])


class _Canvas:
    """Draws in units of its own size, turned by an angle around its middle."""

    def __init__(self, size: int, angle: float) -> None:
        self.size = size
        self.density = np.zeros((size, size), np.float32)
        self._turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])

    def _at(self, points: object) -> NDArray[np.int32]:
        turned = np.asarray(points, float) @ self._turn
        sixteenths: NDArray[np.int32] = np.round((turned + 0.5) * self.size * 16).astype(np.int32)
        return sixteenths

    def shape(self, outline: object, density: float, *, softness: float = 0.01, texture: Floats | None = None) -> None:
        """Add a filled outline, (points, 2) of x, y from -0.5 to 0.5."""
        self._ink(lambda ink: cv2.fillPoly(ink, [self._at(outline)], 255, cv2.LINE_AA, 4), density, softness, texture)

    def line(self, path: object, width: float, density: float) -> None:
        """Add a line of a width, share of the canvas."""
        thick = max(1, round(width * self.size))
        self._ink(
            lambda ink: cv2.polylines(ink, [self._at(path)], False, 255, thick, cv2.LINE_AA, 4), density, 0.004, None
        )

    def ellipse(
        self, middle: tuple[float, float], axes: tuple[float, float], density: float, *, softness: float = 0.01
    ) -> None:
        """Add a filled ellipse."""
        turn = np.linspace(0, 2 * math.pi, 48, endpoint=False)
        self.shape(
            np.stack([middle[0] + axes[0] * np.cos(turn), middle[1] + axes[1] * np.sin(turn)], 1),
            density,
            softness=softness,
        )

    def _ink(
        self, draw: Callable[[NDArray[np.uint8]], object], density: float, softness: float, texture: Floats | None
    ) -> None:
        ink = np.zeros((self.size, self.size), np.uint8)
        draw(ink)
        soft = cv2.GaussianBlur(ink, (0, 0), max(0.5, softness * self.size)).astype(np.float32) * (density / 255)
        self.density += soft if texture is None else soft * texture


def _grain(rng: np.random.Generator, size: int, scale: float) -> Floats:
    """Return (size, size) of noise with mean 1, as coarse as a share of the canvas."""
    cells = max(3, int(1 / scale))
    coarse = rng.normal(1, 0.28, (cells, cells)).astype(np.float32)
    return np.clip(cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), 0.35, 2)


def _copepod(rng: np.random.Generator, size: int) -> Floats:
    canvas = _Canvas(size, rng.uniform(0, 2 * math.pi))
    wide, dark = rng.uniform(0.085, 0.12), rng.uniform(0.45, 1.1)
    along = np.linspace(-0.34, 0.1, 24)
    half = wide * np.sin(np.linspace(0.25, math.pi - 0.45, 24)) ** 0.6
    body = np.concatenate([np.stack([along, half], 1), np.stack([along, -half], 1)[::-1]])
    canvas.shape(body, dark, texture=_grain(rng, size, 0.05))
    canvas.shape([(0.07, 0.035), (0.3, 0.018), (0.3, -0.018), (0.07, -0.035)], dark * 0.9)
    for side in (-1, 1):
        canvas.line([(0.29, 0.012 * side), (0.43, 0.05 * side)], 0.008, 0.35)
        sweep, bend = rng.uniform(0.25, 0.42), rng.uniform(-0.1, 0.25)
        reach = np.linspace(0, 1, 12)
        antenna = np.stack([-0.31 + bend * reach**2 + 0.04 * reach, side * (wide * 0.5 + sweep * reach)], 1)
        canvas.line(antenna, 0.012, 0.5)
        for leg in np.linspace(-0.2, 0.05, 5):
            canvas.line([(leg, 0), (leg + 0.06, side * (wide + 0.03))], 0.007, 0.3)
    canvas.ellipse((rng.uniform(-0.15, -0.05), 0), (0.12, 0.03), 0.4)
    canvas.ellipse((-0.3, 0), (0.012, 0.012), 0.8)
    return canvas.density


def _egg(rng: np.random.Generator, size: int) -> Floats:
    canvas = _Canvas(size, 0)
    radius = rng.uniform(0.38, 0.42)
    canvas.ellipse((0, 0), (radius, radius), rng.uniform(0.25, 0.5))
    canvas.ellipse((0, 0), (radius * 0.8, radius * 0.8), rng.uniform(0.2, 0.7), softness=0.03)
    canvas.ellipse((rng.uniform(-0.1, 0.1), rng.uniform(-0.1, 0.1)), (0.08, 0.08), -0.2)
    return np.maximum(canvas.density, 0)


def _chain(rng: np.random.Generator, size: int) -> Floats:
    canvas = _Canvas(size, rng.uniform(0, 2 * math.pi))
    count = int(rng.integers(4, 9))
    places = np.linspace(-CHAIN_REACH, CHAIN_REACH, count)
    bend = rng.uniform(-0.5, 0.5)
    for place in places:
        middle = (float(place), float(bend * place**2))
        canvas.ellipse(middle, (1.04 * CHAIN_REACH / (count - 1), rng.uniform(0.05, 0.065)), 0.35)
        canvas.ellipse(middle, (0.15 / count, 0.025), 0.5)
    canvas.line(np.stack([places, bend * places**2], 1), 0.02, 0.2)
    return canvas.density


def _jelly(rng: np.random.Generator, size: int) -> Floats:
    canvas = _Canvas(size, rng.uniform(0, 2 * math.pi))
    wide, high = rng.uniform(0.36, 0.44), rng.uniform(0.3, 0.42)
    canvas.ellipse((0, 0), (wide, high), rng.uniform(0.12, 0.16))
    turn = np.linspace(0, 2 * math.pi, 60)
    canvas.line(np.stack([wide * np.cos(turn), high * np.sin(turn)], 1), 0.015, 0.25)
    for angle in rng.uniform(0, 2 * math.pi) + np.arange(4) * math.pi / 2:
        canvas.line([(0, 0), (wide * math.cos(angle), high * math.sin(angle))], 0.008, 0.18)
        canvas.ellipse((0.15 * math.cos(angle), 0.15 * math.sin(angle)), (0.035, 0.035), 0.4)
    for _ in range(int(rng.integers(0, 7))):
        angle = rng.uniform(0, 2 * math.pi)
        path = np.linspace(0.9, 1.3, 6)
        canvas.line(np.stack([wide * path * math.cos(angle), high * path * np.sin(angle + 0.2 * path)], 1), 0.01, 0.25)
    return canvas.density


def _arrow_worm(rng: np.random.Generator, size: int) -> Floats:
    canvas = _Canvas(int(size * 1.6), rng.uniform(0, 2 * math.pi))
    along, bend = np.linspace(-0.45, 0.45, 30), rng.uniform(-0.5, 0.5)
    spine = bend * along**2
    half = rng.uniform(0.022, 0.03) * np.minimum(1, 4 * (0.47 - np.abs(along)) + 0.25)
    canvas.shape(np.concatenate([np.stack([along, spine + half], 1), np.stack([along, spine - half], 1)[::-1]]), 0.22)
    canvas.line(np.stack([along[2:-3], spine[2:-3]], 1), 0.01, 0.25)
    canvas.ellipse((-0.43, float(spine[0])), (0.025, 0.022), 0.6)
    for place in (8, 20):
        canvas.ellipse((float(along[place]), float(spine[place])), (0.06, 0.045), 0.1)
    return canvas.density


def _tadpole(rng: np.random.Generator, size: int) -> Floats:
    canvas = _Canvas(size, rng.uniform(0, 2 * math.pi))
    canvas.ellipse((-0.3, 0), (0.11, 0.075), rng.uniform(0.5, 1.0))
    along = np.linspace(-0.25, 0.46, 24)
    path = np.stack([along, rng.uniform(0.05, 0.2) * np.sin((along + 0.25) * rng.uniform(4, 8))], 1)
    canvas.line(path, 0.07, 0.18)
    canvas.line(path, 0.02, 0.25)
    return canvas.density


def _flake(rng: np.random.Generator, size: int) -> Floats:
    rows, cols = (np.mgrid[:size, :size].astype(np.float32) + 0.5) / size - 0.5
    away = np.hypot(rows * rng.uniform(1, 1.6), cols)
    rough = _grain(rng, size, 0.08) + _grain(rng, size, 0.25) - 2 + 0.5 * (_grain(rng, size, 0.03) - 1)
    body = 1 / (1 + np.exp(np.clip((away - 0.3 + 0.2 * rough) * 40, -50, 50)))
    flake: Floats = (body * np.clip(0.32 + 0.5 * rough, 0, 1.2)).astype(np.float32)
    return flake


KINDS: dict[str, tuple[float, Draw]] = {  # share of the organisms
    "copepod": (0.52, _copepod),
    "egg": (0.08, _egg),
    "chain": (0.06, _chain),
    "jelly": (0.08, _jelly),
    "arrow_worm": (0.05, _arrow_worm),
    "tadpole": (0.07, _tadpole),
    "flake": (0.14, _flake),
}
