"""Tables on disk keep their columns, units and order, in pieces of any size."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pelagia.core.table import Column, Table, TableWriter

COLUMNS = (
    Column(name="object_id", type=pa.string(), description="Name"),
    Column(name="esd_um", type=pa.float64(), description="Diameter", unit="µm"),
)


def write(path: Path, pieces: list[list[dict[str, object]]]) -> Table:
    with TableWriter("objects", path, COLUMNS) as writer:
        for piece in pieces:
            writer.write_records(piece)
    return writer.table


def test_columns_come_back_with_unit_and_description(tmp_path: Path) -> None:
    table = write(tmp_path / "objects.parquet", [[{"object_id": "a", "esd_um": 2.0}]])
    assert table.columns == COLUMNS


@given(sizes=st.lists(st.integers(0, 7), max_size=6))
def test_rows_in_are_rows_out_in_order(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    names = iter(range(100))
    pieces = [[{"object_id": str(next(names)), "esd_um": 1.0} for _ in range(size)] for size in sizes]
    table = write(tmp_path_factory.mktemp("t") / "objects.parquet", pieces)
    expected = [row["object_id"] for piece in pieces for row in piece]
    assert table.rows == len(expected)
    assert [row["object_id"] for row in table.records()] == expected


def test_a_failed_write_leaves_no_table_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "objects.parquet"
    with pytest.raises(ValueError, match="stop"), TableWriter("objects", path, COLUMNS) as writer:
        writer.write_records([{"object_id": "a"}])
        raise ValueError("stop")
    assert list(tmp_path.iterdir()) == []


def test_columns_may_come_in_any_order_but_none_may_lack(tmp_path: Path) -> None:
    path = tmp_path / "objects.parquet"
    with TableWriter("objects", path, COLUMNS) as writer:
        writer.write(pa.table({"esd_um": [1, 2], "object_id": ["a", "b"]}))
    assert writer.table.read()["esd_um"].to_pylist() == [1.0, 2.0]
    with pytest.raises(KeyError), TableWriter("objects", path, COLUMNS) as writer:
        writer.write(pa.table({"object_id": ["a"]}))
