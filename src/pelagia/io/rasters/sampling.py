"""A small sample of a picture that stands for all of it, whatever its size: the same one each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.windows import Window

from pelagia.io.rasters.failures import READ_FAILURES

WHOLE_SAMPLE_PX = 1 << 22
SAMPLE_SIDE_PX = 1024
PATCHES_PER_SIDE = 8
PATCH_PX = 128
CORNER_PX = 16

Values = NDArray[Any]


def read_sample(dataset: Any, bands: Sequence[int]) -> Values:
    """Return (band, pixel): values of a picture, evenly spread over it.

    Parameters
    ----------
    dataset
        An open picture.
    bands
        Numbers of the bands, from 1.

    Notes
    -----
    From its overviews where it has some, or all of it where it is small; else 64 patches of 128 × 128 pixels in a
    regular grid. Parts that cannot be read are left out.
    """
    found = (part for options in sample_options(dataset) for part in _read(dataset, list(bands), **options))
    parts = [part.reshape(len(bands), -1) for part in found]
    return np.concatenate(parts, axis=1) if parts else np.empty((len(bands), 0), dataset.dtypes[bands[0] - 1])


def sample_options(dataset: Any) -> Iterator[dict[str, Any]]:
    """Yield what a sample is read with: ``window``, or ``out_shape`` (height, width) and ``resampling``."""
    height, width = dataset.shape
    if dataset.driver != "GTiff" or dataset.overviews(1) or height * width <= WHOLE_SAMPLE_PX:
        scale = min(1.0, SAMPLE_SIDE_PX / max(height, width))
        shape = max(1, round(height * scale)), max(1, round(width * scale))
        yield {"out_shape": shape, "resampling": Resampling.nearest}
        return
    for row in _starts(height):
        for col in _starts(width):
            yield {"window": Window(col, row, min(PATCH_PX, width), min(PATCH_PX, height))}


def read_corners(dataset: Any, bands: Sequence[int]) -> list[Values]:
    """Return (band, 16, 16) of each corner of a picture that can be read; none of one that is smaller."""
    height, width = dataset.shape
    if min(height, width) < 2 * CORNER_PX:
        return []
    places = [(row, col) for row in (0, height - CORNER_PX) for col in (0, width - CORNER_PX)]
    windows = [Window(col, row, CORNER_PX, CORNER_PX) for row, col in places]
    return [part for window in windows for part in _read(dataset, list(bands), window=window)]


def _starts(length: int) -> list[int]:
    last = max(0, length - PATCH_PX)
    return sorted({round(last * (number + 0.5) / PATCHES_PER_SIDE) for number in range(PATCHES_PER_SIDE)})


def _read(dataset: Any, bands: list[int], **options: Any) -> Iterator[Values]:
    if "out_shape" in options:
        options["out_shape"] = (len(bands), *options["out_shape"])
    try:
        yield dataset.read(bands, **options)
    except READ_FAILURES:
        return
