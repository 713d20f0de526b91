"""Maps of the forecast and of the ensemble lie on one grid; the shoreline around them is told with its box."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from pelagia.io.shoreline.dialect import Bounds, coastlines
from pelagia.ocean.coast.making import make_shoreline
from pelagia.ocean.gridding import Lattice
from pelagia.services.oilspill.cell_sums import NAMES, CellSums
from pelagia.services.oilspill.ensemble_rows import write_probability
from pelagia.services.oilspill.forecasting import save_lattice
from pelagia.services.oilspill.mapping import write_maps
from pelagia.services.oilspill.shores import write_shoreline

START_S = 1_772_344_800.0
LATTICE = Lattice(lat0=36.0, lon0=179.99, lat_step=0.01, lon_step=0.0125)
FORECAST, ENSEMBLE = ([-1, 0], [2, 3]), ([-4, -1, 6], [0, 2, 9])
"""Rows and columns of the lattice with oil."""


def _legs(folder: Path) -> list[dict[str, Any]]:
    """One leg of one map with two cells and one element."""
    rows, cols = (np.array(one, np.int32) for one in FORECAST)
    ones = np.ones(2)
    np.savez(folder / "cells.npz", row_0=rows, col_0=cols, surface_kg_0=ones, dispersed_kg_0=ones, beached_kg_0=ones)
    single = np.zeros(1, np.float32)
    tracks = {"element": np.zeros(1, np.int32), "lat": single, "lon": single, "depth": single}
    tracks |= {"status": np.ones(1, np.int8), "source": np.zeros(1, np.int32)}
    np.savez(folder / "tracks.npz", **{f"{name}_0": values for name, values in tracks.items()})
    told = {"number": 0, "time_s": START_S}
    return [{"balance": [told], "cells": str(folder / "cells.npz"), "tracks": str(folder / "tracks.npz")}]


@pytest.fixture
def told(tmp_path: Path) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    save_lattice(LATTICE, tmp_path)
    rows, cols = (np.array(one, np.int32) for one in ENSEMBLE)
    sums = CellSums()
    sums.begin_member()
    sums.add(0, rows, cols, np.ones(len(rows)))
    np.savez(tmp_path / "sums.npz", times_s=[START_S], count=1, **{name: sums.to_arrays()[name] for name in NAMES})
    reach = [min(ENSEMBLE[0]), max(ENSEMBLE[0]), min(ENSEMBLE[1]), max(ENSEMBLE[1])]
    grid = write_maps(str(tmp_path), _legs(tmp_path), tmp_path, reach)
    write_probability(str(tmp_path / "sums.npz"), str(tmp_path), grid["first_row"], grid["first_col"], tmp_path)
    names = ("grid", "concentration", "probability")
    return grid, {name: pq.read_table(tmp_path / f"{name}.parquet").to_pylist() for name in names}


def test_the_grid_holds_the_cells_of_forecast_and_ensemble(
    told: tuple[dict[str, Any], dict[str, list[dict[str, Any]]]],
) -> None:
    grid, tables = told
    assert (grid["first_row"], grid["first_col"], grid["rows"], grid["cols"]) == (-4, 0, 11, 10)
    assert (tables["grid"][0]["rows"], tables["grid"][0]["cols"]) == (11, 10)
    for name in ("concentration", "probability"):
        assert all(0 <= row["row"] < 11 and 0 <= row["col"] < 10 for row in tables[name])


def test_rows_and_columns_of_both_lie_where_the_grid_says(
    told: tuple[dict[str, Any], dict[str, list[dict[str, Any]]]],
) -> None:
    _, tables = told
    (grid,) = tables["grid"]
    for name in ("concentration", "probability"):
        for row in tables[name]:
            lon = grid["west_lon"] + (row["col"] + 0.5) * grid["lon_step"]
            assert row["lat"] == pytest.approx(grid["south_lat"] + (row["row"] + 0.5) * grid["lat_step"], abs=1e-5)
            assert row["lon"] == pytest.approx((lon + 180.0) % 360.0 - 180.0, abs=2e-5)


def test_the_shoreline_is_told_of_a_square_around_flat_maps(tmp_path: Path) -> None:
    """Maps of 1° by 0.1° at the equator: 0.7° from their middle each way; an island within, one beyond."""
    corners = np.array([[0.0, 0.5], [0.0, 0.6], [0.1, 0.6], [0.1, 0.5], [0.0, 0.5]])
    islands = coastlines(
        [corners + np.array([south, 0.0]) for south in (0.5, 2.0)], [1, 1], has_sides=True, source="drawn"
    )
    shoreline = make_shoreline(islands, Bounds(-3.0, 3.0, -3.0, 3.0), stretch_km=10.0)
    write_shoreline(shoreline, (0.0, 0.1, 0.0, 1.0), tmp_path / "shore.geojson")
    written = json.loads((tmp_path / "shore.geojson").read_text())
    assert written["bbox"] == pytest.approx([-0.2, -0.65, 1.2, 0.75], abs=1e-3)
    lats = [lat for line in written["features"][0]["geometry"]["coordinates"] for _, lat in line]
    assert (min(lats), max(lats)) == (pytest.approx(0.5), pytest.approx(0.6))
