"""What a legacy ``ecotaxa_<scan>.tsv`` says of its scan, for the checks; its objects are read by ``io.ecotaxa``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pelagia.io.zooscan.text import decoded

SCAN_PREFIXES = ("acq_", "process_", "sample_")
OF_SAMPLE = ("object_lat", "object_lon", "object_date", "object_time")
"""Columns of the objects that are the same for all of a sample."""
MAX_DISTINCT = 8
_TYPES = frozenset({"[t]", "[f]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultTable:
    """The head of a table of results.

    Parameters
    ----------
    file
        Its name.
    columns
        In lower case, in order.
    objects
        How many rows of objects it has.
    values
        Of the columns about the scan (``acq_``, ``process_``, ``sample_``) and of the sample's position and time the
        distinct values as written, at most :data:`MAX_DISTINCT` of them; one where all is well.
    categories
        How many objects have which ``object_annotation_category``; empty where none is given.
    """

    file: str
    columns: tuple[str, ...]
    objects: int
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    categories: Mapping[str, int] = field(default_factory=dict)

    def text(self, column: str) -> str | None:
        """Return the value of a column, None where it is absent."""
        found = self.values.get(column, ())
        return found[0] if found else None


def parse_results(data: bytes, file: str) -> ResultTable:
    """Read what the table says of its scan.

    Parameters
    ----------
    data
        The file: tab-separated, a header, possibly a line of types, rows that may be too short or too long.
    """
    rows = (line.rstrip("\r").split("\t") for line in decoded(data).text.split("\n"))
    columns = tuple(name.strip().lower() for name in next(rows, []))
    kept = {name for name in columns if name.startswith(SCAN_PREFIXES)} | set(OF_SAMPLE)
    values: dict[str, dict[str, None]] = {name: {} for name in columns if name in kept}
    categories: dict[str, int] = {}
    objects = 0
    for row in rows:
        if not any(row) or set(row) <= _TYPES:
            continue
        objects += 1
        for name, value in zip(columns, row, strict=False):
            if name in values and len(values[name]) < MAX_DISTINCT:
                values[name].setdefault(value.strip())
            elif name == "object_annotation_category" and value.strip():
                categories[value.strip()] = categories.get(value.strip(), 0) + 1
    return ResultTable(
        file=file,
        columns=columns,
        objects=objects,
        values={name: tuple(found) for name, found in values.items()},
        categories=categories,
    )
