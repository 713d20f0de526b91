"""What a table beside vignettes says of them: pixel size, date, position, depth."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import PurePosixPath

from pelagia.core.errors import BadInput
from pelagia.io.sources import Source
from pelagia.io.tally import Tally

CONTEXT_NAMES = frozenset({"context.csv", "metadata.csv", "context.tsv", "metadata.tsv"})
MAX_CONTEXT_BYTES = 512 << 20
COLUMN_NAMES = {
    "file": "file",
    "filename": "file",
    "file_name": "file",
    "image": "file",
    "name": "file",
    "pixel_size_um": "pixel_size_um",
    "date": "date",
    "date_time": "date",
    "datetime": "date",
    "month": "month",
    "lat": "latitude",
    "latitude": "latitude",
    "lon": "longitude",
    "longitude": "longitude",
    "depth": "depth_m",
    "depth_m": "depth_m",
}
BOUNDS = {
    "pixel_size_um": (1e-3, 1e4),
    "month": (1.0, 12.0),
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 180.0),
    "depth_m": (-10.0, 11_000.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VignetteContext:
    """What is known of one vignette besides its pixels; ``None`` where nothing is said."""

    pixel_size_um: float | None = None
    acquired_at_utc: datetime | None = None
    month: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    depth_m: float | None = None


NOTHING = VignetteContext()


@dataclass(slots=True)
class ContextTable:
    """A table of contexts, looked up by image.

    Parameters
    ----------
    name
        The table; the file names in it are relative to its folder.
    by_file
        File name as the table gives it → context.
    everywhere
        The context of a row without a file name: it holds for every image.
    """

    name: str = ""
    by_file: dict[str, VignetteContext] = field(default_factory=dict)
    everywhere: VignetteContext = NOTHING
    _used: set[str] = field(default_factory=set)

    def of(self, image: str) -> VignetteContext:
        """Return what is known of an image, looked up by its path and then by its bare name."""
        folder = self.name.rpartition("/")[0]
        path = image.removeprefix(f"{folder}/") if folder else image
        for name in (path, PurePosixPath(image).name):
            found = self.by_file.get(name)
            if found is not None:
                self._used.add(name)
                return _filled(found, self.everywhere)
        return self.everywhere

    def unused(self) -> list[str]:
        """Return the files of the table that no image was looked up for."""
        return sorted(self.by_file.keys() - self._used)


def find_context(names: Iterable[str]) -> str:
    """Return the name of the table of contexts in a listing, ``""`` where there is none.

    Parameters
    ----------
    names
        File names with forward slashes; of several tables the one nearest to the root is taken.
    """
    found = [name for name in names if PurePosixPath(name).name.lower() in CONTEXT_NAMES]
    return min(found, key=lambda name: (name.count("/"), name), default="")


def read_context(source: Source, name: str, tally: Tally) -> ContextTable:
    """Read a table of contexts.

    Parameters
    ----------
    source, name
        Where it stands: comma-, semicolon- or tab-separated, with a line of column names.
    tally
        Takes the findings.

    Raises
    ------
    BadInput
        ``context-header``: no column of it is known, or it is no text.
    """
    rows = _rows(source, name)
    header = [COLUMN_NAMES.get(cell.strip().lower(), "") for cell in next(rows, [])]
    if not any(column for column in header if column != "file"):
        raise BadInput(
            "The table of contexts has no column that is known",
            remedy="Name its columns file, pixel_size_um, date or month, lat, lon, depth_m.",
            value=", ".join(header),
            file=name,
            code="context-header",
        )
    table = ContextTable(name=name)
    for row in rows:
        cells = {column: cell.strip() for column, cell in zip(header, row, strict=False) if column}
        file = cells.pop("file", "").replace("\\", "/").removeprefix("./")
        context = _context(cells, tally)
        if not file:
            table.everywhere = _filled(table.everywhere, context)
        elif file in table.by_file:
            tally.add(
                "context-duplicate",
                "Files stand in the table of contexts more than once; the first row was taken",
                remedy="Keep one row for each file.",
                value=file,
            )
        else:
            table.by_file[file] = context
    return table


def _rows(source: Source, name: str) -> Iterator[list[str]]:
    data = source.read(name, MAX_CONTEXT_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin1")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _context(cells: Mapping[str, str], tally: Tally) -> VignetteContext:
    numbers = {name: _number(cells.get(name, ""), name, tally) for name in BOUNDS}
    moment = _moment(cells.get("date", ""), tally)
    stated = numbers.pop("month")
    month = moment.month if moment else None if stated is None else int(stated)
    return VignetteContext(acquired_at_utc=moment, month=month, **numbers)


def _number(text: str, name: str, tally: Tally) -> float | None:
    if not text or text.lower() in {"nan", "na", "null", "none"}:
        return None
    low, high = BOUNDS[name]
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if low <= number <= high and (name != "month" or number.is_integer()):
        return number
    tally.add(
        "context-value",
        f"Values of {name} are no numbers from {low:g} to {high:g}; they were left empty",
        remedy="Correct them.",
        value=text,
    )
    return None


def _moment(text: str, tally: Tally) -> datetime | None:
    if not text:
        return None
    plain = re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", text)
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        tally.add(
            "context-value",
            "Dates are not of the form YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS; they were left empty",
            remedy="Correct them.",
            value=text,
        )
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _filled(first: VignetteContext, second: VignetteContext) -> VignetteContext:
    """Return the first context, with its gaps filled from the second."""
    values = {one.name: getattr(first, one.name) for one in fields(first)}
    return VignetteContext(
        **{name: getattr(second, name) if value is None else value for name, value in values.items()}
    )
