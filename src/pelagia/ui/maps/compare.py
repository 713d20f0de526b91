"""Two surveys of one beach side by side."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from pelagia.http.asking import Bench, Reader
from pelagia.orders.maps.ground import density_of
from pelagia.orders.maps.pictures import has_map, pictures_of
from pelagia.orders.own_jobs import list_own_jobs, seen_job
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Job
from pelagia.services.litter.columns import ALL
from pelagia.services.litter.service import SERVICE
from pelagia.ui.maps.differences import compare
from pelagia.ui.maps.page import areas_of
from pelagia.ui.rendering import page
from pelagia.ui.runs import title_of

router = APIRouter(include_in_schema=False, prefix="/compare")

MOST_RUNS = 200
JobId = Annotated[str, Query(pattern="^([0-9a-f]{8,32})?$")]
Area = Annotated[str, Query(max_length=300)]


@router.get("")
def show_comparison(
    request: Request,
    bench: Bench,
    principal: Reader,
    left: JobId = "",
    right: JobId = "",
    left_area: Area = "",
    right_area: Area = "",
) -> HTMLResponse:
    """Show two surveys, or let somebody choose them."""
    sides = [
        _side(bench, seen_job(bench, principal, job_id, whole=True), area) if job_id else None
        for job_id, area in ((left, left_area), (right, right_area))
    ]
    before, after = sides
    told = None
    if before is not None and after is not None:
        told = compare(before["density"], after["density"], (before["name"], after["name"]))
    return page(
        request,
        "maps/compare.html",
        left=before,
        right=after,
        told=told,
        surveys=_surveys(bench, principal, [one["job"] for one in sides if one is not None]),
    )


def _side(bench: Workbench, job: Job, area: str) -> dict[str, Any]:
    """Return what the page says of a survey."""
    pictures = pictures_of(bench, job)
    areas = areas_of(pictures.values())
    wanted = area if area in areas else ALL
    rows = [row for row in density_of(bench, job) if row["area_id"] == wanted and not row["transect_id"]]
    taken = sorted(str(one.record["taken_at"])[:10] for one in pictures.values() if one.record["taken_at"])
    title = title_of(job)
    return {
        "job": job,
        "title": title,
        "name": title if wanted == ALL else f"{title}, {wanted}",
        "taken": " to ".join(dict.fromkeys((taken[0], taken[-1]))) if taken else "",
        "areas": areas,
        "area": "" if wanted == ALL else wanted,
        "density": rows,
        "whole": next((row for row in rows if row["item_class"] == ALL), None),
        "alone": "" if any(one.lattice for one in pictures.values()) else next(iter(pictures), ""),
    }


def _surveys(bench: Workbench, principal: Principal, shown: list[Job]) -> list[tuple[Job, str]]:
    """Return the surveys somebody may choose from: their own that have a map, and those that are shown."""
    database, settings = bench.runtime.database, bench.runtime.settings
    own = list_own_jobs(database, principal.asker, limit=MOST_RUNS, service=SERVICE.slug, state="succeeded")
    found = {job.id: job for job in (*shown, *own) if job.cleaned_at is None}
    return [(job, title_of(job)) for job in found.values() if has_map(settings.result_folder(job.id))]
