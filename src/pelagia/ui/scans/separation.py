"""The editor of touching organisms: lines that a machine proposed are accepted, refused, or drawn anew."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from pelagia.http.asking import Bench, Reader
from pelagia.http.galleries import ResultJob
from pelagia.orders.revise import can_revise
from pelagia.orders.scans import find_scan, list_scans
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Job
from pelagia.ui.rendering import page
from pelagia.ui.runs import title_of
from pelagia.ui.scans.viewer import ScanId

router = APIRouter(include_in_schema=False, prefix="/runs/{job_id}")


@router.get("/separation")
def show_editor(request: Request, job: ResultJob, bench: Bench, principal: Reader) -> HTMLResponse:
    """Show the objects of all scans that may be several organisms."""
    return _editor(request, job, bench, principal, "")


@router.get("/scans/{scan_id}/separate")
def show_editor_of_scan(
    request: Request, job: ResultJob, bench: Bench, principal: Reader, scan_id: ScanId
) -> HTMLResponse:
    """Show those of one scan."""
    find_scan(bench.runtime.settings, job, scan_id)
    return _editor(request, job, bench, principal, scan_id)


def _editor(request: Request, job: Job, bench: Workbench, principal: Principal, scan_id: str) -> HTMLResponse:
    return page(
        request,
        "scans/separation.html",
        job=job,
        title=title_of(job),
        scan_id=scan_id,
        scans=list_scans(bench.runtime.settings, job),
        revises=can_revise(bench.runtime.settings, job),
        me=principal,
    )
