"""Vegetation, stones, what the sea washed up, and what people built, drawn as a drone sees them."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.services.litter.sample.noise import (
    Bytes,
    Colour,
    Shape,
    View,
    cells,
    coloured,
    fractal,
    relief,
    shade,
    smooth,
    varied,
    white,
)

GREENS: tuple[Colour, ...] = ((70, 110, 44), (96, 124, 62), (52, 92, 40), (120, 132, 74), (40, 78, 34), (84, 130, 40))
STRAWS: tuple[Colour, ...] = ((176, 150, 100), (150, 128, 84), (196, 176, 128))
ROCKS: tuple[Colour, ...] = (
    (140, 136, 130),
    (112, 106, 100),
    (168, 160, 148),
    (130, 112, 96),
    (86, 84, 86),
    (190, 184, 172),
)
WRACKS: tuple[Colour, ...] = ((74, 54, 36), (98, 76, 50), (52, 40, 30), (122, 98, 66), (64, 60, 36), (110, 84, 58))
WOODS: tuple[Colour, ...] = ((150, 128, 102), (120, 100, 78), (176, 160, 138), (94, 74, 54))
STROKE_GROUPS = 10
MOST_STROKES = 40_000


def draw_vegetation(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw grass, or leaves of bushes and creepers."""
    return _grass(rng, shape, view) if rng.random() < 0.45 else _leaves(rng, shape, view)


