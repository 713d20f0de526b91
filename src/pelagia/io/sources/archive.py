"""Files in a zip archive, read where they are; nothing is ever unpacked to disk."""

from __future__ import annotations

import contextlib
import io
import lzma
import stat
import struct
import weakref
import zipfile
import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, cast

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.sources.protocol import (
    READ_LIMIT_BYTES,
    Entry,
    checked_name,
    is_clutter,
    missing,
    name_issue,
    name_problem,
    read_bounded,
    too_large,
)

MAX_ENTRIES = 1_000_000
MAX_DIRECTORY_BYTES = 128 << 20
MAX_TOTAL_BYTES = 256 << 30
MAX_RATIO = 200
RATIO_FREE_BYTES = 64 << 20
"""A blank image of this size may shrink 1,000-fold and harms nobody; ratios count only above it."""

BUFFER_BYTES = 1 << 20
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
FLAG_ENCRYPTED = 0x1
FLAG_UTF8 = 0x800
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipSource:
    """The files of a zip archive.

    Parameters
    ----------
    uri
        The address as given, without secrets.
    archive
        The open archive.
    members
        The usable files by their (cleaned) name, sorted by it.
    left_out
        What was wrong with the others.
    """

    uri: str
    archive: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo]
    left_out: tuple[Issue, ...] = ()
    _names: list[str] = field(default_factory=list, repr=False)

    def entries(self, after: str = "") -> Iterator[Entry]:
        """List all files by name."""
        for name in self._names[bisect_right(self._names, after) :]:
            info = self.members[name]
            yield Entry(
                name=name, size=info.file_size, modified_ns=_modified_ns(info.date_time), version=f"{info.CRC:08x}"
            )

    def issues(self) -> tuple[Issue, ...]:
        """Say which files were left out and why."""
        return self.left_out

    def read(self, name: str, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        """Read a whole file; its length and checksum must be what the archive says."""
        info = self._info(name)
        if info.file_size > limit_bytes:
            raise too_large(name, info.file_size, limit_bytes)
        try:
            with self.archive.open(info) as stream:
                data = read_bounded(cast(BinaryIO, stream), name, info.file_size)
        except DAMAGE as error:
            raise _damaged(name, str(error)) from error
        if len(data) != info.file_size:
            raise _damaged(name, f"{len(data):,} bytes instead of {info.file_size:,}")
        return data

    def open(self, name: str) -> BinaryIO:
        """Open a file as a stream; damage shows where it is read."""
        info = self._info(name)
        try:
            return cast(
                BinaryIO, io.BufferedReader(_Checked(self.archive.open(info), name, info.file_size), BUFFER_BYTES)
            )
        except DAMAGE as error:
            raise _damaged(name, str(error)) from error

    def __enter__(self) -> ZipSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = self.members.get(checked_name(name))
        if info is None:
            raise missing(name, self.uri)
        return info


class _Checked(io.RawIOBase):
    """A packed file whose damage is told in our words, and whose length must be what the archive says."""

    def __init__(self, stream: IO[bytes], name: str, size: int) -> None:
        self._stream, self._name, self._missing = stream, name, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            piece = self._stream.read(len(buffer))
        except DAMAGE as error:
            raise _damaged(self._name, str(error)) from error
        self._missing -= len(piece)
        if not piece and self._missing:
            raise _damaged(self._name, f"{self._missing:,} bytes are missing")
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._stream.close()
        super().close()


def is_zip(path: Path, name: str) -> bool:
    """Tell whether a file on this machine is a zip archive, by its name or else its first bytes."""
    if name.lower().endswith(".zip"):
        return True
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def open_zip(uri: str, file: IO[bytes]) -> ZipSource:
    """Open a zip archive after checking that it cannot exhaust the machine.

    Parameters
    ----------
    uri
        Its address, without secrets, for messages.
    file
        The archive as a seekable stream; it is owned by the source from here on.

    Raises
    ------
    BadInput
        It is no zip archive, is damaged, or looks like a zip bomb.
    """
    try:
        return _opened(uri, file)
    except BaseException:
        file.close()
        raise


def _opened(uri: str, file: IO[bytes]) -> ZipSource:
    _check_directory(uri, file)
    try:
        archive = zipfile.ZipFile(file)
    except (*DAMAGE, NotImplementedError) as error:
        raise _no_archive(uri, str(error)) from error
    infos = [info for info in archive.infolist() if not info.is_dir()]
    _check_bomb(uri, infos, _size(file))
    members, left_out = _sort_out(infos)
    weakref.finalize(archive, file.close)
    return ZipSource(uri=uri, archive=archive, members=members, left_out=left_out, _names=list(members))


def _size(file: IO[bytes]) -> int:
    return file.seek(0, io.SEEK_END)


def _check_directory(uri: str, file: IO[bytes]) -> None:
    """Refuse a table of contents too long to load, judged by the archive's last bytes."""
    size = _size(file)
    file.seek(max(0, size - 65_557))
    tail = file.read(65_557)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise _no_archive(uri, "the end of the archive is missing" if size else "the file is empty")
    entries, directory_bytes = struct.unpack_from("<HI", tail, at + 10)
    at = tail.rfind(b"PK\x06\x06", 0, at)
    if at >= 0 and len(tail) >= at + 56:
        entries, directory_bytes = struct.unpack_from("<QQ", tail, at + 32)
    if entries > MAX_ENTRIES or directory_bytes > MAX_DIRECTORY_BYTES:
        raise _bomb(uri, f"{entries:,} entries", f"at most {MAX_ENTRIES:,} entries")


def _check_bomb(uri: str, infos: list[zipfile.ZipInfo], archive_bytes: int) -> None:
    total = sum(info.file_size for info in infos)
    if len(infos) > MAX_ENTRIES:
        raise _bomb(uri, f"{len(infos):,} entries", f"at most {MAX_ENTRIES:,} entries")
    if total > MAX_TOTAL_BYTES:
        raise _bomb(uri, f"{total:,} bytes unpacked", f"at most {MAX_TOTAL_BYTES:,} bytes")
    if total > RATIO_FREE_BYTES * 16 and total > MAX_RATIO * archive_bytes:
        raise _bomb(uri, f"{total / archive_bytes:,.0f}-fold", f"at most {MAX_RATIO}-fold growth")
    if sum(info.compress_size for info in infos) > archive_bytes:
        raise _bomb(uri, "entries that share their bytes", "each byte to belong to one file")


def _sort_out(infos: Iterable[zipfile.ZipInfo]) -> tuple[dict[str, zipfile.ZipInfo], tuple[Issue, ...]]:
    """Split the entries into those that may be read and findings about the others."""
    named = [(_clean_name(info), info) for info in infos]
    named = [(name, info) for name, info in named if not is_clutter(name) or name_problem(name)]
    times = Counter(name for name, _ in named)
    members: dict[str, zipfile.ZipInfo] = {}
    left_out: list[Issue] = []
    for name, info in sorted(named, key=lambda pair: pair[0]):
        if name_problem(name):
            left_out.append(name_issue(name, "the archive"))
            continue
        problem = _problem(name, info)
        if times[name] > 1:
            problem = _refused(name, "zip-duplicate-name", "Several files of the archive have the same name", "")
        if problem is None:
            members[name] = info
        else:
            left_out.append(finding(problem))
    return members, tuple(left_out)


def _clean_name(info: zipfile.ZipInfo) -> str:
    """Return the name with forward slashes, decoded as UTF-8 where a packer forgot to say that it is."""
    name = info.orig_filename
    if not info.flag_bits & FLAG_UTF8 and not name.isascii():
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode()
    name = name.replace("\\", "/")
    return name.removeprefix("./")


def _problem(name: str, info: zipfile.ZipInfo) -> BadInput | None:
    if stat.S_ISLNK(info.external_attr >> 16):
        return _refused(name, "zip-link", "The archive holds a link instead of a file", "link")
    if info.flag_bits & FLAG_ENCRYPTED:
        return _refused(name, "zip-encrypted", "The file is protected by a password", "encrypted")
    if info.compress_type not in METHODS:
        return _refused(name, "zip-method", "The file is packed by an unknown method", f"method {info.compress_type}")
    if name.lower().endswith(".zip"):
        return _refused(name, "zip-nested", "The archive holds another archive, which is not opened", "zip in zip")
    growth = info.file_size / max(info.compress_size, 1)
    if info.file_size > RATIO_FREE_BYTES and growth > MAX_RATIO:
        return _refused(name, "zip-bomb", "The file grows suspiciously when unpacked", f"{growth:,.0f}-fold")
    return None


def _refused(name: str, code: str, what: str, value: str) -> BadInput:
    remedy = "Pack the files themselves anew, without password, links or archives inside the archive."
    return BadInput(what, remedy=remedy, value=value, file=name, code=code)


def _bomb(uri: str, value: str, allowed: str) -> BadInput:
    return BadInput(
        f"The archive was refused because unpacking it could exhaust the machine ({allowed} allowed)",
        remedy="Split it into several archives, or give the unpacked folder.",
        value=value,
        file=uri,
        code="zip-bomb",
    )


def _no_archive(uri: str, value: str) -> BadInput:
    return BadInput(
        "The file is not a whole zip archive",
        remedy="Copy or download it again, and check that it opens elsewhere.",
        value=value,
        file=uri,
        code="zip-damaged",
    )


def _damaged(name: str, value: str) -> BadInput:
    return BadInput(
        "The file is damaged inside the archive",
        remedy="Copy or download the archive again, or pack it anew.",
        value=value,
        file=name,
        code="zip-damaged",
    )


def _modified_ns(date_time: tuple[int, int, int, int, int, int]) -> int:
    try:
        return int(datetime(*date_time, tzinfo=UTC).timestamp()) * 1_000_000_000
    except ValueError:
        return 0
