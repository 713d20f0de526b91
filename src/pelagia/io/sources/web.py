"""Files on web servers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from pelagia.core.result import Issue
from pelagia.io.sources.address import without_secrets
from pelagia.io.sources.archive import is_zip, open_zip
from pelagia.io.sources.downloads import download
from pelagia.io.sources.protocol import (
    READ_LIMIT_BYTES,
    Entry,
    Source,
    missing,
    read_bounded,
    too_large,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadedFile:
    """One file from a web server.

    Parameters
    ----------
    uri
        Its address, without secrets.
    path
        Where its content stands on this machine.
    entry
        What the server says of it.
    """

    uri: str
    path: Path
    entry: Entry

    def entries(self, after: str = "") -> Iterator[Entry]:
        """List the one file."""
        return iter([self.entry] if self.entry.name > after else [])

    def issues(self) -> tuple[Issue, ...]:
        """Nothing is ever left out."""
        return ()

    def read(self, name: str, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        """Read the file."""
        with self.open(name) as stream:
            if self.entry.size > limit_bytes:
                raise too_large(name, self.entry.size, limit_bytes)
            return read_bounded(stream, name, limit_bytes)

    def open(self, name: str) -> BinaryIO:
        """Open the file as a stream."""
        if name != self.entry.name:
            raise missing(name, self.uri)
        return self.path.open("rb")

    def __enter__(self) -> DownloadedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def open_web(uri: str) -> Source:
    """Download a file and open it: the files of a zip archive, or the one file it is.

    Parameters
    ----------
    uri
        ``http://…`` or ``https://…``.

    Raises
    ------
    NotFound, BadInput, Unavailable
    """
    fetched = download(uri)
    if is_zip(fetched.path, fetched.name):
        return open_zip(without_secrets(uri), fetched.path.open("rb"))
    entry = Entry(name=fetched.name, size=fetched.size, version=fetched.version)
    return DownloadedFile(uri=without_secrets(uri), path=fetched.path, entry=entry)
