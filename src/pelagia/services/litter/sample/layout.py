"""How grounds lie beside each other: one alone, a shore in bands, or patches of one on another."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from pelagia.core.ground import TILE_CLASSES
from pelagia.services.litter.sample.grounds import draw_sand, draw_soil, draw_surf, draw_water, draw_wet_sand
from pelagia.services.litter.sample.growth import draw_debris, draw_other, draw_stones, draw_vegetation
from pelagia.services.litter.sample.noise import Bytes, Floats, Shape, View, fractal

GROUNDS: dict[str, tuple[str, Callable[[np.random.Generator, Shape, View], Bytes]]] = {
    "sand": ("sand", draw_sand),
    "wet sand": ("sand", draw_wet_sand),
    "soil": ("sand", draw_soil),
    "water": ("water", draw_water),
    "surf": ("water", draw_surf),
    "vegetation": ("vegetation", draw_vegetation),
    "stones": ("stones", draw_stones),
    "debris": ("organic debris", draw_debris),
    "other": ("other", draw_other),
}
"""Tile class of each ground, and how it is drawn."""

ALONE, SHORE = 0.4, 0.35
"""Share of the scenes with one ground, and with a shore; the others have patches."""
SHARES = {
    "sand": 8,
    "wet sand": 3,
    "soil": 3,
    "water": 4,
    "surf": 1,
    "vegetation": 5,
    "stones": 5,
    "debris": 5,
    "other": 4,
}
# From the sea to the land; each band is there in so many of the shores, so wide, m.
BANDS = (("surf", 0.5, 0.6), ("wet sand", 0.7, 1.5), ("stones", 0.2, 1.0), ("debris", 0.45, 0.5), ("sand", 0.9, 3.0))
LAND = ("vegetation", "soil", "other", "stones")


def draw_layout(rng: np.random.Generator, shape: Shape, view: View) -> tuple[Bytes, Bytes]:
    """Draw the ground.

    Parameters
    ----------
    rng, shape, view
        Of the scene.

    Returns
    -------
    rgb, kinds
        (rows, cols, 3), and (rows, cols) uint8: class of the ground, index into :data:`~.truth.CLASSES`.
    """
    fate = rng.random()
    names = list(SHARES)
    chances = np.array(list(SHARES.values()), float) / sum(SHARES.values())
    first = names[int(rng.choice(len(names), p=chances))]
    rgb, kinds = _start(rng, shape, view, "water" if ALONE <= fate < ALONE + SHORE else first)
    if fate < ALONE:
        return rgb, kinds
    if fate < ALONE + SHORE:
        _shore(rng, rgb, kinds, view)
        return rgb, kinds
    for _ in range(int(rng.integers(1, 3))):
        name = names[int(rng.choice(len(names), p=chances))]
        field = fractal(rng, shape, view.px(rng.uniform(25, 160)), octaves=4, rough=0.55)
        soft = float(rng.choice([0.02, 0.1, 0.3]))
        _cover(rng, rgb, kinds, view, name, (field - np.float32(rng.uniform(-0.3, 1.0))) / np.float32(soft))
    return rgb, kinds


def _start(rng: np.random.Generator, shape: Shape, view: View, name: str) -> tuple[Bytes, Bytes]:
    tile_class, draw = GROUNDS[name]
    return draw(rng, shape, view), np.full(shape, TILE_CLASSES.index(tile_class), np.uint8)


def _shore(rng: np.random.Generator, rgb: Bytes, kinds: Bytes, view: View) -> None:
    """Draw bands from the sea to the land, the water's edge anywhere in the picture or outside."""
    shape = kinds.shape[0], kinds.shape[1]
    angle = rng.uniform(0, 2 * math.pi)
    inland = np.arange(shape[0], dtype=np.float32)[:, None] * np.float32(
        math.sin(angle) * view.gsd_cm / 100
    ) + np.arange(shape[1], dtype=np.float32)[None] * np.float32(math.cos(angle) * view.gsd_cm / 100)
    inland += fractal(rng, shape, view.px(rng.uniform(60, 300)), octaves=4, rough=0.5) * np.float32(
        rng.uniform(0.05, 0.3)
    )
    lowest, highest = float(inland.min()), float(inland.max())
    edge = lowest + rng.uniform(-0.8, 0.75) * (highest - lowest)
    for name, chance, wide in BANDS:
        if rng.random() < chance:
            soft = rng.uniform(0.01, 0.12)
            if edge < highest:
                _cover(rng, rgb, kinds, view, name, (inland - np.float32(edge)) / np.float32(soft))
            edge += wide * math.exp(rng.normal(0, 0.5))
    if edge < highest:
        _cover(
            rng,
            rgb,
            kinds,
            view,
            LAND[int(rng.choice(4, p=(0.6, 0.15, 0.15, 0.1)))],
            (inland - np.float32(edge)) / np.float32(0.06),
        )


def _cover(rng: np.random.Generator, rgb: Bytes, kinds: Bytes, view: View, name: str, where: Floats) -> None:
    """Draw a ground where a field is above 0, soft from -1 to 1, and only as large as it is seen."""
    weight = np.clip(where * np.float32(0.5) + np.float32(0.5), 0, 1)
    col, row, width, height = cv2.boundingRect((weight > 0).view(np.uint8))
    if not width:
        return
    part = np.s_[row : row + height, col : col + width]
    tile_class, draw = GROUNDS[name]
    above = draw(rng, (height, width), view)
    share = np.ascontiguousarray(weight[part])
    rgb[part] = cv2.blendLinear(above, np.ascontiguousarray(rgb[part]), share, 1 - share)
    kinds[part][share > 0.5] = TILE_CLASSES.index(tile_class)
