"""Strips of rows, and whole numbers as ImageJ makes them."""

from __future__ import annotations

import pytest

from pelagia.core.errors import BadInput
from pelagia.imaging.rounding import whole
from pelagia.imaging.strips import over_strips


@pytest.mark.parametrize("height", [0, 1, 9, 10, 11, 95])
def test_strips_cover_every_row_once_and_in_order(height: int) -> None:
    strips = list(over_strips(range, height, rows=10))
    assert [row for strip in strips for row in strip] == list(range(height))
    assert all(len(strip) <= 10 for strip in strips)


def test_what_goes_wrong_in_a_strip_is_raised() -> None:
    def damaged(start: int, _stop: int) -> None:
        if start == 20:
            raise BadInput("The image is damaged", remedy="Copy it again")

    with pytest.raises(BadInput, match="damaged"):
        list(over_strips(damaged, 50, rows=10))


@pytest.mark.parametrize(("value", "expected"), [(2.5, 3), (2.49, 2), (3.5, 4), (-0.5, 0), (7, 7), (14_550.6, 14_551)])
def test_halves_are_rounded_up(value: float, expected: int) -> None:
    assert whole(value) == expected
