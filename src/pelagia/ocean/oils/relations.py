"""Relations by which an oil is completed where nobody measured: from API gravity, and from its distillation.

References
----------
.. [1] American Petroleum Institute (2004). Manual of Petroleum Measurement Standards 11.1: volume correction factors
   (thermal expansion of crude oils).
.. [2] Watson, K. M., Nelson, E. F., Murphy, G. B. (1935). Characterization of petroleum fractions. Ind. Eng. Chem. 27,
   1460-1464. https://doi.org/10.1021/ie50312a018
.. [3] Stiver, W., Mackay, D. (1984). Evaporation rate of spills of hydrocarbons and petroleum mixtures. Environ. Sci.
   Technol. 18, 834-840. https://doi.org/10.1021/es00129a006 (boiling curve as a line over the evaporated share)
.. [4] The oils of the table itself: regressions over its crude oils that tell both values; see ``docs/reference/oils``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Cut = tuple[float, float]
"""Share distilled, 0 to 1, and the temperature at which it is, °C."""

WATER_KG_M3 = 999.016
"""Water at 60 °F, to which API gravity refers."""

EXPANSION = 613.9723
"""Thermal expansion of crude oil by its density squared, kg² m⁻⁶ K⁻¹ [1]_."""

RESIDUE_BOILS_C = 270.0
"""What boils below this evaporates at sea: of 250 to 300 °C the one that agrees best with what others use, °C."""

WATSON_K = 11.9
"""Of crude oils without a boiling curve: between paraffinic (12.5) and aromatic (11) ones [2]_."""

TROUTON = 10.6
"""Entropy of evaporation by the gas constant: 88 J/(mol K), Trouton's rule."""

LOWEST_RESIDUE, HIGHEST_RESIDUE = 0.01, 0.99
LOWEST_PRESSURE_BAR, HIGHEST_PRESSURE_BAR = 1e-5, 1.0

LOWEST_VISCOSITY_MM2_S = 0.2

VISCOSITY_TEMPERATURE_C = 38.0
"""Of the viscosity by API gravity, °C."""


def density_of_api(api: float) -> float:
    """Return the density at 15 °C of an oil by its API gravity, kg/m³ (the definition of API gravity)."""
    return 141.5 / (131.5 + api) * WATER_KG_M3


def api_of_density(density_kg_m3: float) -> float:
    """Return the API gravity of an oil by its density at 15 °C, °API."""
    return 141.5 * WATER_KG_M3 / density_kg_m3 - 131.5


def density_at_15_c(density_kg_m3: float, temperature_c: float) -> float:
    """Return the density at 15 °C of an oil measured at another temperature, kg/m³ [1]_."""
    at_15 = density_kg_m3
    for _ in range(5):
        at_15 = density_kg_m3 / (1.0 - EXPANSION / at_15**2 * (temperature_c - 15.0))
    return at_15


def viscosity_of_api(api: float) -> float:
    """Return the viscosity of a crude oil at 38 °C, mm²/s [4]_: ln ln (v + 1) = 2.714 - 0.0592 API.

    Of 500 crude oils the measured viscosity lies within a factor of 2.1 of it (one standard deviation).
    """
    return max(math.expm1(math.exp(2.714 - 0.0592 * api)), LOWEST_VISCOSITY_MM2_S)


def residue_of_api(api: float) -> float:
    """Return the share of a crude oil's mass that boils above 270 °C [4]_: 1.118 - 0.01523 API."""
    return min(max(1.118 - 0.01523 * api, LOWEST_RESIDUE), HIGHEST_RESIDUE)


def first_boiling_k_of_api(api: float) -> float:
    """Return where the boiling line of a crude oil begins, K [4]_: 419.3 - 2.70 API."""
    return 419.3 - 2.70 * api


