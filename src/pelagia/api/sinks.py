"""A place to write to whose content is sent on as it comes."""

from __future__ import annotations

import io
from typing import Any


class Sink(io.RawIOBase):
    """Keeps what is written until it is taken; it can only go forward."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Keep a piece."""
        piece = bytes(data)
        self._pieces.append(piece)
        self.size += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        found = b"".join(self._pieces)
        self._pieces.clear()
        self.size = 0
        return found
