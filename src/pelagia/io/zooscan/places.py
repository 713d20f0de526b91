"""From what a user names to the source its scans are in: a project, a folder of it, single files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pelagia.io.sources import Source, open_source
from pelagia.io.sources.address import local_path, scheme_of, without_secrets
from pelagia.io.sources.archive import is_zip
from pelagia.io.sources.folder import FolderSource, no_such_path
from pelagia.io.sources.uploads import ADDRESS, upload_path
from pelagia.io.zooscan.naming import background_name, raw_scan_id, scan_file
from pelagia.io.zooscan.tree import IMAGE_SUFFIXES, LEGACY_FOLDERS, SETTINGS, TABLES

SCAN_FOLDER = "zooscan_scan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A source and what of it is wanted; opens the same in another process.

    Parameters
    ----------
    uri
        What the user named; for several files of one folder the first.
    folder
        The folder of this machine that is read, ``""`` where the address is opened as it is.
    recursive
        Whether its subfolders are read.
    only
        Names in the folder of the files and folders the user named; empty for everything. Scans that have a file
        there are wanted; their metadata and backgrounds are read wherever in the project they stand.
    """

    uri: str
    folder: str = ""
    recursive: bool = True
    only: tuple[str, ...] = ()

    def open(self) -> Source:
        """Open the source."""
        if not self.folder:
            return open_source(self.uri)
        root = Path(os.path.realpath(self.folder))
        if self.recursive:
            return FolderSource(uri=without_secrets(self.uri), root=root)
        wanted = frozenset(self.only)

        def listed(name: str) -> bool:
            return name in wanted or _is_companion(name)

        return FolderSource(uri=without_secrets(self.uri), root=root, recursive=False, listed=listed, readable=listed)

    def wants(self, names: Sequence[str]) -> bool:
        """Tell whether a scan with these files was named."""
        if not self.only:
            return True
        return any(name == one or name.startswith(f"{one}/") for one in self.only for name in names)


def find_places(uris: Sequence[str]) -> list[Place]:
    """Say where to look for what a user named.

    Parameters
    ----------
    uris
        Project folders, folders of a project (``Zooscan_scan/_raw``), raw images, vis1 images, zip archives of any of
        these, or addresses of them; files of one folder named together belong together.

    Returns
    -------
    list of Place
        In the order in which they were named.

    Raises
    ------
    NotFound
        One of them does not exist.

    Notes
    -----
    A file or folder of a legacy project is looked at as part of the project: backgrounds and metadata stand in other
    folders of it. Nothing above the project's folder is read, nothing outside an upload, nothing beside a single file
    but its scan's log, metadata, backgrounds and settings.
    """
    places: dict[tuple[str, bool], Place] = {}
    for uri in uris:
        place = _place(uri)
        key = (place.folder or place.uri, place.recursive)
        known = places.get(key)
        if known is None:
            places[key] = place
        elif known.only:  # one that wants everything wants this too
            places[key] = Place(
                uri=known.uri,
                folder=known.folder,
                recursive=known.recursive,
                only=tuple(dict.fromkeys((*known.only, *place.only))) if place.only else (),
            )
    return list(places.values())


def _place(uri: str) -> Place:
    if scheme_of(uri) not in {"", "file", "upload"}:
        return Place(uri=uri)
    path = upload_path(uri) if scheme_of(uri) == "upload" else local_path(uri)
    if not path.exists():
        raise no_such_path(without_secrets(uri))
    path = Path(os.path.normpath(path.absolute()))  # not resolved: a link belongs where it stands
    project = _project_folder(path, _limit(uri))
    if project is not None and project != path:
        return Place(uri=uri, folder=str(project), only=(path.relative_to(project).as_posix(),))
    if path.is_dir() or (is_zip(path, path.name) and scan_file(path.name) is None):
        return Place(uri=uri)
    return Place(uri=uri, folder=str(path.parent), recursive=False, only=(path.name,))


def _limit(uri: str) -> Path | None:
    """Return the folder above which nothing may be read: that of an upload."""
    match = ADDRESS.match(uri)
    return upload_path(f"upload://{match['id']}") if match else None


def _project_folder(path: Path, limit: Path | None) -> Path | None:
    """Return the folder of the legacy project a path is in, or None."""
    for inside in (path, *path.parents):
        if limit is not None and not inside.is_relative_to(limit):
            return None
        if inside.name.lower() in LEGACY_FOLDERS and (limit is None or inside.parent.is_relative_to(limit)):
            return inside.parent
    return None


def _is_companion(name: str) -> bool:
    """Tell whether a file beside a single image may belong to it: its log, metadata, backgrounds, the settings."""
    path = PurePosixPath(name)
    lower = path.name.lower()
    if lower in SETTINGS or lower in TABLES:
        return True
    if background_name(lower) is not None:
        return True
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return "back" in lower and raw_scan_id(lower) is None
    found = scan_file(lower)
    return found is not None and found[1] in {"log", "meta", "sep"}
