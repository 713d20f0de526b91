"""The animals of each clip followed through its frames: from boxes to tracks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.core.table import Column
from pelagia.services.ecosystem.columns import DETECTION_COLUMNS, TRACK_COLUMNS
from pelagia.services.ecosystem.profiles import profile_of
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.tracking import track_clip

Record = dict[str, Any]

TOGETHER_CLIPS = 50
FRAME_FIELDS = (
    *("object_id", "clip_id", "file", "time_s", "time_utc", "is_searched"),
    *("shift_row_px", "shift_col_px", "rotation_rad", "zoom", "motion_confidence"),
)


def follow_items(
    params: EcosystemParams, clips: Sequence[tuple[str, int, int, int, int]], frames: Path, found: Path
) -> Iterator[Record]:
    """Yield an item for some clips at a time.

    Parameters
    ----------
    params
        Of the request.
    clips
        In order: its name, how many frames and how many boxes it has in the tables, height and width.
    frames, found
        Those tables, the clips in the same order.
    """
    group: list[list[Any]] = []
    first_frame = first_box = frame = box = 0
    for clip_id, frames_here, boxes_here, *size_px in clips:
        if len(group) == TOGETHER_CLIPS:
            yield _item(params, group, frames, found, (first_frame, frame), (first_box, box))
            group, first_frame, first_box = [], frame, box
        group.append([clip_id, frames_here, boxes_here, *size_px])
        frame, box = frame + frames_here, box + boxes_here
    if group:
        yield _item(params, group, frames, found, (first_frame, frame), (first_box, box))


def _item(
    params: EcosystemParams,
    group: list[list[Any]],
    frames: Path,
    found: Path,
    frame_span: tuple[int, int],
    box_span: tuple[int, int],
) -> Record:
    return {
        "params": params.model_dump(mode="json"),
        "clips": group,
        "frames": str(frames),
        "frame_span": list(frame_span),
        "found": str(found),
        "box_span": list(box_span),
    }


def follow(item: Mapping[str, Any]) -> dict[str, Any]:
    """Follow the animals of some clips.

    Parameters
    ----------
    item
        From :func:`follow_items`.

    Returns
    -------
    dict
        ``detections``: rows of :data:`DETECTION_COLUMNS`; ``tracks``: rows of :data:`TRACK_COLUMNS`.
    """
    params = EcosystemParams(**item["params"])
    boxes = read_span(Path(item["found"]), *item["box_span"])
    frames = read_span(Path(item["frames"]), *item["frame_span"], columns=FRAME_FIELDS)
    if not profile_of(params).follows or not boxes.num_rows:
        return {"detections": boxes, "tracks": empty(TRACK_COLUMNS)}
    names: list[str] = []
    tracks: list[Record] = []
    first_frame = first_box = 0
    for _, frames_here, boxes_here, height_px, width_px in item["clips"]:
        seen = frames.slice(first_frame, frames_here)
        own = boxes.slice(first_box, boxes_here).to_pylist()
        first_frame, first_box = first_frame + frames_here, first_box + boxes_here
        if not own:
            continue
        searched = seen.filter(pc.field("is_searched")).to_pylist()
        rows, ids = track_clip(searched, own, params, (height_px, width_px))
        tracks += rows
        names += [ids.get(one["object_id"], "") for one in own]
    place = boxes.schema.get_field_index("track_id")
    return {
        "detections": boxes.set_column(place, boxes.schema.field(place), pa.array(names, pa.string())),
        "tracks": pa.Table.from_pylist(tracks, schema=empty(TRACK_COLUMNS).schema),
    }


def read_span(path: Path, first: int, last: int, columns: Sequence[str] | None = None) -> pa.Table:
    """Read rows ``first`` to ``last`` (not included) of a Parquet file, and no more than the groups they stand in."""
    with pq.ParquetFile(path) as file:
        groups, start, before = [], 0, 0
        for number in range(file.metadata.num_row_groups):
            end = start + file.metadata.row_group(number).num_rows
            if end <= first:
                before = end
            elif start < last:
                groups.append(number)
            start = end
        if not groups:
            return file.schema_arrow.empty_table().select(list(columns or file.schema_arrow.names))
        return file.read_row_groups(groups, columns=list(columns) if columns else None).slice(
            first - before, last - first
        )


def empty(columns: tuple[Column, ...]) -> pa.Table:
    """Return a table without rows."""
    return pa.schema([column.field() for column in columns]).empty_table()


DETECTIONS = empty(DETECTION_COLUMNS).schema
