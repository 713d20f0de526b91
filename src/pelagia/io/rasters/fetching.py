"""Pictures that are not on this machine: copied once, or only their beginning, to have a look."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from pelagia.core.errors import Unavailable
from pelagia.io.rasters.formats import SUFFIXES
from pelagia.io.rasters.places import FoundFile

HEAD_BYTES = 1 << 20
COPY_BYTES = 1 << 20
SPARE_DISK_BYTES = 1 << 30


def check_disk(files: Iterable[FoundFile], folder: Path) -> None:
    """Check that there is room for all that has to be copied.

    Raises
    ------
    Unavailable
        There is not.
    """
    needed = sum(found.size for found in files if found.path is None and not _target(found, folder).exists())
    free = shutil.disk_usage(folder).free
    if needed and free < needed + SPARE_DISK_BYTES:
        raise Unavailable(
            "There is not enough disk space to copy the pictures",
            remedy="Free some space, or set PELAGIA_HOME to a folder on a larger disk.",
            value=f"{needed:,} bytes needed, {free:,} bytes free",
            file=str(folder),
            code="disk-full",
        )


def fetch(found: FoundFile, folder: Path) -> Path:
    """Return where a picture stands on this machine; one that does not is copied, unless it was before."""
    if found.path is not None:
        return found.path
    target = _target(found, folder)
    if not (target.exists() and target.stat().st_size == found.size):
        partial = target.with_name(f".{target.name}.partial")
        with found.open() as stream, partial.open("wb") as copy:
            shutil.copyfileobj(stream, copy, COPY_BYTES)
        partial.replace(target)
    return target


def fetch_head(found: FoundFile, folder: Path) -> tuple[Path, bool]:
    """Return a copy of the beginning of a picture, and whether that is all of it."""
    if found.path is not None:
        return found.path, True
    target = _target(found, folder)
    with found.open() as stream:
        target.write_bytes(_read(stream, HEAD_BYTES))
    return target, target.stat().st_size >= found.size


def _read(stream: BinaryIO, size: int) -> bytes:
    """Read so many bytes, or all there are; a stream may give fewer at a time."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _target(found: FoundFile, folder: Path) -> Path:
    """Return where a copy stands: no name of a user becomes one of this machine."""
    suffix = Path(found.name).suffix.lower()
    known = suffix if suffix in SUFFIXES.values() else ".img"
    return folder / f"{sha256(found.file.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}{known}"
