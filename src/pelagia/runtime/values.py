"""How the value of a step is kept: JSON, with tables and arrays beside it.

A value is made of JSON types, ``pyarrow.Table`` and ``numpy.ndarray``, nested at will in dictionaries and lists. What
JSON cannot say stands as a marker, a dictionary with the one key ``$``. Nothing is ever pickled.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pelagia.core.table import dictionary_columns

MARKER = "$"
MOST_INLINE_CHARACTERS = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A value as it is kept.

    Parameters
    ----------
    text
        The JSON; a marker in it names the position of its blob.
    blobs
        The tables and arrays in it, as Parquet and NPY files.
    """

    text: str
    blobs: tuple[bytes, ...] = ()


def encode(value: Any, key: str) -> Encoded:
    """Turn a value into text and blobs.

    Parameters
    ----------
    value
        The value.
    key
        The key of its step, for the message.

    Raises
    ------
    TypeError
        Where something in it is neither a JSON type, a table nor an array; the message names the step and the place.
    """
    blobs: list[bytes] = []
    tree = _simplify(value, blobs, f"the value of step {key!r}")
    return Encoded(text=json.dumps(tree, ensure_ascii=True, allow_nan=False, separators=(",", ":")), blobs=tuple(blobs))


def decode(text: str, blob: Callable[[int], bytes]) -> Any:
    """Turn text back into the value.

    Parameters
    ----------
    text
        The JSON of :class:`Encoded`.
    blob
        Returns the blob at a position.
    """
    return _restore(json.loads(text), blob)


def decoded(encoded: Encoded) -> Any:
    """Return the value that a reader will get."""
    return decode(encoded.text, encoded.blobs.__getitem__)


def _simplify(value: Any, blobs: list[bytes], place: str) -> Any:
    if isinstance(value, np.generic):
        value = _plain_scalar(value, place)
    if isinstance(value, float):
        # JSON has no NaN and no infinity.
        return value if math.isfinite(value) else {MARKER: "float", "value": repr(value)}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [_simplify(item, blobs, f"{place}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, dict):
        return _simplify_dict(value, blobs, place)
    return _simplify_bulk(value, blobs, place)


def _simplify_dict(value: dict[Any, Any], blobs: list[bytes], place: str) -> dict[str, Any]:
    for name in value:
        if not isinstance(name, str):
            raise TypeError(f"{place} has a key that is not text: {name!r}. Use text as keys of a step's value")
    found = {str(name): _simplify(item, blobs, f"{place}[{name!r}]") for name, item in value.items()}
    return {MARKER: "dict", "items": found} if MARKER in found else found


def _simplify_bulk(value: Any, blobs: list[bytes], place: str) -> dict[str, Any]:
    if isinstance(value, pa.Table):
        blobs.append(_table_bytes(value))
        # Parquet cannot keep the number of rows of a table without columns.
        rows = {} if value.num_columns else {"rows": value.num_rows}
        return {MARKER: "table", "blob": len(blobs) - 1, **rows}
    if type(value) is np.ndarray:
        if value.dtype.hasobject:
            raise TypeError(f"{place} is an array of Python objects. Give it a numeric or text dtype")
        blobs.append(_array_bytes(value))
        return {MARKER: "array", "blob": len(blobs) - 1}
    raise TypeError(
        f"{place} is a {type(value).__module__}.{type(value).__qualname__}, which cannot be stored. "
        "A step returns JSON types, pyarrow.Table and numpy.ndarray"
    )


def _plain_scalar(value: np.generic, place: str) -> bool | int | float | str:
    plain = value.item()
    if isinstance(plain, bool | int | float | str):
        return plain
    raise TypeError(f"{place} is a {type(value).__name__}, which cannot be stored. Store it as a number or text")


def _table_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(
        table, sink, compression="zstd", compression_level=1, use_dictionary=dictionary_columns(table.schema)
    )
    return bytes(sink.getvalue())


def _array_bytes(array: np.ndarray[Any, Any]) -> bytes:
    sink = io.BytesIO()
    np.save(sink, array, allow_pickle=False)
    return sink.getvalue()


def _restore(tree: Any, blob: Callable[[int], bytes]) -> Any:
    if isinstance(tree, list):
        return [_restore(item, blob) for item in tree]
    if not isinstance(tree, dict):
        return tree
    kind = tree.get(MARKER)
    if kind in (None, "dict"):
        items = tree if kind is None else tree["items"]
        return {name: _restore(item, blob) for name, item in items.items()}
    if kind == "float":
        return float(tree["value"])
    if kind == "table":
        return _read_table(blob(tree["blob"]), tree.get("rows"))
    return np.load(io.BytesIO(blob(tree["blob"])), allow_pickle=False)


def _read_table(data: bytes, rows: int | None) -> pa.Table:
    table = pq.read_table(pa.BufferReader(data))
    return table if rows is None else pa.table({"_": pa.nulls(rows)}).select([])
