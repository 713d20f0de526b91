"""What lies on the map besides the oil of each cell: slicks, stretches of coast, the ways of some elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.orders.outputs import tables_in
from pelagia.orders.spills.shapes import Shape, shape_of
from pelagia.orders.spills.tables import COAST, SLICKS, TRAJECTORIES, Record, read_columns, read_rows

Order = Literal["load", "probability", "arrival"]

PLACES_PER_PAGE = 6000
"""So that a page of shapes stays below 300 kB."""
TRACK_TIMES = 120
"""Of the way of an element: of longer ones every so many-th place is told."""
_ORDERS: Mapping[Order, tuple[str, bool]] = {
    "load": ("load_kg_m", True),
    "probability": ("impact_probability", True),
    "arrival": ("first_arrival_h", False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A row of a table with the shape it has on the map."""

    record: Record
    shape: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of all rows that are wanted; ``next`` is where the next page begins."""

    items: list[Placed]
    total: int
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The way of an element: its number, the slick it came from, its places, and what became of it."""

    element: int
    source: int
    times: list[str]
    places: list[tuple[float, float]]
    statuses: list[str]


def slicks_in(folder: Path, *, after: int, limit: int) -> Page:
    """Return slicks in the order of the table: those at the start, seen later, and detected."""
    return _page(read_rows(folder, SLICKS), after, limit)


def coast_in(folder: Path, *, order: Order, after: int, limit: int) -> Page:
    """Return the stretches of coast that oil reaches, in one run or in any of an ensemble.

    Parameters
    ----------
    folder
        The output folder.
    order
        Most oil, largest probability, or earliest arrival first.
    after, limit
        Where to begin, and how many at most.
    """
    column, falling = _ORDERS[order]

    def place(row: Record) -> tuple[bool, float]:
        value = row[column]
        return value is None, -(value or 0.0) if falling else (value or 0.0)

    return _page(sorted(reached(folder), key=place), after, limit)


def reached(folder: Path) -> list[Record]:
    """Return the rows of the stretches of coast that oil reaches."""
    table = read_columns(folder, COAST)
    if table is None:
        return []
    hit = [pc.greater(pc.fill_null(table[name], 0), 0) for name in ("beached_t", "seeped_t", "impact_probability")]
    arrived = pc.is_valid(table["first_arrival_h"])
    wanted = pc.or_(pc.or_(hit[0], hit[1]), pc.or_(hit[2], arrived))
    found: list[Record] = table.filter(wanted).to_pylist()
    return found


def tracks_in(folder: Path, most: int) -> list[Track]:
    """Return the ways of some elements, taken evenly from all."""
    table = tables_in(folder).get(TRAJECTORIES)
    if table is None:
        return []
    elements = sorted(pc.unique(table.read(["element"])["element"]).to_pylist())
    chosen = _evenly(elements, most)
    columns = ["element", "time_utc", "lat", "lon", "status", "source"]
    wanted = [("element", "in", chosen)] if chosen else None
    found = pq.read_table(table.path, columns=columns, filters=wanted)
    released = found.filter(pc.not_equal(pc.fill_null(found["status"], ""), "unreleased"))
    rows = released.sort_by([("element", "ascending"), ("time_utc", "ascending")])
    return [_track(rows.slice(start, length)) for start, length in _runs(rows["element"])]


def _track(rows: pa.Table) -> Track:
    at = _evenly(range(rows.num_rows), TRACK_TIMES)
    some = rows.take(pa.array(at, pa.int64()))
    lats, lons = (some[name].to_pylist() for name in ("lat", "lon"))
    return Track(
        element=some["element"][0].as_py(),
        source=some["source"][0].as_py() or 0,
        times=some["time_utc"].to_pylist(),
        places=[(round(lat, 5), round(lon, 5)) for lat, lon in zip(lats, lons, strict=True)],
        statuses=some["status"].to_pylist(),
    )


def _runs(values: pa.ChunkedArray) -> list[tuple[int, int]]:
    """Return where equal values of a sorted column begin, and how many they are."""
    found = []
    start = 0
    for one in pc.value_counts(values).to_pylist():
        found.append((start, one["counts"]))
        start += one["counts"]
    return found


def _evenly(values: Sequence[int], most: int) -> list[int]:
    if len(values) <= most:
        return list(values)
    return sorted({values[round(at * (len(values) - 1) / (most - 1))] for at in range(most)})


def _page(rows: list[Record], after: int, limit: int) -> Page:
    items: list[Placed] = []
    places = 0
    for row in rows[after : after + limit]:
        shape = shape_of(row["geometry"])
        places += shape.size
        if items and places > PLACES_PER_PAGE:
            break
        items.append(Placed(record=row, shape=shape))
    end = after + len(items)
    return Page(items=items, total=len(rows), next=end if items and end < len(rows) else None)
