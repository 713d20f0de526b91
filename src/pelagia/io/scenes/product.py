"""A product of several files inside a source: its files by their path in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pelagia.core.errors import NotFound
from pelagia.io.scenes.faults import lacks
from pelagia.io.scenes.xml import LIMIT_BYTES
from pelagia.io.sources import Source
from pelagia.io.sources.folder import FolderSource
from pelagia.io.sources.protocol import checked_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """Where a product stands.

    Parameters
    ----------
    uri
        Address of its source, to open it again.
    source
        The source.
    prefix
        The folder of the product in it, with its slash; ``""`` where it is the source.
    file
        How the user named it.
    names
        All names in the source.
    """

    uri: str
    source: Source
    prefix: str
    file: str
    names: frozenset[str]

    def own(self) -> list[str]:
        """Return the names of its files, as they are in the source."""
        return sorted(name for name in self.names if name.startswith(self.prefix))

    def name(self, path: str, what: str) -> str:
        """Return the name in the source of a file the product speaks of.

        Raises
        ------
        BadInput
            ``scene-incomplete``: it is not there. ``name-unsafe``: it would lead out of the product.
        """
        name = checked_name(f"{self.prefix}{path.removeprefix('./')}")
        if name not in self.names:
            raise lacks(self.file, what, path)
        return name

    def read(self, name: str) -> bytes:
        """Read a description."""
        return self.source.read(name, LIMIT_BYTES)


def path_here(source: Source, name: str) -> str:
    """Return where a file of a source stands on this machine, ``""`` where it has to be copied first.

    Raises
    ------
    NotFound, BadInput
        It is not there, or leads out of its source.
    """
    if not isinstance(source, FolderSource):
        return ""
    with source.open(name) as stream:  # checks that it stays inside
        path = Path(stream.name).resolve()
    if not path.is_file():
        raise NotFound("The file is no longer there", value=name, remedy="Start the run anew.", file=name)
    return str(path)
