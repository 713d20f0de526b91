"""Where a scene shows land: by the shoreline of the whole Earth, cut out once for each scene."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from pelagia.io.scenes.facts import Scene
from pelagia.io.scenes.placing import lat_lon_at
from pelagia.io.shoreline.dialect import Bounds
from pelagia.ocean.coast.crossing import CoastArrays, coast_arrays, on_land
from pelagia.ocean.coast.world import world_shoreline
from pelagia.ocean.geodesy import METRES_PER_DEGREE

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

CELL_PX = 8
"""Land is asked for in squares of so many pixels."""


@dataclass(frozen=True, slots=True)
class Land:
    """The land of a scene; none where nobody knows where the scene lies."""

    scene: Scene
    coast: CoastArrays | None

    def mask(self, row: int, col: int, height: int, width: int) -> Mask:
        """Return where a window shows land, (height, width): each square as its middle."""
        if self.coast is None:
            return np.zeros((height, width), np.bool_)
        rows = row + CELL_PX * (np.arange(-(-height // CELL_PX)) + 0.5)
        cols = col + CELL_PX * (np.arange(-(-width // CELL_PX)) + 0.5)
        lat, lon = lat_lon_at(self.scene, *np.meshgrid(rows, cols, indexing="ij"))
        cells = self.at(lat, lon)
        return np.repeat(np.repeat(cells, CELL_PX, 0)[:height], CELL_PX, 1)[:, :width]

    def at(self, lat: Floats, lon: Floats) -> Mask:
        """Return which places lie on land."""
        if self.coast is None:
            return np.zeros(lat.shape, np.bool_)
        return _on_land(lat.ravel(), lon.ravel(), self.coast).reshape(lat.shape)

    def is_near(self, lat: Floats, lon: Floats, distance_m: float) -> bool:
        """Tell whether land lies at a distance, or half of it, of any of some places, in one of eight directions."""
        angle = np.repeat(np.arange(8) * np.pi / 4, 2)
        reach_deg = distance_m / METRES_PER_DEGREE * np.tile([0.5, 1.0], 8)
        north = reach_deg * np.cos(angle)
        east = reach_deg * np.sin(angle) / np.cos(np.radians(lat))[:, None]
        return bool(self.at(lat[:, None] + north, lon[:, None] + east).any())


def scene_land(scene: Scene, workdir: Path) -> Land:
    """Return the land of a scene; the cut is kept in a folder for the other parts.

    Parameters
    ----------
    scene
        Which one.
    workdir
        Its folder ``coast`` takes the cut.
    """
    if scene.bounds is None:
        return Land(scene, None)
    south, west, north, east = scene.bounds
    return Land(scene, _coast(Bounds(south, north, west, east), str(workdir / "coast")))


@lru_cache(maxsize=2)
def _coast(bounds: Bounds, folder: str) -> CoastArrays:
    return coast_arrays(world_shoreline(bounds, folder=Path(folder)))


@numba.njit(cache=True)
def _on_land(lat: Floats, lon: Floats, coast: CoastArrays) -> Mask:
    found = np.empty(len(lat), np.bool_)
    for one in range(len(lat)):
        found[one] = on_land(lat[one], lon[one], coast)
    return found
