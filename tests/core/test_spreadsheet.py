"""What people typed never runs as a formula; numbers stay numbers; what is read back is what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pelagia.core.spreadsheet import as_cells, as_text, as_typed

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=", "--1", "-1.5|2", "+49 30 12"]
NUMBERS = ["-1", "+1", "-1.5", "-.5", "-1e-05", "-1,5", "+12.5 %", "-3%", "-", "+", "", "a=b", "1-2", "'=1", "°C"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text(text: str) -> None:
    assert as_text(text) == f"'{text}" and as_typed(f"'{text}") == text


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_or_plain_text_stays_as_it_is(text: str) -> None:
    assert as_text(text) == text


@given(st.text(alphabet="=+-@\t'12.e% a", max_size=8))
def test_no_cell_begins_as_a_formula_and_all_can_be_read_back(text: str) -> None:
    cell = as_text(text)
    assert as_text(cell) == cell
    if not text.startswith("'"):
        assert as_typed(cell) == text


def test_what_is_no_text_is_left_alone() -> None:
    assert as_cells((-1.5, None, "=1", -2)) == [-1.5, None, "'=1", -2]
