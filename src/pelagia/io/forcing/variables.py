"""Variables of a file of fields, of whatever format: what they are called, and parts of them as numbers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import PelagiaError
from pelagia.io.forcing.faults import READ_FAILURES, too_large, unreadable

Index = tuple[slice | int, ...]
Array = NDArray[Any]

MAX_CHUNK_BYTES = 1 << 30
"""Of one compressed part of a variable, which is decoded as a whole."""
MAX_AXIS_BYTES = 1 << 29
_DEFAULT_FILL = {"i1": -127, "i2": -32767, "i4": -2147483647, "u1": 255, "u2": 65535, "u4": 4294967295}
_HUGE = 9e36
"""Larger numbers are the fill value of NetCDF where a file names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable.

    Parameters
    ----------
    name, dims, shape, dtype, attrs
        As in the file.
    file
        How the user named the file.
    chunk_bytes
        What is decoded at once, at least.
    raw
        Reads a part as it is stored.
    """

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    attrs: Mapping[str, Any]
    file: str
    raw: Callable[[Index], Array]
    chunk_bytes: int = 0

    def text(self, attribute: str) -> str:
        """Return an attribute as text, ``""`` where there is none."""
        return str(self.attrs.get(attribute, "")).strip()

    def read(self, index: Index) -> NDArray[np.float64]:
        """Read a part as numbers: unpacked, NaN where nothing is known.

        Parameters
        ----------
        index
            One entry per dimension.
        """
        stored = self._stored(index)
        return _unpacked(stored, self.attrs).astype(np.float64)

    def read_single(self, index: Index) -> NDArray[np.float32]:
        """Read a part as :meth:`read` does, in single precision."""
        return _unpacked(self._stored(index), self.attrs).astype(np.float32)

    def read_whole(self) -> NDArray[np.float64]:
        """Read all of a coordinate."""
        return self.read_last(len(self.shape))

    def read_last(self, number: int) -> NDArray[np.float64]:
        """Read all along the last dimensions of a coordinate, the first along those before them."""
        before = len(self.shape) - number
        needed = int(np.prod(self.shape[before:], dtype=np.float64)) * 8
        if needed > MAX_AXIS_BYTES:
            raise too_large(self.file, needed, MAX_AXIS_BYTES)
        return self.read((*(0 for _ in range(before)), *(slice(None) for _ in range(number))))

    def _stored(self, index: Index) -> Array:
        if self.chunk_bytes > MAX_CHUNK_BYTES:
            raise too_large(self.file, self.chunk_bytes, MAX_CHUNK_BYTES)
        try:
            stored = np.asarray(self.raw(index))
        except PelagiaError:
            raise
        except READ_FAILURES as error:
            raise unreadable(self.file, f"{self.name}: {error}") from error
        if stored.dtype.kind not in "iuf":
            raise unreadable(self.file, f"The field {self.name} holds no numbers ({stored.dtype})")
        return stored


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFile:
    """A file of fields that is open.

    Parameters
    ----------
    file
        How the user named it.
    variables
        By name.
    attrs
        Of the file.
    """

    file: str
    variables: Mapping[str, Variable]
    attrs: Mapping[str, Any] = field(default_factory=dict)


def _unpacked(stored: Array, attrs: Mapping[str, Any]) -> Array:
    """Return values with NaN for what is missing, scaled as the attributes say.

    ``valid_min`` and ``valid_max`` are left aside: tools that cut and join files copy those of other values.
    """
    if str(attrs.get("_Unsigned", "")).lower() == "true" and stored.dtype.kind == "i":
        stored = stored.view(stored.dtype.str.replace("i", "u"))
    missing = _is_missing(stored, attrs)
    double = stored.dtype.itemsize > 4 or (stored.dtype.kind != "f" and stored.dtype.itemsize > 2)
    values = stored.astype(np.float64 if double else np.float32)
    scale, offset = _number(attrs.get("scale_factor"), 1.0), _number(attrs.get("add_offset"), 0.0)
    if scale != 1.0 or offset != 0.0:
        values = values.astype(np.float64) * scale + offset
    values[missing] = np.nan
    return values


def _is_missing(stored: Array, attrs: Mapping[str, Any]) -> NDArray[np.bool_]:
    missing = np.zeros(stored.shape, bool)
    if stored.dtype.kind == "f":
        missing |= ~np.isfinite(stored) | (np.abs(stored) > _HUGE)
    told = [attrs[name] for name in ("_FillValue", "missing_value") if name in attrs]
    if not told and "scale_factor" in attrs:
        told = [_DEFAULT_FILL[code] for code in (stored.dtype.str[1:],) if code in _DEFAULT_FILL]
    for value in told:
        for fill in _fills(value, stored.dtype):
            missing |= stored == fill
    return missing


def _fills(value: Any, dtype: np.dtype[Any]) -> Array:
    """Return the values that stand for nothing, in the type of the variable; Zarr 3 writes them as base64."""
    if isinstance(value, str | bytes):
        try:
            return np.frombuffer(base64.b64decode(value, validate=True), "<f8" if dtype.kind == "f" else "<i8")
        except (binascii.Error, ValueError):
            pass
        try:
            value = float(value)
        except ValueError:
            return np.zeros(0)
    found = np.atleast_1d(np.asarray(value))
    if found.dtype.kind not in "iuf":
        return np.zeros(0)
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return found.astype(dtype)
    limits = np.iinfo(dtype)
    signed_twin = dtype.kind == "u" and found.dtype.kind == "i"
    if signed_twin:
        found = np.where(found < 0, found.astype(np.int64) + limits.max + 1, found)
    return found[(found >= limits.min) & (found <= limits.max)]


def _number(value: Any, default: float) -> float:
    try:
        number = float(np.asarray(value).reshape(-1)[0]) if value is not None else default
    except (ValueError, TypeError, IndexError):
        return default
    return number if np.isfinite(number) else default
