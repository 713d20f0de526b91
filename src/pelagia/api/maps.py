"""A result on a map: pictures in tiles, items and how many there are, classes of ground, density, survey lines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path as FilePath
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel

from pelagia.api.map_bodies import (
    Cell,
    Cells,
    ClassTotal,
    Density,
    ItemTotals,
    MapItem,
    MapItemDetail,
    MapItems,
    PictureLattice,
    PictureOnMap,
    PicturesOnMap,
    Survey,
    SurveyLine,
    TileClasses,
)
from pelagia.core.errors import BadParameter
from pelagia.core.ground import TILE_CLASSES
from pelagia.http.asking import Bench
from pelagia.http.galleries import ResultJob
from pelagia.orders.maps.ground import cells_in, density_of, lengths_now, survey_now, tile_grid
from pelagia.orders.maps.held import edits_on
from pelagia.orders.maps.items import Counting, ItemFilter, Status, chosen, count, find_item, items_now
from pelagia.orders.maps.pictures import MapPicture, Record, find_picture, pictures_of, view_of
from pelagia.orders.maps.vignettes import vignette_in
from pelagia.orders.named import call_named
from pelagia.orders.outputs import output_folder
from pelagia.orders.workbench import Workbench
from pelagia.runtime.outward import without_places

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["maps"])

# The view of a picture never changes, and nobody else may see it.
FOR_GOOD = "private, max-age=31536000, immutable"
TIMEOUT_SECONDS = 60.0
MOST_TILES = 1024
MOST_CELLS = 5000
PICTURES = "pelagia.orders.map_pictures"
WEBP: dict[int | str, dict[str, Any]] = {200: {"content": {"image/webp": {}}, "description": "WebP"}}
NO_ZERO = r"^[^\x00]*$"

ImageId = Annotated[str, Path(max_length=300, pattern=NO_ZERO, description="The picture.")]
OfPicture = Annotated[
    str, Query(alias="image_id", max_length=300, pattern=NO_ZERO, description="Only of this picture.")
]
OfArea = Annotated[str, Query(alias="area_id", max_length=300, pattern=NO_ZERO, description="Only of this area.")]
After = Annotated[int, Query(ge=0, le=2**40, description="`next` of the page before.")]
Column = Annotated[int, Path(ge=0, lt=2**30, description="Column, from the west.")]
Row = Annotated[int, Path(ge=0, lt=2**30, description="Row, from the north.")]
Bounds = Annotated[
    str, Query(max_length=200, examples=["-6.2,106.8,-6.1,106.9"], description="Only in south,west,north,east, °.")
]
Window = Annotated[
    str, Query(max_length=200, examples=["0,0,4000,4000"], description="Only in row,column,height,width, px.")
]


def wanted_items(
    name: Annotated[str, Query(max_length=400, pattern=NO_ZERO, description="Only this one.")] = "",
    image_id: OfPicture = "",
    area_id: OfArea = "",
    item_class: Annotated[
        list[str] | None, Query(alias="class", max_length=60, description="Only these classes.")
    ] = None,
    score_from: Annotated[float, Query(ge=0, le=1, description="Least score; what a person drew has none.")] = 0,
    status: Annotated[Status | None, Query()] = None,
    counting: Annotated[
        Counting, Query(description="Those that count, are duplicates, do not count for another reason, are deleted.")
    ] = "counted",
    bounds: Bounds = "",
    window: Window = "",
) -> ItemFilter:
    """Return which items are asked for."""
    return ItemFilter(
        name=name,
        image_id=image_id,
        area_id=area_id,
        classes=tuple(item_class or ()),
        score_from=score_from,
        status=status,
        counting=counting,
        bounds=_four(bounds, "bounds"),
        window=_four(window, "window"),
    )


Wanted = Annotated[ItemFilter, Depends(wanted_items)]


@router.get("/pictures", operation_id="listPictures", summary="List the pictures of a result and where they lie")
def list_pictures(
    job: ResultJob, bench: Bench, after: After = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 500
) -> PicturesOnMap:
    """Size, ground sampling distance, items; where it lies: from that every pixel has its place."""
    found = list(pictures_of(bench, job).values())
    return PicturesOnMap(
        items=[_picture(one) for one in found[after : after + limit]],
        total=len(found),
        next=after + limit if after + limit < len(found) else None,
    )


@router.get(
    "/pictures/{image_id}/tiles/{z}/{x}/{y}",
    operation_id="getMapTile",
    summary="A tile of the map of the world, as far as a picture shows it",
    response_class=Response,
    responses=WEBP,
)
def show_tile(
    request: Request,
    job: ResultJob,
    bench: Bench,
    image_id: ImageId,
    z: Annotated[int, Path(ge=0, le=30, description="Zoom: the world is 2^z tiles wide.")],
    x: Column,
    y: Row,
) -> Response:
    """In Web Mercator, 512 px; transparent where the picture shows nothing. People on it are blurred."""
    if x >= 2**z or y >= 2**z:
        raise BadParameter("The world has no such tile", value=f"{z}/{x}/{y}", remedy="Count columns and rows from 0.")
    view = view_of(bench.runtime.settings, job, find_picture(bench, job, image_id))
    return _drawn(request, bench, view, "tile", z, x, y)


@router.get(
    "/pictures/{image_id}/pixels/{z}/{x}/{y}",
    operation_id="getPixelTile",
    summary="A tile of a picture in its own pixels",
    response_class=Response,
    responses=WEBP,
)
def show_pixels(
    request: Request,
    job: ResultJob,
    bench: Bench,
    image_id: ImageId,
    z: Annotated[int, Path(ge=0, le=20, description="0 is the full size, each further one half of it.")],
    x: Column,
    y: Row,
) -> Response:
    """512 px, by column and row from the upper left; transparent where the picture shows nothing."""
    picture = find_picture(bench, job, image_id)
    view = view_of(bench.runtime.settings, job, picture)
    return _drawn(request, bench, view, "pixels", _scale(picture), z, x, y)


@router.get(
    "/pictures/{image_id}/picture.webp",
    operation_id="getPicture",
    summary="A picture of a result, small",
    response_class=Response,
    responses=WEBP,
)
def show_picture(
    request: Request,
    job: ResultJob,
    bench: Bench,
    image_id: ImageId,
    side: Annotated[int, Query(ge=32, le=1024, description="Of the square it fits in, px.")] = 320,
) -> Response:
    """The whole picture, people blurred."""
    view = view_of(bench.runtime.settings, job, find_picture(bench, job, image_id))
    return _drawn(request, bench, view, "small", side)


@router.get(
    "/pictures/{image_id}/tile-classes", operation_id="getTileClasses", summary="What the ground of a picture is"
)
def show_tile_classes(job: ResultJob, bench: Bench, image_id: ImageId, window: Window = "") -> TileClasses:
    """The class of each tile, a digit each; of large pictures ask part by part."""
    find_picture(bench, job, image_id)
    grid = tile_grid(bench, job, image_id, _four(window, "window"), MOST_TILES)
    return TileClasses(
        names=list(TILE_CLASSES),
        tile_px=grid.tile_px,
        first_row=grid.first_row,
        first_col=grid.first_col,
        classes=list(grid.classes),
        searched=list(grid.searched),
    )


@router.get("/items", operation_id="listItems", summary="List the items of a result")
def list_items(
    job: ResultJob, bench: Bench, wanted: Wanted, after: After = 0, limit: Annotated[int, Query(ge=1, le=5000)] = 1000
) -> MapItems:
    """As they stand now: with all that people changed so far."""
    items = chosen(_now(bench, job), wanted)
    shown: list[Record] = items.slice(after, limit).to_pylist()
    return MapItems(
        items=[MapItem(**_item(one)) for one in shown],
        total=items.num_rows,
        next=after + limit if after + limit < items.num_rows else None,
    )


@router.get("/items/{name}", operation_id="getItem", summary="All that is known of an item")
def show_item(
    job: ResultJob, bench: Bench, name: Annotated[str, Path(max_length=400, pattern=NO_ZERO)]
) -> MapItemDetail:
    """As it stands now."""
    one = find_item(_now(bench, job), name)
    return MapItemDetail(**(_of(MapItemDetail, one) | _item(one) | _file(one)))


@router.get(
    "/items/{name}/vignette",
    operation_id="getItemVignette",
    summary="An item from near",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}, "image/webp": {}}, "description": "JPEG or WebP"}},
)
def show_vignette(
    request: Request, job: ResultJob, bench: Bench, name: Annotated[str, Path(max_length=400, pattern=NO_ZERO)]
) -> Response:
    """As the run cut it out; where a person drew or changed its box, from the view of the picture."""
    settings = bench.runtime.settings
    item = find_item(_now(bench, job), name)
    data = vignette_in(output_folder(settings, job), item)
    if data is not None:
        return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})
    picture = find_picture(bench, job, str(item["image_id"]))
    box = [item[side] for side in ("row_px", "col_px", "height_px", "width_px")]
    answer = _drawn(request, bench, view_of(settings, job, picture), "close_up", _scale(picture), *box)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@router.get("/item-totals", operation_id="countItems", summary="How many items there are")
def count_items(job: ResultJob, bench: Bench, wanted: Wanted) -> ItemTotals:
    """Of a choice by class, as they stand now; and per 100 m and km² with intervals, as the latest result has it."""
    edits = edits_on(bench, job)
    items = items_now(bench.runtime.settings, job, pictures_of(bench, job), edits)
    classes = [
        ClassTotal(item_class=one.item_class, items=one.items, predicted=one.predicted, validated=one.validated)
        for one in count(chosen(items, wanted))
    ]
    return ItemTotals(
        items=sum(one.items for one in classes),
        predicted=sum(one.predicted for one in classes),
        validated=sum(one.validated for one in classes),
        classes=classes,
        density=[
            Density(**_of(Density, one))
            for one in density_of(bench, job)
            if not wanted.area_id or one["area_id"] == wanted.area_id
        ],
        pending=edits.pending,
    )


@router.get("/cells", operation_id="listCells", summary="List the cells of the density map")
def list_cells(
    job: ResultJob, bench: Bench, area_id: OfArea = "", image_id: OfPicture = "", bounds: Bounds = ""
) -> Cells:
    """As the latest result has them."""
    found, total = cells_in(
        bench, job, area_id=area_id, image_id=image_id, bounds=_four(bounds, "bounds"), most=MOST_CELLS
    )
    cells = [Cell(**(_of(Cell, one) | _texts(one))) for one in found]
    return Cells(items=cells, total=total, complete=len(cells) == total)


@router.get("/survey", operation_id="getSurvey", summary="The lines and polygons of the survey")
def show_survey(job: ResultJob, bench: Bench) -> Survey:
    """As they stand now: with those that people drew."""
    pictures_of(bench, job)
    edits = edits_on(bench, job)
    lines = [
        SurveyLine(
            name=one["transect_id"],
            area_id=one["area_id"],
            image_id=one["image_id"] or "",
            shape=one["shape"],
            points=[list(point) for point in zip(one["latitudes"], one["longitudes"], strict=True)],
            **{field: one[field] for field in ("length_m", "width_m", "source", "pending")},
        )
        for one in survey_now(bench, job, edits)
    ]
    return Survey(items=lines, lengths_m=lengths_now(edits))


def _now(bench: Workbench, job: ResultJob) -> pa.Table:
    return items_now(bench.runtime.settings, job, pictures_of(bench, job), edits_on(bench, job))


def _of(model: type[BaseModel], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record has of the fields of a body."""
    return {field: record.get(field) for field in model.model_fields}


