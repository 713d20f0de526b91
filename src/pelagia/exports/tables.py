"""What an exporter needs of a result: which tables and columns, and how to read those that may be absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pelagia.core.errors import BadInput
from pelagia.core.result import Result
from pelagia.core.table import ROWS_PER_GROUP, Table


def require(result: Result, needs: Mapping[str, Sequence[str]], exporter: str) -> None:
    """Check that a result has the tables and columns an exporter needs.

    Parameters
    ----------
    needs
        Table → columns.
    exporter
        Its name, for the message.

    Raises
    ------
    BadInput
        Where one is missing; the value names the table and its columns.
    """
    for name, columns in needs.items():
        table = result.tables.get(name)
        present = {column.name for column in table.columns} if table else set()
        missing = [column for column in columns if column not in present]
        if table is None or missing:
            raise BadInput(
                f"The export {exporter} needs the table {name}",
                remedy="Choose the exports that the service offers.",
                value=", ".join(missing),
                file=f"{name}.parquet",
            )


def records(table: Table, columns: Sequence[str], rows: int = ROWS_PER_GROUP) -> Iterator[dict[str, Any]]:
    """Read chosen columns row by row; a column the table lacks is None in every row.

    Parameters
    ----------
    rows
        How many rows are held in memory at a time.
    """
    present = {column.name for column in table.columns}
    absent = dict.fromkeys(column for column in columns if column not in present)
    for batch in table.batches([column for column in columns if column in present], rows):
        for row in batch.to_pylist():
            yield {**absent, **row}
