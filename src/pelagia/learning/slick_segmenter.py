"""Find oil on radar pictures of the sea: every pixel's probability, from a picture in dB or in grey."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from pelagia.core.errors import BadInput, BadParameter
from pelagia.learning.card import CARD_FILE, ModelCard
from pelagia.learning.package import read_package
from pelagia.learning.session import default_threads, open_session

Floats = NDArray[np.float32]

TASK: Final = "slicks"
OIL: Final = "oil"
STRIDE_PX: Final = 32
"""Sides of what the network is given are multiples of it."""
CLIP: Final = 6.0
"""Pixels further from the middle than so many spreads (ships, land) are brought to that."""
BATCH = 4
LEAST_SPREAD = 1e-6
LOW, MIDDLE, HIGH = 16.0, 50.0, 84.0  # percentiles: one standard deviation around the middle of a normal spread
SAMPLE = 1 << 18  # pixels that a level is taken from; more tell nothing new
_loaded: dict[tuple[str, int, int], SlickSegmenter] = {}
_loading = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """How a model of slicks is fed; kept in the card's recipe as ``feed``.

    Parameters
    ----------
    overlap_px
        By which the windows of a larger picture overlap, px.
    pixel_m
        Side of a pixel on the sea it was made for, m; others serve within a factor of about three.
    least_probability
        From which a pixel is oil, chosen on pictures that were neither trained nor measured on.
    """

    overlap_px: int
    pixel_m: float
    least_probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a picture is measured against, so that dB and grey values of any stretch look alike to the network.

    Parameters
    ----------
    middle, spread
        The median of the sea and half the distance of its 16th and 84th percentile, in the picture's unit.
    """

    middle: float
    spread: float


def level_of(picture: Floats) -> Level:
    """Return the level of a picture.

    Parameters
    ----------
    picture
        (H, W) dB or grey values; not a number where there is no sea.

    Raises
    ------
    BadParameter
        If no pixel is a number.
    """
    step = max(1, int(np.sqrt(picture.size / SAMPLE)))
    values = picture[::step, ::step]
    values = values[np.isfinite(values)]
    if not values.size:
        values = picture[np.isfinite(picture)]
    if not values.size:
        raise BadParameter(
            "no pixel of this picture shows the sea",
            value=f"{picture.shape[0]} × {picture.shape[1]} px",
            remedy="Leave parts without sea out.",
        )
    low, middle, high = np.percentile(values.astype(np.float64), (LOW, MIDDLE, HIGH))
    return Level(middle=float(middle), spread=max(float(high - low) / 2, LEAST_SPREAD))


def standardise(picture: Floats, level: Level) -> Floats:
    """Return (H, W) float32 in spreads around the middle; what is not a number becomes the middle."""
    out = (picture.astype(np.float32) - np.float32(level.middle)) / np.float32(level.spread)
    return np.asarray(np.clip(np.nan_to_num(out, nan=0.0, posinf=CLIP, neginf=-CLIP), -CLIP, CLIP), np.float32)


