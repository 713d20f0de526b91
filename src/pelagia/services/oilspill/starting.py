"""From slicks to the sources of a simulation: when, how much, of which oil, by how many elements."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pelagia.core.errors import BadInput, BadParameter
from pelagia.core.result import Issue
from pelagia.core.service import Request
from pelagia.ocean.oils.choosing import find_oil, oil_by_api
from pelagia.ocean.oils.oil import Oil
from pelagia.ocean.oils.own import read_own_oil
from pelagia.ocean.setting import Source
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.times import parse_start, utc_text

LEAST_ELEMENTS = 50
"""Of each source, however little oil it is."""
TOLD, ASSUMED = "told", "assumed"

Record = dict[str, Any]


def make_sources(
    request: Request[OilspillParams], slicks: Sequence[Mapping[str, Any]]
) -> tuple[list[Source], list[Record]]:
    """Return the sources, and for each what is told of its oil.

    Parameters
    ----------
    request
        With the parameters.
    slicks
        As of :func:`pelagia.services.oilspill.given.slick_record`, one at least.

    Returns
    -------
    sources
        In the order of the slicks.
    told
        For each ``slick_id``, ``mass_t``, ``mass_source``, ``oil`` and ``estimated``.

    Raises
    ------
    BadInput, BadParameter
        Where nobody knows the oil, or the time.
    """
    params = request.params
    oils = find_oils(request, slicks)
    masses_kg, source = _masses_kg(params, slicks, oils)
    counts = _element_counts(params.elements, masses_kg)
    times = start_times(params, slicks)
    sources = [
        Source(
            lat=slick["lat"],
            lon=slick["lon"],
            rings=tuple(np.array(ring, dtype=np.float64) for ring in slick["rings"]),
            mass_kg=mass,
            start_s=start_s,
            duration_s=_release_hours(params, slick) * 3600.0,
            age_s=params.age_h * 3600.0,
            elements=count,
            oil=oil,
        )
        for slick, oil, mass, count, start_s in zip(slicks, oils, masses_kg, counts, times, strict=True)
    ]
    told = [
        {
            "slick_id": slick["slick_id"],
            "mass_t": mass / 1000.0,
            "mass_source": source,
            "oil": oil.name,
            "estimated": list(oil.estimated),
        }
        for slick, oil, mass in zip(slicks, oils, masses_kg, strict=True)
    ]
    return sources, told


def start_times(params: OilspillParams, slicks: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return when each slick's oil is there, Unix time, s.

    Parameters
    ----------
    params
        ``start`` goes before what the slicks tell.
    slicks
        The slicks.

    Raises
    ------
    BadInput
        Where neither tells it.
    """
    if params.start:
        return [parse_start(params.start)] * len(slicks)
    missing = next((slick for slick in slicks if slick["time_s"] is None), None)
    if missing is not None:
        raise BadInput(
            f"nobody says when {missing['slick_id']} was there",
            file=missing["file"],
            remedy="give start, such as 2008-08-06T09:51, or a time to each slick in its file",
            code="slick-no-time",
        )
    return [float(slick["time_s"]) for slick in slicks]


def span_s(params: OilspillParams, times_s: Sequence[float]) -> tuple[float, float]:
    """Return start and end of the simulation, Unix time, s; the end is before the start where it goes backward.

    Parameters
    ----------
    params
        With direction and hours.
    times_s
        When the oil of each slick is there.
    """
    if params.direction == "backward":
        return max(times_s), max(times_s) - params.hours * 3600.0
    return min(times_s), min(times_s) + params.hours * 3600.0


def too_late(params: OilspillParams, slicks: Sequence[Mapping[str, Any]], times_s: Sequence[float]) -> list[Issue]:
    """Return findings on slicks the oil of which is there only when the simulation has ended.

    Parameters
    ----------
    params
        With direction and hours.
    slicks, times_s
        The slicks, and when the oil of each is there.
    """
    start_s, end_s = span_s(params, times_s)
    return [
        Issue(
            file=slick["file"],
            code="slick-too-late",
            message=f"{slick['slick_id']} is there from {utc_text(time_s)} on, and the run, which starts at "
            f"{utc_text(start_s)}, has ended by then: it holds none of its oil",
            remedy="Give more hours, or the slick to a run of its own.",
            severity="warning",
        )
        for slick, time_s in zip(slicks, times_s, strict=True)
        if abs(time_s - start_s) >= abs(end_s - start_s)
    ]


