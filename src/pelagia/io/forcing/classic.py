"""The header of a classic NetCDF file, walked before a library is trusted with it.

A few changed bytes make it claim more dimensions than there is memory for, and the library takes that memory before it
looks. Here every number is held against the length of the file.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from pelagia.io.forcing.faults import unreadable

_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
MAX_PARTS = 100_000


class _Walk:
    """Where in a header one is; every step is held against the end of the file."""

    def __init__(self, stream: BinaryIO, size: int, wide: bool, far: bool) -> None:
        self.stream, self.size, self.wide, self.far = stream, size, wide, far
        self.parts = 0

    def number(self) -> int:
        """Read a count."""
        return self._unpacked(">q" if self.wide else ">i")

    def word(self) -> int:
        """Read a number of four bytes."""
        return self._unpacked(">i")

    def skip(self, length: int) -> None:
        """Pass over bytes and what fills them up to four."""
        length += -length % 4
        if length < 0 or self.stream.tell() + length > self.size:
            raise ValueError("a part is longer than the file")
        self.stream.seek(length, 1)

    def name(self) -> None:
        """Pass over a name."""
        self.skip(self.number())

    def items(self) -> range:
        """Read the head of a list: its kind and its length, of which each part takes 8 bytes at least."""
        self.word()
        count = self.number()
        self.parts += max(count, 0)
        if count < 0 or count * 8 > self.size or self.parts > MAX_PARTS:
            raise ValueError("a list is longer than the file")
        return range(count)

    def attributes(self) -> None:
        """Pass over a list of attributes."""
        for _ in self.items():
            self.name()
            kind = self.word()
            self.skip(_TYPE_BYTES[kind] * self.number())

    def _unpacked(self, form: str) -> int:
        data = self.stream.read(struct.calcsize(form))
        return int(struct.unpack(form, data)[0])


def check_classic(path: Path, file: str) -> None:
    """Check that the header of a classic NetCDF file fits into the file.

    Raises
    ------
    BadInput
        ``forcing-unreadable``.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        version = stream.read(4)[3]
        walk = _Walk(stream, size, wide=version == 5, far=version != 1)
        try:
            walk.number()  # records
            for _ in walk.items():
                walk.name()
                walk.number()
            walk.attributes()
            for _ in walk.items():
                _variable(walk)
        except (struct.error, ValueError, KeyError) as error:
            raise unreadable(file, f"its header is damaged: {error}") from error


def _variable(walk: _Walk) -> None:
    walk.name()
    dims = walk.number()
    if not 0 <= dims <= 1024:
        raise ValueError("a variable has too many dimensions")
    walk.skip(dims * (8 if walk.wide else 4))
    walk.attributes()
    walk.word()
    walk.number()
    walk.skip(8 if walk.far else 4)
