"""The table of the scans of a run with a verdict for each, and what the checks found."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from pelagia.http.asking import Bench, Reader
from pelagia.http.galleries import OpenGalleries, ResultJob
from pelagia.orders.decisions import has_gallery
from pelagia.orders.outputs import output_folder
from pelagia.runtime.jobs import Job
from pelagia.services.zooscan.metadata_edits import SAMPLE_FIELDS, SCAN_FIELDS
from pelagia.ui.rendering import page
from pelagia.ui.results.pages import standing
from pelagia.ui.runs import title_of
from pelagia.ui.scans.findings import Rows, group_checks
from pelagia.ui.scans.reading import WORDS, headline, needs, projects_of, rows_of, scans_of, sorted_scans

router = APIRouter(include_in_schema=False, prefix="/runs/{job_id}/scans")

SortName = Literal["verdict", "scan", "findings", "organisms", "several", "sample", "fraction", "part", "volume"]
LABELS = {("sample", field.name): field.label for field in SAMPLE_FIELDS} | {
    ("scan", field.name): field.label for field in SCAN_FIELDS
}


@router.get("")
def show_scans(
    request: Request,
    job: ResultJob,
    bench: Bench,
    principal: Reader,
    galleries: OpenGalleries,
    sort: Annotated[SortName, Query()] = "verdict",
    falling: Annotated[bool, Query()] = False,
    mine: Annotated[bool, Query()] = False,
) -> HTMLResponse:
    """Show the scans of a run, those that need a person first; ``mine``: only those."""
    folder = output_folder(bench.runtime.settings, job)
    scans = scans_of(folder)
    wanted = [scan for scan in scans if needs(scan) or not mine]
    return page(
        request,
        "scans/table.html",
        job=job,
        title=title_of(job),
        headline=headline(scans) if scans else "",
        scans=sorted_scans(wanted, sort, falling=falling),
        total=len(scans),
        needing=sum(map(needs, scans)),
        projects=projects_of(scans, rows_of(folder, "checks")),
        words=WORDS,
        sort=sort,
        falling=falling,
        mine=mine,
        with_gallery=has_gallery(bench.runtime.settings, job),
        **standing(bench, galleries, job, with_gallery=True),
    )


@router.get("/checks")
def show_checks(
    request: Request,
    job: ResultJob,
    bench: Bench,
    principal: Reader,
    galleries: OpenGalleries,
    scan: Annotated[str, Query(max_length=1000)] = "",
) -> HTMLResponse:
    """Show what every check found; of one scan and its sample, or of all."""
    folder = output_folder(bench.runtime.settings, job)
    scans = scans_of(folder)
    rows = Rows(here=address_of(job), scans=scans, samples=rows_of(folder, "samples"), labels=LABELS)
    checks = rows_of(folder, "checks")
    if scan:
        checks = [one for one in checks if one["scope"] != "project" and scan in _names(rows, one)]
    groups = group_checks(checks, rows)
    return page(
        request,
        "scans/checks.html",
        job=job,
        title=title_of(job),
        scan=scan,
        groups=[group for group in groups if group.findings],
        fine=[group for group in groups if not group.findings],
        words=WORDS,
        **standing(bench, galleries, job, with_gallery=True),
    )


def address_of(job: Job) -> str:
    """Return where the scans of a run are shown."""
    return f"/runs/{job.id}/scans"


def _names(rows: Rows, check: dict[str, str]) -> set[str]:
    return {str(one["scan_id"]) for one in rows.scans_of(check)}
