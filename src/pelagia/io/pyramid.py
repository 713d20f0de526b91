"""Large grey pictures in one file to be looked at anywhere, at any size: tiled TIFF with smaller copies of itself.

The file opens in ImageJ, QuPath and the like; a viewer reads the few tiles it shows.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from pelagia.core.errors import BadInput, NotFound

TILE_PX = 512
SMALLEST_PX = 1024
"""The smallest copy fits into a square of this side."""
WHITE = 255


def write_pyramid(path: Path, picture: NDArray[np.uint8], *, dpi: float | None = None, threads: int = 2) -> None:
    """Write a grey picture as a tiled, losslessly compressed TIFF with copies of half, quarter … size.

    Parameters
    ----------
    path
        Where the file shall stand; it appears only when complete.
    picture
        (height, width), uint8.
    dpi
        Resolution, pixels per inch.
    threads
        Tiles compressed at once.
    """
    partial = path.with_name(f".{path.name}.partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    levels = level_count(*picture.shape)
    options: dict[str, Any] = {
        "tile": (TILE_PX, TILE_PX),
        "compression": "zlib",
        "photometric": "minisblack",
        "metadata": None,
        "software": False,
    }
    with tifffile.TiffWriter(partial, bigtiff=picture.nbytes > 3 << 30) as file:
        at = picture
        for level in range(levels):
            scale: dict[str, Any] = {"resolution": (dpi / 2**level,) * 2, "resolutionunit": "INCH"} if dpi else {}
            file.write(
                _packed_tiles(at, threads),
                shape=at.shape,
                dtype=at.dtype,
                subifds=levels - 1 if level == 0 else None,
                subfiletype=int(level > 0),
                **options,
                **scale,
            )
            if level + 1 < levels:
                at = halved(at)
    partial.replace(path)


def _packed_tiles(picture: NDArray[np.uint8], threads: int) -> Iterator[bytes]:
    """Yield the tiles in reading order, compressed; several at once."""
    height, width = picture.shape

    def packed(row: int, col: int) -> bytes:
        part = picture[row : row + TILE_PX, col : col + TILE_PX]
        tile = np.zeros((TILE_PX, TILE_PX), np.uint8)
        tile[: part.shape[0], : part.shape[1]] = part
        # A scan is noise: to look for repeats makes it no smaller, and takes longer. What is of one grey has them.
        strategy = zlib.Z_DEFAULT_STRATEGY if tile.min() == tile.max() else zlib.Z_HUFFMAN_ONLY
        deflate = zlib.compressobj(level=1, strategy=strategy)
        return deflate.compress(tile.tobytes()) + deflate.flush()

    with ThreadPoolExecutor(threads) as pool:
        for row in range(0, height, TILE_PX):
            yield from pool.map(packed, itertools.repeat(row), range(0, width, TILE_PX))


def level_count(height: int, width: int) -> int:
    """Return how many sizes a picture is kept in, itself included."""
    levels = 1
    while max(height, width) > SMALLEST_PX:
        height, width, levels = -(-height // 2), -(-width // 2), levels + 1
    return levels


def halved(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture of half the size, each pixel the mean of four; an odd edge is repeated."""
    height, width = picture.shape
    small = np.empty((-(-height // 2), -(-width // 2)), np.uint8)
    rows = 2048
    for top in range(0, height, rows):
        strip = picture[top : top + rows]
        strip = np.pad(strip, ((0, strip.shape[0] % 2), (0, width % 2)), mode="edge")
        size = (strip.shape[1] // 2, strip.shape[0] // 2)
        small[top // 2 : top // 2 + size[1]] = cv2.resize(strip, size, interpolation=cv2.INTER_AREA)
    return small


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One size of a picture: its height and width in px, and where its tiles are in the file."""

    height: int
    width: int
    offsets: tuple[int, ...]
    lengths: tuple[int, ...]

    @property
    def cols(self) -> int:
        """Tiles in a row."""
        return -(-self.width // TILE_PX)

    @property
    def rows(self) -> int:
        """Rows of tiles."""
        return -(-self.height // TILE_PX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pyramid:
    """A picture in its sizes, the largest first; made by :func:`open_pyramid`."""

    path: Path
    levels: tuple[Level, ...]

    def tile(self, level: int, row: int, col: int) -> NDArray[np.uint8]:
        """Return one tile, (row, col) uint8; those at the right and lower edge are smaller.

        Raises
        ------
        NotFound
            There is no such tile.
        """
        if not 0 <= level < len(self.levels):
            raise self._missing(level, row, col)
        at = self.levels[level]
        if not (0 <= row < at.rows and 0 <= col < at.cols):
            raise self._missing(level, row, col)
        number = row * at.cols + col
        with self.path.open("rb") as file:
            file.seek(at.offsets[number])
            data = zlib.decompress(file.read(at.lengths[number]))
        whole = np.frombuffer(data, np.uint8).reshape(TILE_PX, TILE_PX)
        return whole[: at.height - row * TILE_PX, : at.width - col * TILE_PX]

    def window(self, row: int, col: int, height: int, width: int) -> NDArray[np.uint8]:
        """Return a part of the picture in full size, (height, width); white where it has no pixels."""
        found = np.full((height, width), WHITE, np.uint8)
        for tile_row, tile_col in self._tiles_of(row, col, height, width):
            tile = self.tile(0, tile_row, tile_col)
            top, left = tile_row * TILE_PX - row, tile_col * TILE_PX - col
            rows, cols = slice(max(top, 0), top + tile.shape[0]), slice(max(left, 0), left + tile.shape[1])
            part = tile[max(-top, 0) : height - top, max(-left, 0) : width - left]
            found[rows, cols] = part
        return found

    def _tiles_of(self, row: int, col: int, height: int, width: int) -> Iterator[tuple[int, int]]:
        full = self.levels[0]
        for tile_row in range(max(row // TILE_PX, 0), min(-(-(row + height) // TILE_PX), full.rows)):
            for tile_col in range(max(col // TILE_PX, 0), min(-(-(col + width) // TILE_PX), full.cols)):
                yield tile_row, tile_col

    def _missing(self, level: int, row: int, col: int) -> NotFound:
        return NotFound(
            "There is no such part of the picture", value=f"level {level}, row {row}, column {col}", remedy="Reload it."
        )


def open_pyramid(path: Path) -> Pyramid:
    """Read where the tiles of a picture are that :func:`write_pyramid` wrote.

    Raises
    ------
    BadInput
        The file is no such picture.
    """
    try:
        with tifffile.TiffFile(path) as file:
            first = file.pages[0]
            pages = [first, *(first.pages or ())]
            levels = tuple(
                Level(
                    height=page.imagelength,
                    width=page.imagewidth,
                    offsets=tuple(page.dataoffsets),
                    lengths=tuple(page.databytecounts),
                )
                for page in pages
                if (page.tilelength, page.tilewidth) == (TILE_PX, TILE_PX)
            )
    except (OSError, ValueError, IndexError, struct.error, tifffile.TiffFileError) as error:
        raise BadInput(
            "The picture of the scan cannot be read", value=type(error).__name__, remedy="Run it again.", file=path.name
        ) from error
    if not levels:
        raise BadInput("The picture of the scan has no tiles", value="0", remedy="Run it again.", file=path.name)
    return Pyramid(path=path, levels=levels)
