"""What the wind does to oil at the surface: drift at an angle, and the Stokes drift of its waves."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pelagia.ocean.fields import Field
from pelagia.ocean.setting import Physics
from pelagia.ocean.stokes import TABLE_STEP_M_S


def turn_wind_into_drift(
    wind: Field, part: tuple[int, int, int, int], slots: tuple[int, ...], physics: Physics, stokes: NDArray[np.float64]
) -> None:
    """Replace the wind in a field by the drift it makes, in place.

    Parameters
    ----------
    wind
        Blended for a step.
    part
        First row, row after the last, first column, column after the last.
    slots
        Which of its three moments.
    physics
        Factor and angle.
    stokes
        Stokes drift by wind, see :func:`pelagia.ocean.stokes.drift_table`.

    Notes
    -----
    With W the wind and β the angle, to the right north of the equator and to the left south of it:
    u = a (W_x cos β + W_y sin β), v = a (-W_x sin β + W_y cos β), β = β₀ (1 - |W| / (|W| + W_half)). The Stokes drift
    points along the wind.

    References
    ----------
    De Dominicis et al. 2013, doi:10.5194/gmd-6-1851-2013.
    """
    half = np.inf if physics.wind_angle_half_m_s is None else physics.wind_angle_half_m_s
    for slot in slots:
        _turn(
            wind.values[slot, 0],
            np.array(part),
            wind.grid.south_lat,
            1.0 / wind.grid.rows_per_deg,
            physics.wind_drift_factor,
            np.radians(physics.wind_drift_angle_deg),
            half,
            stokes,
        )


@njit(cache=True, error_model="numpy")
def _turn(
    values: NDArray[np.float32],
    part: NDArray[np.int64],
    south_lat: float,
    lat_step: float,
    factor: float,
    angle: float,
    half_m_s: float,
    stokes: NDArray[np.float64],
) -> None:
    last = len(stokes) - 1
    for row in range(part[0], part[1]):
        side = 1.0 if south_lat + row * lat_step >= 0.0 else -1.0
        for col in range(part[2], part[3]):
            east, north = values[row, col, 0], values[row, col, 1]
            speed = np.sqrt(east * east + north * north)
            turned = side * angle * (1.0 - speed / (speed + half_m_s))
            place = min(speed / TABLE_STEP_M_S, last - 1e-9)
            below = int(place)
            along = stokes[below] + (place - below) * (stokes[below + 1] - stokes[below])
            along = along / speed if speed > 0.0 else 0.0
            cosine, sine = factor * np.cos(turned), factor * np.sin(turned)
            values[row, col, 0] = cosine * east + sine * north + along * east
            values[row, col, 1] = -sine * east + cosine * north + along * north
