"""Sand and water, drawn as a drone sees them."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pelagia.services.litter.sample.noise import (
    Bytes,
    Colour,
    Floats,
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

SANDS: tuple[Colour, ...] = (
    (205, 186, 156), (222, 208, 182), (188, 172, 150), (170, 150, 122), (232, 226, 212), (196, 160, 118),
    (150, 142, 134), (112, 106, 102), (178, 164, 148), (214, 190, 146),
)  # fmt: skip
SOILS: tuple[Colour, ...] = ((150, 128, 104), (170, 150, 130), (122, 98, 76), (164, 152, 138), (98, 84, 70))
WATERS: tuple[tuple[Colour, Colour], ...] = (  # deep, shallow
    ((18, 66, 88), (70, 150, 150)),
    ((34, 92, 58), (84, 132, 92)),
    ((96, 84, 60), (142, 128, 98)),
    ((44, 60, 66), (98, 112, 112)),
    ((14, 30, 36), (40, 62, 60)),
    ((60, 120, 132), (150, 196, 186)),
)


def draw_sand(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw dry sand: grain, gentle dunes, often ripples, sometimes footprints and shell grit."""
    colour = varied(rng, SANDS[rng.integers(len(SANDS))])
    height = fractal(rng, shape, view.px(rng.uniform(12, 60)), octaves=4, rough=rng.uniform(0.35, 0.7))
    height *= np.float32(view.px(rng.uniform(0.5, 1.6)))
    if rng.random() < 0.45:
        height += _ripples(rng, shape, view)
    if rng.random() < 0.3:
        height += _footprints(rng, shape, view)
    level = relief(height, view) * np.float32(0.35 * view.strength)
    level += fractal(rng, shape, view.px(80), octaves=2) * np.float32(0.05)
    level += white(rng, shape) * np.float32(rng.uniform(0.03, 0.09))
    level += np.float32(0.5)
    sand = coloured(level, shade(colour, 0.45), colour, shade(colour, 1.3))
    _specks(rng, sand, view, share=float(rng.choice([0, 0.0005, 0.004])))
    return sand


