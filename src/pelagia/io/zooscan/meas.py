"""ImageJ's table of a scan (``_meas.txt``): tab-separated, whole numbers plain, others with three decimals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.io.tally import Tally
from pelagia.io.zooscan.decimals import meas_text
from pelagia.io.zooscan.text import Decoded, decoded, joined, number

SEPARATOR = "\t"


@dataclass(frozen=True, slots=True)
class MeasTable:
    """A table of measures, kept row by row so that it can be written as it was.

    Parameters
    ----------
    columns
        A blank one for the number of the object, ``Label``, ``Area``, … as written.
    rows
        Fields as written.
    like
        How the file was encoded.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    like: Decoded

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column as numbers, NaN where there is none."""
        at = self.columns.index(column)
        found = [number(row[at]) if at < len(row) else None for row in self.rows]
        return np.array([np.nan if value is None else value for value in found], np.float64)

    def write(self) -> bytes:
        """Return the bytes of the file."""
        return joined([SEPARATOR.join(row) for row in (self.columns, *self.rows)], self.like)


def parse_meas(data: bytes, file: str, tally: Tally) -> MeasTable:
    """Read a ``_meas.txt``.

    Parameters
    ----------
    data
        The file.
    tally
        Takes rows with too few or too many fields.

    Raises
    ------
    BadInput
        It has no header with a column ``Area``.
    """
    like = decoded(data)
    head, *rows = [tuple(line.split(SEPARATOR)) for line in like.lines()] or [()]
    if "Area" not in head:
        raise BadInput(
            "The file is no table of measures: it has no column Area",
            remedy="Copy it again from the project's work folder.",
            value=SEPARATOR.join(head)[:120],
            file=file,
            code="meas-columns",
        )
    ragged = [row for row in rows if len(row) != len(head)]
    if ragged:
        tally.add(
            "table-ragged",
            "Rows of the table have more or fewer fields than its header.",
            remedy="Process the scan again, or repair the rows.",
            value=f"{ragged[0][0]}: {len(ragged[0])} of {len(head)} fields",
            objects=len(ragged),
        )
    return MeasTable(head, tuple(rows), like)


def make_meas(columns: Sequence[str], objects: Iterable[Mapping[str, float]], *, label: str) -> bytes:
    """Write a ``_meas.txt`` anew.

    Parameters
    ----------
    columns
        Of the measures, as the legacy spells them.
    objects
        The measures of each object by that spelling.
    label
        The scan.
    """
    lines = [SEPARATOR.join((" ", "Label", *columns))]
    for item, values in enumerate(objects, start=1):
        lines.append(SEPARATOR.join((str(item), label, *(meas_text(values[column]) for column in columns))))
    return ("\n".join(lines) + "\n").encode("iso-8859-1", errors="replace")
