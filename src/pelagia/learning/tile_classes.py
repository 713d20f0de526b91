"""Name the tiles of the ground: litter high and low, organic debris, water, sand, vegetation, stones, other."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from pelagia.core.errors import BadInput, BadParameter
from pelagia.learning.calibrate import softmax
from pelagia.learning.card import CARD_FILE, ModelCard
from pelagia.learning.package import read_package
from pelagia.learning.session import default_threads, open_session

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

TASK: Final = "tile-classes"
STEPS_PER_TILE: Final = 2
"""Tiles overlap by half: so many begin within the side of one, in each direction."""
TILES_AT_ONCE = 8
"""Side of what the network is given in one go, tiles: its intermediate values stay within some 60 MB."""
LEAST_PROBABILITY = 1e-7
_loaded: dict[tuple[str, int, int], TileClassifier] = {}
_loading = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The ground a model was made for; kept in the card's recipe as ``ground``.

    Parameters
    ----------
    gsd_cm
        Ground sampling distance of the pixels it is fed, cm.
    tile_px
        Side of a tile in these pixels.
    """

    gsd_cm: float
    tile_px: int


class TileClassifier:
    """A model of tile classes loaded in this process; make it with :func:`load_tile_classifier`.

    Parameters
    ----------
    card
        What the model says of itself.
    session
        The loaded graph: overlapping tiles, two in the side of one.
    ground
        Its working scale.
    """

    def __init__(self, card: ModelCard, session: ort.InferenceSession, ground: Ground) -> None:
        self.card = card
        self.session = session
        self.classes = card.class_names
        self.gsd_cm = ground.gsd_cm
        self.tile_px = ground.tile_px
        self.temperature = 1.0 if card.calibration is None else card.calibration.temperature

    def classify(self, rgb: Image) -> Floats:
        """Return how likely each tile shows each class.

        Parameters
        ----------
        rgb
            (H, W, 3) uint8 at the working scale ``gsd_cm``; H and W multiples of ``tile_px``.

        Returns
        -------
        ndarray
            (H/tile_px, W/tile_px, C) float32, calibrated; the classes of a tile sum to 1.
        """
        return probabilities(tile_logits(self.logits(rgb)), self.temperature)

    def logits(self, rgb: Image) -> Floats:
        """Return (2R−1, 2C−1, classes) float32 of the tiles that overlap by half, R×C tiles being in ``rgb``."""
        rows, cols = self._tiles(rgb)
        found = np.zeros((STEPS_PER_TILE * rows - 1, STEPS_PER_TILE * cols - 1, len(self.classes)), np.float32)
        seen = np.zeros((*found.shape[:2], 1), np.float32)
        for first_row, last_row in windows(rows):
            for first_col, last_col in windows(cols):
                part = rgb[
                    first_row * self.tile_px : last_row * self.tile_px,
                    first_col * self.tile_px : last_col * self.tile_px,
                ]
                answer = self.session.run(["logits"], {"image": np.ascontiguousarray(part[None])})[0][0]
                here = (
                    slice(STEPS_PER_TILE * first_row, STEPS_PER_TILE * first_row + len(answer)),
                    slice(STEPS_PER_TILE * first_col, STEPS_PER_TILE * first_col + answer.shape[1]),
                )
                found[here] += answer
                seen[here] += 1
        return found / seen

    def _tiles(self, rgb: Image) -> tuple[int, int]:
        """Return how many rows and columns of tiles a picture has."""
        height, width = rgb.shape[:2]
        rows, cols = height // self.tile_px, width // self.tile_px
        whole = rows > 0 and cols > 0 and height == rows * self.tile_px and width == cols * self.tile_px
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not whole:
            raise BadParameter(
                "pictures to be named tile by tile are RGB of 8 bit and hold whole tiles",
                value=f"{rgb.shape}, {rgb.dtype}",
                remedy=f"Fill it up to multiples of {self.tile_px} px.",
            )
        return rows, cols


