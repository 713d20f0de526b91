"""The shapes that CVAT draws, as the boxes around them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pelagia.core.errors import BadInput
from pelagia.io.annotations.gathering import edges_of, number

Attributes = Mapping[str, str]
Edges = tuple[float, float, float, float]
"""Top, left, bottom, right, px."""
_REMEDY = "Export the task from CVAT again as “CVAT for images 1.1” or “CVAT for video 1.1”."


def box_edges(shape: Attributes) -> Edges:
    """Return the edges of a rectangle; of one that is turned, those of the upright box around it."""
    top, left, bottom, right = (number(shape.get(name)) for name in ("ytl", "xtl", "ybr", "xbr"))
    turned = number(shape.get("rotation", "0"))
    if not turned % 180:
        return top, left, bottom, right
    return _turned(top, left, bottom, right, turned)


def _turned(top: float, left: float, bottom: float, right: float, degrees: float) -> Edges:
    """Return the upright box around one that is turned about its middle."""
    cosine, sine = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    height, width = bottom - top, right - left
    tall, wide = (height * cosine + width * sine) / 2, (height * sine + width * cosine) / 2
    row, col = (top + bottom) / 2, (left + right) / 2
    return row - tall, col - wide, row + tall, col + wide


def polygon_edges(shape: Attributes) -> Edges:
    """Return the edges of the box around a polygon."""
    points = [point.partition(",") for point in shape.get("points", "").split(";")]
    cols, rows = [number(col) for col, _, _ in points], [number(row) for _, _, row in points]
    return edges_of(rows, cols)


def unreadable(reason: str, file: str) -> BadInput:
    """Return the error on a file that cannot be read."""
    return BadInput(
        f"The annotations are not XML of CVAT: {reason}",
        remedy=_REMEDY,
        file=file,
        code="annotations-unreadable",
    )
