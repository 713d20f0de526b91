"""A current or wind that is the same everywhere and always."""

from __future__ import annotations

import numpy as np

from pelagia.io.forcing.dialect import GriddedForcing, Kind


def constant_forcing(
    kind: Kind, east_m_s: float, north_m_s: float, *, temperature_c: float | None = None
) -> GriddedForcing:
    """Return forcing that is the same everywhere and always: 2 × 2 points around the Earth, one time.

    Parameters
    ----------
    east_m_s, north_m_s
        Towards east and north, m/s.
    temperature_c
        Of the sea, °C; ``None`` where it is not known.
    """
    shape = (1, 1, 2, 2)
    return GriddedForcing(
        kind=kind,
        time_s=np.zeros(1),
        depth_m=np.zeros(1),
        south_lat=-90.0,
        west_lon=-180.0,
        lat_step=180.0,
        lon_step=720.0,
        east_m_s=np.full(shape, east_m_s, np.float32),
        north_m_s=np.full(shape, north_m_s, np.float32),
        is_sea=np.ones((2, 2), bool),
        temperature_c=None if temperature_c is None else np.full((1, 2, 2), temperature_c, np.float32),
        notes=("the same everywhere and always",),
    )
