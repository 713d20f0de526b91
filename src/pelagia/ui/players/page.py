"""The player of a result: its clips, what was found on them, corrections."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
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
"""Clips that a page lists; others are reached by their camera."""
MEASURES = (
    ("max_n", "MaxN: most on one frame"),
    ("mean_n", "Mean number on a frame"),
    ("occupancy", "Share of the time with one at least"),
    ("tracks_per_h", "Tracks an hour"),
)
ClipId = Annotated[str, Query(max_length=300, pattern=r"^[^\x00]*$")]


@router.get("/player")
def show_player(
    request: Request, job: ResultJob, bench: Bench, principal: Reader, clip: ClipId = "", camera: ClipId = ""
) -> HTMLResponse:
    """Show a clip: the one asked for, or the first on which something was found."""
    settings = bench.runtime.settings
    clips = sorted_clips(clips_of(settings, job), "time")
    cameras = sorted({name or "" for name in clips["camera"].to_pylist()})
    listed = clips if not camera else clips.filter(pa.compute.equal(clips["camera"], camera))
    shown: list[dict[str, Any]] = listed.slice(0, LISTED).to_pylist()
    chosen = find_clip(settings, job, clip) if clip else _first(shown)
    names = [one["clip_id"] for one in shown]
    at = names.index(chosen["clip_id"]) if chosen is not None and chosen["clip_id"] in names else None
    return page(
        request,
        "players/player.html",
        job=job,
        title=title_of(job),
        clip=chosen,
        clips=shown,
        total=listed.num_rows,
        before=names[at - 1] if at else "",
        after=names[at + 1] if at is not None and at + 1 < len(names) else "",
        cameras=cameras,
        camera=camera,
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


def _first(clips: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the first clip with something on it, else the first that was searched, else the first."""
    for wanted in ("detections", "searched_frames"):
        for one in clips:
            if one[wanted]:
                return one
    return clips[0] if clips else None
