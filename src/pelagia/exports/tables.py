"""Read the tables of a result row by row, whether or not they have every column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pelagia.core.table import ROWS_PER_GROUP, Table


def record_batches(table: Table, columns: Sequence[str], rows: int = ROWS_PER_GROUP) -> Iterator[list[dict[str, Any]]]:
    """Read chosen columns piece by piece; a column the table lacks is None in every row.

    Parameters
    ----------
    rows
        The most rows of one piece.
    """
    present = {column.name for column in table.columns}
    absent = dict.fromkeys(column for column in columns if column not in present)
    for batch in table.batches([column for column in columns if column in present], rows):
        yield [{**absent, **row} for row in batch.to_pylist()]


def records(table: Table, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Read chosen columns row by row; a column the table lacks is None in every row."""
    for batch in record_batches(table, columns):
        yield from batch
