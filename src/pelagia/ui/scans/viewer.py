"""A scan to move about in: its picture, the objects on it, the lines that cut them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from pelagia.http.asking import Bench, Reader
from pelagia.http.galleries import ResultJob
from pelagia.orders.decisions import has_gallery
from pelagia.orders.scans import find_scan, list_scans
from pelagia.ui.rendering import page
from pelagia.ui.runs import title_of
from pelagia.ui.scans.reading import WORDS

router = APIRouter(include_in_schema=False, prefix="/runs/{job_id}/scans/{scan_id}")

ScanId = Annotated[str, Path(max_length=300, pattern=r"^[^\x00]*$")]


@router.get("/view")
def show_viewer(request: Request, job: ResultJob, bench: Bench, principal: Reader, scan_id: ScanId) -> HTMLResponse:
    """Show a scan."""
    settings = bench.runtime.settings
    scan = find_scan(settings, job, scan_id)
    names = [one["scan_id"] for one in list_scans(settings, job)]
    at = names.index(scan_id)
    return page(
        request,
        "scans/viewer.html",
        job=job,
        title=title_of(job),
        scan=scan.record,
        names=names,
        words=WORDS,
        before=names[at - 1] if at else "",
        after=names[at + 1] if at + 1 < len(names) else "",
        with_gallery=has_gallery(settings, job),
    )
