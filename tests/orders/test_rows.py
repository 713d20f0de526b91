"""Rows of a table by page, over several row groups."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pelagia.core.errors import BadParameter
from pelagia.core.table import Column, Table, TableWriter
from pelagia.orders.rows import Selection, batches_of, rows_of

ROWS = 1000
COLUMNS = (
    Column(name="number", type=pa.int64(), description="Its number"),
    Column(name="group", type=pa.string(), description="One of seven", unit=""),
    Column(name="size_um", type=pa.float64(), description="Its size", unit="µm"),
    Column(name="at", type=pa.timestamp("us", "UTC"), description="When"),
    Column(name="flag", type=pa.bool_(), description="Whether"),
    Column(name="names", type=pa.list_(pa.string()), description="Names"),
)


@pytest.fixture(scope="module")
def records() -> list[dict[str, object]]:
    rng = np.random.default_rng(3)
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    return [
        {
            "number": number,
            "group": None if number % 7 == 6 else f"group {number % 7}",
            "size_um": None if number % 11 == 0 else float(rng.integers(50)),
            "at": start + dt.timedelta(minutes=number),
            "flag": number % 2 == 0,
            "names": ["a", "b"][: number % 3],
        }
        for number in range(ROWS)
    ]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, object]]) -> Table:
    path = tmp_path_factory.mktemp("table") / "things.parquet"
    with TableWriter("things", path, COLUMNS, rows_per_group=64) as writer:
        for first in range(0, ROWS, 300):
            writer.write_records(records[first : first + 300])
    return writer.table


@settings(max_examples=60, deadline=None)
@given(
    group=st.sampled_from([None, "", "group 0", "group 3", "nothing"]),
    sort=st.sampled_from(["", "size_um", "-size_um", "group", "-number", "at"]),
    offset=st.integers(0, ROWS + 10),
    limit=st.integers(1, 200),
)
def test_a_page_is_what_sorting_and_filtering_the_whole_gives(
    table: Table, records: list[dict[str, object]], group: str | None, sort: str, offset: int, limit: int
):
    equal = {} if group is None else {"group": group}
    found = rows_of(table, Selection(columns=("number",), equal=equal, sort=sort), offset=offset, limit=limit)

    wanted = [row for row in records if group is None or row["group"] == (group or None)]
    key = sort.removeprefix("-")
    if key:
        there = [row for row in wanted if row[key] is not None]
        there.sort(key=lambda row: row[key], reverse=sort.startswith("-"))
        wanted = there + [row for row in wanted if row[key] is None]
    assert found.total == len(wanted)
    assert found.table["number"].to_pylist() == [row["number"] for row in wanted[offset : offset + limit]]


@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        ("number", "77", 77),
        ("at", "2024-01-01T01:17:00Z", 77),
        ("flag", "true", 0),
        ("size_um", "", 0),
    ],
)
def test_values_are_compared_as_what_the_column_holds(table: Table, name: str, text: str, number: int):
    found = rows_of(table, Selection(equal={name: text}), offset=0, limit=1)

    assert found.table["number"].to_pylist() == [number]
    assert found.table.schema.field("size_um").metadata[b"unit"] == "µm".encode()


@pytest.mark.parametrize(
    "selection",
    [
        Selection(columns=("nothing",)),
        Selection(sort="-nothing"),
        Selection(equal={"nothing": "1"}),
        Selection(equal={"number": "many"}),
        Selection(equal={"at": "yesterday"}),
        Selection(equal={"names": "a"}),
        Selection(sort="names"),
    ],
)
def test_what_a_table_cannot_do_is_told(table: Table, selection: Selection):
    with pytest.raises(BadParameter):
        rows_of(table, selection, offset=0, limit=1)


def test_pieces_keep_order_and_columns(table: Table):
    batches = list(batches_of(table, Selection(columns=("size_um", "number"), equal={"group": "group 1"})))

    assert list(batches[0].schema.names) == ["size_um", "number"]
    assert pa.Table.from_batches(batches)["number"].to_pylist() == list(range(1, ROWS, 7))
