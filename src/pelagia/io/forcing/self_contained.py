"""Whether an HDF5 file keeps all it holds within itself.

HDF5 can take the values of a variable from other files of the machine: by a list of external files, or by a virtual
data set. A file from elsewhere could so show what its sender may not see. The library gives no way to forbid that,
hence the file is searched for what both need: an external list points to a local heap (``HEAP``) with the names of its
files, a virtual data set keeps its map in a global heap (``GCOL``).

References
----------
HDF5 File Format Specification, version 3.0, III.D, III.E, IV.A.2.h, VII.B.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

from pelagia.core.errors import BadInput
from pelagia.io.forcing.faults import unreadable

MAX_HEAPS = 100_000
NAME_BYTES = 4096
_LARGEST_ADDRESS = 1 << 48
"""The list of external files has its number of entries where a group has an address: no file is that long."""


def check_self_contained(path: Path, file: str) -> None:
    """Check that an HDF5 file refers to no other.

    Raises
    ------
    BadInput
        ``refers-elsewhere``, ``forcing-unreadable``.
    """
    if path.stat().st_size < 64:
        raise unreadable(file, "it ends within its first lines")
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if _offset_bytes(data) != 8:
            raise unreadable(file, "its addresses are not of 8 bytes")
        if _has_external_list(data, file) or _has_virtual(data, file):
            raise BadInput(
                "The file takes values from other files, which is never followed",
                remedy="Write its values into the file itself (nccopy IN.nc OUT.nc).",
                value="an external or virtual data set",
                file=file,
                code="refers-elsewhere",
            )


def _offset_bytes(data: mmap.mmap) -> int:
    """Return how many bytes an address of the file has."""
    version = data[8]
    return data[13] if version in {0, 1} else data[9]


def _found(data: mmap.mmap, sign: bytes, file: str) -> Iterator[int]:
    at, count = data.find(sign), 0
    while at >= 0:
        count += 1
        if count > MAX_HEAPS:
            raise unreadable(file, f"more than {MAX_HEAPS:,} heaps")
        yield at
        at = data.find(sign, at + 1)


def _has_external_list(data: mmap.mmap, file: str) -> bool:
    """Tell whether anything points to a local heap as a list of external files does: version 1, its counts, address."""
    for count, heap in enumerate(_found(data, b"HEAP", file)):
        if count > 256:
            raise unreadable(file, "more than 256 local heaps")
        address = struct.pack("<Q", heap)
        at = data.find(address)
        while at >= 0:
            if at >= 8:
                (before,) = struct.unpack("<Q", data[at - 8 : at])
                if before & 0xFF == 1 and before >= _LARGEST_ADDRESS:
                    return True
            at = data.find(address, at + 1)
    return False


def _has_virtual(data: mmap.mmap, file: str) -> bool:
    return any(_is_map(part) for heap in _found(data, b"GCOL", file) for part in _objects(data, heap))


def _objects(data: mmap.mmap, heap: int) -> Iterator[bytes]:
    """Return the beginnings of the objects of a global heap."""
    if heap + 16 > len(data):
        return
    (size,) = struct.unpack("<Q", data[heap + 8 : heap + 16])
    at, end = heap + 16, min(heap + size, len(data))
    while at + 16 <= end:
        number, length = struct.unpack("<H6xQ", data[at : at + 16])
        if number == 0:
            return
        yield data[at + 16 : min(at + 16 + min(length, NAME_BYTES), end)]
        at += 16 + length + -length % 8


def _is_map(part: bytes) -> bool:
    """Tell whether an object is the map of a virtual data set: version, number of parts, the name of a file."""
    if len(part) < 12 or part[0] > 1:
        return False
    (parts,) = struct.unpack("<Q", part[1:9])
    name = part[9 + part[0] :].split(b"\0")[0]
    return 0 < parts < 1 << 32 and len(name) > 0 and all(byte >= 32 for byte in name)
