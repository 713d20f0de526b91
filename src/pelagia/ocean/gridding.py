"""From elements to maps: the mass of oil in each cell of a lattice, as sparse rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pelagia.ocean.setting import SpillSetup
from pelagia.ocean.state import SpillState


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """Cells of latitude and longitude, without an edge: cell (r, c) begins at lat0 + r · lat_step; r, c may be negative.

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
        (C,) float64, without water and without what has evaporated; ``beached`` with what seeped in.
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
    """
    raise NotImplementedError


def cell_masses(state: SpillState, lattice: Lattice) -> CellMasses:
    """Add up the oil at the surface, in the water and on the shore in each cell."""
    raise NotImplementedError


def cell_area_m2(lattice: Lattice, row: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the area of cells by their row, m²."""
    raise NotImplementedError
