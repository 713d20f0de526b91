"""Every table of a result as CSV, with a list of what the columns mean."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from pelagia.core.result import Result
from pelagia.core.spreadsheet import APOSTROPHE, NUMBER, STARTS
from pelagia.core.table import Table
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS: Mapping[str, tuple[str, ...]] = {}
COLUMN_LIST = "columns.csv"
LIST_SEPARATOR = "|"
INNER_SEPARATOR = " "


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``csv/<table>.csv`` for every table, and ``csv/columns.csv`` with unit and meaning.

    UTF-8 with commas; a missing value is an empty cell, a list is joined by ``|`` (a list in it by a blank), a time is
    ISO 8601 in UTC, a text that a spreadsheet would calculate begins with an apostrophe. Read piece by piece, so that
    the size of a table does not matter.
    """
    folder = out / "csv"
    folder.mkdir(parents=True, exist_ok=True)
    files = [_write_table(table, folder / f"{name}.csv") for name, table in result.tables.items()]
    files.append(_write_column_list(result.tables, folder / COLUMN_LIST))
    return ExportOutcome(files=tuple(files))


def _write_table(table: Table, path: Path) -> Path:
    write_csv(table.batches(), pa.schema([pa.field(column.name, column.type) for column in table.columns]), path)
    return path


def write_csv(batches: Iterable[pa.RecordBatch], schema: pa.Schema, sink: Any) -> None:
    """Write rows as CSV, piece by piece.

    Parameters
    ----------
    batches
        The rows.
    schema
        Theirs.
    sink
        A path, or something to write bytes to.
    """
    flat = pa.schema([pa.field(field.name, _text_or_same(field.type)) for field in schema])
    with arrow_csv.CSVWriter(sink, flat, write_options=arrow_csv.WriteOptions(quoting_style="needed")) as writer:
        for batch in batches:
            columns = [_flattened(batch.column(name)) for name in flat.names]
            writer.write_batch(pa.record_batch(columns, schema=flat))


def _text_or_same(type_: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_list(type_) or pa.types.is_timestamp(type_) else type_


def _flattened(values: pa.Array) -> pa.Array:
    if pa.types.is_list(values.type):
        texts = values
        if pa.types.is_list(values.type.value_type):
            inner = pc.binary_join(values.values.cast(pa.list_(pa.string())), INNER_SEPARATOR)
            texts = pa.ListArray.from_arrays(values.offsets, inner)
        joined = pc.binary_join(texts.cast(pa.list_(pa.string())), LIST_SEPARATOR)
        filled = pc.if_else(values.is_null(), pa.scalar(None, pa.string()), joined)
        return _as_text(filled) if pa.types.is_string(values.type.value_type) else filled
    if pa.types.is_timestamp(values.type):
        return pc.strftime(values, format="%Y-%m-%dT%H:%M:%S" + ("Z" if values.type.tz else ""))
    return _as_text(values) if pa.types.is_string(values.type) else values


def _as_text(values: pa.Array) -> pa.Array:
    """Return texts that no spreadsheet calculates, as :func:`pelagia.core.spreadsheet.as_text` does."""
    is_formula = pc.and_not(pc.match_substring_regex(values, STARTS), pc.match_substring_regex(values, NUMBER))
    guarded = pc.binary_join_element_wise(pa.scalar(APOSTROPHE), values, pa.scalar(""))
    return pc.if_else(is_formula, guarded, values)


def _write_column_list(tables: Mapping[str, Table], path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("table", "column", "type", "unit", "description"))
        for name, table in tables.items():
            for column in table.columns:
                writer.writerow((name, column.name, column.type, column.unit, column.description))
    return path
