"""Slicks: the records whose oil weathers, one per source, or per interval of a release that lasts.

The simulation calls, in this order::

    slicks, oil_table = start_slicks(setup.sources, step_s=physics.step_s, areas_m2=areas)
    age_slicks(slicks, oil_table, wind_m_s, temperature_c, step_s, switches)     # where a source has an age
    step_slicks(slicks, oil_table, wind_m_s, temperature_c, dt_s, now_s, switches)   # each step, ``now_s`` at its start

and reads of each slick ``evaporated_fraction`` and ``dispersed_fraction`` (shares of ``released_kg``, they never
fall), ``spread_ratio`` (by which the step moved elements away from the centre), and what the tables tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.setting import Source

EVAPORATION, EMULSIFICATION, DISPERSION, SPREADING = 1, 2, 4, 8
"""Switches of the processes; their sum is ``switches``."""

MAX_INTERVALS = 240
"""A release that lasts makes no more slicks than this."""

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
        ("oil_viscosity_mm2_s", np.float64),  # of its oil
        ("viscosity_mm2_s", np.float64),  # of the emulsion
        ("density_kg_m3", np.float64),  # of the emulsion
        ("thick_m", np.float64),  # thickness of the thick slick
        ("thick_area_m2", np.float64),
        ("thin_area_m2", np.float64),
        ("thick_m3", np.float64),  # oil in the thick slick
        ("thin_m3", np.float64),
        ("thick_evaporated", np.float64),  # share of the thick slick's oil that evaporated
        ("thin_evaporated", np.float64),
        ("thick_lost_m3", np.float64),  # evaporated from the thick slick
        ("thin_lost_m3", np.float64),
        ("large_droplets_m3", np.float64),  # below the slick
        ("small_droplets_m3", np.float64),
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
        ("density_rise", np.float64),  # (residual - volatile) / fresh density
        ("vapour_pressure_bar", np.float64),
        ("inverse_max_water", np.float64),  # 1 / largest water fraction
    ]
)


def oil_record(oil: Oil) -> NDArray[np.void]:
    """Return an oil as a row of the table that the kernels read, (1,) of ``OIL_DTYPE``."""
    raise NotImplementedError


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
        Area of each source where its outline is known; 0, or none given, for a point.

    Returns
    -------
    slicks
        (S,) of ``SLICK_DTYPE``, by source and time; those of source i share its mass evenly.
    oil_table
        (O,) of ``OIL_DTYPE``; a slick's ``oil`` is its row.
    """
    raise NotImplementedError


def age_slicks(
    slicks: NDArray[np.void],
    oil_table: NDArray[np.void],
    wind_m_s: NDArray[np.float64],
    temperature_c: NDArray[np.float64],
    ages_s: NDArray[np.float64],
    switches: int,
) -> None:
    """Weather slicks by their age at the start, in place; their elements do not move.

    Parameters
    ----------
    slicks, oil_table
        As of :func:`start_slicks`.
    wind_m_s, temperature_c
        (S,) at the start.
    ages_s
        (S,) age of each, s.
    switches
        Sum of the processes that act.
    """
    raise NotImplementedError


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
    raise NotImplementedError
