"""An image enlarged as ImageJ enlarges it, a few rows at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Enlarged:
    """An 8-bit image in another size, bilinear; its rows are computed when they are asked for.

    Parameters
    ----------
    image
        (rows, cols), uint8, at least 2 × 2.
    height, width
        Of the result, px.

    Notes
    -----
    `ByteProcessor.resize` of ImageJ takes pixel x of the result from x / scale - 0.5 of the source, which moves the
    picture by half a source pixel, and never from further than size - 1.001. It computes in double precision; so
    does this, in its order of operations, so that halves are rounded alike. Between pixels by 4ths, 8ths or 16ths,
    as at 2, 4 or 8 times the size, single precision loses nothing and takes half the time.
    """

    def __init__(self, image: NDArray[np.uint8], height: int, width: int) -> None:
        self.height, self.width = height, width
        self._image = image
        self._row, self._down, self._rows_inside = _sources(image.shape[0], height)
        self._col, self._along, self._cols_inside = _sources(image.shape[1], width)
        inside = np.concatenate([self._down[: self._rows_inside], self._along[: self._cols_inside]])
        self._by_sixteenths = bool((inside * 16 % 1 == 0).all())

    def rows(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Return rows `start` to `stop`, (rows, width)."""
        rows = np.empty((stop - start, self.width), np.uint8)
        exact = self._cols_inside if self._by_sixteenths and stop <= self._rows_inside else 0
        if exact:
            self._fill(rows[:, :exact], start, slice(0, exact), np.float32)
        self._fill(rows[:, exact:], start, slice(exact, None), np.float64)
        return rows

    def _fill(self, rows: NDArray[np.uint8], start: int, cols: slice, precision: type[np.floating[Any]]) -> None:
        from_row = self._row[start : start + len(rows)]
        source = self._image[from_row[0] : from_row[-1] + 2].astype(precision)
        wide = _between(source, self._col[cols], self._along[cols].astype(precision))
        between = np.empty(wide.shape[1], precision)
        for row, (upper, down) in enumerate(zip(from_row - from_row[0], self._down[start:], strict=False)):
            np.subtract(wide[upper + 1], wide[upper], out=between)
            between *= precision(down)
            between += wide[upper]
            between += precision(0.5)
            rows[row] = between


def _between(source: NDArray[Any], col: NDArray[np.int64], along: NDArray[Any]) -> NDArray[Any]:
    left = np.take(source, col, axis=1)
    wide = np.take(source, col + 1, axis=1)
    wide -= left
    wide *= along
    wide += left
    return wide


def _sources(size: int, new_size: int) -> tuple[NDArray[np.int64], Floats, int]:
    """Return where each pixel of the result comes from: the pixel before, the way to the next one.

    The third value counts the pixels of the result that lie before the last pixel of the source.
    """
    scale = new_size / size
    centre = new_size / 2 + scale / 2
    place = np.maximum((np.arange(new_size) - centre) / scale + size / 2, 0)
    inside = int(np.searchsorted(place, size - 1))
    place[inside:] = size - 1.001
    before = place.astype(np.int64)
    return before, place - before, inside
