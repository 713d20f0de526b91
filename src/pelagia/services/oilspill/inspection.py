"""What a request will take: scenes, slicks and files of forcing looked at, none read whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.errors import PelagiaError
from pelagia.core.service import Estimate, Request
from pelagia.core.words import count
from pelagia.io.findings import Findings
from pelagia.io.forcing.facts import ForcingFacts, describe_forcing
from pelagia.io.sources import open_source
from pelagia.io.sources.checksums import FILES_PER_GROUP
from pelagia.services.oilspill.beforehand import KINDS, check_reach, needed_s, scene_starts
from pelagia.services.oilspill.detecting import scene_parts
from pelagia.services.oilspill.ensemble import ensemble_steps
from pelagia.services.oilspill.fitting import fit_steps
from pelagia.services.oilspill.given import comparable
from pelagia.services.oilspill.inventory import look, reachable
from pelagia.services.oilspill.planning import Plan, make_plan
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.starting import find_oils, make_sources, span_s, start_times, too_late
from pelagia.services.oilspill.times import utc_text

FIXED_STEPS = 2
"""Inventory and slicks."""
STEPS_OF_A_SCENE = 2
"""Made ready, and its outlines."""
FORECAST_STEPS = 2
"""Setup and the tables of the forecast."""

Record = dict[str, Any]


def inspect(request: Request[OilspillParams]) -> Estimate:
    """Say what was understood, and what it will take."""
    plan = make_plan(request)
    findings = Findings()
    told = look(request, findings)
    sizes = [[entry.size for entry in open_source(uri).entries()] for uri in reachable(request, findings)]
    times_s = _times(request, told, findings) if plan.forecasts else []
    start_s = span_s(request.params, times_s)[0] if times_s else None
    if start_s is not None:
        plan = plan.knowing(comparable(told["observed"], start_s))
    understood = _scenes(told["scenes"]) | _slicks(request, told["slicks"], findings)
    needed = needed_s(request.params, times_s, told["observed"]) if times_s else None
    understood |= _observed(told["observed"]) | _forcing(request, needed, findings) | _plan(request, plan)
    return Estimate(
        steps=FIXED_STEPS
        + sum(STEPS_OF_A_SCENE + len(scene_parts(facts, request, Path())) for facts in told["scenes"])
        + _forecast_steps(request, plan, told["observed"], start_s)
        + sum(-(-len(one) // FILES_PER_GROUP) for one in sizes),
        units=len(told["scenes"]) + plan.analyses,
        bytes=sum(sum(one) for one in sizes),
        understood=understood,
        issues=findings.issues(),
    )


def _forecast_steps(
    request: Request[OilspillParams], plan: Plan, observed: Sequence[Record], start_s: float | None
) -> int:
    if not plan.forecasts:
        return 0
    fit = fit_steps(request, plan, observed, start_s) if observed and start_s is not None else 0
    return FORECAST_STEPS + plan.legs + fit + (ensemble_steps(request, plan) if plan.members else 0)


def _times(request: Request[OilspillParams], told: Record, findings: Findings) -> list[float]:
    """Return when the oil of each slick is there, nothing where that is not known; of scenes, tell what is missing."""
    starts = told["slicks"] or scene_starts(told["scenes"])
    try:
        if not told["slicks"]:
            find_oils(request, starts)
        return start_times(request.params, starts)
    except PelagiaError as error:
        if not told["slicks"]:
            findings.add_error(error, objects=0)
        return []


def _scenes(scenes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {f"Scene {scene['file']}": scene["words"] for scene in scenes}


def _slicks(
    request: Request[OilspillParams], slicks: Sequence[Mapping[str, Any]], findings: Findings
) -> dict[str, str]:
    """Tell slicks, time and oil; what is missing of them is a finding before the start."""
    if not slicks:
        return {}
    area = sum(slick["area_km2"] for slick in slicks)
    told = {"Start": count(len(slicks), "slick or point", "slicks or points") + (f", {area:,.3g} km²" if area else "")}
    try:
        sources, oils = make_sources(request, slicks)
    except PelagiaError as error:
        findings.add_error(error, objects=0)
        return told
    findings.add_all(too_late(request.params, slicks, [source.start_s for source in sources]))
    told["From"] = ", ".join(sorted({utc_text(source.start_s) for source in sources}))
    told["Oil"] = ", ".join(sorted({one["oil"] for one in oils}))
    told["Mass"] = f"{sum(one['mass_t'] for one in oils):,.4g} t, {oils[0]['mass_source']}"
    return told


def _observed(slicks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    times = sorted({slick["time_s"] for slick in slicks})
    return {"Observed": ", ".join(utc_text(time) for time in times)} if times else {}


def _forcing(
    request: Request[OilspillParams], needed: tuple[float, float] | None, findings: Findings
) -> dict[str, str]:
    """Tell area and time of each file, and whether it holds its kind over the time that is needed, Unix, s."""
    told: dict[str, str] = {}
    for kind in KINDS:
        uris = request.inputs.get(kind, ())
        try:
            if uris:
                facts = describe_forcing(uris)
                told[kind.capitalize()] = _words(facts)
                check_reach(facts, kind, needed, uris[0])
        except PelagiaError as error:
            findings.add_error(error, objects=0)
    params = request.params
    if params.current_m_s is not None:
        told["Currents"] = f"{params.current_m_s:g} m/s towards {params.current_towards_deg:g}° everywhere"
    if params.wind_m_s is not None:
        told["Wind"] = f"{params.wind_m_s:g} m/s from {params.wind_from_deg:g}° everywhere"
    return told


def _words(facts: ForcingFacts) -> str:
    where = f"{facts.south_lat:.2f} to {facts.north_lat:.2f}° N, {facts.west_lon:.2f} to {facts.east_lon:.2f}° E"
    if facts.start_s is None or facts.end_s is None:
        return f"{where}, the same at all times"
    return f"{where}, {utc_text(facts.start_s)} to {utc_text(facts.end_s)}, every {facts.step_s / 3600.0:.3g} h"


def _plan(request: Request[OilspillParams], plan: Plan) -> dict[str, str]:
    params = request.params
    if not plan.forecasts:
        return {}
    words = [f"{params.direction} for {params.hours:g} h with {params.elements:,} elements"]
    if plan.fits:
        words.append(f"fitted with {params.evaluations:,} forecasts")
    if plan.members:
        words.append(f"ensemble of {plan.members:,} members")
    return {"Forecast": ", ".join(words)}
