"""What a run does, told by its inputs and parameters alone: which parts, how many maps, how many legs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pelagia.core.errors import BadParameter
from pelagia.core.service import Request
from pelagia.services.oilspill.service import OilspillParams

LEAST_LEGS = 8
"""So that a forecast shows its progress."""
ELEMENT_STEPS_PER_LEG = 2e7
"""Some seconds of work."""
MOST_MAPS = 2_000
"""Hourly ones of the longest forecast, and more: of each the cells are kept."""
MOST_ELEMENT_STEPS = 1e12
"""Some days of work of a processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which parts a run has.

    Parameters
    ----------
    forecasts
        Whether the oil is moved: there is forcing, and something to start from.
    fits
        Whether parameters are fitted to slicks observed later.
    members
        Of the ensemble; 0 for none.
    maps
        Times of the forecast that are mapped, the start not counted.
    legs
        Pieces in which it is done, one after the other.
    """

    forecasts: bool
    fits: bool
    members: int
    maps: int
    legs: int

    @property
    def analyses(self) -> int:
        """How many analyses are billed besides the scenes."""
        return int(self.forecasts) + int(self.fits) + int(self.members > 0)

    def times_s(self, params: OilspillParams, start_s: float) -> list[float]:
        """Return the times that are mapped, the start first, Unix time, s; falling where it goes backward.

        Each is that of a whole step, the last one before the time asked for; the last map is at the end.
        """
        sign = -1.0 if params.direction == "backward" else 1.0
        step_s, last_s = params.step_min * 60.0, params.hours * 3600.0
        steps = [math.floor(number * params.output_min / params.step_min + 1e-9) for number in range(self.maps)]
        return [start_s + sign * after_s for after_s in (*(step * step_s for step in steps), last_s)]

    def knowing(self, observed: Sequence[Mapping[str, Any]]) -> Plan:
        """Return the plan that is left when only these observed slicks can be compared: without any, no fit."""
        return self if observed else replace(self, fits=False)

    def leg_maps(self) -> list[range]:
        """Return the numbers of the times that each leg maps; the first leg maps the start too."""
        edges = [round(self.maps * leg / self.legs) for leg in range(self.legs + 1)]
        return [range(0 if leg == 0 else first + 1, last + 1) for leg, (first, last) in enumerate(pairwise(edges))]


def make_plan(request: Request[OilspillParams]) -> Plan:
    """Return what a run does.

    Parameters
    ----------
    request
        With inputs and parameters.

    Raises
    ------
    BadParameter
        Where what is given does not make an analysis.
    """
    params, inputs = request.params, request.inputs
    has_start = bool(inputs.get("slick")) or params.latitude is not None
    has_scene = bool(inputs.get("scenes"))
    has_forcing = has_forcing_of(request)
    _check_start(request, has_start=has_start, has_scene=has_scene, has_forcing=has_forcing)
    _check_forcing(request)
    forecasts = has_forcing and (has_start or has_scene)
    maps = max(1, math.ceil(params.hours * 60.0 / params.output_min - 1e-9))
    element_steps = params.elements * params.hours * 60.0 / params.step_min
    fits = forecasts and bool(inputs.get("observed")) and params.evaluations > 0
    if forecasts:
        searched = params.evaluations * params.fit_elements / params.elements if fits else 0.0
        _check_size(params, maps, element_steps * (1 + params.members + searched))
    return Plan(
        forecasts=forecasts,
        fits=fits,
        members=params.members if forecasts else 0,
        maps=maps,
        legs=min(maps, max(LEAST_LEGS, math.ceil(element_steps / ELEMENT_STEPS_PER_LEG))),
    )


def has_forcing_of(request: Request[OilspillParams]) -> bool:
    """Whether anything moves the oil."""
    params, inputs = request.params, request.inputs
    files = any(inputs.get(slot) for slot in ("currents", "wind", "waves"))
    return files or params.current_m_s is not None or params.wind_m_s is not None


def _check_start(request: Request[OilspillParams], *, has_start: bool, has_scene: bool, has_forcing: bool) -> None:
    """Refuse what has no beginning, or nothing that goes on from it."""
    if not has_start and not has_scene:
        raise BadParameter(
            "there is no slick, no point and no scene to begin with",
            remedy="give a scene, a file of slicks (slick), or the latitude and longitude of the spill",
        )
    if has_start and not has_forcing:
        raise BadParameter(
            "nothing moves the oil: there are no currents and no wind",
            remedy="give files of currents and wind, or a constant current_m_s or wind_m_s",
        )
    if request.params.direction == "backward" and request.inputs.get("observed"):
        raise BadParameter(
            "a backward run cannot be compared with slicks observed later",
            value="direction=backward",
            remedy="leave the observed slicks out, or forecast forward from the earlier slick",
        )
    if request.params.direction == "backward" and request.params.release_hours:
        raise BadParameter(
            "backward in time oil does not flow for a while",
            value=f"direction=backward, release_hours={request.params.release_hours:g}",
            remedy="leave release_hours out",
        )


def _check_forcing(request: Request[OilspillParams]) -> None:
    """Refuse forcing that is told twice, is missing, or would not be used."""
    params, inputs = request.params, request.inputs
    for slot, given in (("currents", params.current_m_s), ("wind", params.wind_m_s)):
        if inputs.get(slot) and given is not None:
            raise BadParameter(
                f"the {slot} are told twice" if slot == "currents" else "the wind is told twice",
                value=f"{len(inputs[slot])} files and {given:g} m/s",
                remedy=f"give files of {slot} or a constant",
            )
    if params.stokes == "file" and not inputs.get("waves"):
        raise BadParameter(
            "Stokes drift is to come from a file of waves, and there is none",
            value="stokes=file",
            remedy="give the file of waves, or stokes=wind",
        )
    if inputs.get("waves") and params.stokes != "file":
        raise BadParameter(
            "there is a file of waves, and it is not to be used",
            value=f"stokes={params.stokes}",
            remedy="give stokes=file (and less wind drift, which holds some of it), or leave the file out",
        )


def _check_size(params: OilspillParams, maps: int, element_steps: float) -> None:
    """Refuse what would take days, or fill the disk with maps."""
    if maps > MOST_MAPS:
        raise BadParameter(
            f"{maps:,} maps are too many",
            value=f"hours {params.hours:g}, output_min {params.output_min:g}",
            remedy=f"give a larger output_min: {MOST_MAPS:,} maps at most",
        )
    if element_steps > MOST_ELEMENT_STEPS:
        raise BadParameter(
            "so much work would take days",
            value=f"{params.elements:,} elements, {params.hours:g} h in steps of {params.step_min:g} min, "
            f"{params.members:,} members, {params.evaluations:,} evaluations",
            remedy="give fewer elements, members or evaluations, fewer hours or a longer step",
        )
