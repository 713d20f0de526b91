"""The page of a result, its charts as files, and the gallery."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pelagia.catalogue.models import list_models
from pelagia.core.errors import NotFound, PelagiaError
from pelagia.http.asking import Bench, Reader, Runner
from pelagia.http.galleries import GalleryPreparing, OpenGalleries, ResultJob, RevisionWriter
from pelagia.http.looks import counted_download
from pelagia.orders.decisions import annotator_of, has_gallery, owns
from pelagia.orders.maps.pictures import has_map
from pelagia.orders.object_index import STATUSES
from pelagia.orders.objects import ORDERS
from pelagia.orders.outputs import issues_of, output_folder, summary_of, table_in, tables_in
from pelagia.orders.preparing import holdings_of
from pelagia.orders.revise import as_predicted_folder, can_revise, read_revision
from pelagia.orders.spills.tables import has_spill
from pelagia.orders.videos.clips import has_player
from pelagia.orders.workbench import Workbench
from pelagia.runtime.annotators import invited
from pelagia.runtime.edits import edits_of
from pelagia.runtime.jobs import Job
from pelagia.ui.param_form import told_params
from pelagia.ui.rendering import page
from pelagia.ui.results import drawing
from pelagia.ui.results.biovolume import biovolume_csv, biovolume_spectrum
from pelagia.ui.results.reading import Charts, charts_of, downloads_of, pictures_of, previews_of
from pelagia.ui.runs import face_of, title_of
from pelagia.ui.scans.reading import has_scans

router = APIRouter(include_in_schema=False, prefix="/runs/{job_id}/results")


@router.get("")
def show_result(
    request: Request,
    job: ResultJob,
    bench: Bench,
    principal: Reader,
    galleries: OpenGalleries,
    preparing: GalleryPreparing,
    sample: Annotated[str, Query(max_length=1000)] = "",
) -> HTMLResponse:
    """Show a result: figures, charts, findings, downloads, provenance."""
    settings = bench.runtime.settings
    folder = output_folder(settings, job)
    summary, tables = summary_of(folder), tables_in(folder)
    named, files = downloads_of(folder)
    service, provenance = face_of(job), summary.get("provenance")
    with_gallery = has_gallery(settings, job)
    if with_gallery:
        # Whoever reads a result looks at its images next: meanwhile these are put in order.
        with suppress(PelagiaError):
            preparing.is_ready(job)
    return page(
        request,
        "results/result.html",
        job=job,
        title=title_of(job),
        service=service,
        figures=summary.get("figures", {}),
        notes=summary.get("notes", []),
        provenance=provenance,
        settings=told_params(service.params, provenance["params"]) if service and provenance else {},
        issues=issues_of(settings, job),
        previews=previews_of(tables),
        downloads=named,
        files=files,
        pictures=pictures_of(files),
        with_gallery=with_gallery,
        with_scans=has_scans(folder),
        first_picture=_first_picture(folder),
        with_player=has_player(folder),
        with_spill=has_spill(folder),
        may_change=owns(principal, job),
        invited=invited(bench.runtime.database, job.id),
        **standing(bench, galleries, job, with_gallery=with_gallery),
        **_drawn(charts_of(folder), sample),
    )


@router.get("/revision")
def show_standing(request: Request, job: ResultJob, bench: Bench, galleries: OpenGalleries) -> Response:
    """Show whether the result follows the decisions: the part of the page that changes while it is written."""
    told = standing(bench, galleries, job, with_gallery=True)
    is_done = told["revision"].state not in ("running", "failed")
    # Figures, charts and files are others now: the whole page is fetched anew.
    headers = {"HX-Refresh": "true"} if is_done and "hx-request" in request.headers else {}
    return page(request, "results/standing.html", job=job, headers=headers, **told)


@router.post("/revision")
def follow_decisions(job: ResultJob, bench: Bench, principal: Runner, writer: RevisionWriter) -> Response:
    """Let the result follow the decisions."""
    annotator_of(principal)
    if read_revision(bench, job).state in ("outdated", "failed"):
        writer.start(job)
    return RedirectResponse(f"/runs/{job.id}/results#standing", status_code=303)


@router.get("/charts/{name}.{form}")
def download_chart(
    request: Request,
    job: ResultJob,
    bench: Bench,
    principal: Reader,
    name: Literal["composition", "spectrum", "biovolume"],
    form: Literal["svg", "csv"],
    sample: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """Return a chart as a file."""
    charts = charts_of(output_folder(bench.runtime.settings, job))
    drawn = _drawn(charts, sample)
    if drawn[name] is None:
        raise NotFound("This result has no such chart", value=name, remedy="See its tables.")
    if form == "svg":
        data, kind = drawing.alone(drawn[name], f"{title_of(job)}: {name}"), "image/svg+xml"
    elif name == "composition":
        data, kind = drawing.composition_csv(charts.rows), "text/csv; charset=utf-8"
    elif name == "spectrum":
        data, kind = drawing.spectrum_csv(charts.spectrum) if charts.spectrum else b"", "text/csv; charset=utf-8"
    else:
        data, kind = biovolume_csv(charts.biovolume) if charts.biovolume else b"", "text/csv; charset=utf-8"
    headers = {
        "Content-Disposition": f'attachment; filename="{job.service}-{job.id}-{name}.{form}"',
        "Cache-Control": "private, no-cache",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    file = Response(data, media_type=kind, headers=headers)
    return counted_download(file, request, bench, principal, job.service)


@router.get("/gallery")
def show_gallery(
    request: Request,
    job: ResultJob,
    galleries: OpenGalleries,
    preparing: GalleryPreparing,
    bench: Bench,
    principal: Reader,
) -> HTMLResponse:
    """Show the vignettes, to look at and to name; while they are put in order, a page that says so."""
    is_part = "hx-request" in request.headers
    output_folder(bench.runtime.settings, job)  # what was deleted is told as that
    if not preparing.is_ready(job):
        template = "results/preparing_part.html" if is_part else "results/preparing.html"
        return page(request, template, job=job, title=title_of(job))
    if is_part:
        return HTMLResponse("", headers={"HX-Refresh": "true"})
    objects = galleries.open(job).objects
    return page(
        request,
        "results/gallery.html",
        job=job,
        title=title_of(job),
        taxa=objects.taxa(),
        statuses=objects.statuses(),
        samples=objects.samples(),
        total=objects.index.rows,
        last=objects.holdings.last,
        orders=ORDERS,
        status_names=STATUSES,
        classes=classes_of(job, bench.runtime.settings.home),
        revises=can_revise(bench.runtime.settings, job),
        me=principal,
    )


def classes_of(job: Job, home: Path) -> tuple[str, ...]:
    """Return the names the models of a run know; none where they are no longer installed."""
    used = {(model["name"], model["version"]) for model in job.request["models"].values()}
    cards = [model.card for model in list_models(home) if (model.name, model.version) in used]
    return tuple(dict.fromkeys(one.name for card in cards if card is not None for one in card.classes))


def standing(bench: Workbench, galleries: OpenGalleries, job: Job, *, with_gallery: bool) -> dict[str, Any]:
    """Return what ``results/standing.html`` says: whether the result follows what people decided and changed."""
    settings = bench.runtime.settings
    revision = read_revision(bench, job)
    held = holdings_of(galleries, job) if with_gallery else None
    return {
        "revision": revision,
        "revises": can_revise(settings, job),
        "decided": len(held.objects) if held else 0,
        "edited": sum(made.id > revision.made.edits_up_to for made in edits_of(bench.runtime.database, job.id)),
        "agreement": held.agreement() if held else None,
        "people": held.annotators() if held else {},
        "keeps_predicted": as_predicted_folder(settings, job.id) != settings.result_folder(job.id),
    }


def _first_picture(folder: Path) -> str:
    """Return the first picture of a result with a map that has a view; empty where there is no map."""
    if not has_map(folder):
        return ""
    records = table_in(folder, "pictures").records(["image_id", "view"])
    return next((str(one["image_id"]) for one in records if one["view"]), "")


def _drawn(charts: Charts, sample: str) -> dict[str, Any]:
    chosen = next((chart for chart in charts.bars if chart.sample_id == sample), next(iter(charts.bars), None))
    return {
        "samples": [chart.sample_id for chart in charts.bars],
        "chart": chosen,
        "composition": None if chosen is None else drawing.composition(chosen),
        "sizes": charts.spectrum,
        "spectrum": None if charts.spectrum is None else drawing.spectrum(charts.spectrum),
        "volumes": charts.biovolume,
        "biovolume": None if charts.biovolume is None else biovolume_spectrum(charts.biovolume),
    }
