"""The maps of a spill: every level is a value, few cells stand for many, one time is read without the others."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.orders.spilled import TIMES, concentration_rows, grid_row, probability_rows, time_at, write_tables

from pelagia.core.errors import NotFound
from pelagia.core.table import TableWriter
from pelagia.orders.spills.layers import LAYERS, LEVELS, Cells, LayerName, Range, cells_at, scans_of
from pelagia.services.oilspill import columns

MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("maps")
    rows = {
        "grid": (columns.GRID_COLUMNS, [grid_row()]),
        "concentration": (columns.CONCENTRATION_COLUMNS, list(concentration_rows())),
        "probability": (columns.PROBABILITY_COLUMNS, list(probability_rows())),
    }
    write_tables(made, rows)
    return made


def levels(cells: Cells) -> dict[tuple[int, int], int]:
    """Return the level of each cell."""
    found = {}
    for row, line in cells.rows:
        for col, run in zip(line[::2], line[1::2], strict=True):
            assert isinstance(col, int) and isinstance(run, str)
            for at, level in enumerate(bytes.fromhex(run)):
                found[row, col + at] = level
    return found


def value_of(name: LayerName, scale: Range, level: int) -> float:
    """Return what a level stands for."""
    share = level / LEVELS
    if LAYERS[name].scale == "log":
        return scale.low * (scale.high / scale.low) ** share
    return scale.low + (scale.high - scale.low) * share


def map_of(folder: Path, values: Iterable[tuple[int, int, float]], times: Sequence[str] = (time_at(0),)) -> Path:
    """Write a table of concentrations, a row group a time."""
    rows, cols, kg = (list(part) for part in zip(*values, strict=True))
    path = folder / "concentration.parquet"
    with TableWriter("concentration", path, columns.CONCENTRATION_COLUMNS, rows_per_group=1 << 30) as writer:
        for time in times:
            zeros = [0.0] * len(rows)
            told = {"time_utc": [time] * len(rows), "row": rows, "col": cols, "lat": zeros, "lon": zeros}
            writer.write(pa.table({**told, "surface_kg_m2": kg, "dispersed_kg_m2": zeros, "beached_kg": zeros}))
    return path


@pytest.mark.parametrize("name", list(LAYERS))
def test_a_level_is_the_value_to_half_a_step_of_the_scale(folder: Path, name: LayerName) -> None:
    layer = LAYERS[name]
    number = {"arrival": None, "probability": 2, "mean": 2}.get(name, 10)
    time, scale, cells = cells_at(folder, name, number)
    table = pq.read_table(folder / f"{layer.table}.parquet", filters=[("time_utc", "=", time)])
    truth = {(row["row"], row["col"]): row[layer.column] for row in table.to_pylist() if row[layer.column]}
    found = levels(cells)
    assert found.keys() == truth.keys() and cells.cells == len(truth) > 0
    half = 0.5 / LEVELS + 1e-6
    for place, level in found.items():
        told, real = value_of(name, scale, level), truth[place]
        if layer.scale == "log":
            inside = min(max(real, scale.low), scale.high)
            assert abs(math.log(told / inside)) <= half * math.log(scale.high / scale.low)
        else:
            assert abs(told - real) <= half * (scale.high - scale.low)


def test_the_scale_is_the_same_at_all_times_and_holds_the_most(folder: Path) -> None:
    scales = {cells_at(folder, "surface", number)[1] for number in range(TIMES)}
    assert len(scales) == 1
    (scale,) = scales
    assert scale.high / 10 < scale.most <= scale.high


def test_a_time_is_read_from_its_own_row_groups(tmp_path: Path) -> None:
    map_of(tmp_path, [(0, 0, 0.5), (0, 1, 0.25)], times=[time_at(hour) for hour in range(5)])
    scan = scans_of(tmp_path)["concentration"]
    assert [part.groups for part in scan.parts.values()] == [[0], [1], [2], [3], [4]]
    assert scan.times == [time_at(hour) for hour in range(5)]


def test_times_that_are_mixed_in_the_table_are_told_apart_all_the_same(tmp_path: Path) -> None:
    map_of(tmp_path, [(0, 0, 0.5)], times=[time_at(1), time_at(0), time_at(1)])
    assert [cells_at(tmp_path, "surface", number)[2].cells for number in (0, 1)] == [1, 2]


def test_of_many_cells_several_are_told_as_one_with_their_mean(tmp_path: Path) -> None:
    side = 500
    map_of(tmp_path, ((row, col, 0.01 * (1 + col % 2)) for row in range(side) for col in range(side)))
    _, scale, cells = cells_at(tmp_path, "surface", 0)
    assert cells.block == 2 and cells.cells == (side // 2) ** 2
    half = 0.5 / LEVELS * math.log(scale.high / scale.low) + 1e-6
    assert all(abs(math.log(value_of("surface", scale, one) / 0.015)) <= half for one in levels(cells).values())


@pytest.mark.parametrize(("apart", "side", "block"), [(1, 350, 1), (2, 210, 1), (2, 340, 2), (4, 900, 4)])
def test_the_largest_answer_is_below_three_hundred_kilobytes(tmp_path: Path, apart: int, side: int, block: int) -> None:
    # Cells that lie apart take the most room: none follows another one.
    board = [(row, col) for row in range(side) for col in range(side) if (row + col) % apart == 0]
    map_of(tmp_path, [(row + 10_000, col + 10_000, 0.01) for row, col in board])
    _, _, cells = cells_at(tmp_path, "surface", 0)
    length = len(json.dumps(cells.rows, separators=(",", ":")))
    assert (cells.block, length < MOST_BYTES) == (block, True), length
    if block == 1:
        assert cells.cells == len(board)


def test_a_map_that_is_not_there_is_told_as_that(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such time"):
        cells_at(folder, "surface", TIMES)
    map_of(tmp_path, [(0, 0, 0.5)])
    for name in ("beached", "probability"):
        with pytest.raises(NotFound, match="no such layer"):
            cells_at(tmp_path, name, 0)