def find_oils(request: Request[OilspillParams], slicks: Sequence[Mapping[str, Any]]) -> list[Oil]:
    """Return the oil of each slick.

    Raises
    ------
    BadInput, BadParameter
        Where nobody knows it.
    """
    return [_oil(request, slick) for slick in slicks]


def _release_hours(params: OilspillParams, slick: Mapping[str, Any]) -> float:
    """Return how long a slick's oil flows: as it tells, else as the parameters do; backward all of it is there."""
    if params.direction == "backward":
        return 0.0
    own = slick.get("release_hours")
    return params.release_hours if own is None else float(own)


def _oil(request: Request[OilspillParams], slick: Mapping[str, Any]) -> Oil:
    """Return the oil of a slick: the user's own, then the parameters', then what the slick tells."""
    params = request.params
    own = request.inputs.get("own_oil", ())
    if own:
        return read_own_oil(own[0])
    if params.oil:
        return find_oil(params.oil)
    if params.api is not None:
        return oil_by_api(params.api)
    if slick["oil"]:
        return find_oil(slick["oil"])
    if slick["api"] is not None:
        return oil_by_api(slick["api"])
    raise BadParameter(
        f"nobody says which oil {slick['slick_id']} is",
        remedy="give oil (a name of the table: pelagia oils), api (its API gravity, such as 28 for a medium crude), "
        "or your own oil",
    )


def _masses_kg(
    params: OilspillParams, slicks: Sequence[Mapping[str, Any]], oils: Sequence[Oil]
) -> tuple[list[float], str]:
    """Return the mass of each slick, and whether anybody told it.

    Notes
    -----
    What the parameters tell is of all slicks together: it is shared by what the slicks tell, or else by their area.
    """
    own = [_told_kg(slick, oil) for slick, oil in zip(slicks, oils, strict=True)]
    areas = [slick["area_km2"] * 1e6 for slick in slicks]
    whole = params.mass_t if params.mass_t is not None else params.volume_m3
    if whole is not None:
        told = [mass for mass in own if mass is not None]
        weights = told if len(told) == len(own) else (areas if all(areas) else [1.0] * len(areas))
        shares = [weight / math.fsum(weights) for weight in weights]
        per_unit = [1000.0 if params.mass_t is not None else oil.density_kg_m3 for oil in oils]
        return [whole * share * unit for share, unit in zip(shares, per_unit, strict=True)], TOLD
    if all(mass is not None for mass in own):
        return [float(mass or 0.0) for mass in own], TOLD
    pointless = next(
        (slick for slick, mass, area in zip(slicks, own, areas, strict=True) if mass is None and not area), None
    )
    if pointless is not None:
        raise BadParameter(
            f"nobody says how much oil {pointless['slick_id']} is, and a point has no area to tell it from",
            remedy="give mass_t or volume_m3",
        )
    assumed = [area * params.thickness_um * 1e-6 * oil.density_kg_m3 for area, oil in zip(areas, oils, strict=True)]
    return [mass if mass is not None else guess for mass, guess in zip(own, assumed, strict=True)], ASSUMED


def _told_kg(slick: Mapping[str, Any], oil: Oil) -> float | None:
    if slick["mass_t"] is not None:
        return float(slick["mass_t"]) * 1000.0
    return None if slick["volume_m3"] is None else float(slick["volume_m3"]) * oil.density_kg_m3


def _element_counts(elements: int, masses_kg: Sequence[float]) -> list[int]:
    """Share the elements out by mass."""
    whole = math.fsum(masses_kg)
    return [max(min(LEAST_ELEMENTS, elements), round(elements * mass / whole)) for mass in masses_kg]
