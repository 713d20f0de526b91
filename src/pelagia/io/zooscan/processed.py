"""Images in which the background was removed already (vis1): zipped TIFF, TIFF, PNG or JPEG."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.image_headers import PNG_SIGNATURE, ImageHeader, read_header
from pelagia.io.zooscan.tiff import (
    MAX_BYTES_AT_ONCE,
    RESOLUTIONS_DPI,
    TiffHeader,
    TiffImage,
    damaged,
    read_tiff_header,
    too_large,
)
from pelagia.io.zooscan.zipped import begins, reading_zip, stream_size, tiff_inside

STRIP_ROWS = 512
MAX_FILE_BYTES = 4 << 30
JPEG_SIGNATURE = b"\xff\xd8\xff"
MAX_JPEG_BYTES = 512 << 20
INCH_PER_METRE = 0.0254


@dataclass(frozen=True, slots=True, kw_only=True)
class Vis1Header:
    """What a vis1 image says of itself.

    ``dpi`` is None in a zipped TIFF, whose tag the legacy left out, and in a JPEG, where it speaks of print or screen.
    """

    file: str
    rows: int
    cols: int
    dpi: int | None = None
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vis1:
    """A vis1 image.

    Parameters
    ----------
    grey
        (row, col), uint8: dark objects on 255.
    """

    header: Vis1Header
    grey: NDArray[np.uint8]


def read_vis1_header(stream: BinaryIO, *, file: str) -> Vis1Header:
    """Read what a vis1 image says of itself, without its pixels.

    Raises
    ------
    BadInput
        ``vis1-…``, ``image-…``: it is no zip with one TIFF, no TIFF, PNG or JPEG, not of 8 bits, cut off or too large.
    """
    if begins(stream, PNG_SIGNATURE):
        return _png_header(stream, file)
    if begins(stream, JPEG_SIGNATURE):
        return _read_jpeg_file(stream, file)[0]
    with _tiff(stream, file) as (_, header, issues):
        return Vis1Header(file=file, rows=header.rows, cols=header.cols, dpi=header.dpi, issues=issues)


def read_vis1(stream: BinaryIO, *, file: str) -> Vis1:
    """Read a vis1 image.

    Parameters
    ----------
    stream
        The file, which can be sought in.
    file
        Its name, for messages.

    Returns
    -------
    Vis1
        One byte per pixel, and while it is read little more.
    """
    if begins(stream, PNG_SIGNATURE):
        return _read_png(stream, file)
    if begins(stream, JPEG_SIGNATURE):
        told, data = _read_jpeg_file(stream, file)
        return Vis1(header=told, grey=_decoded(data, told))
    with _tiff(stream, file) as (inner, header, issues):
        grey = np.empty((header.rows, header.cols), np.uint8)
        image = TiffImage(inner, header)
        for start in range(0, header.rows, STRIP_ROWS):
            stop = min(start + STRIP_ROWS, header.rows)
            grey[start:stop] = image.rows(start, stop)
    about = Vis1Header(file=file, rows=header.rows, cols=header.cols, dpi=header.dpi, issues=issues)
    return Vis1(header=about, grey=grey)


@contextmanager
def _tiff(stream: BinaryIO, file: str) -> Iterator[tuple[BinaryIO, TiffHeader, tuple[Issue, ...]]]:
    """Yield the TIFF that a file is, or that its zip holds, and its header."""
    with reading_zip(file):
        inner, size, issues = tiff_inside(stream, file=file)
        yield inner, _grey_8(read_tiff_header(inner, file=file, size=size)), issues


def _grey_8(header: TiffHeader) -> TiffHeader:
    if header.bits != 8:
        raise _sixteen_bits(header.file)
    if header.rows * header.cols >= MAX_BYTES_AT_ONCE:
        raise too_large(header.file, header.rows, header.cols)
    return header


def _sixteen_bits(file: str) -> BadInput:
    return BadInput(
        "The image has 16 bits: it is no image with the background removed",
        remedy="Give the raw scan with its backgrounds, or the vis1 image.",
        value="16 bits",
        file=file,
        code="vis1-16-bit",
    )


def _png_header(stream: BinaryIO, file: str) -> Vis1Header:
    stream.seek(8)
    head = stream.read(64 << 10)
    if len(head) < 25:
        raise damaged(file, f"{len(head) + 8} bytes")
    cols, rows, bits, kind = struct.unpack_from(">IIBB", head, 8)
    if not 0 < rows * cols < MAX_BYTES_AT_ONCE:
        raise too_large(file, rows, cols)
    if bits == 16:
        raise _sixteen_bits(file)
    issues: tuple[Issue, ...] = ()
    if kind != 0:
        issues = (
            Issue(
                file=file,
                code="vis1-colours",
                message="The image has colours, a palette or transparency; it was turned to grey.",
                value=f"PNG colour type {kind}",
                remedy="None needed if it looks grey; else save it as 8-bit grey.",
                severity="note",
            ),
        )
    return Vis1Header(file=file, rows=rows, cols=cols, dpi=_png_dpi(head), issues=issues)


def _png_dpi(head: bytes) -> int | None:
    at = head.find(b"pHYs")
    if at < 0 or len(head) < at + 13:
        return None
    per_unit, _, unit = struct.unpack_from(">IIB", head, at + 4)
    dpi = round(per_unit * INCH_PER_METRE)
    return dpi if unit == 1 and RESOLUTIONS_DPI[0] <= dpi <= RESOLUTIONS_DPI[1] else None


def _read_png(stream: BinaryIO, file: str) -> Vis1:
    header = _png_header(stream, file)
    size = stream_size(stream)
    if size > MAX_FILE_BYTES:
        raise damaged(file, f"{size:,} bytes")
    stream.seek(0)
    data = stream.read(size)
    read_header(data, file=file)  # its checks: cut off, checksums of its pixels
    return Vis1(header=header, grey=_decoded(data, header))


def _read_jpeg_file(stream: BinaryIO, file: str) -> tuple[Vis1Header, bytes]:
    """Return the header of a JPEG and its bytes: whether it is whole, only its end tells."""
    size = stream_size(stream)
    if size > MAX_JPEG_BYTES:
        raise damaged(file, f"{size:,} bytes")
    stream.seek(0)
    data = stream.read(size)
    found = read_header(data, file=file)
    if not 0 < found.rows * found.columns < MAX_BYTES_AT_ONCE:
        raise too_large(file, found.rows, found.columns)
    return Vis1Header(file=file, rows=found.rows, cols=found.columns, issues=(_lossy(file, found),)), data


def _lossy(file: str, found: ImageHeader) -> Issue:
    colours = "; its colours were turned to grey" if found.channels > 1 else ""
    return Issue(
        file=file,
        code="vis1-lossy",
        message=f"The picture is a JPEG, whose greys are near those of the scan, not equal to them{colours}.",
        value="JPEG in colours" if found.channels > 1 else "JPEG in grey",
        remedy="None needed to look at its objects; for exact measures give the scan, or the picture as PNG or TIFF.",
        severity="note",
    )


def _decoded(data: bytes, header: Vis1Header) -> NDArray[np.uint8]:
    """Return the greys of a PNG or JPEG as they are stored, whichever side a viewer would turn up."""
    size = f"{header.cols:,} × {header.rows:,} pixels stated"
    try:
        flags = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
        array = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise damaged(header.file, size) from error
    if array is None or array.shape != (header.rows, header.cols) or array.dtype != np.uint8:
        raise damaged(header.file, size)
    return array.astype(np.uint8, copy=False)
