"""The parameters that a fit and an ensemble choose, what is known of them beforehand, and a setup with a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pelagia.ocean.fit.priors import Prior
from pelagia.ocean.setting import SpillSetup
from pelagia.services.oilspill.service import OilspillParams

DIFFUSIVITY, FACTOR, ANGLE, SPREAD = (
    "diffusivity_m2_s", "wind_drift_factor", "wind_drift_angle_deg", "start_spread_km",
)  # fmt: skip
CHOSEN = (DIFFUSIVITY, FACTOR, ANGLE, SPREAD)
"""Columns of a choice, in the order of the tables."""
COLUMN_OF = {
    "diffusivity": DIFFUSIVITY,
    "wind_drift_factor": FACTOR,
    "wind_drift_angle": ANGLE,
    "start_spread": SPREAD,
}
"""Names in the parameter ``fit`` → columns."""
WIND_SCALE, CURRENT_SCALE, START_SHIFT = "wind_scale", "current_scale", "start_shift_h"

DIFFUSIVITY_M2_S = (0.5, 20.0)
"""Diffusivity of patches of 1 to 20 km: 0.0103 l^1.15 in cm and s (Okubo 1971, doi:10.1016/0011-7471(71)90046-5)."""
FACTOR_SPREAD, FACTOR_BELOW, FACTOR_ABOVE = 0.01, 0.03, 0.02
"""2 to 4 % around the usual 3 % (3.5 %: Samuels et al. 1982, Ocean Engineering 9, 347); the search of the original
tuning reaches from 0 to 5 % (arXiv 2503.02749)."""
ANGLE_SPREAD_DEG, ANGLE_REACH_DEG = 8.0, 16.0
"""Observed deflections vary from 0 to about 20° (ibid.)."""
SPREAD_KM, SPREAD_REACH_KM = 1.0, 2.0
"""Of outlines drawn by hand or taken from a coarse scene: assumed."""
WIND_SPREAD, CURRENT_SPREAD = 0.15, 0.2
"""Wind of an analysis is off by 1 to 1.5 m/s (Campos et al. 2022, doi:10.3390/rs14194918), 15 % of a usual wind over
the sea. No source gives one number for currents: a fifth is assumed."""
SHIFT_SPREAD_H, SHIFT_REACH_H = 0.5, 1.0
"""Of a spill that was reported; the time of a slick that was seen is known."""


def given_choice(params: OilspillParams) -> dict[str, float]:
    """Return what the parameters choose without a fit."""
    return {
        DIFFUSIVITY: params.diffusivity_m2_s,
        FACTOR: params.wind_drift_factor,
        ANGLE: params.wind_drift_angle_deg,
        SPREAD: 0.0,
    }


def priors_of(given: Mapping[str, float], names: Sequence[str]) -> list[Prior]:
    """Return what is known of some parameters before a slick was seen later, around what is given.

    Parameters
    ----------
    given
        As of :func:`given_choice`.
    names
        Columns.
    """
    known = {
        DIFFUSIVITY: Prior(
            name=DIFFUSIVITY,
            low=min(DIFFUSIVITY_M2_S[0], given[DIFFUSIVITY] / 2 or DIFFUSIVITY_M2_S[0]),
            high=max(DIFFUSIVITY_M2_S[1], given[DIFFUSIVITY] * 2),
            is_log=True,
            why="all magnitudes alike, for patches of 1 to 20 km (Okubo 1971)",
        ),
        FACTOR: Prior(
            name=FACTOR,
            low=max(given[FACTOR] - FACTOR_BELOW, 0.0),
            high=min(given[FACTOR] + FACTOR_ABOVE, 0.1),
            centre=given[FACTOR],
            spread=FACTOR_SPREAD,
            why="normal around what is given, ± 1 % of the wind (Samuels et al. 1982)",
        ),
        ANGLE: Prior(
            name=ANGLE,
            low=given[ANGLE] - ANGLE_REACH_DEG,
            high=given[ANGLE] + ANGLE_REACH_DEG,
            centre=given[ANGLE],
            spread=ANGLE_SPREAD_DEG,
            why="normal around what is given, ± 8° (Samuels et al. 1982)",
        ),
        SPREAD: Prior(
            name=SPREAD,
            low=0.0,
            high=SPREAD_REACH_KM,
            centre=0.0,
            spread=SPREAD_KM,
            why="half a normal of 1 km (assumed)",
        ),
    }
    return [known[name] for name in names]


def forcing_priors(is_seen: bool) -> list[Prior]:
    """Return what is known of the errors of forcing and start.

    Parameters
    ----------
    is_seen
        Whether all oil starts from outlines, the time of which is known.
    """
    priors = [
        _around_one(WIND_SCALE, WIND_SPREAD, "± 15 % (Campos et al. 2022)"),
        _around_one(CURRENT_SCALE, CURRENT_SPREAD, "± 20 % (assumed)"),
    ]
    if not is_seen:
        priors.append(
            Prior(
                name=START_SHIFT,
                low=-SHIFT_REACH_H,
                high=SHIFT_REACH_H,
                centre=0.0,
                spread=SHIFT_SPREAD_H,
                why="± half an hour (assumed)",
            )
        )
    return priors


def with_choice(setup: SpillSetup, choice: Mapping[str, float]) -> SpillSetup:
    """Return a setup with the parameters of a choice.

    Parameters
    ----------
    setup
        Any.
    choice
        All of ``CHOSEN``.
    """
    physics = replace(
        setup.physics,
        diffusivity_m2_s=choice[DIFFUSIVITY],
        wind_drift_factor=choice[FACTOR],
        wind_drift_angle_deg=choice[ANGLE],
    )
    sources = tuple(replace(source, spread_m=choice[SPREAD] * 1000.0) for source in setup.sources)
    return replace(setup, physics=physics, sources=sources)


def with_elements(setup: SpillSetup, elements: int) -> SpillSetup:
    """Return a setup with another number of elements, shared out as before; one at least for each source."""
    whole = sum(source.elements for source in setup.sources)
    sources = tuple(
        replace(source, elements=max(1, round(elements * source.elements / whole))) for source in setup.sources
    )
    return replace(setup, sources=sources)


def _around_one(name: str, spread: float, why: str) -> Prior:
    return Prior(name=name, low=1.0 - 3 * spread, high=1.0 + 3 * spread, centre=1.0, spread=spread, why=why)