def draw_wet_sand(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw wet sand: dark and smooth, with a shine of the sky and lines where waves ended."""
    colour = shade(varied(rng, SANDS[rng.integers(len(SANDS))]), rng.uniform(0.5, 0.75))
    level = fractal(rng, shape, view.px(rng.uniform(40, 120)), octaves=3) * np.float32(0.09)
    if rng.random() < 0.4:
        level += relief(_ripples(rng, shape, view), view) * np.float32(0.25)
    line = np.abs(smooth(rng, shape, view.px(90)))
    level += (line < 0.03).astype(np.float32) * np.float32(rng.uniform(-0.12, 0.12))
    level += white(rng, shape) * np.float32(0.03)
    level += np.float32(0.5)
    sky = shade((190, 205, 220), rng.uniform(0.7, 1.0))
    sand = coloured(level, shade(colour, 0.6), colour, shade(colour, 1.15), sky)
    _specks(rng, sand, view, share=0.0003)
    return sand


def draw_soil(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw bare soil: clods, bits of straw, in dry places cracked."""
    colour = varied(rng, SOILS[rng.integers(len(SOILS))])
    height = fractal(rng, shape, view.px(rng.uniform(5, 25)), octaves=5, rough=0.75) * np.float32(view.px(0.8))
    level = relief(height, view) * np.float32(0.3 * view.strength)
    level += fractal(rng, shape, view.px(60), octaves=2) * np.float32(0.07)
    level += white(rng, shape) * np.float32(0.06) + np.float32(0.5)
    if rng.random() < 0.35:
        _, depth, _ = cells(rng, shape, view.px(rng.uniform(6, 22)))
        level -= np.clip(1 - depth / max(1.0, view.px(0.5)), 0, 1) * np.float32(rng.uniform(0.2, 0.45))
    soil = coloured(level, shade(colour, 0.35), colour, shade(colour, 1.35))
    _specks(rng, soil, view, share=0.006)
    return soil


def draw_water(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw water: depth, waves in two directions, glint, streaks of foam."""
    deep, shallow = WATERS[rng.integers(len(WATERS))]
    deep, shallow = varied(rng, deep), varied(rng, shallow)
    calm = rng.random() < 0.35
    waves = _waves(rng, shape, view)
    level = fractal(rng, shape, view.px(rng.uniform(80, 300)), octaves=2) * np.float32(0.12)
    level += fractal(rng, shape, view.px(30), octaves=3) * np.float32(0.05)
    level += waves * np.float32(0.02 if calm else rng.uniform(0.05, 0.14))
    level += np.float32(rng.uniform(0.25, 0.6))
    water = coloured(level, shade(deep, 0.75), deep, shallow, shade(shallow, 1.2))
    if not calm and rng.random() < 0.6:
        peak = waves + smooth(rng, shape, max(1.0, view.px(1.2))) * np.float32(0.6)
        _whiten(water, np.clip(peak * 2.5 - rng.uniform(4.0, 6.5), 0, 1), 0.9)
    if rng.random() < 0.5:
        lace(rng, water, view, thick=rng.uniform(0.04, 0.16))
    return water


def draw_surf(rng: np.random.Generator, shape: Shape, view: View) -> Bytes:
    """Draw broken waves: white foam with holes over water."""
    water = draw_water(rng, shape, view)
    lace(rng, water, view, thick=rng.uniform(0.3, 0.6))
    return water


def lace(rng: np.random.Generator, ground: Bytes, view: View, *, thick: float) -> None:
    """Lay a net of foam over the ground, in patches."""
    shape = ground.shape[0], ground.shape[1]
    fine = np.abs(fractal(rng, shape, view.px(rng.uniform(6, 16)), octaves=3, rough=0.6))
    where = smooth(rng, shape, view.px(rng.uniform(30, 90))) * np.float32(0.5) + np.float32(0.6)
    _whiten(ground, np.clip((np.float32(thick) - fine) * np.float32(9), 0, 1) * np.clip(where, 0, 1), 0.85)


def _whiten(ground: Bytes, share: Floats, most: float) -> None:
    foam = np.full_like(ground, 245)
    weight = share * np.float32(most)
    cv2.blendLinear(foam, ground, weight, 1 - weight, ground)


def _waves(rng: np.random.Generator, shape: Shape, view: View) -> Floats:
    """Return waves of two directions and lengths, standard deviation near 1."""
    total = np.zeros(shape, np.float32)
    for _ in range(2):
        length, angle = view.px(rng.uniform(8, 40)), rng.uniform(0, math.pi)
        total += _stripes(rng, shape, length, angle, bend=1.5)
    return total


def _stripes(rng: np.random.Generator, shape: Shape, length_px: float, angle: float, bend: float) -> Floats:
    """Return a bent sine of this length across this direction."""
    rows = np.arange(shape[0], dtype=np.float32)[:, None] * np.float32(math.sin(angle) / length_px)
    cols = np.arange(shape[1], dtype=np.float32)[None] * np.float32(math.cos(angle) / length_px)
    phase = smooth(rng, shape, 6 * length_px) * np.float32(bend / 2)
    phase += smooth(rng, shape, 1.5 * length_px) * np.float32(bend / 8)
    phase += rows
    phase += cols
    return _sine(phase)


def _sine(turns: Floats) -> Floats:
    """Return the sine of so many turns, near enough and quick: a parabola for each half of a turn."""
    part: Floats = turns - np.floor(turns)
    part -= np.float32(0.5)
    return np.asarray(part * (np.float32(0.5) - np.abs(part)) * np.float32(16), np.float32)


def _ripples(rng: np.random.Generator, shape: Shape, view: View) -> Floats:
    """Return the height of ripples, px: 4 to 14 cm apart, strong here and weak there."""
    length = view.px(rng.uniform(4, 14))
    if length < 3:
        return np.zeros(shape, np.float32)
    where = smooth(rng, shape, 8 * length) * np.float32(0.5) + np.float32(0.5)
    stripes = _stripes(rng, shape, length, rng.uniform(0, math.pi), bend=1.2)
    height: Floats = stripes * np.clip(where, 0, 1) * np.float32(length * 0.09)
    return height


def _footprints(rng: np.random.Generator, shape: Shape, view: View) -> Floats:
    """Return the height of a track of feet, px: an oval dent with a rim, left and right in turn."""
    height = np.zeros(shape, np.float32)
    step, long, wide = view.px(rng.uniform(55, 75)), view.px(13), view.px(5)
    angle = rng.uniform(0, 2 * math.pi)
    row, col = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
    ahead = np.array([math.sin(angle), math.cos(angle)])
    reach = int(math.hypot(*shape) / step) + 1
    for number in range(-reach, reach):
        side = (1 if number % 2 else -1) * view.px(8)
        middle = np.array([row, col]) + ahead * number * step + np.array([ahead[1], -ahead[0]]) * side
        place = (round(middle[1]), round(middle[0])), (max(1, round(long)), max(1, round(wide)))
        cv2.ellipse(height, *place, math.degrees(angle), 0, 360, -float(view.px(1.2)), -1)
    return np.asarray(cv2.GaussianBlur(height, (0, 0), max(0.6, view.px(1.3))), np.float32)


def _specks(rng: np.random.Generator, ground: Bytes, view: View, *, share: float) -> None:
    """Strew bright and dark bits of a pixel or two."""
    count = int(share * ground.shape[0] * ground.shape[1] * min(1.0, view.gsd_cm / 0.2))
    rows, cols = (rng.integers(0, side, count) for side in ground.shape[:2])
    tone = rng.choice(np.array([[240, 235, 225], [70, 60, 52], [150, 120, 90]], np.uint8), count)
    ground[rows, cols] = tone
    wide = cols[::2] + 1 < ground.shape[1]
    ground[rows[::2][wide], cols[::2][wide] + 1] = tone[::2][wide]
