"""The rows of a particle list, streamed: bytes in, columns out, nothing dropped without a finding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pelagia.core.result import Issue
from pelagia.io.flowcam.header import HEAD_BYTES, ListColumn, ListHeader

CHUNK_BYTES = 4 << 20
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_SHOWN = 5
_WHOLE = {"image_id": r"\{?[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}\}?", "collage_file": r".+\.\w{3,4}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One offending place: the row of the list (from 1), the column and the text found."""

    row: int
    text: str
    column: str = ""


@dataclass(slots=True, kw_only=True)
class RowFindings:
    """What was wrong with the rows so far; the first few examples of each kind are kept."""

    rows: int = 0
    malformed: int = 0
    malformed_examples: list[Example] = field(default_factory=list)
    truncated: Example | None = None
    cut_short: Example | None = None
    invalid: int = 0
    invalid_examples: list[Example] = field(default_factory=list)
    recoded: bool = False

    def issues(self, file: str, fields: int) -> tuple[Issue, ...]:
        """Return the findings, one for each kind of trouble."""
        found = []
        if self.malformed:
            found.append(_malformed_issue(self, file, fields))
        if self.truncated:
            found.append(_truncated_issue(self.truncated, file, fields))
        if self.cut_short:
            found.append(_cut_short_issue(self.cut_short, file))
        if self.invalid:
            found.append(_invalid_issue(self, file))
        if self.recoded:
            found.append(
                Issue(
                    file=file,
                    code="list-encoding",
                    message="The list is not UTF-8; it was read as Windows-1252.",
                    remedy="Check letters with accents in file names and labels.",
                    severity="note",
                )
            )
        return tuple(found)


