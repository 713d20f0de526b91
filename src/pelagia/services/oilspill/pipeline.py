"""An oil spill, from what a satellite saw to where the oil goes and how sure that is: the method.

1. *Inventory*: scenes, slicks drawn or seen, slicks observed later.
2. *Detection*: each scene block by block: calibrated, its speckle filtered, land left out; the probability of oil
   becomes outlines, measured on the ellipsoid.
3. *Setup*: forcing on one grid without gaps, the shoreline, oil and mass of each slick.
4. *Fit*: diffusivity, wind drift and uncertainty of the start by the slicks that were observed later; the last
   observation is kept from it, to score it.
5. *Forecast*, leg by leg: elements drift, spread, weather, strand; the mass balance is checked at every step.
6. *Ensemble*: many forecasts with parameters drawn from the fit, or from what is usual; probabilities are shares of it.
7. *Maps and coast*, then checksums of all that was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.result import Artifact, Issue, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.core.table import Table
from pelagia.io.findings import Findings
from pelagia.io.sources.checksums import checksum_batches, checksum_files, source_records
from pelagia.services.oilspill.accounts import SHORELINE, write_forecast, write_slicks
from pelagia.services.oilspill.beforehand import check_scenes
from pelagia.services.oilspill.detecting import join_parts, ready_scene, scene_parts, search_part
from pelagia.services.oilspill.ensemble import run_ensemble
from pelagia.services.oilspill.fitting import fit_forecast
from pelagia.services.oilspill.forecasting import forecast
from pelagia.services.oilspill.given import comparable
from pelagia.services.oilspill.inspection import inspect
from pelagia.services.oilspill.inventory import take_inventory
from pelagia.services.oilspill.planning import Plan, make_plan
from pelagia.services.oilspill.preparing import prepare
from pelagia.services.oilspill.service import OilspillParams
from pelagia.services.oilspill.summary import notes, summarise

Record = dict[str, Any]


def estimate(request: Request[OilspillParams], /) -> Estimate:
    """Check every input and say what will be done."""
    return inspect(request)


def run(request: Request[OilspillParams], steps: Steps, /) -> Result:
    """See the slick, fit it, forecast it, say how sure that is."""
    plan = make_plan(request)
    inventory = steps.do("inventory", take_inventory, request, steps.workdir)
    findings = Findings()
    findings.add_records(inventory["issues"])
    if plan.forecasts and not inventory["slicks"]:
        check_scenes(request, inventory["scenes"], inventory["observed"])
    detected, artifacts = _detect(request, steps, inventory["scenes"], findings)
    slicks = inventory["slicks"] or [slick for slick in detected if slick["lat"] is not None]
    told: Record = {"slicks": [*inventory["slicks"], *detected, *inventory["observed"]]}
    if plan.forecasts and slicks:
        told |= _foresee(request, steps, plan, slicks, inventory["observed"])
        findings.add_records(told["issues"])
        artifacts += _shoreline(told, steps.workdir)
    elif plan.forecasts:
        findings.add(_no_slick(inventory["scenes"]))
    tables = steps.do("slicks", write_slicks, told, steps.workdir) + told.get("tables", [])
    inputs = list(source_records(steps.map("checksums", checksum_files, checksum_batches(Path(inventory["files"])))))
    return Result(
        tables={name: Table(name=name, path=steps.workdir / f"{name}.parquet") for name in tables},
        summary=summarise(request, told),
        issues=findings.issues(),
        provenance=request.provenance(inputs),
        artifacts=tuple(artifacts),
        notes=notes(request, told),
    )


def _detect(
    request: Request[OilspillParams], steps: Steps, scenes: Sequence[Record], findings: Findings
) -> tuple[list[Record], list[Artifact]]:
    """Find the slicks of all scenes: a scene is then done, and billed."""
    slicks: list[Record] = []
    artifacts: list[Artifact] = []
    for number, known in enumerate(scenes):
        facts = steps.do(f"ready/{number}", ready_scene, known, steps.workdir)
        parts = scene_parts(facts, request, steps.workdir)
        results = list(steps.map(f"scene/{number}", search_part, parts))
        found = steps.do(f"outlines/{number}", join_parts, facts, results, request, steps.workdir, units=1)
        findings.add_records(found["issues"])
        slicks += found["slicks"]
        artifacts += [Artifact(**told | {"path": Path(told["path"])}) for told in found["artifacts"]]
    return slicks, artifacts


def _foresee(
    request: Request[OilspillParams],
    steps: Steps,
    plan: Plan,
    slicks: Sequence[Mapping[str, Any]],
    observed: Sequence[Record],
) -> Record:
    """Fit, forecast and ensemble, and the tables they make."""
    ready = steps.do("setup", prepare, request, slicks, observed, steps.workdir)
    plan = plan.knowing(comparable(observed, ready["start_s"]))
    fitted = fit_forecast(request, steps, plan, ready, observed) if observed else {}
    setup = fitted.get("setup", ready["setup"])
    times_s = plan.times_s(request.params, ready["start_s"])
    legs = forecast(steps, setup, times_s, plan.leg_maps())
    members = run_ensemble(request, steps, plan, setup, fitted, times_s) if plan.members else {}
    done = steps.do("forecast", write_forecast, setup, legs, members, steps.workdir, units=plan.analyses)
    return {
        **ready,
        **done,
        "legs": legs,
        "fit": fitted,
        "ensemble": members,
        "tables": [*done["tables"], *fitted.get("tables", []), *members.get("tables", [])],
        "issues": [*ready["issues"], *fitted.get("issues", []), *members.get("issues", [])],
    }


def _shoreline(told: Mapping[str, Any], workdir: Path) -> list[Artifact]:
    if not told["has_shoreline"]:
        return []
    shown = Artifact(
        role="shoreline",
        name=SHORELINE,
        path=workdir / SHORELINE,
        media_type="application/geo+json",
        description="Shoreline around the maps",
    )
    return [shown]


def _no_slick(scenes: Sequence[Mapping[str, Any]]) -> Issue:
    return Issue(
        file=", ".join(scene["file"] for scene in scenes),
        code="no-slick",
        message="No slick was found that lies on the map, so that nothing was forecast",
        remedy="Look at the picture of the scene; lower probability_from or min_area_km2, or draw the slick.",
    )
