"""Pictures as they may be shown: small enough to be sent, people blurred, lying where the picture lies."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import Affine
from rasterio.windows import Window

from pelagia.io.rasters.picture import Picture
from pelagia.services.litter.grid import Block, Grid
from pelagia.services.litter.items import Record, picture_of
from pelagia.services.litter.patch import Patch, edges

MOST_PX = 100_000_000
"""Larger pictures are halved until they have no more."""
TILE_PX = 512
SMALLEST_PX = 256
JPEG_QUALITY = 82
CACHE_BYTES = 64 << 20


def view_level(height_px: int, width_px: int) -> int:
    """Return how often a picture is halved to be shown."""
    return max(0, math.ceil(math.log2(height_px * width_px / MOST_PX) / 2))


def write_piece(path: Path, patch: Patch, grid: Grid, block: Block) -> None:
    """Write a block of a view, to be put together with the others by :func:`finish_pictures`.

    Parameters
    ----------
    path
        Without ending: ``.npy`` are its pixels, ``.valid.npy`` which of them show something, where not all do.
    patch
        Pixels that may be shown.
    grid, block
        Where it stands.
    """
    level = view_level(grid.height_px, grid.width_px)
    top, bottom = edges(block.first_row, block.last_row, grid.tile_px, grid.height_px)
    left, right = edges(block.first_col, block.last_col, grid.tile_px, grid.width_px)
    inside = slice(top - patch.row, bottom - patch.row), slice(left - patch.col, right - patch.col)
    rows, cols = (_halved(end, level) - _halved(start, level) for start, end in ((top, bottom), (left, right)))
    rgb, valid = patch.rgb[inside], patch.valid[inside]
    path.parent.mkdir(parents=True, exist_ok=True)
    _save(path.with_name(f"{path.name}.npy"), _resized(rgb, rows, cols))
    if not valid.all():
        _save(path.with_name(f"{path.name}.valid.npy"), _resized(valid.astype(np.uint8) * 255, rows, cols))


def finish_pictures(item: Mapping[str, Any]) -> dict[str, Any]:
    """Put the views of some pictures together.

    Parameters
    ----------
    item
        ``pictures``: for each ``picture`` and the facts of its ``blocks``, as
        :func:`pelagia.services.litter.blocks.work_on_blocks` gave them; ``folder``: where views go.

    Returns
    -------
    dict
        ``images``: how many of them could be worked on; ``pictures``: for each ``image_id`` and ``view_scale``, the
        latter ``None`` where there is no view.
    """
    done: list[Record] = []
    for one in item["pictures"]:
        picture = picture_of(one)
        blocks = [block for block in one["blocks"] if block["is_read"]]
        if blocks:
            _write_view(Path(item["folder"]) / view_name(picture.image_id), picture, blocks)
        level = view_level(picture.height_px, picture.width_px)
        done.append({"image_id": picture.image_id, "view_scale": float(1 << level) if blocks else None})
    return {"images": sum(one["view_scale"] is not None for one in done), "pictures": done}


def view_name(image_id: str) -> str:
    """Return the name of a picture's view in the output folder."""
    return f"views/{image_id}.tif"


def remove_pieces(pieces: Sequence[str]) -> int:
    """Remove the pieces views were put together of; returns how many there were."""
    for piece in pieces:
        path = Path(piece)
        for ending in (".npy", ".valid.npy"):
            path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)
    return len(pieces)


