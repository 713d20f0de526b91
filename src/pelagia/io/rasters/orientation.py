"""Photos as a person is shown them: turned as the camera was held."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

UPRIGHT = 1
TURNS: dict[int, tuple[bool, bool, bool]] = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}
"""Orientation of EXIF → whether rows and columns change places, then whether rows, then columns run backwards."""


def is_lying(orientation: int) -> bool:
    """Tell whether rows are stored as columns."""
    return TURNS[orientation][0]


def as_shown(stored: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return an image, or (height, width) of one, as it is shown."""
    swaps, down, across = TURNS[orientation]
    turned = stored.swapaxes(0, 1) if swaps else stored
    turned = turned[::-1] if down else turned
    turned = turned[:, ::-1] if across else turned
    return np.ascontiguousarray(turned)


def stored_window(
    window: tuple[int, int, int, int], shape: tuple[int, int], orientation: int
) -> tuple[int, int, int, int]:
    """Return where a part of the image as shown is stored.

    Parameters
    ----------
    window
        Row, column, height, width as shown.
    shape
        Height and width as shown.
    """
    swaps, down, across = TURNS[orientation]
    row, col, height, width = window
    row = shape[0] - row - height if down else row
    col = shape[1] - col - width if across else col
    return (col, row, width, height) if swaps else (row, col, height, width)


def shown_window(
    window: tuple[int, int, int, int], shape: tuple[int, int], orientation: int
) -> tuple[int, int, int, int]:
    """Return where a part of the image as stored is shown: the inverse of :func:`stored_window`."""
    swaps, down, across = TURNS[orientation]
    row, col, height, width = window
    if swaps:
        row, col, height, width = col, row, width, height
    return shape[0] - row - height if down else row, shape[1] - col - width if across else col, height, width


def stored_affine(orientation: int, height_px: int, width_px: int) -> tuple[float, ...]:
    """Return a, b, c, d, e, f with stored column = a·col + b·row + c, stored row = d·col + e·row + f.

    Parameters
    ----------
    orientation
        Of EXIF.
    height_px, width_px
        Size as shown.
    """
    swaps, down, across = TURNS[orientation]
    col = (-1.0, 0.0, float(width_px)) if across else (1.0, 0.0, 0.0)
    row = (0.0, -1.0, float(height_px)) if down else (0.0, 1.0, 0.0)
    return (*row, *col) if swaps else (*col, *row)
