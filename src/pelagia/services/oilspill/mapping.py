"""The maps of a forecast, from the cells of its legs to the tables: grid, concentration, trajectories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pelagia.core.table import TableWriter
from pelagia.ocean.geodesy import METRES_PER_DEGREE
from pelagia.ocean.gridding import Lattice, cell_area_m2
from pelagia.ocean.state import STATUS_NAMES
from pelagia.services.oilspill.columns import CONCENTRATION_COLUMNS, GRID_COLUMNS, TRAJECTORY_COLUMNS
from pelagia.services.oilspill.forecasting import load_lattice, saved_cells, saved_tracks
from pelagia.services.oilspill.times import utc_text

CRS = "EPSG:4326"

Record = dict[str, Any]


def write_maps(setup: str, legs: Sequence[Mapping[str, Any]], workdir: Path, reach: Sequence[int] = ()) -> Record:
    """Write the tables of all maps.

    Parameters
    ----------
    setup
        Folder of the setup.
    legs
        As of :func:`pelagia.services.oilspill.forecasting.forecast`.
    workdir
        Takes ``grid``, ``concentration`` and ``trajectories``.
    reach
        First and last row, first and last column of further cells that the grid must hold: those of an ensemble.

    Returns
    -------
    dict
        ``first_row``, ``first_col``: which cell of the lattice is cell (0, 0) of the grid; ``rows``, ``cols``;
        ``bounds``: south, north, west, east, °.
    """
    lattice = load_lattice(setup)
    first_row, first_col, rows, cols = extent(legs, reach)
    with TableWriter("grid", workdir / "grid.parquet", GRID_COLUMNS) as writer:
        told = grid_row(lattice, first_row, first_col, rows, cols)
        writer.write_records([told])
    with TableWriter(
        "concentration", workdir / "concentration.parquet", CONCENTRATION_COLUMNS, rows_per_group=1 << 30
    ) as writer:
        for _, time_s, cells in saved_cells(legs):
            writer.write(_map_rows(time_s, cells, lattice, first_row, first_col))
    with TableWriter(
        "trajectories", workdir / "trajectories.parquet", TRAJECTORY_COLUMNS, rows_per_group=1 << 30
    ) as writer:
        for _, time_s, tracks in saved_tracks(legs):
            writer.write(_track_rows(time_s, tracks))
    south, west = told["south_lat"], told["west_lon"]
    bounds = (south, south + rows * lattice.lat_step, west, west + cols * lattice.lon_step)
    return {"first_row": first_row, "first_col": first_col, "rows": rows, "cols": cols, "bounds": bounds}


def extent(legs: Sequence[Mapping[str, Any]], reach: Sequence[int] = ()) -> tuple[int, int, int, int]:
    """Return first row and column, and number of rows and columns, of all cells with oil and those within reach."""
    rows: list[int] = list(reach[:2])
    cols: list[int] = list(reach[2:])
    for _, _, cells in saved_cells(legs):
        if len(cells["row"]):
            rows += [int(cells["row"].min()), int(cells["row"].max())]
            cols += [int(cells["col"].min()), int(cells["col"].max())]
    if not rows:
        return 0, 0, 1, 1
    return min(rows), min(cols), max(rows) - min(rows) + 1, max(cols) - min(cols) + 1


def grid_row(lattice: Lattice, first_row: int, first_col: int, rows: int, cols: int) -> Record:
    """Return the row of the table ``grid``.

    Parameters
    ----------
    lattice
        Of the maps.
    first_row, first_col
        Its cell that is cell (0, 0) of the grid.
    rows, cols
        Size of the grid.
    """
    return {
        "south_lat": lattice.lat0 + first_row * lattice.lat_step,
        "west_lon": lattice.lon0 + first_col * lattice.lon_step,
        "lat_step": lattice.lat_step,
        "lon_step": lattice.lon_step,
        "rows": rows,
        "cols": cols,
        "cell_m": lattice.lat_step * METRES_PER_DEGREE,
        "crs": CRS,
    }


def _map_rows(
    time_s: float, cells: Mapping[str, NDArray[Any]], lattice: Lattice, first_row: int, first_col: int
) -> pa.Table:
    row, col = cells["row"], cells["col"]
    area = cell_area_m2(lattice, row)
    columns = {
        "time_utc": np.full(len(row), utc_text(time_s)),
        "row": (row - first_row).astype(np.int32),
        "col": (col - first_col).astype(np.int32),
        "lat": (lattice.lat0 + (row + 0.5) * lattice.lat_step).astype(np.float32),
        "lon": wrapped(lattice.lon0 + (col + 0.5) * lattice.lon_step).astype(np.float32),
        "surface_kg_m2": (cells["surface_kg"] / area).astype(np.float32),
        "dispersed_kg_m2": (cells["dispersed_kg"] / area).astype(np.float32),
        "beached_kg": cells["beached_kg"].astype(np.float32),
    }
    return _table(columns, CONCENTRATION_COLUMNS)


def _track_rows(time_s: float, tracks: Mapping[str, NDArray[Any]]) -> pa.Table:
    columns = {
        "element": tracks["element"],
        "time_utc": np.full(len(tracks["element"]), utc_text(time_s)),
        "lat": tracks["lat"],
        "lon": wrapped(tracks["lon"]),
        "depth_m": tracks["depth"],
        "status": np.array(STATUS_NAMES)[tracks["status"]],
        "source": tracks["source"],
    }
    return _table(columns, TRAJECTORY_COLUMNS)


def wrapped(lon: NDArray[Any]) -> NDArray[Any]:
    """Return longitudes between -180 and 180, °."""
    return (lon + 180.0) % 360.0 - 180.0


def _table(columns: Mapping[str, NDArray[Any]], declared: Sequence[Any]) -> pa.Table:
    schema = pa.schema([column.field() for column in declared])
    return pa.table({column.name: pa.array(columns[column.name], column.type) for column in declared}, schema=schema)
