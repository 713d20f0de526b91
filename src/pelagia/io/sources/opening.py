"""From an address to the source behind it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from pelagia.core.errors import BadInput
from pelagia.io.sources.address import local_path, scheme_of, without_secrets
from pelagia.io.sources.archive import is_zip, open_zip
from pelagia.io.sources.folder import no_such_path, open_file, open_folder
from pelagia.io.sources.mongodb import open_mongodb
from pelagia.io.sources.protocol import Source
from pelagia.io.sources.s3 import open_s3
from pelagia.io.sources.uploads import upload_path
from pelagia.io.sources.web import open_web

KEPT_OPEN = 32
OPENERS: Mapping[str, Callable[[str], Source]] = {
    "s3": open_s3,
    "http": open_web,
    "https": open_web,
    "mongodb": open_mongodb,
    "mongodb+srv": open_mongodb,
}


def open_source(uri: str) -> Source:
    """Open the place an address stands for.

    Parameters
    ----------
    uri
        A folder, a file or a zip archive of this machine; ``s3://bucket/prefix``;
        ``https://host/path``; ``mongodb://host/database/collection?…``.

    Returns
    -------
    Source
        Kept open for the next caller of the same process, so that opening it per chunk costs
        nothing; usable in a ``with`` block, which need not be its last use.

    Raises
    ------
    NotFound, BadInput, Unavailable
        With the address free of secrets.
    """
    if scheme_of(uri) in {"", "file", "upload"}:
        path = _path(uri)
        return _open_local(uri, path, _state(uri, path), os.getpid())
    return _open_remote(uri, os.getpid())


def fingerprint(uri: str) -> str:
    """Tell whether a source changed, from its listing alone.

    Parameters
    ----------
    uri
        As for :func:`open_source`.

    Returns
    -------
    str
        SHA-256 (hexadecimal) of the names, sizes, times and versions of all files; equal for
        equal listings, and cheap because no file is read.
    """
    digest = sha256()
    for entry in open_source(uri).entries():
        line = f"{entry.name}\t{entry.size}\t{entry.modified_ns}\t{entry.version}\t{entry.label}\n"
        digest.update(line.encode())
    return digest.hexdigest()


def _path(uri: str) -> Path:
    return upload_path(uri) if scheme_of(uri) == "upload" else local_path(uri)


def _state(uri: str, path: Path) -> tuple[int, int, int]:
    """Return what tells a local file from its replacement; an open archive must not outlive it."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        raise no_such_path(without_secrets(uri)) from None
    return status.st_ino, status.st_mtime_ns, status.st_size


@lru_cache(maxsize=KEPT_OPEN)
def _open_local(uri: str, path: Path, _state: tuple[int, int, int], _process: int) -> Source:
    # A forked process must not share file positions or connections with its parent: hence its number.
    if path.is_dir():
        return open_folder(uri, path)
    if not path.is_file():
        raise no_such_path(uri)
    if is_zip(path, path.name):
        return open_zip(uri, path.open("rb"))
    return open_file(uri, path)


@lru_cache(maxsize=KEPT_OPEN)
def _open_remote(uri: str, _process: int) -> Source:
    opener = OPENERS.get(scheme_of(uri))
    if opener is not None:
        return opener(uri)
    raise BadInput(
        "Addresses of this kind cannot be read",
        remedy="Use a local path, s3://, http://, https:// or mongodb://.",
        value=scheme_of(uri),
        file=without_secrets(uri),
        code="address-unknown",
    )
