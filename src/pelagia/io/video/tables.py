"""Small tables that a user lays beside recordings: CSV with a line of column names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from pelagia.core.errors import BadInput
from pelagia.io.sources import open_source, without_secrets

MAX_TABLE_BYTES = 64 << 20


def table_rows(uri: str, names: Mapping[str, str], needed: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table.

    Parameters
    ----------
    uri
        Where it stands; comma-, semicolon- or tab-separated.
    names
        How its columns may be called, in lower case → how they are called here. Others are passed over.
    needed
        The column without which it is of no use.

    Yields
    ------
    int
        The line, as an editor counts it.
    dict
        Its cells that are not empty.

    Raises
    ------
    BadInput
        ``table-empty``, ``table-header``, ``table-damaged``.
    """
    file, text = _text(uri)
    if not text.strip():
        raise _bad(file, "table-empty", "The table is empty", "", "Fill it in, or leave it out.")
    lines = io.StringIO(text, newline="")
    first = text[: text.find("\n")] if "\n" in text else text
    reader = csv.reader(lines, delimiter=max(",;\t", key=first.count))
    try:
        header = [names.get(cell.strip().lower().replace(" ", "_"), "") for cell in next(reader, [])]
        if needed not in header:
            known = ", ".join(dict.fromkeys(names.values()))
            raise _bad(
                file,
                "table-header",
                f"The table has no column {needed}",
                first[:200],
                f"Its columns are named {known}.",
            )
        for row in reader:
            cells = {name: cell.strip() for name, cell in zip(header, row, strict=False) if name and cell.strip()}
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise _bad(file, "table-damaged", "The table cannot be read", str(error), "Save it again as CSV.") from error


def _text(uri: str) -> tuple[str, str]:
    source = open_source(uri)
    names = [entry.name for entry in source.entries()]
    file = without_secrets(uri)
    if len(names) != 1:
        raise _bad(file, "table-header", "This is not one table", f"{len(names)} files", "Name the CSV file itself.")
    data = source.read(names[0], MAX_TABLE_BYTES)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return file, data.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    return file, data.decode("latin-1").replace("\0", "")


def _bad(file: str, code: str, what: str, value: str, remedy: str) -> BadInput:
    return BadInput(what, remedy=remedy, value=value, file=file, code=code)
