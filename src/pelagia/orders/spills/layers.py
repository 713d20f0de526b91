"""The maps of a spill, one layer at one time: few enough cells, each with its place on the scale of the layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.errors import NotFound
from pelagia.orders.outputs import tables_in
from pelagia.orders.spills.scan import Scan, scan_cells
from pelagia.orders.spills.tables import CONCENTRATION, PROBABILITY

LayerName = Literal["surface", "dispersed", "beached", "probability", "mean", "arrival"]
Scale = Literal["log", "linear"]
Joined = Literal["mean", "sum", "max", "min"]

MOST_BYTES = 270_000
"""Of one answer: where more would be needed, 2 × 2 cells or more are told as one."""
MOST_CELLS = 250_000
"""That are looked at: more of them do not fit in any case."""
LEVELS = 255
"""Steps of a scale, 0 to 255."""
DECADES = 5
"""Of a scale of concentrations: less than a hundred-thousandth of the most is shown as that."""
LEAST_KG_M2 = 1e-6
"""A film of about one nanometre: no eye and no radar sees less."""


Rows = list[tuple[int, list[int | str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer of the map.

    Parameters
    ----------
    table, column
        Where it stands.
    unit
        Of its values.
    scale
        How its colours go from least to most.
    joined
        What several cells told as one have together.
    """

    table: str
    column: str
    unit: str
    scale: Scale
    joined: Joined


