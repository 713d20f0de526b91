"""Parts of a view as maps show them: tiles in Web Mercator or in its own pixels, close-ups. Beside them, nothing."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.transform import from_bounds
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from pelagia.core.errors import BadInput

TILE_PX = 512
QUALITY = 82
MERCATOR = "EPSG:3857"
HALF_WORLD_M = 20_037_508.342789244
VIEWS_KEPT = 64

Rgba = NDArray[np.uint8]
Bounds = tuple[float, float, float, float]


def mercator_tile(path: Path, z: int, x: int, y: int) -> Rgba:
    """Return a tile of the map of the world, as far as a picture shows it.

    Parameters
    ----------
    path
        A georeferenced picture with smaller copies of itself.
    z, x, y
        Zoom, column from the west, row from the north.

    Returns
    -------
    numpy.ndarray
        (512, 512, 4) uint8: red, green, blue, and 255 where the picture shows something.
    """
    side = 2 * HALF_WORLD_M / 2**z
    west, north = x * side - HALF_WORLD_M, HALF_WORLD_M - y * side
    bounds = (west, north - side, west + side, north)
    there, res_m, reductions = _lying(path)
    if not _touch(bounds, there):
        return _nothing(TILE_PX, TILE_PX)
    latitude = math.atan(math.sinh((north - side / 2) / 6_378_137.0))
    with _open(path, side / TILE_PX * math.cos(latitude) / res_m, reductions) as view:
        options = {
            "crs": MERCATOR,
            "transform": from_bounds(*bounds, TILE_PX, TILE_PX),
            **{"width": TILE_PX, "height": TILE_PX, "add_alpha": True, "resampling": Resampling.bilinear},
        }
        with WarpedVRT(view, **options) as warped:
            found: Rgba = np.moveaxis(warped.read(), 0, -1)
            return found


def pixel_tile(path: Path, scale: float, level: int, x: int, y: int) -> Rgba:
    """Return a tile of a picture in its own pixels.

    Parameters
    ----------
    path
        The view of the picture.
    scale
        Side of the pixels of the view in pixels of the picture.
    level
        0 is the full size of the picture, each further level one half of it.
    x, y
        Column and row of the tile, from 0.

    Returns
    -------
    numpy.ndarray
        (512, 512, 4) uint8, as of :func:`mercator_tile`.
    """
    side = TILE_PX * 2**level
    return window(path, scale, (y * side, x * side, side, side), (TILE_PX, TILE_PX))


def window(path: Path, scale: float, box: tuple[float, float, float, float], shape: tuple[int, int]) -> Rgba:
    """Return a window of a picture in another size.

    Parameters
    ----------
    path, scale
        As of :func:`pixel_tile`.
    box
        Row, column, height, width in pixels of the picture; it may reach over the edge.
    shape
        Rows and columns of what is returned.

    Returns
    -------
    numpy.ndarray
        (row, col, 4) uint8, as of :func:`mercator_tile`.
    """
    row, col, height, width = (value / scale for value in box)
    rows, cols = shape
    found = _nothing(rows, cols)
    _, _, reductions = _size(path)
    with _open(path, max(height / rows, width / cols), reductions) as view:
        full_height, full_width, _ = _size(path)
        across, down = full_width / view.width, full_height / view.height
        row, col, height, width = row / down, col / across, height / down, width / across
        top, left = max(0.0, row), max(0.0, col)
        bottom, right = min(float(view.height), row + height), min(float(view.width), col + width)
        if bottom <= top or right <= left:
            return found
        inside = _place(top - row, bottom - row, height, rows), _place(left - col, right - col, width, cols)
        part = Window(left, top, right - left, bottom - top)
        size = tuple(place.stop - place.start for place in inside)
        rgb = view.read((1, 2, 3), window=part, out_shape=(3, *size), resampling=Resampling.bilinear)
        found[(*inside, slice(0, 3))] = np.moveaxis(rgb, 0, -1)
        found[(*inside, 3)] = view.dataset_mask(window=part, out_shape=size)
    return found


def small(path: Path, side_px: int) -> Rgba:
    """Return a whole view small: its longer side has ``side_px`` pixels, unless it has fewer."""
    height, width, _ = _size(path)
    share = min(1.0, side_px / max(height, width))
    shape = max(1, round(height * share)), max(1, round(width * share))
    return window(path, 1.0, (0, 0, height, width), shape)


def as_webp(rgba: Rgba) -> bytes:
    """Encode a tile; what shows nothing stays transparent."""
    layers = rgba[..., [2, 1, 0]] if (rgba[..., 3] == 255).all() else rgba[..., [2, 1, 0, 3]]
    done, encoded = cv2.imencode(".webp", np.ascontiguousarray(layers), [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"an array of shape {rgba.shape} cannot be encoded as an image")
    return bytes(encoded)


def _nothing(rows: int, cols: int) -> Rgba:
    return np.zeros((rows, cols, 4), np.uint8)


def _place(start: float, stop: float, length: float, pixels: int) -> slice:
    """Return where a part of a side comes to lie on that many pixels; one pixel at least."""
    first = min(pixels - 1, round(start / length * pixels))
    return slice(first, max(first + 1, round(stop / length * pixels)))


def _touch(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@contextmanager
def _open(path: Path, ratio: float, reductions: tuple[int, ...]) -> Iterator[DatasetReader]:
    """Open the smallest copy in a view that is not coarser than what is wanted: every ``ratio``-th of its pixels."""
    fit = [number for number, one in enumerate(reductions) if one <= ratio * 1.01]
    options = {"overview_level": fit[-1]} if fit else {}
    try:
        with _quiet(), rasterio.open(path, **options) as view:
            yield view
    except RasterioError as error:
        raise _unreadable(path, error) from error


def _size(path: Path) -> tuple[int, int, tuple[int, ...]]:
    height, width, reductions, _, _ = _facts(path, *_identity(path))
    return height, width, reductions


def _lying(path: Path) -> tuple[Bounds, float, tuple[int, ...]]:
    _, _, reductions, bounds, res_m = _facts(path, *_identity(path))
    if bounds is None:
        raise BadInput("This picture lies nowhere on the map", remedy="Ask for it in its own pixels.", file=path.name)
    return bounds, res_m, reductions


def _identity(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=VIEWS_KEPT)
def _facts(
    path: Path, _changed_ns: int, _bytes: int
) -> tuple[int, int, tuple[int, ...], tuple[float, float, float, float] | None, float]:
    """Read size, smaller copies, bounds in Web Mercator and side of a pixel; kept as long as the file is the same."""
    try:
        with _quiet(), rasterio.open(path) as view:
            bounds = None
            if view.crs is not None:
                bounds = tuple(transform_bounds(view.crs, MERCATOR, *_bounds_of(view), densify_pts=21))
            res = math.sqrt(abs(view.transform.determinant))
            return view.height, view.width, tuple(view.overviews(1)), bounds, res
    except RasterioError as error:
        raise _unreadable(path, error) from error


def _bounds_of(view: DatasetReader) -> Bounds:
    """Return west, south, east, north of a picture that may lie askew."""
    a, b, c, d, e, f, *_ = view.transform
    corners = [(col, row) for row in (0, view.height) for col in (0, view.width)]
    xs = [a * col + b * row + c for col, row in corners]
    ys = [d * col + e * row + f for col, row in corners]
    return min(xs), min(ys), max(xs), max(ys)


@contextmanager
def _quiet() -> Iterator[None]:
    """Pictures that lie nowhere are nothing to be warned of here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def _unreadable(path: Path, error: Exception) -> BadInput:
    return BadInput(
        "The view of the picture cannot be read",
        value=type(error).__name__,
        remedy="Make a new run of it.",
        file=path.name,
    )
