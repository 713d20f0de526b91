"""From what a user names to files that may be pictures: in folders, archives, buckets, on the web, alone."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Issue
from pelagia.io.findings import finding
from pelagia.io.rasters import faults
from pelagia.io.rasters.formats import (
    MAGIC_BYTES,
    PICTURE_SUFFIXES,
    format_of,
    is_archive_name,
    is_companion_name,
    is_picture_name,
    is_unread_name,
    projection_file_names,
    world_file_names,
)
from pelagia.io.rasters.opening import empty
from pelagia.io.rasters.world_file import WorldFile, read_world_file
from pelagia.io.sources import Source, open_source
from pelagia.io.sources.address import local_path, scheme_of, without_secrets
from pelagia.io.sources.archive import ZipSource, is_zip
from pelagia.io.sources.folder import FolderSource, no_such_path
from pelagia.io.sources.protocol import Entry
from pelagia.io.sources.uploads import ADDRESS, upload_path
from pelagia.io.sources.web import DownloadedFile

LOCAL = frozenset({"", "file", "upload"})
UPLOAD_ITSELF = re.compile(r"^upload://[a-z0-9]+/?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the user named, opened.

    Parameters
    ----------
    uri
        Without secrets.
    source
        What is there.
    folders
        The folders it stands in and is, the outermost first.
    is_file
        Whether it is a single file.
    """

    uri: str
    source: Source
    folders: tuple[str, ...]
    is_file: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file that is a picture by its first bytes.

    Parameters
    ----------
    file
        As the user named it: an address, or that of what was named and the path in it.
    name
        In its source.
    size
        In bytes.
    folders
        The folders it stands in, the outermost first.
    is_alone
        Whether it was named itself.
    path
        Where it stands on this machine, ``None`` where it has to be fetched.
    source
        Where to fetch it.
    world
        What lies beside it and says where the picture lies.
    """

    file: str
    name: str
    size: int
    folders: tuple[str, ...]
    is_alone: bool
    path: Path | None
    source: Source
    world: WorldFile | None

    def open(self) -> BinaryIO:
        """Open it as a stream."""
        return self.source.open(self.name)


def find_files(inputs: Sequence[str]) -> tuple[list[FoundFile], list[Issue]]:
    """Find all pictures in what the user named.

    Parameters
    ----------
    inputs
        Paths and addresses as every service takes them.

    Returns
    -------
    list of FoundFile
        Sorted by name, each file once.
    list of Issue
        What was left out, unless it obviously only goes with pictures.

    Raises
    ------
    NotFound, BadInput, Unavailable
        One of them cannot be opened at all.
    """
    files: dict[str, FoundFile] = {}
    issues: list[Issue] = []
    for place in _places(inputs):
        for found in _look_through(place):
            if isinstance(found, Issue):
                issues.append(found)
                continue
            key = os.path.realpath(found.path) if found.path else f"{place.uri}\0{found.name}"
            known = files.setdefault(key, found)
            if known is not found:
                issues.append(faults.picture_twice([known.file, found.file]))
        issues += place.source.issues()
    return sorted(files.values(), key=lambda found: found.file), issues


def open_place(uri: str) -> Place:
    """Open what the user named; a single file of this machine brings what lies beside it and says where it lies."""
    plain = without_secrets(uri)
    if scheme_of(uri) not in LOCAL:
        source = open_source(uri)
        return Place(uri=plain, source=source, folders=_folders_of_address(plain), is_file=_is_file(source, plain))
    path = upload_path(uri) if scheme_of(uri) == "upload" else local_path(uri)
    if not path.exists():
        raise no_such_path(plain)
    folders = _folders_of_path(uri, path)
    if path.is_file() and not is_zip(path, path.name):
        return Place(uri=plain, source=_single(plain, path), folders=folders[:-1], is_file=True)
    if path.is_file():
        folders = (*folders[:-1], PurePosixPath(folders[-1]).stem) if folders else ()
    return Place(uri=plain, source=open_source(uri), folders=folders, is_file=False)


def _places(inputs: Sequence[str]) -> Iterator[Place]:
    """Yield what was named; archives that were uploaded beside loose files are as if they were named themselves."""
    for uri in inputs:
        yield open_place(uri)
        if UPLOAD_ITSELF.match(uri):
            for entry in open_source(uri).entries():
                if "/" not in entry.name and is_archive_name(entry.name):
                    yield open_place(f"{uri.rstrip('/')}/{entry.name}")


def _single(uri: str, path: Path) -> FolderSource:
    real = Path(os.path.realpath(path))
    readable = {real.name, *world_file_names(real.name), *projection_file_names(real.name)}
    return FolderSource(
        uri=uri, root=real.parent, recursive=False, listed=real.name.__eq__, readable=readable.__contains__
    )


def _folders_of_path(uri: str, path: Path) -> tuple[str, ...]:
    match = ADDRESS.match(uri)
    if match:
        return tuple(part for part in (match["path"] or "").split("/") if part)
    return tuple(part for part in Path(os.path.normpath(path.absolute())).parts if part.strip("/"))


def _folders_of_address(uri: str) -> tuple[str, ...]:
    parts = urlsplit(uri)
    path = [unquote(part) for part in parts.path.split("/") if part]
    if path and path[-1].lower().endswith(".zip"):
        path[-1] = PurePosixPath(path[-1]).stem
    elif path and is_picture_name(path[-1]):
        path.pop()
    return (parts.hostname or "", *path)


def _is_file(source: Source, uri: str) -> bool:
    if isinstance(source, DownloadedFile):
        return True
    entries = [entry.name for entry in islice(source.entries(), 2)]
    return not isinstance(source, ZipSource) and entries == [unquote(PurePosixPath(urlsplit(uri).path).name)]


def _look_through(place: Place) -> Iterator[FoundFile | Issue]:
    names: set[str] = set()
    entries = list(place.source.entries())
    names.update(entry.name for entry in entries)
    for entry in entries:
        if is_companion_name(entry.name) and not place.is_file:
            continue
        file = place.uri if place.is_file else f"{place.uri.rstrip('/')}/{entry.name}"
        if is_archive_name(entry.name) and not place.is_file:
            if not UPLOAD_ITSELF.match(place.uri) or "/" in entry.name:
                yield faults.archive_in_folder(file)
            continue
        try:
            yield _found(place, entry, file, names)
        except PelagiaError as error:
            yield replace(finding(error, objects=1), file=file)


def _found(place: Place, entry: Entry, file: str, names: set[str]) -> FoundFile | Issue:
    if is_unread_name(entry.name):
        return faults.format_unread(file, PurePosixPath(entry.name).suffix, has_twin=_has_twin(entry.name, names))
    if entry.size == 0:
        raise empty(file)
    is_here, is_called_so = isinstance(place.source, FolderSource), is_picture_name(entry.name)
    path = None
    if is_here or not is_called_so:  # elsewhere each question takes its time, and it will be fetched anyway
        with place.source.open(entry.name) as stream:
            start = stream.read(MAGIC_BYTES)
            path = _path_of(stream) if is_here else None
        if format_of(start) is None:
            issue = faults.not_a_picture(file, f"begins with {start[:8].hex(' ')}")
            return _pressing(issue) if is_called_so or place.is_file else issue
    inside = PurePosixPath(entry.name).parent.parts
    return FoundFile(
        file=file,
        name=entry.name,
        size=entry.size,
        folders=(*place.folders, *inside),
        is_alone=place.is_file,
        path=path,
        source=place.source,
        world=read_world_file(entry.name, _beside(place, names)),
    )


def _has_twin(name: str, names: set[str]) -> bool:
    """Tell whether the same picture stands beside it in a kind that is read: drones write photos twice."""
    stem = str(PurePosixPath(name).with_suffix(""))
    return any(f"{stem}{suffix}" in names for one in PICTURE_SUFFIXES for suffix in (one, one.upper()))


def _path_of(stream: BinaryIO) -> Path | None:
    if isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO):
        return Path(os.fsdecode(stream.raw.name))
    return None


def _beside(place: Place, names: set[str]) -> Callable[[str, int], bytes | None]:
    """Return what reads a file beside a picture; nothing is asked for that is not there."""

    def read(name: str, limit_bytes: int) -> bytes | None:
        if name not in names and not (place.is_file and isinstance(place.source, FolderSource)):
            return None
        try:
            return place.source.read(name, limit_bytes)
        except PelagiaError:
            return None

    return read


def _pressing(issue: Issue) -> Issue:
    return replace(
        issue,
        message="The file is called a picture, or was named as one, and is none that is read (TIFF, JPEG, PNG, WebP, "
        "BMP); it was left out.",
        remedy="Copy it again, or save it as TIFF, JPEG or PNG.",
        severity="error",
    )
