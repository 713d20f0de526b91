"""Text in files that people open with a spreadsheet: nothing that somebody typed in may run there as a formula.

A cell that begins with one of ``= + - @``, a tab or a carriage return, and is no number, gets an apostrophe before it:
spreadsheets then take it for text. Readers of ours take it away again with :func:`as_typed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

STARTS = r"^[=+\-@\t\r]"
"""What the cells begin with that a spreadsheet would calculate; also a pattern of RE2."""
NUMBER = r"^[+\-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][+\-]?[0-9]+)?( ?%)?$|^[+\-]$"
"""What is left as it is: numbers, shares, and a lone sign that stands for nothing."""
APOSTROPHE = "'"
_STARTS, _NUMBER = re.compile(STARTS), re.compile(NUMBER)


def as_text(text: str) -> str:
    """Return a cell that no spreadsheet calculates."""
    return f"{APOSTROPHE}{text}" if _is_formula(text) else text


def as_typed(cell: str) -> str:
    """Return what a cell was before :func:`as_text`."""
    return cell[1:] if cell.startswith(APOSTROPHE) and _is_formula(cell[1:]) else cell


def as_cells(row: Iterable[object]) -> list[object]:
    """Return the cells of a row; what is no text stays as it is."""
    return [as_text(value) if isinstance(value, str) else value for value in row]


def _is_formula(text: str) -> bool:
    return bool(_STARTS.search(text)) and not _NUMBER.search(text)