def draw_stones(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw shingle, pebbles or boulders, and rock with cracks."""
    if rng.random() < 0.25:
        return _rock(rng, shape, view)
    size = view.px(float(np.exp(rng.uniform(math.log(1.5), math.log(14)))))
    stones = _pebbles(rng, shape, view, size)
    if size > 16 and rng.random() < 0.6:  # smaller ones between the large
        stones = _over(rng, _pebbles(rng, shape, view, size / 3), stones, smooth(rng, shape, 3 * size))
    return stones


def draw_debris(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw a wrack line: reeds, seaweed, twigs and leaves in layers, with their shadows."""
    base = shade(varied(rng, WRACKS[rng.integers(len(WRACKS))]), 0.8)
    level = fractal(rng, shape, view.px(rng.uniform(4, 12)), octaves=4, rough=0.8) * np.float32(0.16)
    debris = coloured(level + np.float32(0.45), shade(base, 0.3), base, shade(base, 1.7))
    palette = [varied(rng, WRACKS[rng.integers(len(WRACKS))]) for _ in range(6)]
    palette += [varied(rng, STRAWS[rng.integers(len(STRAWS))]) for _ in range(3)]
    _strokes(rng, debris, view, palette, length_cm=rng.uniform(5, 22), width_cm=rng.uniform(0.15, 0.6), cover=0.9)
    return debris


def draw_other(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw what people built: concrete, asphalt, planks, a roof."""
    return [_concrete, _asphalt, _planks, _roof][int(rng.integers(4))](rng, shape, view)


def _grass(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw tufts of blades over soil; dry ones among them."""
    green = varied(rng, GREENS[rng.integers(len(GREENS))])
    level = fractal(rng, shape, view.px(rng.uniform(10, 40)), octaves=5, rough=0.8) * np.float32(0.2)
    grass = coloured(level + np.float32(0.45), shade(green, 0.25), shade(green, 0.75), shade(green, 1.25))
    palette = [varied(rng, green, 16) for _ in range(7)] + [STRAWS[rng.integers(len(STRAWS))] for _ in range(2)]
    _strokes(rng, grass, view, palette, length_cm=rng.uniform(4, 14), width_cm=rng.uniform(0.15, 0.4), cover=1.2)
    return grass


def _leaves(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw foliage: each leaf a cell of its own green and slope, dark between them, clumps in light and shadow."""
    green = varied(rng, GREENS[rng.integers(len(GREENS))])
    size = max(2.0, view.px(rng.uniform(1.2, 7)))
    labels, depth, count = cells(rng, shape, size)
    own = (rng.normal(0.5, 0.16, count + 1)).astype(np.float32)
    tilt = rng.normal(0, 0.35, (2, count + 1)).astype(np.float32)
    level = own[labels] + np.clip(depth / np.float32(size * 0.22), 0, 1) * np.float32(0.3) - np.float32(0.3)
    clumps = fractal(rng, shape, size * rng.uniform(4, 10), octaves=3)
    level += np.clip(clumps, -1.2, 1) * np.float32(0.16) + tilt[0][labels] * np.float32(0.3)
    level += smooth(rng, shape, max(1.0, size / 4)) * np.float32(0.06)
    leaves = coloured(level, shade(green, 0.12), shade(green, 0.55), green, shade(green, 1.45))
    if rng.random() < 0.6:  # others above them
        size_cm = size * view.gsd_cm
        palette = [shade(varied(rng, green, 16), rng.uniform(0.5, 1.2)) for _ in range(8)]
        _strokes(rng, leaves, view, palette, length_cm=size_cm * 1.6, width_cm=size_cm * 0.45, cover=0.35)
    return leaves


def _pebbles(rng: np.random.Generator, shape: Shape, view: View, size_px: float) -> Bytes:
    """Draw rounded stones side by side, lit from one side."""
    labels, depth, count = cells(rng, shape, size_px)
    rock = ROCKS[rng.integers(len(ROCKS))]
    stones = np.array(
        [varied(rng, rock if rng.random() < 0.75 else ROCKS[rng.integers(len(ROCKS))], 18) for _ in range(64)]
    )
    own = stones.astype(np.uint8)[rng.integers(0, 64, count + 1)]
    dome = np.sqrt(np.clip(depth / np.float32(max(1.0, size_px * 0.3)), 0, 1))
    level = relief(dome, view) * np.float32(size_px * 0.16 * (0.4 + view.strength))
    level += np.clip(dome * np.float32(1.5), 0, 1) * np.float32(0.75) + np.float32(0.2)
    level += smooth(rng, shape, max(1.0, size_px / 8)) * np.float32(0.06)
    return _lit(own[labels], level)


def _rock(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw a rock: rough, with cracks, green with algae in places."""
    rock = varied(rng, ROCKS[rng.integers(len(ROCKS))])
    height = fractal(rng, shape, view.px(rng.uniform(30, 90)), octaves=5, rough=0.62) * np.float32(view.px(5))
    level = relief(height, view) * np.float32(0.3 * view.strength) + np.float32(0.5)
    crack = np.abs(fractal(rng, shape, view.px(rng.uniform(25, 70)), octaves=3, rough=0.5))
    level -= np.clip(1 - crack * 25, 0, 1) * np.float32(0.4)
    level += white(rng, shape) * np.float32(0.05)
    stone = coloured(level, shade(rock, 0.25), rock, shade(rock, 1.5))
    if rng.random() < 0.4:
        algae = coloured(level, (10, 20, 8), (66, 84, 44), (120, 130, 84))
        stone = _over(rng, algae, stone, fractal(rng, shape, view.px(50), octaves=3))
    return stone


def _concrete(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw slabs with joints, stains and fine cracks."""
    grey = varied(rng, ((166, 162, 154), (140, 138, 134), (190, 184, 172))[rng.integers(3)])
    level = fractal(rng, shape, view.px(60), octaves=4, rough=0.7) * np.float32(0.06) + np.float32(0.5)
    level += white(rng, shape) * np.float32(0.035)
    slabs = coloured(level, shade(grey, 0.4), grey, shade(grey, 1.4))
    pitch, turn = view.px(rng.uniform(40, 160)), rng.uniform(-0.3, 0.3) + rng.choice([0, math.pi / 2])
    _lines(slabs, pitch, turn, max(1, round(view.px(0.8))), shade(grey, 0.45))
    _lines(slabs, pitch, turn + math.pi / 2, max(1, round(view.px(0.8))), shade(grey, 0.5))
    return slabs


def _asphalt(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    grey = varied(rng, (92, 92, 94))
    level = white(rng, shape) * np.float32(0.09) + smooth(rng, shape, max(1.0, view.px(0.8))) * np.float32(0.08)
    level += fractal(rng, shape, view.px(80), octaves=2) * np.float32(0.05) + np.float32(0.5)
    road = coloured(level, shade(grey, 0.3), grey, shade(grey, 1.6))
    if rng.random() < 0.4:
        paint = ((232, 230, 222), (222, 186, 60))[rng.integers(2)]
        _lines(road, view.px(300), rng.uniform(0, math.pi), max(2, round(view.px(10))), paint)
    return road


def _planks(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw planks of a jetty or of a boat, bare or painted."""
    painted = ((84, 116, 140), (190, 196, 196), (142, 78, 66), (92, 126, 106))
    wood = varied(rng, painted[rng.integers(4)] if rng.random() < 0.4 else WOODS[rng.integers(len(WOODS))])
    grain = smooth(rng, shape, max(1.0, view.px(0.5)), 30) * np.float32(0.09)
    grain += fractal(rng, shape, view.px(40), octaves=3) * np.float32(0.08) + np.float32(0.5)
    boards = coloured(grain, shade(wood, 0.3), wood, shade(wood, 1.35))
    _lines(boards, view.px(rng.uniform(8, 20)), 0.0, max(1, round(view.px(0.6))), shade(wood, 0.25))
    return boards if rng.random() < 0.5 else np.ascontiguousarray(boards)


def _roof(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw corrugated iron, painted or rusted."""
    iron = varied(rng, ((150, 86, 66), (160, 164, 168), (92, 120, 110), (176, 120, 96))[rng.integers(4)])
    place = np.arange(shape[1], dtype=np.float32) * np.float32(2 * math.pi / max(3.0, view.px(7)))
    level = np.broadcast_to(np.sin(place) * np.float32(0.16), shape) + np.float32(0.5)
    level = level + fractal(rng, shape, view.px(40), octaves=4, rough=0.7) * np.float32(0.06)
    return coloured(level, shade(iron, 0.35), iron, shade(iron, 1.45))


def _lines(ground: Bytes, pitch_px: float, turn: float, thick: int, colour: Colour) -> None:
    """Draw parallel lines over all of the ground."""
    height, width = ground.shape[:2]
    reach = math.hypot(height, width)
    along, across = np.array([math.cos(turn), math.sin(turn)]), np.array([-math.sin(turn), math.cos(turn)])
    count = int(reach / max(4.0, pitch_px)) + 1
    for number in range(-count, count + 1):
        middle = np.array([width / 2, height / 2]) + across * (number + 0.37) * pitch_px
        ends = [tuple(int(part) for part in middle + side * along * reach) for side in (-1, 1)]
        cv2.line(ground, ends[0], ends[1], colour, thick, cv2.LINE_AA)


def _strokes(
    rng: np.random.Generator,
    ground: Bytes,
    view: View,
    palette: list[Colour],
    *,
    length_cm: float,
    width_cm: float,
    cover: float,
) -> None:
    """Draw bent strokes at random, each group first its shadows, then itself; `cover`: their area by that of all."""
    height, width = ground.shape[:2]
    long, thick = max(3.0, view.px(length_cm)), max(1, round(view.px(width_cm)))
    count = min(MOST_STROKES, int(cover * height * width / (long * thick)))
    mainly, spread = rng.uniform(0, math.pi), rng.uniform(0.4, 3)
    offset = np.array([view.sun[1], view.sun[0]]) * max(1.0, view.px(0.6)) * 4
    for group in np.array_split(np.arange(count), STROKE_GROUPS):
        number = len(group)
        angle = mainly + rng.normal(0, spread, number)
        size = long * rng.uniform(0.3, 1.3, number)
        middle = rng.random((number, 2)) * (width, height)
        half = np.stack([np.cos(angle), np.sin(angle)], 1) * size[:, None] / 2
        bend = np.stack([-half[:, 1], half[:, 0]], 1) * rng.normal(0, 0.25, (number, 1))
        paths = (np.stack([middle - half, middle + bend, middle + half], 1) * 4).astype(np.int32)
        colour = palette[int(rng.integers(len(palette)))]
        dark: NDArray[np.int32] = paths + offset.astype(np.int32)
        cv2.polylines(ground, list(dark), False, shade(colour, 0.35), thick, cv2.LINE_8, 2)
        cv2.polylines(ground, list(paths), False, shade(colour, rng.uniform(0.8, 1.25)), thick, cv2.LINE_AA, 2)


def _over(rng: np.random.Generator, above: Bytes, below: Bytes, where: NDArray[np.float32]) -> Bytes:
    """Lay one texture over another where a field is high."""
    weight = np.clip(where * 4 - np.float32(rng.uniform(-1, 3)), 0, 1)
    return np.asarray(cv2.blendLinear(above, below, weight, 1 - weight), np.uint8)


def _lit(colour: Bytes, level: NDArray[np.float32]) -> Bytes:
    """Return colours so many times as bright."""
    return np.asarray(cv2.multiply(colour, cv2.merge([level] * 3), dtype=cv2.CV_8U), np.uint8)
