"""Zarr files of fields."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import zarr

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.io.forcing.faults import READ_FAILURES, unreadable
from pelagia.io.forcing.netcdf import MAX_VARIABLES
from pelagia.io.forcing.variables import Array, FieldFile, Index, Variable
from pelagia.io.forcing.zarr_store import ReadOnlyStore

CODECS = frozenset({
    "blosc", "zstd", "lz4", "zlib", "gzip", "bz2", "lzma", "shuffle", "delta", "fixedscaleoffset", "quantize",
    "bitround", "packbits", "astype", "bytes", "transpose", "crc32", "crc32c", "adler32", "fletcher32",
    "sharding_indexed", "endian",
})  # fmt: skip
"""Those that turn bytes into numbers and do nothing else: one of the known ones, pickle, runs what the file says."""
_DIMS = "_ARRAY_DIMENSIONS"


def open_zarr(store: ReadOnlyStore, file: str) -> FieldFile:
    """Open a Zarr; only its header is read.

    Parameters
    ----------
    file
        How the user named it.

    Raises
    ------
    BadInput
        ``forcing-unreadable``, also where it asks for a way of packing that is not among :data:`CODECS`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of formats and codecs that are not final
            group = zarr.open_group(store, mode="r")
            arrays = dict(group.arrays())
            attrs = group.attrs.asdict()
        if len(arrays) > MAX_VARIABLES:
            raise unreadable(file, f"{len(arrays):,} variables")
        variables = {name: _variable(name, array, attrs, file) for name, array in arrays.items()}
    except PelagiaError:
        raise
    except READ_FAILURES as error:
        raise unreadable(file, error) from error
    return FieldFile(file=file, variables=variables, attrs=attrs)


def _variable(name: str, array: Any, group: dict[str, Any], file: str) -> Variable:
    told = array.metadata.to_dict()
    _check_codecs(told, name, file)
    attrs = dict(array.attrs.asdict())
    dims = attrs.pop(_DIMS, None) or told.get("dimension_names") or ()
    dims = (
        tuple(str(dim) for dim in dims) if len(dims) == array.ndim else tuple(f"{name}_{i}" for i in range(array.ndim))
    )
    if told["zarr_format"] == 2 and "_FillValue" not in attrs and array.fill_value not in {None, 0}:
        attrs["_FillValue"] = array.fill_value
    if "coordinates" not in attrs and "coordinates" in group:
        attrs["coordinates"] = group["coordinates"]
    dtype = np.dtype(array.dtype)
    return Variable(
        name=name,
        dims=dims,
        shape=tuple(int(size) for size in array.shape),
        dtype=dtype,
        attrs=attrs,
        file=file,
        raw=_reader(array),
        chunk_bytes=int(np.prod(array.shards or array.chunks, dtype=np.float64)) * dtype.itemsize,
    )


def _reader(array: Any) -> Callable[[Index], Array]:
    def raw(index: Index) -> Array:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found: Array = np.asarray(array[index if index else ...])
            except asyncio.CancelledError as error:  # no part of Exception, and not ours
                raise OSError("reading was cut off") from error
        return found

    return raw


def _check_codecs(told: dict[str, Any], name: str, file: str) -> None:
    for codec in _codecs(told):
        if codec.lower().removeprefix("numcodecs.") not in CODECS:
            raise BadInput(
                f"The field {name} is packed in a way that is not read",
                remedy="Write the Zarr anew with an ordinary compressor such as zstd or blosc.",
                value=codec,
                file=file,
                code="forcing-unreadable",
            )


def _codecs(told: Any) -> list[str]:
    """Return the names of all codecs of an array, those within sharding too."""
    if isinstance(told, list | tuple):
        return [name for part in told for name in _codecs(part)]
    if not isinstance(told, dict):
        return []
    if "zarr_format" in told:
        parts = [told.get(key) for key in ("compressor", "filters", "codecs", "storage_transformers")]
        return [name for part in parts for name in _codecs(part)]
    own = told.get("id") or told.get("name")
    inner = told.get("configuration")
    nested = [inner.get(key) for key in ("codecs", "index_codecs")] if isinstance(inner, dict) else []
    return [str(own), *(name for part in nested for name in _codecs(part))]