class SlickSegmenter:
    """A model of slicks loaded in this process; make it with :func:`load_slick_segmenter`.

    Parameters
    ----------
    card
        What the model says of itself.
    session
        The loaded graph: ``image`` float32 (N, H, W, 1), standardised, to ``logits`` float32 (N, H, W, C).
    feed
        How it is fed.
    """

    def __init__(self, card: ModelCard, session: ort.InferenceSession, feed: Feed) -> None:
        self.card = card
        self.session = session
        self.classes = card.class_names
        self.window_px = card.input.size_px
        self.overlap_px = feed.overlap_px
        self.pixel_m = feed.pixel_m
        self.least_probability = feed.least_probability

    def probabilities(self, picture: Floats, level: Level | None = None) -> Floats:
        """Return how likely each pixel is oil.

        Parameters
        ----------
        picture
            (H, W) float32 of any size: σ⁰ in dB, or grey values that grow with it (0 to 255 of a quicklook);
            not a number on land and outside the scene.
        level
            What it is measured against, of :func:`level_of`; by default its own. A part of a larger scene should
            be given that of a wider surrounding, else one that is all oil has nothing to be darker than.

        Returns
        -------
        ndarray
            (H, W) float32, 0 to 1; 0 where the picture is not a number.
        """
        return np.ascontiguousarray(self.maps(picture, level)[..., self.classes.index(OIL)])

    def maps(self, picture: Floats, level: Level | None = None) -> Floats:
        """Return (H, W, C) float32 how likely each pixel is of each of :attr:`classes`; see :meth:`probabilities`."""
        if picture.ndim != 2 or not picture.size or not np.issubdtype(picture.dtype, np.floating):
            raise BadParameter(
                "a picture to look for slicks in has rows and columns of floating-point numbers",
                value=f"{picture.shape}, {picture.dtype}",
                remedy="Give one band, dB or grey, as float32.",
            )
        missing = ~np.isfinite(picture)
        if missing.all():
            return np.zeros((*picture.shape, len(self.classes)), np.float32)
        found = self._in_windows(standardise(picture, level or level_of(picture)))
        found[missing] = 0
        return found

    def _in_windows(self, picture: Floats) -> Floats:
        """Return the maps of a standardised picture, windows blended where they overlap."""
        height, width = picture.shape
        side = tuple(min(self.window_px, _whole(n)) for n in (height, width))
        padded = _pad(picture, side)
        total = np.zeros((*padded.shape, len(self.classes)), np.float32)
        weight = np.zeros((*padded.shape, 1), np.float32)
        ramp = _ramp(side[0], self.overlap_px)[:, None] * _ramp(side[1], self.overlap_px)[None, :]
        for corners in _batches(padded.shape, side, self.overlap_px):
            parts = np.stack([padded[row : row + side[0], col : col + side[1], None] for row, col in corners])
            answers = _sigmoid(self.session.run(["logits"], {"image": parts})[0])
            for (row, col), answer in zip(corners, answers, strict=True):
                here = slice(row, row + side[0]), slice(col, col + side[1])
                total[here] += answer * ramp[..., None]
                weight[here] += ramp[..., None]
        return np.asarray((total / weight)[:height, :width], np.float32)


def load_slick_segmenter(path: str | Path, *, threads: int | None = None) -> SlickSegmenter:
    """Load a model of slicks, or give the one already loaded in this process.

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
            feed = _read_feed(package.card, package.path)
            session = open_session(package.model, package.card, "cpu", count)
            _loaded[key] = SlickSegmenter(package.card, session, feed)
        return _loaded[key]


def _read_feed(card: ModelCard, folder: Path) -> Feed:
    told = card.recipe.get("feed")
    if (
        card.task != TASK
        or not isinstance(told, dict)
        or set(told) != set(Feed.__slots__)
        or OIL not in card.class_names
    ):
        raise BadInput(
            "this model does not find oil slicks",
            value=card.reference,
            remedy=f"Choose a model whose card has the task '{TASK}', such as oil-slicks.",
            file=str(folder / CARD_FILE),
        )
    return Feed(
        overlap_px=int(told["overlap_px"]),
        pixel_m=float(told["pixel_m"]),
        least_probability=float(told["least_probability"]),
    )


def _whole(side: int) -> int:
    return -(-side // STRIDE_PX) * STRIDE_PX


def _pad(picture: Floats, side: tuple[int, ...]) -> Floats:
    """Fill a picture up to the side of a window with its own reflection."""
    after = [(0, max(0, want - have)) for want, have in zip(side, picture.shape, strict=True)]
    return np.pad(picture, after, mode="symmetric") if any(b for _, b in after) else picture


def _ramp(side: int, overlap: int) -> Floats:
    """Return weights along a side that rise from the edge over the overlap."""
    at = np.arange(side, dtype=np.float32) + 1
    return np.minimum(1.0, np.minimum(at, at[::-1]) / np.float32(overlap + 1))


def _batches(shape: tuple[int, ...], side: tuple[int, ...], overlap: int) -> Iterator[list[tuple[int, int]]]:
    corners = [(row, col) for row in _starts(shape[0], side[0], overlap) for col in _starts(shape[1], side[1], overlap)]
    for first in range(0, len(corners), BATCH):
        yield corners[first : first + BATCH]


def _starts(length: int, side: int, overlap: int) -> list[int]:
    """Return where windows begin along a side: evenly spread, overlapping by at least so much."""
    count = 1 if length <= side else 1 + -(-(length - side) // max(1, side - min(overlap, side - 1)))
    return [round(i * (length - side) / max(1, count - 1)) for i in range(count)]


def _sigmoid(logits: Floats) -> Floats:
    return (1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
