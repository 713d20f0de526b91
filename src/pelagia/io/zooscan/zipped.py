"""TIFF images that stand in a zip of their own, as the legacy keeps them."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue

MAX_FILE_BYTES = 4 << 30
ZIP_SIGNATURE = b"PK\x03\x04"
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error)


def tiff_inside(stream: BinaryIO, *, file: str) -> tuple[BinaryIO, int, tuple[Issue, ...]]:
    """Return the TIFF that a zip holds, or the stream itself where it is none.

    Parameters
    ----------
    stream
        The file, which can be sought in.
    file
        Its name, for messages.

    Returns
    -------
    inner : BinaryIO
        Can be sought in; going back in packed data reads it again from the start.
    size : int
        In bytes, as the zip says.
    issues : tuple of Issue
        ``zip-inner-name`` where the image has another name than its zip.

    Raises
    ------
    BadInput
        ``image-zip``: it does not hold exactly one TIFF that can be unpacked.
    """
    if not begins(stream, ZIP_SIGNATURE):
        return stream, stream_size(stream), ()
    with reading_zip(file):
        archive = zipfile.ZipFile(stream)
        info, issues = _only_tiff(archive, file)
        return cast(BinaryIO, archive.open(info)), info.file_size, issues


@contextmanager
def reading_zip(file: str) -> Iterator[None]:
    """Turn the damage of a zip, which shows where it is read, into our error."""
    try:
        yield
    except DAMAGE as error:
        raise _zip_error(file, str(error)[:200]) from error


def begins(stream: BinaryIO, signature: bytes) -> bool:
    """Tell whether a file begins with these bytes."""
    stream.seek(0)
    return stream.read(len(signature)) == signature


def stream_size(stream: BinaryIO) -> int:
    """Return the bytes of a stream that can be sought in."""
    return stream.seek(0, os.SEEK_END)


def _only_tiff(archive: zipfile.ZipFile, file: str) -> tuple[zipfile.ZipInfo, tuple[Issue, ...]]:
    found = [
        info
        for info in archive.infolist()
        if PurePosixPath(info.filename).suffix.lower() in {".tif", ".tiff"} and "__MACOSX" not in info.filename
    ]
    if len(found) != 1:
        raise _zip_error(file, f"{len(found)} TIFF files")
    (info,) = found
    if info.flag_bits & 0x1 or info.file_size > MAX_FILE_BYTES:
        raise _zip_error(file, "it is encrypted" if info.flag_bits & 0x1 else f"{info.file_size:,} bytes")
    outer, inner = PurePosixPath(file).stem, PurePosixPath(info.filename).stem
    if not file.lower().endswith(".zip") or outer.lower() == inner.lower():
        return info, ()
    return info, (
        Issue(
            file=file,
            code="zip-inner-name",
            message=f"The zip {outer} holds the image {inner}: one of them was renamed.",
            value=inner,
            remedy="Look whether it is the right image, and rename it inside the zip.",
        ),
    )


def _zip_error(file: str, value: str) -> BadInput:
    return BadInput(
        "The zip does not hold one readable TIFF image",
        remedy="Copy it again; it must hold the image and nothing else.",
        value=value,
        file=file,
        code="image-zip",
    )
