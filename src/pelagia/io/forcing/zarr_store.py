"""The files of a Zarr, read one by one from a folder or a zip: confined to it, bounded, never written to."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.buffer import Buffer, BufferPrototype

from pelagia.core.errors import BadInput
from pelagia.io.sources.archive import DAMAGE
from pelagia.io.sources.protocol import Source

MAX_FILE_BYTES = 512 << 20
"""Of one file of a Zarr, unpacked from the zip."""
Reader = Callable[[str], bytes | None]


class ReadOnlyStore(Store):
    """A Zarr store over a function that reads a file by name, and the list of names.

    Parameters
    ----------
    read
        Returns the bytes of a file, ``None`` where there is none.
    names
        All files, relative to the root of the Zarr.
    """

    def __init__(self, read: Reader, names: Iterable[str]) -> None:
        super().__init__(read_only=True)
        self._read = read
        self._names = frozenset(names)

    def __eq__(self, value: object) -> bool:
        return self is value

    def __hash__(self) -> int:
        return id(self)

    async def get(self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """Read a file, or a part of it."""
        data = self._read(key) if key in self._names else None
        return None if data is None else prototype.buffer.from_bytes(_part(data, byte_range))

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Read parts of several files."""
        return [await self.get(key, prototype, part) for key, part in key_ranges]

    async def exists(self, key: str) -> bool:
        """Tell whether there is such a file."""
        return key in self._names

    @property
    def supports_writes(self) -> bool:
        """Never."""
        return False

    @property
    def supports_deletes(self) -> bool:
        """Never."""
        return False

    @property
    def supports_listing(self) -> bool:
        """Always."""
        return True

    async def set(self, key: str, value: Buffer) -> None:
        """Refuse."""
        raise PermissionError(key)

    async def delete(self, key: str) -> None:
        """Refuse."""
        raise PermissionError(key)

    async def list(self) -> AsyncIterator[str]:
        """List all files."""
        for name in sorted(self._names):
            yield name

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """List the files whose names begin so."""
        for name in sorted(self._names):
            if name.startswith(prefix):
                yield name

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """List what lies in a folder."""
        start = f"{prefix.rstrip('/')}/" if prefix else ""
        for name in sorted({n[len(start) :].split("/")[0] for n in self._names if n.startswith(start)}):
            yield name


def folder_store(root: Path) -> ReadOnlyStore:
    """Return the store of a folder; what leads out of it is not there."""
    real = Path(os.path.realpath(root))

    def read(name: str) -> bytes | None:
        path = Path(os.path.realpath(real / name))
        try:
            status = path.stat()
        except OSError:
            return None
        if not path.is_relative_to(real) or not stat.S_ISREG(status.st_mode):
            return None
        _check_size(name, status.st_size)
        return path.read_bytes()

    names = [Path(folder, name).relative_to(real).as_posix() for folder, _, files in os.walk(real) for name in files]
    return ReadOnlyStore(read, names)


def zip_store(archive: zipfile.ZipFile, root: str) -> ReadOnlyStore:
    """Return the store of a folder within a zip.

    Parameters
    ----------
    root
        With its slash at the end, or ``""``.
    """

    def read(name: str) -> bytes | None:
        info = archive.getinfo(f"{root}{name}")
        _check_size(name, info.file_size)
        try:
            with archive.open(info) as stream:
                data = stream.read(info.file_size + 1)
        except (*DAMAGE, RuntimeError, NotImplementedError) as error:
            raise _refused("A part of the zip is damaged", name, str(error)) from error
        _check_size(name, len(data))
        return data

    return ReadOnlyStore(read, [n[len(root) :] for n in archive.namelist() if n.startswith(root) and n != root])


def source_store(source: Source, root: str, names: Iterable[str]) -> ReadOnlyStore:
    """Return the store of a folder within a source that is not on this machine; its hidden files are not there."""

    def read(name: str) -> bytes | None:
        return source.read(f"{root}{name}", MAX_FILE_BYTES)

    return ReadOnlyStore(read, [name[len(root) :] for name in names if name.startswith(root)])


def zarr_root(names: Sequence[str]) -> str | None:
    """Return the folder of a Zarr among names, with its slash at the end; ``None`` where there is none."""
    marks = (".zgroup", ".zmetadata", "zarr.json")
    roots = {n[: len(n) - len(mark)] for n in names for mark in marks if n == mark or n.endswith(f"/{mark}")}
    return min(roots, key=lambda root: (root.count("/"), root), default=None)


def _part(data: bytes, wanted: ByteRequest | None) -> bytes:
    match wanted:
        case RangeByteRequest(start=start, end=end):
            return data[start:end]
        case OffsetByteRequest(offset=offset):
            return data[offset:]
        case SuffixByteRequest(suffix=suffix):
            return data[-suffix:] if suffix else b""
    return data


def _check_size(name: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise _refused(f"A part of the Zarr is larger than {MAX_FILE_BYTES:,} bytes", name, f"{size:,} bytes")


def _refused(what: str, name: str, value: Any) -> BadInput:
    return BadInput(
        what,
        remedy="Write the Zarr anew in smaller chunks, or give NetCDF.",
        value=value,
        file=name,
        code="forcing-unreadable",
    )
