"""Numbers and times in words, and lists in columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import click


def count(number: int, one: str, many: str) -> str:
    """Return ``1 image`` or ``2,000 images``."""
    return f"{number:,} {one if number == 1 else many}"


def sentence(text: str) -> str:
    """Return a text with a capital at its start and a full stop at its end."""
    stripped = text.strip()
    return stripped[:1].upper() + stripped[1:] + ("" if stripped.endswith((".", "!", "?", ":")) else ".")


def size(number_bytes: float) -> str:
    """Return a size such as ``12.3 MB``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number_bytes < 1000:
            return f"{number_bytes:.0f} {unit}" if unit == "bytes" else f"{number_bytes:.1f} {unit}"
        number_bytes /= 1000
    return f"{number_bytes:.1f} TB"


def duration(seconds: float) -> str:
    """Return a time span such as ``2 min 5 s``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


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
