"""Wind over the sea from radar backscatter, where nobody told its direction.

References
----------
Hersbach H. 2008, CMOD5.N: a C-band geophysical model function for equivalent neutral wind, ECMWF Technical Memorandum
554, doi:10.21957/6d28dq6t8: its isotropic term B0 and coefficients.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

C = np.array(
    [0.0, -0.6878, -0.7957, 0.3380, -0.1728, 0.0, 0.0040, 0.1103, 0.0159, 6.7329, 2.7713, -2.2885, 0.4971, -0.7250]
)
"""c1 to c13; the first is none."""
SPEEDS_M_S = np.arange(0.5, 35.0, 0.25)


def backscatter(speed_m_s: ArrayLike, incidence_deg: ArrayLike) -> Floats:
    """Return σ⁰ (VV, linear) of the sea, mean of all directions of the wind.

    Parameters
    ----------
    speed_m_s
        Equivalent neutral wind at 10 m.
    incidence_deg
        18 to 58.
    """
    speed = np.asarray(speed_m_s, np.float64)
    x = (np.asarray(incidence_deg, np.float64) - 40) / 25
    a0 = C[1] + C[2] * x + C[3] * x**2 + C[4] * x**3
    a1 = C[5] + C[6] * x
    a2 = C[7] + C[8] * x
    gamma = C[9] + C[10] * x + C[11] * x**2
    s0 = C[12] + C[13] * x
    s = a2 * speed
    steep = 1 / (1 + np.exp(-np.maximum(s, s0)))
    at_s0 = 1 / (1 + np.exp(-s0))
    low = np.where(s < s0, (np.maximum(s, 1e-9) / np.where(s0 > 0, s0, 1)) ** (s0 * (1 - at_s0)), 1.0)
    found: Floats = (steep * low) ** gamma * 10 ** (a0 + a1 * speed)
    return found


def wind_from_backscatter(sigma0_db: float, incidence_deg: float) -> float:
    """Return the wind (m/s) whose mean backscatter over all directions is that of the sea; 0.5 to 34.75.

    Notes
    -----
    Up- and crosswind differ by some dB, so that the wind is known to about a factor of 1.5 only: enough to tell a calm.
    """
    db = 10 * np.log10(backscatter(SPEEDS_M_S, incidence_deg))
    return float(np.interp(sigma0_db, db, SPEEDS_M_S))
