"""The two clocks of a run: the context speaks UTC, list and summaries the local time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.result import Issue
from pelagia.io.flowcam.context import Context
from pelagia.io.flowcam.summaries import Summary

OFFSET_STEP = timedelta(minutes=15)
"""Every time zone in use is a whole number of quarters of an hour off UTC."""
OFFSET_SLACK = timedelta(seconds=5)
OFFSET_RANGE = (timedelta(hours=-12), timedelta(hours=14))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """When a run was made, and how its local clock stands to UTC.

    Parameters
    ----------
    utc_offset
        Local time less UTC; None where only one of the two clocks is at hand.
    """

    started_utc: datetime | None = None
    ended_utc: datetime | None = None
    started_local: datetime | None = None
    ended_local: datetime | None = None
    utc_offset: timedelta | None = None


def run_clock(context: Context | None, summaries: Sequence[Summary], file: str) -> tuple[Clock, tuple[Issue, ...]]:
    """Read both clocks of a run and the offset between them.

    Parameters
    ----------
    context
        ``RunStartTime`` and ``RunEndTime`` of the ``.ctx`` are UTC.
    summaries
        ``Start`` and ``End`` of ``_run_summary.txt`` and ``Start Time`` of ``_summary.csv`` are local,
        as are the times of the rows.
    file
        The run's main file, for findings.
    """
    start = context.time("General.RunStartTime") if context else None
    end = context.time("General.RunEndTime") if context else None
    local_start = _first(summaries, "start", "start time")
    local_end = _first(summaries, "end", "end time")
    offset, issues = _offset(start, local_start, file)
    clock = Clock(
        started_utc=start.replace(tzinfo=UTC) if start else None,
        ended_utc=end.replace(tzinfo=UTC) if end else None,
        started_local=local_start or _shift(start, offset),
        ended_local=local_end or _shift(end, offset),
        utc_offset=offset,
    )
    return clock, issues


def to_utc(local: pa.ChunkedArray | pa.Array, utc_offset: timedelta | None) -> pa.Array:
    """Return local ISO times as UTC.

    Parameters
    ----------
    local
        Times as text, ``2024-04-08T11:11:01.303``.
    utc_offset
        Local less UTC; None makes every value missing.

    Returns
    -------
    pyarrow.Array
        timestamp[us, UTC]; missing where the text is not a time.
    """
    utc = pa.timestamp("us", tz="UTC")
    if utc_offset is None:
        return pa.nulls(len(local), utc)
    text = pc.utf8_trim_whitespace(local)
    is_time = pc.match_substring_regex(text, r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?$")
    try:
        naive = pc.cast(pc.if_else(is_time, text, None), pa.timestamp("us"))
    except pa.ArrowInvalid:
        naive = pa.chunked_array([[_one(value) for value in text.to_pylist()]], pa.timestamp("us"))
    shifted = pc.subtract(naive, pa.scalar(utc_offset, pa.duration("us")))
    found = pc.cast(pc.assume_timezone(shifted, "UTC"), utc)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _one(text: str | None) -> datetime | None:
    """Read one time of a batch that holds an impossible one, such as the 31st of June."""
    try:
        return datetime.fromisoformat(text or "").replace(tzinfo=None)
    except ValueError:
        return None


def _first(summaries: Sequence[Summary], *labels: str) -> datetime | None:
    return next((time for summary in summaries if (time := summary.time(*labels))), None)


def _shift(utc: datetime | None, offset: timedelta | None) -> datetime | None:
    return utc + offset if utc is not None and offset is not None else None


def _offset(utc: datetime | None, local: datetime | None, file: str) -> tuple[timedelta | None, tuple[Issue, ...]]:
    if utc is None or local is None:
        return None, (_unknown_issue(utc, local, file),)
    steps = int(np.round((local - utc) / OFFSET_STEP))
    offset = steps * OFFSET_STEP
    if abs(local - utc - offset) <= OFFSET_SLACK and OFFSET_RANGE[0] <= offset <= OFFSET_RANGE[1]:
        return offset, ()
    return None, (
        Issue(
            file=file,
            code="clock-mismatch",
            message=f"The context says {utc} UTC, the summary {local} local time: no time zone explains that, "
            "and the times of the particles are kept on the local clock only.",
            value=str(local - utc),
            remedy="Check that context and summary belong to the same run.",
        ),
    )


def _unknown_issue(utc: datetime | None, local: datetime | None, file: str) -> Issue:
    lacking = " and ".join(
        name for name, time in (("the start in UTC (.ctx)", utc), ("the local start (run summary)", local)) if not time
    )
    return Issue(
        file=file,
        code="clock-local-only",
        message=f"The run lacks {lacking}: the times of its particles are known on the instrument's local clock only.",
        remedy="Copy the .ctx and the _run_summary.txt of the run beside the list.",
        severity="note",
    )
