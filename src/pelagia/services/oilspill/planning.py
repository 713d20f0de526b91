"""What a run does, told by its inputs and parameters alone: which parts, how many maps, how many legs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from pelagia.core.errors import BadParameter
from pelagia.core.service import Request
from pelagia.services.oilspill.service import OilspillParams

LEAST_LEGS = 8
"""So that a forecast shows its progress."""
ELEMENT_STEPS_PER_LEG = 2e7
"""Some seconds of work."""


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
        """Return the times that are mapped, the start first, Unix time, s; falling where it goes backward."""
        sign = -1.0 if params.direction == "backward" else 1.0
        step_s = params.output_min * 60.0
        last_s = params.hours * 3600.0
        return [start_s + sign * min(number * step_s, last_s) for number in range(self.maps + 1)]

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
    _check(request, has_start=has_start, has_scene=has_scene, has_forcing=has_forcing)
    forecasts = has_forcing and (has_start or has_scene)
    maps = max(1, math.ceil(params.hours * 60.0 / params.output_min - 1e-9))
    element_steps = params.elements * params.hours * 60.0 / params.step_min
    return Plan(
        forecasts=forecasts,
        fits=forecasts and bool(inputs.get("observed")) and params.evaluations > 0,
        members=params.members if forecasts else 0,
        maps=maps,
        legs=min(maps, max(LEAST_LEGS, math.ceil(element_steps / ELEMENT_STEPS_PER_LEG))),
    )


def has_forcing_of(request: Request[OilspillParams]) -> bool:
    """Whether anything moves the oil."""
    params, inputs = request.params, request.inputs
    files = any(inputs.get(slot) for slot in ("currents", "wind", "waves"))
    return files or params.current_m_s is not None or params.wind_m_s is not None


def _check(request: Request[OilspillParams], *, has_start: bool, has_scene: bool, has_forcing: bool) -> None:
    params, inputs = request.params, request.inputs
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
    if params.direction == "backward" and inputs.get("observed"):
        raise BadParameter(
            "a backward run cannot be compared with slicks observed later",
            value="direction=backward",
            remedy="leave the observed slicks out, or forecast forward from the earlier slick",
        )
