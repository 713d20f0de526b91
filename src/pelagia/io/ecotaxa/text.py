"""The text of an EcoTaxa table: its encoding, its two header lines, its rows as columns of text."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO, cast

import pyarrow as pa

from pelagia.core.errors import BadInput
from pelagia.io.sources import Source

ROWS = 4096
BLOCK_BYTES = 1 << 20
HEADER_BYTES = 1 << 20
TYPES = frozenset({"[t]", "[f]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The columns of a table.

    Parameters
    ----------
    names
        In lower case, in the order of the file.
    types
        ``[t]``, ``[f]`` or ``""`` of each; empty where the file has no line of types.
    encoding
        ``utf-8-sig`` or ``latin1``.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    encoding: str

    @property
    def lines(self) -> int:
        """How many lines stand before the first row."""
        return 2 if self.types else 1


def read_header(source: Source, name: str) -> Header:
    """Read the header lines of a table.

    Parameters
    ----------
    source, name
        Where it stands.

    Raises
    ------
    BadInput
        ``ecotaxa-empty``, ``ecotaxa-encoding`` or ``ecotaxa-header``.
    """
    encoding = _encoding(source, name)
    with source.open(name) as stream:
        text = stream.read(HEADER_BYTES).decode(encoding, errors="replace")
    rows = csv.reader(io.StringIO(text), delimiter="\t")
    names = tuple(cell.strip().lower() for cell in next(rows, []))
    if not any(names):
        raise _unusable(name, "ecotaxa-empty", "The table is empty", "0 columns")
    doubled = [column for column, times in Counter(names).items() if times > 1]
    if doubled or "" in names:
        raise _unusable(name, "ecotaxa-header", "Columns have no name, or share one", ", ".join(doubled))
    second = tuple(cell.strip().lower() for cell in next(rows, []))
    # One cell of the line may be spoilt; values in brackets throughout are still no object.
    is_types = sum(cell in TYPES for cell in second) > len(names) / 2
    return Header(names=names, types=second if is_types else (), encoding=encoding)


def text_batches(
    source: Source, name: str, header: Header, columns: Sequence[str], on_bad_row: Callable[[str], None]
) -> Iterator[dict[str, pa.Array]]:
    """Read columns of a table as text, piece by piece.

    Parameters
    ----------
    source, name, header
        The table.
    columns
        The columns to read.
    on_bad_row
        Is told the begin of each row that has more cells than the header; such a row is left out.

    Yields
    ------
    dict
        Column → text; cells missing at the end of a row are empty, as EcoTaxa takes them.
    """
    places = [header.names.index(column) for column in columns]
    with _lines(source, name, header.encoding) as lines:
        rows = csv.reader(lines, delimiter="\t")
        try:
            for _ in range(header.lines):
                next(rows, None)
            while piece := list(islice(rows, ROWS)):
                cells = _even(piece, len(header.names), on_bad_row)
                yield {
                    column: pa.array([row[at] for row in cells], pa.string())
                    for column, at in zip(columns, places, strict=True)
                }
        except (csv.Error, UnicodeDecodeError) as error:
            raise _unusable(name, "ecotaxa-rows", "The rows of the table cannot be read", str(error)[:200]) from error


def _even(rows: Iterable[list[str]], width: int, on_bad_row: Callable[[str], None]) -> list[list[str]]:
    """Give all rows the same number of cells; empty lines are no rows."""
    even = []
    for row in rows:
        if len(row) > width and any(row[width:]):
            on_bad_row(" ".join(row)[:200])
        elif any(row):
            even.append(row if len(row) == width else [*row, *[""] * (width - len(row))])
    return even


@contextmanager
def _lines(source: Source, name: str, encoding: str) -> Iterator[io.TextIOWrapper]:
    with source.open(name) as stream:
        # newline="" leaves line breaks inside quotes to the csv reader.
        text = io.TextIOWrapper(cast(IO[bytes], stream), encoding, newline="")
        yield text


def _encoding(source: Source, name: str) -> str:
    """Return ``utf-8-sig`` where the whole file is UTF-8, else ``latin1``, as EcoTaxa reads it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with source.open(name) as stream:
        piece = stream.read(BLOCK_BYTES)
        if piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise _unusable(name, "ecotaxa-encoding", "The table is written in UTF-16", "UTF-16")
        try:
            while piece:
                decoder.decode(piece)
                piece = stream.read(BLOCK_BYTES)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin1"
    return "utf-8-sig"


def _unusable(name: str, code: str, what: str, value: str) -> BadInput:
    remedy = "Save it as tab-separated text in UTF-8, with one line of column names, and try again."
    return BadInput(what, remedy=remedy, value=value, file=name, code=code)
