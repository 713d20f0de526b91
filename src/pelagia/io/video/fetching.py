"""Recordings that are not on this machine, copied one by one for as long as they are read."""

from __future__ import annotations

import os
import re
import shutil
from hashlib import sha256
from pathlib import Path

from pelagia.core.errors import BadInput, Unavailable
from pelagia.io.sources import open_source
from pelagia.io.video.formats import STILL_SUFFIXES, VIDEO_SUFFIXES, suffix_of
from pelagia.io.video.recordings import Recording

COPY_BYTES = 1 << 20
MAX_COPY_BYTES = 256 << 30
SPARE_DISK_BYTES = 1 << 30
PLAIN = re.compile(r"[^A-Za-z0-9_-]+")


def local_copy(recording: Recording, folder: Path) -> Path:
    """Copy a recording that is not on this machine; whoever asks removes the copy.

    Parameters
    ----------
    recording
        One whose ``path`` is empty.
    folder
        Where the copy shall stand; no name of a user becomes one of it.

    Raises
    ------
    NotFound, BadInput, Unavailable
        It is no longer there, is larger than it said, or the disk is full.
    """
    _check(recording, folder)
    suffix = suffix_of(recording.name)
    suffix = suffix if suffix in VIDEO_SUFFIXES | STILL_SUFFIXES else ".bin"
    key = sha256(f"{recording.uri}\0{recording.name}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    stem = PLAIN.sub("_", recording.clip_id)[:40]
    target = folder / f"{stem}-{key}-{os.getpid()}{suffix}"
    partial = target.with_name(f".{target.name}.partial")
    try:
        with open_source(recording.uri).open(recording.name) as stream, partial.open("wb") as copy:
            left = recording.size_bytes
            while piece := stream.read(COPY_BYTES):
                left -= len(piece)
                if left < 0:
                    raise _grew(recording)
                copy.write(piece)
        partial.replace(target)
    except OSError as error:
        raise Unavailable(
            "The recording cannot be copied to this machine",
            remedy="Check the disk and the network, then try again.",
            value=error.strerror or type(error).__name__,
            file=recording.file,
            code="copy-failed",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def _check(recording: Recording, folder: Path) -> None:
    if recording.size_bytes > MAX_COPY_BYTES:
        raise BadInput(
            f"The recording is larger than the {MAX_COPY_BYTES:,} bytes that are fetched",
            remedy="Copy it to a disk of this machine and name it there.",
            value=f"{recording.size_bytes:,} bytes",
            file=recording.file,
            code="file-too-large",
        )
    free = shutil.disk_usage(folder).free
    if free < recording.size_bytes + SPARE_DISK_BYTES:
        raise Unavailable(
            "There is not enough disk space to copy the recording",
            remedy="Free some space, or set PELAGIA_HOME to a folder on a larger disk.",
            value=f"{recording.size_bytes:,} bytes needed, {free:,} bytes free",
            file=recording.file,
            code="disk-full",
        )


def _grew(recording: Recording) -> BadInput:
    return BadInput(
        "The recording has grown since it was listed",
        remedy="Wait until it is complete, then start again.",
        value=f"more than {recording.size_bytes:,} bytes",
        file=recording.file,
        code="file-too-large",
    )
