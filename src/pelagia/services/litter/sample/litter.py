"""Litter drawn from nothing: bottles, bags, wrappers, cans, shards, cartons and what is left of them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pelagia.services.litter.sample.noise import Colour, shade, varied
from pelagia.services.litter.sample.sprites import Pen, Sprite, blob

LABELS = ("plastic", "metal", "glass", "paper")
BRIGHT: tuple[Colour, ...] = (
    (210, 40, 36), (30, 84, 170), (240, 190, 30), (36, 140, 70), (240, 120, 30), (110, 50, 130), (230, 90, 140),
    (20, 150, 180), (236, 236, 232), (34, 34, 38), (90, 180, 220), (240, 240, 240), (250, 222, 90), (150, 20, 30),
)  # fmt: skip
SUN: Colour = (206, 200, 188)
CLEAR: tuple[Colour, ...] = ((214, 224, 226), (186, 214, 226), (196, 220, 196), (222, 222, 214))
BAGS: tuple[Colour, ...] = (
    (232, 232, 230), (238, 238, 240), (40, 42, 46), (70, 130, 190), (120, 190, 210), (70, 150, 90), (224, 150, 170),
    (230, 226, 200), (200, 60, 50), (240, 210, 80),
)  # fmt: skip
GLASSES: tuple[Colour, ...] = ((92, 56, 24), (52, 92, 52), (190, 208, 204), (30, 66, 40), (120, 160, 170))
Draw = Callable[[np.random.Generator, float], Sprite]


def draw_litter(rng: np.random.Generator, gsd_cm: float) -> tuple[str, str, Sprite]:
    """Draw one piece of litter.

    Parameters
    ----------
    rng
        What it is, its size, colour, turn.
    gsd_cm
        Of the picture it goes into, cm per pixel.

    Returns
    -------
    label, kind, sprite
        One of :data:`LABELS`, a key of :data:`KINDS`, the thing.
    """
    kind = _NAMES[int(np.searchsorted(_SHARES, rng.random() * _SHARES[-1]))]
    label, _, draw = KINDS[kind]
    return label, kind, draw(rng, gsd_cm)


def _bright(rng: np.random.Generator) -> Colour:
    """Return a colour of print or plastic, as the sun has left it."""
    faded = float(np.clip(rng.normal(0.2, 0.25), 0, 0.7))
    red, green, blue = BRIGHT[rng.integers(len(BRIGHT))]
    bleached = tuple(part + faded * (grey - part) for part, grey in zip((red, green, blue), SUN, strict=True))
    return varied(rng, (bleached[0], bleached[1], bleached[2]))


def _bottle_outline(rng: np.random.Generator, long: float, half: float, crushed: float) -> list[tuple[float, float]]:
    """Return half of a bottle from its foot to its neck, and back on the other side."""
    along = np.array([-0.5, -0.49, -0.3, -0.05, 0.12, 0.27, 0.36, 0.5]) * long
    wide = np.array([0.86, 1, 0.97, 1, 0.98, 0.8, 0.36, 0.34]) * half
    upper = wide * np.clip(1 - np.abs(rng.normal(0, crushed, 8)), 0.4, 1)
    lower = wide * np.clip(1 - np.abs(rng.normal(0, crushed, 8)), 0.4, 1)
    return [*zip(along, upper, strict=True), *zip(along[::-1], -lower[::-1], strict=True)]


def _pet_bottle(rng: np.random.Generator, gsd: float) -> Sprite:
    long = rng.uniform(16, 33)
    half, crushed = long * rng.uniform(0.13, 0.17), float(rng.choice([0.02, 0.12, 0.3]))
    colour = varied(rng, CLEAR[rng.integers(len(CLEAR))])
    pen = Pen(rng, gsd, long * 1.15, colour)
    pen.fill(_bottle_outline(rng, long, half, crushed), colour, rng.uniform(0.35, 0.75))
    for ring in np.arange(-0.44, 0.2, 0.09):  # ribs
        pen.line(
            [(ring * long, -half * 0.8), (ring * long, half * 0.8)], 0.25, shade(colour, rng.uniform(0.6, 1.15)), 0.7
        )
    if rng.random() < 0.6:  # its label
        start = rng.uniform(-0.25, -0.1) * long
        pen.box((start, -half * 0.98), (start + 0.22 * long, half * 0.98), _bright(rng), 0.97)
    pen.round_off(half, 0.9)
    if rng.random() < 0.7:
        pen.box((0.44 * long, -half * 0.38), (0.53 * long, half * 0.38), _bright(rng))
    if crushed > 0.1:
        pen.crumple(0.5, long / 8)
    return pen.sprite(2 * half * 0.8)


def _canister(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw a bottle of detergent or oil: opaque, with a handle or a label."""
    long = rng.uniform(12, 28)
    half, colour = long * rng.uniform(0.16, 0.26), _bright(rng)
    pen = Pen(rng, gsd, long * 1.2, colour)
    pen.fill(_bottle_outline(rng, long, half, 0.03), colour)
    pen.box((-0.35 * long, -half * 0.6), (rng.uniform(-0.1, 0.1) * long, half * 0.6), _bright(rng))
    pen.round_off(half, 0.35)
    pen.box((0.43 * long, -half * 0.4), (0.55 * long, half * 0.4), _bright(rng))
    return pen.sprite(2 * half * 0.7)


