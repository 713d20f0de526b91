"""NetCDF files of fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from pelagia.core.errors import PelagiaError
from pelagia.io.forcing.classic import check_classic
from pelagia.io.forcing.faults import READ_FAILURES, unreadable
from pelagia.io.forcing.self_contained import check_self_contained
from pelagia.io.forcing.variables import Array, FieldFile, Index, Variable

MAGIC = (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF\r\n\x1a\n")
MAX_VARIABLES = 2000
OWN_BYTES = 256 << 20
"""A larger file of whoever runs the program is not searched for references to others: that takes seconds."""


def is_netcdf(path: Path) -> bool:
    """Tell whether a file begins as NetCDF does."""
    with path.open("rb") as stream:
        return stream.read(8).startswith(MAGIC)


def is_hdf5(path: Path) -> bool:
    """Tell whether a file begins as HDF5 does, which NetCDF 4 is."""
    with path.open("rb") as stream:
        return stream.read(8) == MAGIC[-1]


@contextmanager
def open_netcdf(path: Path, file: str, *, foreign: bool = True) -> Iterator[FieldFile]:
    """Open a NetCDF file of this machine; only its header is read.

    Parameters
    ----------
    path
        Where it stands.
    file
        How the user named it.
    foreign
        Whether it came from elsewhere: it is then searched for references to other files, however large it is.
    """
    if not is_netcdf(path):
        raise unreadable(file, f"begins with {_start(path)}")
    if not is_hdf5(path):
        check_classic(path, file)
    elif foreign or path.stat().st_size <= OWN_BYTES:
        check_self_contained(path, file)
    try:
        dataset = netCDF4.Dataset(path.absolute(), "r")
    except READ_FAILURES as error:
        raise unreadable(file, error) from error
    try:
        yield _described(dataset, file)
    finally:
        dataset.close()


def _described(dataset: Any, file: str) -> FieldFile:
    try:
        dataset.set_auto_maskandscale(False)
        if len(dataset.variables) > MAX_VARIABLES:
            raise unreadable(file, f"{len(dataset.variables):,} variables")
        variables = {name: _variable(variable, file) for name, variable in dataset.variables.items()}
        attrs = {name: dataset.getncattr(name) for name in dataset.ncattrs()}
    except PelagiaError:
        raise
    except READ_FAILURES as error:
        raise unreadable(file, error) from error
    return FieldFile(file=file, variables=variables, attrs=attrs)


def _variable(variable: Any, file: str) -> Variable:
    dtype = np.dtype(variable.dtype) if variable.dtype is not str else np.dtype("O")
    return Variable(
        name=variable.name,
        dims=tuple(variable.dimensions),
        shape=tuple(int(size) for size in variable.shape),
        dtype=dtype,
        attrs={name: variable.getncattr(name) for name in variable.ncattrs()},
        file=file,
        raw=_reader(variable),
        chunk_bytes=_chunk_bytes(variable, dtype),
    )


def _reader(variable: Any) -> Callable[[Index], Array]:
    def raw(index: Index) -> Array:
        found: Array = np.asarray(variable[index if index else ...])
        return found

    return raw


def _chunk_bytes(variable: Any, dtype: np.dtype[Any]) -> int:
    chunks = variable.chunking()
    return int(np.prod(chunks, dtype=np.float64)) * dtype.itemsize if isinstance(chunks, list) else 0


def _start(path: Path) -> str:
    with path.open("rb") as stream:
        start = stream.read(8)
    return start.hex(" ") if start else "nothing: it is empty"
