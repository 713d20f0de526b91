"""Browsing objects: the index tells what the table tells; filters, orders and pages miss nobody."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pelagia.core.errors import BadParameter, NotFound
from pelagia.orders.object_index import ObjectIndex, build_index, open_index
from pelagia.orders.objects import ORDERS, WITHOUT_TAXON, Choice, Objects
from pelagia.runtime.decisions import Annotator, Entry

ROWS = 500
ADA, BEN = Annotator(key="account:a", name="Ada"), Annotator(key="account:b", name="Ben")
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def write_objects(path: Path, rows: int = ROWS) -> pa.Table:
    rng = np.random.default_rng(3)
    taxon = rng.choice(["Red", "Green", "unknown"], rows)
    lost = rng.random(rows) < 0.1
    confidence = np.where(lost, np.nan, np.round(rng.random(rows), 2))
    table = pa.table(
        {
            "object_id": [f"Station é/{number}" for number in range(rows)],
            "sample_id": [f"run-{number % 3}" for number in range(rows)],
            "source_uri": ["upload://abcdefgh"] * rows,
            "source_file": [f"collage_{number // 40}.tif" for number in range(rows)],
            "box_col_px": pa.array(rng.integers(0, 900, rows), pa.int32()),
            "box_row_px": pa.array(rng.integers(0, 900, rows), pa.int32()),
            "box_width_px": pa.array(rng.integers(5, 90, rows), pa.int32()),
            "box_height_px": pa.array(rng.integers(5, 90, rows), pa.int32()),
            "esd_um": pa.array(np.where(rng.random(rows) < 0.2, np.nan, rng.random(rows) * 50), from_pandas=True),
            "abd_um": rng.random(rows) * 40,
            "acquired_at_utc": pa.array(rng.integers(0, 10**15, rows), pa.timestamp("us", tz="UTC")),
            "taxon": pa.array(np.where(lost, None, taxon), pa.string()),
            "status": np.where(lost, "unclassified", "predicted"),
            "predicted_taxon": pa.array(np.where(lost, None, taxon), pa.string()),
            "confidence": pa.array(confidence, pa.float32(), from_pandas=True),
            "top_taxa": [["Red", "Green"]] * rows,
            "top_probabilities": [[0.7, 0.3]] * rows,
        }
    )
    pq.write_table(table, path, row_group_size=64)
    return table


@pytest.fixture
def table(tmp_path: Path) -> pa.Table:
    return write_objects(tmp_path / "objects.parquet")


@pytest.fixture
def index(table: pa.Table, tmp_path: Path) -> ObjectIndex:
    build_index(str(tmp_path / "objects.parquet"), str(tmp_path / "gallery" / "objects.arrow"))
    found = open_index(tmp_path / "objects.parquet", tmp_path / "gallery" / "objects.arrow")
    assert found is not None and found.rows == table.num_rows
    return found


def entry(number: int, row: int, label: str | None, who: Annotator = ADA) -> Entry:
    return Entry(id=number, object_id=f"Station é/{row}", label=label, annotator=who, at=NOW)


def all_rows(objects: Objects, choice: Choice, limit: int = 37) -> list[int]:
    found: list[int] = []
    after = None
    while True:
        page = objects.page(choice, after=after, limit=limit)
        found.extend(page.rows)
        if not page.has_more:
            assert page.total == len(found)
            return found
        after = page.rows[-1]


def test_the_index_tells_what_the_table_tells(index: ObjectIndex, table: pa.Table) -> None:
    rows = table.to_pylist()
    for number in (0, 63, 64, 499):
        row = rows[number]
        assert index.object_id(number) == row["object_id"]
        assert index.text("taxon", number) == row["taxon"]
        assert index.place(number) == {
            name: row[name]
            for name in (*("source_uri", "source_file", "box_col_px", "box_row_px", "box_width_px", "box_height_px"),)
        }
        record = index.record(number)
        assert record["top_taxa"] == ["Red", "Green"] and record["object_id"] == row["object_id"]
    assert index.neighbours(45).tolist() == list(range(40, 80))
    assert index.find(["Station é/7", "nobody", "Station é/3"]) == {"Station é/7": 7, "Station é/3": 3}


def test_an_index_of_another_table_is_not_used(index: ObjectIndex, tmp_path: Path) -> None:
    del index
    write_objects(tmp_path / "objects.parquet", rows=20)
    assert open_index(tmp_path / "objects.parquet", tmp_path / "gallery" / "objects.arrow") is None
    (tmp_path / "gallery" / "objects.arrow").write_bytes(b"half an index")
    assert open_index(tmp_path / "objects.parquet", tmp_path / "gallery" / "objects.arrow") is None


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_shows_every_object_once(index: ObjectIndex, order: str) -> None:
    found = all_rows(Objects(index), Choice(order=order))  # type: ignore[arg-type]
    assert sorted(found) == list(range(ROWS))


def test_orders_sort_and_put_what_is_not_known_last(index: ObjectIndex, table: pa.Table) -> None:
    confidence = table["confidence"].to_pylist()
    sizes = [
        esd if esd is not None else abd
        for esd, abd in zip(*(table[n].to_pylist() for n in ("esd_um", "abd_um")), strict=False)
    ]
    surest = [confidence[row] for row in all_rows(Objects(index), Choice(order="certain"))]
    known = [value for value in surest if value is not None]
    assert known == sorted(known, reverse=True)
    assert surest[len(known) :] == [None] * (ROWS - len(known))
    small = [sizes[row] for row in all_rows(Objects(index), Choice(order="small"))]
    assert small == sorted(small)
    late = [table["acquired_at_utc"][row].as_py() for row in all_rows(Objects(index), Choice(order="late"))]
    assert late == sorted(late, reverse=True)


def test_filters_are_those_of_the_table(index: ObjectIndex, table: pa.Table) -> None:
    rows = table.to_pylist()
    objects = Objects(index)
    expected = {
        Choice(taxon="Red"): [r["taxon"] == "Red" for r in rows],
        Choice(taxon=WITHOUT_TAXON): [r["taxon"] is None for r in rows],
        Choice(taxon="nothing of the kind"): [False for r in rows],
        Choice(status="unknown"): [r["taxon"] == "unknown" for r in rows],
        Choice(status="predicted"): [r["taxon"] in {"Red", "Green"} for r in rows],
        Choice(status="unclassified", sample="run-1"): [r["taxon"] is None and r["sample_id"] == "run-1" for r in rows],
        Choice(confidence_from=0.25, confidence_to=0.5): [
            r["confidence"] is not None and 0.25 <= r["confidence"] <= 0.5 for r in rows
        ],
        Choice(disputed=True): [False for r in rows],
    }
    for choice, wanted in expected.items():
        assert sorted(all_rows(objects, choice)) == np.flatnonzero(wanted).tolist(), choice


def test_decisions_lie_over_the_table_and_can_be_taken_back(index: ObjectIndex, table: pa.Table) -> None:
    objects = Objects(index)
    red = {one.taxon: one for one in objects.taxa()}["Red"]
    row = table["taxon"].to_pylist().index("Red")
    objects.add([entry(1, row, "Diatom"), entry(2, row, "Blue", BEN)])
    card = objects.card(row)
    assert (card["taxon"], card["status"], card["disputed"]) == ("Blue", "validated", True)
    assert [(vote["name"], vote["taxon"]) for vote in card["decided_by"]] == [("Ada", "Diatom"), ("Ben", "Blue")]
    now = {one.taxon: one for one in objects.taxa()}
    assert (now["Blue"].validated, now["Red"].predicted) == (1, red.predicted - 1)
    assert all_rows(objects, Choice(disputed=True)) == all_rows(objects, Choice(annotator="account:a")) == [row]
    assert all_rows(objects, Choice(status="validated")) == [row]
    objects.add([entry(3, row, None, BEN), entry(4, row, None)])
    assert objects.card(row)["taxon"] == "Red" and objects.card(row)["status"] == "predicted"
    assert {one.taxon: one for one in objects.taxa()}["Red"] == red
    assert sum(objects.statuses().values()) == ROWS


def test_naming_objects_while_paging_skips_nobody(index: ObjectIndex, table: pa.Table) -> None:
    objects, choice = Objects(index), Choice(taxon="Red", status="predicted", order="uncertain")
    wanted = set(all_rows(objects, choice))
    seen: set[int] = set()
    after, number = None, 0
    while True:
        page = objects.page(choice, after=after, limit=11)
        seen |= set(page.rows)
        if not page.rows:
            break
        after = page.rows[-1]
        for row in page.rows:
            number += 1
            objects.add([entry(number, row, "Green")])
    assert seen == wanted
    assert all_rows(objects, choice) == []


def test_what_is_not_there_is_said_to_be_so(index: ObjectIndex) -> None:
    objects = Objects(index)
    with pytest.raises(NotFound, match="no such object"):
        objects.card(ROWS)
    with pytest.raises(BadParameter, match="no such object"):
        objects.page(Choice(), after=ROWS)
    with pytest.raises(BadParameter, match="no such status"):
        objects.page(Choice(status="perhaps"))
