"""One object of a picture: where it is, what it covers, what it looks like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """One object of a scan, cut out of it.

    Parameters
    ----------
    row, col
        Top left pixel of its box in the scan, px.
    filled
        (height, width) of the box; true where the object is, its holes included (the filled mask).
    grey
        (height, width), uint8: the same box of the scan, everything in it, also what is not the object.
    """

    row: int
    col: int
    filled: NDArray[np.bool_]
    grey: NDArray[np.uint8]

    @property
    def height(self) -> int:
        """Height of the box, px."""
        return int(self.filled.shape[0])

    @property
    def width(self) -> int:
        """Width of the box, px."""
        return int(self.filled.shape[1])

    @property
    def row_start(self) -> int:
        """Row of the first pixel in reading order: ImageJ's YStart, px."""
        return self.row

    @property
    def col_start(self) -> int:
        """Column of the first pixel in reading order: ImageJ's XStart, px."""
        return self.col + int(np.argmax(self.filled[0]))
