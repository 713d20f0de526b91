"""When a recording was begun: what the user says of it, in a table or otherwise, and how times are written."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from pelagia.core.result import Issue
from pelagia.io.sources import without_secrets
from pelagia.io.video import faults
from pelagia.io.video.probing import started_from_file
from pelagia.io.video.tables import table_rows

__all__ = ["TimeRules", "is_plausible", "read_times", "seconds_of", "started_from_file"]

EARLIEST_YEAR = 1990
LATEST_AHEAD_S = 86_400.0
"""A camera may be in a zone ahead of UTC; a time further in the future is a clock set wrong."""
EPOCH = re.compile(r"(?<!\d)(1\d{9})(\d{3})?(?!\d)", re.ASCII)
TIME_COLUMNS = {
    **dict.fromkeys(("file", "path", "name", "filename", "file_name", "image", "picture", "clip", "video"), "file"),
    **dict.fromkeys(
        ("time", "date", "datetime", "date_time", "timestamp", "time_utc", "started_at", "start", "utc"), "time"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRules:
    """What the user says of times.

    Parameters
    ----------
    pattern
        How names tell the time, as ``%Y%m%d-%H%M%S``, anywhere in the name; by default all usual ways are tried.
    utc_offset_h
        Time of names, cameras and tables that do not state their zone, less UTC, h.
    started_at
        When the first recording was begun that nothing else tells the time of, ISO 8601.
    told
        Times of files from a table: name or path → seconds since 1970 UTC.
    """

    pattern: str = ""
    utc_offset_h: float = 0.0
    started_at: str = ""
    told: Mapping[str, float] = field(default_factory=dict)


def seconds_of(text: str, utc_offset_h: float) -> float | None:
    """Read a time as people write it in tables: ISO 8601, with its zone or without, or seconds since 1970.

    Parameters
    ----------
    text
        As it stands in a cell.
    utc_offset_h
        Of times without a zone.

    Returns
    -------
    float or None
        Seconds since 1970 UTC; ``None`` where it is no time, or none that can be.
    """
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        match = EPOCH.fullmatch(text.partition(".")[0])
        if match is None:
            return None
        found = float(text) / (1000 if match[2] else 1)
        return found if is_plausible(found) else None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone(timedelta(hours=utc_offset_h)))
    return moment.timestamp() if is_plausible(moment.timestamp()) else None


def is_plausible(seconds: float) -> bool:
    """Tell whether a recording can have been made at a time: not before 1990, not in the future."""
    return datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC).timestamp() <= seconds <= time.time() + LATEST_AHEAD_S


def read_times(uri: str, utc_offset_h: float = 0.0) -> tuple[dict[str, float], list[Issue]]:
    """Read the table of times.

    Parameters
    ----------
    uri
        A CSV file with the columns ``file`` and ``time``.
    utc_offset_h
        Of times without a zone.

    Returns
    -------
    dict
        Path or name of a file → seconds since 1970 UTC.
    list of Issue
        Rows that cannot be used.

    Raises
    ------
    BadInput
        It is no such table.
    """
    file = without_secrets(uri)
    times: dict[str, float] = {}
    issues: list[Issue] = []
    for line, cells in table_rows(uri, TIME_COLUMNS, "time"):
        seconds = seconds_of(cells.get("time", ""), utc_offset_h)
        if seconds is None:
            issues.append(faults.table_cell(file, line, "time", cells.get("time", "")))
        elif "file" not in cells:
            issues.append(faults.table_cell(file, line, "file", ""))
        else:
            times[cells["file"].replace("\\", "/").removeprefix("./")] = seconds
    return times, issues