def _bag(rng: np.random.Generator, gsd: float) -> Sprite:
    long = float(np.clip(rng.lognormal(math.log(22), 0.45), 9, 60))
    colour = varied(rng, BAGS[rng.integers(len(BAGS))])
    pen = Pen(rng, gsd, long * 1.5, colour)
    wide = long * rng.uniform(0.4, 0.95)
    thin = rng.random() < 0.4
    pen.fill(blob(rng, (long / 2, wide / 2), points=int(rng.integers(9, 18)), rough=0.2), colour, 0.6 if thin else 0.95)
    if rng.random() < 0.35:
        pen.oval((rng.uniform(-0.15, 0.15) * long, 0), (long * 0.14, wide * 0.12), _bright(rng), 0.95)
    pen.crumple(rng.uniform(0.4, 0.8), long / rng.uniform(3, 9))
    pen.crumple(0.4, max(1.0, long / 16))
    return pen.sprite(rng.uniform(1, 6))


def _wrapper(rng: np.random.Generator, gsd: float) -> Sprite:
    long = rng.uniform(5, 22)
    wide, colour = long * rng.uniform(0.35, 0.85), _bright(rng)
    pen = Pen(rng, gsd, long * 1.4, colour)
    x, y = long / 2, wide / 2
    corners = np.array([(-x, -y), (0, -y), (x, -y), (x, y), (0, y), (-x, y)]) * rng.uniform(0.75, 1.08, (6, 2))
    pen.fill(corners, colour)
    for _ in range(int(rng.integers(1, 4))):  # print
        left, top = rng.uniform(-0.8, 0.4) * x, rng.uniform(-0.7, 0.3) * y
        pen.box((left, top), (left + rng.uniform(0.2, 0.6) * x, top + rng.uniform(0.2, 0.6) * y), _bright(rng))
    silver = shade((206, 208, 212), rng.uniform(0.8, 1.1))
    for side in (-1, 1):
        pen.box((side * x * 0.93, -y * 0.8), (side * x * 0.8, y * 0.8), silver)
    if rng.random() < 0.25:  # its inside is up
        pen.fill(corners * 0.96, silver)
    pen.crumple(0.75, long / rng.uniform(3, 7))
    return pen.sprite(rng.uniform(0.5, 2.5))


def _cap(rng: np.random.Generator, gsd: float) -> Sprite:
    radius, colour = rng.uniform(1.3, 2.6), _bright(rng)
    pen = Pen(rng, gsd, radius * 2.4, colour)
    tilt = rng.uniform(0.7, 1)
    pen.oval((0, 0), (radius, radius * tilt), shade(colour, 0.75))
    pen.oval((0.08, 0.08), (radius * 0.82, radius * tilt * 0.82), shade(colour, rng.uniform(0.6, 1.15)))
    return pen.sprite(1.2)


def _rope(rng: np.random.Generator, gsd: float) -> Sprite:
    long, thick = rng.uniform(15, 70), rng.uniform(0.4, 1.6)
    colour = varied(
        rng, ((40, 110, 170), (60, 140, 110), (236, 130, 50), (220, 214, 196), (40, 60, 60))[rng.integers(5)]
    )
    pen = Pen(rng, gsd, long, colour)
    turn = np.cumsum(rng.normal(0, 0.5, 24)) + rng.normal(0, 0.15)
    path = np.cumsum(np.stack([np.cos(turn), np.sin(turn)], 1), 0)
    path -= (path.max(0) + path.min(0)) / 2
    path *= 0.46 * long / max(1e-6, float(np.abs(path).max()))
    pen.line(path, thick, shade(colour, 0.7))
    pen.line(path, thick * 0.55, colour)
    return pen.sprite(thick)


