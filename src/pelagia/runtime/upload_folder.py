"""The bytes of uploaded files: written piece by piece beside their place, moved there once they are whole."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from pelagia.core.errors import BadInput, Conflict, PelagiaError, Unavailable
from pelagia.runtime.settings import Settings
from pelagia.runtime.upload_paths import confined
from pelagia.runtime.uploads import too_large

# So much room stays on the disk for the database and the work in progress.
RESERVE_BYTES = 1 << 30
FLUSH_BYTES = 1 << 20
# As often while one is written: others fill the disk meanwhile.
LOOK_BYTES = 8 << 20


def incoming_folder(settings: Settings) -> Path:
    """Return the folder where files stand until they are whole; on the disk of the uploads."""
    return settings.home / "incoming"


def incoming_path(settings: Settings, file_id: str) -> Path:
    """Return where an announced file stands until it is whole."""
    return incoming_folder(settings) / file_id


def require_room(settings: Settings, size: int) -> None:
    """Check that a file fits on the disk.

    Raises
    ------
    Unavailable
        ``disk-full``.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    _require_free(settings.home, size)


def _require_free(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free - RESERVE_BYTES < size:
        raise _disk_full(f"{size:,} bytes, {max(0, free - RESERVE_BYTES):,} free")


def received_bytes(settings: Settings, file_id: str) -> int:
    """Return how much of an announced file is there."""
    try:
        return incoming_path(settings, file_id).stat().st_size
    except FileNotFoundError:
        return 0


class Incoming:
    """A file that comes whole in one request: written and hashed piece by piece, deleted unless it is placed.

    Parameters
    ----------
    settings
        Of the installation.
    limit_bytes
        The most bytes it may have.
    """

    def __init__(self, settings: Settings, *, limit_bytes: int) -> None:
        folder = incoming_folder(settings)
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / secrets.token_hex(16)
        self.bytes = 0
        self._limit_bytes = limit_bytes
        self._digest = hashlib.sha256()
        self._file = self.path.open("xb")

    @property
    def sha256(self) -> str:
        """Of what was written."""
        return self._digest.hexdigest()

    def write(self, piece: bytes) -> None:
        """Append a piece.

        Raises
        ------
        TooMuch
            Where the file becomes larger than it may.
        Unavailable
            Where the disk is full.
        """
        before, self.bytes = self.bytes, self.bytes + len(piece)
        if self.bytes > self._limit_bytes:
            raise too_large(self.bytes, self._limit_bytes)
        if before // LOOK_BYTES < self.bytes // LOOK_BYTES:
            _require_free(self.path.parent, 0)
        with clear_disk_errors():
            self._file.write(piece)
        self._digest.update(piece)

    def close(self) -> None:
        """End writing; what is larger than a piece outlasts a power cut."""
        if self._file.closed:
            return
        with clear_disk_errors():
            self._file.flush()
            if self.bytes >= FLUSH_BYTES:
                os.fsync(self._file.fileno())
            self._file.close()

    def __enter__(self) -> Incoming:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


@contextmanager
def appending(settings: Settings, file_id: str, offset: int) -> Iterator[int]:
    """Open an announced file for appending; yields the descriptor.

    Raises
    ------
    Conflict
        Where another request writes it, or it does not end at ``offset``.
    """
    path = incoming_path(settings, file_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflict(
                "Another request is sending this file", remedy="Wait for it to end.", value=file_id, code="file-locked"
            ) from error
        size = os.fstat(descriptor).st_size
        if size != offset:
            raise Conflict(
                "The file does not go on at this place",
                value=f"offset {offset}, {size} bytes are there",
                remedy="Ask with HEAD how much is there, and go on from it.",
                code="wrong-offset",
            )
        os.lseek(descriptor, offset, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def append(settings: Settings, descriptor: int, piece: bytes) -> None:
    """Write a piece of some megabytes to a file of :func:`appending`.

    Raises
    ------
    Unavailable
        Where the disk is full.
    """
    _require_free(settings.home, len(piece))
    view = memoryview(piece)
    with clear_disk_errors():
        while view:
            view = view[os.write(descriptor, view) :]


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, and make it outlast a power cut."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return found


def place(settings: Settings, upload_id: str, path: str, source: Path) -> None:
    """Move a whole file to where it belongs in its upload."""
    root = settings.upload_folder(upload_id)
    with clear_disk_errors():
        root.mkdir(parents=True, exist_ok=True)
        try:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            source.replace(confined(root, path))
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise Conflict(
                "A folder and a file of the upload would have the same name",
                value=path,
                file=path,
                remedy="Rename one of them.",
                code="name-taken",
            ) from error


def remove(settings: Settings, upload_id: str, path: str) -> None:
    """Delete a file of an upload, and folders that it leaves empty."""
    root = settings.upload_folder(upload_id)
    target = confined(root, path) if root.is_dir() else root / path
    target.unlink(missing_ok=True)
    for folder in list((root / path).parents)[: len(Path(path).parts) - 1]:
        with suppress(OSError):
            folder.rmdir()


def remove_all(settings: Settings, upload_id: str) -> None:
    """Delete the files of an upload."""
    shutil.rmtree(settings.upload_folder(upload_id), ignore_errors=True)


def check_sha256(path: str, found: str, announced: str | None) -> None:
    """Check that what came is what was sent.

    Raises
    ------
    BadInput
        ``checksum-differs``.
    """
    if announced is not None and found != announced:
        raise BadInput(
            "The file changed on its way",
            value=f"SHA-256 {found}",
            file=path,
            remedy="Send it again.",
            code="checksum-differs",
        )


@contextmanager
def clear_disk_errors() -> Iterator[None]:
    """Tell a full disk in our words."""
    try:
        yield
    except PelagiaError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(error.strerror or "full") from error
        raise


def _disk_full(value: str) -> Unavailable:
    return Unavailable(
        "The disk of the installation is full",
        value=value,
        remedy="Tell those who run it; what was received so far is kept for some days.",
        code="disk-full",
    )
