"""Where the oil is: shares of what was spilled, by fate, and what is told of the slick as a whole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pelagia.core.errors import PelagiaError
from pelagia.ocean.geodesy import near_lon
from pelagia.ocean.setting import SpillSetup
from pelagia.ocean.state import BEACHED, DISPERSED, OUTSIDE, SEDIMENTED, SURFACE, UNRELEASED, SpillState
from pelagia.ocean.world import weather_at

FATES = ("unreleased", "surface", "evaporated", "dispersed", "beached", "seeped", "sedimented", "outside")
"""In the order of the tables."""

ALLOWED_ERROR = 1e-6
"""Share of the spilled mass by which the sum of all fates may differ from it."""

WATER_KG_M3 = 1026.0
"""Sea water in an emulsion."""


_ROUNDING = 1e-9
_FATE_OF_STATUS = {UNRELEASED: 0, SURFACE: 1, DISPERSED: 3, BEACHED: 4, SEDIMENTED: 6, OUTSIDE: 7}
_FATES_BY_STATUS = np.array([_FATE_OF_STATUS[status] for status in range(6)])

Doubles = NDArray[np.float64]


class MassLost(PelagiaError):
    """Oil was lost or made out of nothing: a fault of the program, never of an input."""

    code = "mass-lost"


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
    """Add up where the oil is.

    Parameters
    ----------
    state
        At a moment.
    setup
        Its simulation.

    Returns
    -------
    Balance
        Its shares sum to one, or :class:`MassLost` is raised.
    """
    spilled_kg = sum(source.mass_kg for source in setup.sources)
    fractions = check_masses(state, setup)
    return Balance(
        time_s=state.time_s,
        hours=(state.time_s - setup.start_s) / 3600.0,
        spilled_kg=spilled_kg,
        fractions=tuple(map(float, fractions)),
        closure_error=float(fractions.sum() - 1.0),
        **_slick_figures(state),
        **_centre_figures(state, setup),
    )


def check_masses(state: SpillState, setup: SpillSetup) -> Doubles:
    """Check that all oil of the sources is somewhere, and only once.

    Parameters
    ----------
    state
        At a moment.
    setup
        Its simulation.

    Returns
    -------
    ndarray
        (8,) float64, share of each of ``FATES``.

    Raises
    ------
    MassLost
        Where the sum differs by more than ``ALLOWED_ERROR`` of what was spilled, an element has lost more or less than
        all it had, or is nowhere.
    """
    spilled_kg = sum(source.mass_kg for source in setup.sources)
    masses, wrong = _add_up(
        state.lat_deg, state.lon_deg, state.status, state.mass_kg, state.evaporated, state.seeped, _FATES_BY_STATUS
    )
    fractions: Doubles = masses / spilled_kg
    error = float(fractions.sum() - 1.0)
    if wrong or not abs(error) <= ALLOWED_ERROR:
        told = ", ".join(f"{fate} {share:.9f}" for fate, share in zip(FATES, fractions, strict=True))
        raise MassLost(
            "the mass balance does not close",
            value=f"step {state.step}: error {error:.3e} of {spilled_kg:g} kg, {wrong} elements wrong; {told}",
            remedy="Please report this with the run's summary: it is a fault of the program",
        )
    return fractions


@njit(cache=True, error_model="numpy")
def _add_up(
    lat: Doubles,
    lon: Doubles,
    status: NDArray[np.int8],
    mass_kg: Doubles,
    evaporated: Doubles,
    seeped: Doubles,
    fate_of_status: NDArray[np.int64],
) -> tuple[Doubles, int]:
    """Return the mass of each fate, kg, and how many elements cannot be so."""
    masses = np.zeros(8)
    wrong = 0
    for i in range(len(mass_kg)):
        gone, held = evaporated[i], seeped[i]
        left = 1.0 - gone - held
        is_possible = gone >= 0.0 and held >= 0.0 and left >= -_ROUNDING and 0 <= status[i] <= 5
        if not (is_possible and np.isfinite(lat[i]) and np.isfinite(lon[i])):
            wrong += 1
            continue
        masses[2] += mass_kg[i] * gone
        masses[5] += mass_kg[i] * held
        masses[fate_of_status[status[i]]] += mass_kg[i] * left
    return masses, wrong


def _slick_figures(state: SpillState) -> dict[str, Any]:
    """Return what is told of the emulsion, mean by the oil each slick has at the surface."""
    at_surface = state.status == SURFACE
    oil_kg = np.bincount(
        state.slick[at_surface],
        weights=(state.mass_kg * (1.0 - state.evaporated - state.seeped))[at_surface],
        minlength=len(state.slicks),
    ).astype(np.float64)
    total_kg = float(oil_kg.sum())
    if total_kg <= 0.0:
        return {}
    own = oil_kg > 0.0
    slicks, weights = state.slicks[own], oil_kg[own] / total_kg
    # Shares of water are by volume; the water's mass is that of sea water in the emulsion.
    emulsion_m3 = _emulsion_m3(slicks, oil_kg[own])
    thick_m2 = float(slicks["thick_area_m2"].sum())
    return {
        "water_fraction": float(weights @ slicks["water_fraction"]),
        "viscosity_mm2_s": float(weights @ slicks["viscosity_mm2_s"]),
        "density_kg_m3": float(weights @ slicks["density_kg_m3"]),
        "emulsion_m3": float(emulsion_m3.sum()),
        "thickness_um": 1e6 * float((slicks["thick_m"] * slicks["thick_area_m2"]).sum()) / thick_m2
        if thick_m2
        else math.nan,
        "slick_area_km2": 1e-6 * (thick_m2 + float(slicks["thin_area_m2"].sum())),
    }


def _emulsion_m3(slicks: NDArray[Any], oil_kg: Doubles) -> Doubles:
    """Return the volume of the oil with its water: water makes up ``water_fraction`` of it."""
    water = slicks["water_fraction"]
    oil_density = (slicks["density_kg_m3"] - WATER_KG_M3 * water) / (1.0 - water)
    return np.asarray(oil_kg / oil_density / (1.0 - water), dtype=np.float64)


def _centre_figures(state: SpillState, setup: SpillSetup) -> dict[str, Any]:
    """Return the centre of the oil at the surface, and wind and temperature there."""
    at_surface = state.status == SURFACE
    oil_kg = (state.mass_kg * (1.0 - state.evaporated - state.seeped))[at_surface]
    total_kg = float(oil_kg.sum())
    if total_kg <= 0.0:
        return {}
    lat = float(oil_kg @ state.lat_deg[at_surface]) / total_kg
    lon = float(oil_kg @ state.lon_deg[at_surface]) / total_kg
    wind_m_s, temperature_c = weather_at(setup, state.time_s, np.array([lat]), np.array([lon]))
    return {
        "wind_m_s": float(wind_m_s[0]),
        "temperature_c": float(temperature_c[0]),
        "centre_lat": lat,
        "centre_lon": near_lon(lon, 0.0),
    }
