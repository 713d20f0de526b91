"""Whether a picture is all there, without decoding it where that can be helped."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from rasterio.windows import Window

from pelagia.io.rasters.failures import READ_FAILURES
from pelagia.io.rasters.opening import confined, truncated

TAIL_BYTES = 1 << 16
MOST_BLOCKS = 200_000
ROWS = 64
JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
JPEG_SCAN = 0xDA
JPEG_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})


def missing_share(dataset: Any, path: Path, file: str) -> float:
    """Return which share of a picture its file does not hold: 0 to 1.

    Parameters
    ----------
    dataset, path
        The picture.
    file
        Its name, for messages.

    Raises
    ------
    BadInput
        ``truncated``: nothing of it can be read.

    Notes
    -----
    A TIFF says where each of its parts stands. Others without their end are decoded as far as they go; a progressive
    JPEG without its end is refused, since all of it is there, but nobody can say how well.
    """
    size = path.stat().st_size
    share = 0.0
    if dataset.driver == "GTiff":
        share = _missing_blocks(dataset, size)
    elif dataset.driver == "JPEG":
        share = _missing_of_jpeg(dataset, path, size)
    elif not _ends(dataset.driver, path, size):
        share = _missing_rows(dataset)
    if share >= 1:
        raise truncated(file, f"{size:,} bytes")
    return share


def _missing_blocks(dataset: Any, size: int) -> float:
    """Return the share of tiles or strips that stand behind the end of the file."""
    missing = asked = 0
    for row, col in _blocks(dataset):
        place = f"{col}_{row}"
        start = dataset.get_tag_item(f"BLOCK_OFFSET_{place}", "TIFF", bidx=1)
        length = dataset.get_tag_item(f"BLOCK_SIZE_{place}", "TIFF", bidx=1)
        asked += 1  # one without a place is empty on purpose
        missing += start is not None and int(start) + int(length or 0) > size
    return missing / max(asked, 1)


def _blocks(dataset: Any) -> Iterator[tuple[int, int]]:
    rows, cols = dataset.block_shapes[0]
    down, across = -(-dataset.height // rows), -(-dataset.width // cols)
    step = max(1, down * across // MOST_BLOCKS)
    return (divmod(number, across) for number in range(0, down * across, step))


def _missing_rows(dataset: Any) -> float:
    with confined():
        for row in range(0, dataset.height, ROWS):
            try:
                dataset.read(1, window=Window(0, row, dataset.width, min(ROWS, dataset.height - row)))
            except READ_FAILURES:
                return float(1 - row / dataset.height)
    return 0.0


def _ends(driver: str, path: Path, size: int) -> bool:
    with path.open("rb") as stream:
        start = stream.read(12)
        stream.seek(max(0, size - TAIL_BYTES))
        tail = stream.read()
    if driver == "PNG":
        return b"IEND" in tail
    stated = int(struct.unpack_from("<I", start, 4 if driver == "WEBP" else 2)[0])
    return size >= stated + (8 if driver == "WEBP" else 0)


def _missing_of_jpeg(dataset: Any, path: Path, size: int) -> float:
    with path.open("rb") as stream:
        start, is_progressive = _jpeg_scan(stream, size)
        stream.seek(max(start, size - TAIL_BYTES))  # the small picture in its EXIF has an end as well
        if b"\xff\xd9" in stream.read(TAIL_BYTES):
            return 0.0
    return 1.0 if is_progressive else _missing_rows(dataset)


def _jpeg_scan(stream: BinaryIO, size: int) -> tuple[int, bool]:
    """Return where the pixels of a JPEG begin, and whether they come coarse first."""
    at, is_progressive = 2, False
    while at + 4 <= size:
        stream.seek(at)
        start = stream.read(4)
        if len(start) < 4 or start[0] != 0xFF or start[1] == JPEG_SCAN:
            break
        if start[1] == 0xFF or start[1] in JPEG_BARE:
            at += 1 if start[1] == 0xFF else 2
            continue
        is_progressive |= start[1] in JPEG_PROGRESSIVE
        at += 2 + int(struct.unpack_from(">H", start, 2)[0])
    return min(at, size), is_progressive
