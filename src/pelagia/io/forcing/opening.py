"""From addresses to open files of fields: NetCDF or Zarr, alone, in folders, in zips, here or elsewhere."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path

from pelagia.core.errors import BadInput, Unavailable
from pelagia.io.forcing.faults import unreadable
from pelagia.io.forcing.netcdf import open_netcdf
from pelagia.io.forcing.variables import FieldFile
from pelagia.io.forcing.zarr_fields import open_zarr
from pelagia.io.forcing.zarr_store import folder_store, source_store, zarr_root, zip_store
from pelagia.io.sources import open_source
from pelagia.io.sources.address import local_path, scheme_of, without_secrets
from pelagia.io.sources.archive import ZipSource
from pelagia.io.sources.folder import FolderSource
from pelagia.io.sources.protocol import Entry, Source
from pelagia.io.sources.uploads import upload_path
from pelagia.io.sources.web import DownloadedFile

SUFFIXES = (".nc", ".nc4", ".cdf", ".netcdf", ".nc3")
MAX_FILES = 600
"""Open at once; a year of daily files and more."""
MAX_LISTED = 1_000_000
MAX_COPY_BYTES = 16 << 30
"""Of one file that is not on this machine, or packed in a zip."""
SPARE_DISK_BYTES = 1 << 30
COPY_BYTES = 1 << 20


@contextmanager
def open_fields(uris: Sequence[str]) -> Iterator[list[FieldFile]]:
    """Open all files of fields of some addresses; of files at hand only the headers are read.

    Files in zips and elsewhere are copied to a temporary folder for as long as they are open; a Zarr in a zip is read
    where it is.

    Raises
    ------
    BadInput, NotFound, Unavailable
    """
    with ExitStack() as stack:
        files: list[FieldFile] = []
        for uri in uris:
            for found in _opened(uri, stack):
                files.append(found)
                if len(files) > MAX_FILES:
                    raise _too_many(uri)
        yield files


def _opened(uri: str, stack: ExitStack) -> Iterator[FieldFile]:
    name = without_secrets(uri)
    place = _place(uri)
    source = open_source(uri)
    if place is not None and place.is_dir():
        root = zarr_root(_hidden_too(place))
        if root is not None:
            yield open_zarr(folder_store(place / root), name)
            return
    elif isinstance(source, ZipSource):
        root = zarr_root(source.archive.namelist())
        if root is not None:
            yield open_zarr(zip_store(source.archive, root), name)
            return
    listed = list(islice(source.entries(), MAX_LISTED))
    names = [entry.name for entry in listed]
    if (root := zarr_root(names)) is not None and place is None:
        yield open_zarr(source_store(source, root, names), name)
        return
    entries = _fields(listed, name)
    foreign = scheme_of(uri) not in {"", "file"} or not isinstance(source, FolderSource)
    for entry in entries:
        file = name if len(entries) == 1 else f"{name}/{entry.name}"
        yield stack.enter_context(open_netcdf(_path(source, entry, file, stack), file, foreign=foreign))


def _place(uri: str) -> Path | None:
    scheme = scheme_of(uri)
    return upload_path(uri) if scheme == "upload" else local_path(uri) if scheme in {"", "file"} else None


def _hidden_too(folder: Path) -> list[str]:
    """Return the names of the files at the first two levels of a folder: a Zarr is marked by hidden ones."""
    found: list[str] = []
    for item in sorted(folder.iterdir()):
        found += [f"{item.name}/{inner.name}" for inner in item.iterdir()] if item.is_dir() else [item.name]
    return found


def _fields(listed: list[Entry], name: str) -> list[Entry]:
    named = [entry for entry in listed if entry.name.lower().endswith(SUFFIXES)]
    if not named and len(listed) == 1:
        return listed
    if not named:
        raise unreadable(name, f"{len(listed):,} files, none of them NetCDF (*.nc) or Zarr")
    if len(named) > MAX_FILES:
        raise _too_many(name)
    return named


def _path(source: Source, entry: Entry, file: str, stack: ExitStack) -> Path:
    if isinstance(source, DownloadedFile):
        return source.path
    if isinstance(source, FolderSource):
        source.open(entry.name).close()  # refuses what leads out of the folder
        return source.root / entry.name
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pelagia-forcing-")))
    return _copy(source, entry, file, folder)


def _copy(source: Source, entry: Entry, file: str, folder: Path) -> Path:
    if entry.size > MAX_COPY_BYTES:
        raise BadInput(
            f"The file is larger than the {MAX_COPY_BYTES:,} bytes that are fetched",
            remedy="Cut it to the area and time, or put it on a disk of this machine.",
            value=f"{entry.size:,} bytes",
            file=file,
            code="forcing-too-large",
        )
    free = shutil.disk_usage(folder).free
    if free < entry.size + SPARE_DISK_BYTES:
        raise Unavailable(
            "There is not enough disk space to copy the forcing",
            remedy="Free some space, or put the file on a disk of this machine.",
            value=f"{entry.size:,} bytes needed, {free:,} bytes free",
            file=file,
            code="disk-full",
        )
    target = folder / f"{sha256(entry.name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}.nc"
    left = entry.size
    with source.open(entry.name) as stream, target.open("wb") as copy:
        while piece := stream.read(min(COPY_BYTES, left + 1)):
            left -= len(piece)
            if left < 0:
                raise unreadable(file, "it is longer than its listing says")
            copy.write(piece)
    return target


def _too_many(file: str) -> BadInput:
    return BadInput(
        f"These are more than the {MAX_FILES} files that are opened together",
        remedy="Give only the files of the time of the run, or join them (ncrcat, cdo mergetime).",
        value=f"more than {MAX_FILES} files",
        file=file,
        code="forcing-too-many",
    )
