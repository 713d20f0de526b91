"""Tables that citizen-science platforms export: read a row at a time, whatever the separator and the encoding."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import IO

from pelagia.core.errors import BadInput
from pelagia.core.spreadsheet import as_typed
from pelagia.io.sources import Source
from pelagia.io.tally import Tally

SEPARATORS = ",;\t|"
LINE_AT_MOST = 1 << 20
NAME_AT_MOST = 1_000

Names = Mapping[str, tuple[str, ...]]
"""What is looked for → how platforms call the column."""

IMAGE_NAMES = (
    "name_img", "image", "image_name", "img", "img_name", "file_name", "filename", "file", "picture", "photo",
)  # fmt: skip
ANNOTATOR_NAMES = (
    "annotator", "user", "user_id", "id_user", "userid", "user_name", "username", "pseudo", "pseudonym", "participant",
    "observer", "contributor", "login", "classifier",
)  # fmt: skip
SPECIES_NAMES = ("species", "name_sp", "species_name", "taxon", "label", "class", "class_name", "item_class")


class CitizenRows:
    """The rows of one table, each as the cells that were asked for.

    Parameters
    ----------
    file
        Its name, for findings.
    columns
        What was found → its place in a row.
    rows
        The rows that follow the first.
    tally
        Takes what is wrong with single rows.
    """

    def __init__(self, file: str, columns: Mapping[str, int], rows: Iterator[list[str]], tally: Tally) -> None:
        self.file = file
        self.columns = columns
        self._rows = rows
        self._tally = tally

    def __iter__(self) -> Iterator[dict[str, str]]:
        """Yield a dictionary a row: what was asked for → the cell, ``""`` where the column or the cell is missing."""
        while True:
            try:
                row = next(self._rows)
            except StopIteration:
                return
            except csv.Error as error:
                self._tally.add(
                    "marks-row-unreadable",
                    "a row cannot be read and was left out",
                    value=error,
                    remedy="Export the table again as CSV.",
                )
                continue
            if row:
                yield {name: _cell(row, at) for name, at in self.columns.items()}


@contextmanager
def opened_rows(source: Source, name: str, wanted: Names, tally: Tally) -> Iterator[CitizenRows]:
    """Open a table and find its columns.

    Parameters
    ----------
    source, name
        Where it is, and its name there.
    wanted
        What is looked for, and how it may be called; capitals, spaces and a byte order mark make no difference.
    tally
        Takes what is wrong with single rows.

    Notes
    -----
    Text that is no UTF-8 is taken for Windows-1252, cell by cell, as spreadsheets of Western Europe write it.
    """
    with source.open(name) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        first = text.readline(LINE_AT_MOST)
        if not first.strip():
            raise _no_table(name, "it is empty")
        rows = csv.reader(chain([first], _lines(text)), delimiter=max(SEPARATORS, key=first.count))
        try:
            head = [_plain(cell).lower().replace(" ", "_") for cell in next(rows, [])]
        except csv.Error as error:
            raise _no_table(name, str(error)) from error
        yield CitizenRows(name, find_columns(head, wanted), rows, tally)


def find_columns(head: Sequence[str], wanted: Names) -> dict[str, int]:
    """Return what is found in the first line of a table, and where; of several names the first counts."""
    found = {}
    for what, names in wanted.items():
        at = next((head.index(name) for name in names if name in head), None)
        if at is not None:
            found[what] = at
    return found


def require_columns(rows: CitizenRows, needed: Sequence[str], wanted: Names, remedy: str) -> None:
    """Refuse a table without a column that it cannot be used without.

    Raises
    ------
    BadInput
        ``marks-columns``.
    """
    missing = [what for what in needed if what not in rows.columns]
    if missing:
        raise BadInput(
            f"the table has no column for the {' and none for the '.join(missing)}",
            value="; ".join(f"{what}: {', '.join(wanted[what][:4])}" for what in missing),
            remedy=remedy,
            file=rows.file,
            code="marks-columns",
        )


def _lines(text: IO[str]) -> Iterator[str]:
    """Yield the lines; one without an end is cut, so that it takes no more memory than others."""
    while line := text.readline(LINE_AT_MOST):
        yield line


def _no_table(name: str, why: str) -> BadInput:
    return BadInput(
        f"the file is no table that can be read: {why}",
        remedy="Export it as CSV; its first line names the columns.",
        file=name,
        code="marks-unreadable",
    )


def _cell(row: Sequence[str], at: int) -> str:
    return as_typed(_plain(row[at])) if at < len(row) else ""


def _plain(cell: str) -> str:
    if not cell.isascii() and any("\udc80" <= sign <= "\udcff" for sign in cell):
        cell = cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return cell.strip().replace("\0", "")
