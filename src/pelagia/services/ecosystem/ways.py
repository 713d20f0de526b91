"""How far animals went whose boxes people changed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.table import Table
from pelagia.services.ecosystem.edits import Record
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.tracking import way_of

_FRAME = (
    *("object_id", "clip_id", "time_s", "is_searched"),
    *("shift_row_px", "shift_col_px", "rotation_rad", "zoom", "motion_confidence"),
)


def ways_of_tracks(
    boxes: Mapping[str, Sequence[Record]],
    clips: Mapping[str, Mapping[str, Any]],
    frames: Table,
    params: EcosystemParams,
) -> Iterator[tuple[str, Record]]:
    """Yield for each track ``path_px`` and ``displacement_px``; memory does not grow with the number of clips.

    Parameters
    ----------
    boxes
        The standing boxes of each track, in order of time.
    clips
        Rows by name, with the size of the frames.
    frames
        The table, in order of clip and time.
    params
        Of the request.
    """
    of_clip: dict[str, list[str]] = defaultdict(list)
    for name, own in boxes.items():
        if own:
            of_clip[own[0]["clip_id"]].append(name)
    for clip_id, group in groupby(_searched(frames, of_clip), key=itemgetter("clip_id")):
        seen = list(group)
        times = [frame["time_s"] for frame in seen]
        size_px = (int(clips[clip_id]["height_px"]), int(clips[clip_id]["width_px"]))
        for name in of_clip[clip_id]:
            own = boxes[name]
            first, last = bisect_left(times, own[0]["time_s"]), bisect_right(times, own[-1]["time_s"])
            path_px, displacement_px = way_of(seen[first:last], own, params, size_px)
            yield name, {"path_px": path_px, "displacement_px": displacement_px}


def _searched(frames: Table, clips: Mapping[str, Any]) -> Iterator[Record]:
    wanted = pa.array(sorted(clips), pa.string())
    for batch in frames.batches(_FRAME):
        is_wanted = pc.and_(pc.is_in(batch["clip_id"], value_set=wanted), batch["is_searched"])
        yield from batch.filter(is_wanted).to_pylist()
