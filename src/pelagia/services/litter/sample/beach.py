"""One long beach for a whole orthophoto: bands along a shore, drawn block by block from textures that repeat."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np

from pelagia.core.ground import TILE_CLASSES
from pelagia.services.litter.sample.grounds import draw_sand, draw_water, lace
from pelagia.services.litter.sample.growth import draw_debris, draw_stones, draw_vegetation
from pelagia.services.litter.sample.layout import GROUNDS
from pelagia.services.litter.sample.noise import Bytes, Floats, Shape, View, fractal

Field = TypeVar("Field", Bytes, Floats)

COARSE_PX = 64
"""Slow changes are drawn on a grid of such cells and are straight between them."""
TEXTURE_PX, SEAM_PX = 1056, 96
"""A texture repeats after so many pixels; over so many its ends run into each other."""
# From the sea to the land: ground, where it begins as a share of the width, and the most that can be, m from the one
# before. Patches of others lie on the sand.
BANDS = (
    ("surf", 0.20, None),
    ("wet sand", 0.24, 1.6),
    ("sand", 0.34, 4.0),
    ("debris", 0.40, 2.0),
    ("sand", 0.44, 1.4),
    ("vegetation", 0.78, None),
)
STONES_FROM = 1.15
"""Where the noise of patches is above, the dry sand is stony: an eighth of it."""
SOFT_M = {"surf": 0.25, "wet sand": 0.2, "sand": 0.1, "debris": 0.12, "vegetation": 0.15, "stones": 0.05}


@dataclass(frozen=True, slots=True, eq=False)
class Beach:
    """A beach that can be drawn in blocks.

    Parameters
    ----------
    shape
        (rows, cols) of the whole, px.
    view
        Light and scale.
    inland
        On the coarse grid, with one cell more on each side: distance from the left edge, bent as the shore is, m.
    patches, light
        On the same grid: noise that says where stones lie; brightness.
    edges
        Where each of the bands begins, m.
    textures
        (side, side, 3) by ground.
    wobble
        (side, side): what bends the borders of the bands on small scales, m.
    """

    shape: Shape
    view: View
    inland: Floats
    patches: Floats
    light: Floats
    edges: tuple[float, ...]
    textures: dict[str, Bytes]
    wobble: Floats

    def block(self, row: int, col: int, height: int, width: int) -> tuple[Bytes, Bytes | int]:
        """Draw a part.

        Parameters
        ----------
        row, col
            Its first pixel.
        height, width
            Its size, px.

        Returns
        -------
        rgb, kinds
            (height, width, 3), and (height, width) uint8 or one number for all: class of the ground, index into
            :data:`~.truth.CLASSES`.
        """
        size = (height, width)
        inland = self.field(self.inland, row, col, size)
        inland += _repeated(self.wobble, row, col, size)
        lowest, highest = float(inland.min()), float(inland.max())
        rgb, kind, kinds = self._texture("water", row, col, size), TILE_CLASSES.index("water"), None
        for (name, _, _), edge in zip(BANDS, self.edges, strict=True):
            soft = SOFT_M[name]
            if highest <= edge - soft:
                break
            kind = TILE_CLASSES.index(GROUNDS[name][0])
            if lowest >= edge + soft:
                rgb, kinds = self._texture(name, row, col, size), None
                continue
            weight = np.clip((inland - np.float32(edge)) * np.float32(0.5 / soft) + np.float32(0.5), 0, 1)
            kinds = self._blend(
                rgb, kinds if kinds is not None else self._kind_before(name, edge, size), name, weight, (row, col)
            )
        if self.edges[2] < highest and lowest < self.edges[5]:
            kinds = self._stones(rgb, kinds if kinds is not None else np.full(size, kind, np.uint8), inland, (row, col))
        self._shine(rgb, row, col)
        return rgb, kind if kinds is None else kinds

    def field(self, grid: Floats, row: int, col: int, size: Shape) -> Floats:
        """Return a coarse field in a part, (height, width), straight between the middles of its cells."""
        first, last = (
            (row // COARSE_PX, col // COARSE_PX),
            ((row + size[0] - 1) // COARSE_PX, (col + size[1] - 1) // COARSE_PX),
        )
        part = grid[first[0] : last[0] + 3, first[1] : last[1] + 3]
        wide = cv2.resize(part, (part.shape[1] * COARSE_PX, part.shape[0] * COARSE_PX), interpolation=cv2.INTER_LINEAR)
        top, left = row - (first[0] - 1) * COARSE_PX, col - (first[1] - 1) * COARSE_PX
        return np.array(wide[top : top + size[0], left : left + size[1]], np.float32)

    def _kind_before(self, name: str, edge: float, size: Shape) -> Bytes:
        """Return the class of the ground below a band, everywhere."""
        number = next(index for index, band in enumerate(self.edges) if band == edge and BANDS[index][0] == name)
        below = "water" if number == 0 else BANDS[number - 1][0]
        return np.full(size, TILE_CLASSES.index(GROUNDS[below][0]), np.uint8)

    def _stones(self, rgb: Bytes, kinds: Bytes, inland: Floats, at: tuple[int, int]) -> Bytes:
        """Lay patches of stones on the dry sand."""
        patches = self.field(self.patches, *at, (kinds.shape[0], kinds.shape[1]))
        patches += _repeated(self.wobble, *at, (kinds.shape[0], kinds.shape[1]))
        weight = np.clip((patches - np.float32(STONES_FROM)) * np.float32(8), 0, 1)
        dry = (inland > self.edges[2]) & (inland < self.edges[5]) & (kinds == TILE_CLASSES.index("sand"))
        weight *= dry
        return self._blend(rgb, kinds, "stones", weight, at) if float(weight.max()) > 0 else kinds

    def _blend(self, rgb: Bytes, kinds: Bytes, name: str, weight: Floats, at: tuple[int, int]) -> Bytes:
        """Lay a ground over what is drawn; return the class of each pixel then."""
        above = self._texture(name, *at, (kinds.shape[0], kinds.shape[1]))
        rgb[...] = cv2.blendLinear(above, rgb, weight, 1 - weight)
        kinds[weight > 0.5] = TILE_CLASSES.index(GROUNDS[name][0])
        return kinds

    def _texture(self, name: str, row: int, col: int, size: Shape) -> Bytes:
        return _repeated(self.textures[name], row, col, size)

    def _shine(self, rgb: Bytes, row: int, col: int) -> None:
        """Change the brightness slowly from place to place."""
        gain = self.field(self.light, row, col, (rgb.shape[0], rgb.shape[1]))
        rgb[...] = cv2.multiply(rgb, cv2.merge([gain] * 3), dtype=cv2.CV_8U)


def draw_beach(rng: np.random.Generator, shape: Shape, view: View) -> Beach:
    """Draw what all blocks of a beach share.

    Parameters
    ----------
    rng
        Equal states draw equal beaches.
    shape
        (rows, cols) of the whole, px.
    view
        Light and scale.
    """
    grid = tuple(-(-side // COARSE_PX) + 2 for side in shape)
    cell_m = COARSE_PX * view.gsd_cm / 100
    wide_m = shape[1] * view.gsd_cm / 100
    bend = fractal(rng, (grid[0], grid[1]), 14 / cell_m, octaves=4, rough=0.45) * np.float32(min(2.5, 0.06 * wide_m))
    inland = bend + (np.arange(grid[1], dtype=np.float32) - np.float32(0.5))[None] * np.float32(cell_m)
    side = min(TEXTURE_PX, SEAM_PX * max(2, math.ceil(max(shape) / SEAM_PX)))
    wobble = _wrapped(fractal(rng, (side + SEAM_PX,) * 2, view.px(60), octaves=5, rough=0.5), side)
    return Beach(
        shape=shape,
        view=view,
        inland=inland.astype(np.float32),
        patches=fractal(rng, (grid[0], grid[1]), 5 / cell_m, octaves=3),
        light=np.exp(fractal(rng, (grid[0], grid[1]), 12 / cell_m, octaves=2) * np.float32(0.06)).astype(np.float32),
        edges=_edges(wide_m),
        textures={name: _wrapped(texture, side) for name, texture in _draw_textures(rng, view, side + SEAM_PX)},
        wobble=np.asarray(wobble * np.float32(0.07), np.float32),
    )


def _draw_textures(rng: np.random.Generator, view: View, side: int) -> Iterator[tuple[str, Bytes]]:
    """Yield each ground; the surf is of the same water, the wet sand of the same sand."""
    water = draw_water(rng, (side, side), view)
    yield "water", water
    surf = water.copy()
    lace(rng, surf, view, thick=0.4)
    yield "surf", surf
    sand = draw_sand(rng, (side, side), view)
    yield "sand", sand
    yield "wet sand", np.asarray(cv2.convertScaleAbs(cv2.GaussianBlur(sand, (0, 0), 1.2), alpha=0.68), np.uint8)
    for name, draw in (("debris", draw_debris), ("vegetation", draw_vegetation), ("stones", draw_stones)):
        yield name, draw(rng, (side, side), view)


def _edges(wide_m: float) -> tuple[float, ...]:
    """Return where the bands begin, m."""
    edges: list[float] = []
    for _, share, most in BANDS:
        edge = share * wide_m
        edges.append(edge if most is None or not edges else min(edge, edges[-1] + most))
    return tuple(edges)


def _wrapped(field: Field, side: int) -> Field:
    """Return the first part of a field, its ends run into each other, so that it can be repeated."""
    for axis in (0, 1):
        turned = field.swapaxes(0, axis)
        share = np.linspace(0, 1, SEAM_PX, dtype=np.float32).reshape(-1, *([1] * (field.ndim - 1)))
        first = (turned[:SEAM_PX] * share + turned[side:] * (1 - share)).astype(field.dtype)
        field = np.concatenate([first, turned[SEAM_PX:side]]).swapaxes(0, axis)
    return np.ascontiguousarray(field)


def _repeated(field: Field, row: int, col: int, size: Shape) -> Field:
    """Return a part of a plane that is covered by a field again and again."""
    side = len(field)
    part = np.empty((*size, *field.shape[2:]), field.dtype)
    top = 0
    while top < size[0]:
        start = (row + top) % side
        high = min(side - start, size[0] - top)
        left = 0
        while left < size[1]:
            begin = (col + left) % side
            wide = min(side - begin, size[1] - left)
            part[top : top + high, left : left + wide] = field[start : start + high, begin : begin + wide]
            left += wide
        top += high
    return part
