"""An image enlarged as ImageJ enlarges it, a few rows at a time."""

from __future__ import annotations

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
    picture by half a source pixel, and never from further than size - 1.001. In double precision and in its order
    of operations, so that halves are rounded alike.
    """

    def __init__(self, image: NDArray[np.uint8], height: int, width: int) -> None:
        self.height, self.width = height, width
        self._image = image
        self._row, self._down = _sources(image.shape[0], height)
        self._col, self._along = _sources(image.shape[1], width)

    def rows(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Return rows `start` to `stop`, (rows, width)."""
        first, last = int(self._row[start]), int(self._row[stop - 1]) + 2
        source = self._image[first:last].astype(np.float64)
        left = np.take(source, self._col, axis=1)
        wide = np.take(source, self._col + 1, axis=1)
        wide -= left
        wide *= self._along
        wide += left
        rows = np.empty((stop - start, self.width), np.uint8)
        between = np.empty(self.width)
        for row in range(start, stop):
            upper = wide[self._row[row] - first]
            np.subtract(wide[self._row[row] - first + 1], upper, out=between)
            between *= self._down[row]
            between += upper
            between += 0.5
            rows[row - start] = between
        return rows


def _sources(size: int, new_size: int) -> tuple[NDArray[np.int64], Floats]:
    """Return where each pixel of the result comes from: the pixel before, and the way to the next one."""
    scale = new_size / size
    centre = new_size / 2 + scale / 2
    place = np.maximum((np.arange(new_size) - centre) / scale + size / 2, 0)
    place = np.where(place >= size - 1, size - 1.001, place)
    before = place.astype(np.int64)
    return before, place - before
