"""The cells of the density map sum to what their area has, wherever pictures lie."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tests.services.litter.lattice import (
    CRS,
    GSD_CM,
    NORTH,
    SIDE_M,
    SIDE_PX,
    WEST,
    Record,
    account_for,
    item,
    lattice,
    picture,
)

from pelagia.core.result import Issue
from pelagia.io.rasters.ground import from_lat_lon, to_lat_lon
from pelagia.services.litter.frames import lay_out
from pelagia.services.litter.parts import cell_grids


def test_cells_sum_to_the_area(tmp_path: Path) -> None:
    a, b = picture("a"), picture("b", east=20.0, south=13.0)
    told = account_for(tmp_path, [a, b], [*lattice(a), *lattice(b, step_px=2000)], length_m=40.0)
    row = told.row("density", area_id="beach", item_class="all")
    cells = told.rows("cells", area_id="beach")
    for column in ("items", "covered_m2", "litter_m2"):
        assert sum(cell[column] for cell in cells) == pytest.approx(row[column])


def test_a_lattice_fills_every_cell_alike(tmp_path: Path) -> None:
    a = picture("a")
    told = account_for(tmp_path, [a], lattice(a, step_px=1250), cell_m=5.0)
    cells = told.values["cells"]
    assert len(cells) == 64
    assert {cell["items"] for cell in cells} == {1}
    # A tile counts in the cell that holds its middle: some cells have a row or column of tiles more than others.
    assert np.mean([cell["covered_m2"] for cell in cells]) == pytest.approx(25.0)
    assert all(abs(cell["covered_m2"] - 25.0) <= 3 for cell in cells)
    assert all(cell["items_per_m2"] == pytest.approx(1 / cell["covered_m2"]) for cell in cells)


def test_cells_lie_at_multiples_of_their_side(tmp_path: Path) -> None:
    a = picture("a", east=1.7, south=2.9)
    told = account_for(tmp_path, [a], [item(a, 1, 0.0, 0.0)], cell_m=7.0)
    cells = told.values["cells"]
    assert all(cell["west_m"] % 7.0 == 0 and cell["north_m"] % 7.0 == 0 for cell in cells)
    first = cells[0]
    assert (first["cell_row"], first["cell_col"], first["items"]) == (0, 0, 1)
    assert first["west_m"] <= WEST + 1.7 < first["west_m"] + 7.0
    assert first["north_m"] - 7.0 < NORTH - 2.9 <= first["north_m"]
    latitude, longitude = to_lat_lon(CRS, first["west_m"] + 3.5, first["north_m"] - 3.5)
    assert (first["latitude"], first["longitude"]) == pytest.approx((float(latitude), float(longitude)))


def test_cells_of_a_picture_that_lies_nowhere_are_told_in_it(tmp_path: Path) -> None:
    a = picture("a", crs=None, transform=None)
    told = account_for(tmp_path, [a], [item(a, 1, 1300.0, 3800.0)], cell_m=5.0)
    (cell,) = [cell for cell in told.values["cells"] if cell["items"]]
    assert (cell["image_id"], cell["crs"], cell["latitude"]) == ("a", None, None)
    # 5 m are 1,250 px here.
    assert (cell["cell_row"], cell["cell_col"]) == (1, 3)
    assert (cell["west_m"], cell["north_m"]) == (15.0, -5.0)
    assert sum(one["covered_m2"] for one in told.values["cells"]) == pytest.approx(SIDE_M**2)


def test_a_picture_of_unknown_size_has_no_cells(tmp_path: Path) -> None:
    a = picture("a", crs=None, transform=None, gsd_cm=None, tile_m=None)
    told = account_for(tmp_path, [a], [item(a, 1, 500.0, 500.0)])
    assert told.values["cells"] == []


def test_pictures_in_two_coordinate_systems_share_the_grid_of_their_area(tmp_path: Path) -> None:
    a = picture("a")
    other = _in_crs(picture("b", east=60.0), "EPSG:32749")
    same = picture("b", east=60.0)
    items = [*lattice(a), *lattice(other)]
    moved = account_for(tmp_path / "moved", [a, other], items)
    plain = account_for(tmp_path / "plain", [a, same], items)
    assert {cell["crs"] for cell in moved.values["cells"]} == {CRS}
    moved_items, plain_items = (
        Counter({(cell["west_m"], cell["north_m"]): cell["items"] for cell in told.values["cells"]})
        for told in (moved, plain)
    )
    # Another zone turns the picture by some degrees and stretches it a little: few items change their cells.
    assert moved_items.total() == plain_items.total() == 200
    assert sum((moved_items - plain_items).values()) <= 20


def test_too_many_cells_become_larger_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pelagia.services.litter.parts.MOST_CELLS", 1_000)
    a = picture("a")
    told = account_for(tmp_path, [a], lattice(a), cell_m=0.4, length_m=40.0)
    (side,) = {cell["cell_m"] for cell in told.values["cells"]}
    # 40 m have 25 cells of 1.6 m, 50 of 0.8 m.
    assert (side, len(told.values["cells"])) == (1.6, 625)
    assert [issue["code"] for issue in told.values["issues"]] == ["cells-coarser"]


def test_a_turned_picture_keeps_its_items_and_its_ground(tmp_path: Path) -> None:
    turn = np.deg2rad(30.0)
    side = GSD_CM / 100
    cosine, sine = float(np.cos(turn)) * side, float(np.sin(turn)) * side
    a = picture("a", transform=[cosine, -sine, WEST, -sine, -cosine, NORTH])
    told = account_for(tmp_path, [a], lattice(a), length_m=40.0)
    cells = told.values["cells"]
    assert sum(cell["items"] for cell in cells) == 100
    assert sum(cell["covered_m2"] for cell in cells) == pytest.approx(SIDE_M**2)


def _in_crs(row: Record, crs: str) -> Record:
    """Return a picture that lies in another coordinate system, its corners where they were."""
    a, _, c, _, e, f = row["transform"]
    corners = [(c, f), (c + a * SIDE_PX, f), (c, f + e * SIDE_PX)]
    (west, north), (east, north_east), (west_south, south) = (
        tuple(float(part) for part in from_lat_lon(crs, *to_lat_lon(CRS, *corner))) for corner in corners
    )
    transform = [
        (east - west) / SIDE_PX,
        (west_south - west) / SIDE_PX,
        west,
        (north_east - north) / SIDE_PX,
        (south - north) / SIDE_PX,
        north,
    ]
    return row | {"crs": crs, "transform": transform}


def test_pictures_over_each_other_do_not_make_cells_larger() -> None:
    # Alone each has 16 cells of 10 m, 25 where it lies across; 8,000 of them would have far more than there may be.
    layout = lay_out([picture(str(number), east=float(number % 7)) for number in range(8000)])
    issues: list[Issue] = []
    (grid,) = cell_grids(layout, 10.0, issues)
    assert grid is not None
    assert grid.cell_m == 10.0
    assert issues == []


def test_pictures_of_one_folder_from_two_sides_of_the_earth_are_counted_all_the_same(tmp_path: Path) -> None:
    """The zone of Java cannot hold what lies at the coast of Congo."""
    side = GSD_CM / 100
    east, north = (float(part) for part in from_lat_lon("EPSG:32733", -4.8, 11.8))
    java, congo = picture("a"), picture("b", crs="EPSG:32733", transform=[side, 0.0, east, 0.0, -side, north])
    assert not np.isfinite(from_lat_lon(CRS, -4.8, 11.8)).any()
    told = account_for(tmp_path, [java, congo], [*lattice(java), *lattice(congo)], length_m=80.0)
    whole = told.row("density", area_id="beach", item_class="all")
    assert whole["items"] == sum(cell["items"] for cell in told.values["cells"]) == 200
    assert whole["covered_m2"] == pytest.approx(2 * SIDE_M**2)
    assert {cell["image_id"] for cell in told.values["cells"]} == {"", "b"}
