from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pelagia.io.zooscan.text import decoded, has_comma, is_unknown, joined, moment, number


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"Vill\xe9franche", "Villéfranche", "iso-8859-1"),
        ("Villéfranche".encode(), "Villéfranche", "utf-8"),
        (b"\xef\xbb\xbfSampleId= a", "SampleId= a", "utf-8-sig"),
        (b"\x00\xff\xfe\x81", "\x00ÿþ\x81", "iso-8859-1"),
    ],
)
def test_any_bytes_are_text_and_the_encoding_is_kept(data: bytes, text: str, encoding: str) -> None:
    assert (decoded(data).text, decoded(data).encoding) == (text, encoding)


@given(st.lists(st.sampled_from([b"a= 1", b"b;c", b"", b"\xe9", b"x\ry"])), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_lines_are_written_as_they_were(lines: list[bytes], end: bytes) -> None:
    for data in (end.join(lines), end.join(lines) + end, b"one\r\ntwo\n" + end.join(lines)):
        like = decoded(data)
        assert joined(like.lines(), like) == data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("43.41", 43.41),
        ("43,41", 43.41),
        (" -7.18 ", -7.18),
        ("nan", None),
        ("inf", None),
        ("", None),
        ("1,234.5", None),
        ("1_000", None),
    ],
)
def test_a_number_may_have_a_decimal_comma(text: str, value: float | None) -> None:
    assert number(text) == value
    assert has_comma(text) == ("," in text and value is not None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20230704-0503", datetime(2023, 7, 4, 5, 3)),
        ("20240529_1541", datetime(2024, 5, 29, 15, 41)),
        ("20230619-0039", datetime(2023, 6, 19, 0, 39)),
        ("2023-06-19", datetime(2023, 6, 19)),
        ("20231319-0039", None),
        ("20230619-2560", None),
        ("yesterday", None),
    ],
)
def test_moments_are_read_as_written(text: str, value: datetime | None) -> None:
    assert moment(text) == value


def test_codes_for_unknown_values_are_told_from_values() -> None:
    assert all(is_unknown(code) for code in ("9999", "99999", "999999", " 99999 ", "99999.0"))
    assert not any(is_unknown(value) for value in ("999", "9999.5", "1008", "nan"))
