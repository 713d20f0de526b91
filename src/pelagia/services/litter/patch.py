"""The pixels of a block with some ground around it, as every stage looks at them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.io.rasters.reading import RasterReader
from pelagia.services.litter.grid import Block, Grid

Rgb = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A part of a picture.

    Parameters
    ----------
    row, col
        Of its top left pixel in the picture.
    rgb
        (height, width, 3) uint8; pixels that show nothing have the mean colour of those that do.
    valid
        (height, width): which pixels show something.
    """

    row: int
    col: int
    rgb: Rgb
    valid: Mask

    @property
    def bottom(self) -> int:
        """Row after its last one."""
        return self.row + int(self.rgb.shape[0])

    @property
    def right(self) -> int:
        """Column after its last one."""
        return self.col + int(self.rgb.shape[1])


def read_patch(reader: RasterReader, grid: Grid, block: Block, margin_px: int) -> Patch:
    """Read a block and so much around it, as far as the picture goes."""
    top, bottom = edges(block.first_row, block.last_row, grid.tile_px, grid.height_px, margin_px)
    left, right = edges(block.first_col, block.last_col, grid.tile_px, grid.width_px, margin_px)
    rgb, valid = reader.read(top, left, bottom - top, right - left)
    if not valid.all():
        rgb = rgb.copy()
        rgb[~valid] = rgb[valid].mean(axis=0).astype(np.uint8) if valid.any() else 0
    return Patch(row=top, col=left, rgb=rgb, valid=valid)


def edges(first: int, last: int, tile_px: float, length_px: int, margin_px: int = 0) -> tuple[int, int]:
    """Return where tiles ``[first, last)`` begin and end along one side of a picture, whole pixels."""
    start = round(first * tile_px) - margin_px
    end = round(last * tile_px) + margin_px
    return max(0, start), min(length_px, end)


def resample(patch: Patch, top: float, left: float, *, rows: int, cols: int, scale: float) -> Rgb:
    """Return a window of a patch in another resolution; what lies outside mirrors what lies inside.

    Parameters
    ----------
    patch
        Pixels of the picture.
    top, left
        Where the window begins in the picture, px; need not be whole, may lie outside.
    rows, cols
        Its size in the new resolution, px.
    scale
        Side of a pixel of the picture in pixels of the new resolution.
    """
    first_row, first_col = math.floor(top), math.floor(left)
    height, width = math.ceil(rows / scale) + 2, math.ceil(cols / scale) + 2
    source = _mirrored(patch, first_row, first_col, height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = source if size == (width, height) else cv2.resize(source, size, interpolation=_method(scale))
    off_row, off_col = round((top - first_row) * scale), round((left - first_col) * scale)
    window: Rgb = np.ascontiguousarray(small[off_row : off_row + rows, off_col : off_col + cols])
    return window


def _method(scale: float) -> int:
    return cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR


def _mirrored(patch: Patch, row: int, col: int, height: int, width: int) -> Rgb:
    top, left = row - patch.row, col - patch.col
    if top >= 0 and left >= 0 and row + height <= patch.bottom and col + width <= patch.right:
        return patch.rgb[top : top + height, left : left + width]
    inside = patch.rgb[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
    around = (
        max(0, -top),
        max(0, top + height - len(patch.rgb)),
        max(0, -left),
        max(0, left + width - patch.rgb.shape[1]),
    )
    if max(around[:2]) < inside.shape[0] and max(around[2:]) < inside.shape[1]:
        return np.asarray(cv2.copyMakeBorder(inside, *around, cv2.BORDER_REFLECT_101), np.uint8)
    # Most of it lies outside: the mirror image of the whole patch is wanted, again and again.
    rows = _reflected(np.arange(top, top + height), patch.rgb.shape[0])
    cols = _reflected(np.arange(left, left + width), patch.rgb.shape[1])
    return patch.rgb[np.ix_(rows, cols)]


def _reflected(places: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return where places before 0 and from ``length`` on are mirrored to; the edge itself is not repeated."""
    period = max(1, 2 * (length - 1))
    folded = np.abs(places) % period
    found: NDArray[np.int64] = np.minimum(folded, period - folded) if length > 1 else folded * 0
    return found