def load_tile_classifier(path: str | Path, threads: int | None = None) -> TileClassifier:
    """Load a model of tile classes, or give the one already loaded in this process.

    Parameters
    ----------
    path
        The folder of its package; the model is checked against its SHA-256.
    threads
        Threads of one inference; by default ``PELAGIA_WORKER_THREADS``, else all cores this process may use.

    Raises
    ------
    BadInput
        If it is a model for something else.
    """
    package = read_package(Path(path), verify=False)
    count = threads or default_threads()
    key = (package.sha256, count, os.getpid())
    with _loading:
        if key not in _loaded:
            ground = read_ground(package.card, package.path)
            session = open_session(package.model, package.card, "cpu", count)
            _loaded[key] = TileClassifier(package.card, session, ground)
        return _loaded[key]


def read_ground(card: ModelCard, folder: Path) -> Ground:
    """Return the working scale of a model of tile classes.

    Parameters
    ----------
    card, folder
        Of its package.

    Raises
    ------
    BadInput
        If it is a model for something else.
    """
    told = card.recipe.get("ground")
    if card.task != TASK or not isinstance(told, dict) or set(told) != set(Ground.__slots__):
        raise BadInput(
            "this model does not name tiles of the ground",
            value=card.reference,
            remedy=f"Choose a model whose card has the task '{TASK}', such as litter-tiles.",
            file=str(folder / CARD_FILE),
        )
    return Ground(gsd_cm=float(told["gsd_cm"]), tile_px=int(told["tile_px"]))


def windows(tiles: int) -> Iterator[tuple[int, int]]:
    """Yield the first and one past the last tile of windows of nearly the same size; neighbours share one tile.

    Parameters
    ----------
    tiles
        In a row or column of the whole picture.
    """
    count = max(1, math.ceil((tiles - 1) / (TILES_AT_ONCE - 1)))
    edges = [round(number * (tiles - 1) / count) for number in range(count + 1)]
    for first, last in pairwise(edges):
        yield first, last + 1


def tile_logits(overlapping: Floats) -> Floats:
    """Return (…, R, C, classes) float32 of each tile from those of the tiles that overlap it.

    Parameters
    ----------
    overlapping
        (…, 2R−1, 2C−1, classes) logits of tiles that overlap by half.

    Notes
    -----
    The logarithm of :func:`mean_of_overlapping` of their probabilities; what calibration is fitted on.
    """
    mean = mean_of_overlapping(probabilities(overlapping, 1.0))
    found: Floats = np.log(np.maximum(mean, LEAST_PROBABILITY))
    return found


def probabilities(logits: Floats, temperature: float) -> Floats:
    """Turn (…, classes) logits into probabilities of the same shape, float32."""
    shape = logits.shape
    return softmax(logits.reshape(-1, shape[-1]), temperature).reshape(shape).astype(np.float32)


def mean_of_overlapping(values: Floats) -> Floats:
    """Return for each tile the mean over all that overlap it, weighted by how much of it they cover.

    Parameters
    ----------
    values
        (…, 2R−1, 2C−1, classes) of tiles that overlap by half; those with even indices are the tiles themselves.

    Returns
    -------
    ndarray
        (…, R, C, classes) float32: the tile itself counts 1, those half over it 1/2, those over a quarter 1/4.
    """
    return _mean_along(_mean_along(values, -3), -2)


def _mean_along(values: Floats, axis: int) -> Floats:
    moved = np.moveaxis(values, axis, 0)
    between = moved[1::STEPS_PER_TILE] * np.float32(0.5)
    total = moved[::STEPS_PER_TILE].astype(np.float32, copy=True)
    weight = np.ones(len(total), np.float32)
    for here in (slice(1, None), slice(None, -1)):
        total[here] += between
        weight[here] += np.float32(0.5)
    mean: Floats = np.moveaxis(total / weight.reshape(-1, *[1] * (total.ndim - 1)), 0, axis)
    return mean
