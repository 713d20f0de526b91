"""From what the user names to files that may be recordings: in folders, archives, buckets, on the web, alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.sources import Source, open_source, without_secrets
from pelagia.io.sources.address import local_path, scheme_of
from pelagia.io.sources.archive import ZipSource
from pelagia.io.sources.folder import FolderSource
from pelagia.io.sources.protocol import Entry
from pelagia.io.sources.uploads import ADDRESS, upload_path
from pelagia.io.sources.web import DownloadedFile
from pelagia.io.video import faults
from pelagia.io.video.formats import (
    MAGIC_BYTES,
    STREAM_SCHEMES,
    STREAM_SUFFIXES,
    Content,
    content_of,
    is_archive_name,
    is_companion_name,
    is_still_name,
    is_video_name,
    suffix_of,
)

LOCAL = frozenset({"", "file", "upload"})
UPLOAD_ITSELF = re.compile(r"^upload://[a-z0-9]+/?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What the user named, opened.

    Parameters
    ----------
    uri, shown
        The address, and the same without secrets.
    source
        What is there.
    folders
        The folders it stands in and is, the outermost first.
    is_file
        Whether it is a single file.
    root
        Where its files stand on this machine; empty where they do not.
    """

    uri: str
    shown: str
    source: Source
    folders: tuple[str, ...]
    is_file: bool
    root: str

    @property
    def is_near(self) -> bool:
        """Whether a look into one of its files takes no journey over a network."""
        return isinstance(self.source, (FolderSource, ZipSource, DownloadedFile))

    def file_of(self, name: str) -> str:
        """Return how the user would name one of its files."""
        return self.shown if self.is_file else f"{self.shown.rstrip('/')}/{name}"

    def path_of(self, name: str) -> str:
        """Return where one of its files stands on this machine; empty where it has to be fetched."""
        return f"{self.root}/{name}" if self.root else ""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is a recording, as far as its name and first bytes tell: a video or a still picture."""

    kind: Content
    name: str
    size: int


def is_stream(uri: str) -> bool:
    """Tell whether an address is that of a live stream."""
    scheme = scheme_of(uri)
    return scheme in STREAM_SCHEMES or (
        scheme in {"http", "https"} and suffix_of(urlsplit(uri).path) in STREAM_SUFFIXES
    )


def origins(inputs: Sequence[str]) -> Iterator[Origin]:
    """Open what was named; archives that were uploaded beside loose files are as if they were named themselves."""
    for uri in inputs:
        if is_stream(uri):
            continue
        yield open_origin(uri)
        if UPLOAD_ITSELF.match(uri):
            for entry in open_source(uri).entries():
                if "/" not in entry.name and is_archive_name(entry.name):
                    yield open_origin(f"{uri.rstrip('/')}/{entry.name}")


def open_origin(uri: str) -> Origin:
    """Open a folder, an archive, a file, a bucket, an address of the web.

    Raises
    ------
    NotFound, BadInput, Unavailable
        It cannot be opened.
    """
    source = open_source(uri)
    if scheme_of(uri) in LOCAL:
        path = upload_path(uri) if scheme_of(uri) == "upload" else local_path(uri)
        folders, is_file = _folders_of_path(uri, path), path.is_file()
    else:
        folders, is_file = _folders_of_address(without_secrets(uri)), _is_single(source, uri)
    if isinstance(source, ZipSource):
        is_file = False
        folders = (*folders[:-1], PurePosixPath(folders[-1]).stem) if folders else ()
    elif is_file:
        folders = folders[:-1]
    root = str(source.root) if isinstance(source, FolderSource) else ""
    return Origin(
        uri=uri, shown=without_secrets(uri), source=source, folders=folders, is_file=is_file, root=root.rstrip("/")
    )


def look_through(origin: Origin) -> Iterator[Found | Issue]:
    """Yield the recordings of a place by name, and what is wrong with others; what goes with them is passed over."""
    for entry in _listed(origin.source):
        if isinstance(entry, Issue):
            yield entry
            continue
        name = entry.name
        if not origin.is_file:
            if is_companion_name(name):
                continue
            if is_archive_name(name):
                if not UPLOAD_ITSELF.match(origin.uri) or "/" in name:
                    yield faults.archive_in_folder(origin.file_of(name))
                continue
        try:
            yield _judged(origin, entry)
        except PelagiaError as error:
            yield replace(finding(error, objects=1), file=origin.file_of(name))


def _judged(origin: Origin, entry: Entry) -> Found | Issue:
    name, file = entry.name, origin.file_of(entry.name)
    called: Content = "video" if is_video_name(name) else "still" if is_still_name(name) else "other"
    if entry.size == 0:
        raise faults.empty(file)
    if not origin.is_near:
        # Elsewhere each question takes its time: there the name has to do.
        if called in {"video", "still"}:
            return Found(called, name, entry.size)
        return faults.no_recording(file, suffix_of(name))
    start = _start(origin, name)
    content = content_of(start)
    if content in {"video", "still"}:
        return Found(content, name, entry.size)
    if content == "sound":
        raise faults.no_video(file, "sound")
    if called == "video":
        raise faults.not_a_video(file, f"begins with {start[:8].hex(' ')}")
    if called == "still" or origin.is_file:
        raise faults.not_a_picture(file, f"begins with {start[:8].hex(' ')}")
    return faults.no_recording(file, suffix_of(name))


def _listed(source: Source) -> Iterator[Entry | Issue]:
    if isinstance(source, FolderSource):
        yield from source.walk()  # once for both: a folder may hold a million files
        return
    yield from source.entries()
    yield from source.issues()


def _start(origin: Origin, name: str) -> bytes:
    """Return the first bytes of a file."""
    if origin.root:
        try:
            # The folder was listed without going through links; one that stands in it leads somewhere else.
            descriptor = os.open(origin.path_of(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            pass
        else:
            try:
                return os.read(descriptor, MAGIC_BYTES)
            finally:
                os.close(descriptor)
    with origin.source.open(name) as stream:
        return stream.read(MAGIC_BYTES)


def wrong_suffix(file: str, found: Found) -> Issue | None:
    """Return the finding on a video that is called a picture, or the other way round."""
    called = is_video_name(found.name) if found.kind == "video" else is_still_name(found.name)
    return None if called else faults.wrong_suffix(file, found.kind, suffix_of(found.name))


def _folders_of_path(uri: str, path: Path) -> tuple[str, ...]:
    match = ADDRESS.match(uri)
    if match:
        return tuple(part for part in (match["path"] or "").split("/") if part)
    return tuple(part for part in Path(os.path.normpath(path.absolute())).parts if part.strip("/"))


def _folders_of_address(uri: str) -> tuple[str, ...]:
    parts = urlsplit(uri)
    return (parts.hostname or "", *(unquote(part) for part in parts.path.split("/") if part))


def _is_single(source: Source, uri: str) -> bool:
    if isinstance(source, DownloadedFile):
        return True
    entries = [entry.name for entry in islice(source.entries(), 2)]
    return not isinstance(source, ZipSource) and entries == [unquote(PurePosixPath(urlsplit(uri).path).name)]
