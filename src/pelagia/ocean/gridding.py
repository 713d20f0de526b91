"""From elements to maps: the mass of oil in each cell of a lattice, as sparse rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.geodesy import EARTH_RADIUS_M, METRES_PER_DEGREE, lon_scale, near_lon, near_lons
from pelagia.ocean.setting import Source, SpillSetup
from pelagia.ocean.state import BEACHED, DISPERSED, SURFACE, SpillState
from pelagia.ocean.world import middle_lon

SIDES_M = (100.0, 150.0, 250.0, 500.0, 1000.0, 2000.0, 5000.0)
"""Sides of cells to choose from; 150 m is that of the original model's maps."""
ELEMENTS_A_CELL = 10
"""Cells are so large that as many elements would lie in each if they were spread evenly."""
SHEAR_M2_S = 20.0
"""Diffusivity by which currents that differ from place to place spread oil over a day or more, to choose cells by:
the order of Okubo 1971, doi:10.1016/0011-7471(71)90046-5, at 10 km."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """Cells of latitude and longitude, without an edge: cell (r, c) begins at lat0 + r · lat_step; r may be negative.

    Parameters
    ----------
    lat0, lon0
        South-western corner of cell (0, 0), °; longitudes go on beyond 180 as those of the simulation do.
    lat_step, lon_step
        Height and width of a cell, °.
    """

    lat0: float
    lon0: float
    lat_step: float
    lon_step: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CellMasses:
    """Oil by cell, only of cells that have some, by row and column.

    Parameters
    ----------
    row, col
        (C,) int32.
    surface_kg, dispersed_kg, beached_kg
        (C,) float64, without water and without what has evaporated; ``beached_kg`` with what seeped in.
    """

    row: NDArray[np.int32]
    col: NDArray[np.int32]
    surface_kg: NDArray[np.float64]
    dispersed_kg: NDArray[np.float64]
    beached_kg: NDArray[np.float64]


def lattice_for(setup: SpillSetup, cell_m: float | None = None) -> Lattice:
    """Lay a lattice of about square cells around the sources.

    Parameters
    ----------
    setup
        The simulation.
    cell_m
        Side of the cells in the middle of the sources, m; by default from how far the oil will have spread.

    Returns
    -------
    Lattice
        Cell (0, 0) begins at the centre of the sources.
    """
    lon = middle_lon(setup)
    weights = np.array([source.mass_kg for source in setup.sources])
    lats = np.array([source.lat for source in setup.sources])
    lons = np.array([near_lon(source.lon, lon) for source in setup.sources])
    lat0, lon0 = float(weights @ lats / weights.sum()), float(weights @ lons / weights.sum())
    lat_step = (cell_m or _side_m(setup)) / METRES_PER_DEGREE
    return Lattice(lat0=lat0, lon0=lon0, lat_step=lat_step, lon_step=lat_step / lon_scale(lat0))


def _side_m(setup: SpillSetup) -> float:
    """Choose the side of cells: two standard deviations around each source, as many elements as wanted in each cell."""
    duration_s = abs(setup.end_s - setup.start_s)
    diffusivity = setup.physics.diffusivity_m2_s + SHEAR_M2_S
    elements = sum(source.elements for source in setup.sources)
    area_m2 = sum(4.0 * np.pi * (2.0 * diffusivity * duration_s + _variance_m2(source)) for source in setup.sources)
    wanted = np.sqrt(area_m2 * ELEMENTS_A_CELL / elements)
    return next((side for side in SIDES_M if side >= wanted), SIDES_M[-1])


def _variance_m2(source: Source) -> float:
    """Return the variance of the places of a source at its start, mean of both axes."""
    if not source.rings:
        return source.spread_m**2
    points = np.concatenate(source.rings)
    north = METRES_PER_DEGREE * (points[:, 0] - source.lat)
    east = METRES_PER_DEGREE * lon_scale(source.lat) * (near_lons(points[:, 1], source.lon) - source.lon)
    return float(source.spread_m**2 + 0.5 * (north.var() + east.var()))


def cell_masses(state: SpillState, lattice: Lattice, shoreline: Shoreline | None = None) -> CellMasses:
    """Add up the oil at the surface, in the water and on the shore in each cell.

    Parameters
    ----------
    state
        At a moment.
    lattice
        See :func:`lattice_for`.
    shoreline
        That of the simulation: what seeped into the shore is told in the cell of the middle of its segment. Without it
        that is left out.

    Returns
    -------
    CellMasses
        By row and column.
    """
    kept = (state.status == SURFACE) | (state.status == DISPERSED) | (state.status == BEACHED)
    status = state.status[kept]
    kg = (state.mass_kg * (1.0 - state.evaporated - state.seeped))[kept]
    lat, lon = state.lat_deg[kept], state.lon_deg[kept]
    seeped = np.flatnonzero(state.segment_seeped_kg) if shoreline is not None else np.empty(0, dtype=np.int64)
    if shoreline is not None and len(seeped):
        lat = np.concatenate([lat, 0.5 * (shoreline.lat_a + shoreline.lat_b)[seeped]])
        lon = np.concatenate([lon, 0.5 * (shoreline.lon_a + shoreline.lon_b)[seeped]])
        kg = np.concatenate([kg, state.segment_seeped_kg[seeped]])
        status = np.concatenate([status, np.full(len(seeped), BEACHED, dtype=np.int8)])
    row = np.floor((lat - lattice.lat0) / lattice.lat_step).astype(np.int64)
    col = np.floor((lon - lattice.lon0) / lattice.lon_step).astype(np.int64)
    cells, place = np.unique((row << 32) + (col + 2**31), return_inverse=True)

    def total(of_status: int) -> Doubles:
        return np.bincount(place, weights=np.where(status == of_status, kg, 0.0), minlength=len(cells)).astype(
            np.float64
        )

    return CellMasses(
        row=(cells >> 32).astype(np.int32),
        col=((cells & 0xFFFF_FFFF) - 2**31).astype(np.int32),
        surface_kg=total(SURFACE),
        dispersed_kg=total(DISPERSED),
        beached_kg=total(BEACHED),
    )


def cell_area_m2(lattice: Lattice, row: NDArray[np.int32]) -> Doubles:
    """Return the area of cells by their row, m²."""
    south = np.radians(lattice.lat0 + row * lattice.lat_step)
    north = np.radians(lattice.lat0 + (row + 1.0) * lattice.lat_step)
    strip = EARTH_RADIUS_M**2 * (np.sin(north) - np.sin(south))
    return np.asarray(strip * np.radians(lattice.lon_step), dtype=np.float64)
