"""What oil on the shore does in a step: it seeps in, stays, or is washed off again."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pelagia.ocean.coast.crossing import CoastArrays
from pelagia.ocean.coast.kinds import API_SLOWING, HEAVY_API, SEEP_HALF_H, SEEP_LIMIT_M3_M, WASH_HALF_H

_SEEP_HALF_S = 3600.0 * np.array(SEEP_HALF_H)
_WASH_HALF_S = 3600.0 * np.array(WASH_HALF_H)


@njit(cache=True)
def strand_step(
    segment: int,
    d_lat: float,
    d_lon: float,
    residual_kg: float,
    density_kg_m3: float,
    api: float,
    dt_s: float,
    draw: float,
    seeped_kg: NDArray[np.float64],
    coast: CoastArrays,
) -> tuple[bool, float]:
    """Take an element on the shore through a step.

    Parameters
    ----------
    segment
        The segment it lies on.
    d_lat, d_lon
        How far it would move in this step if it were free, °.
    residual_kg
        Of its oil what can neither evaporate nor has seeped in: only that seeps, kg.
    density_kg_m3, api
        Of the oil.
    dt_s
        The step, s.
    draw
        A random number, uniform in [0, 1).
    seeped_kg
        (M,) oil in the shore by segment, all elements so far; what seeps now is added here by the function.
    coast
        See :func:`pelagia.ocean.coast.crossing.coast_arrays`.

    Returns
    -------
    is_free, seeps_kg
        Whether it is washed off and moves in this step, and what of it seeps in before.

    Notes
    -----
    Half of the residue on a shore seeps in within T_seep, less the more the shore holds: exp(-held / (limit · length)).
    Of the oil half is then washed off in T_wash, at random, and only where its way points seawards.

    References
    ----------
    De Dominicis et al. 2013, doi:10.5194/gmd-6-1851-2013; numbers of MEDSLIK-II 3.01.
    """
    release, seep = shore_rates(coast.coast_type[segment], api, dt_s)
    seeps_kg = 0.0
    limit_kg = SEEP_LIMIT_M3_M * density_kg_m3 * coast.length_m[segment]
    if limit_kg > 0.0 and residual_kg > 0.0:
        seeps_kg = residual_kg * seep * np.exp(-seeped_kg[segment] / limit_kg)
        seeped_kg[segment] += seeps_kg
    return bool(draw < release and points_seaward(segment, d_lat, d_lon, coast)), seeps_kg


@njit(cache=True)
def shore_rates(coast_type: int, api: float, dt_s: float) -> tuple[float, float]:
    """Find the probability of being washed off in a step, and the share that seeps in where it is not."""
    wash_s, seep_s = _WASH_HALF_S[coast_type], _SEEP_HALF_S[coast_type]
    if wash_s <= 0.0:
        return 1.0, 0.0
    if api < HEAVY_API:
        seep_s *= 1.0 + (HEAVY_API - api) * API_SLOWING
    return 1.0 - 0.5 ** (dt_s / wash_s), 1.0 - 0.5 ** (dt_s / seep_s)


@njit(cache=True)
def points_seaward(segment: int, d_lat: float, d_lon: float, coast: CoastArrays) -> bool:
    """Say whether a way leads from a segment to the sea, which lies to its right."""
    along_lat = coast.lat_b[segment] - coast.lat_a[segment]
    along_lon = coast.lon_b[segment] - coast.lon_a[segment]
    return bool(along_lon * d_lat - along_lat * d_lon < 0.0)
