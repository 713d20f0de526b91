"""Survey and lengths of beach as people changed them, and the trail of all changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pelagia.core.result import Issue
from pelagia.core.service import Edit
from pelagia.core.table import Column
from pelagia.services.litter.editor import AREA, DELETED, SURVEY
from pelagia.services.litter.survey import drawn_by_person

Record = dict[str, Any]

EDIT_COLUMNS: tuple[Column, ...] = (
    Column(name="subject", type=pa.string(), description="item:, line:, polygon: or area: and its name"),
    Column(name="field", type=pa.string(), description="What of it: state, item_class, box, points or length_m"),
    Column(name="old", type=pa.string(), description="What it was"),
    Column(name="new", type=pa.string(), description="What it is now; empty where it was taken back"),
    Column(name="by", type=pa.string(), description="Who changed it"),
    Column(name="at", type=pa.string(), description="When, in UTC"),
    Column(name="why", type=pa.string(), description="The reason given"),
)


@dataclass(slots=True)
class Changes:
    """What edits came to: the trail of them, and what could not be applied."""

    trail: list[Record] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def note(self, edit: Edit, subject: str, what: str, old: str, new: str) -> None:
        """Add a line to the trail."""
        self.trail.append(
            {
                "subject": subject,
                "field": what,
                "old": old,
                "new": new,
                "by": edit.by,
                "at": edit.at,
                "why": edit.why,
            }
        )


def change_survey(
    edits: Iterable[Edit],
    survey: Sequence[Mapping[str, Any]],
    pictures: Sequence[Mapping[str, Any]],
    strip_width_m: float | None,
    changes: Changes,
) -> list[Record]:
    """Return the rows of ``survey`` with the lines and polygons that people drew, replaced or took away."""
    before: dict[str, list[Record]] = {}
    for row in survey:
        before.setdefault(f"{row['shape']}:{row['transect_id']}", []).append(dict(row))
    now = dict(before)
    for edit in edits:
        if edit.kind != SURVEY:
            continue
        shape, _, name = edit.subject.partition(":")
        if edit.value is None:
            rows = before.get(edit.subject, [])
        elif edit.value.get("state") == DELETED:
            rows = []
        else:
            rows = drawn_by_person(edit.value, shape, name, pictures, strip_width_m)
            if not rows:
                changes.issues.append(outside(edit))
                continue
        changes.note(edit, edit.subject, "points", _told(now.get(edit.subject, [])), _told(rows))
        now[edit.subject] = rows
    return [row for rows in now.values() for row in rows]


def change_lengths(
    edits: Iterable[Edit], pictures: Sequence[Mapping[str, Any]], usual_m: float | None, changes: Changes
) -> dict[str, float]:
    """Return the lengths of beach that people told, by area."""
    areas = {row["area_id"] for row in pictures}
    lengths: dict[str, float] = {}
    for edit in edits:
        if edit.kind != AREA:
            continue
        if edit.subject not in areas:
            changes.issues.append(no_subject(edit))
            continue
        old = lengths.get(edit.subject, usual_m)
        if edit.value is None:
            lengths.pop(edit.subject, None)
        else:
            lengths[edit.subject] = float(edit.value)
        new = lengths.get(edit.subject, usual_m)
        changes.note(edit, f"area:{edit.subject}", "length_m", _number(old), _number(new))
    return lengths


def _told(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    length = "" if rows[0]["length_m"] is None else f", {rows[0]['length_m']:,.1f} m"
    return f"{len(rows[0]['latitudes'])} points{length}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def no_subject(edit: Edit) -> Issue:
    """Return the finding on a change of what is not there."""
    return Issue(
        file=edit.subject,
        code="correction-without-subject",
        message="A change is about something that is not in the result.",
        value=str(edit.value)[:200],
        remedy="Open the map again and make it there.",
    )


def outside(edit: Edit) -> Issue:
    """Return the finding on what was drawn beside all pictures."""
    return Issue(
        file=edit.subject,
        code="correction-outside",
        message="Something was drawn where no picture is; it was left out.",
        value=str(edit.value)[:200],
        remedy="Draw it on a picture.",
    )
