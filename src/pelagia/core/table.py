"""Tables on disk: Parquet files whose columns say what they hold, and in which unit."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_GROUP = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table: its name, Arrow type, unit (``""`` where it has none) and meaning."""

    name: str
    type: pa.DataType
    description: str
    unit: str = ""

    def field(self) -> pa.Field:
        """Return the Arrow field, with unit and description in its metadata."""
        return pa.field(self.name, self.type, metadata={"unit": self.unit, "description": self.description})


def columns_of(schema: pa.Schema) -> tuple[Column, ...]:
    """Read the columns back from a schema written with :meth:`Column.field`."""
    found = []
    for field in schema:
        metadata = field.metadata or {}
        found.append(
            Column(
                name=field.name,
                type=field.type,
                unit=metadata.get(b"unit", b"").decode(),
                description=metadata.get(b"description", b"").decode(),
            )
        )
    return tuple(found)


def dictionary_columns(schema: pa.Schema) -> list[str]:
    """Return the Parquet columns worth a dictionary: texts. Among measures, looking for repeats takes most of the time.

    Parameters
    ----------
    schema
        Of the table.
    """
    names = []
    for field in schema:
        if pa.types.is_string(field.type):
            names.append(field.name)
        elif pa.types.is_list(field.type) and pa.types.is_string(field.type.value_type):
            names.append(f"{field.name}.list.element")
    return names


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A named table in a Parquet file; a million rows need no more memory than a thousand.

    Parameters
    ----------
    name
        ``objects``, ``counts``, …; the file in the output folder is ``<name>.parquet``.
    path
        The Parquet file.
    """

    name: str
    path: Path

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns with unit and description."""
        return columns_of(pq.read_schema(self.path))

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(pq.read_metadata(self.path).num_rows)

    def batches(self, columns: Sequence[str] | None = None, rows: int = ROWS_PER_GROUP) -> Iterator[pa.RecordBatch]:
        """Read the table piece by piece, in order.

        Parameters
        ----------
        columns
            The columns to read; all by default.
        rows
            The most rows of one piece.
        """
        with pq.ParquetFile(self.path) as file:
            yield from file.iter_batches(batch_size=rows, columns=list(columns) if columns is not None else None)

    def records(self, columns: Sequence[str] | None = None) -> Iterator[dict[str, object]]:
        """Read the table row by row, each as a dictionary."""
        for batch in self.batches(columns):
            yield from batch.to_pylist()

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the whole table into memory; for small tables and few columns only."""
        return pq.read_table(self.path, columns=list(columns) if columns is not None else None)


class TableWriter:
    """Write a table piece by piece; the file appears under its name only when complete.

    Parameters
    ----------
    name
        The table's name.
    path
        Where the Parquet file shall stand.
    columns
        Its columns; pieces are cast to them, and a missing column is an error.
    rows_per_group
        The most rows of a row group, the smallest part that can be read alone. Each piece starts a new one.
    """

    def __init__(self, name: str, path: Path, columns: Sequence[Column], rows_per_group: int = ROWS_PER_GROUP) -> None:
        self.table = Table(name=name, path=path)
        self._rows_per_group = rows_per_group
        self._schema = pa.schema([column.field() for column in columns])
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        path.parent.mkdir(parents=True, exist_ok=True)
        dictionaries = dictionary_columns(self._schema)
        self._writer = pq.ParquetWriter(self._partial, self._schema, compression="zstd", use_dictionary=dictionaries)

    def write(self, piece: pa.Table) -> None:
        """Append a piece; its columns may stand in any order."""
        piece = piece.select(self._schema.names).cast(self._schema)
        self._writer.write_table(piece, row_group_size=self._rows_per_group)

    def write_records(self, records: Sequence[Mapping[str, object]]) -> None:
        """Append rows given as dictionaries; an absent key is a missing value."""
        self.write(pa.Table.from_pylist(list(records), schema=self._schema))

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        if kind is None:
            self._partial.replace(self.table.path)
        else:
            self._partial.unlink(missing_ok=True)


def write_table(name: str, folder: Path, columns: Sequence[Column], records: Sequence[Mapping[str, object]]) -> Table:
    """Write a small table whole, as ``<name>.parquet`` in a folder.

    Parameters
    ----------
    name, folder
        Of the table, and where it shall stand.
    columns
        Its columns.
    records
        Its rows; an absent key is a missing value.
    """
    with TableWriter(name, folder / f"{name}.parquet", columns) as writer:
        writer.write_records(records)
    return writer.table
