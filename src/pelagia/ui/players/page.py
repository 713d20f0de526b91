"""The player of a result: its clips, what was found on them, corrections."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from pelagia.http.asking import Bench, Reader
from pelagia.http.galleries import ResultJob
from pelagia.orders.outputs import output_folder
from pelagia.orders.revise import can_revise
from pelagia.orders.videos.clips import clips_of, find_clip, sorted_clips
from pelagia.orders.videos.series import cameras_of, environment_of, taxa_of
from pelagia.services.ecosystem.columns import ALL
from pelagia.ui.rendering import page
from pelagia.ui.runs import title_of

router = APIRouter(include_in_schema=False, prefix="/runs/{job_id}")

LISTED = 500
"""Clips that a page lists: those around the one it shows."""
MEASURES = (
    ("max_n", "MaxN: most on one frame"),
    ("mean_n", "Mean number on a frame"),
    ("occupancy", "Share of the time with one at least"),
    ("tracks_per_h", "Tracks an hour"),
)
ClipId = Annotated[str, Query(max_length=300, pattern=r"^[^\x00]*$")]


@router.get("/player")
def show_player(
    request: Request,
    job: ResultJob,
    bench: Bench,
    principal: Reader,
    clip: ClipId = "",
    camera: ClipId = "",
    only: Literal["", "found"] = "",
) -> HTMLResponse:
    """Show a clip: the one asked for, or the first on which something was found."""
    settings = bench.runtime.settings
    clips = sorted_clips(clips_of(settings, job), "time")
    cameras = sorted({name or "" for name in pc.unique(clips["camera"]).to_pylist()})
    listed = _wanted(clips, camera, only)
    chosen = find_clip(settings, job, clip) if clip else _first(listed)
    at = pc.index(listed["clip_id"], chosen["clip_id"]).as_py() if chosen is not None else -1
    start = max(0, min(at - LISTED // 2, listed.num_rows - LISTED))
    return page(
        request,
        "players/player.html",
        job=job,
        title=title_of(job),
        clip=chosen,
        clips=listed.slice(start, LISTED).to_pylist(),
        total=listed.num_rows,
        all_clips=clips.num_rows,
        number=at + 1,
        before=listed["clip_id"][at - 1].as_py() if at > 0 else "",
        after=listed["clip_id"][at + 1].as_py() if -1 < at < listed.num_rows - 1 else "",
        cameras=cameras,
        camera=camera,
        only=only,
        kept=urlencode({name: value for name, value in (("camera", camera), ("only", only)) if value}),
        classes=taxa_in(output_folder(settings, job)),
        revises=can_revise(settings, job),
        may_change="run" in principal.scopes,
        me=principal,
    )


@router.get("/series")
def show_series(request: Request, job: ResultJob, bench: Bench) -> HTMLResponse:
    """Show counts in time."""
    settings = bench.runtime.settings
    clips_of(settings, job)
    folder = output_folder(settings, job)
    return page(
        request,
        "players/series.html",
        job=job,
        title=title_of(job),
        cameras=cameras_of(folder),
        taxa=taxa_of(folder),
        measures=MEASURES,
        environment=environment_of(folder),
        all=ALL,
    )


def taxa_in(folder: Path) -> list[str]:
    """Return what animals may be called: as those of the result are, the most frequent first."""
    return [name for name in taxa_of(folder) if name != ALL]


def _wanted(clips: pa.Table, camera: str, only: str) -> pa.Table:
    """Return the clips of a camera, or of all; all of them, or those on which something was found."""
    if camera:
        clips = clips.filter(pc.equal(pc.fill_null(clips["camera"], ""), camera))
    return clips.filter(pc.greater(pc.fill_null(clips["detections"], 0), 0)) if only else clips


def _first(clips: pa.Table) -> dict[str, Any] | None:
    """Return the first clip with something on it, else the first that was searched, else the first."""
    for wanted in ("detections", "searched_frames"):
        at = pc.index(pc.greater(pc.fill_null(clips[wanted], 0), 0), True).as_py()
        if at >= 0:
            break
    found: list[dict[str, Any]] = clips.slice(max(at, 0), 1).to_pylist()
    return found[0] if found else None
