"""Places in long lists: what a client sends back is looked at before anything is asked by it."""

from __future__ import annotations

import base64
import datetime as dt

import pytest

from pelagia.api.paging import cursor_of, name_after, number_after, time_and_id
from pelagia.core.errors import BadParameter

AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def sent(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_place_comes_back_as_it_was_given() -> None:
    assert time_and_id(cursor_of(AT, "abc")) == (AT, "abc")
    assert name_after(cursor_of("run 1/ü.tif")) == "run 1/ü.tif"
    assert number_after(cursor_of(7)) == 7
    assert (time_and_id(""), name_after(""), number_after("")) == (None, "", 0)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1100,
        "nonsense",
        '{"a": 1, "b": 2}',
        '["a", "b", "c"]',
        '["a\\u0000"]',
        '["\\ud800"]',
        '["2026-03-01T12:00:00+00:00", "a\\u0000"]',
        '["2026-03-01T12:00:00+00:00", "\\ud800"]',
        '["2026-03-01T12:00:00", "a"]',
        '["0001-01-01T00:00:00+23:59", "a"]',
        '["9999-12-31T23:59:59-23:59", "a"]',
        "[-1]",
        "[true]",
    ],
)
def test_what_is_no_place_is_refused(text: str) -> None:
    for read in (time_and_id, name_after, number_after):
        with pytest.raises(BadParameter):
            read(sent(text))
