"""The runs of a person: the list, and the page of one with its progress, its log, its end."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pelagia.core.errors import BadParameter, NotFound
from pelagia.core.service import Service
from pelagia.http.asking import Bench, Reader, Runner
from pelagia.orders.decisions import owns
from pelagia.orders.maps.pictures import has_map
from pelagia.orders.outputs import issues_of
from pelagia.orders.own_jobs import delete_job, list_own_jobs, own_job, retry_job, seen_job, sight_of, without_files
from pelagia.orders.spills.tables import has_spill
from pelagia.orders.videos.clips import has_player
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Job
from pelagia.runtime.lifecycle import cancel_job
from pelagia.runtime.outward import outward, without_places
from pelagia.runtime.registry import all_services, find_face
from pelagia.runtime.watch import snapshot
from pelagia.ui.param_form import told_params
from pelagia.ui.rendering import page
from pelagia.ui.scans.reading import has_scans

router = APIRouter(include_in_schema=False, prefix="/runs")

PER_PAGE = 25
# Time and id of the last run of the page before.
Before = Annotated[str, Query(max_length=100)]
LOG_LINES = 200


@router.get("")
def list_runs(request: Request, bench: Bench, principal: Reader, before: Before = "") -> HTMLResponse:
    """Show one's own runs, the newest first."""
    database = bench.runtime.database
    found = list_own_jobs(database, principal.asker, limit=PER_PAGE + 1, before=_place(before))
    shown = found[:PER_PAGE]
    return page(
        request,
        "runs_table.html" if "hx-request" in request.headers else "runs.html",
        runs=[(job, title_of(job)) for job in shown],
        services=all_services(),
        names=_names(),
        older=f"{shown[-1].created_at.isoformat()}~{shown[-1].id}" if len(found) > PER_PAGE else "",
        before=before,
        is_moving=any(job.state in ("queued", "running") for job in shown),
    )


@router.get("/{job_id}")
def show_run(request: Request, job_id: str, bench: Bench, principal: Reader) -> HTMLResponse:
    """Show a run."""
    job = seen_job(bench, principal, job_id)
    return page(request, "run.html", **_state(bench, principal, job))


@router.get("/{job_id}/state")
def show_state(request: Request, job_id: str, bench: Bench, principal: Reader) -> HTMLResponse:
    """Show how a run stands: the part of its page that changes."""
    job = seen_job(bench, principal, job_id)
    return page(request, "run_state.html", **_state(bench, principal, job))


@router.post("/{job_id}/cancel")
def cancel(job_id: str, bench: Bench, principal: Runner) -> Response:
    """Stop a run; what is finished is kept, and it can go on later."""
    job = own_job(bench, principal, job_id)
    # It may have ended while the person made up their mind: the page will say so.
    if job.state in ("queued", "running"):
        cancel_job(bench.runtime.database, job.id)
    return _back(job)


@router.post("/{job_id}/again")
def again(job_id: str, bench: Bench, principal: Runner) -> Response:
    """Let a run that was stopped or failed go on where it stood."""
    return _back(retry_job(bench, principal, own_job(bench, principal, job_id)))


@router.post("/{job_id}/delete")
def delete(job_id: str, bench: Bench, principal: Runner) -> Response:
    """Delete the files of a run that has ended."""
    delete_job(bench, own_job(bench, principal, job_id))
    return _back(own_job(bench, principal, job_id))


def title_of(job: Job) -> str:
    """Return what a run is called: by the person, else by what it was made of."""
    if job.title:
        return job.title
    addresses = [item["uri"] for items in job.request["inputs"].values() for item in items]
    first = addresses[0].rstrip("/").rpartition("/")[2] if addresses else job.id
    return first if len(addresses) < 2 else f"{first} and {len(addresses) - 1} more"


def _names() -> dict[str, str]:
    """Return the titles of all services and trainings by their slugs."""
    faces = [face for service in all_services() for face in (service, service.training) if face is not None]
    return {face.slug: face.title for face in faces}


def _place(before: str) -> tuple[dt.datetime, str] | None:
    at, _, job_id = before.partition("~")
    try:
        return (dt.datetime.fromisoformat(at).astimezone(dt.UTC), job_id) if before else None
    except (ValueError, OverflowError) as error:
        raise BadParameter(
            "This is no place in the list", value=before, remedy="Begin with the newest runs."
        ) from error


def _state(bench: Workbench, principal: Principal, job: Job) -> dict[str, Any]:
    seen = snapshot(bench.runtime.database, job.id)
    service = face_of(job)
    is_whole = sight_of(bench, principal, job) == "whole"
    shown = seen.job if is_whole else without_files(seen.job)
    return {
        "seen": seen,
        "job": shown,
        "title": title_of(seen.job),
        "service": service,
        "unit": (service.unit.name, service.unit.plural) if service else (job.unit, f"{job.unit}s"),
        "error": outward(shown.error, run=job.id) if shown.error else None,
        "log": [replace(line, message=without_places(line.message)) for line in seen.log[-LOG_LINES:]],
        "issues": issues_of(bench.runtime.settings, seen.job) if is_whole else (),
        "params": _changed(service, seen.job),
        "inputs": [_shown(item["uri"]) for items in job.request["inputs"].values() for item in items]
        if is_whole
        else [],
        "is_whole": is_whole,
        "may_change": owns(principal, seen.job),
        "with_scans": is_whole and _with_scans(bench, seen.job),
        "with_map": is_whole and _with_map(bench, seen.job),
        "with_player": is_whole and _with_player(bench, seen.job),
        "with_spill": is_whole and _with_spill(bench, seen.job),
    }


def _with_scans(bench: Workbench, job: Job) -> bool:
    """Whether a run has ended with a result that has a page for its scans."""
    is_there = job.state == "succeeded" and job.cleaned_at is None
    return is_there and has_scans(bench.runtime.settings.result_folder(job.id))


def _with_map(bench: Workbench, job: Job) -> bool:
    """Whether a run has ended with a result that is shown on a map."""
    is_there = job.state == "succeeded" and job.cleaned_at is None
    return is_there and has_map(bench.runtime.settings.result_folder(job.id))


def _with_player(bench: Workbench, job: Job) -> bool:
    """Whether a run has ended with a result of footage that a player shows."""
    is_there = job.state == "succeeded" and job.cleaned_at is None
    return is_there and has_player(bench.runtime.settings.result_folder(job.id))


def _with_spill(bench: Workbench, job: Job) -> bool:
    """Whether a run has ended with a result of oil on the sea."""
    is_there = job.state == "succeeded" and job.cleaned_at is None
    return is_there and has_spill(bench.runtime.settings.result_folder(job.id))


def face_of(job: Job) -> Service[Any] | None:
    """Return what made a run; ``None`` where it is no longer installed: its runs are still to be seen."""
    try:
        return find_face(job.service)
    except NotFound:
        return None


def _changed(service: Service[Any] | None, job: Job) -> dict[str, str]:
    """Return the parameters that are not at their defaults, in words."""
    # What names a model stands among the models.
    given = {name: value for name, value in job.request["params"].items() if name not in job.request["models"]}
    if service is None:
        return {name: str(value) for name, value in given.items()}
    defaults = service.params.model_construct().model_dump(mode="json")
    return told_params(service.params, {name: value for name, value in given.items() if value != defaults.get(name)})


def _shown(address: str) -> str:
    """Return the name of an input without where it stands on the server."""
    return address.rstrip("/").rpartition("/")[2]


def _back(job: Job) -> Response:
    return RedirectResponse(f"/runs/{job.id}", status_code=303)
