"""Ecosystem monitoring, from underwater video and stills to counts and time series: the method.

1. *Inventory*: which recordings the inputs hold, when and where each was made.
2. *Thresholds*: what is interesting, learnt from the stretches that people marked, where there are any.
3. *Look*: every clip by its keyframes, how good they are and whether something is to be seen; the detector only where
   it is worth it; a small film of that. A recording is then done, and billed.
4. *Follow*: the boxes of a clip joined to tracks, the movement of the camera taken off; corrected where people did.
5. *Account*: MaxN, time in view and occupancy by time with the effort; what passes the line of a towed camera.
6. A *timeline* of all footage, and the *next frames*: what would be worth labelling.
7. *Checksums* of all that was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Artifact, Result
from pelagia.core.service import Estimate, Request, Steps
from pelagia.core.table import ROWS_PER_GROUP, Table, TableWriter, write_table
from pelagia.io.findings import Findings
from pelagia.io.sources.checksums import checksum_batches, checksum_files, source_records
from pelagia.services.ecosystem.account import account
from pelagia.services.ecosystem.clips import PART_COLUMNS, clip_rows, clip_spans
from pelagia.services.ecosystem.columns import CLIP_COLUMNS, DETECTION_COLUMNS, FRAME_COLUMNS, TRACK_COLUMNS
from pelagia.services.ecosystem.corrections import apply_corrections
from pelagia.services.ecosystem.edits import EDIT_COLUMNS
from pelagia.services.ecosystem.following import follow, follow_items
from pelagia.services.ecosystem.inspection import check_model, inspect
from pelagia.services.ecosystem.inventory import take_inventory
from pelagia.services.ecosystem.looking import look
from pelagia.services.ecosystem.next_frames import propose_frames
from pelagia.services.ecosystem.parts import look_items
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.streaming import stream_items
from pelagia.services.ecosystem.summary import notes, summarise
from pelagia.services.ecosystem.thresholds import learn_thresholds
from pelagia.services.ecosystem.timeline import draw_timeline

Record = dict[str, Any]

FRAMES, BOXES, PARTS = "frames.parquet", "boxes.parquet", "parts.parquet"
CLIPS, TRACKS = "clips_found.parquet", "tracks_found.parquet"
"""What was found, before people's corrections and before it is counted."""
TIMELINE = "timeline.png"
COUNTED = ("clips", "frames", "detections", "tracks")


def estimate(request: Request[EcosystemParams], /) -> Estimate:
    """List every recording and say how many there are."""
    return inspect(request)


def run(request: Request[EcosystemParams], steps: Steps, /) -> Result:
    """Screen, find, follow, count."""
    check_model(request)
    inventory = steps.do("inventory", take_inventory, request, steps.workdir)
    findings = Findings()
    findings.add_records(inventory["issues"])
    recordings, workdir = Path(inventory["recordings"]), steps.workdir
    weights: Record = {}
    for uri in request.inputs.get("labels", ()):
        learnt = steps.do("thresholds", learn_thresholds, uri, str(recordings), request.params, workdir)
        findings.add_records(learnt["issues"])
        weights = learnt["weights"]
    parts = chain(
        look_items(request, recordings, workdir, weights),
        stream_items(request, recordings, workdir, weights, findings),
    )
    clips = _look(steps, parts, findings)
    if not Table(name="clips", path=clips).rows:
        raise _nothing(findings)
    paths = _follow(steps, request)
    edits: list[Record] = []
    for uri in request.inputs.get("corrections", ()):
        done = steps.do("corrections", apply_corrections, uri, request.params, paths, workdir)
        findings.add_records(done["issues"])
        paths, edits = done["paths"], done["edits"]
    told = steps.do("account", account, request, *(Path(paths[name]) for name in COUNTED), workdir)
    findings.add_records(told["issues"])
    timeline = steps.do("timeline", write_timeline, told["tables"]["clips"], paths["frames"], workdir)
    proposed = steps.do("next", propose_frames, request, {**paths, **told["tables"]}, workdir)
    findings.add_records(proposed["issues"])
    inputs = list(source_records(steps.map("checksums", checksum_files, checksum_batches(Path(inventory["files"])))))
    tables = {name: Path(path) for name, path in {**paths, **told["tables"], **proposed["tables"]}.items()}
    return Result(
        tables={
            **{name: Table(name=name, path=path) for name, path in tables.items()},
            "edits": write_table("edits", workdir, EDIT_COLUMNS, edits),
        },
        summary=summarise(request, told),
        issues=findings.issues(),
        provenance=request.provenance(inputs),
        artifacts=(*_films(tables["frames"], workdir), _timeline(timeline), *_proposed(proposed["artifacts"])),
        notes=notes(request, told),
    )


