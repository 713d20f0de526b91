"""What every place files come from offers: a listing, and reading that is confined and bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Protocol

from pelagia.core.errors import BadInput, NotFound
from pelagia.core.result import Issue

READ_LIMIT_BYTES = 1 << 30
CLUTTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a source.

    Parameters
    ----------
    name
        Its path relative to the source, with forward slashes.
    size
        In bytes, as the place states it.
    modified_ns
        Time of last change in ns since 1970, 0 where the place does not say.
    version
        What else tells two states of the file apart (ETag, CRC), ``""`` where there is none.
    label
        The class the place gives it (MongoDB), ``""`` where it gives none.
    """

    name: str
    size: int
    modified_ns: int = 0
    version: str = ""
    label: str = ""


class Source(Protocol):
    """A folder, an archive, a bucket, a collection: files under names, read-only.

    A source may be used by several threads at once; another process opens its own from the address.
    """

    @property
    def uri(self) -> str:
        """The address as given, without any secret."""
        ...

    def entries(self, after: str = "") -> Iterator[Entry]:
        """List all files in a fixed order (by name; a MongoDB collection by ``_id``).

        Parameters
        ----------
        after
            List only what comes after the file of this name: a listing that was cut off goes on.
        """
        ...

    def issues(self) -> tuple[Issue, ...]:
        """Say which files :meth:`entries` had to leave out, and why; walks the whole source."""
        ...

    def read(self, name: str, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        """Read a whole file.

        Raises
        ------
        NotFound
            There is no such file.
        BadInput
            The name leads out of the source, or the file is damaged or larger than ``limit_bytes``.
        """
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading as a stream, for those too large for memory; raises as :meth:`read`."""
        ...

    def __enter__(self) -> Source: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def is_clutter(name: str) -> bool:
    """Tell whether a name is that of a hidden file or of what operating systems leave behind."""
    return any(part.startswith(".") or part.lower() in CLUTTER for part in name.split("/"))


def name_problem(name: str) -> str:
    """Say why a name must not be used inside a source (``""``: it may)."""
    if not name or "\0" in name:
        return "the name is empty or holds a NUL character"
    if name.startswith("/") or name[1:2] == ":":
        return "the name is an absolute path"
    if ".." in name.split("/"):
        return "the name leads out of the source"
    try:
        name.encode()
    except UnicodeEncodeError:
        return "the name is not valid Unicode"
    return ""


def checked_name(name: str) -> str:
    """Return a name that is safe to use inside a source, or raise BadInput."""
    problem = name_problem(name)
    if problem:
        raise BadInput(
            f"A file is asked for by a name that cannot be used: {problem}",
            remedy="Use names as the listing gives them, relative to the source.",
            value=ascii(name),
            file=ascii(name)[1:-1],
            code="name-unsafe",
        )
    return name


def name_issue(name: str, place: str) -> Issue:
    """Return the finding for a listed name that cannot be used."""
    return Issue(
        file=ascii(name)[1:-1],
        code="name-unsafe",
        message=f"A file of {place} was left out: {name_problem(name)}",
        remedy="Rename it, or pack the files anew with plain relative names.",
        value=ascii(name),
        severity="error",
    )


def missing(name: str, uri: str) -> NotFound:
    """Return the error for a file that is not in the source."""
    return NotFound(
        f"There is no such file in {uri}", remedy="Check the name, or restore the file.", value=name, file=name
    )


def too_large(name: str, size: int, limit_bytes: int) -> BadInput:
    """Return the error for a file above the limit of a read."""
    return BadInput(
        f"The file is larger than the {limit_bytes:,} bytes it may have",
        remedy="Check that it is the right file; split it if it is.",
        value=f"{size:,} bytes" if size > limit_bytes else f"more than {limit_bytes:,} bytes",
        file=name,
        code="file-too-large",
    )


def read_bounded(stream: BinaryIO, name: str, limit_bytes: int) -> bytes:
    """Read a stream to its end, but never more than ``limit_bytes``."""
    data = stream.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise too_large(name, len(data), limit_bytes)
    return data
