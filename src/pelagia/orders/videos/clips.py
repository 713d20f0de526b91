"""The clips of a result: which there are, what is on their timelines, which films show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pelagia.core.errors import NotFound
from pelagia.orders.outputs import output_folder, table_in, tables_in
from pelagia.runtime.jobs import Job
from pelagia.runtime.settings import Settings

Record = dict[str, Any]
Order = Literal["time", "interest", "max_n", "detections"]

NEEDED_TABLES = {"clips", "frames", "detections", "tracks", "time_series"}
NEEDED_COLUMNS = {"clip_id", "verdict", "interest", "searched_s", "max_n"}
MOST_POINTS = 1500
"""Of a timeline: more are not told apart on a screen."""
FRAME_FIELDS = (
    *("object_id", "clip_id", "time_s", "time_utc", "is_screened", "is_searched", "interest", "verdict"),
    *("detections", "view", "view_frame", "stands_for_s"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """A small film of frames that were searched, and from when to when of the clip they are."""

    name: str
    frames: int
    first_s: float
    last_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What a clip is like from begin to end.

    Parameters
    ----------
    times_s, interest, verdicts
        Of screened frames; of many, the most interesting one of each stretch.
    searched
        Begin and end of the stretches the detector looked at, s.
    films
        Those that show them, in order.
    """

    times_s: Sequence[float]
    interest: Sequence[float | None]
    verdicts: Sequence[str]
    searched: Sequence[tuple[float, float]]
    films: Sequence[Film]


def has_player(folder: Path) -> bool:
    """Whether a result is one of underwater footage with what was found on it."""
    tables = tables_in(folder)
    if not tables.keys() >= NEEDED_TABLES:
        return False
    return {column.name for column in tables["clips"].columns} >= NEEDED_COLUMNS


def clips_of(settings: Settings, job: Job) -> pa.Table:
    """Return the clips of a result.

    Raises
    ------
    NotFound
        Where it has none.
    """
    folder = output_folder(settings, job)
    if not has_player(folder):
        raise NotFound("This result has no clips", value=job.service, remedy="See its tables and files.")
    return table_in(folder, "clips").read()


def sorted_clips(clips: pa.Table, order: Order) -> pa.Table:
    """Return clips in the order in which they were recorded, or those with the most first."""
    if order == "time":
        return clips.sort_by([("started_utc", "ascending"), ("clip_id", "ascending")])
    return clips.take(pc.sort_indices(pc.fill_null(clips[order], -1), sort_keys=[("", "descending")]))


def find_clip(settings: Settings, job: Job, clip_id: str) -> Record:
    """Return a clip of a result.

    Raises
    ------
    NotFound
        Where it has none of that name.
    """
    clips = clips_of(settings, job)
    found: list[Record] = clips.filter(pc.equal(clips["clip_id"], clip_id)).to_pylist()
    if not found:
        raise NotFound(
            "There is no clip of that name in this result",
            value=clip_id[:200],
            remedy="Take its name from the list of clips.",
        )
    return found[0]


def frames_of(folder: Path, clip_id: str) -> pa.Table:
    """Return the frames of a clip, in order of time."""
    path = table_in(folder, "frames").path
    return pq.read_table(path, columns=list(FRAME_FIELDS), filters=pc.field("clip_id") == clip_id)


def timeline_of(frames: pa.Table, duration_s: float | None) -> Timeline:
    """Return the timeline of a clip from its frames.

    Parameters
    ----------
    frames
        From :func:`frames_of`.
    duration_s
        Of the clip, where known.
    """
    screened = frames.filter(frames["is_screened"])
    kept = screened.take(_peaks(_numbers(screened["interest"])))
    searched = frames.filter(frames["is_searched"])
    return Timeline(
        times_s=kept["time_s"].to_pylist(),
        interest=kept["interest"].to_pylist(),
        verdicts=[verdict or "" for verdict in kept["verdict"].to_pylist()],
        searched=_stretches(_numbers(searched["time_s"]), duration_s),
        films=list(_films(searched)),
    )


def _films(searched: pa.Table) -> Iterator[Film]:
    shown = searched.filter(pc.not_equal(pc.fill_null(searched["view"], ""), ""))
    told = shown.group_by("view", use_threads=False).aggregate(
        [("time_s", "min"), ("time_s", "max"), ("view", "count")]
    )
    for row in sorted(told.to_pylist(), key=lambda row: row["time_s_min"]):
        yield Film(name=row["view"], frames=row["view_count"], first_s=row["time_s_min"], last_s=row["time_s_max"])


def _peaks(interest: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return which frames are told: all, or of many the most interesting of each stretch."""
    count = len(interest)
    if count <= MOST_POINTS:
        return np.arange(count)
    edges = np.linspace(0, count, MOST_POINTS + 1).astype(np.int64)
    filled = np.nan_to_num(interest, nan=-1.0)
    return np.array([start + int(np.argmax(filled[start:end])) for start, end in pairwise(edges.tolist())])


def _stretches(times_s: NDArray[np.float64], duration_s: float | None) -> list[tuple[float, float]]:
    """Return stretches of frames that follow each other closely: as closely as most of them do."""
    if not times_s.size:
        return []
    gaps = np.diff(times_s)
    usual = float(np.median(gaps)) if gaps.size else 0.0
    breaks = np.flatnonzero(gaps > max(2.5 * usual, 0.05))
    starts = times_s[np.concatenate([[0], breaks + 1])]
    ends = times_s[np.concatenate([breaks, [len(times_s) - 1]])] + usual
    most = float("inf") if duration_s is None else duration_s
    return [(float(start), float(max(start, min(end, most)))) for start, end in zip(starts, ends, strict=True)]


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy(), np.float64)
