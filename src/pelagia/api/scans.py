"""Scans to be looked at: pictures in tiles, the objects on them, and what lines would make of touching ones."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from pelagia.api.decision_bodies import Status
from pelagia.api.scan_bodies import (
    CutObject,
    CutObjects,
    CutOrder,
    Frame,
    NewLines,
    Outline,
    Outlines,
    Piece,
    Preview,
    ScanDetail,
    ScanObject,
    ScanObjects,
    Size,
)
from pelagia.http.asking import Bench, Runner
from pelagia.http.galleries import OpenGallery, ResultJob
from pelagia.orders.decisions import Gallery
from pelagia.orders.named import call_named
from pelagia.orders.scans import (
    SCANS_COLUMNS,
    Candidate,
    Record,
    Scan,
    candidates,
    find_candidate,
    find_scan,
    in_order,
    in_window,
    lines_in_result,
    objects_on,
    picture_of,
)
from pelagia.orders.workbench import Workbench
from pelagia.runtime.edits import edits_of

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["scans"])

# The picture of a scan never changes, and nobody else may see it.
FOR_GOOD = "private, max-age=31536000, immutable"
TIMEOUT_SECONDS = 60.0
MOST_OUTLINES = 400
LARGEST_WINDOW_PX = 16_384
SCAN_FACTS = (*SCANS_COLUMNS, "dpi", "pixel_size_mm")
PICTURES = "pelagia.orders.scan_pictures"

ScanId = Annotated[str, Path(max_length=300, pattern=r"^[^\x00]*$", description="The scan.")]
Place = Annotated[int, Query(ge=0, le=10**6, description="px")]
Side = Annotated[int, Query(ge=1, le=LARGEST_WINDOW_PX, description="px")]
After = Annotated[int, Query(ge=0, le=2**40, description="`next` of the page before.")]


@router.get("/scans/{scan_id}", operation_id="getScan", summary="A scan and its picture")
def show_scan(job: ResultJob, bench: Bench, scan_id: ScanId) -> ScanDetail:
    """Size of the picture in all its levels, resolution, borders of the frame, verdict."""
    settings = bench.runtime.settings
    scan = find_scan(settings, job, scan_id)
    picture = bench.warm.call(
        call_named, f"{PICTURES}:sizes", str(picture_of(settings, job, scan_id)), timeout_s=TIMEOUT_SECONDS
    )
    levels = [Size(height=height, width=width) for height, width in picture["levels"]]
    facts: dict[str, Any] = {name: scan.record.get(name) for name in SCAN_FACTS}
    return ScanDetail(
        height_px=levels[0].height,
        width_px=levels[0].width,
        tile_px=picture["tile_px"],
        levels=levels,
        frame=Frame(**{side: scan.record.get(f"limit_{side}_px") for side in ("left", "right", "top", "bottom")}),
        **facts,
    )


@router.get(
    "/scans/{scan_id}/tiles/{level}/{col}_{row}.webp",
    operation_id="getScanTile",
    summary="A tile of the picture of a scan",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}, "description": "WebP"}},
)
def show_tile(
    request: Request,
    job: ResultJob,
    bench: Bench,
    scan_id: ScanId,
    level: Annotated[int, Path(ge=0, le=30, description="0 is the full size, each further level one half of it.")],
    col: Annotated[int, Path(ge=0, le=10_000)],
    row: Annotated[int, Path(ge=0, le=10_000)],
) -> Response:
    """The scan without its background, by column and row of the tile."""
    return _picture(request, bench, picture_of(bench.runtime.settings, job, scan_id), "tile", level, row, col)


@router.get(
    "/scans/{scan_id}/picture.webp",
    operation_id="getScanPicture",
    summary="The picture of a scan, small",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}, "description": "WebP"}},
)
def show_small(
    request: Request,
    job: ResultJob,
    bench: Bench,
    scan_id: ScanId,
    side: Annotated[int, Query(ge=32, le=1024, description="Of the square it fits in, px.")] = 320,
) -> Response:
    """The whole scan without its background."""
    return _picture(request, bench, picture_of(bench.runtime.settings, job, scan_id), "small", side)


@router.get("/scans/{scan_id}/objects", operation_id="listScanObjects", summary="List the objects of a scan")
def list_scan_objects(
    gallery: OpenGallery,
    bench: Bench,
    scan_id: ScanId,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 2000,
) -> ScanObjects:
    """Where each object is, what it is named, its main measures; names hold with all decisions made so far."""
    objects = objects_on(find_scan(bench.runtime.settings, gallery.job, scan_id))
    shown = objects[after : after + limit]
    rows = gallery.objects.index.find([one["object_id"] for one in shown])
    return ScanObjects(
        items=[_object(one, gallery, rows) for one in shown],
        total=len(objects),
        next=after + limit if after + limit < len(objects) else None,
    )


@router.get("/scans/{scan_id}/outlines", operation_id="listOutlines", summary="Outlines of objects in a window")
def list_outlines(
    job: ResultJob, bench: Bench, scan_id: ScanId, row: Place, col: Place, height: Side, width: Side
) -> Outlines:
    """Of all objects whose box touches the window, pieces of cut objects among them."""
    scan = find_scan(bench.runtime.settings, job, scan_id)
    there = in_window(objects_on(scan), row, col, height, width)
    shown = there[:MOST_OUTLINES]
    cut = lines_in_result(scan, {one["number"] for one in shown if one["piece"] is not None})
    found = bench.warm.call(
        call_named,
        f"{PICTURES}:outlines",
        str(scan.pack),
        [(one["number"], one["piece"]) for one in shown],
        cut,
        _sizes(scan),
        timeout_s=TIMEOUT_SECONDS,
    )
    items = [Outline(name=one["object_id"], outline=points) for one, points in zip(shown, found, strict=True)]
    return Outlines(items=[one for one in items if one.outline], complete=len(shown) == len(there))


@router.get("/cuts", operation_id="listCuts", summary="List the objects that may be several organisms")
def list_cuts(
    job: ResultJob,
    bench: Bench,
    scan: Annotated[str | None, Query(max_length=300, pattern=r"^[^\x00]*$", description="Only of this scan.")] = None,
    object_name: Annotated[
        str | None,
        Query(alias="object", max_length=400, pattern=r"^[^\x00]*$", description="This object, whatever it is."),
    ] = None,
    order: Annotated[
        CutOrder, Query(description="score: surest of being several first; scan: scan by scan.")
    ] = "score",
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
) -> CutObjects:
    """Taken for several by the model, cut already, or changed by a person; with the lines of both."""
    made = edits_of(bench.runtime.database, job.id)
    found = candidates(bench.runtime.settings, job, made, scan_id=scan, name=object_name)
    shown = in_order(found, order)[after : after + limit]
    return CutObjects(
        items=[_cut(one) for one in shown],
        total=len(found),
        looked_at=sum(one.drawn is not None for one in found),
        next=after + limit if after + limit < len(found) else None,
    )


@router.post("/cuts/preview", operation_id="previewCuts", summary="What lines would make of an object")
def preview_cuts(job: ResultJob, bench: Bench, principal: Runner, new: NewLines) -> Preview:
    """Cut as the service cuts, and save nothing."""
    scan, number = find_candidate(bench.runtime.settings, job, new.object)
    made = bench.warm.call(
        call_named,
        f"{PICTURES}:preview",
        str(scan.pack),
        number,
        new.lines,
        _sizes(scan),
        timeout_s=TIMEOUT_SECONDS,
    )
    return Preview(
        whole=Piece(**made["whole"]),
        pieces=[Piece(**one) for one in made["pieces"]],
        divided=made["divided"],
        dropped=made["dropped"],
        pixel_size_mm=scan.record.get("pixel_size_mm"),
    )


def _object(one: Record, gallery: Gallery, rows: dict[str, int]) -> ScanObject:
    name, mm = one["object_id"], (one["pixel_size_um"] or 0) / 1000
    held = gallery.objects.holdings.current(name)
    status: Status = "unknown" if one["status"] == "predicted" and one["taxon"] == "unknown" else one["status"]
    return ScanObject(
        row=one["row_px"],
        col=one["col_px"],
        height=one["height_px"],
        width=one["width_px"],
        name=name,
        number=one["number"],
        piece=one["piece"],
        cut_from=one["cut_from"],
        cut_by=one["cut_by"],
        taxon=one["taxon"] if held is None else held.label,
        status=status if held is None else "validated",
        decided_by=None if held is None else held.annotator.name,
        score=_rounded(one["multiple_score"], 1),
        multiple=bool(one["multiple_by_model"]) and one["piece"] is None,
        area_mm2=_rounded(one["area"], mm**2),
        esd_mm=_rounded(one["esd_um"], 0.001),
        major_mm=_rounded(one["major"], mm),
        minor_mm=_rounded(one["minor"], mm),
        gallery_row=rows.get(name),
    )


def _cut(one: Candidate) -> CutObject:
    row, col, height, width = one.box
    return CutObject(
        row=row,
        col=col,
        height=height,
        width=width,
        name=one.name,
        scan_id=one.scan_id,
        number=one.number,
        score=_rounded(one.score, 1),
        multiple=one.is_multiple,
        proposed=list(one.proposed),
        applied=one.applied,
        drawn=None if one.drawn is None else list(one.drawn),
        by=one.by,
        at=one.at,
    )


def _sizes(scan: Scan) -> dict[str, Any]:
    return {name: scan.record[name] for name in ("threshold", "min_esd_mm", "dpi")}


def _rounded(value: float | None, unit: float) -> float | None:
    """Return a value in another unit, to four digits; none where it is not known."""
    return float(f"{value * unit:.4g}") if value is not None and unit else None


def _picture(request: Request, bench: Workbench, picture: FilePath, what: str, *args: int) -> Response:
    """Answer with a part of the picture of a scan; what the browser has already is not made again."""
    stat = picture.stat()
    tag = "-".join([f"{stat.st_mtime_ns:x}", f"{stat.st_size:x}", what, *map(str, args)])
    headers = {"ETag": f'"{tag}"', "Cache-Control": FOR_GOOD}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    data = bench.warm.call(call_named, f"{PICTURES}:{what}", str(picture), *args, timeout_s=TIMEOUT_SECONDS)
    return Response(data, media_type="image/webp", headers=headers)
