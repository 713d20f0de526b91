"""From marks to boxes: what a point, a line, a polygon says of where an animal is, and how large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SHARE_WITHOUT_SIZES = 0.05
"""Side of the box around a point where no mark has a size, as a share of the shorter side of the image."""
OVER_THE_EDGE_PX = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """The boxes of the marks of one image.

    Parameters
    ----------
    edges
        (n, 4) top, left, bottom, right, px, cut to the image.
    length_px
        (n,) of a line; NaN for others.
    has_size
        (n,) whether the mark tells a size: all but points.
    is_inside
        (n,) whether it lies on the image.
    """

    edges: Floats
    length_px: Floats
    has_size: Bools
    is_inside: Bools

    def taken(self, chosen: NDArray[np.intp] | Bools) -> Boxes:
        """Return some of them."""
        return Boxes(self.edges[chosen], self.length_px[chosen], self.has_size[chosen], self.is_inside[chosen])


def boxes_of_marks(
    places: Floats, is_point: Bools, is_line: Bools, extents: Floats, size: tuple[int, int], line_width: float
) -> Boxes:
    """Return the box of every mark of an image.

    Parameters
    ----------
    places
        (n, 4) row and column of both ends, px.
    is_point, is_line
        (n,) how they were drawn.
    extents
        (n,) side of the box around a point, px.
    size
        Rows and columns of the image.
    line_width
        Least side of the box around a line, as a share of its length.

    Notes
    -----
    A line runs along the body: the box around it reaches from end to end, and across the body at least ``line_width``
    of the length, centred on the line. It is upright whatever way the body lies.
    """
    top, bottom = np.minimum(places[:, 0], places[:, 2]), np.maximum(places[:, 0], places[:, 2])
    left, right = np.minimum(places[:, 1], places[:, 3]), np.maximum(places[:, 1], places[:, 3])
    length = np.hypot(bottom - top, right - left)
    least = np.where(is_point, extents, np.where(is_line, line_width * length, 0.0))
    up, across = np.maximum(least - (bottom - top), 0) / 2, np.maximum(least - (right - left), 0) / 2
    middle_row, middle_col = (top + bottom) / 2, (left + right) / 2
    rows, cols = size
    slack = OVER_THE_EDGE_PX
    is_inside = (
        (middle_row >= -slack) & (middle_row <= rows + slack) & (middle_col >= -slack) & (middle_col <= cols + slack)
    )
    edges = np.stack([top - up, left - across, bottom + up, right + across], axis=1)
    return Boxes(cut(edges, size), np.where(is_line, length, np.nan), ~is_point, is_inside)


def cut(edges: Floats, size: tuple[int, int]) -> Floats:
    """Return boxes cut to the image they are on.

    Parameters
    ----------
    edges
        (…, 4) top, left, bottom, right, px.
    size
        Rows and columns of the image.
    """
    rows, cols = size
    return np.clip(edges, 0.0, np.array([rows, cols, rows, cols], np.float64))


def point_extents(
    species: list[str],
    typical: dict[str, float],
    size: tuple[int, int],
    buffer_px: float | None,
    buffer_share: float | None,
) -> Floats:
    """Return the side of the box around a point of each of these species, px.

    Parameters
    ----------
    species
        Of each mark.
    typical
        From :func:`pelagia.services.citizen.inventory.typical_extents`.
    size
        Rows and columns of the image.
    buffer_px, buffer_share
        Half the side, where a person chose it.
    """
    shorter = min(size)
    if buffer_px is not None or buffer_share is not None:
        half = buffer_px if buffer_px is not None else (buffer_share or 0.0) * shorter
        return np.full(len(species), 2 * half)
    return np.array([typical.get(name, SHARE_WITHOUT_SIZES * shorter) for name in species], np.float64)
