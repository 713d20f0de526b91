"""Lists in columns for a terminal; numbers and times in words come from :mod:`pelagia.core.words`."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import click

from pelagia.core.words import count, duration, sentence, size

__all__ = ["columns", "count", "duration", "sentence", "size"]


def columns(rows: Sequence[Sequence[str]], titles: Sequence[str], *, right: Sequence[int] = ()) -> str:
    """Return rows in aligned columns under their titles.

    Parameters
    ----------
    rows
        Cells as text.
    titles
        Of the columns.
    right
        Columns that are aligned to the right: numbers.
    """
    table = [tuple(titles), *(tuple(row) for row in rows)]
    widths = [max(_width(row[column]) for row in table) for column in range(len(titles))]
    lines = []
    for row in table:
        cells = [_pad(cell, widths[column], column in right) for column, cell in enumerate(row)]
        lines.append("  ".join(cells).rstrip())
    lines[0] = click.style(lines[0], bold=True)
    return "\n".join(lines)


def _pad(text: str, width: int, to_right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if to_right else text + space


def _width(text: str) -> int:
    """Return how many places a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )
