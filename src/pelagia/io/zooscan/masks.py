"""Masks of the legacy (``_sep.gif``, ``_msk1.gif``): one bit a pixel in memory, whatever their size."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.GifImagePlugin import GifImageFile
from PIL.Image import DecompressionBombError

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.zooscan.tiff import MAX_BYTES_AT_ONCE, damaged, too_large

STRIP_ROWS = 512
GIF_SIGNATURES = (b"GIF87a", b"GIF89a")


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A mask of a whole scan.

    Parameters
    ----------
    height, width
        In pixels.
    packed
        (height, ⌈width/8⌉), uint8: eight pixels a byte.
    issues
        What was found reading it.
    """

    height: int
    width: int
    packed: NDArray[np.uint8]
    issues: tuple[Issue, ...] = ()

    def rows(self, start: int, stop: int) -> NDArray[np.bool_]:
        """Return (stop - start, width): true on the lines of a separation mask, or on objects."""
        return np.unpackbits(self.packed[start:stop], axis=1, count=self.width).view(np.bool_)

    def lines(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return rows and columns of all true pixels, in reading order."""
        found = [np.nonzero(self.rows(at, min(at + STRIP_ROWS, self.height))) for at in self._starts()]
        rows = np.concatenate([row + at for (row, _), at in zip(found, self._starts(), strict=True)])
        return rows, np.concatenate([col for _, col in found])

    def count(self) -> int:
        """Return the number of true pixels."""
        return int(np.bitwise_count(self.packed).sum(dtype=np.int64))

    def _starts(self) -> range:
        return range(0, self.height, STRIP_ROWS)


def read_mask(stream: BinaryIO, *, file: str) -> Mask:
    """Read a GIF mask.

    Parameters
    ----------
    stream
        The file.
    file
        Its name, for messages.

    Returns
    -------
    Mask
        True where the mask is bright. A mask with more bright than dark pixels was saved inverted; it is turned and a
        finding says so. While it is read it takes one byte a pixel.

    Raises
    ------
    BadInput
        ``mask-unreadable``, ``image-too-large`` or ``image-damaged``.
    """
    height, width = read_mask_size(stream, file=file)
    stream.seek(0)
    try:
        # Opened as GIF and nothing else; the size was checked above, Pillow's own limit is for photographs.
        with GifImageFile(stream) as image:
            if image.size != (width, height):
                raise damaged(file, f"a frame of {image.size[0]} × {image.size[1]}")
            image.load()
            packed = _packed(image, height, width)
    except (OSError, SyntaxError, ValueError, struct.error, IndexError, EOFError, DecompressionBombError) as error:
        raise damaged(file, str(error)[:200]) from error
    mask = Mask(height, width, packed)
    if 2 * mask.count() <= height * width:
        return mask
    return _inverted(mask, file)


def read_mask_size(stream: BinaryIO, *, file: str) -> tuple[int, int]:
    """Return height and width of a GIF, from its header."""
    stream.seek(0)
    head = stream.read(10)
    if len(head) < 10 or not head.startswith(GIF_SIGNATURES):
        raise BadInput(
            "The mask is no GIF image",
            remedy="Copy it again from the project, or leave it away.",
            value=f"begins with {head[:6].hex(' ')}",
            file=file,
            code="mask-unreadable",
        )
    width, height = struct.unpack_from("<HH", head, 6)
    if not 0 < height * width <= MAX_BYTES_AT_ONCE:
        raise too_large(file, height, width)
    return height, width


def _packed(image: GifImageFile, height: int, width: int) -> NDArray[np.uint8]:
    packed = np.empty((height, -(-width // 8)), np.uint8)
    bright = _bright(image)
    for start in range(0, height, STRIP_ROWS):
        stop = min(start + STRIP_ROWS, height)
        strip = np.asarray(image.crop((0, start, width, stop)))
        packed[start:stop] = np.packbits(cv2.LUT(strip, bright).astype(np.uint8, copy=False), axis=1)
    return packed


def _bright(image: GifImageFile) -> NDArray[np.uint8]:
    """Return, for each value of a pixel, 1 where it is bright and 0 where it is not."""
    if image.mode == "L":
        return (np.arange(256) >= 128).astype(np.uint8)
    palette = image.getpalette("RGB")
    if image.mode != "P" or palette is None:
        raise ValueError(f"a GIF of mode {image.mode}")
    colours = np.zeros((256, 3), np.int64)
    told = np.array(palette, np.int64).reshape(-1, 3)[:256]
    colours[: len(told)] = told
    bright: NDArray[np.uint8] = (colours.sum(axis=1) >= 3 * 128).astype(np.uint8)
    return bright


def _inverted(mask: Mask, file: str) -> Mask:
    issue = Issue(
        file=file,
        code="mask-inverted",
        message="Most of the mask is bright: it was saved inverted, and turned.",
        value=f"{mask.count() / (mask.height * mask.width):.0%} bright",
        remedy="None needed; look at the lines over the scan.",
    )
    packed = ~mask.packed
    if mask.width % 8:
        packed[:, -1] &= 0xFF << (8 - mask.width % 8) & 0xFF  # bits behind the last pixel stay off
    return Mask(mask.height, mask.width, packed, (issue,))
