"""The form of the metadata: samples and scans in grids, corrections in bulk, the trail of all changes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from pelagia.core.errors import NotFound
from pelagia.http.asking import Bench, Reader
from pelagia.http.galleries import OpenGalleries, ResultJob
from pelagia.http.looks import counted_download
from pelagia.orders.outputs import output_folder, tables_in
from pelagia.orders.revise import as_predicted_folder, can_revise
from pelagia.orders.workbench import Workbench
from pelagia.runtime.edits import Made, edits_of
from pelagia.runtime.jobs import Job
from pelagia.services.zooscan.metadata_edits import LONGEST_TEXT
from pelagia.ui.rendering import page
from pelagia.ui.results.pages import standing
from pelagia.ui.runs import title_of
from pelagia.ui.scans.corrections import Standing, batches_of, standing_of, trail_csv

router = APIRouter(include_in_schema=False, prefix="/runs/{job_id}/scans/metadata")

SHOWN_BATCHES = 50


@router.get("")
def show_metadata(
    request: Request,
    job: ResultJob,
    bench: Bench,
    principal: Reader,
    galleries: OpenGalleries,
    subject: Annotated[str, Query(max_length=1000, description="sample:… or scan:…")] = "",
    field: Annotated[str, Query(max_length=100)] = "",
) -> HTMLResponse:
    """Show samples and scans with every value that can be corrected; ``subject`` and ``field`` are looked at first."""
    now, made = _now(bench, job)
    batches = batches_of(now.changes, made, principal.asker)
    return page(
        request,
        "scans/metadata.html",
        job=job,
        title=title_of(job),
        grids=now.grids,
        batches=batches[:SHOWN_BATCHES],
        more=len(batches) - SHOWN_BATCHES,
        changes=len(now.changes),
        subject=subject,
        field=field,
        longest=LONGEST_TEXT,
        me=principal,
        may_correct="run" in principal.scopes and can_revise(bench.runtime.settings, job),
        **standing(bench, galleries, job, with_gallery=True),
    )


@router.get("/changes.csv")
def download_trail(request: Request, job: ResultJob, bench: Bench, principal: Reader) -> Response:
    """Return who changed what, when, from what to what, and why."""
    now, _ = _now(bench, job)
    headers = {
        "Content-Disposition": f'attachment; filename="{job.service}-{job.id}-changes.csv"',
        "Cache-Control": "private, no-cache",
    }
    file = Response(trail_csv(now.changes), media_type="text/csv; charset=utf-8", headers=headers)
    return counted_download(file, request, bench, principal, job.service)


def _now(bench: Workbench, job: Job) -> tuple[Standing, list[Made]]:
    settings = bench.runtime.settings
    output_folder(settings, job)  # what was deleted is told as that
    tables = tables_in(as_predicted_folder(settings, job.id))
    if not {"scans", "samples"} <= tables.keys():
        raise NotFound("This result has no scans", value=job.service, remedy="See its tables and files instead.")
    made = edits_of(bench.runtime.database, job.id)
    return standing_of(tables, made), made
