"""A clip as it stands: what the machine found on it, with all that people changed so far."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.core.service import Edit
from pelagia.orders.outputs import table_in
from pelagia.orders.revise import as_predicted_folder
from pelagia.orders.workbench import Workbench
from pelagia.runtime.edits import edits_of
from pelagia.runtime.jobs import Job
from pelagia.services.ecosystem.changing import TABLES, Naming, change_tables
from pelagia.services.ecosystem.editor import DETECTION, NEW, TRACK
from pelagia.services.ecosystem.edits import Changes
from pelagia.services.ecosystem.service import EcosystemParams

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Boxes and tracks of a clip.

    Parameters
    ----------
    boxes, tracks
        Rows of the tables ``detections`` and ``tracks``.
    """

    boxes: list[Record]
    tracks: list[Record]


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
    made = [one.edit for one in edits_of(bench.runtime.database, job.id)]
    edits = list(edits_on_clip(made, clip_id))
    found = {name: _of_clip(table_in(folder, name).path, clip_id) for name in TABLES}
    if edits:
        found |= _changed(found, edits, EcosystemParams(**job.request["params"]))
    return Standing(boxes=found["detections"].to_pylist(), tracks=found["tracks"].to_pylist())


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


def _changed(found: dict[str, pa.Table], edits: list[Edit], params: EcosystemParams) -> dict[str, pa.Table]:
    with tempfile.TemporaryDirectory(prefix="pelagia-clip-") as name:
        paths = {table: Path(name) / f"{table}.parquet" for table in TABLES}
        for table, path in paths.items():
            pq.write_table(found[table], path)
        naming = Naming(params=params, aphia_ids={})
        changed = change_tables(edits, paths, Path(name) / "changed", naming, Changes())
        return {table: pq.read_table(changed[table]) for table in TABLES}
