"""Pictures as training sees them: cut, scaled, turned, mirrored, recoloured, and several laid side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.learning.boxes import Boxes, areas, join
from pelagia.learning.train.detection.data import Image, Seen

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewChanges:
    """How views of pictures are changed.

    Parameters
    ----------
    scale
        Smallest and largest factor of size.
    mosaic
        How often a view is made of four pictures.
    on_object
        How often a view is laid so that it holds an object, where there is one.
    brightness, contrast
        Largest change, as ± natural logarithm.
    saturation
        Largest change, as ± natural logarithm; 0 is none.
    tint
        Largest change of the balance of colours, as ± natural logarithm.
    least_visible
        An object of which less of the area is within the view is not counted, 0 to 1.
    upright
        Whether up stays up, as in pictures taken from the side; they are mirrored, never turned.
    """

    scale: tuple[float, float] = (0.7, 1.4)
    mosaic: float = 0.5
    on_object: float = 0.7
    brightness: float = 0.25
    contrast: float = 0.25
    saturation: float = 0.3
    tint: float = 0.06
    least_visible: float = 0.45
    upright: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A square view with its boxes; ``ignored`` (K, 4) are those of which too little is seen.

    ``complete`` (H, W) is 1 where all that is there has a box.
    """

    image: Image
    boxes: Boxes
    ignored: Floats
    complete: Image


def draw_view(draw: Callable[[], Seen], side: int, how: ViewChanges, rng: np.random.Generator) -> View:
    """Return one view.

    Parameters
    ----------
    draw
        Gives the next picture.
    side
        Of the view, px.
    how
        What is changed.
    rng
        The source of chance.
    """
    if rng.random() >= how.mosaic:
        return _turn(_recolour(_cut(draw(), (side, side), how, rng), how, rng), how, rng)
    row, col = (int(side * rng.uniform(0.3, 0.7)) for _ in range(2))
    corners = ((0, 0, row, col), (0, col, row, side), (row, 0, side, col), (row, col, side, side))
    views = []
    for low_row, low_col, high_row, high_col in corners:
        part = _recolour(_cut(draw(), (high_row - low_row, high_col - low_col), how, rng), how, rng)
        shift = np.array([low_row, low_col] * 2, np.float32)
        views.append(replace(part, boxes=part.boxes.moved(low_row, low_col), ignored=part.ignored + shift))
    return _turn(_join(views), how, rng)


def _cut(seen: Seen, shape: tuple[int, int], how: ViewChanges, rng: np.random.Generator) -> View:
    """Lay a window of the wanted shape on the scaled picture."""
    factor = float(np.exp(rng.uniform(*np.log(how.scale))))
    size = np.array(seen.image.shape[:2], np.float32) * factor
    wanted = np.array(shape, np.float32)
    start = rng.uniform(np.minimum(0, size - wanted), np.maximum(0, size - wanted)).astype(np.float32)
    if len(seen.boxes) and rng.random() < how.on_object:
        box = seen.boxes.edges[rng.integers(len(seen.boxes))] * factor
        around = (box[:2] + box[2:]) / 2 - wanted * rng.uniform(0.15, 0.85, 2).astype(np.float32)
        start = np.clip(around, np.minimum(0, size - wanted), np.maximum(0, size - wanted)).astype(np.float32)
    image = _window(seen.image, factor, start, shape)
    whole = seen.boxes.edges * factor - np.tile(start, 2)
    inside = np.clip(whole, 0, np.tile(wanted, 2))
    visible = areas(inside) / np.maximum(areas(whole), 1e-6)
    hidden = np.clip(seen.ignored * factor - np.tile(start, 2), 0, np.tile(wanted, 2))
    kept = (visible >= how.least_visible) & ((inside[:, 2:] - inside[:, :2]).min(axis=1, initial=np.inf) >= 2)
    return View(
        image=image,
        boxes=replace(seen.boxes.take(kept), edges=inside[kept].astype(np.float32)),
        ignored=np.concatenate([inside[~kept & (visible > 0)], hidden[areas(hidden) > 0]]).astype(np.float32),
        complete=np.full(shape, seen.complete, np.uint8),
    )


def _window(picture: Image, factor: float, start: Floats, shape: tuple[int, int]) -> Image:
    """Return the window that begins at ``start`` of the scaled picture; only what is needed of it is read."""
    size = np.array(picture.shape[:2])
    first = np.clip(np.floor(start / factor).astype(int) - 2, 0, size - 1)
    last = np.clip(np.ceil((start + shape) / factor).astype(int) + 2, first + 1, size)
    source = np.ascontiguousarray(picture[first[0] : last[0], first[1] : last[1]])
    if factor < 0.6:  # a pixel is the mean of many, not one of them
        source = np.asarray(cv2.blur(source, (round(1 / factor),) * 2), np.uint8)
    # Corners of pixels are what is scaled; OpenCV counts from their middles.
    down, right = ((first + 0.5) * factor - start - 0.5).tolist()
    border = np.median(picture[[0, -1]], axis=(0, 1)).tolist()
    matrix = np.array([[factor, 0, right], [0, factor, down]], np.float64)
    return np.asarray(cv2.warpAffine(source, matrix, shape[::-1], flags=cv2.INTER_LINEAR, borderValue=border), np.uint8)


def _join(views: list[View]) -> View:
    def planes(pick: Callable[[View], Image]) -> Image:
        first, second, third, fourth = (pick(view) for view in views)
        return np.vstack([np.hstack([first, second]), np.hstack([third, fourth])])

    return View(
        image=planes(lambda view: view.image),
        boxes=join([view.boxes for view in views]),
        ignored=np.concatenate([view.ignored for view in views]),
        complete=planes(lambda view: view.complete),
    )


def _recolour(view: View, how: ViewChanges, rng: np.random.Generator) -> View:
    image = view.image.astype(np.float32)
    grey = image.mean(axis=2, keepdims=True)
    image = grey + (image - grey) * np.exp(rng.uniform(-how.saturation, how.saturation))
    middle = image.mean()
    image = middle + (image - middle) * np.exp(rng.uniform(-how.contrast, how.contrast))
    gain = np.exp(rng.uniform(-how.brightness, how.brightness) + rng.uniform(-how.tint, how.tint, 3))
    return replace(view, image=np.clip(image * gain.astype(np.float32), 0, 255).astype(np.uint8))


def _turn(view: View, how: ViewChanges, rng: np.random.Generator) -> View:
    """Turn by quarters and mirror a square view."""
    side = float(view.image.shape[0])
    image, complete = view.image, view.complete
    edges, ignored = view.boxes.edges, view.ignored
    if rng.random() < 0.5:
        image, complete = image[:, ::-1], complete[:, ::-1]
        edges, ignored = (np.stack([e[:, 0], side - e[:, 3], e[:, 2], side - e[:, 1]], 1) for e in (edges, ignored))
    for _ in range(0 if how.upright else int(rng.integers(4))):
        # np.rot90 takes (row, col) to (side - col, row)
        image, complete = np.rot90(image), np.rot90(complete)
        edges, ignored = (np.stack([side - e[:, 3], e[:, 0], side - e[:, 1], e[:, 2]], 1) for e in (edges, ignored))
    return replace(
        view,
        image=np.ascontiguousarray(image),
        complete=np.ascontiguousarray(complete),
        boxes=replace(view.boxes, edges=edges),
        ignored=ignored,
    )
