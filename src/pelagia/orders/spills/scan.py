"""Where the times of a table of cells stand in its file, so that one time is read without the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FILES_KEPT = 8
TIME = "time_utc"
PLACES = ("row", "col")
Bounds = tuple[int, int, int, int]


@dataclass(slots=True, kw_only=True)
class Part:
    """What a table has of one time.

    Parameters
    ----------
    groups
        Numbers of the row groups of the file that have rows of it.
    rows
        How many rows.
    """

    groups: list[int] = field(default_factory=list)
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A table of cells, looked through once.

    Parameters
    ----------
    path
        The file.
    parts
        By time, in order; an empty time stands for the whole run.
    most
        Largest value of each column of values; 0 where there is none.
    bounds
        Least row and column, and largest, of all cells; ``None`` where there are none.
    """

    path: Path
    parts: dict[str, Part]
    most: dict[str, float]
    bounds: Bounds | None

    @property
    def times(self) -> list[str]:
        """The times, in order, without what stands for the whole run."""
        return [time for time in self.parts if time]

    def read(self, time: str, columns: Sequence[str]) -> pa.Table:
        """Return the rows of a time; none where the table has none of it."""
        part = self.parts.get(time, Part())
        with pq.ParquetFile(self.path) as file:
            found = file.read_row_groups(part.groups, columns=[TIME, *columns])
        return found.filter(pc.equal(pc.fill_null(found[TIME], ""), time)).select(list(columns))


def scan_cells(path: Path, values: Sequence[str]) -> Scan:
    """Look through a table of cells; what was found is kept as long as the file is the same.

    Parameters
    ----------
    path
        Its Parquet file; it has ``time_utc``, ``row`` and ``col``.
    values
        The columns of which the largest value is wanted.
    """
    stat = path.stat()
    return _scan(path, tuple(values), stat.st_mtime_ns, stat.st_size, stat.st_ino)


@lru_cache(maxsize=FILES_KEPT)
def _scan(path: Path, values: tuple[str, ...], _changed_ns: int, _bytes: int, _file: int) -> Scan:
    parts: dict[str, Part] = {}
    most = dict.fromkeys(values, 0.0)
    bounds: Bounds | None = None
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            found = file.read_row_group(group, columns=[TIME, *PLACES, *values])
            for time, rows in _counted(found):
                part = parts.setdefault(time, Part())
                part.groups.append(group)
                part.rows += rows
            for name in values:
                most[name] = max(most[name], pc.max(found[name]).as_py() or 0.0)
            bounds = _wider(bounds, found)
    return Scan(path=path, parts=dict(sorted(parts.items())), most=most, bounds=bounds)


def _counted(found: pa.Table) -> list[tuple[str, int]]:
    counts = pc.value_counts(pc.fill_null(found[TIME], "").combine_chunks())
    return [(one["values"], one["counts"]) for one in counts.to_pylist()]


def _wider(bounds: Bounds | None, found: pa.Table) -> Bounds | None:
    if not found.num_rows:
        return bounds
    rows, cols = (pc.min_max(found[name]).as_py() for name in PLACES)
    here = (rows["min"], cols["min"], rows["max"], cols["max"])
    if bounds is None:
        return here
    low = (min(bounds[at], here[at]) for at in (0, 1))
    high = (max(bounds[at], here[at]) for at in (2, 3))
    return (*low, *high)
