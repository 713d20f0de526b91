"""From the parts that were worked on to one row a clip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import pyarrow as pa

from pelagia.core.table import Column
from pelagia.services.ecosystem.columns import CLIP_COLUMNS, USABLE, VERDICTS

Record = dict[str, Any]

COUNTED_LATER = ("detections", "tracks", "max_n", "verdict", "usable_frames")
PART_COLUMNS: tuple[Column, ...] = (
    *(column for column in CLIP_COLUMNS if column.name not in COUNTED_LATER),
    Column(name="part", type=pa.int32(), description="Number of the part, from 0"),
    Column(name="started_at", type=pa.float64(), description="When the part begins, since 1970 UTC", unit="s"),
    Column(name="ended_at", type=pa.float64(), description="When it ends, since 1970 UTC", unit="s"),
    Column(name="screened", type=pa.int64(), description="Frames that were screened"),
    Column(name="verdicts", type=pa.list_(pa.int64()), description="Screened frames of each verdict"),
    Column(name="rows", type=pa.int64(), description="Its rows in the table of frames"),
    Column(name="boxes", type=pa.int64(), description="Its rows in the table of boxes"),
)
"""What is known of a part when it has been looked at."""
SUMMED = ("recordings", "frames", "searched_frames", "usable_s", "searched_s")
BAD_SHARE = 0.5
"""A clip of which no more of the frames is usable gets the verdict of most of the others."""


def clip_rows(parts: Iterable[Mapping[str, Any]]) -> Iterator[Record]:
    """Yield a row of :data:`CLIP_COLUMNS` for each clip, without what is counted later.

    Parameters
    ----------
    parts
        Rows of :data:`PART_COLUMNS`, those of a clip following each other.
    """
    for _, group in groupby(parts, key=lambda part: part["clip_id"]):
        yield _clip(list(group))


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How much of the tables of frames and boxes is of one clip, and the size of its frames."""

    clip_id: str
    frames: int
    boxes: int
    height_px: int
    width_px: int


SPAN_FIELDS = ("clip_id", "rows", "boxes", "height_px", "width_px")


def clip_spans(parts: Iterable[Mapping[str, Any]]) -> Iterator[Span]:
    """Yield for each clip how many rows it has in the table of frames, and how many in that of boxes.

    Parameters
    ----------
    parts
        As for :func:`clip_rows`; :data:`SPAN_FIELDS` suffice.
    """
    for name, group in groupby(parts, key=lambda part: str(part["clip_id"])):
        own = list(group)
        sizes = [(part["height_px"], part["width_px"]) for part in own if part["height_px"]]
        height_px, width_px = sizes[0] if sizes else (0, 0)
        yield Span(
            clip_id=name,
            frames=sum(part["rows"] for part in own),
            boxes=sum(part["boxes"] for part in own),
            height_px=height_px,
            width_px=width_px,
        )


def _clip(parts: Sequence[Mapping[str, Any]]) -> Record:
    first = parts[0]
    verdicts = [sum(numbers) for numbers in zip(*(part["verdicts"] for part in parts), strict=True)]
    row: Record = {column.name: first.get(column.name) for column in CLIP_COLUMNS}
    row |= {name: sum(part[name] for part in parts) for name in SUMMED}
    began = _of(min, [part["started_at"] for part in parts])
    ended = _of(max, [part["ended_at"] for part in parts])
    row |= {
        "started_utc": utc(began),
        "ended_utc": utc(ended),
        "duration_s": _duration(first, parts, began, ended),
        "usable_frames": verdicts[VERDICTS.index(USABLE)],
        "verdict": verdict_of(verdicts),
        "interest": _of(max, [part["interest"] for part in parts]),
        "quality": _mean([(part["quality"], part["screened"]) for part in parts]),
        "is_whole": all(part["is_whole"] for part in parts),
        "is_variable_rate": any(part["is_variable_rate"] for part in parts),
    }
    if first["kind"] == "series" and row["duration_s"]:
        row["frame_rate"] = (row["recordings"] - 1) / row["duration_s"]
    return row


def verdict_of(counts: Sequence[int]) -> str:
    """Return the verdict on a clip from how many of its frames have each; without any frame it is unreadable."""
    total, usable = sum(counts), counts[VERDICTS.index(USABLE)]
    if not total:
        return "unreadable"
    if usable > BAD_SHARE * total:
        return USABLE
    bad = [(number, -place) for place, number in enumerate(counts) if VERDICTS[place] != USABLE]
    return VERDICTS[-max(bad)[1]]


def utc(seconds: float | None) -> str:
    """Return a time since 1970 as ISO 8601 with milliseconds and Z; empty where it is unknown."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(round(seconds, 3), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _duration(
    first: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], began: float | None, ended: float | None
) -> float | None:
    """Return how long a clip is: what its file says, or the time from its first to its last picture."""
    if first["kind"] == "series":
        return None if began is None or ended is None else ended - began
    return _of(max, [part["duration_s"] for part in parts])


def _of(choose: Any, values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(choose(known)) if known else None


def _mean(weighted: Sequence[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in weighted if value is not None and weight]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None
