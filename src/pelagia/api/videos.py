"""Underwater footage of a result: clips and their timelines, films with boxes and tracks, counts in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from pelagia.api.video_bodies import (
    BinOfSeries,
    BoxOnFrame,
    ClipOfResult,
    ClipsOfResult,
    ClipTimeline,
    FilmOfClip,
    FrameOfFilm,
    FramesOfFilm,
    SeriesOfCamera,
    TrackOfClip,
    TracksOfClip,
)
from pelagia.core.errors import NotFound
from pelagia.http.asking import Bench
from pelagia.http.galleries import ResultJob
from pelagia.orders.maps.held import edits_on
from pelagia.orders.outputs import output_folder
from pelagia.orders.revise import as_predicted_folder
from pelagia.orders.videos.clips import Order, clips_of, find_clip, frames_of, sorted_clips, timeline_of
from pelagia.orders.videos.series import bins_of, environment_of
from pelagia.orders.videos.standing import clip_now
from pelagia.runtime.outward import without_places
from pelagia.services.ecosystem.columns import ALL

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["videos"])

NO_ZERO = r"^[^\x00]*$"
Record = dict[str, Any]
ClipId = Annotated[str, Path(max_length=300, pattern=NO_ZERO, description="The clip.")]
Name = Annotated[str, Query(max_length=300, pattern=NO_ZERO)]


@router.get("/clips", operation_id="listClips", summary="List the clips of a result")
def list_clips(
    job: ResultJob,
    bench: Bench,
    after: Annotated[int, Query(ge=0, le=2**40, description="`next` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    order: Annotated[Order, Query(description="By time, or those with the most first.")] = "time",
    camera: Annotated[Name, Query(description="Only of this camera.")] = "",
    verdict: Annotated[Name, Query(description="Only with this verdict.")] = "",
) -> ClipsOfResult:
    """What each is, how good, and how much was found on it."""
    clips = clips_of(bench.runtime.settings, job)
    for column, wanted in (("camera", camera), ("verdict", verdict)):
        if wanted:
            clips = clips.filter(pc.equal(clips[column], wanted))
    shown: list[Record] = sorted_clips(clips, order).slice(after, limit).to_pylist()
    return ClipsOfResult(
        items=[_clip(one) for one in shown],
        total=clips.num_rows,
        next=after + limit if after + limit < clips.num_rows else None,
    )


@router.get("/clips/{clip_id}", operation_id="getClip", summary="What is known of a clip")
def show_clip(job: ResultJob, bench: Bench, clip_id: ClipId) -> ClipOfResult:
    """As the latest result has it."""
    return _clip(find_clip(bench.runtime.settings, job, clip_id))


@router.get("/clips/{clip_id}/timeline", operation_id="getTimeline", summary="What a clip is like from begin to end")
def show_timeline(job: ResultJob, bench: Bench, clip_id: ClipId) -> ClipTimeline:
    """Quality and interest of its frames, what was searched, and the films of that."""
    settings = bench.runtime.settings
    clip = find_clip(settings, job, clip_id)
    told = timeline_of(frames_of(output_folder(settings, job), clip_id), clip["duration_s"])
    return ClipTimeline(
        times_s=list(told.times_s),
        interest=list(told.interest),
        verdicts=list(told.verdicts),
        searched=list(told.searched),
        films=[FilmOfClip(**asdict(film)) for film in told.films],
    )


@router.get("/clips/{clip_id}/frames", operation_id="listFilmFrames", summary="The frames of a film and their boxes")
def list_frames(
    job: ResultJob,
    bench: Bench,
    clip_id: ClipId,
    film: Annotated[Name, Query(description="One of the films of the clip's timeline.")],
) -> FramesOfFilm:
    """As they stand now: with all that people changed so far."""
    settings = bench.runtime.settings
    find_clip(settings, job, clip_id)
    frames = frames_of(as_predicted_folder(settings, job.id), clip_id)
    shown: list[Record] = frames.filter(pc.equal(frames["view"], film)).to_pylist() if film else []
    if not shown:
        raise NotFound("The clip has no such film", value=film[:200], remedy="Take its name from the timeline.")
    boxes: dict[str, list[BoxOnFrame]] = defaultdict(list)
    standing = clip_now(bench, job, clip_id).boxes
    names = pa.array([one["object_id"] for one in shown], pa.string())
    for row in standing.filter(pc.is_in(standing["frame_id"], value_set=names)).to_pylist():
        boxes[row["frame_id"]].append(_box(row))
    return FramesOfFilm(
        film=film,
        frames=[
            FrameOfFilm(
                name=one["object_id"],
                time_s=one["time_s"],
                time_utc=one["time_utc"] or "",
                number=one["view_frame"],
                boxes=boxes[one["object_id"]],
            )
            for one in shown
        ],
    )


@router.get("/clips/{clip_id}/tracks", operation_id="listTracks", summary="The tracks of a clip")
def list_tracks(job: ResultJob, bench: Bench, clip_id: ClipId) -> TracksOfClip:
    """As they stand now: with all that people changed so far."""
    find_clip(bench.runtime.settings, job, clip_id)
    found: list[Record] = clip_now(bench, job, clip_id).tracks.to_pylist()
    rows = sorted(found, key=lambda row: (row["first_s"] or 0.0, row["object_id"]))
    return TracksOfClip(items=[_track(row) for row in rows], pending=edits_on(bench, job).pending)


@router.get("/series", operation_id="getSeries", summary="Counts of a taxon by a camera in time")
def show_series(
    job: ResultJob,
    bench: Bench,
    site: Name = "",
    camera: Name = "",
    deployment: Name = "",
    taxon: Annotated[Name, Query(description="Or `all` for all taxa together.")] = ALL,
) -> SeriesOfCamera:
    """As the latest result has them; bins without usable footage are gaps."""
    settings = bench.runtime.settings
    clips_of(settings, job)
    beside = environment_of(output_folder(settings, job))
    bins = [
        BinOfSeries(
            **_of(BinOfSeries, row)
            | {"is_gap": bool(row["is_gap"]), "environment": [row[column] for column, _, _ in beside]}
        )
        for row in bins_of(settings, job, (site, camera, deployment), taxon)
    ]
    return SeriesOfCamera(
        site=site,
        camera=camera,
        deployment=deployment,
        taxon=taxon,
        environment=[f"{name} ({unit})" if unit else name for _, name, unit in beside],
        bins=bins,
    )


def _of(model: type[BaseModel], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record has of the fields of a body."""
    return {field: record.get(field) for field in model.model_fields}


def _clip(record: Record) -> ClipOfResult:
    file = without_places(str(record["file"] or ""))
    return ClipOfResult(
        **(_of(ClipOfResult, record) | {"file": file.rpartition("/")[2] if file.startswith("/") else file})
    )


def _box(row: Record) -> BoxOnFrame:
    return BoxOnFrame(
        **{side: row[f"{side}_px"] for side in ("row", "col", "height", "width")},
        **{name: row[name] for name in ("predicted_class", "score", "validated_by")},
        name=row["object_id"],
        taxon=row["taxon"] or "",
        track_id=row["track_id"] or "",
        status=row["status"] or "predicted",
        is_deleted=bool(row["is_deleted"]),
    )


def _track(row: Record) -> TrackOfClip:
    return TrackOfClip(
        **{
            name: row[name]
            for name in ("in_view_s", "detections", "score", "length_cm", "crossed_s", "is_counted", "validated_by")
        },
        name=row["object_id"],
        taxon=row["taxon"] or "",
        first_s=row["first_s"] or 0.0,
        last_s=row["last_s"] or 0.0,
        status=row["status"] or "predicted",
        is_deleted=bool(row["is_deleted"]),
    )
