"""Whether a picture is all there, without decoding it where that can be helped."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rasterio.errors import RasterioError
from rasterio.windows import Window

from pelagia.io.rasters.opening import confined, truncated

TAIL_BYTES = 1 << 16
MOST_BLOCKS = 200_000
ROWS = 64
JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
JPEG_SCAN = 0xDA


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
    A TIFF says where each of its parts stands. A JPEG without its end is decoded as far as it goes. Of a PNG, WebP or
    BMP that is cut off nothing is used.
    """
    size = path.stat().st_size
    share = 0.0
    if dataset.driver == "GTiff":
        share = _missing_blocks(dataset, size)
    elif dataset.driver == "JPEG":
        share = 0.0 if _jpeg_ends(path, size) else _missing_rows(dataset)
    elif not _ends(dataset.driver, path, size):
        share = 1.0 if _lacks_last_row(dataset) else 0.0
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
            except RasterioError:
                return float(1 - row / dataset.height)
    return 0.0


def _lacks_last_row(dataset: Any) -> bool:
    with confined():
        try:
            dataset.read(1, window=Window(0, dataset.height - 1, dataset.width, 1))
        except RasterioError:
            return True
    return False


def _ends(driver: str, path: Path, size: int) -> bool:
    with path.open("rb") as stream:
        start = stream.read(12)
        stream.seek(max(0, size - TAIL_BYTES))
        tail = stream.read()
    if driver == "PNG":
        return b"IEND" in tail
    stated = int(struct.unpack_from("<I", start, 4 if driver == "WEBP" else 2)[0])
    return size >= stated + (8 if driver == "WEBP" else 0)


def _jpeg_ends(path: Path, size: int) -> bool:
    """Tell whether the end of a JPEG is there, not counting that of the small picture in its EXIF."""
    with path.open("rb") as stream:
        stream.seek(max(_jpeg_scan(stream, size), size - TAIL_BYTES))
        return b"\xff\xd9" in stream.read(TAIL_BYTES)


def _jpeg_scan(stream: Any, size: int) -> int:
    """Return where the pixels of a JPEG begin."""
    at = 2
    while at + 4 <= size:
        stream.seek(at)
        start = stream.read(4)
        if len(start) < 4 or start[0] != 0xFF or start[1] == JPEG_SCAN:
            break
        if start[1] == 0xFF or start[1] in JPEG_BARE:
            at += 1 if start[1] == 0xFF else 2
            continue
        at += 2 + int(struct.unpack_from(">H", start, 2)[0])
    return min(at, size)
