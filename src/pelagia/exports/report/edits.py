"""What people changed of the metadata of a result: the trail, as a report sets it."""

from __future__ import annotations

from dataclasses import dataclass

from pelagia.core.result import Result
from pelagia.exports.tables import records

EDITS_AT_MOST = 200
"""More changes than this are left to the table."""
_COLUMNS = ("subject", "field", "old", "new", "by", "at", "why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change; ``at`` is the time to the minute."""

    subject: str
    field: str
    old: str
    new: str
    by: str
    at: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All changes, in the order in which they were made."""

    rows: tuple[Change, ...]
    number: int

    @property
    def left_out(self) -> int:
        """How many are left to the table."""
        return self.number - len(self.rows)


def read_changes(result: Result) -> Changes | None:
    """Return the changes people made; ``None`` where there are none."""
    table = result.tables.get("edits")
    if table is None or not table.rows:
        return None
    rows: list[Change] = []
    for row in records(table, _COLUMNS):
        if len(rows) == EDITS_AT_MOST:
            break
        told = {name: row[name] or "" for name in _COLUMNS}
        told |= {"subject": told["subject"].replace(":", " ", 1), "at": told["at"][:16].replace("T", " ")}
        rows.append(Change(**told))
    return Changes(rows=tuple(rows), number=table.rows)
