"""Slicks: the records whose oil weathers, one per source, or per interval of a release that lasts.

The simulation calls, in this order::

    slicks, oil_table = start_slicks(setup.sources, step_s=physics.step_s, areas_m2=areas)
    age_slicks(slicks, oil_table, wind_m_s, temperature_c, ages_s, switches)  # once; 0 for fresh oil
    step_slicks(slicks, oil_table, wind_m_s, temperature_c, dt_s, now_s, switches)   # each step, ``now_s`` at its start

and reads of each slick ``evaporated_fraction`` and ``dispersed_fraction`` (shares of ``released_kg``, they never
fall), ``spread_ratio`` (by which the step moved elements away from the centre), and what the tables tell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.setting import Source
from pelagia.ocean.weathering.kernel import (
    DISPERSION,
    EMULSIFICATION,
    EVAPORATION,
    KELVIN,
    SPREADING,
    THIN_M,
    step_slicks,
    viscosity_at,
)

__all__ = [
    "DISPERSION",
    "EMULSIFICATION",
    "EVAPORATION",
    "OIL_DTYPE",
    "SLICK_DTYPE",
    "SPREADING",
    "age_slicks",
    "max_water_fraction",
    "oil_record",
    "start_slicks",
    "step_slicks",
]

MAX_INTERVALS = 240
"""A release that lasts makes no more slicks than this."""

START_M, THIN_BY_THICK = 0.02, 4.0
"""Thickness of fresh oil from a point, m, and area of the thin slick by that of the thick one, at the start."""

LEAST_THICK_BY_THIN = 1.1
"""A thick part no thicker than this by the thin one is none: 10 µm by the area on the ellipsoid are up to 10.1 µm
by that on the sphere."""

LEAST_WATER = 1e-3
"""Of an oil that takes up no water: its water fraction cannot be 0 in the relations."""

AGING_STEP_S = 900.0
"""Step in which slicks are aged before the start, s."""

VISCOSITIES = ("fresh_viscosity_mm2_s", "oil_viscosity_mm2_s", "viscosity_mm2_s")

SLICK_DTYPE = np.dtype(
    [
        ("source", np.int32),  # number of the source
        ("oil", np.int32),  # row in the table of oils
        ("start_s", np.float64),  # Unix time from which its oil is in the sea; its elements are released then
        ("released_kg", np.float64),  # fresh oil
        ("released_m3", np.float64),  # its volume
        ("age_s", np.float64),  # time since its oil was spilt; below 0 before
        ("evaporated_fraction", np.float64),  # share of the released mass, 0 to 1, cumulative
        ("dispersed_fraction", np.float64),  # probability that an element of it is dispersed by now, cumulative
        ("spread_ratio", np.float64),  # radius after the last step by that before; 1 once spreading has ended
        ("water_fraction", np.float64),  # of the emulsion
        ("fresh_viscosity_mm2_s", np.float64),  # of its oil when it was fresh, at the temperature of the sea
        ("oil_viscosity_mm2_s", np.float64),  # of its oil now
        ("viscosity_mm2_s", np.float64),  # of the emulsion
        ("density_kg_m3", np.float64),  # of the emulsion
        ("thick_m", np.float64),  # thickness of the thick slick
        ("thick_area_m2", np.float64),
        ("thin_area_m2", np.float64),
        ("thick_m3", np.float64),  # oil in the thick slick
        ("thin_m3", np.float64),
        ("thick_evaporated", np.float64),  # share of the thick slick's oil that evaporated
        ("thin_evaporated", np.float64),
        ("evaporated_m3", np.float64),
        ("droplets_m3", np.float64),  # small droplets in the water just below the thick slick
        ("dispersed_m3", np.float64),
        ("warmed", np.int8),  # whether its viscosity is that at the temperature of the sea
    ]
)

OIL_DTYPE = np.dtype(
    [
        ("density_kg_m3", np.float64),
        ("viscosity_mm2_s", np.float64),
        ("viscosity_temperature_k", np.float64),
        ("residual_fraction", np.float64),
        ("density_rise", np.float64),  # of the oil when all that may has evaporated, by evaporated share
        ("vapour_pressure_bar", np.float64),
        ("inverse_max_water", np.float64),  # 1 / largest water fraction
    ]
)


def max_water_fraction(api: float) -> float:
    """Return the most water that an emulsion of an oil takes, by its API gravity (share, 0 to 1).

    Notes
    -----
    1 / w = 10/9 (2 - 1 / (1 + 4^(1 - API/17))), after Mackay et al. (1980) as MEDSLIK-II has it.
    """
    return 0.9 / (2.0 - 1.0 / (1.0 + math.pow(4.0, 1.0 - api / 17.0)))


def oil_record(oil: Oil) -> NDArray[np.void]:
    """Return an oil as a row of the table that the kernels read, (1,) of ``OIL_DTYPE``."""
    residual, fresh = oil.residual_fraction, oil.density_kg_m3
    rise = (oil.residual_density_kg_m3 - fresh) / (fresh * (1.0 - residual)) if residual < 1.0 else 0.0
    water = oil.max_water_fraction if oil.max_water_fraction is not None else max_water_fraction(oil.api)
    record = np.zeros(1, OIL_DTYPE)
    record["density_kg_m3"] = fresh
    record["viscosity_mm2_s"] = oil.viscosity_mm2_s
    record["viscosity_temperature_k"] = oil.viscosity_temperature_c + KELVIN
    record["residual_fraction"] = residual
    record["density_rise"] = rise
    record["vapour_pressure_bar"] = oil.vapour_pressure_bar
    record["inverse_max_water"] = 1.0 / max(water, LEAST_WATER)
    return record


def start_slicks(
    sources: Sequence[Source], *, step_s: float, areas_m2: Sequence[float] = ()
) -> tuple[NDArray[np.void], NDArray[np.void]]:
    """Return the slicks at the start, and the table of their oils.

    Parameters
    ----------
    sources
        One at least.
    step_s
        Time step, s. A release of ``duration_s`` makes a slick each step, no more than ``MAX_INTERVALS``.
    areas_m2
        Area of each source where its outline is known; 0, or none given, for a point. A point starts 2 cm thick; a
        slick of known area with a thick part on a fifth of it, and with none where that leaves 11 µm or less.

    Returns
    -------
    slicks
        (S,) of ``SLICK_DTYPE``, by source and time; those of source i share its mass evenly.
    oil_table
        (O,) of ``OIL_DTYPE``; a slick's ``oil`` is its row.

    Notes
    -----
    MEDSLIK-II starts a slick of known area as a patch of 2 cm, too: with its radius elements would move five times as
    far from their centre in a day as they were seen. Here thick and thin part have the area seen, and oil that thin
    hardly spreads; what evaporates is the same within a part of a percent.
    """
    rows = {oil: row for row, oil in enumerate(dict.fromkeys(source.oil for source in sources))}
    areas = areas_m2 if len(areas_m2) else [0.0] * len(sources)
    parts = [
        _slicks_of(source, number, rows[source.oil], area, step_s)
        for number, (source, area) in enumerate(zip(sources, areas, strict=True))
    ]
    return np.concatenate(parts), np.concatenate([oil_record(oil) for oil in rows])


def _slicks_of(source: Source, number: int, row: int, area_m2: float, step_s: float) -> NDArray[np.void]:
    intervals = min(max(math.ceil(source.duration_s / step_s - 1e-9), 1), MAX_INTERVALS)
    slicks = np.zeros(intervals, SLICK_DTYPE)
    oil = source.oil
    slicks["source"], slicks["oil"] = number, row
    slicks["start_s"] = source.start_s + np.arange(intervals) * (source.duration_s / intervals)
    slicks["released_kg"] = source.mass_kg / intervals
    slicks["released_m3"] = source.mass_kg / intervals / oil.density_kg_m3
    slicks["spread_ratio"] = 1.0
    slicks["density_kg_m3"] = oil.density_kg_m3
    for name in VISCOSITIES:
        slicks[name] = oil.viscosity_mm2_s
    _lay_out(slicks, area_m2 / intervals)
    return slicks


def _lay_out(slicks: NDArray[np.void], area_m2: float) -> None:
    """Divide fresh oil into a thick and a thin slick, in place."""
    volume = slicks["released_m3"]
    thick_area = volume / (START_M + THIN_BY_THICK * THIN_M)
    if area_m2 > 0.0:
        thick_area = np.full(len(slicks), area_m2 / (1.0 + THIN_BY_THICK))
    thin = np.minimum(thick_area * THIN_BY_THICK * THIN_M, volume)
    thick = volume - thin
    is_thick = thick > thick_area * THIN_M * LEAST_THICK_BY_THIN
    slicks["thick_m3"] = np.where(is_thick, thick, 0.0)
    slicks["thin_m3"] = np.where(is_thick, thin, volume)
    slicks["thick_area_m2"] = np.where(is_thick, thick_area, 0.0)
    slicks["thick_m"] = np.where(is_thick, thick / thick_area, 0.0)
    slicks["thin_area_m2"] = slicks["thin_m3"] / THIN_M


def age_slicks(
    slicks: NDArray[np.void],
    oil_table: NDArray[np.void],
    wind_m_s: NDArray[np.float64],
    temperature_c: NDArray[np.float64],
    ages_s: NDArray[np.float64],
    switches: int,
) -> None:
    """Bring slicks to the temperature of the sea and weather them by their age, in place; their elements do not move.

    The mass of an aged source is that of its fresh oil, as in MEDSLIK-II: what evaporated before the start is told as
    evaporated at the start.

    Parameters
    ----------
    slicks, oil_table
        As of :func:`start_slicks`.
    wind_m_s, temperature_c
        (S,) at the start.
    ages_s
        (S,) age of each, s; 0 for fresh oil.
    switches
        Sum of the processes that act.
    """
    for row, slick in enumerate(slicks):
        oil = oil_table[slick["oil"]]
        temperature_k = temperature_c[row] + KELVIN
        viscosity = viscosity_at(oil["viscosity_mm2_s"], oil["viscosity_temperature_k"], temperature_k)
        for name in VISCOSITIES:
            slick[name] = viscosity
    starts = slicks["start_s"].copy()
    slicks["start_s"] = -ages_s
    for part in range(math.ceil(float(ages_s.max(initial=0.0)) / AGING_STEP_S), 0, -1):
        step_slicks(slicks, oil_table, wind_m_s, temperature_c, AGING_STEP_S, -part * AGING_STEP_S, switches)
    slicks["start_s"] = starts
    slicks["spread_ratio"] = 1.0
