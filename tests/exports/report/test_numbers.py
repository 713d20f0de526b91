"""Numbers in a report: enough digits and no more, grouped, never claiming more than is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pelagia.exports.report.numbers import (
    interval,
    many,
    nice_ceiling,
    nice_floor,
    percent,
    quantity,
    whole,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.01737, "0.0174"),
        (1.0, "1.00"),
        (12.3456, "12.3"),
        (99.96, "100"),
        (12396.4, "12\u202f400"),
        (12396, "12\u202f396"),
        (1.2345e9, "1.23\u202f×\u202f10⁹"),
        (4.2e-6, "4.20\u202f×\u202f10⁻⁶"),
        (None, "–"),
        (float("nan"), "–"),
        ("AutoImage", "AutoImage"),
    ],
)
def test_a_measured_value_has_three_significant_digits_and_a_count_all_of_its_own(value, text):
    assert quantity(value) == text


def test_intervals_may_be_open_on_one_side_or_missing():
    assert interval(None, None) == ""
    assert interval(None, 0.058) == "at most 0.058"
    assert interval(3.0, None) == "at least 3.0"
    assert interval(1.09, 10.24) == "1.1–10.2"


def test_a_share_that_only_comes_near_is_not_shown_as_all_or_nothing():
    assert percent(0.999) == "> 99\u202f%"
    assert percent(0.001) == "< 1\u202f%"
    assert percent(1.0) == "100\u202f%"
    assert percent(0.0) == "0\u202f%"
    assert percent(None) == "–"


def test_a_number_agrees_with_its_noun():
    assert many(1, "sample") == "1 sample"
    assert many(12034, "particle") == "12\u202f034 particles"
    assert whole(None) == "–"


@given(st.floats(1e-9, 1e12))
def test_the_end_of_an_axis_is_not_below_the_value_and_less_than_twice_it(value):
    assert value * (1 - 1e-6) <= nice_ceiling(value) <= 2 * value


@given(st.floats(1e-9, 1e12))
def test_a_scale_bar_is_not_longer_than_its_room_and_at_least_two_fifths_of_it(value):
    assert 0.399 * value <= nice_floor(value) <= value * (1 + 1e-6)
