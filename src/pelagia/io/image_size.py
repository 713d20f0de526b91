"""How large an image is, from the first bytes of its file: for sets of which no pixel is needed."""

from __future__ import annotations

import struct
from typing import BinaryIO

from pelagia.core.errors import BadInput
from pelagia.io.image_headers import JPEG_BARE, JPEG_FRAMES, JPEG_SCAN, PNG_SIGNATURE, damaged, read_header, truncated
from pelagia.io.sources import READ_LIMIT_BYTES

JPEG_HEADER_BYTES = 16 << 20
"""Previews and colour profiles stand before the size; never so much of them."""
SIDE_AT_MOST_PX = 1_000_000


def read_image_size(stream: BinaryIO, *, file: str) -> tuple[int, int]:
    """Return rows and columns of a PNG, JPEG, TIFF or BMP file.

    Parameters
    ----------
    stream
        The file, at its start.
    file
        Its name, for messages.

    Returns
    -------
    tuple of int
        Of the pixels as stored.

    Raises
    ------
    BadInput
        ``image-empty``, ``image-unknown``, ``image-damaged``, ``image-truncated``, ``image-colours``.

    Notes
    -----
    Of PNG and JPEG only what stands before the size is read, so that a file cut off behind it is not noticed.
    """
    begin = stream.read(32)
    try:
        if begin.startswith(PNG_SIGNATURE):
            columns, rows = struct.unpack_from(">II", begin, 16)
        elif begin.startswith(b"\xff\xd8\xff"):
            rows, columns = _jpeg(begin, stream, file)
        else:
            header = read_header(begin + stream.read(READ_LIMIT_BYTES), file=file)
            rows, columns = header.rows, header.columns
    except (struct.error, IndexError):
        raise truncated(file, len(begin)) from None
    if not 1 <= rows <= SIDE_AT_MOST_PX or not 1 <= columns <= SIDE_AT_MOST_PX:
        raise damaged(file, f"{columns} × {rows} pixels")
    return rows, columns


def _jpeg(begin: bytes, stream: BinaryIO, file: str) -> tuple[int, int]:
    data, at = begin, 2
    while len(data) < JPEG_HEADER_BYTES:
        while at + 9 > len(data):
            piece = stream.read(max(1 << 15, at + 9 - len(data)))
            if not piece:
                raise truncated(file, len(data))
            data += piece
        if data[at] != 0xFF:
            raise damaged(file, f"no marker at byte {at}")
        marker = data[at + 1]
        if marker in JPEG_FRAMES:
            rows, columns = struct.unpack_from(">HH", data, at + 5)
            return rows, columns
        if marker == JPEG_SCAN:
            break
        if marker == 0xFF or marker in JPEG_BARE:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    raise BadInput(
        "The JPEG file does not tell its size",
        remedy="Open it in a viewer and save it anew.",
        file=file,
        code="image-damaged",
    )