def _net(rng: np.random.Generator, gsd: float) -> Sprite:
    long, mesh = rng.uniform(20, 60), rng.uniform(1.5, 4)
    colour = varied(rng, ((50, 130, 120), (40, 100, 160), (90, 120, 70), (200, 110, 60))[rng.integers(4)])
    pen = Pen(rng, gsd, long * 1.2, colour)
    edge = long / 2
    for place in np.arange(-edge, edge, mesh):
        reach = edge * math.sqrt(max(0.05, 1 - (place / edge) ** 2))
        wave = np.linspace(-reach, reach, 9)
        bend = rng.normal(0, mesh / 3, 9)
        pen.line(np.stack([wave, place + bend], 1), 0.25, colour, 0.9)
        pen.line(np.stack([place + bend, wave], 1), 0.25, shade(colour, 0.8), 0.9)
    return pen.sprite(1.0)


def _polystyrene(rng: np.random.Generator, gsd: float) -> Sprite:
    long = float(np.clip(rng.lognormal(math.log(10), 0.6), 3, 45))
    white = shade((242, 242, 238), rng.uniform(0.88, 1.04))
    pen = Pen(rng, gsd, long * 1.5, white)
    wide = long * rng.uniform(0.4, 1)
    if long > 18 and rng.random() < 0.6:  # a box, seen into
        pen.box((-long / 2, -wide / 2), (long / 2, wide / 2), white)
        pen.box((-long * 0.4, -wide * 0.36), (long * 0.4, wide * 0.36), shade(white, 0.72))
        pen.box((-long * 0.36, -wide * 0.25), (long * 0.4, wide * 0.36), shade(white, 0.86))
    else:
        pen.fill(blob(rng, (long / 2, wide / 2), points=int(rng.integers(5, 10)), rough=0.13), white)
    pen.grain(0.05)
    return pen.sprite(min(10.0, 0.4 * wide))


def _fragment(rng: np.random.Generator, gsd: float) -> Sprite:
    long, colour = float(np.clip(rng.lognormal(math.log(5), 0.5), 2.5, 16)), _bright(rng)
    pen = Pen(rng, gsd, long * 1.5, colour)
    pen.fill(blob(rng, (long / 2, long * rng.uniform(0.2, 0.5)), points=int(rng.integers(4, 8)), rough=0.2), colour)
    pen.crumple(0.3, long / 3)
    return pen.sprite(rng.uniform(0.3, 1.5))


