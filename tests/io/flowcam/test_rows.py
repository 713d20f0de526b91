from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pytest

from pelagia.io.flowcam.header import ListColumn, ListHeader
from pelagia.io.flowcam.rows import RowFindings, row_tables

HEADER = ListHeader(
    version="017",
    columns=(
        ListColumn(name="id", number=True),
        ListColumn(name="length", number=True),
        ListColumn(name="collage_file", number=False),
    ),
    start=5,
)


def rows(text: str | bytes, chunk_bytes: int = 1 << 20) -> tuple[pa.Table, RowFindings]:
    findings = RowFindings()
    data = b"head\n" + (text if isinstance(text, bytes) else text.encode())
    tables = list(row_tables(io.BytesIO(data), HEADER, findings, chunk_bytes))
    return pa.concat_tables(tables) if tables else pa.table({"id": []}), findings


def test_rows_are_numbers_and_text() -> None:
    table, findings = rows("1|2.5|a.tif\n2|3|b.tif\n")
    assert table.to_pydict() == {
        "id": [1.0, 2.0],
        "length": [2.5, 3.0],
        "collage_file": ["a.tif", "b.tif"],
        "list_row": [1, 2],
    }
    assert findings.issues("f", 3) == ()


@pytest.mark.parametrize("chunk_bytes", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize("text", ["1|2|a.tif\n2|x|b.tif\n\n3|4\n4|5|c.tif\n", "1|2|a.tif\r\n2|3|b.tif"])
def test_the_size_of_the_pieces_changes_nothing(text: str, chunk_bytes: int) -> None:
    whole, findings = rows(text)
    pieces, piece_findings = rows(text, chunk_bytes)
    assert pieces.to_pydict() == whole.to_pydict()
    assert piece_findings.issues("f", 3) == findings.issues("f", 3)


def test_a_row_with_a_wrong_number_of_fields_is_told_with_its_number() -> None:
    table, findings = rows("1|2|a.tif\n2|3\n3|4|b.tif|more\n4|5|c.tif\n")
    assert table["list_row"].to_pylist() == [1, 4]
    (issue,) = findings.issues("run.lst", 3)
    assert (issue.code, issue.objects, issue.severity) == ("list-row-malformed", 2, "error")
    assert "row 2, 3" in issue.message
    assert issue.value == "2 fields: 2|3"


def test_a_last_row_cut_in_the_middle_is_a_truncated_list() -> None:
    table, findings = rows("1|2|a.tif\n2|3")
    assert table.num_rows == 1
    (issue,) = findings.issues("run.lst", 3)
    assert (issue.code, issue.objects) == ("list-truncated", 1)
    assert "row 2" in issue.message


@pytest.mark.parametrize("end", ["b.ti", "b.", "b"])
def test_a_last_value_cut_in_the_middle_is_a_truncated_list_and_the_row_is_kept(end: str) -> None:
    table, findings = rows(f"1|2|a.tif\n2|3|{end}")
    assert table.num_rows == 2
    assert [issue.code for issue in findings.issues("run.lst", 3)] == ["list-truncated"]


def test_a_missing_line_end_behind_a_whole_row_is_no_trouble() -> None:
    assert rows("1|2|a.tif\n2|3|b.tif")[1].issues("run.lst", 3) == ()


def test_a_value_that_is_no_number_is_left_empty_and_told() -> None:
    table, findings = rows("1|2|a.tif\n2|-1.#IND|b.tif\n3|0,55|c.tif\n4| 7 |d.tif\n5||e.tif\n")
    assert table["length"].to_pylist() == [2.0, None, None, 7.0, None]
    (issue,) = findings.issues("run.lst", 3)
    assert (issue.code, issue.value, issue.objects) == ("list-value-invalid", "-1.#IND", 2)
    assert "row 2 length, row 3 length" in issue.message


def test_many_faults_make_one_finding_with_the_first_rows() -> None:
    _, findings = rows("".join(f"{row}|x\n" for row in range(1, 101)) + "101|1|a.tif\n")
    (issue,) = findings.issues("run.lst", 3)
    assert issue.objects == 100
    assert "row 1, 2, 3, 4, 5 and 95 more" in issue.message


def test_a_list_in_another_encoding_is_read_and_told() -> None:
    table, findings = rows("1|2|Kväll.tif\n".encode("cp1252"))
    assert table["collage_file"].to_pylist() == ["Kväll.tif"]
    assert [issue.code for issue in findings.issues("f", 3)] == ["list-encoding"]


def test_no_rows_give_no_table() -> None:
    assert rows("")[0].num_rows == 0


def test_quotes_and_commas_are_ordinary_letters() -> None:
    table, _ = rows('1|2|a "b", c.tif\n')
    assert table["collage_file"].to_pylist() == ['a "b", c.tif']


def test_large_figures_keep_their_value() -> None:
    table, _ = rows("2147483647|12345678.1234|a.tif\n")
    assert table["id"].to_numpy().astype(np.int64)[0] == 2147483647
    assert table["length"][0].as_py() == 12345678.1234
