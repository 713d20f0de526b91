"""The maps of a forecast, one time after the other, as dense arrays; only one is in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pelagia.core.result import Result
from pelagia.core.table import Table
from pelagia.exports.tables import records

CELLS_AT_MOST = 4_000_000
"""Of a dense map; larger ones are made of cells that are so many times wider."""

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
        Of a forecast.
    """
    row = all_rows(result.tables["grid"])[0]
    return Grid(**{name: row[name] for name in Grid.__dataclass_fields__})


def is_too_large(grid: Grid) -> bool:
    """Whether a dense map would have too many cells."""
    return grid.rows * grid.cols > CELLS_AT_MOST


def map_times(result: Result) -> list[str]:
    """Return the times of all maps, also of those without oil.

    Parameters
    ----------
    result
        Of a forecast.
    """
    return [row["time_utc"] for row in records(result.tables["mass_balance"], ("time_utc",))]


def unix_s(time_utc: str) -> float:
    """Return a time of the tables as Unix time, s."""
    return dt.datetime.fromisoformat(time_utc).timestamp()


def maps(table: Table, grid: Grid, fields: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Single]]]:
    """Yield time and dense maps of each time that has oil.

    Parameters
    ----------
    table
        ``concentration`` or ``probability``, its rows by time.
    grid
        Of the maps.
    fields
        Columns to map.

    Yields
    ------
    time_utc, maps
        For each field (rows, cols) float32, row 0 in the south, 0 where there is no oil.
    """
    for time_utc, rows in _by_time(table, ("row", "col", *fields)):
        cell = (rows["row"].to_numpy(), rows["col"].to_numpy())
        dense: dict[str, Single] = {}
        for field in fields:
            dense[field] = np.zeros((grid.rows, grid.cols), dtype=np.float32)
            dense[field][cell] = np.nan_to_num(rows[field].to_numpy().astype(np.float32))
        yield time_utc, dense


def _by_time(table: Table, columns: tuple[str, ...]) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of each time; a time may take several row groups, never one among others."""
    with pq.ParquetFile(table.path) as file:
        pending: list[pa.Table] = []
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, columns=["time_utc", *columns])
            for time in rows["time_utc"].unique().to_pylist():
                part = rows.filter(pa.compute.equal(rows["time_utc"], time))
                if pending and pending[0]["time_utc"][0].as_py() != time:
                    yield pending[0]["time_utc"][0].as_py(), pa.concat_tables(pending)
                    pending = []
                pending.append(part)
        if pending:
            yield pending[0]["time_utc"][0].as_py(), pa.concat_tables(pending)


def all_rows(table: Table) -> list[dict[str, Any]]:
    """Return all rows of a small table, with all its columns."""
    return list(records(table, [column.name for column in table.columns]))
