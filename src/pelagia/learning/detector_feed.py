"""How pixels go into a detector's graph: the shape it takes, and RGB of 0 to 255 made what it was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
import numpy.typing as npt

from pelagia.core.errors import BadInput
from pelagia.learning.card import ModelCard
from pelagia.learning.detector_styles import DetectorTraits

Image = npt.NDArray[np.uint8]

SIDE_MULTIPLE = 32
"""Of windows for a graph that takes any side."""
BANDS = 3
UINT8 = "tensor(uint8)"
FLOAT_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The input of a graph.

    Parameters
    ----------
    name, kind
        As ONNX Runtime calls them.
    rank
        4 with a batch before the picture, 3 where the graph takes a single picture (torchvision).
    batch
        How many pictures it takes at once; ``None`` where any number.
    height_px, width_px
        Of its windows; ``None`` where any will do.
    sizes
        Name of a second input that is told width and height of the window; "" where there is none.
    """

    name: str
    kind: str
    rank: int
    batch: int | None
    height_px: int | None
    width_px: int | None
    sizes: str = ""

    @classmethod
    def of(cls, puts: Sequence[Any]) -> Self:
        """Return what the inputs of a session say of themselves."""
        put = puts[0]
        shape = [side if isinstance(side, int) and side > 0 else None for side in put.shape]
        sides = shape[-3:-1] if put.type == UINT8 else shape[-2:]
        return cls(
            name=put.name,
            kind=put.type,
            rank=len(shape),
            batch=shape[0] if len(shape) == BANDS + 1 else 1,
            height_px=sides[0] if len(sides) > 1 else None,
            width_px=sides[1] if len(sides) > 1 else None,
            sizes=puts[1].name if len(puts) > 1 else "",
        )

    @property
    def takes_any_side(self) -> bool:
        """Whether it takes windows of other sides than its own, multiples of 32 px."""
        return self.height_px is None and self.width_px is None

    def takes(self, windows: npt.NDArray[Any]) -> bool:
        """Whether it takes windows (N, H, W, 3) of this size and type."""
        if windows.dtype != np.uint8 or windows.ndim != 4 or windows.shape[3] != BANDS:
            return False
        height, width = int(windows.shape[1]), int(windows.shape[2])
        if self.takes_any_side:
            return min(height, width) > 0 and height % SIDE_MULTIPLE == width % SIDE_MULTIPLE == 0
        return (self.height_px or height, self.width_px or width) == (height, width)

    def inputs(self, windows: Sequence[Image], traits: DetectorTraits) -> dict[str, npt.NDArray[Any]]:
        """Return windows as the graph takes them, by the names of its inputs.

        Parameters
        ----------
        windows
            (H, W, 3) uint8 RGB, all of one size.
        traits
            What is done to the values.
        """
        fed = self._pixels(windows) if self.kind == UINT8 else self._planes(windows, traits)
        if not self.sizes:
            return {self.name: fed}
        height, width = windows[0].shape[:2]
        return {self.name: fed, self.sizes: np.array([[width, height]] * (self.batch or len(windows)), np.int64)}

    def _pixels(self, windows: Sequence[Image]) -> Image:
        """Return bytes as they are; a graph of a fixed batch gets black windows where there are too few."""
        missing = (self.batch or len(windows)) - len(windows)
        return np.stack([*windows, *[np.zeros_like(windows[0])] * missing])

    def _planes(self, windows: Sequence[Image], traits: DetectorTraits) -> npt.NDArray[Any]:
        """Return floats by band; a graph of a fixed batch gets zeros where there are too few."""
        height, width = windows[0].shape[:2]
        count = self.batch or len(windows)
        planes = np.zeros((count, BANDS, height, width), np.float32)
        order = (0, 1, 2) if traits.bands == "rgb" else (2, 1, 0)
        tables = [_table(traits.mean_rgb[band], traits.divisor_rgb[band]) for band in range(BANDS)]
        for own, window in zip(planes, windows, strict=False):
            for plane, band in zip(own, order, strict=True):
                # A table of 256 values is eight times as fast as arithmetic on floats, and as exact.
                cv2.LUT(np.ascontiguousarray(window[..., band]), tables[band], dst=plane)
        fed = planes.astype(FLOAT_TYPES[self.kind], copy=False)
        return fed if self.rank == BANDS + 1 else fed[0]


def read_feed(puts: Sequence[Any], card: ModelCard, traits: DetectorTraits, path: Path) -> Feed:
    """Return the input of a graph, once it is one that its card promises.

    Parameters
    ----------
    puts
        The inputs of the session.
    card
        Its card; the longer side of fixed windows must be its ``size_px``.
    traits
        How it is fed.
    path
        The ONNX file, for the error.
    """
    told = len(puts) == 1 or (len(puts) == 2 and puts[1].type == "tensor(int64)" and len(puts[1].shape) == 2)
    if told and _fits(puts, card.input.size_px, traits):
        return Feed.of(puts)
    side = card.input.size_px
    raise BadInput(
        "the detector takes another input than windows of its card's size",
        value="; ".join(f"{put.name}: {put.type} {put.shape}" for put in puts),
        remedy=f"It must take one input, uint8 (N, H, W, 3) or float (N, 3, H, W), where the longer of H and W is "
        f"{side} or both are open (torchvision: also (3, H, W), and no batch but of one), and perhaps a second, int64 "
        "(N, 2), for width and height; set size_px in its card, or export it again.",
        file=str(path),
    )


def _fits(puts: Sequence[Any], size_px: int, traits: DetectorTraits) -> bool:
    put, alone = puts[0], traits.style == "torchvision"
    ranks = (BANDS, BANDS + 1) if alone and put.type != UINT8 else (BANDS + 1,)
    if put.type not in (UINT8, *FLOAT_TYPES) or len(put.shape) not in ranks:
        return False
    bands = put.shape[-1 if put.type == UINT8 else -3]
    feed = Feed.of(puts)
    fixed = [side for side in (feed.height_px, feed.width_px) if side is not None]
    if (isinstance(bands, int) and bands != BANDS) or (alone and feed.batch not in (None, 1)):
        return False
    return not fixed or max(fixed) == size_px


def _table(mean: float, divisor: float) -> npt.NDArray[np.float32]:
    values: npt.NDArray[np.float32] = (np.arange(256, dtype=np.float32) - np.float32(mean)) / np.float32(divisor)
    return values
