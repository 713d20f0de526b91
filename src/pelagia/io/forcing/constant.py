"""A current or wind that is the same everywhere and always."""

from __future__ import annotations

import numpy as np

from pelagia.io.forcing.dialect import GriddedForcing, Kind

ROWS, COLUMNS = 181, 2
"""A row each degree: the side to which wind turns the oil changes at the equator, and between two rows it is mixed."""


def constant_forcing(
    kind: Kind, east_m_s: float, north_m_s: float, *, temperature_c: float | None = None
) -> GriddedForcing:
    """Return forcing that is the same everywhere and always: points around the Earth, one time.

    Parameters
    ----------
    east_m_s, north_m_s
        Towards east and north, m/s.
    temperature_c
        Of the sea, °C; ``None`` where it is not known.
    """
    shape = (1, 1, ROWS, COLUMNS)
    return GriddedForcing(
        kind=kind,
        time_s=np.zeros(1),
        depth_m=np.zeros(1),
        south_lat=-90.0,
        west_lon=-180.0,
        lat_step=180.0 / (ROWS - 1),
        lon_step=720.0 / (COLUMNS - 1),
        east_m_s=np.full(shape, east_m_s, np.float32),
        north_m_s=np.full(shape, north_m_s, np.float32),
        is_sea=np.ones(shape[2:], bool),
        temperature_c=None if temperature_c is None else np.full(shape[1:], temperature_c, np.float32),
        notes=("the same everywhere and always",),
    )
