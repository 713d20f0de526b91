"""Whether the frames of a file may have to be turned to be shown: looked up in its header, nothing decoded."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

PLAIN = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
"""The matrix of a picture that is shown as it is stored."""
MATRIX_AT = {b"mvhd": (36, 48), b"tkhd": (40, 52)}
"""Where it stands in the two versions of the boxes that hold one."""
FOLDERS = frozenset({b"moov", b"trak"})
MOST_BOXES, DEEPEST = 10_000, 4
MATROSKA_HEAD_BYTES = 1 << 16
PROJECTION = b"\x76\x70"


def may_turn(path: Path, container: str) -> bool:
    """Tell whether a file may say that its frames are to be turned; where in doubt, it may.

    Parameters
    ----------
    path
        A video of this machine.
    container
        Its format, as FFmpeg calls it.
    """
    try:
        with path.open("rb") as file:
            if container.startswith("matroska"):
                return PROJECTION in file.read(MATROSKA_HEAD_BYTES)
            if container.startswith("mov"):
                return any(matrix != PLAIN for matrix in _matrices(file, 0, path.stat().st_size))
    except (OSError, struct.error, ValueError):
        return True
    return False


def _matrices(file: BinaryIO, start: int, end: int, depth: int = 0) -> Iterator[bytes]:
    if depth > DEEPEST:
        raise ValueError("boxes within boxes without end")
    for kind, first, last in _boxes(file, start, end):
        if kind in FOLDERS:
            yield from _matrices(file, first, last, depth + 1)
        elif kind in MATRIX_AT:
            file.seek(first)
            body = file.read(96)
            at = MATRIX_AT[kind][body[:1] == b"\1"]
            yield body[at : at + len(PLAIN)]


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the boxes within a stretch: their kind, and where what is in them begins and ends."""
    for _ in range(MOST_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            (size,), head = struct.unpack(">Q", file.read(8)), 16
        size = end - start if size == 0 else size
        if size < head:
            return
        yield kind, start + head, min(end, start + size)
        start += size
    raise ValueError("more boxes than any video has")
