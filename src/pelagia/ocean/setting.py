"""What a simulation is given: sources, forcing, coast, physics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pelagia.io.depths import Bathymetry
from pelagia.io.forcing.dialect import GriddedForcing
from pelagia.ocean.coast.shoreline import Shoreline
from pelagia.ocean.oils.oil import Oil

Rings = tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Physics:
    """Which processes act, and how strongly; the defaults are those of MEDSLIK-II as WITOIL runs it.

    Parameters
    ----------
    step_s
        Time step, s.
    scheme
        ``runge-kutta-4`` or ``euler``.
    wind_drift_factor
        Drift as a share of the wind.
    wind_drift_angle_deg
        Angle of that drift to the right of the wind; to the left south of the equator.
    wind_angle_half_m_s
        Wind at which the angle is halved: b0 (1 - W / (W + half)); ``None`` for a constant angle.
    stokes
        ``none``, ``file`` (the forcing's waves) or ``wind`` (JONSWAP from wind and fetch).
    fetch_m
        Fetch of that spectrum, m.
    diffusivity_m2_s
        Horizontal.
    vertical_diffusivity_m2_s, deep_diffusivity_m2_s, thermocline_m
        Vertical, above and below the thermocline.
    evaporation, emulsification, dispersion, spreading, beaching
        Whether each acts.
    """

    step_s: float = 900.0
    scheme: Literal["runge-kutta-4", "euler"] = "runge-kutta-4"
    wind_drift_factor: float = 0.03
    wind_drift_angle_deg: float = 0.0
    wind_angle_half_m_s: float | None = None
    stokes: Literal["none", "file", "wind"] = "none"
    fetch_m: float = 20_000.0
    diffusivity_m2_s: float = 2.0
    vertical_diffusivity_m2_s: float = 0.01
    deep_diffusivity_m2_s: float = 0.0001
    thermocline_m: float = 30.0
    evaporation: bool = True
    emulsification: bool = True
    dispersion: bool = True
    spreading: bool = True
    beaching: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Oil that enters the sea at one place.

    Parameters
    ----------
    lat, lon
        Of a point; of a slick its centroid, °.
    rings
        Outlines of a slick: (n, 2) float64 of lat, lon, closed or not; even-odd rule. Empty for a point.
    mass_kg
        All of it.
    start_s
        Unix time at which it is there, or begins to flow, s.
    duration_s
        How long it flows; 0 for at once.
    age_s
        How long it has weathered at the start, s.
    elements
        How many stand for it, of equal mass.
    oil
        What it is.
    spread_m
        Standard deviation added to the positions at the start, per axis, m.
    """

    lat: float
    lon: float
    mass_kg: float
    start_s: float
    elements: int
    oil: Oil
    rings: Rings = ()
    duration_s: float = 0.0
    age_s: float = 0.0
    spread_m: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpillSetup:
    """A simulation, whole.

    Parameters
    ----------
    sources
        One at least.
    currents, wind, waves
        Forcing; ``None`` for none (still water, no wind, no waves).
    shoreline
        ``None`` for an open sea.
    bathymetry
        ``None`` for a deep sea.
    physics
        See there.
    start_s, end_s
        Unix time, s; ``end_s`` lies before ``start_s`` for a simulation backward in time.
    temperature_c
        Of the sea where the currents' file tells none, °C.
    seed
        Of all its random numbers.
    wind_scale, current_scale
        Factors on the forcing, for members of an ensemble.
    """

    sources: tuple[Source, ...]
    start_s: float
    end_s: float
    physics: Physics = Physics()
    currents: GriddedForcing | None = None
    wind: GriddedForcing | None = None
    waves: GriddedForcing | None = None
    shoreline: Shoreline | None = None
    bathymetry: Bathymetry | None = None
    temperature_c: float = 15.0
    seed: int = 0
    wind_scale: float = 1.0
    current_scale: float = 1.0
