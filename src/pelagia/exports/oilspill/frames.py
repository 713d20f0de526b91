"""The maps of a forecast, one time after the other, as dense arrays; only one is in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pelagia.core.errors import BadInput
from pelagia.core.result import Issue, Result
from pelagia.core.table import Table
from pelagia.exports.tables import records

CELLS_AT_MOST = 4_000_000
"""Of a dense map; larger ones are made of cells that are so many times wider."""

MAPS_AT_MOST = 250
"""Of exports with a file for each: of more maps every second, third … and the last are written."""

Single = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The cells of the maps.

    Parameters
    ----------
    south_lat, west_lon
        South-western corner of cell (0, 0), °.
    lat_step, lon_step
        Size of a cell, °.
    rows, cols
        How many, from south to north and from west to east.
    """

    south_lat: float
    west_lon: float
    lat_step: float
    lon_step: float
    rows: int
    cols: int

    @property
    def lats(self) -> NDArray[np.float64]:
        """(rows,) latitudes of the middles, °, from south to north."""
        return np.asarray(self.south_lat + self.lat_step * (np.arange(self.rows) + 0.5), np.float64)

    @property
    def lons(self) -> NDArray[np.float64]:
        """(cols,) longitudes of the middles, °; they go on beyond 180."""
        return np.asarray(self.west_lon + self.lon_step * (np.arange(self.cols) + 0.5), np.float64)

    @property
    def north_up(self) -> tuple[float, float, float, float, float, float]:
        """Affine transform a, b, c, d, e, f of the map with north above, °."""
        return (self.lon_step, 0.0, self.west_lon, 0.0, -self.lat_step, self.south_lat + self.rows * self.lat_step)


def read_grid(result: Result) -> Grid:
    """Return the cells of the maps.

    Parameters
    ----------
    result
        Of a forecast. The longitudes of its grid may be written as those of a window beyond 180°; the western edge
        told here lies between -180 and 180.
    """
    row = all_rows(result.tables["grid"])[0]
    west_lon = (row["west_lon"] + 180.0) % 360.0 - 180.0
    return Grid(**{name: row[name] for name in Grid.__dataclass_fields__} | {"west_lon": west_lon})


def is_too_large(grid: Grid) -> bool:
    """Whether a dense map would have too many cells."""
    return grid.rows * grid.cols > CELLS_AT_MOST


def too_large(grid: Grid, export: str) -> Issue:
    """Return the finding that the maps have too many cells to be written densely.

    Parameters
    ----------
    grid
        Of the maps.
    export
        Name of the exporter.
    """
    return Issue(
        file=f"exports/{export}",
        code="export-maps-too-large",
        message="The maps have too many cells to be written as whole grids",
        value=f"{grid.rows:,} × {grid.cols:,} cells",
        remedy="Run again with larger cells (cell_m); concentration.parquet has every cell with oil.",
    )


def map_times(result: Result) -> list[str]:
    """Return the times of all maps, also of those without oil.

    Parameters
    ----------
    result
        Of a forecast.
    """
    return [row["time_utc"] for row in records(result.tables["mass_balance"], ("time_utc",))]


def written_times(result: Result, export: str) -> tuple[frozenset[str], tuple[Issue, ...]]:
    """Return the times that an export writes a file of, and the finding that these are not all.

    Parameters
    ----------
    result
        Of a forecast.
    export
        Name of the exporter.
    """
    times = map_times(result)
    step = -(-len(times) // MAPS_AT_MOST)
    chosen = frozenset([*times[:-1:step], times[-1]])
    if step == 1:
        return chosen, ()
    told = Issue(
        file=f"exports/{export}",
        code="export-maps-thinned",
        severity="note",
        message=f"There are many maps: one of {step} was written as a file of its own",
        value=f"{len(times):,} maps",
        remedy="All of them are in exports/netcdf/concentration.nc and in concentration.parquet.",
    )
    return chosen, (told,)


def unix_s(time_utc: str) -> float:
    """Return a time of the tables as Unix time, s."""
    return dt.datetime.fromisoformat(time_utc).timestamp()


def maps(
    table: Table, grid: Grid, fields: tuple[str, ...], only: Container[str] | None = None
) -> Iterator[tuple[str, dict[str, Single]]]:
    """Yield time and dense maps of each time that has oil.

    Parameters
    ----------
    table
        ``concentration`` or ``probability``, its rows by time.
    grid
        Of the maps.
    fields
        Columns to map.
    only
        Times; all by default.

    Yields
    ------
    time_utc, maps
        For each field (rows, cols) float32, row 0 in the south, 0 where there is no oil.

    Raises
    ------
    BadInput
        A cell does not lie on the grid.
    """
    for time_utc, rows in _by_time(table, ("row", "col", *fields)):
        if only is not None and time_utc not in only:
            continue
        row, col = rows["row"].to_numpy(), rows["col"].to_numpy()
        check_inside(table, grid, row, col)
        dense: dict[str, Single] = {}
        for field in fields:
            dense[field] = np.zeros((grid.rows, grid.cols), dtype=np.float32)
            dense[field][row, col] = np.nan_to_num(rows[field].to_numpy().astype(np.float32))
        yield time_utc, dense


def check_inside(table: Table, grid: Grid, row: NDArray[Any], col: NDArray[Any]) -> None:
    """Make sure that cells lie on the grid.

    Parameters
    ----------
    table
        Of the cells.
    grid
        Of the maps.
    row, col
        (C,) of the cells.

    Raises
    ------
    BadInput
        One does not.
    """
    outside = (row < 0) | (row >= grid.rows) | (col < 0) | (col >= grid.cols)
    if outside.any():
        at = int(outside.argmax())
        raise BadInput(
            "A cell lies beside the grid of the maps",
            value=f"row {row[at]}, column {col[at]} of {grid.rows} × {grid.cols}",
            remedy="The tables grid and " + table.name + " are of different runs; take both of one.",
            file=f"{table.name}.parquet",
        )


def largest(table: Table, column: str) -> float:
    """Return the largest value of a column, 0 where there is none.

    Parameters
    ----------
    table
        Read piece by piece.
    column
        Of numbers.
    """
    most = (pc.max(batch[column]).as_py() for batch in table.batches([column]))
    return float(max((value for value in most if value is not None), default=0.0))


def cells_at(table: Table, time_utc: str, fields: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Return ``row``, ``col`` and fields of the cells of one time.

    Parameters
    ----------
    table
        ``concentration`` or ``probability``.
    time_utc
        The time; empty for the whole run.
    fields
        Columns.
    """
    names = ["row", "col", *fields]
    rows = pq.read_table(table.path, columns=names, filters=[("time_utc", "=", time_utc)])
    return {name: rows[name].to_numpy() for name in names}


def _by_time(table: Table, columns: tuple[str, ...]) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of each time; a time may take several row groups, never one among others."""
    with pq.ParquetFile(table.path) as file:
        pending: list[pa.Table] = []
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, columns=["time_utc", *columns])
            for time in rows["time_utc"].unique().to_pylist():
                part = rows.filter(pc.equal(rows["time_utc"], time))
                if pending and pending[0]["time_utc"][0].as_py() != time:
                    yield pending[0]["time_utc"][0].as_py(), pa.concat_tables(pending)
                    pending = []
                pending.append(part)
        if pending:
            yield pending[0]["time_utc"][0].as_py(), pa.concat_tables(pending)


def all_rows(table: Table) -> list[dict[str, Any]]:
    """Return all rows of a small table, with all its columns."""
    return list(records(table, [column.name for column in table.columns]))
