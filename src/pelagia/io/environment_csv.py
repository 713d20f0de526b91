"""Series of the environment from tables of text: any separator, decimal comma or point, units in brackets or a row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue
from pelagia.io.environment_series import Environment, Floats, is_flag_name, ordered, without_bad
from pelagia.io.environment_times import is_time_name, parse_times

HEAD_LINES = 200
"""The names of the columns and the first values stand within these lines."""
BLOCK_BYTES = 16 << 20
_SEPARATORS = ";\t,|"
_MISSING = r"^(nan|na|n/a|null|none|nil|-|--|-9{2,}([.,][09]*)?|9\.969\d*e\+?36|1e\+?20)?$"
_UNIT = re.compile(r"^(?P<name>.*?)\s*[\[(](?P<unit>[^\])]*)[\])]\s*$")
_NUMBER = re.compile(r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$")
_LEAST_NUMBERS = 0.5
"""A column of which fewer values are numbers is one of texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """How a table is written: separator, names and units of its columns, lines before its first values."""

    separator: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    skipped: int


def read_csv_series(data: bytes, file: str) -> Environment:
    """Read the series of a table; what cannot be read of it is told with row, column and value.

    Raises
    ------
    BadInput
        Where no column of times is found, or no column of numbers.
    """
    text = _decoded(data)
    layout = _layout(text, file)
    table, issues = _columns(text, layout, file)
    time_s, used = _times(table, layout, file, issues)
    known = np.isfinite(time_s)
    first = layout.skipped + 1
    if not known.all():
        issues.append(_bad_times(table.column(used[0]), known, layout.names[used[0]], first, file))
    series: dict[str, tuple[Floats, str]] = {}
    flags: dict[str, Floats] = {}
    for number, name in enumerate(layout.names):
        if number in used or not name:
            continue
        values, bad = _numbers(table.column(number))
        if values is None:
            continue
        if bad:
            issues.append(_bad_value(name, *bad, first, file))
        if is_flag_name(name):
            flags[name] = values[known]
        else:
            series[_new_name(name, series)] = (values[known], layout.units[number])
    kept, notes = without_bad(series, flags, file)
    return ordered(Environment(file=file, time_s=time_s[known], series=kept, issues=(*issues, *notes)))


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _layout(text: str, file: str) -> _Layout:
    """Find the first row of values: a time among its cells, and a number; the names stand above it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", HEAD_LINES)[:HEAD_LINES]
    separator = max(_SEPARATORS, key=lambda sign: sum(sorted(line.count(sign) for line in lines)[len(lines) // 2 :]))
    rows = [next(csv.reader([line], delimiter=separator), []) for line in lines]
    first = next((number for number, row in enumerate(rows) if _has_values(row, rows[:number])), None)
    above = [] if first is None else _above(rows, first)
    if first is None or not above:
        raise BadInput(
            "No table of times and numbers was found in the file",
            remedy="Give a table with names of columns in its first row, one of them of times such as"
            " 2024-05-17T09:30:00Z.",
            value=next((line for line in lines if line.strip()), "")[:80],
            file=file,
            code="environment-no-time",
        )
    names, units = above[-1], [""] * len(rows[first])
    if len(above) > 1 and _are_units(above[-1], above[-2]):
        names, units = above[-2], [cell.strip(" []()") for cell in above[-1]]
    matches = [_UNIT.match(name.strip().lstrip("#% ")) for name in names]
    return _Layout(
        separator=separator,
        names=tuple(
            match["name"] if match else name.strip().lstrip("#% ") for match, name in zip(matches, names, strict=True)
        ),
        units=tuple(
            unit or (match["unit"].strip() if match else "") for unit, match in zip(units, matches, strict=True)
        ),
        skipped=first,
    )


def _has_values(row: Sequence[str], above: Sequence[Sequence[str]]) -> bool:
    cells = [cell.strip() for cell in row]
    if len(cells) < 2 or not any(_NUMBER.match(cell) for cell in cells):
        return False
    times, _ = parse_times(pa.array(cells))
    return bool(np.isfinite(times).any()) and any(len(other) == len(row) for other in above)


def _above(rows: Sequence[Sequence[str]], first: int) -> list[Sequence[str]]:
    """Return the rows of names and units right above the values."""
    found: list[Sequence[str]] = []
    for row in rows[max(0, first - 2) : first]:
        found = [*found, row] if len(row) == len(rows[first]) else []
    return found


def _are_units(row: Sequence[str], names: Sequence[str]) -> bool:
    """Tell a row of units from one of names: short, in brackets, or with signs that names do not have."""
    told = [cell.strip() for cell in row if cell.strip()]
    signs = sum(
        bool(re.search(r"[\[(°%/^]|^(utc|m|db|dbar|psu|pss|degc|degree|celsius|1e-3|s|v|1)\b", cell, re.I))
        for cell in told
    )
    return bool(told) and all(cell.strip() for cell in names) and signs * 2 >= len(told)


def _columns(text: str, layout: _Layout, file: str) -> tuple[pa.Table, list[Issue]]:
    """Return all cells as text; a row with too few or too many cells is left out and told."""
    numbers = [str(number) for number in range(len(layout.names))]
    lost: list[tuple[int, str]] = []

    def skip(row: pa.csv.InvalidRow) -> str:
        lost.append((row.number or 0, row.text or ""))
        return "skip"

    table = pa.csv.read_csv(
        io.BytesIO(text.encode("utf-8", errors="replace")),
        read_options=pa.csv.ReadOptions(
            column_names=numbers, skip_rows=layout.skipped, block_size=BLOCK_BYTES, use_threads=False
        ),
        parse_options=pa.csv.ParseOptions(delimiter=layout.separator, invalid_row_handler=skip),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(numbers, pa.string()), strings_can_be_null=False
        ),
    )
    return table.combine_chunks(), [_bad_rows(lost, file)] if lost else []


def _times(table: pa.Table, layout: _Layout, file: str, issues: list[Issue]) -> tuple[Floats, tuple[int, ...]]:
    """Return the times, and the columns they are in: one, or one of dates and one of times of day."""
    named = [number for number, name in enumerate(layout.names) if is_time_name(name)]
    rest = [number for number in range(len(layout.names)) if number not in named]
    tries: list[tuple[int, ...]] = [(number,) for number in named]
    tries = [
        *((one, other) for one in named for other in named if one != other),
        *tries,
        *((number,) for number in rest),
    ]
    sample = table.slice(0, HEAD_LINES)
    for chosen in tries:
        if (np.isfinite(parse_times(_joined(sample, chosen))[0])).mean() >= _LEAST_NUMBERS:
            time_s, guessed = parse_times(_joined(table, chosen))
            if guessed:
                issues.append(_guessed(layout.names[chosen[0]], file))
            return time_s, chosen
    raise BadInput(
        "No column of the table holds times",
        remedy="Write times as 2024-05-17T09:30:00Z, in a column named time.",
        value=", ".join(layout.names)[:80],
        file=file,
        code="environment-no-time",
    )


def _joined(table: pa.Table, columns: Sequence[int]) -> pa.Array:
    parts = [pc.utf8_trim_whitespace(_array(table.column(number))) for number in columns]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, " ")


def _array(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())


def _numbers(column: pa.ChunkedArray) -> tuple[Floats | None, tuple[int, int, str] | None]:
    """Return numbers (``None``: a column of texts), and how many are none, the first of them, and what stands there."""
    cells = pc.utf8_trim_whitespace(_array(column))
    is_missing = pc.match_substring_regex(cells, _MISSING, ignore_case=True)
    is_number = pc.match_substring_regex(cells, _NUMBER.pattern)
    is_bad = pc.invert(pc.or_(is_missing, is_number))
    bad = pc.sum(is_bad).as_py() or 0
    told = len(cells) - (pc.sum(is_missing).as_py() or 0)
    if told == 0 or (told - bad) / told < _LEAST_NUMBERS:
        return None, None
    usable = pc.if_else(pc.and_(is_number, pc.invert(is_missing)), cells, None)
    plain = pc.replace_substring(pc.replace_substring_regex(usable, r"^\+", ""), ",", ".")
    values = np.asarray(pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    if not bad:
        return values, None
    first = pc.index(is_bad, True).as_py()
    return values, (bad, first, cells[first].as_py())


def _new_name(name: str, taken: dict[str, tuple[Floats, str]]) -> str:
    return name if name not in taken else next(f"{name}_{n}" for n in range(2, 1000) if f"{name}_{n}" not in taken)


def _bad_value(name: str, number: int, row: int, value: str, first: int, file: str) -> Issue:
    return Issue(
        file=file,
        code="environment-bad-value",
        message=f"Row {row + first}, column {name!r}: {value!r} is no number; {number:,} such values of the column were"
        " left out.",
        remedy="Correct them, or leave such cells empty.",
        value=value[:80],
        objects=number,
    )


def _bad_times(
    column: pa.ChunkedArray, known: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], name: str, first: int, file: str
) -> Issue:
    row = int(np.flatnonzero(~known)[0])
    value = column[row].as_py() or ""
    number = int((~known).sum())
    return Issue(
        file=file,
        code="environment-bad-time",
        message=f"Row {row + first}, column {name!r}: {value!r} is no time; {number:,} such rows were left out.",
        remedy="Write times as 2024-05-17T09:30:00Z.",
        value=value[:80],
        objects=number,
    )


def _bad_rows(lost: Sequence[tuple[int, str]], file: str) -> Issue:
    row, text = lost[0]
    return Issue(
        file=file,
        code="environment-bad-row",
        message=f"Row {row} has more or fewer cells than there are columns; {len(lost):,} such rows were left out.",
        remedy="Correct the table.",
        value=text[:80],
        objects=len(lost),
    )


def _guessed(name: str, file: str) -> Issue:
    return Issue(
        file=file,
        code="environment-day-or-month",
        message=f"In the dates of {name!r} day and month cannot be told apart; the day was taken to come first.",
        remedy="Write dates as 2024-05-17, where that is wrong.",
        value=name,
    )