def write_timeline(clips: str, frames: str, workdir: Path) -> str:
    """Draw all footage in the course of time: a step of the run; returns where the picture stands."""
    target = workdir / TIMELINE
    partial = workdir / f".{TIMELINE}.partial"
    partial.write_bytes(draw_timeline(Table(name="clips", path=Path(clips)).records(), Path(frames)))
    partial.replace(target)
    return str(target)


def _look(steps: Steps, items: Iterable[Record], findings: Findings) -> Path:
    """Look at all parts; write ``frames``, boxes and what is known of the clips as they come."""
    workdir = steps.workdir
    with (
        TableWriter("frames", workdir / FRAMES, FRAME_COLUMNS) as frames,
        TableWriter("boxes", workdir / BOXES, DETECTION_COLUMNS) as boxes,
        TableWriter("parts", workdir / PARTS, PART_COLUMNS) as parts,
    ):
        for done in steps.map("look", look, items, units=lambda value: int(value["recordings"])):
            frames.write(done["frames"])
            boxes.write(done["boxes"])
            parts.write(done["parts"])
            findings.add_records(done["issues"])
            # What was recorded of a live stream has been looked at, and that is written down: days would fill a disk.
            for piece in done["spent"]:
                Path(piece).unlink(missing_ok=True)
    with TableWriter("clips", workdir / CLIPS, CLIP_COLUMNS) as clips:
        rows = clip_rows(parts.table.records())
        while some := list(islice(rows, ROWS_PER_GROUP)):
            clips.write_records(some)
    return workdir / CLIPS


def _follow(steps: Steps, request: Request[EcosystemParams]) -> dict[str, str]:
    """Follow the animals of all clips; return where the tables of what was found are."""
    workdir = steps.workdir
    parts = Table(name="parts", path=workdir / PARTS)
    spans = list(clip_spans(parts.records(["clip_id", "rows", "boxes", "height_px", "width_px"])))
    items = follow_items(request.params, spans, workdir / FRAMES, workdir / BOXES)
    with (
        TableWriter("detections", workdir / "detections.parquet", DETECTION_COLUMNS) as detections,
        TableWriter("tracks", workdir / TRACKS, TRACK_COLUMNS) as tracks,
    ):
        for done in steps.map("follow", follow, items):
            detections.write(done["detections"])
            tracks.write(done["tracks"])
    return {
        "clips": str(workdir / CLIPS),
        "frames": str(workdir / FRAMES),
        "detections": str(detections.table.path),
        "tracks": str(workdir / TRACKS),
    }


def _films(frames: Path, workdir: Path) -> Iterator[Artifact]:
    """Yield the films of what was searched."""
    names: dict[str, None] = {}
    for batch in Table(name="frames", path=frames).batches(["view"]):
        names.update(dict.fromkeys(batch.column("view").unique().to_pylist()))
    for name in names:
        if name:
            yield Artifact(
                role="view",
                name=name,
                path=workdir / name,
                media_type="video/mp4",
                description="What was searched of a clip, small",
            )


def _timeline(path: str) -> Artifact:
    return Artifact(
        role="timeline",
        name=TIMELINE,
        path=Path(path),
        media_type="image/png",
        description="Quality and interest of all footage in the course of time",
    )


def _proposed(records: Iterable[Record]) -> Iterator[Artifact]:
    for one in records:
        yield Artifact(**{**one, "path": Path(one["path"])})


def _nothing(findings: Findings) -> NothingUsable:
    issues = findings.issues()
    first = next(iter(sorted(issues, key=lambda issue: issue.severity != "error")), None)
    return NothingUsable(
        "no recording could be used" + (f"; the first finding: {first.file}: {first.message}" if first else ""),
        value=", ".join(sorted({issue.code for issue in issues})) or "no recordings found",
        remedy=first.remedy if first else "Name video clips, pictures, folders of them, or a live stream.",
    )
