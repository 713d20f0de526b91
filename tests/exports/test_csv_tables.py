"""CSV tables: the same values as the Parquet tables, readable by any reader."""

from __future__ import annotations

import csv
import datetime as dt

import pyarrow as pa
import pytest
from tests.exports.flowcam_result import make_result

from pelagia.exports.csv_tables import write, write_csv
from pelagia.exports.outcome import ExportOptions

OPTIONS = ExportOptions(created=dt.date(2026, 1, 2))


@pytest.fixture
def written(tmp_path):
    result = make_result(tmp_path)
    write(result, tmp_path / "out", OPTIONS)

    def rows(name):
        with (tmp_path / "out" / "csv" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return result, rows


def test_every_row_and_column_of_a_table_is_there(written):
    result, rows = written
    for name, table in result.tables.items():
        assert len(rows(f"{name}.csv")) == table.rows
        assert list(rows(f"{name}.csv")[0]) == [column.name for column in table.columns]


def test_lists_are_joined_times_are_iso_in_utc_and_missing_values_are_empty(written):
    _, rows = written
    first = rows("objects.csv")[0]
    assert first["top_taxa"] == "Protist|Junk"
    assert first["acquired_at_utc"].startswith("2024-04-08T08:14:00")
    assert first["acquired_at_utc"].endswith("Z")
    assert first["duplicate_of"] == ""


def test_numbers_read_back_to_the_same_value(written):
    result, rows = written
    wanted = [row["per_ml"] for row in result.tables["counts"].records(["per_ml"])]
    assert [float(row["per_ml"]) for row in rows("counts.csv")] == wanted


def test_the_column_list_tells_unit_and_meaning(written):
    _, rows = written
    told = {(row["table"], row["column"]): row for row in rows("columns.csv")}
    assert told["objects", "abd_um"]["unit"] == "µm"
    assert told["objects", "abd_um"]["description"] == "Area-based diameter"


def test_a_list_in_a_list_is_joined_by_blanks_also_where_the_table_is_cut(tmp_path):
    kind = pa.list_(pa.list_(pa.float64()))
    rows = [{"line": [[1.0, 2.5], [3.0, 4.0]]}, {"line": None}, {"line": []}, {"line": [[0.5, 7.0]]}]
    table = pa.Table.from_pylist(rows, schema=pa.schema([pa.field("line", kind)]))
    batch = table.to_batches()[0]
    write_csv([batch.slice(0, 1), batch.slice(1)], batch.schema, tmp_path / "lines.csv")
    with (tmp_path / "lines.csv").open(newline="") as file:
        found = [row[0] if row else "" for row in list(csv.reader(file))[1:]]
    assert found == ["1 2.5|3 4", "", "", "0.5 7"]


def test_what_people_typed_is_no_formula_and_numbers_are_numbers(tmp_path):
    texts = ['=HYPERLINK("https://evil.example")', "-2+3", "-1.5", "-", "", None, "Copepoda"]
    columns = {
        "comment": pa.array(texts),
        "names": pa.array([[text or "", "x"] for text in texts]),
        "depth": pa.array([-1.0] * len(texts)),
        "line": pa.array([[-1.5, 2.0]] * len(texts)),
    }
    batch = pa.record_batch(columns)
    write_csv([batch], batch.schema, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = ['\'=HYPERLINK("https://evil.example")', "'-2+3", "-1.5", "-", "", "", "Copepoda"]
    assert [row["comment"] for row in rows] == told
    assert rows[0]["names"] == '\'=HYPERLINK("https://evil.example")|x'
    assert {(float(row["depth"]), row["line"]) for row in rows} == {(-1.0, "-1.5|2")}
