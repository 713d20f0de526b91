"""Stokes drift at the surface, from the wind and the fetch: the drift of a JONSWAP sea."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

GRAVITY_M_S2 = 9.8
PEAK = 3.3
"""Enhancement of the peak, gamma."""
WIDTH_BELOW, WIDTH_ABOVE = 0.07, 0.09
"""Width of the peak below and above its frequency, sigma."""
FREQUENCIES_HZ = 0.001 * np.arange(1, 701)
TABLE_STEP_M_S = 0.25
TABLE_MOST_M_S = 80.0


def jonswap_drift(wind_m_s: ArrayLike, fetch_m: float) -> NDArray[np.float64]:
    """Return the Stokes drift at the surface of a sea grown by a wind over a fetch.

    Parameters
    ----------
    wind_m_s
        Wind 10 m above the sea, any shape.
    fetch_m
        Way over which it blew, m.

    Returns
    -------
    ndarray
        Speed along the wind, m/s, of the same shape.

    Notes
    -----
    U = ∫ 2 S(ω) ω k dω with k = ω²/g, S = α g² ω⁻⁵ exp(-5/4 (ω_p/ω)⁴) γ^r, r = exp(-(ω - ω_p)² / (2 σ² ω_p²)),
    α = 0.076 (W² / (F g))^0.22 and ω_p = 22 (g² / (W F))^(1/3), from 0.001 to 0.7 Hz by the trapezoidal rule, as
    MEDSLIK-II does.

    References
    ----------
    Hasselmann et al. 1973, JONSWAP; De Dominicis et al. 2013, doi:10.5194/gmd-6-1851-2013.
    """
    wind = np.atleast_1d(np.asarray(wind_m_s, dtype=np.float64))
    speed = np.maximum(wind, 1e-6)[..., None]
    omega = 2.0 * np.pi * FREQUENCIES_HZ
    alpha = 0.076 * (speed**2 / (fetch_m * GRAVITY_M_S2)) ** 0.22
    peak = 22.0 * (GRAVITY_M_S2**2 / (speed * fetch_m)) ** (1.0 / 3.0)
    width = np.where(omega < peak, WIDTH_BELOW, WIDTH_ABOVE)
    rise = np.exp(-((omega - peak) ** 2) / (2.0 * width**2 * peak**2))
    spectrum = alpha * GRAVITY_M_S2**2 * omega**-5 * np.exp(-1.25 * (peak / omega) ** 4) * PEAK**rise
    drift = np.trapezoid(2.0 * spectrum * omega**3 / GRAVITY_M_S2, omega, axis=-1)
    return np.where(wind > 0.0, drift, 0.0).reshape(np.shape(wind_m_s))


@lru_cache(maxsize=4)
def drift_table(fetch_m: float | None) -> NDArray[np.float64]:
    """Return the drift at winds of 0, 0.25, 0.5 … 80 m/s; zeros without a fetch."""
    winds = np.arange(0.0, TABLE_MOST_M_S + TABLE_STEP_M_S, TABLE_STEP_M_S)
    return np.zeros_like(winds) if fetch_m is None else jonswap_drift(winds, fetch_m)
