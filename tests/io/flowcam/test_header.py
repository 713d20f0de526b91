from __future__ import annotations

import pytest
from tests.data.flowcam.make import FIELDS, list_head

from pelagia.core.errors import BadInput
from pelagia.io.flowcam.columns import LIST_COLUMNS
from pelagia.io.flowcam.header import LEGACY_LAYOUTS, read_header


def codes(head: bytes) -> list[str]:
    return [issue.code for issue in read_header(head, "run.lst").issues]


@pytest.mark.parametrize("fields", [53, 57, 65])
def test_columns_of_every_version_are_known_and_found_by_name(fields: int) -> None:
    head = list_head(FIELDS[fields]).encode()
    header = read_header(head + b"1|2|3\n", "run.lst")
    assert header.version == "017"
    assert header.names == FIELDS[fields]
    assert header.start == len(head)
    assert header.issues == ()
    assert set(header.names) <= set(LIST_COLUMNS)


def test_numbers_are_told_from_text_by_their_type() -> None:
    columns = {column.name: column.number for column in read_header(list_head(FIELDS[65]).encode(), "f").columns}
    assert [name for name, number in columns.items() if not number] == ["timestamp", "collage_file", "image_id"]


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    plain = list_head(FIELDS[65]).encode()
    header = read_header(b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n"), "run.lst")
    assert header.names == FIELDS[65]
    assert header.version == "017"


def test_an_unknown_column_is_a_note_and_is_kept() -> None:
    header = read_header(list_head([*FIELDS[65], "novel_index"]).encode(), "run.lst")
    (issue,) = header.issues
    assert (issue.code, issue.value, issue.severity) == ("list-column-unknown", "novel_index", "note")
    assert "novel_index" in header.names


def test_an_unknown_version_is_read_by_its_header() -> None:
    head = list_head(FIELDS[65]).encode().replace(b"017", b"018", 1)
    assert codes(head) == ["list-version-unknown"]


def test_a_missing_num_fields_line_is_told_and_the_definitions_are_used() -> None:
    head = list_head(FIELDS[65]).encode().replace(b"num-fields|65\n", b"")
    assert codes(head) == ["list-num-fields-missing"]


@pytest.mark.parametrize("announced", [b"64", b"many"])
def test_a_wrong_number_of_fields_is_told_and_the_definitions_are_used(announced: bytes) -> None:
    head = list_head(FIELDS[65]).encode().replace(b"num-fields|65", b"num-fields|" + announced)
    assert codes(head) == ["list-header-mismatch"]


def test_missing_columns_are_named() -> None:
    names = [name for name in FIELDS[65] if name not in ("image_w", "collage_file")]
    (issue,) = read_header(list_head(names).encode(), "run.lst").issues
    assert (issue.code, issue.value, issue.severity) == ("list-column-missing", "image_w, collage_file", "error")


def test_a_column_named_twice_is_kept_under_another_name() -> None:
    header = read_header(list_head([*FIELDS[65], "length"]).encode(), "run.lst")
    assert [issue.code for issue in header.issues] == ["list-column-unknown", "list-column-repeated"]
    assert len(set(header.names)) == 66


@pytest.mark.parametrize("fields", [44, 47])
def test_elder_lists_without_a_header_are_known_by_their_number_of_fields(fields: int) -> None:
    header = read_header(":".join(["1"] * fields).encode() + b"\n", "run.lst")
    assert header.names == LEGACY_LAYOUTS[fields]
    assert (header.version, header.delimiter, header.start) == ("legacy", ":", 0)
    assert [issue.code for issue in header.issues] == ["list-headerless"]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\x00" * 100])
def test_an_empty_list_says_so(data: bytes) -> None:
    with pytest.raises(BadInput, match=r"run\.lst: The particle list is empty"):
        read_header(data, "run.lst")


def test_something_else_under_the_name_of_a_list_says_so() -> None:
    with pytest.raises(BadInput, match="not a particle list"):
        read_header(b"%PDF-1.4 whatever\n", "run.lst")
