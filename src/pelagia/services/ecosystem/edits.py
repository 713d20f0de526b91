"""What all changes of a result have in common: which of them hold, the trail of them, findings on those that cannot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pelagia.core.result import Issue
from pelagia.core.service import Edit
from pelagia.core.table import Column

Record = dict[str, Any]
BOX = ("row_px", "col_px", "height_px", "width_px")

EDIT_COLUMNS: tuple[Column, ...] = (
    Column(name="subject", type=pa.string(), description="detection: or track: and its name"),
    Column(name="field", type=pa.string(), description="What of it: state, taxon, box, track_id, into or at_s"),
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

    def note(self, edit: Edit, subject: str, old: dict[str, str], new: dict[str, str]) -> None:
        """Add a line to the trail for everything that is different now; what was named was of course looked at."""
        different = [what for what, is_now in new.items() if old[what] != is_now]
        if len(different) > 1 and (old["state"], new["state"]) == ("predicted", "validated"):
            different.remove("state")
        for what, is_now in new.items():
            if what in different:
                self.trail.append(
                    {
                        "subject": subject,
                        "field": what,
                        "old": old[what],
                        "new": is_now,
                        "by": edit.by,
                        "at": edit.at,
                        "why": edit.why,
                    }
                )

    def tell(self, edit: Edit, code: str, message: str, remedy: str, objects: int = 1) -> None:
        """Add a finding on an edit."""
        self.issues.append(
            Issue(
                file=edit.subject,
                code=code,
                message=message,
                value=str(edit.value)[:200],
                remedy=remedy,
                objects=objects,
            )
        )

    def no_subject(self, edit: Edit) -> None:
        """Tell that a change is about something that is not there."""
        self.tell(
            edit,
            "correction-without-subject",
            "A change is about something that is not in the result; it was left out",
            "Open the player again and make it there.",
        )


def holding(edits: Iterable[Edit]) -> list[Edit]:
    """Return the last edit on each subject and field, in the order in which the first of them was made.

    Parameters
    ----------
    edits
        In the order they were made; one without a value takes back what was made before it, and its place as well.
    """
    held: dict[tuple[str, str, str], Edit] = {}
    for edit in edits:
        place = (edit.kind, edit.subject, edit.field)
        if edit.value is None:
            held.pop(place, None)
        else:
            held[place] = edit
    return list(held.values())
