"""Stretches that people found interesting or not: a table of file, begin, end, and whether to keep them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.sources import open_source

LIMIT_BYTES = 8 << 20
MOST_ROWS = 100_000
COLUMNS = ("file", "keep")
KEEP = {
    **dict.fromkeys(("yes", "y", "1", "true", "keep"), True),
    **dict.fromkeys(("no", "n", "0", "false", "reject"), False),
}


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says of a stretch.

    Parameters
    ----------
    file
        As the table names it.
    start_s, end_s
        From the start of the clip; without an end to its end.
    keep
        Whether it is interesting.
    """

    file: str
    start_s: float
    end_s: float
    keep: bool


def read_labels(uri: str) -> tuple[list[Label], list[Issue], str]:
    """Read a table of labels: its usable rows, what is wrong with the others, the name of its file.

    Parameters
    ----------
    uri
        CSV with the columns ``file`` and ``keep`` (yes or no), and mostly ``start_s`` and ``end_s``; separated by
        commas, semicolons or tabulators.

    Raises
    ------
    BadInput
        Where the table has no such columns or is no text.
    """
    source = open_source(uri)
    entry = next(source.entries(), None)
    name = PurePosixPath(uri.replace("\\", "/")).name if entry is None else entry.name
    try:
        text = source.read(name, LIMIT_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(name, "it is not text in UTF-8") from error
    labels: list[Label] = []
    issues: list[Issue] = []
    for number, row in enumerate(_rows(text, name), 2):
        try:
            labels.append(_label(row))
        except ValueError as error:
            issues.append(_wrong_row(name, number, str(error)))
    return labels, issues, name


def _rows(text: str, name: str) -> list[dict[str, str]]:
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=separator)
    try:
        named = [str(column).strip().lower() for column in reader.fieldnames or ()]
        missing = [column for column in COLUMNS if column not in named]
        if missing:
            raise _bad(name, f"it has no column {' and '.join(missing)}")
        reader.fieldnames = named
        rows: list[dict[str, str]] = []
        for row in reader:
            if len(rows) == MOST_ROWS:
                raise _bad(name, f"it has more than {MOST_ROWS:,} rows")
            rows.append({key: (value or "").strip() for key, value in row.items() if isinstance(value, str | None)})
    except csv.Error as error:
        raise _bad(name, f"it is no table: {error}") from error
    return [row for row in rows if any(row.values())]


def _label(row: Mapping[str, str]) -> Label:
    if not row["file"]:
        raise ValueError("file is empty")
    keep = KEEP.get(row["keep"].lower())
    if keep is None:
        raise ValueError(f"keep is '{row['keep'][:40]}', neither yes nor no")
    start, end = _seconds(row, "start_s", 0.0), _seconds(row, "end_s", math.inf)
    if not end > start >= 0:
        raise ValueError(f"it ends at {end:g} s and begins at {start:g} s")
    return Label(row["file"].replace("\\", "/"), start, end, keep)


def _seconds(row: Mapping[str, str], column: str, default: float) -> float:
    text = row.get(column, "")
    if not text:
        return default
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{column} is '{text[:40]}', no number of seconds")
    return value


def _wrong_row(file: str, number: int, why: str) -> Issue:
    return Issue(
        file=file,
        code="labels-row",
        message=f"A row of the labels cannot be used: {why}",
        remedy="Write file, start_s, end_s (seconds, or empty for the whole clip) and keep (yes or no)",
        value=f"row {number}",
    )


def _bad(file: str, why: str) -> BadInput:
    return BadInput(
        f"The labels cannot be read: {why}",
        remedy="Give a CSV with the columns file, start_s, end_s and keep",
        file=file,
        code="labels-unreadable",
    )
