"""Where litter lies on a long beach: along the wrack line and in heaps, on as many tiles as asked."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.core.ground import TILE_CLASSES
from pelagia.services.litter.sample.beach import BANDS, Beach
from pelagia.services.litter.sample.litter import draw_litter
from pelagia.services.litter.sample.lookalikes import draw_lookalike
from pelagia.services.litter.sample.noise import Floats, fractal
from pelagia.services.litter.sample.sprites import Sprite
from pelagia.services.litter.sample.truth import TILE_CM

DISTINCT, DISTINCT_LOOKALIKES = 240, 90
"""So many things are drawn; those laid down are mirror images of them."""
LARGEST_PX = 420
PER_TILE_LOW, PER_TILE_HIGH, HIGH_SHARE = 1.6, 6.0, 0.25
LOOKALIKES_PER_M2 = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """One thing that is drawn once and laid down many times: what it is made of, what it is, and how it looks.

    ``label`` is the tile class where it is no litter.
    """

    label: str
    kind: str
    sprite: Sprite


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where things lie.

    Parameters
    ----------
    things
        What is laid down.
    which
        (number,): index into ``things``.
    mirrored
        (number,): mirror image, 0 to 7.
    rows, cols
        (number,): first pixel, before the mirror image is cut by the edge of the picture.
    """

    things: tuple[Thing, ...]
    which: NDArray[np.int64]
    mirrored: NDArray[np.int64]
    rows: NDArray[np.int64]
    cols: NDArray[np.int64]

    def sizes(self) -> NDArray[np.int64]:
        """Return (number, 2): rows and columns of each."""
        sides = np.array([thing.sprite.alpha.shape for thing in self.things], np.int64).reshape(-1, 2)[self.which]
        return np.where((self.mirrored & 4)[:, None] > 0, sides[:, ::-1], sides)


def place_litter(rng: np.random.Generator, beach: Beach, littered: float) -> Placed:
    """Strew litter over a share of the tiles, which lie together.

    Parameters
    ----------
    rng, beach
        The beach.
    littered
        Share of the tiles, 0 to 1.
    """
    gsd_cm = beach.view.gsd_cm
    score = _score(rng, beach)
    wanted = round(littered * score.size)
    order = np.argsort(-score, axis=None)[:wanted]
    many = np.where(rng.random(wanted) < HIGH_SHARE, PER_TILE_HIGH, PER_TILE_LOW)
    tiles = np.repeat(order, 1 + rng.poisson(many - 1))
    things: list[Thing] = []
    while len(things) < DISTINCT:
        label, kind, sprite = draw_litter(rng, gsd_cm)
        if max(sprite.alpha.shape) <= LARGEST_PX:
            things.append(Thing(label, kind, sprite))
    down, along = np.divmod(tiles, score.shape[1])
    tile_px = beach.view.px(TILE_CM)
    middles = (np.stack([down, along], 1) + rng.random((len(tiles), 2))) * tile_px
    return _placed(rng, things, middles)


def place_lookalikes(rng: np.random.Generator, beach: Beach) -> Placed:
    """Strew what is no litter over the land.

    Parameters
    ----------
    rng, beach
        The beach.
    """
    things: list[Thing] = []
    while len(things) < DISTINCT_LOOKALIKES:
        tile_class, sprite = draw_lookalike(rng, beach.view.gsd_cm)
        if tile_class != "water" and max(sprite.alpha.shape) <= LARGEST_PX:
            things.append(Thing(tile_class, tile_class, sprite))
    area_m2 = math.prod(beach.shape) * (beach.view.gsd_cm / 100) ** 2
    first_col = int(min(beach.shape[1] - 1, beach.view.px(beach.edges[0] * 100)))
    middles = rng.random((rng.poisson(LOOKALIKES_PER_M2 * area_m2), 2)) * beach.shape
    return _placed(rng, things, middles[middles[:, 1] >= first_col])


def class_of(thing: Thing) -> int:
    """Return the tile class of a thing that is no litter."""
    return TILE_CLASSES.index(thing.label)


def _placed(rng: np.random.Generator, things: list[Thing], middles: NDArray[np.float64]) -> Placed:
    number = len(middles)
    placed = Placed(
        tuple(things),
        rng.integers(0, len(things), number),
        rng.integers(0, 8, number),
        *np.zeros((2, number), np.int64),
    )
    corners = np.round(middles - placed.sizes() / 2).astype(np.int64).reshape(-1, 2)
    return Placed(placed.things, placed.which, placed.mirrored, corners[:, 0], corners[:, 1])


def _score(rng: np.random.Generator, beach: Beach) -> Floats:
    """Return for each tile that lies wholly in the picture how readily litter gathers there."""
    tile_px = beach.view.px(TILE_CM)
    shape = tuple(max(1, int(side / tile_px)) for side in beach.shape)
    cells = [((np.arange(count) + 0.5) * tile_px / 64 + 0.5).astype(np.int64) for count in shape]
    inland = beach.inland[np.ix_(*cells)]
    (start, stop) = (beach.edges[index] for index, (name, _, _) in enumerate(BANDS) if name in ("debris", "vegetation"))
    line = np.exp(-(((inland - start - 0.5) / np.float32(0.9)) ** 2)) * np.float32(2.6)
    heaps = fractal(rng, (shape[0], shape[1]), 9, octaves=2) * np.float32(0.9)
    washed = np.where((inland > beach.edges[0]) & (inland < stop + 1), np.float32(0), np.float32(-1.5))
    score: Floats = (line + heaps + washed).astype(np.float32)
    return score
