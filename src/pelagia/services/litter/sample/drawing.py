"""Beaches drawn from nothing, with the class of each tile and the box of each piece of litter.

They are for training, for tests and for the sample. Everything follows from the generator; nothing is copied from a
photograph.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.core.ground import TILE_CLASSES
from pelagia.services.litter.sample.camera import photograph
from pelagia.services.litter.sample.layout import draw_layout
from pelagia.services.litter.sample.litter import draw_litter
from pelagia.services.litter.sample.lookalikes import draw_lookalike
from pelagia.services.litter.sample.noise import Bytes, View, draw_view
from pelagia.services.litter.sample.sprites import Sprite, bury, lay
from pelagia.services.litter.sample.truth import TILE_CM, Seen, Tally, check_size, tile_edges

DrawItem = Callable[[np.random.Generator, float], tuple[str, str, Sprite]]
"""Draws a piece of litter for a picture of this GSD, cm: its label, what it is, and the thing."""

COVERING = 0.5
"""What hides at least this much of the ground belongs to the thing."""
BURIED_SHARE = 0.25
"""Of the pieces: so many are buried in part."""
LOOKALIKES_PER_M2 = 1.2
MOST_PER_TILE = 14


@dataclass(frozen=True, slots=True)
class DrawnItem:
    """A piece of litter that is seen, and the box of what is seen of it, px: its first row and column, its size.

    ``kind`` says what it is (``cap``), ``label`` what it is made of (``plastic``), ``visible`` which share of it is
    neither buried nor under something else.
    """

    label: str
    row: int
    col: int
    height: int
    width: int
    kind: str
    visible: float


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A drawn picture of the ground and what is true of it.

    Parameters
    ----------
    rgb
        (rows, cols, 3).
    classes
        (ceil(rows·GSD / 25.6 cm), ceil(cols·GSD / 25.6 cm)) int8: index into :data:`~.truth.CLASSES`; tiles at the
        lower and right edge are cut off by it.
    items
        The pieces of litter that are seen.
    gsd_cm
        Ground sampling distance, cm per pixel.
    """

    rgb: Bytes
    classes: NDArray[np.int8]
    items: tuple[DrawnItem, ...]
    gsd_cm: float


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A scene while it is drawn.

    Parameters
    ----------
    rgb
        (rows, cols, 3).
    kinds
        (rows, cols) uint8: class of the ground without litter, index into :data:`~.truth.CLASSES`.
    owners
        (rows, cols) int32: which piece of litter is seen there, from 1; 0 is none.
    laid
        Of each piece: its label, what it is, how many pixels it has.
    view
        Light and scale.
    """

    rgb: Bytes
    kinds: Bytes
    owners: NDArray[np.int32]
    laid: list[tuple[str, str, float]]
    view: View


def draw_scene(
    rng: np.random.Generator,
    height_px: int,
    width_px: int,
    *,
    gsd_cm: float = 0.2,
    littered: float = 0.1,
    draw_item: DrawItem = draw_litter,
) -> Scene:
    """Draw a beach from above, with litter on a share of its tiles.

    Parameters
    ----------
    rng
        Equal states draw equal scenes.
    height_px, width_px
        Of the picture.
    gsd_cm
        Ground sampling distance, cm per pixel: 0.1 to 3 is what drones see.
    littered
        Share of the tiles of 25.6 cm with litter, 0 to 1: what is aimed at.
    draw_item
        Draws a piece of litter; crops of real photos can be mixed in, see :func:`~.sprites.cut_out`.
    """
    check_size(height_px, width_px, gsd_cm)
    view = draw_view(rng, gsd_cm)
    rgb, kinds = draw_layout(rng, (height_px, width_px), view)
    canvas = Canvas(rgb, kinds, np.zeros((height_px, width_px), np.int32), [], view)
    _strew_lookalikes(rng, canvas)
    _strew_litter(rng, canvas, littered, draw_item)
    tally = Tally(kinds.shape, gsd_cm, [size for _, _, size in canvas.laid])
    tally.add(canvas.kinds, canvas.owners)
    return Scene(
        rgb=photograph(rng, canvas.rgb),
        classes=tally.classes(),
        items=tuple(_item(canvas, one) for one in tally.seen()),
        gsd_cm=gsd_cm,
    )


def paste_item(
    canvas: Canvas, rng: np.random.Generator, sprite: Sprite, middle: tuple[float, float], *, label: str, kind: str
) -> None:
    """Lay a piece of litter on a scene, with its shadow; some are buried in part.

    Parameters
    ----------
    canvas
        Changed.
    rng
        Whether and how it is buried.
    sprite
        The thing, see :func:`~.sprites.cut_out` for one of a photo.
    middle
        Row and column of its middle, px.
    label, kind
        What it is made of; what it is.
    """
    size = sprite.alpha.shape
    buried = bury(rng, sprite, rng.uniform(0.1, 0.6)) if rng.random() < BURIED_SHARE else None
    at = round(middle[0] - size[0] / 2), round(middle[1] - size[1] / 2)
    whole = float((sprite.alpha > COVERING / 2).sum())
    covered = lay(canvas.rgb, sprite, at, canvas.view, buried=buried)
    canvas.laid.append((label, kind, whole))
    if covered is not None:
        place, alpha = covered
        canvas.owners[place][alpha > COVERING / 2] = len(canvas.laid)


def _strew_lookalikes(rng: np.random.Generator, canvas: Canvas) -> None:
    """Lay down things that are no litter: few here, many there."""
    height, width = canvas.kinds.shape
    area_m2 = height * width * (canvas.view.gsd_cm / 100) ** 2
    many = rng.poisson(LOOKALIKES_PER_M2 * area_m2 * float(rng.choice([0.2, 1, 3])))
    for _ in range(int(min(many, 400))):
        tile_class, sprite = draw_lookalike(rng, canvas.view.gsd_cm)
        at = (
            int(rng.integers(-sprite.alpha.shape[0] // 2, height)),
            int(rng.integers(-sprite.alpha.shape[1] // 2, width)),
        )
        if tile_class == "other" and min(height, width) < min(sprite.alpha.shape):
            continue
        covered = lay(canvas.rgb, sprite, at, canvas.view)
        if covered is not None:
            place, alpha = covered
            canvas.kinds[place][alpha > COVERING] = TILE_CLASSES.index(tile_class)


def _strew_litter(rng: np.random.Generator, canvas: Canvas, littered: float, draw_item: DrawItem) -> None:
    """Lay litter in heaps and alone until so many of the tiles have some."""
    shape = canvas.kinds.shape
    rows, cols = (len(tile_edges(side, canvas.view.gsd_cm)) - 1 for side in shape)
    wanted = rng.binomial(rows * cols, min(1.0, max(0.0, littered)))
    tile_px = canvas.view.px(TILE_CM)
    touched = np.zeros((rows, cols), np.bool_)
    for _ in range(MOST_PER_TILE * (rows * cols + 1)):
        missing = wanted - int(touched.sum())
        if missing <= 0:
            return
        heap = rng.random() < 0.35
        middle = rng.random(2) * shape
        spread = tile_px * rng.uniform(0.4, 1.4)
        many = int(rng.integers(4, 12 + min(60, missing * 6))) if heap and missing > 1 else 1
        for _ in range(many):
            row, col = middle + rng.normal(0, spread, 2) * (many > 1)
            if not (0 <= row < shape[0] and 0 <= col < shape[1]):
                continue
            tile = int(row / tile_px), int(col / tile_px)
            if touched.sum() >= wanted and not touched[tile]:
                continue
            touched[tile] = True
            label, kind, sprite = draw_item(rng, canvas.view.gsd_cm)
            paste_item(canvas, rng, sprite, (float(row), float(col)), label=label, kind=kind)


def _item(canvas: Canvas, seen: Seen) -> DrawnItem:
    label, kind, _ = canvas.laid[seen.number - 1]
    return DrawnItem(label, seen.row, seen.col, seen.height, seen.width, kind, math.floor(seen.visible * 1000) / 1000)