def is_curve(cuts: Sequence[Cut]) -> bool:
    """Return whether cuts are enough of a boiling curve to use: from a quarter or less to 250 °C or half of the oil."""
    if len(cuts) < 3:
        return False
    shares, temperatures = [share for share, _ in cuts], [temperature for _, temperature in cuts]
    reaches = max(temperatures) >= RESIDUE_BOILS_C - 20.0 or max(shares) >= 0.5
    rises = all(later >= earlier - 10.0 for earlier, later in pairwise(temperatures))
    return min(shares) <= 0.25 and max(shares) - min(shares) >= 0.05 and reaches and rises


def distilled_share(cuts: Sequence[Cut], temperature_c: float = RESIDUE_BOILS_C) -> float:
    """Return the share that has boiled at a temperature, by the curve; its last piece goes on straight beyond it."""
    pairs = sorted((temperature, share) for share, temperature in cuts)
    for (low, first), (high, last) in pairwise(pairs):
        if temperature_c <= high:
            if temperature_c <= low:
                return first
            return first + (last - first) * (temperature_c - low) / (high - low)
    (low, first), (high, last) = pairs[0], pairs[-1]
    return min(last + (last - first) / max(high - low, 1.0) * (temperature_c - high), 1.0)


def boiling_line(cuts: Sequence[Cut]) -> tuple[float, float]:
    """Return the straight boiling curve of an oil's first half [3]_: where it begins, K, and its rise, K by share."""
    first_half = [(share, celsius + 273.15) for share, celsius in cuts if share <= 0.5]
    points = first_half if len(first_half) >= 3 else [(share, celsius + 273.15) for share, celsius in cuts]
    mean_share = sum(share for share, _ in points) / len(points)
    mean_k = sum(kelvin for _, kelvin in points) / len(points)
    spread = sum((share - mean_share) ** 2 for share, _ in points)
    slope = sum((share - mean_share) * (kelvin - mean_k) for share, kelvin in points) / spread if spread else 0.0
    return mean_k - slope * mean_share, slope


def vapour_pressure(first_boiling_k: float, temperature_k: float = 288.15) -> float:
    """Return the vapour pressure of fresh oil at 15 °C, bar: Clausius-Clapeyron with Trouton's rule.

    Notes
    -----
    P = exp(10.6 (1 - T_b / T)), T_b where the boiling line begins [3]_; 1 bar at most.
    """
    pressure = math.exp(min(TROUTON * (1.0 - first_boiling_k / temperature_k), 0.0))
    return max(pressure * HIGHEST_PRESSURE_BAR, LOWEST_PRESSURE_BAR)


def half_boiling_k(density_kg_m3: float) -> float:
    """Return where half of a crude oil has boiled by its density, K [2]_: (11.9 d / 1.2164)³, d relative to water."""
    return float((WATSON_K * density_kg_m3 / WATER_KG_M3 / 1.2164) ** 3)


def volatile_density(first_k: float, half_k: float, density_kg_m3: float) -> float:
    """Return the density of the part that evaporates, kg/m³.

    Parameters
    ----------
    first_k, half_k
        Where the boiling line of the oil begins, and where half of it has boiled, K.
    density_kg_m3
        Of the oil.

    Notes
    -----
    Density goes with the cube root of the boiling point where Watson's factor is the same in all of an oil [2]_. The
    middle of the part that evaporates boils between its begin and 270 °C.
    """
    residue_k = RESIDUE_BOILS_C + 273.15
    middle_k = (min(first_k, residue_k) + residue_k) / 2.0
    return float(density_kg_m3 * min(math.cbrt(middle_k / max(half_k, 1.0)), 0.98))


def residual_density(density_kg_m3: float, volatile_kg_m3: float, residual_fraction: float) -> float:
    """Return the density of what does not evaporate, kg/m³: the volumes of both parts are that of the oil."""
    rest = 1.0 / density_kg_m3 - (1.0 - residual_fraction) / volatile_kg_m3
    if rest <= 0.0:
        return density_kg_m3
    return min(max(residual_fraction / rest, density_kg_m3), 1.15 * density_kg_m3)
