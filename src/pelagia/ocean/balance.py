"""Where the oil is: shares of what was spilled, by fate, and what is told of the slick as a whole."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pelagia.ocean.setting import SpillSetup
from pelagia.ocean.state import SpillState

FATES = ("unreleased", "surface", "evaporated", "dispersed", "beached", "seeped", "sedimented", "outside")
"""In the order of the tables."""

ALLOWED_ERROR = 1e-6
"""Share of the spilled mass by which the sum of all fates may differ from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The oil at a moment; NaN where there is none at the surface.

    Parameters
    ----------
    time_s
        Unix time, s.
    hours
        Since the start; negative backward, h.
    spilled_kg
        In the whole run, kg.
    fractions
        Share of it by fate, in the order of ``FATES``.
    closure_error
        Their sum less one.
    water_fraction, viscosity_mm2_s, density_kg_m3
        Of the emulsion at the surface, mean by its oil.
    emulsion_m3
        Volume of oil and water at the surface.
    thickness_um
        Of the thick slicks: their volume by their area.
    slick_area_km2
        Of all thick and thin slicks.
    wind_m_s, temperature_c
        At the centre.
    centre_lat, centre_lon
        Of the oil at the surface, longitude -180 to 180, °.
    """

    time_s: float
    hours: float
    spilled_kg: float
    fractions: tuple[float, ...]
    closure_error: float
    water_fraction: float = math.nan
    viscosity_mm2_s: float = math.nan
    density_kg_m3: float = math.nan
    emulsion_m3: float = 0.0
    thickness_um: float = math.nan
    slick_area_km2: float = 0.0
    wind_m_s: float = math.nan
    temperature_c: float = math.nan
    centre_lat: float = math.nan
    centre_lon: float = math.nan

    def fraction(self, fate: str) -> float:
        """Return the share of a fate."""
        return self.fractions[FATES.index(fate)]


def balance(state: SpillState, setup: SpillSetup) -> Balance:
    """Add up where the oil is."""
    raise NotImplementedError
