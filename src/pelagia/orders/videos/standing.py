"""A clip as it stands: what the machine found on it, with all that people changed so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.core.service import Edit
from pelagia.orders.named import call_named
from pelagia.orders.outputs import table_in
from pelagia.orders.revise import as_predicted_folder
from pelagia.orders.workbench import Workbench
from pelagia.runtime.edits import edits_of
from pelagia.runtime.jobs import Job
from pelagia.services.ecosystem.editor import DETECTION, NEW, TRACK

CHANGED = "pelagia.orders.videos.changing:changed_clip"
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Boxes and tracks of a clip.

    Parameters
    ----------
    boxes, tracks
        What the tables ``detections`` and ``tracks`` have of it. Tables, since a clip may have a hundred thousand
        boxes and a page wants those of a film.
    """

    boxes: pa.Table
    tracks: pa.Table


def clip_now(bench: Workbench, job: Job, clip_id: str) -> Standing:
    """Return the boxes and tracks of a clip with people's changes in them.

    Parameters
    ----------
    bench, job
        Whose result.
    clip_id
        Of a clip that it has.

    Notes
    -----
    It starts from the result as the machine gave it, as a revision does, and by the same functions.
    """
    folder = as_predicted_folder(bench.runtime.settings, job.id)
    edits = list(edits_on_clip((one.edit for one in edits_of(bench.runtime.database, job.id)), clip_id))
    if not edits:
        found = {name: _of_clip(table_in(folder, name).path, clip_id) for name in ("detections", "tracks")}
        return Standing(boxes=found["detections"], tracks=found["tracks"])
    params = job.request["params"]
    changed = bench.warm.call(call_named, CHANGED, str(folder), clip_id, edits, params, timeout_s=TIMEOUT_SECONDS)
    return Standing(boxes=changed["detections"], tracks=changed["tracks"])


def edits_on_clip(edits: Iterable[Edit], clip_id: str) -> Iterator[Edit]:
    """Yield the edits about boxes and tracks of a clip, in their order."""
    begin = f"{clip_id}:"
    drawn: set[str] = set()
    for edit in edits:
        if edit.kind not in {DETECTION, TRACK}:
            continue
        frame = edit.value.get("frame_id", "") if isinstance(edit.value, dict) else ""
        if edit.subject.startswith(NEW) and frame.startswith(begin):
            drawn.add(edit.subject)
        if edit.subject.startswith(begin) or edit.subject in drawn:
            yield edit


def _of_clip(path: Path, clip_id: str) -> pa.Table:
    return pq.read_table(path, filters=pc.field("clip_id") == clip_id)
