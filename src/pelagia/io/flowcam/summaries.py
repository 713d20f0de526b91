"""The run's own summaries: ``_run_summary.txt``, ``_summary.csv`` and ``_notes.txt``."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import datetime

from pelagia.io.flowcam.context import decoded, local_time, number

_FIRST_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")
_STATISTICS = "summary stats"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedFigure:
    """A figure as a file prints it; the precision of the print tells how well it can be compared."""

    file: str
    label: str
    value: float
    half_digit: float

    def agrees_with(self, value: float, relative: float = 1e-4) -> bool:
        """Tell whether a value equals this figure, to a relative tolerance or half its last printed digit."""
        return abs(value - self.value) <= max(relative * abs(self.value), self.half_digit * (1 + 1e-9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a summary file says, by its own labels (lower case, units cut off).

    Parameters
    ----------
    file
        Its name.
    values
        Label → text.
    """

    file: str
    values: dict[str, str] = field(default_factory=dict)

    def text(self, *labels: str) -> str | None:
        """Return the text of the first label that is there."""
        return next((self.values[label] for label in labels if self.values.get(label)), None)

    def figure(self, *labels: str) -> StatedFigure | None:
        """Return the number of the first label that has one."""
        for label in labels:
            match = _FIRST_NUMBER.search(self.values.get(label, ""))
            value = number(match.group().replace(",", "")) if match else None
            if match and value is not None:
                return StatedFigure(file=self.file, label=label, value=value, half_digit=half_digit(match.group()))
        return None

    def number(self, *labels: str) -> float | None:
        """Return the value of :meth:`figure`."""
        figure = self.figure(*labels)
        return None if figure is None else figure.value

    def time(self, *labels: str) -> datetime | None:
        """Return a time as written, on the local clock."""
        return local_time(self.text(*labels))


def parse_run_summary(data: bytes, file: str) -> Summary:
    """Read a ``_run_summary.txt``: ``Label: value`` lines under headings."""
    values: dict[str, str] = {}
    for line in decoded(data).splitlines():
        label, colon, value = line.strip().partition(":")
        if colon and value.strip():
            values.setdefault(_label(label), value.strip())
    return Summary(file=file, values=values)


def parse_summary(data: bytes, file: str) -> Summary:
    """Read the head of a ``_summary.csv``: ``label,value`` lines before the statistics.

    Notes
    -----
    The labels of VisualSpreadsheet 5 (``Fluid Volume Imaged``, ``Magnification``, ``SerialNo``)
    are read too, as other software reads them; no real file of version 5 was at hand.
    """
    values: dict[str, str] = {}
    for row in csv.reader(decoded(data).splitlines()):
        if row and row[0].strip().lower() == _STATISTICS:
            break
        if len(row) >= 2 and row[1].strip():
            values.setdefault(_label(row[0]), ",".join(row[1:]).strip())
    return Summary(file=file, values=values)


def parse_notes(data: bytes) -> str:
    """Return the text of a ``_notes.txt``."""
    return decoded(data).strip()


def half_digit(printed: str) -> float:
    """Return half a unit of the last printed digit: 0.00005 for ``0.1355``, 0.5 for ``34448``."""
    mantissa, _, exponent = printed.lower().replace(",", "").partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(0.5 * 10.0 ** (int(exponent or 0) - decimals))


def _label(text: str) -> str:
    plain = " ".join(text.lower().split())
    return re.sub(r"\s*(?:\(\s*ml\s*\)|\bml)$", "", plain).strip()