def _picture(one: MapPicture) -> PictureOnMap:
    record, lattice = one.record, one.lattice
    where = None if lattice is None else PictureLattice(**asdict(lattice))
    own = {"has_view": bool(record["view"]), "view_scale": _scale(one), "lattice": where}
    return PictureOnMap(**(_of(PictureOnMap, record) | own | _file(record)))


def _file(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the name of a file without where it stands on the server."""
    file = without_places(str(record.get("file") or ""))
    return {"file": file.rpartition("/")[2] if file.startswith("/") else file}


def _scale(picture: MapPicture) -> float:
    return float(picture.record["view_scale"] or 1.0)


def _item(one: Record) -> dict[str, Any]:
    places = {side: one[f"{side}_px"] for side in ("row", "col", "height", "width")}
    facts = {name: one[name] for name in ("image_id", "latitude", "longitude", "score", "state", "pending")}
    return {
        **places,
        **facts,
        "name": one["object_id"],
        "item_class": one["item_class"] or "",
        "status": one["status"] or "predicted",
        "counted": bool(one["is_counted"]),
        "duplicate_of": one["duplicate_of"] or None,
    }


def _texts(one: Record) -> dict[str, str]:
    return {name: one.get(name) or "" for name in ("area_id", "image_id")}


def _four(text: str, name: str) -> tuple[float, float, float, float] | None:
    """Read four numbers, parted by commas; none where nothing is told."""
    if not text:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise BadParameter(f"{name} is four numbers", value=text[:100], remedy="Part them by commas.")
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _drawn(request: Request, bench: Workbench, view: FilePath, what: str, *args: Any) -> Response:
    """Answer with a part of a view; what the browser has already is not drawn again."""
    stat = view.stat()
    tag = "-".join([f"{stat.st_mtime_ns:x}", f"{stat.st_size:x}", what, *(f"{one:.12g}" for one in args)])
    headers = {"ETag": f'"{tag}"', "Cache-Control": FOR_GOOD}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    data = bench.warm.call(call_named, f"{PICTURES}:{what}", str(view), *args, timeout_s=TIMEOUT_SECONDS)
    return Response(data, media_type="image/webp", headers=headers)
