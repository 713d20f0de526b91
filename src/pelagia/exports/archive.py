"""Zip files that are byte for byte the same for the same content."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)
FILE_MODE = 0o644 << 16
UNIX = 3


def zip_entry(name: str, *, stored: bool = False) -> zipfile.ZipInfo:
    """Return the header of an entry that tells nothing of when and where it was written.

    Parameters
    ----------
    name
        Its path in the archive, with forward slashes.
    stored
        Not compressed, for what is compressed already.
    """
    info = zipfile.ZipInfo(name, date_time=EPOCH)
    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    info.external_attr = FILE_MODE
    info.create_system = UNIX
    return info


@contextmanager
def new_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive for writing; it appears under its name only when complete.

    Parameters
    ----------
    path
        Where it shall stand; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            yield archive
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
