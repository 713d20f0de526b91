"""The animals of each clip followed through its frames: from boxes to tracks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pelagia.core.table import Column
from pelagia.services.ecosystem.clips import Span
from pelagia.services.ecosystem.columns import TRACK_COLUMNS
from pelagia.services.ecosystem.profiles import profile_of
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.tracking import track_clip

Record = dict[str, Any]

TOGETHER_CLIPS = 50
FRAME_FIELDS = (
    *("object_id", "clip_id", "file", "time_s", "time_utc", "is_searched"),
    *("shift_row_px", "shift_col_px", "rotation_rad", "zoom", "motion_confidence"),
)


def follow_items(params: EcosystemParams, spans: Iterable[Span], frames: Path, found: Path) -> Iterator[Record]:
    """Yield an item for some clips at a time.

    Parameters
    ----------
    params
        Of the request.
    spans
        Of all clips, in the order of the tables.
    frames, found
        The tables of frames and of boxes.
    """
    first_frame = first_box = 0
    source = iter(spans)
    while group := list(islice(source, TOGETHER_CLIPS)):
        last_frame = first_frame + sum(one.frames for one in group)
        last_box = first_box + sum(one.boxes for one in group)
        yield {
            "params": params.model_dump(mode="json"),
            "clips": [asdict(one) for one in group],
            "frames": str(frames),
            "frame_span": [first_frame, last_frame],
            "found": str(found),
            "box_span": [first_box, last_box],
        }
        first_frame, first_box = last_frame, last_box


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
    boxes = read_span(Path(item["found"]), item["box_span"])
    frames = read_span(Path(item["frames"]), item["frame_span"], FRAME_FIELDS)
    if not profile_of(params).follows or not boxes.num_rows:
        return {"detections": boxes, "tracks": empty(TRACK_COLUMNS)}
    names: list[str] = []
    tracks: list[Record] = []
    first_frame = first_box = 0
    for span in (Span(**record) for record in item["clips"]):
        seen = frames.slice(first_frame, span.frames)
        own = boxes.slice(first_box, span.boxes).to_pylist()
        first_frame, first_box = first_frame + span.frames, first_box + span.boxes
        if not own:
            continue
        searched = seen.filter(pc.field("is_searched")).to_pylist()
        rows, ids = track_clip(searched, own, params, (span.height_px, span.width_px))
        tracks += rows
        names += [ids.get(one["object_id"], "") for one in own]
    place = boxes.schema.get_field_index("track_id")
    return {
        "detections": boxes.set_column(place, boxes.schema.field(place), pa.array(names, pa.string())),
        "tracks": pa.Table.from_pylist(tracks, schema=empty(TRACK_COLUMNS).schema),
    }


def read_span(path: Path, span: Sequence[int], columns: Sequence[str] | None = None) -> pa.Table:
    """Read the rows from the first to the last one (not included), and no more than the groups they stand in."""
    first, last = span
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
