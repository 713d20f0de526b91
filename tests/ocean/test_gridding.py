"""From elements to cells: no oil is lost on the way to a map."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.ocean.spills import DAY, LAT, LON, coast_east_of, setup, source, steady

from pelagia.ocean.balance import balance
from pelagia.ocean.geodesy import METRES_PER_DEGREE, lon_scale
from pelagia.ocean.gridding import SIDES_M, Lattice, cell_area_m2, cell_masses, lattice_for
from pelagia.ocean.simulation import advance, begin
from pelagia.ocean.state import BEACHED, DISPERSED, SURFACE


def test_cells_hold_all_oil_at_the_surface_in_the_water_and_on_the_shore():
    shore = coast_east_of(LON + 0.1)
    simulation = setup(
        source(elements=2000),
        currents=steady("currents", 0.3, 0.0),
        wind=steady("wind", 6.0, 0.0),
        shoreline=shore,
        physics={"diffusivity_m2_s": 50.0, "evaporation": True, "dispersion": True, "wind_drift_factor": 0.03},
    )
    state = begin(simulation)
    lattice = lattice_for(simulation)
    told_apart = set()
    for hours in (0, 4, 8, 24):
        state = advance(state, simulation, hours * 3600.0)
        told, cells = balance(state, simulation), cell_masses(state, lattice, shore)
        assert cells.surface_kg.sum() == pytest.approx(1e5 * told.fraction("surface"), abs=1e-6)
        assert cells.dispersed_kg.sum() == pytest.approx(1e5 * told.fraction("dispersed"), abs=1e-6)
        ashore = told.fraction("beached") + told.fraction("seeped")
        assert cells.beached_kg.sum() == pytest.approx(1e5 * ashore, abs=1e-6)
        told_apart |= set(np.unique(state.status))
    assert told_apart == {SURFACE, DISPERSED, BEACHED}


def test_cells_stand_once_by_row_and_column_where_the_elements_are():
    state = begin(setup(source(elements=4, spread_m=1.0)))
    lat = np.array([LAT + 0.05, LAT + 0.05, LAT - 0.05, LAT + 0.15])
    lon = np.array([LON + 0.05, LON + 0.06, LON - 0.15, LON + 0.05])
    moved = dataclasses.replace(state, lat_deg=lat, lon_deg=lon)
    cells = cell_masses(moved, Lattice(lat0=LAT, lon0=LON, lat_step=0.1, lon_step=0.1))
    assert list(zip(cells.row, cells.col, strict=True)) == [(-1, -2), (0, 0), (1, 0)]
    assert cells.surface_kg.tolist() == [25_000.0, 50_000.0, 25_000.0]


def test_the_area_of_a_cell_is_that_on_the_sphere():
    lattice = Lattice(lat0=0.0, lon0=0.0, lat_step=1.0, lon_step=1.0)
    rows = np.arange(-90, 90, dtype=np.int32)
    areas = cell_area_m2(lattice, rows)
    assert 360.0 * areas.sum() == pytest.approx(4.0 * np.pi * 6_371_008.8**2, rel=1e-12)
    assert areas[60 + 90] == pytest.approx((METRES_PER_DEGREE**2) * lon_scale(60.5), rel=1e-4)


def test_cells_are_about_square_and_of_the_side_asked_for():
    lattice = lattice_for(setup(), cell_m=250.0)
    assert lattice.lat_step * METRES_PER_DEGREE == pytest.approx(250.0)
    assert lattice.lon_step * METRES_PER_DEGREE * lon_scale(LAT) == pytest.approx(250.0)
    assert (lattice.lat0, lattice.lon0) == (LAT, LON)


def test_cells_are_the_larger_the_longer_the_simulation_and_the_fewer_its_elements():
    def side(elements, days):
        lattice = lattice_for(setup(source(elements=elements), end_s=days * DAY))
        return lattice.lat_step * METRES_PER_DEGREE

    assert side(20_000, 1) < side(20_000, 20)
    assert side(20_000, 1) < side(1000, 1)
    assert side(20_000, 1) == pytest.approx(min(SIDES_M, key=lambda known: abs(known - side(20_000, 1))))