def _write_view(path: Path, picture: Picture, blocks: Sequence[Record]) -> None:
    level = view_level(picture.height_px, picture.width_px)
    height, width = _halved(picture.height_px, level), _halved(picture.width_px, level)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    profile: dict[str, Any] = {
        **{"driver": "GTiff", "height": height, "width": width, "count": 3, "dtype": "uint8"},
        **{"tiled": True, "blockxsize": TILE_PX, "blockysize": TILE_PX},
        **{"compress": "JPEG", "photometric": "YCBCR", "jpeg_quality": JPEG_QUALITY, "interleave": "pixel"},
    }
    if picture.transform is not None:
        profile |= {"crs": picture.crs, "transform": Affine(*_coarser(picture.transform, 1 << level))}
    is_whole = all(block["is_whole"] for block in blocks) and _px(blocks) == picture.height_px * picture.width_px
    # Without a limit GDAL keeps pixels in a twentieth of the computer's memory, in each process.
    options = {
        "GDAL_CACHEMAX": CACHE_BYTES,
        "GDAL_TIFF_INTERNAL_MASK": "YES",
        "COMPRESS_OVERVIEW": "JPEG",
        "PHOTOMETRIC_OVERVIEW": "YCBCR",
    }
    with rasterio.Env(**options), _quiet(), rasterio.open(partial, "w", **profile) as view:
        view.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        for row, rgb, valid in _bands(blocks, level, height, width):
            window = Window(0, row, width, len(rgb))
            view.write(np.moveaxis(rgb, -1, 0), window=window)
            if not is_whole:
                view.write_mask(valid, window=window)
        halvings = max(0, math.ceil(math.log2(max(height, width) / SMALLEST_PX)))
        if halvings:
            view.build_overviews([1 << number for number in range(1, halvings + 1)], Resampling.average)
    partial.replace(path)


def _bands(
    blocks: Sequence[Record], level: int, height: int, width: int
) -> Iterator[tuple[int, NDArray[np.uint8], NDArray[np.uint8]]]:
    """Yield the view in bands as high as its tiles: one that is compressed twice would lose twice."""
    block_rows = list(_block_rows(blocks, level))
    for start in range(0, height, TILE_PX):
        end = min(start + TILE_PX, height)
        rgb, valid = np.zeros((end - start, width, 3), np.uint8), np.zeros((end - start, width), np.uint8)
        for top, bottom, row in block_rows:
            first, last = max(start, top), min(end, bottom)
            for block in row if first < last else ():
                here = slice(first - start, last - start)
                _place(block, level, slice(first - top, last - top), rgb[here], valid[here])
        yield start, rgb, valid


def _block_rows(blocks: Sequence[Record], level: int) -> Iterator[tuple[int, int, list[Record]]]:
    by_top: dict[int, list[Record]] = {}
    for block in blocks:
        by_top.setdefault(block["top"], []).append(block)
    for top in sorted(by_top):
        yield _halved(top, level), _halved(by_top[top][0]["bottom"], level), by_top[top]


def _place(block: Record, level: int, rows: slice, rgb: NDArray[np.uint8], valid: NDArray[np.uint8]) -> None:
    """Copy some rows of a block; the others are not even read."""
    path = Path(block["piece"])
    cols = slice(_halved(block["left"], level), _halved(block["right"], level))
    if cols.start == cols.stop:
        return
    rgb[:, cols] = np.load(path.with_name(f"{path.name}.npy"), mmap_mode="r")[rows]
    shown = path.with_name(f"{path.name}.valid.npy")
    valid[:, cols] = 255 if block["is_whole"] else np.load(shown, mmap_mode="r")[rows]


def _coarser(transform: Sequence[float], times: int) -> tuple[float, ...]:
    """Return where pixels lie that are so many times as wide."""
    a, b, c, d, e, f = transform
    return a * times, b * times, c, d * times, e * times, f


def _px(blocks: Sequence[Record]) -> int:
    return sum((block["bottom"] - block["top"]) * (block["right"] - block["left"]) for block in blocks)


def _halved(length: int, level: int) -> int:
    return -(-length // (1 << level))


def _resized(plane: NDArray[np.uint8], rows: int, cols: int) -> NDArray[np.uint8]:
    if plane.shape[:2] == (rows, cols):
        return plane
    if not rows or not cols:
        return np.zeros((rows, cols, *plane.shape[2:]), np.uint8)
    return np.asarray(cv2.resize(plane, (cols, rows), interpolation=cv2.INTER_AREA), np.uint8)


def _save(path: Path, array: NDArray[np.uint8]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        # A part of a larger array would be written value by value.
        np.save(file, np.ascontiguousarray(array))
    partial.replace(path)


@contextmanager
def _quiet() -> Iterator[None]:
    """Pictures that lie nowhere are no reason for a warning: the findings tell of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield
