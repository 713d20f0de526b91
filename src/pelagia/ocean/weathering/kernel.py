"""How oil weathers: the relations of MEDSLIK-II, and a step of all slicks by them (compiled).

All stands in one module because compiled code is kept by the module it was made of: were a relation elsewhere, its
change would go unseen.

The order of the processes is that of MEDSLIK-II. In two things it is mended, because volume was lost or made there: no
process takes more oil than there is, and where the thick slick ends in the thin one the droplets below it are not
counted twice.

References
----------
.. [1] Mackay, D., Paterson, S., Trudel, K. (1980). A mathematical model of oil spill behaviour. Environment Canada.
.. [2] De Dominicis, M., Pinardi, N., Zodiatis, G., Lardner, R. (2013). MEDSLIK-II, a Lagrangian marine surface oil
   spill model for short-term forecasting - Part 1: Theory. Geosci. Model Dev. 6, 1851-1869.
   https://doi.org/10.5194/gmd-6-1851-2013
.. [3] Fay, J. A. (1971). Physical processes in the spread of oil on a water surface. Int. Oil Spill Conf. Proc.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable
from numpy.typing import NDArray

KELVIN = 273.0
"""Of 0 °C: the constants of the relations were set with this value, not 273.15."""

THIN_M = 1e-5
"""Thickness of the thin slick (sheen), m [2]_."""

EVAPORATION_EXPOSURE, EVAPORATION_WIND_POWER, VAPOUR_PRESSURE_FALL = 0.0008, 0.78, 12.0
"""Evaporative exposure at 1 km/h, the power of the wind (km/h), and how fast the vapour pressure falls with the
evaporated share [1]_ [2]_."""

VISCOSITY_TEMPERATURE_K, VISCOSITY_EVAPORATION = 5000.0, 4.0
"""How viscosity falls with temperature, K, and rises with the evaporated share [1]_ [2]_."""

SEA_DENSITY_KG_M3 = 1026.0
"""Of the water in an emulsion, kg/m³ [2]_."""

WATER_UPTAKE_PER_S, WATER_VISCOSITY, MOST_VISCOUS_MM2_S = 1.6e-6, 0.65, 1e5
"""Uptake of water at a wind of 0, 1/s; Mooney's constant of the emulsion's viscosity; where that ends [1]_ [2]_."""

WAVE_DISPERSION_PER_S, SMALL_DROPLETS, SHEEN_DROPLETS = 8e-6, 50.0, 2000.0
"""Share of the slick that waves drive under, 1/s; what part of that are droplets too small to come back, from the
thick slick and from the thin one [1]_ [2]_."""

DROPLET_RISE_M_S, DROPLET_SINK_M_S, MIXED_LAYER_M = 0.0003, 0.001, 0.5
"""Rise of small droplets, their downward mixing, m/s; depth of the layer they are mixed in, m [2]_."""

DROPLET_STAY_S = 2.0 * MIXED_LAYER_M / (DROPLET_RISE_M_S + DROPLET_SINK_M_S)
"""How long small droplets stay in that layer: it holds as much as waves drive into it in this time, s."""

DROPLET_LOSS_PER_S = (DROPLET_SINK_M_S - DROPLET_RISE_M_S) / (2.0 * MIXED_LAYER_M)
"""Share of them that goes deeper for good, 1/s."""

THIN_SPREADING, THICK_SPREADING, SPREADING_THICKNESS_M = 1.0, 150.0, 0.0015
"""Growth of the thin and of the thick slick, and at which thickness feeding of the thin one ends, m [1]_ [3]_."""

SUBSTEPS = 30
"""Parts of a time step, each with the state at its beginning [2]_."""

SPREADING_ENDS_S = 86_400.0
"""Age from which thick oil no longer moves apart under its weight, s [2]_."""

EVAPORATION, EMULSIFICATION, DISPERSION, SPREADING = 1, 2, 4, 8
"""Switches of the processes; their sum is ``switches``."""

LARGEST_PART = 0.2
"""No substep takes more than this share of what may still evaporate."""


@njit(cache=True)
def step_slicks(
    slicks: NDArray[Any],
    oil_table: NDArray[Any],
    wind_m_s: NDArray[np.float64],
    temperature_c: NDArray[np.float64],
    dt_s: float,
    now_s: float,
    switches: int,
) -> None:
    """Weather all slicks by a step, in place (compiled).

    Parameters
    ----------
    slicks, oil_table
        As of :func:`start_slicks`. A slick that starts within the step weathers for the rest of it.
    wind_m_s, temperature_c
        (S,) at the centre of each slick.
    dt_s
        The step, s.
    now_s
        Unix time at its beginning, s.
    switches
        Sum of the processes that act.
    """
    for row in range(slicks.shape[0]):
        seconds = min(dt_s, now_s + dt_s - slicks[row]["start_s"])
        if seconds > 0.0:
            oil = oil_table[slicks[row]["oil"]]
            weather(slicks[row], oil, wind_m_s[row], temperature_c[row], seconds, switches)


@register_jitable
def weather(slick: Any, oil: Any, wind_m_s: float, temperature_c: float, seconds: float, switches: int) -> None:
    """Weather a slick in place.

    Parameters
    ----------
    slick, oil
        Records of ``SLICK_DTYPE`` and ``OIL_DTYPE``.
    wind_m_s, temperature_c
        At its centre.
    seconds
        How long.
    switches
        Sum of the processes that act.
    """
    temperature_k = temperature_c + KELVIN
    if slick["warmed"] == 0:
        slick["fresh_viscosity_mm2_s"] = viscosity_at(
            oil["viscosity_mm2_s"], oil["viscosity_temperature_k"], temperature_k
        )
        slick["warmed"] = 1
    area_before = slick["thick_area_m2"]
    for _ in range(SUBSTEPS):
        _substep(slick, oil, wind_m_s, temperature_k, seconds / SUBSTEPS, switches)
    slick["age_s"] += seconds
    slick["spread_ratio"] = 1.0
    if switches & SPREADING and slick["age_s"] < SPREADING_ENDS_S and slick["thick_area_m2"] > area_before:
        slick["spread_ratio"] = math.sqrt(slick["thick_area_m2"] / area_before)
    _tell(slick, oil)


@register_jitable
def _substep(slick: Any, oil: Any, wind_m_s: float, temperature_k: float, dt_s: float, switches: int) -> None:
    grown_share, thick_gone, thin_gone = 0.0, 0.0, 0.0
    if switches & EVAPORATION:
        grown_share, thick_gone, thin_gone = _evaporate(slick, oil, wind_m_s, temperature_k, dt_s)
    thick_under, thin_under = 0.0, 0.0
    if switches & DISPERSION:
        thick_under, thin_under = _disperse(slick, oil, wind_m_s, thick_gone, dt_s)
    if switches & EMULSIFICATION:
        water = slick["water_fraction"]
        grown = water + water_uptake(wind_m_s, water, oil["inverse_max_water"]) * dt_s
        slick["water_fraction"] = min(grown, 1.0 / oil["inverse_max_water"])
    fed = 0.0
    if switches & SPREADING and slick["thick_m3"] > 0.0:
        fed = _spread(slick, slick["thick_m3"] - thick_gone - thick_under, dt_s)
    slick["thick_m3"] = max(slick["thick_m3"] - thick_gone - thick_under - fed, 0.0)
    slick["thin_m3"] = max(slick["thin_m3"] - thin_gone - thin_under, 0.0)
    slick["thick_evaporated"] = min(slick["thick_evaporated"] + grown_share, 1.0 - oil["residual_fraction"])
    _feed_thin(slick, fed)
    _settle(slick)
    slick["oil_viscosity_mm2_s"] = evaporated_viscosity(slick["fresh_viscosity_mm2_s"], _evaporated(slick))
    slick["viscosity_mm2_s"] = emulsion_viscosity(slick["oil_viscosity_mm2_s"], slick["water_fraction"])


@register_jitable
def _evaporate(slick: Any, oil: Any, wind_m_s: float, temperature_k: float, dt_s: float) -> tuple[float, float, float]:
    """Return by how much the evaporated share of the thick slick grows, and the m³ that leave thick and thin slick."""
    most = 1.0 - oil["residual_fraction"]
    grown, thick_gone, thin_gone = 0.0, 0.0, 0.0
    share = slick["thick_evaporated"]
    if slick["thick_m3"] > 0.0:
        rate = evaporation_rate(
            wind_m_s, temperature_k, slick["thick_area_m2"], slick["thick_m3"], share, oil["vapour_pressure_bar"]
        )
        grown = max(min(rate * dt_s, (most - share) * LARGEST_PART), 0.0)
        thick_gone = _volume_lost(slick["thick_m3"], share, share + grown)
    if slick["thin_evaporated"] < most:
        thin_gone = _volume_lost(slick["thin_m3"], slick["thin_evaporated"], most)
        slick["thin_evaporated"] = most
    slick["evaporated_m3"] += thick_gone + thin_gone
    return grown, thick_gone, thin_gone


@register_jitable
def _volume_lost(oil_m3: float, share: float, grown_share: float) -> float:
    """Return the m³ that leave oil of which a share has evaporated when that share grows."""
    return oil_m3 * (grown_share - share) / (1.0 - share)


@register_jitable
def _disperse(slick: Any, oil: Any, wind_m_s: float, thick_gone: float, dt_s: float) -> tuple[float, float]:
    """Return the m³ that waves take out of the thick and the thin slick: no more together than never evaporates."""
    left = oil["residual_fraction"] * slick["released_m3"] - slick["dispersed_m3"]
    if left <= 0.0:
        return 0.0, 0.0
    thick_under = 0.0
    if slick["thick_m3"] > 0.0:
        held = droplets_held(wind_m_s, slick["viscosity_mm2_s"], slick["thick_m"]) * slick["thick_m3"]
        wanted = held * (1.0 + DROPLET_LOSS_PER_S * dt_s) - slick["droplets_m3"]
        thick_under = min(wanted, slick["thick_m3"] - thick_gone, left)
        slick["droplets_m3"] = held
    wanted = slick["thin_m3"] * wave_dispersion(wind_m_s) * dt_s / (1.0 + SHEEN_DROPLETS)
    thin_under = min(wanted, slick["thin_m3"] * oil["residual_fraction"], max(left - thick_under, 0.0))
    slick["dispersed_m3"] += thick_under + thin_under
    return thick_under, thin_under


@register_jitable
def _spread(slick: Any, available_m3: float, dt_s: float) -> float:
    """Return the m³ that feed the thin slick; the area of the thick one changes."""
    thick_m, area = slick["thick_m"], slick["thick_area_m2"]
    fed = min(THIN_M * thin_growth(area + slick["thin_area_m2"], thick_m) * dt_s, max(available_m3, 0.0))
    slick["thick_area_m2"] = area - fed / thick_m + thick_growth(area, thick_m) * dt_s
    return fed


@register_jitable
def _feed_thin(slick: Any, fed_m3: float) -> None:
    """Add oil of the thick slick to the thin one: its evaporated share is the mean of both by volume."""
    if fed_m3 <= 0.0:
        return
    part = fed_m3 / (slick["thin_m3"] + fed_m3)
    slick["thin_m3"] += fed_m3
    slick["thin_evaporated"] += part * (slick["thick_evaporated"] - slick["thin_evaporated"])


@register_jitable
def _settle(slick: Any) -> None:
    """Set thickness and area from the volumes; a thick slick no thicker than the thin one ends in it."""
    if slick["thick_m3"] > 0.0 and slick["thick_m3"] > THIN_M * slick["thick_area_m2"]:
        slick["thick_m"] = slick["thick_m3"] / slick["thick_area_m2"]
    else:
        _feed_thin(slick, slick["thick_m3"])
        slick["thick_m3"], slick["thick_area_m2"], slick["thick_m"] = 0.0, 0.0, 0.0
        slick["droplets_m3"] = 0.0
    slick["thin_area_m2"] = slick["thin_m3"] / THIN_M


@register_jitable
def _evaporated(slick: Any) -> float:
    """Return the evaporated share that viscosity and density follow: of the thick slick while there is one."""
    return float(slick["thick_evaporated"] if slick["thick_m3"] > 0.0 else slick["thin_evaporated"])


@register_jitable
def _tell(slick: Any, oil: Any) -> None:
    """Set what others read of a slick."""
    evaporated = slick["evaporated_m3"] / slick["released_m3"]
    slick["evaporated_fraction"] = min(max(evaporated, slick["evaporated_fraction"]), 1.0 - oil["residual_fraction"])
    slick["dispersed_fraction"] = max(slick["dispersed_m3"] / slick["released_m3"], slick["dispersed_fraction"])
    slick["density_kg_m3"] = emulsion_density(
        oil["density_kg_m3"], oil["density_rise"], _evaporated(slick), slick["water_fraction"]
    )


@register_jitable
def evaporation_rate(
    wind_m_s: float, temperature_k: float, area_m2: float, oil_m3: float, evaporated: float, pressure_bar: float
) -> float:
    """Return how fast the evaporated share of a slick grows, 1/s [1]_.

    Notes
    -----
    dF/dt = 0.0008 (3.6 W)^0.78 · A (1 - F) / (T V) · P0 exp(-12 F).
    """
    exposure = EVAPORATION_EXPOSURE * math.pow(3.6 * wind_m_s, EVAPORATION_WIND_POWER)
    pressure = pressure_bar * math.exp(-VAPOUR_PRESSURE_FALL * evaporated)
    return exposure * area_m2 * (1.0 - evaporated) / (temperature_k * oil_m3) * pressure


@register_jitable
def viscosity_at(viscosity_mm2_s: float, measured_k: float, temperature_k: float) -> float:
    """Return the viscosity of fresh oil at another temperature, mm²/s [1]_: v exp(5000 (1/T - 1/T0))."""
    return viscosity_mm2_s * math.exp(VISCOSITY_TEMPERATURE_K * (1.0 / temperature_k - 1.0 / measured_k))


@register_jitable
def evaporated_viscosity(viscosity_mm2_s: float, evaporated: float) -> float:
    """Return the viscosity of oil of which a share has evaporated, mm²/s [1]_: v exp(4 F)."""
    return viscosity_mm2_s * math.exp(VISCOSITY_EVAPORATION * evaporated)


@register_jitable
def emulsion_viscosity(viscosity_mm2_s: float, water: float) -> float:
    """Return the viscosity of an emulsion, mm²/s [1]_: v exp(2.5 w / (1 - 0.65 w)), 10⁵ at most."""
    return min(viscosity_mm2_s * math.exp(2.5 * water / (1.0 - WATER_VISCOSITY * water)), MOST_VISCOUS_MM2_S)


@register_jitable
def emulsion_density(density_kg_m3: float, rise: float, evaporated: float, water: float) -> float:
    """Return the density of an emulsion, kg/m³ [2]_: 1026 w + d (1 - w) (1 + k F)."""
    return SEA_DENSITY_KG_M3 * water + density_kg_m3 * (1.0 - water) * (1.0 + rise * evaporated)


@register_jitable
def water_uptake(wind_m_s: float, water: float, inverse_max: float) -> float:
    """Return how fast the water fraction grows, 1/s [1]_: 1.6·10⁻⁶ (W + 1)² (1 - w / w_max)."""
    breaking = (wind_m_s + 1.0) * (wind_m_s + 1.0)
    return WATER_UPTAKE_PER_S * breaking * (1.0 - inverse_max * water)


@register_jitable
def wave_dispersion(wind_m_s: float) -> float:
    """Return the share of a slick that waves drive under, 1/s [1]_: 8·10⁻⁶ (W + 1)²."""
    return WAVE_DISPERSION_PER_S * (wind_m_s + 1.0) * (wind_m_s + 1.0)


@register_jitable
def small_droplet_share(viscosity_mm2_s: float, thick_m: float) -> float:
    """Return what part of that are small droplets [1]_: 1 / (1 + 50 (v/10)^½ (h/0.001)), surface tension 24 mN/m."""
    return 1.0 / (1.0 + SMALL_DROPLETS * math.sqrt(viscosity_mm2_s / 10.0) * (thick_m / 0.001))


@register_jitable
def droplets_held(wind_m_s: float, viscosity_mm2_s: float, thick_m: float) -> float:
    """Return the volume of the small droplets below a thick slick by that of the slick [1]_ [2]_."""
    return DROPLET_STAY_S * wave_dispersion(wind_m_s) * small_droplet_share(viscosity_mm2_s, thick_m)


@register_jitable
def thin_growth(total_area_m2: float, thick_m: float) -> float:
    """Return how fast the thin slick is fed from the thick one, m²/s [1]_: A^0.333 exp(-0.0015 / (h + 10⁻⁵))."""
    return THIN_SPREADING * math.pow(total_area_m2, 0.333) * math.exp(-SPREADING_THICKNESS_M / (thick_m + THIN_M))


@register_jitable
def thick_growth(thick_area_m2: float, thick_m: float) -> float:
    """Return how fast the thick slick grows under its weight, against viscosity, m²/s [3]_: 150 A^0.333 h^1.333."""
    return THICK_SPREADING * math.pow(thick_area_m2, 0.333) * math.pow(thick_m, 1.333)
