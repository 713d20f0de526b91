"""Pictures to arrays: any part of any picture as red, green, blue of 8 bits, with which pixels show something."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.windows import Window

from pelagia.io.rasters.camera import read_orientation
from pelagia.io.rasters.colours import Colours, colours_of, read_bands
from pelagia.io.rasters.failures import READ_FAILURES
from pelagia.io.rasters.formats import WHOLE_FORMATS
from pelagia.io.rasters.opening import confined, open_dataset, truncated
from pelagia.io.rasters.orientation import UPRIGHT, as_shown, is_lying, shown_window, stored_window
from pelagia.io.rasters.picture import Picture

Rgb = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Parts = tuple[Rgb, Mask]
Box = tuple[int, int, int, int]
"""Row, column, height, width."""

CHUNK_ROWS = 512
LAST_CHUNK_ROWS = 8
STEP_PX = 2048
LARGE_PX = 1 << 24


class RasterReader:
    """A picture that is open.

    Rows and columns are those of the picture as a person is shown it: a photo is turned as its EXIF says; a picture
    that says itself where it lies is taken as it is stored, since that is what it speaks of.

    Parameters
    ----------
    picture
        Which one.

    Notes
    -----
    Not for several threads at once; every process opens its own. A TIFF is read by windows. JPEG, PNG, WebP and BMP
    have no parts, so that all of it is decoded at the first window, and kept: at most 2²⁸ pixels.
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._dataset = open_dataset(picture.path, picture.file)
        with confined():
            self._colours = _known_colours(picture.path, _state(picture.path), picture.kind == "orthophoto")
        self._turn = UPRIGHT if picture.kind == "orthophoto" else read_orientation(Path(picture.path))
        self._whole: Parts | None = None
        self._missing: list[Box] = []

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width as shown, px."""
        height, width = self._dataset.shape
        return (width, height) if is_lying(self._turn) else (height, width)

    def read(self, row: int, col: int, height: int, width: int) -> Parts:
        """Read a window.

        Parameters
        ----------
        row, col, height, width
            In pixels; may reach over the edges, or lie outside.

        Returns
        -------
        rgb
            (height, width, 3) uint8; 0 outside the picture.
        valid
            (height, width): which pixels show something: inside the picture, not transparent, not nodata, readable.

        Raises
        ------
        BadInput
            ``truncated``: nothing of the picture can be read.
        """
        rows, cols = self.shape
        top, left = min(max(row, 0), rows), min(max(col, 0), cols)
        bottom, right = max(top, min(row + height, rows)), max(left, min(col + width, cols))
        inside = (top, left, bottom - top, right - left)
        if inside == (row, col, height, width) and height and width:
            return self._inside(inside)
        rgb, valid = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.bool_)
        if bottom > top and right > left:
            place = slice(top - row, bottom - row), slice(left - col, right - col)
            rgb[place], valid[place] = self._inside(inside)
        return rgb, valid

    def missing_px(self, row: int, col: int, height: int, width: int) -> int:
        """Return how many pixels of a window are missing or damaged in the file, by what was read last."""
        found = 0
        for one in self._missing:
            top, left, tall, wide = shown_window(one, self.shape, self._turn)
            rows = min(row + height, top + tall) - max(row, top)
            cols = min(col + width, left + wide) - max(col, left)
            found += max(0, rows) * max(0, cols)
        return found

    def read_reduced(self, max_side_px: int) -> Parts:
        """Read the whole picture, so small that no side is longer than ``max_side_px``.

        Quick where the file has overviews or is a JPEG; else all of it is read once, part by part.
        """
        scale = min(1.0, max_side_px / max(self._dataset.shape))
        shape = (max(1, round(self._dataset.height * scale)), max(1, round(self._dataset.width * scale)))
        method = Resampling.nearest if self._colours.model == "palette" else Resampling.average
        if self._is_slow_to_reduce():
            return self._turned(*self._reduced_in_steps(shape))
        try:
            with confined():
                rgb, valid = read_bands(self._dataset, self._colours, out_shape=shape, resampling=method)
        except READ_FAILURES:
            rgb, valid = self._reduced_in_steps(shape)
        return self._turned(rgb, valid)

    def _is_slow_to_reduce(self) -> bool:
        """Tell whether GDAL would need much time and memory for it: it averages large pictures as a whole."""
        dataset = self._dataset
        is_large = dataset.width * dataset.height > LARGE_PX
        return dataset.driver not in WHOLE_FORMATS and is_large and not dataset.overviews(1)

    def close(self) -> None:
        """Close the file."""
        self._dataset.close()
        self._whole = None

    def __enter__(self) -> RasterReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _inside(self, window: Box) -> Parts:
        return self._turned(*self._stored(stored_window(window, self.shape, self._turn)))

    def _turned(self, rgb: Rgb, valid: Mask) -> Parts:
        return (rgb, valid) if self._turn == UPRIGHT else (as_shown(rgb, self._turn), as_shown(valid, self._turn))

    def _stored(self, window: Box) -> Parts:
        row, col, height, width = window
        if self._dataset.driver in WHOLE_FORMATS:
            if self._whole is None:
                self._whole = self._decoded()
            part = slice(row, row + height), slice(col, col + width)
            return self._whole[0][part].copy(), self._whole[1][part].copy()
        self._missing = []
        wanted = Window(col, row, width, height)
        with confined():
            try:
                return read_bands(self._dataset, self._colours, wanted)
            except READ_FAILURES:
                return self._by_blocks(row, col, height, width)

    def _by_blocks(self, row: int, col: int, height: int, width: int) -> Parts:
        """Read a window block by block, so that only what is missing in the file is missing."""
        rgb, valid = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.bool_)
        block_rows, block_cols = self._dataset.block_shapes[0]
        for top, bottom in _cuts(row, row + height, block_rows):
            for left, right in _cuts(col, col + width, block_cols):
                place = slice(top - row, bottom - row), slice(left - col, right - col)
                try:
                    window = Window(left, top, right - left, bottom - top)
                    rgb[place], valid[place] = read_bands(self._dataset, self._colours, window)
                except READ_FAILURES:
                    self._missing.append((top, left, bottom - top, right - left))
        return rgb, valid

    def _decoded(self) -> Parts:
        """Decode a picture that has no parts, from the top as far as it goes."""
        height, width = self._dataset.shape
        rgb, valid = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.bool_)
        row = 0
        for rows in (CHUNK_ROWS, LAST_CHUNK_ROWS):
            row = self._decode_from(row, rows, rgb, valid)
        if row == 0:
            raise truncated(self.picture.file, f"no row of {height:,}")
        self._missing = [(row, 0, height - row, width)]
        return rgb, valid

    def _decode_from(self, row: int, rows: int, rgb: Rgb, valid: Mask) -> int:
        """Fill in rows from ``row`` on; return the first that cannot be read."""
        height, width = valid.shape
        with confined():
            while row < height:
                count = min(rows, height - row)
                place = slice(row, row + count)
                try:
                    rgb[place], valid[place] = read_bands(self._dataset, self._colours, Window(0, row, width, count))
                except READ_FAILURES:
                    return row
                row += count
        return row

    def _reduced_in_steps(self, shape: tuple[int, int]) -> Parts:
        height, width = self._dataset.shape
        rgb, valid = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.bool_)
        for top, bottom in _cuts(0, height, STEP_PX):
            for left, right in _cuts(0, width, STEP_PX):
                rows = slice(top * shape[0] // height, max(1, bottom * shape[0] // height))
                cols = slice(left * shape[1] // width, max(1, right * shape[1] // width))
                target = (max(0, cols.stop - cols.start), max(0, rows.stop - rows.start))
                if not all(target):
                    continue
                part, shown = self._stored((top, left, bottom - top, right - left))
                rgb[rows, cols] = cv2.resize(part, target, interpolation=cv2.INTER_AREA)
                valid[rows, cols] = cv2.resize(shown.astype(np.uint8), target, interpolation=cv2.INTER_NEAREST) > 0
        return rgb, valid


def open_raster(picture: Picture) -> RasterReader:
    """Open a picture.

    Parameters
    ----------
    picture
        As found by :func:`pelagia.io.rasters.inventory.find_pictures`.

    Returns
    -------
    RasterReader
        To be used in a ``with`` block.

    Raises
    ------
    NotFound
        The file is no longer there.
    BadInput
        It cannot be read, is too large, or refers to other files.
    """
    return RasterReader(picture)


@lru_cache(maxsize=256)
def _known_colours(path: str, _file_state: tuple[int, int], is_orthophoto: bool) -> Colours:
    dataset = open_dataset(path, path)
    with confined():
        try:
            return colours_of(dataset, is_orthophoto=is_orthophoto)
        finally:
            dataset.close()


def _state(path: str) -> tuple[int, int]:
    status = Path(path).stat()
    return status.st_mtime_ns, status.st_size


def _cuts(start: int, end: int, step: int) -> list[tuple[int, int]]:
    """Return the parts of a length between multiples of a step."""
    edges = [start, *range((start // step + 1) * step, end, step), end]
    return list(pairwise(edges))