LAYERS: Mapping[LayerName, Layer] = {
    "surface": Layer(table=CONCENTRATION, column="surface_kg_m2", unit="kg/m²", scale="log", joined="mean"),
    "dispersed": Layer(table=CONCENTRATION, column="dispersed_kg_m2", unit="kg/m²", scale="log", joined="mean"),
    "beached": Layer(table=CONCENTRATION, column="beached_kg", unit="kg", scale="log", joined="sum"),
    "probability": Layer(table=PROBABILITY, column="probability", unit="share", scale="linear", joined="max"),
    "mean": Layer(table=PROBABILITY, column="surface_kg_m2", unit="kg/m²", scale="log", joined="mean"),
    "arrival": Layer(table=PROBABILITY, column="first_arrival_h", unit="h", scale="linear", joined="min"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """From where to where the scale of a layer goes, the same at all times; ``most`` is the largest value there is."""

    low: float
    high: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A layer at one time.

    Parameters
    ----------
    block
        So many rows and columns of the grid are one cell here.
    cells
        How many there are.
    most
        The largest value of this time.
    rows
        Row, and what stands in it: column and levels by turns; levels of cells that follow each other, two hexadecimal
        digits each, 00 the low and ff the high end of the scale.
    """

    block: int
    cells: int
    most: float
    rows: Rows


def scans_of(folder: Path) -> dict[str, Scan]:
    """Return the tables of cells of a result, looked through."""
    tables = tables_in(folder)
    found = {}
    for name in (CONCENTRATION, PROBABILITY):
        if name in tables:
            columns = [layer.column for layer in LAYERS.values() if layer.table == name]
            found[name] = scan_cells(tables[name].path, columns)
    return found


def range_of(layer: Layer, scan: Scan) -> Range | None:
    """Return the scale of a layer; ``None`` where nothing of it is there at any time."""
    most = scan.most[layer.column]
    if most <= 0:
        return None
    if layer.column == "probability":
        return Range(low=0.0, high=1.0, most=most)
    if layer.scale == "linear":
        return Range(low=0.0, high=most, most=most)
    high = _ceiling(most)
    low = high / 10**DECADES
    if layer.unit == "kg/m²":
        low = min(max(low, LEAST_KG_M2), high / 10)
    return Range(low=low, high=high, most=most)


def _ceiling(value: float) -> float:
    """Return the least of 1, 2, 5 × 10ⁿ that is not below a value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value * (1 - 1e-6))


def cells_at(folder: Path, name: LayerName, number: int | None) -> tuple[str, Range, Cells]:
    """Return a layer at one time, its scale, and that time.

    Parameters
    ----------
    folder
        The output folder.
    name
        The layer.
    number
        Of the time, in order; ``None`` for the whole run.

    Raises
    ------
    NotFound
        Where the result has no such layer or time.
    """
    layer = LAYERS[name]
    scan = scans_of(folder).get(layer.table)
    scale = None if scan is None else range_of(layer, scan)
    if scan is None or scale is None:
        raise NotFound("This result has no such layer", value=name, remedy="See which layers the map of it has.")
    times = scan.times
    if number is not None and number >= len(times):
        raise NotFound("The map has no such time", value=str(number), remedy=f"It has {len(times)} times, from 0 on.")
    time = "" if number is None else times[number]
    found = scan.read(time, ["row", "col", layer.column]).rename_columns(["row", "col", "value"])
    return time, scale, _told(found.filter(pc.greater(found["value"], 0)), layer, scale)


def _told(found: pa.Table, layer: Layer, scale: Range) -> Cells:
    block = 1
    joined, rows = found, _rows_of(found, layer, scale)
    while _bytes_of(rows) > MOST_BYTES:
        block *= 2
        joined = _in_blocks(found, block, layer.joined)
        rows = _rows_of(joined, layer, scale)
    most = pc.max(found["value"]).as_py() or 0.0
    return Cells(block=block, cells=joined.num_rows, most=most, rows=rows or [])


def _rows_of(cells: pa.Table, layer: Layer, scale: Range) -> Rows | None:
    """Return cells row by row; ``None`` where they are more than any answer has room for."""
    if cells.num_rows > MOST_CELLS:
        return None
    cells = cells.sort_by([("row", "ascending"), ("col", "ascending")])
    levels = _levels(cells["value"], layer, scale)
    return list(_lines(cells["row"].to_pylist(), cells["col"].to_pylist(), levels))


def _bytes_of(rows: Rows | None) -> float:
    """Return about how long rows are as JSON: their texts, and a number, quotes and commas for each run."""
    if rows is None:
        return math.inf
    return sum(
        10 + sum(len(one) + 3 if isinstance(one, str) else len(str(one)) + 1 for one in line) for _, line in rows
    )


def _in_blocks(found: pa.Table, block: int, joined: Joined) -> pa.Table:
    """Return cells of several rows and columns; the mean of a block counts what is empty in it."""
    places = [pc.divide(found[name], pa.scalar(block, pa.int32())) for name in ("row", "col")]
    table = pa.table({"row": places[0], "col": places[1], "value": found["value"].cast(pa.float64())})
    how = "sum" if joined == "mean" else joined
    made = table.group_by(["row", "col"]).aggregate([("value", how)]).select(["row", "col", f"value_{how}"])
    values = pc.divide(made[2], float(block**2)) if joined == "mean" else made[2]
    return pa.table({"row": made[0], "col": made[1], "value": values})


def _levels(values: pa.ChunkedArray, layer: Layer, scale: Range) -> list[int]:
    values = values.cast(pa.float64())
    low, high = scale.low, scale.high
    if layer.scale == "log":
        values, low, high = pc.log10(values), math.log10(low), math.log10(high)
    steps = pc.round(pc.multiply(pc.subtract(values, low), LEVELS / (high - low)))
    inside = pc.min_element_wise(pc.max_element_wise(steps, 0.0), float(LEVELS))
    found: list[int] = inside.cast(pa.int16()).to_pylist()
    return found


def _lines(rows: list[int], cols: list[int], levels: list[int]) -> Iterator[tuple[int, list[int | str]]]:
    """Yield the rows of cells in order; cells that follow each other stand together."""
    for row, cells in groupby(zip(rows, cols, levels, strict=True), key=lambda cell: cell[0]):
        line: list[int | str] = []
        run = bytearray()
        first = after = -1
        for _, col, level in cells:
            if col != after and run:
                line += [first, run.hex()]
                run = bytearray()
            if not run:
                first = col
            run.append(level)
            after = col + 1
        yield row, [*line, first, run.hex()]
