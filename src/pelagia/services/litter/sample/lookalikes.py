"""Things on a beach that are no litter and look like it: shells, stones, wood, leaves, foam; and people."""

from __future__ import annotations

import math

import numpy as np

from pelagia.services.litter.sample.growth import GREENS, ROCKS, STRAWS, WOODS, WRACKS
from pelagia.services.litter.sample.litter import BRIGHT, Draw
from pelagia.services.litter.sample.noise import Colour, shade, varied
from pelagia.services.litter.sample.sprites import Pen, Sprite, blob


def draw_lookalike(rng: np.random.Generator, gsd_cm: float) -> tuple[str, Sprite]:
    """Draw one thing that is no litter.

    Parameters
    ----------
    rng
        What it is, its size, colour, turn.
    gsd_cm
        Of the picture it goes into, cm per pixel.

    Returns
    -------
    tile_class, sprite
        ``stones``, ``organic debris``, ``vegetation``, ``water`` (foam) or ``other``, and the thing.
    """
    tile_class, _, draw = KINDS[int(np.searchsorted(_SHARES, rng.random() * _SHARES[-1]))]
    return tile_class, draw(rng, gsd_cm)


def _of(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    return varied(rng, colours[rng.integers(len(colours))])


def _shell(rng: np.random.Generator, gsd: float) -> Sprite:
    size = rng.uniform(2, 8)
    colour = varied(
        rng, ((236, 228, 214), (220, 196, 170), (200, 190, 186), (150, 130, 118), (70, 70, 90))[rng.integers(5)]
    )
    pen = Pen(rng, gsd, size * 1.3, colour)
    turn = np.linspace(-2.4, 2.4, 16)
    fan = np.stack([np.cos(turn) * size * 0.5, np.sin(turn) * size * 0.48 * rng.uniform(0.6, 1)], 1)
    pen.fill(fan, colour)
    for rib in np.linspace(-1.9, 1.9, 7):
        pen.line(
            [(-size * 0.4, 0), (math.cos(rib) * size * 0.44, math.sin(rib) * size * 0.4)], 0.15, shade(colour, 0.75)
        )
    pen.round_off(size * 0.6, 0.2)
    return pen.sprite(1.0)


def _stone(rng: np.random.Generator, gsd: float) -> Sprite:
    size = float(np.clip(rng.lognormal(math.log(7), 0.6), 2, 45))
    colour = _of(rng, ROCKS)
    pen = Pen(rng, gsd, size * 1.4, colour)
    outline = blob(rng, (size / 2, size * rng.uniform(0.28, 0.48)), points=int(rng.integers(8, 14)), rough=0.07)
    pen.fill(outline, shade(colour, 0.75))
    pen.fill(outline * 0.86 + (0.03 * size, -0.03 * size), colour)
    pen.fill(outline * 0.5 + (0.06 * size, -0.06 * size), shade(colour, 1.12))
    pen.grain(0.08)
    pen.crumple(0.3, size / 3)
    return pen.sprite(size * 0.3)


def _wood(rng: np.random.Generator, gsd: float) -> Sprite:
    long = float(np.clip(rng.lognormal(math.log(26), 0.7), 6, 160))
    thick, colour = max(0.5, long * rng.uniform(0.02, 0.09)), _of(rng, WOODS + WRACKS)
    pen = Pen(rng, gsd, long * 1.1, colour)
    along = np.linspace(-0.5, 0.5, 7) * long
    path = np.stack([along, rng.normal(0, long * 0.03, 7)], 1)
    for part in range(6):
        pen.line(path[part : part + 2], thick * (1 - 0.09 * part), shade(colour, rng.uniform(0.85, 1.1)))
    for _ in range(int(rng.integers(0, 4))):
        root = path[rng.integers(7)]
        pen.line([root, root + rng.normal(0, long * 0.12, 2)], thick * 0.4, shade(colour, 0.85))
    pen.grain(0.1)
    return pen.sprite(thick)


def _leaf(rng: np.random.Generator, gsd: float) -> Sprite:
    long = rng.uniform(3, 18)
    colour = _of(rng, (*STRAWS, *WRACKS, (196, 150, 60), (170, 80, 40), GREENS[rng.integers(len(GREENS))]))
    pen = Pen(rng, gsd, long * 1.1, colour)
    along = np.linspace(-0.5, 0.5, 9)
    half = (0.25 - along**2) * rng.uniform(0.5, 1.6)
    pen.fill(np.concatenate([np.stack([along, half], 1), np.stack([along, -half], 1)[::-1]]) * long, colour)
    pen.line([(-long / 2, 0), (long / 2, 0)], 0.2, shade(colour, 0.7))
    pen.crumple(0.5, long / 4)
    return pen.sprite(rng.uniform(0.3, 2))


def _weed(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw a heap of seaweed, or a frond."""
    long, colour = rng.uniform(8, 60), _of(rng, WRACKS)
    pen = Pen(rng, gsd, long * 1.2, colour)
    for _ in range(int(rng.integers(5, 16))):
        turn = np.cumsum(rng.normal(0, 0.5, 8)) + rng.uniform(0, 2 * math.pi)
        path = np.cumsum(np.stack([np.cos(turn), np.sin(turn)], 1), 0) * long / 14 + rng.normal(0, long * 0.08, 2)
        pen.line(path, rng.uniform(0.5, 2.2), shade(colour, rng.uniform(0.6, 1.5)))
    return pen.sprite(rng.uniform(0.5, 4))


def _palm(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw a frond of a palm: a stem with leaflets on both sides."""
    long, colour = rng.uniform(60, 160), _of(rng, STRAWS + GREENS[:3])
    pen = Pen(rng, gsd, long * 1.1, colour)
    for place in np.linspace(-0.45, 0.5, 26):
        reach = long * 0.2 * math.sin((place + 0.55) * 2.8) + 2
        for side in (-1, 1):
            end = (place * long + reach * rng.uniform(0.5, 0.9), side * reach)
            pen.line([(place * long, 0), end], rng.uniform(0.8, 2), shade(colour, rng.uniform(0.6, 1.2)))
    pen.line([(-long / 2, 0), (long / 2, 0)], 1.6, shade(colour, 0.8))
    return pen.sprite(4.0)


def _coconut(rng: np.random.Generator, gsd: float) -> Sprite:
    size, colour = rng.uniform(9, 20), _of(rng, WRACKS + WOODS)
    pen = Pen(rng, gsd, size * 1.1, colour)
    pen.oval((0, 0), (size / 2, size * 0.4), colour)
    pen.round_off(size * 0.42, 0.1)
    pen.grain(0.12)
    return pen.sprite(size * 0.6)


def _coral(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw bleached coral: white and branched, much like polystyrene."""
    size, colour = rng.uniform(3, 12), varied(rng, (232, 226, 212), 8)
    pen = Pen(rng, gsd, size * 1.5, colour)
    for _ in range(int(rng.integers(2, 6))):
        end = rng.normal(0, size * 0.3, 2)
        pen.line(
            [rng.normal(0, size * 0.06, 2), end], size * rng.uniform(0.12, 0.22), shade(colour, rng.uniform(0.8, 1.05))
        )
    pen.grain(0.1)
    return pen.sprite(1.5)


def _foam(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw a flake of sea foam: white bubbles with gaps."""
    size = rng.uniform(4, 40)
    pen = Pen(rng, gsd, size * 1.3, (240, 242, 242))
    for _ in range(int(rng.integers(8, 30))):
        radius = size * rng.uniform(0.03, 0.13)
        middle = rng.normal(0, size * 0.17, 2)
        pen.oval(
            (float(middle[0]), float(middle[1])),
            (radius, radius * 0.8),
            shade((244, 246, 246), rng.uniform(0.85, 1.05)),
            rng.uniform(0.5, 0.95),
        )
    return pen.sprite(0.3)


def _tuft(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw a plant on its own."""
    size, colour = rng.uniform(8, 60), _of(rng, GREENS)
    pen = Pen(rng, gsd, size * 1.1, colour)
    for _ in range(int(rng.integers(14, 40))):
        angle, reach = rng.uniform(0, 2 * math.pi), size * rng.uniform(0.2, 0.5)
        tip = np.array([math.cos(angle), math.sin(angle)]) * reach
        aside = np.array([-tip[1], tip[0]]) * rng.uniform(0.08, 0.22)
        tone = shade(colour, rng.uniform(0.45, 1.4))
        pen.fill([tip * 0.1, tip * 0.6 + aside, tip, tip * 0.6 - aside], tone)
    return pen.sprite(size * 0.25)


def _person(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw a person from above: shoulders, arms, head."""
    wide = rng.uniform(40, 52)
    shirt, skin = _of(rng, BRIGHT), _of(rng, ((224, 180, 150), (150, 104, 76), (96, 66, 48)))
    hair = _of(rng, ((40, 30, 26), (96, 66, 40), (200, 180, 150), (220, 214, 200)))
    pen = Pen(rng, gsd, wide * 1.8, shirt)
    for side in (-1, 1):
        hand = (rng.uniform(-0.2, 0.5) * wide, side * wide * rng.uniform(0.45, 0.6))
        pen.line([(0, side * wide * 0.4), hand], 8, skin)
        pen.oval((rng.uniform(-0.3, 0.3) * wide, side * wide * 0.16), (wide * 0.24, wide * 0.1), shade(shirt, 0.35))
    pen.oval((0, 0), (wide * 0.24, wide * 0.5), shirt)
    pen.oval((wide * 0.05, 0), (wide * 0.2, wide * 0.19), hair)
    pen.crumple(0.25, 10)
    return pen.sprite(90.0)


def _pad(rng: np.random.Generator, gsd: float) -> Sprite:
    """Draw the landing pad of a drone: a round cloth with a ring and an H."""
    size = rng.uniform(50, 110)
    colour = varied(rng, ((232, 110, 30), (40, 90, 180))[rng.integers(2)])
    pen = Pen(rng, gsd, size * 1.05, colour)
    for share, tone in ((0.5, (30, 30, 34)), (0.47, colour), (0.36, (236, 236, 230)), (0.33, colour)):
        pen.oval((0, 0), (size * share, size * share), tone)
    for path in ([(-0.15, -0.12), (0.15, -0.12)], [(-0.15, 0.12), (0.15, 0.12)], [(0, -0.12), (0, 0.12)]):
        pen.line(np.array(path) * size, size * 0.06, (236, 236, 230))
    pen.crumple(0.15, size / 5)
    return pen.sprite(1.0)


KINDS: tuple[tuple[str, float, Draw], ...] = (  # tile class, share, how it is drawn
    ("stones", 10, _shell),
    ("stones", 16, _stone),
    ("organic debris", 13, _wood),
    ("organic debris", 12, _leaf),
    ("organic debris", 9, _weed),
    ("organic debris", 0.5, _palm),
    ("organic debris", 2, _coconut),
    ("stones", 4, _coral),
    ("water", 5, _foam),
    ("vegetation", 6, _tuft),
    ("other", 0.8, _person),
    ("other", 0.12, _pad),
)
_SHARES = np.cumsum([share for _, share, _ in KINDS])
