"""Streams that cannot be sought in, as those out of archives, made so for reading a header."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from pelagia.io.sources import Source

SKIP_BYTES = 1 << 20


class Reopened(io.RawIOBase):
    """A stream that goes forward by reading on and back by opening the file again.

    Parameters
    ----------
    opener
        Opens the file from its start.
    size
        Its bytes.
    """

    def __init__(self, opener: Callable[[], BinaryIO], size: int) -> None:
        self._opener, self._size = opener, size
        self._stream = opener()
        self._at = self._wanted = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is, at a price."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Say from where to read next; nothing is read yet."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._wanted, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"a position before the start: {base + offset}")
        self._wanted = base + offset
        return self._wanted

    def tell(self) -> int:
        """Return from where is read next."""
        return self._wanted

    def readinto(self, buffer: Any) -> int:
        """Read on, after going where it was said."""
        if self._wanted >= self._size:
            return 0
        self._go()
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        self._wanted = self._at
        return len(piece)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        super().close()

    def _go(self) -> None:
        if self._wanted < self._at:
            self._stream.close()
            self._stream = self._opener()
            self._at = 0
        while self._at < self._wanted:
            skipped = len(self._stream.read(min(SKIP_BYTES, self._wanted - self._at)))
            if not skipped:
                return
            self._at += skipped


@contextmanager
def opened(source: Source, name: str, size: int) -> Iterator[BinaryIO]:
    """Open a file of a source so that its header can be read, wherever in the file it stands.

    Parameters
    ----------
    size
        Its bytes, as the source lists them.
    """
    stream = source.open(name)
    if stream.seekable():
        with stream:
            yield stream
        return
    stream.close()
    with io.BufferedReader(Reopened(lambda: source.open(name), size)) as again:
        yield cast(BinaryIO, again)