def row_tables(
    stream: BinaryIO, header: ListHeader, findings: RowFindings, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[pa.Table]:
    """Read the rows of a list piece by piece.

    Parameters
    ----------
    stream
        The list, open at its start.
    findings
        Filled on the way; complete when the iterator is exhausted.
    chunk_bytes
        How much is read at a time.

    Yields
    ------
    pyarrow.Table
        The columns of the header, numbers as float64 (missing where the text is not a number),
        text as string, and ``list_row`` (int64, from 1, blank lines not counted). A row with a
        wrong number of fields is left out and told in `findings`.
    """
    for chunk, is_last in _line_chunks(stream, header.start, chunk_bytes):
        table = _parse(chunk, header, findings, is_last=is_last)
        if table.num_rows:
            yield table


def _line_chunks(stream: BinaryIO, start: int, chunk_bytes: int) -> Iterator[tuple[bytes, bool]]:
    """Cut a stream into pieces of whole lines; the second value tells the last piece."""
    _skip(stream, start)
    carried = b""
    block = stream.read(chunk_bytes)
    while block:
        following = stream.read(chunk_bytes)
        if following:
            cut = block.rfind(b"\n") + 1
            if cut:
                yield carried + block[:cut], False
                carried = block[cut:]
            else:
                carried += block
        else:
            carried += block
        block = following
    if carried:
        yield carried, True


def _skip(stream: BinaryIO, count: int) -> None:
    while count > 0:
        skipped = len(stream.read(min(count, HEAD_BYTES)))
        if not skipped:
            return
        count -= skipped


def _parse(chunk: bytes, header: ListHeader, findings: RowFindings, *, is_last: bool) -> pa.Table:
    chunk = _as_utf8(chunk, findings)
    bad: list[Any] = []
    try:
        table = _read_csv(chunk, header, bad, typed=True)
    except pa.ArrowInvalid:
        bad.clear()
        text = _read_csv(chunk, header, bad, typed=False)
        table = _to_numbers(text, header, _row_numbers(text.num_rows, bad, findings.rows), findings)
    rows = _row_numbers(table.num_rows, bad, findings.rows)
    _note_bad_rows(bad, chunk, table.num_rows, findings, is_last=is_last)
    findings.rows += table.num_rows + len(bad)
    if is_last and not chunk.endswith(b"\n") and table.num_rows and int(rows[-1]) == findings.rows:
        findings.cut_short = _short_end(table, header.columns[-1], findings.rows)
    return table.append_column("list_row", pa.array(rows))


def _read_csv(chunk: bytes, header: ListHeader, bad: list[Any], *, typed: bool) -> pa.Table:
    def keep_note(row: Any) -> str:
        bad.append(row)
        return "skip"

    types = {column.name: pa.float64() if typed and column.number else pa.string() for column in header.columns}
    return csv.read_csv(
        pa.py_buffer(chunk),
        csv.ReadOptions(column_names=list(header.names), use_threads=False, block_size=max(len(chunk) + 1, 1 << 16)),
        csv.ParseOptions(delimiter=header.delimiter, quote_char=header.quote or False, invalid_row_handler=keep_note),
        csv.ConvertOptions(column_types=types, strings_can_be_null=False, null_values=[""] if typed else []),
    )


def _as_utf8(chunk: bytes, findings: RowFindings) -> bytes:
    if chunk.isascii():
        return chunk
    try:
        chunk.decode()
    except UnicodeDecodeError:
        findings.recoded = True
        return chunk.decode("cp1252", errors="replace").encode()
    return chunk


def _row_numbers(good: int, bad: list[Any], before: int) -> npt.NDArray[np.int64]:
    numbers = np.arange(before + 1, before + good + len(bad) + 1, dtype=np.int64)
    return np.delete(numbers, [row.number - 1 for row in bad])


def _to_numbers(text: pa.Table, header: ListHeader, rows: npt.NDArray[np.int64], findings: RowFindings) -> pa.Table:
    columns = []
    for column in header.columns:
        values = text[column.name]
        columns.append(_numbers(values, column.name, rows, findings) if column.number else values)
    return pa.table(dict(zip(header.names, columns, strict=True)))


def _numbers(values: pa.ChunkedArray, name: str, rows: npt.NDArray[np.int64], findings: RowFindings) -> pa.ChunkedArray:
    values = pc.utf8_trim_whitespace(values)
    is_number = pc.match_substring_regex(values, _NUMBER)
    wrong = pc.and_not(pc.not_equal(values, ""), is_number)
    for index in np.flatnonzero(wrong.to_numpy()):
        findings.invalid += 1
        if len(findings.invalid_examples) < _SHOWN:
            findings.invalid_examples.append(
                Example(row=int(rows[index]), column=name, text=values[int(index)].as_py()[:80])
            )
    return pc.cast(pc.if_else(is_number, values, None), pa.float64())


def _note_bad_rows(bad: list[Any], chunk: bytes, good: int, findings: RowFindings, *, is_last: bool) -> None:
    for row in bad:
        example = Example(row=findings.rows + row.number, text=f"{row.actual_columns} fields: {row.text[:80]}")
        at_end = is_last and row.number == good + len(bad) and row.actual_columns < row.expected_columns
        if at_end:
            findings.truncated = example
            continue
        findings.malformed += 1
        if len(findings.malformed_examples) < _SHOWN:
            findings.malformed_examples.append(example)


def _short_end(table: pa.Table, column: ListColumn, row: int) -> Example | None:
    """Tell whether the very last value was cut off: an identifier or file name that is not whole."""
    whole = _WHOLE.get(column.name)
    text = table[column.name][-1].as_py()
    if whole is None or re.fullmatch(whole, text.strip()):
        return None
    return Example(row=row, column=column.name, text=text)


def _places(examples: list[Example], count: int) -> str:
    places = ", ".join(str(example.row) for example in examples)
    return places + (f" and {count - len(examples)} more" if count > len(examples) else "")


def _malformed_issue(findings: RowFindings, file: str, fields: int) -> Issue:
    return Issue(
        file=file,
        code="list-row-malformed",
        message=(
            f"{findings.malformed} rows do not have {fields} fields and could not be read: "
            f"row {_places(findings.malformed_examples, findings.malformed)}."
        ),
        value=findings.malformed_examples[0].text,
        remedy="Copy the list again from the instrument; if the rows are wrong there too, export it again.",
        severity="error",
        objects=findings.malformed,
    )


def _truncated_issue(example: Example, file: str, fields: int) -> Issue:
    return Issue(
        file=file,
        code="list-truncated",
        message=f"The list ends in the middle of row {example.row}: it was not copied or written whole.",
        value=example.text,
        remedy=f"Copy the list again; every row should have {fields} fields. Rows behind this one are lost.",
        severity="error",
        objects=1,
    )


def _cut_short_issue(example: Example, file: str) -> Issue:
    return Issue(
        file=file,
        code="list-truncated",
        message=f"The list ends in the middle of row {example.row}, in its last field; that row was kept.",
        value=f"{example.column}: {example.text}",
        remedy="Copy the list again; rows behind this one are lost.",
        severity="error",
        objects=1,
    )


def _invalid_issue(findings: RowFindings, file: str) -> Issue:
    first = findings.invalid_examples[0]
    where = ", ".join(f"row {example.row} {example.column}" for example in findings.invalid_examples)
    more = findings.invalid - len(findings.invalid_examples)
    return Issue(
        file=file,
        code="list-value-invalid",
        message=f"{findings.invalid} values are not numbers and were left empty: {where}"
        + (f" and {more} more." if more > 0 else "."),
        value=first.text,
        remedy="Correct them in the list (numbers with a decimal point), or export it again from VisualSpreadsheet.",
        objects=findings.invalid,
    )
