"""The pictures of an area put together, small enough to stand behind a map."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.exports.litter.places import Ground
from pelagia.exports.litter.views import Rgb, read_view
from pelagia.io.rasters.ground import to_pixels, transformer

EMPTY = (230, 236, 241)
"""What stands where no picture is."""
QUALITIES = (80, 65, 50, 35)
MOST_VIEWS = 400
"""More pictures than this are drawn as outlines alone."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A part of a map: its edges in the coordinate system, m, and the side of a pixel drawn."""

    west: float
    north: float
    width: float
    height: float
    pixel: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns drawn."""
        return max(1, math.ceil(self.height / self.pixel)), max(1, math.ceil(self.width / self.pixel))


def draw_backdrop(pictures: Sequence[Row], views: Mapping[str, Path], crs: str, extent: Extent) -> Rgb | None:
    """Return the views of pictures on a map, north up; ``None`` where there is none to show.

    Parameters
    ----------
    pictures
        Rows of those that lie somewhere; where they overlap, the first one is shown.
    views
        Where the views stand, by name.
    crs, extent
        The map.
    """
    shown = [picture for picture in pictures if picture["view"] in views]
    if not shown or len(shown) > MOST_VIEWS:
        return None
    canvas = np.empty((*extent.shape, 3), np.uint8)
    canvas[:] = EMPTY
    free = np.ones(extent.shape, np.bool_)
    for picture in shown:
        _place(picture, views[picture["view"]], crs, extent, canvas, free)
    return None if free.all() else canvas


def jpeg_uri(rgb: Rgb, at_most_bytes: int) -> str:
    """Return a picture as the address of a JPEG that holds no more bytes than this, as far as its quality can give."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    data = b""
    while True:
        for quality in QUALITIES:
            _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
            data = encoded.tobytes()
            if len(data) <= at_most_bytes:
                return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
        if max(bgr.shape[:2]) < 64:
            return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
        bgr = cv2.resize(bgr, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)


def png_uri(rgba: NDArray[np.uint8]) -> str:
    """Return a small picture with transparency as the address of a PNG; (row, col, 4), red first."""
    _, encoded = cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
    return f"data:image/png;base64,{base64.b64encode(encoded.tobytes()).decode()}"


def _place(picture: Row, path: Path, crs: str, extent: Extent, canvas: Rgb, free: NDArray[np.bool_]) -> None:
    """Take the pixel of the view under the middle of every free pixel of the map."""
    corners = Ground({}, crs).picture(picture)
    top, left = (extent.north - corners[:, 1].max()) / extent.pixel, (corners[:, 0].min() - extent.west) / extent.pixel
    bottom = (extent.north - corners[:, 1].min()) / extent.pixel
    right = (corners[:, 0].max() - extent.west) / extent.pixel
    rows = slice(max(0, math.floor(top)), max(0, math.ceil(bottom)))
    cols = slice(max(0, math.floor(left)), max(0, math.ceil(right)))
    part, mine = canvas[rows, cols], free[rows, cols]
    if not mine.any():
        return
    try:
        rgb, valid = read_view(path, max(16, math.ceil(math.hypot(bottom - top, right - left))))
    except BadInput:
        return
    east = extent.west + (np.arange(cols.start, cols.start + mine.shape[1]) + 0.5) * extent.pixel
    north = extent.north - (np.arange(rows.start, rows.start + mine.shape[0]) + 0.5) * extent.pixel
    x, y = np.broadcast_to(east, mine.shape), np.broadcast_to(north[:, None], mine.shape)
    if picture["crs"] != crs:
        x, y = transformer(crs, picture["crs"]).transform(x, y)
    down, across = to_pixels(picture["transform"], x, y)
    row = np.floor(down * rgb.shape[0] / picture["height_px"]).astype(np.int64)
    col = np.floor(across * rgb.shape[1] / picture["width_px"]).astype(np.int64)
    inside = (row >= 0) & (col >= 0) & (row < rgb.shape[0]) & (col < rgb.shape[1]) & mine
    inside[inside] = valid[row[inside], col[inside]]
    part[inside] = rgb[row[inside], col[inside]]
    mine[inside] = False
