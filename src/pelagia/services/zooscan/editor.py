"""What people may change in a ZooScan result: the lines on an object, the metadata of a scan or sample."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from typing import Any

from pelagia.core.errors import BadParameter
from pelagia.core.service import Edit
from pelagia.services.zooscan.metadata_edits import KIND as METADATA
from pelagia.services.zooscan.metadata_edits import field_of

CUTS = "cuts"
MOST_LINES = 60
MOST_POINTS = 400
FARTHEST_PX = 200_000.0


def check(edit: Edit, /) -> Edit:
    """Return a change as it shall be kept.

    Raises
    ------
    BadParameter
        Where there is no such change, or the value cannot be.
    """
    if edit.kind == CUTS and not edit.field:
        return replace(edit, value=None if edit.value is None else _lines(edit.value))
    if edit.kind == METADATA:
        return _metadata(edit)
    raise BadParameter(
        "There is nothing of this kind to be changed", value=edit.kind, remedy=f"Change {CUTS} or {METADATA}."
    )


def _metadata(edit: Edit) -> Edit:
    field = field_of(edit.subject, edit.field)
    if field is None:
        raise BadParameter(
            "This value cannot be corrected",
            value=f"{edit.subject} {edit.field}",
            remedy="Name the subject scan:… or sample:…, and one of the fields that the form of the metadata shows.",
        )
    if edit.value is None:
        return edit
    parsed = field.parse(edit.value)
    return replace(edit, value=parsed.isoformat() if isinstance(parsed, datetime) else "" if parsed is None else parsed)


def _lines(value: Any) -> list[list[list[float]]]:
    if not isinstance(value, list) or len(value) > MOST_LINES:
        raise _bad(f"{len(value) if isinstance(value, list) else type(value).__name__}", f"at most {MOST_LINES} lines")
    return [_line(line) for line in value]


def _line(line: Any) -> list[list[float]]:
    if not isinstance(line, list) or not 2 <= len(line) <= MOST_POINTS:
        raise _bad(
            f"{len(line) if isinstance(line, list) else type(line).__name__}", f"lines of 2 to {MOST_POINTS} points"
        )
    return [_point(point) for point in line]


def _point(point: Any) -> list[float]:
    is_pair = isinstance(point, list) and len(point) == 2
    if not is_pair or not all(isinstance(part, int | float) and not isinstance(part, bool) for part in point):
        raise _bad(str(point)[:40], "points as [row, column] in pixels of the scan")
    if not all(math.isfinite(part) and abs(part) <= FARTHEST_PX for part in point):
        raise _bad(str(point)[:40], "points on the scan")
    return [round(float(part), 2) for part in point]


def _bad(value: str, wanted: str) -> BadParameter:
    return BadParameter("These are no lines to cut along", value=value, remedy=f"Draw {wanted}.")
