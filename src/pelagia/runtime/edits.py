"""What people changed in a result besides the names of its objects: lines that cut, metadata. Only ever added."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pelagia.core.errors import Conflict
from pelagia.core.service import Edit
from pelagia.runtime.database import Database
from pelagia.runtime.decisions import Annotator, utc_text
from pelagia.runtime.tables import EDITS, JOBS, utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One edit as it is kept; ``at`` is the time of the database."""

    id: int
    edit: Edit
    annotator: Annotator
    at: dt.datetime


def record_edits(database: Database, job_id: str, edits: Sequence[Edit], annotator: Annotator) -> tuple[int, int]:
    """Add a person's edits, all of them or none; returns the numbers of the first and the last.

    Parameters
    ----------
    edits
        Kind, subject, field, value and reason; who and when are added here.
    """
    with database.write() as connection:
        return _add(connection, job_id, edits, annotator)


def undo_edits(database: Database, job_id: str, first: int, last: int, annotator: Annotator) -> tuple[int, int]:
    """Let hold again what held before some edits of a person; this adds rows as well.

    Raises
    ------
    Conflict
        Where there is none of this person's, or somebody has changed the same since.
    """
    with database.write() as connection:
        made = [_made(row) for row in connection.execute(_of(job_id)).mappings()]
        mine = [one for one in made if first <= one.id <= last and one.annotator.key == annotator.key]
        if not mine:
            raise Conflict(
                "There is nothing of yours to undo", value=f"{first} to {last}", remedy="Look at the list of changes."
            )
        touched = {_place(one.edit): one for one in mine}
        held = {_place(one.edit): one for one in made}
        # What this person changed later and has undone since is no obstacle.
        if any(not _is_held(one, held[place]) for place, one in touched.items()):
            raise Conflict("Somebody has changed the same since", remedy="Look at it again, and change it anew.")
        before = {_place(one.edit): one.edit for one in made if one.id < first}
        back = [
            before.get(place, Edit(kind=place[0], subject=place[1], field=place[2], value=None)) for place in touched
        ]
        return _add(connection, job_id, back, annotator)


def _is_held(one: Made, latest: Made) -> bool:
    return latest is one or (latest.annotator.key == one.annotator.key and latest.edit.value == one.edit.value)


def edits_of(database: Database, job_id: str) -> list[Made]:
    """Return the edits of a job's result in the order they were made."""
    with database.read() as connection:
        return [_made(row) for row in connection.execute(_of(job_id)).mappings()]


def last_edit(database: Database, job_id: str) -> int:
    """Return the number of the latest edit of a job's result, 0 where there is none."""
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.max(EDITS.c.id)).where(EDITS.c.job_id == job_id)).scalar() or 0


def _of(job_id: str) -> sa.Select[tuple[object, ...]]:
    return sa.select(EDITS).where(EDITS.c.job_id == job_id).order_by(EDITS.c.id)


def _add(connection: sa.Connection, job_id: str, edits: Sequence[Edit], annotator: Annotator) -> tuple[int, int]:
    # As with decisions: the lock on the job's row lets edits be committed in the order of their numbers.
    connection.execute(sa.select(JOBS.c.id).where(JOBS.c.id == job_id).with_for_update()).one()
    now = connection.execute(sa.select(utc_now())).scalar_one()
    same = {"job_id": job_id, "annotator": annotator.key, "annotator_name": annotator.name, "at": now}
    numbers = [
        connection.execute(
            sa.insert(EDITS)
            .values(**same, kind=one.kind, subject=one.subject, field=one.field, value=one.value, why=one.why)
            .returning(EDITS.c.id)
        ).scalar_one()
        for one in edits
    ]
    return numbers[0], numbers[-1]


def _made(row: sa.RowMapping) -> Made:
    edit = Edit(
        kind=row["kind"],
        subject=row["subject"],
        field=row["field"],
        value=row["value"],
        by=row["annotator_name"],
        at=utc_text(row["at"]),
        why=row["why"],
    )
    return Made(
        id=row["id"], edit=edit, annotator=Annotator(key=row["annotator"], name=row["annotator_name"]), at=row["at"]
    )


def _place(edit: Edit) -> tuple[str, str, str]:
    return edit.kind, edit.subject, edit.field
