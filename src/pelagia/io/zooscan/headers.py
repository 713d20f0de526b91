"""The header tables of a legacy project: samples and scans, ``;`` between fields, ISO-8859-1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pelagia.core.errors import BadInput
from pelagia.io.tally import Tally
from pelagia.io.zooscan.text import Decoded, decoded, joined

SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class HeaderTable:
    """A header table, kept row by row so that it can be written as it was.

    Parameters
    ----------
    columns
        As written.
    rows
        Fields as written; rows may be shorter or longer than the header.
    like
        How the file was encoded.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    like: Decoded

    def records(self) -> list[dict[str, str]]:
        """Return the rows by column in lower case; fields without a column are left out, blank rows too."""
        names = [name.strip().lower() for name in self.columns]
        return [{name: text.strip() for name, text in zip(names, row, strict=False)} for row in self.rows if any(row)]

    def with_records(self, key: str, changes: Mapping[str, Mapping[str, str]]) -> HeaderTable:
        """Return the table with other values.

        Parameters
        ----------
        key
            The column that tells rows apart: ``sampleid`` or ``scanid``.
        changes
            New values by the row's key, then by column in lower case.
        """
        names = [name.strip().lower() for name in self.columns]
        at = names.index(key)
        rows = []
        for row in self.rows:
            new = changes.get(row[at].strip(), {}) if at < len(row) else {}
            whole = (*row, *[""] * (len(names) - len(row))) if new else row
            told = tuple(new.get(name, text) for name, text in zip(names, whole, strict=False))
            rows.append((*told, *whole[len(names) :]))
        return replace(self, rows=tuple(rows))

    def write(self) -> bytes:
        """Return the bytes of the file."""
        return joined([SEPARATOR.join(row) for row in (self.columns, *self.rows)], self.like)


def parse_header_table(data: bytes, file: str, required: Sequence[str], tally: Tally) -> HeaderTable:
    """Read a header table.

    Parameters
    ----------
    data
        The file.
    required
        Columns (lower case) without which it is not the table it should be.
    tally
        Takes rows that have too few or too many fields, or a key twice.

    Raises
    ------
    BadInput
        A required column is missing.
    """
    like = decoded(data)
    head, *rows = [tuple(line.split(SEPARATOR)) for line in like.lines()] or [()]
    names = [name.strip().lower() for name in head]
    missing = [name for name in required if name not in names]
    if missing:
        raise BadInput(
            f"The table lacks the column {', '.join(missing)}",
            remedy="Check that it is the header table of the project, with ; between its fields.",
            value=SEPARATOR.join(head)[:120],
            file=file,
            code="header-table-columns",
        )
    table = HeaderTable(head, tuple(rows), like)
    _tell_rows(table, names.index(required[0]), tally)
    return table


def _tell_rows(table: HeaderTable, key: int, tally: Tally) -> None:
    seen: set[str] = set()
    for row in table.rows:
        if not any(row):
            continue
        if len(row) != len(table.columns):
            tally.add(
                "header-table-ragged",
                "Rows of the table have more or fewer fields than its header; fields too many were left out.",
                remedy="Look for a ; inside a field, or a missing one.",
                value=f"{row[0]}: {len(row)} of {len(table.columns)} fields",
                objects=0,
            )
        name = row[key].strip() if key < len(row) else ""
        if name in seen:
            tally.add(
                "header-table-repeated",
                "A row of the table is there twice; the last one counts.",
                remedy="Delete the wrong one.",
                value=name,
                objects=0,
            )
        seen.add(name)
