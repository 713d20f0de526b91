"""What people may change is checked before it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from pelagia.core.errors import BadParameter
from pelagia.core.service import Edit
from pelagia.services.zooscan.editor import MOST_LINES, check

LINE = [[1, 2.123], [3, 4]]


def test_lines_are_kept_as_numbers() -> None:
    assert check(Edit(kind="cuts", subject="a_1", value=[LINE])).value == [[[1.0, 2.12], [3.0, 4.0]]]
    assert check(Edit(kind="cuts", subject="a_1", value=[])).value == []
    assert check(Edit(kind="cuts", subject="a_1", value=None)).value is None


@pytest.mark.parametrize(
    "value",
    [
        "across",
        [[[1, 2]]],
        [[[1, 2], [3]]],
        [[[1, 2], [3, "4"]]],
        [[[1, 2], [3, float("nan")]]],
        [[[1, 2], [3, True]]],
        [[[1, 2], [3, 1e9]]],
        [LINE] * (MOST_LINES + 1),
        {"line": LINE},
    ],
)
def test_what_is_no_line_is_refused(value: Any) -> None:
    with pytest.raises(BadParameter):
        check(Edit(kind="cuts", subject="a_1", value=value))


def test_metadata_is_kept_as_the_table_has_it() -> None:
    def kept(field: str, value: Any) -> Any:
        return check(Edit(kind="metadata", subject="sample:st1", field=field, value=value)).value

    assert kept("volume_m3", "12,5") == 12.5
    assert kept("sampled_at_utc", "2024-05-17T07:30+02:00") == "2024-05-17T05:30:00+00:00"
    assert kept("station", "  12 b ") == "12 b"
    assert kept("depth_min_m", "") == ""
    assert kept("depth_min_m", None) is None


@pytest.mark.parametrize(
    ("kind", "subject", "field"),
    [("names", "a_1", ""), ("metadata", "st1", "station"), ("metadata", "scan:a", "verdict"), ("cuts", "a_1", "x")],
)
def test_what_cannot_be_changed_is_refused(kind: str, subject: str, field: str) -> None:
    with pytest.raises(BadParameter):
        check(Edit(kind=kind, subject=subject, field=field, value=[]))
