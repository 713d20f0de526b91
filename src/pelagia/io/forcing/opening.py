"""From addresses to open files of fields: NetCDF or Zarr, alone, in folders, in zips, here or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pelagia.io.forcing.faults import unreadable
from pelagia.io.forcing.netcdf import open_netcdf
from pelagia.io.forcing.variables import FieldFile
from pelagia.io.sources.address import local_path


@contextmanager
def open_fields(uris: Sequence[str]) -> Iterator[list[FieldFile]]:
    """Open all files of fields of some addresses; only their headers are read."""
    with ExitStack() as stack:
        yield [stack.enter_context(open_netcdf(_path(uri), uri)) for uri in uris]


def _path(uri: str) -> Path:
    path = local_path(uri)
    if not path.is_file():
        raise unreadable(uri, "there is no such file")
    return path
