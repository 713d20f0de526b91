"""Rows of a table by page: filtered, sorted, without ever reading more of it than is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.core.errors import BadParameter
from pelagia.core.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is wanted of a table.

    Parameters
    ----------
    columns
        Their names; all where empty.
    equal
        Column → the text of the value it must have; empty for a missing one.
    sort
        Column to sort by, with ``-`` before it for the largest first; empty for the order of the table.
    """

    columns: tuple[str, ...] = ()
    equal: Mapping[str, str] | None = None
    sort: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Some rows, and how many there are of the wanted ones."""

    table: pa.Table
    total: int


def rows_of(table: Table, selection: Selection, *, offset: int, limit: int) -> Rows:
    """Return a page of a table.

    Raises
    ------
    BadParameter
        Where a column is not there, or cannot have the value asked for.
    """
    schema = pq.read_schema(table.path)
    columns = _columns(schema, selection)
    if not selection.equal and not selection.sort:
        total = table.rows
        wanted = np.arange(offset, min(offset + limit, total))
    else:
        chosen = _chosen(table, schema, selection)
        total = len(chosen)
        wanted = chosen[offset : offset + limit]
    return Rows(table=_take(table, columns, wanted), total=total)


def batches_of(table: Table, selection: Selection) -> Iterator[pa.RecordBatch]:
    """Read the wanted columns and rows piece by piece, in the order of the table."""
    schema = pq.read_schema(table.path)
    columns = _columns(schema, selection)
    equal = selection.equal or {}
    for batch in table.batches(list(dict.fromkeys([*columns, *equal]))):
        yield batch.filter(_mask(batch, schema, equal)).select(columns) if equal else batch.select(columns)


def schema_of(table: Table, selection: Selection) -> pa.Schema:
    """Return the schema of the wanted columns."""
    schema = pq.read_schema(table.path)
    return pa.schema([schema.field(name) for name in _columns(schema, selection)])


def _columns(schema: pa.Schema, selection: Selection) -> list[str]:
    columns = list(dict.fromkeys(selection.columns)) or list(schema.names)
    for name in (*columns, *(selection.equal or {}), *([selection.sort.removeprefix("-")] if selection.sort else [])):
        if name not in schema.names:
            raise BadParameter(
                "The table has no such column", value=name[:80], remedy=f"It has {', '.join(schema.names)}."
            )
    return columns


def _chosen(table: Table, schema: pa.Schema, selection: Selection) -> npt.NDArray[np.int64]:
    """Return the numbers of the wanted rows in order; reads only the columns that decide it."""
    equal = selection.equal or {}
    key = selection.sort.removeprefix("-")
    if key and pa.types.is_nested(schema.field(key).type):
        raise BadParameter("The table cannot be sorted by this column", value=key, remedy="Choose another one.")
    numbers: list[npt.NDArray[np.int64]] = []
    keys: list[pa.Array] = []
    start = 0
    for batch in table.batches(list(dict.fromkeys([*equal, *([key] if key else [])]))):
        kept = pa.array(np.arange(start, start + batch.num_rows))
        start += batch.num_rows
        mask = _mask(batch, schema, equal)
        numbers.append(kept.filter(mask).to_numpy())
        if key:
            keys.append(batch.column(key).filter(mask))
    rows = np.concatenate(numbers) if numbers else np.empty(0, np.int64)
    if not key or not len(rows):
        return rows
    order = "descending" if selection.sort.startswith("-") else "ascending"
    sortable = pa.table({"key": pa.chunked_array(keys), "row": rows})
    by = [("key", order), ("row", "ascending")]
    indices = pc.sort_indices(sortable, sort_keys=by).to_numpy()
    in_order: npt.NDArray[np.int64] = rows[indices]
    return in_order


def _mask(batch: pa.RecordBatch, schema: pa.Schema, equal: Mapping[str, str]) -> pa.Array:
    mask = pa.array(np.ones(batch.num_rows, bool))
    for name, text in equal.items():
        column = batch.column(name)
        found = pc.is_null(column) if text == "" else pc.equal(column, _value(schema.field(name), text))
        mask = pc.and_(mask, pc.fill_null(found, False))
    return mask


def _value(field: pa.Field, text: str) -> pa.Scalar:
    try:
        return pa.scalar(text).cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadParameter(
            f"The column {field.name} cannot have this value", value=text[:80], remedy=f"It holds {field.type}."
        ) from error


def _take(table: Table, columns: Sequence[str], rows: npt.NDArray[np.int64]) -> pa.Table:
    """Read rows by number, in the order given; reads only the row groups they stand in."""
    with pq.ParquetFile(table.path) as file:
        sizes = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        if not len(rows):
            return file.schema_arrow.empty_table().select(list(columns))
        groups = np.searchsorted(starts, rows, side="right") - 1
        pieces, places = [], []
        for group in np.unique(groups):
            here = np.flatnonzero(groups == group)
            pieces.append(file.read_row_group(int(group), columns=list(columns)).take(rows[here] - starts[group]))
            places.append(here)
    together = pa.concat_tables(pieces).select(list(columns))
    return together.take(np.argsort(np.concatenate(places), kind="stable"))
