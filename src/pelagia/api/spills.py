"""An oil spill on a map: layers cell by cell and time by time, slicks, coast, ways of elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from pelagia.api.spill_bodies import (
    Spill,
    SpillCells,
    SpillCoast,
    SpillGrid,
    SpillLayer,
    SpillMoment,
    SpillShore,
    SpillSlick,
    SpillSlicks,
    SpillStretch,
    SpillTrack,
    SpillTracks,
)
from pelagia.http.asking import Bench
from pelagia.http.galleries import ResultJob
from pelagia.orders.outputs import tables_in
from pelagia.orders.spills.balance import balance_of
from pelagia.orders.spills.layers import LAYERS, LayerName, cells_at, range_of, scans_of
from pelagia.orders.spills.scan import Scan
from pelagia.orders.spills.shore import shore_in
from pelagia.orders.spills.tables import GRID, MEMBERS, SLICKS, TRAJECTORIES, Record, read_rows, spill_folder
from pelagia.orders.spills.things import Order, Page, Placed, coast_in, reached, slicks_in, tracks_in
from pelagia.runtime.outward import without_places

router = APIRouter(prefix="/v1/jobs/{job_id}/spill", tags=["spills"])

After = Annotated[int, Query(ge=0, le=2**40, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("", operation_id="getSpill", summary="What there is of a spill, to be shown on a map")
def show_spill(job: ResultJob, bench: Bench) -> Spill:
    """The grid of its maps, their layers, their times."""
    folder = spill_folder(bench.runtime.settings, job)
    tables, scans = tables_in(folder), scans_of(folder)
    balance = balance_of(folder)
    rows = {name: tables[name].rows if name in tables else 0 for name in (SLICKS, MEMBERS, TRAJECTORIES)}
    return Spill(
        grid=_grid(folder, scans),
        layers=_layers(scans),
        slicks=rows[SLICKS],
        stretches=len(reached(folder)),
        has_tracks=rows[TRAJECTORIES] > 0,
        spilled_t=None if balance is None else balance.spilled_t,
        balance=[] if balance is None else [_moment(row, balance.fates) for row in balance.rows],
        members=rows[MEMBERS],
    )


@router.get("/layers/{name}", operation_id="getSpillLayer", summary="A layer of the map at one time")
def show_layer(
    job: ResultJob,
    bench: Bench,
    name: LayerName,
    time: Annotated[
        int | None, Query(ge=0, lt=2**31, description="Place in the times of the layer; the whole run without.")
    ] = None,
) -> SpillCells:
    """Oil at the surface, in the water or on the shore; of an ensemble its probability, mean and first arrival."""
    at, scale, cells = cells_at(spill_folder(bench.runtime.settings, job), name, time)
    layer = LAYERS[name]
    return SpillCells(
        name=name,
        time_utc=at,
        unit=layer.unit,
        scale=layer.scale,
        low=scale.low,
        high=scale.high,
        most=cells.most,
        block=cells.block,
        cells=cells.cells,
        rows=cells.rows,
    )


@router.get("/slicks", operation_id="listSpillSlicks", summary="List the slicks of a spill")
def list_slicks(job: ResultJob, bench: Bench, after: After = 0, limit: Limit = 200) -> SpillSlicks:
    """Those at the start, those seen later, those detected in a scene."""
    found = slicks_in(spill_folder(bench.runtime.settings, job), after=after, limit=limit)
    items = [SpillSlick(**(_row(SpillSlick, one) | {"file": _file(one)})) for one in found.items]
    return SpillSlicks(items=items, **_paged(found))


@router.get("/coast", operation_id="listSpillCoast", summary="List the stretches of coast that oil reaches")
def list_coast(
    job: ResultJob,
    bench: Bench,
    order: Annotated[Order, Query(description="Most oil, largest probability, or earliest arrival first.")] = "load",
    after: After = 0,
    limit: Limit = 300,
) -> SpillCoast:
    """With their oil, the first arrival, and of an ensemble the probability."""
    found = coast_in(spill_folder(bench.runtime.settings, job), order=order, after=after, limit=limit)
    return SpillCoast(items=[SpillStretch(**_row(SpillStretch, one)) for one in found.items], **_paged(found))


@router.get("/tracks", operation_id="listSpillTracks", summary="List the ways of some elements")
def list_tracks(
    job: ResultJob,
    bench: Bench,
    most: Annotated[int, Query(ge=1, le=60, description="Elements, taken evenly from all.")] = 40,
) -> SpillTracks:
    """Of long ways every so many-th place."""
    found = tracks_in(spill_folder(bench.runtime.settings, job), most)
    return SpillTracks(items=[SpillTrack(**asdict(one)) for one in found])


@router.get("/shore", operation_id="getSpillShore", summary="The shoreline around the maps")
def show_shore(job: ResultJob, bench: Bench, after: After = 0) -> SpillShore:
    """As the run had it, no finer than the maps show."""
    return SpillShore(**asdict(shore_in(spill_folder(bench.runtime.settings, job), after)))


def _grid(folder: Path, scans: Mapping[str, Scan]) -> SpillGrid | None:
    grids = read_rows(folder, GRID)
    if not grids:
        return None
    grid = grids[0]
    all_bounds = [scan.bounds for scan in scans.values() if scan.bounds is not None]
    bounds = None
    if all_bounds:
        south, west = (min(one[at] for one in all_bounds) for at in (0, 1))
        north, east = (max(one[at] for one in all_bounds) + 1 for at in (2, 3))
        bounds = [
            grid["south_lat"] + south * grid["lat_step"],
            grid["west_lon"] + west * grid["lon_step"],
            grid["south_lat"] + north * grid["lat_step"],
            grid["west_lon"] + east * grid["lon_step"],
        ]
    return SpillGrid(**(_of(SpillGrid, grid) | {"bounds": bounds}))


def _moment(row: Record, fates: Sequence[str]) -> SpillMoment:
    fractions = {fate: round(row[f"{fate}_fraction"] or 0.0, 6) for fate in fates}
    return SpillMoment(**(_of(SpillMoment, row) | {"fractions": fractions}))


def _layers(scans: Mapping[str, Scan]) -> list[SpillLayer]:
    found = []
    for name, layer in LAYERS.items():
        scan = scans.get(layer.table)
        scale = None if scan is None else range_of(layer, scan)
        if scan is not None and scale is not None:
            found.append(
                SpillLayer(
                    name=name,
                    unit=layer.unit,
                    scale=layer.scale,
                    # When something first arrives is known of the whole run alone.
                    times=[] if name == "arrival" else scan.times,
                    whole="" in scan.parts,
                    **asdict(scale),
                )
            )
    return found


def _row(model: type[BaseModel], one: Placed) -> dict[str, Any]:
    return _of(model, one.record) | asdict(one.shape)


def _of(model: type[BaseModel], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record has of the fields of a body."""
    return {field: record.get(field) for field in model.model_fields}


def _file(one: Placed) -> str:
    """Return the name of a file without where it stands on the server."""
    return without_places(str(one.record.get("file") or "")).rpartition("/")[2]


def _paged(found: Page) -> dict[str, Any]:
    return {"total": found.total, "next": found.next}