def _cup(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw a cup or pot of plastic: from the side, or into it."""
    size = rng.uniform(7, 13)
    colour = varied(rng, ((240, 240, 236), (236, 236, 240), (200, 40, 40), (214, 224, 226))[rng.integers(4)])
    pen = Pen(rng, gsd, size * 1.3, colour)
    if rng.random() < 0.4:
        for share, gain in ((1.0, 1.0), (0.9, 0.7), (0.65, 0.85)):
            pen.oval((0, 0), (size * 0.45 * share, size * 0.43 * share), shade(colour, gain))
    else:
        pen.fill(
            [(-size / 2, -size * 0.28), (size / 2, -size * 0.4), (size / 2, size * 0.4), (-size / 2, size * 0.28)],
            colour,
        )
        pen.round_off(size * 0.4, 0.3)
        pen.oval((size / 2, 0), (size * 0.1, size * 0.4), shade(colour, 0.65))
    return pen.sprite(size * 0.5)


def _sandal(rng: np.random.Generator, gsd: float) -> Sprite:
    long, colour = rng.uniform(18, 28), _bright(rng)
    pen = Pen(rng, gsd, long * 1.1, colour)
    along = np.linspace(0, math.pi, 14)
    side = np.sin(along) ** 0.5 * long * 0.19 * (1 - 0.25 * np.sin(2 * along))
    outline = np.concatenate(
        [
            np.stack([np.cos(along) * long / 2, side], 1),
            np.stack([np.cos(along), -side / (long / 2)], 1)[::-1] * long / 2,
        ]
    )
    pen.fill(outline, colour)
    for end in (-1, 1):
        pen.line([(long * 0.3, 0), (long * 0.02, end * long * 0.15)], 0.9, shade(colour, 0.45))
    pen.grain(0.04)
    return pen.sprite(2.0)


def _stick(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw a straw, cotton bud, fork or spoon."""
    long, colour = rng.uniform(10, 22), _bright(rng)
    pen = Pen(rng, gsd, long * 1.1, colour)
    pen.line(
        [(-long / 2, 0), (long * 0.3, rng.normal(0, 0.6)), (long / 2, rng.normal(0, 1.2))],
        rng.uniform(0.4, 0.9),
        colour,
    )
    if rng.random() < 0.4:
        pen.oval((-long * 0.4, 0), (long * 0.1, long * 0.07), shade(colour, 0.9))
    return pen.sprite(0.6)


def _can(rng: np.random.Generator, gsd: float) -> Sprite:
    long, half = rng.uniform(9, 16.5), rng.uniform(2.6, 3.6)
    silver = shade((190, 192, 196), rng.uniform(0.8, 1.15))
    colour = _bright(rng) if rng.random() < 0.8 else varied(rng, (150, 96, 60))
    pen = Pen(rng, gsd, long * 1.25, colour)
    crushed = float(rng.choice([0, 0.12, 0.25]))
    sides = np.array(
        [
            (-0.5, -0.9),
            (-0.44, -1),
            (0, -1),
            (0.44, -1),
            (0.5, -0.85),
            (0.5, 0.85),
            (0.44, 1),
            (0, 1),
            (-0.44, 1),
            (-0.5, 0.9),
        ]
    )
    pen.fill(sides * (long, half) * (1 - np.abs(rng.normal(0, crushed, (10, 1)))), colour)
    pen.box((rng.uniform(-0.3, 0) * long, -half * 0.9), (rng.uniform(0.1, 0.3) * long, half * 0.9), _bright(rng))
    for end in (-1, 1):
        pen.box((end * long * 0.5, -half * 0.84), (end * long * 0.44, half * 0.84), silver)
    pen.round_off(half, 0.8)
    if rng.random() < 0.5:
        pen.oval((long * 0.5, 0), (half * 0.25, half * 0.85), shade(silver, rng.uniform(0.6, 1.1)))
    if crushed:
        pen.crumple(0.5, long / 4)
    return pen.sprite(2 * half * (1 - crushed))


def _lid(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw the end of a tin, or a tin from above."""
    radius = rng.uniform(3, 5.5)
    silver = varied(rng, ((186, 188, 190), (150, 120, 92), (206, 196, 150))[rng.integers(3)])
    pen = Pen(rng, gsd, radius * 2.3, silver)
    for share, gain in ((1.0, 1.1), (0.9, 0.7), (0.84, 1.0), (0.6, 0.85), (0.56, 1.02)):
        pen.oval((0, 0), (radius * share, radius * share), shade(silver, gain))
    pen.crumple(0.2, radius)
    return pen.sprite(rng.uniform(0.5, 8))


def _foil(rng: np.random.Generator, gsd: float) -> Sprite:
    long = rng.uniform(4, 20)
    silver = shade((196, 198, 202), rng.uniform(0.8, 1.15))
    pen = Pen(rng, gsd, long * 1.5, silver)
    pen.fill(blob(rng, (long / 2, long * rng.uniform(0.3, 0.5)), points=12, rough=0.18), silver)
    pen.crumple(1.3, long / 6)
    pen.crumple(1.0, long / 14)
    return pen.sprite(rng.uniform(0.5, 3))


def _glass_bottle(rng: np.random.Generator, gsd: float) -> Sprite:
    long = rng.uniform(17, 31)
    half, colour = long * rng.uniform(0.12, 0.16), varied(rng, GLASSES[rng.integers(len(GLASSES))])
    pen = Pen(rng, gsd, long * 1.1, colour)
    pen.fill(_bottle_outline(rng, long, half, 0.0), colour, rng.uniform(0.75, 0.93))
    if rng.random() < 0.6:
        pen.box((-0.32 * long, -half * 0.95), (-0.02 * long, half * 0.95), varied(rng, (226, 220, 200)))
        pen.box((-0.25 * long, -half * 0.5), (-0.08 * long, half * 0.5), _bright(rng))
    pen.round_off(half, 1.6)
    pen.line([(-0.4 * long, half * 0.5), (0.2 * long, half * 0.5)], 0.3, (240, 244, 246))
    return pen.sprite(2 * half)


def _shard(rng: np.random.Generator, gsd: float) -> Sprite:
    long, colour = rng.uniform(2.5, 9), varied(rng, GLASSES[rng.integers(len(GLASSES))])
    pen = Pen(rng, gsd, long * 1.6, colour)
    outline = blob(rng, (long / 2, long * rng.uniform(0.25, 0.5)), points=int(rng.integers(3, 6)), rough=0.3)
    pen.fill(outline, colour, rng.uniform(0.6, 0.9))
    pen.line(outline[:2], 0.25, (238, 244, 246))
    return pen.sprite(0.8)


def _carton(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw a box of card: drinks, cigarettes, a parcel."""
    long = float(np.clip(rng.lognormal(math.log(13), 0.5), 6, 50))
    wide = long * rng.uniform(0.4, 0.8)
    brown = varied(rng, (176, 138, 96))
    colour = brown if rng.random() < 0.5 else _bright(rng)
    pen = Pen(rng, gsd, long * 1.5, colour)
    pen.box((-long / 2, -wide / 2), (long / 2, wide / 2), colour)
    if rng.random() < 0.6:  # a second side
        pen.fill(
            [(-long / 2, wide / 2), (long / 2, wide / 2), (long * 0.47, wide * 0.68), (-long * 0.47, wide * 0.68)],
            shade(colour, 0.65),
        )
    if colour is not brown:
        pen.box((-0.3 * long, -0.3 * wide), (0.2 * long, 0.1 * wide), _bright(rng))
        for row in (0.2, 0.3, 0.4):
            pen.line([(-0.4 * long, row * wide), (0.35 * long, row * wide)], 0.3, shade(colour, 0.5))
    else:
        pen.line([(-long / 2, 0), (long / 2, 0)], 0.8, shade(brown, rng.choice([0.7, 1.25])))
    pen.crumple(0.25, long / 2.5)
    return pen.sprite(min(12.0, wide * rng.uniform(0.1, 0.6)))


def _sheet(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw paper: a printed sheet, a receipt, a tissue."""
    long = rng.uniform(6, 30)
    wide = long * rng.uniform(0.3, 0.75)
    colour = varied(rng, ((240, 238, 230), (228, 224, 210), (244, 244, 244), (214, 200, 170))[rng.integers(4)], 8)
    pen = Pen(rng, gsd, long * 1.4, colour)
    if rng.random() < 0.4:
        pen.fill(blob(rng, (long / 2, wide / 2), points=13, rough=0.2), colour)
    else:
        corners = (
            np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (long / 2, wide / 2) * rng.uniform(0.85, 1.05, (4, 2))
        )
        pen.fill(corners, colour)
        for row in np.arange(-0.36, 0.4, 0.1) if rng.random() < 0.6 else ():
            pen.line(
                [(-0.4 * long, row * wide), (rng.uniform(0.1, 0.38) * long, row * wide)], 0.25, shade(colour, 0.55)
            )
    pen.crumple(rng.uniform(0.2, 0.6), long / rng.uniform(2.5, 6))
    return pen.sprite(rng.uniform(0.3, 2))


KINDS: dict[str, tuple[str, float, Draw]] = {  # label, share of the pieces, how it is drawn
    "pet bottle": ("plastic", 9, _pet_bottle),
    "canister": ("plastic", 4, _canister),
    "bag": ("plastic", 12, _bag),
    "wrapper": ("plastic", 9, _wrapper),
    "cap": ("plastic", 6, _cap),
    "rope": ("plastic", 4, _rope),
    "net": ("plastic", 1.5, _net),
    "polystyrene": ("plastic", 7, _polystyrene),
    "fragment": ("plastic", 9, _fragment),
    "cup": ("plastic", 4, _cup),
    "sandal": ("plastic", 2.5, _sandal),
    "stick": ("plastic", 2, _stick),
    "can": ("metal", 7, _can),
    "lid": ("metal", 2, _lid),
    "foil": ("metal", 3, _foil),
    "glass bottle": ("glass", 5, _glass_bottle),
    "shard": ("glass", 4, _shard),
    "carton": ("paper", 6, _carton),
    "sheet": ("paper", 5, _sheet),
}
_NAMES = tuple(KINDS)
_SHARES = np.cumsum([share for _, share, _ in KINDS.values()])
