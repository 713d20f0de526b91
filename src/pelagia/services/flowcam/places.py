"""What stands at an address: FlowCam runs, an EcoTaxa bundle, or loose vignettes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Literal

from pelagia.core.errors import BadInput
from pelagia.io.ecotaxa import find_tables
from pelagia.io.flowcam import RunFiles, find_runs
from pelagia.io.images import is_image_name
from pelagia.io.sources import Entry, Source, open_source, without_secrets
from pelagia.io.vignettes import GRIDFS_SUFFIX

UPLOAD_ITSELF = re.compile(r"^upload://[a-z0-9]+/?$")
Kind = Literal["run", "ecotaxa", "vignettes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One source of particles.

    Parameters
    ----------
    uri
        The address of the source, without secrets.
    kind
        What was recognised.
    run
        The files of the run, for the kind ``run``.
    tables
        The TSV files, for the kind ``ecotaxa``.
    images
        How many image files there are, for the kind ``vignettes``.
    archives
        Names of archives that were uploaded beside loose files: inputs of their own. An archive in a folder may be a
        copy of what stands there, and is none.
    files, bytes
        Number and size of all files of the source; counted once for several runs of one source.
    """

    uri: str
    kind: Kind
    run: RunFiles | None = None
    tables: tuple[str, ...] = ()
    images: int = 0
    archives: tuple[str, ...] = ()
    files: int = 0
    bytes: int = 0

    @property
    def archive_uris(self) -> tuple[str, ...]:
        """The addresses of the archives."""
        return tuple(f"{self.uri.rstrip('/')}/{name}" for name in self.archives)

    @property
    def name(self) -> str:
        """The name of the sample where the files do not give one."""
        if UPLOAD_ITSELF.match(self.uri):
            return "images"  # the number of an upload says nothing to anybody
        path = PurePosixPath(self.uri.split("?", 1)[0].replace("\\", "/").rstrip("/"))
        return path.stem if path.suffix.lower() in {".zip", ".tsv", ".txt"} or is_image_name(path.name) else path.name


def recognise(uri: str) -> list[Place]:
    """Say what stands at an address.

    Parameters
    ----------
    uri
        As the user gave it.

    Raises
    ------
    PelagiaError
        If it cannot be opened, holds a secret, or holds nothing that is known.
    """
    if without_secrets(uri) != uri:
        raise BadInput(
            "the address holds a password or another secret, which would be stored with the results",
            remedy="Leave it out and set the environment variables named in docs/howto/inputs.md.",
            file=without_secrets(uri),
            code="secret-in-address",
        )
    source = open_source(uri)
    entries = list(source.entries())
    archives = tuple(entry.name for entry in entries if _is_apart(uri, entry.name))
    size = sum(entry.size for entry in entries if entry.name not in archives)
    first, *others = _recognised(source, entries)
    return [replace(first, files=len(entries), bytes=size, archives=archives), *others]


def _is_apart(uri: str, name: str) -> bool:
    return bool(UPLOAD_ITSELF.match(uri)) and "/" not in name and name.lower().endswith(".zip")


def _recognised(source: Source, entries: Iterable[Entry]) -> list[Place]:
    names = [entry.name for entry in entries]
    runs = [run for run in find_runs(names) if run.particles or run.context]
    if runs:
        return [Place(uri=source.uri, kind="run", run=run) for run in runs]
    tables = find_tables(names)
    if tables:
        return [Place(uri=source.uri, kind="ecotaxa", tables=tuple(tables))]
    images = sum(is_image_name(name) or name.endswith(GRIDFS_SUFFIX) for name in names)
    if images:
        return [Place(uri=source.uri, kind="vignettes", images=images)]
    suffixes = sorted({PurePosixPath(name).suffix.lower() or name for name in names})
    raise BadInput(
        "there is no FlowCam run, EcoTaxa table or image here",
        value=", ".join(suffixes[:8]) or "no files",
        remedy="Name a run folder (with a .lst), a folder or zip of PNG, JPEG, TIFF or BMP files, or an EcoTaxa set.",
        file=source.uri,
        code="nothing-recognised",
    )
