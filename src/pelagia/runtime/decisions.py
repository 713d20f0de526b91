"""What people decided on the objects of a result: only ever added, so that who, when, old and new can be told.

One decision is one row. What holds for an object follows from the rows:

- of each person the latest row counts; one without a label takes back what the person held before;
- of several people the latest standing decision holds, and the object is *disputed* where they differ.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from pelagia.core.errors import Conflict
from pelagia.core.service import Decision
from pelagia.runtime.database import Database
from pelagia.runtime.tables import DECISIONS, EDITS, JOBS, utc_now

ROWS_AT_A_TIME = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotator:
    """A person who decides: how they are known here, and the name the exports give."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One decision; ``label`` is ``None`` where the person takes back what they held."""

    id: int
    object_id: str
    label: str | None
    annotator: Annotator
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Decisions made together: the numbers of the first and the last, and what the person now holds."""

    first: int
    last: int
    labels: Mapping[str, str | None]


def record(database: Database, job_id: str, labels: Mapping[str, str | None], annotator: Annotator) -> Batch:
    """Add a person's decisions, all of them or none.

    Parameters
    ----------
    labels
        ``object_id`` → the name given, or ``None`` to take back.
    """
    with database.write() as connection:
        return _add(connection, job_id, labels, annotator)


def undo(database: Database, job_id: str, first: int, last: int, annotator: Annotator) -> Batch:
    """Let the person hold again what they held before a batch of theirs; this adds rows as well.

    Raises
    ------
    Conflict
        Where the batch has no decision of this person.
    """
    own = (DECISIONS.c.job_id == job_id) & (DECISIONS.c.annotator == annotator.key)
    with database.write() as connection:
        inside = own & DECISIONS.c.id.between(first, last)
        touched = list(connection.execute(sa.select(DECISIONS.c.object_id).where(inside).distinct()).scalars())
        if not touched:
            raise Conflict(
                "There is nothing of yours to undo", value=f"{first} to {last}", remedy="Look at the list of decisions."
            )
        before: dict[str, str | None] = dict.fromkeys(touched)
        earlier = sa.select(DECISIONS.c.object_id, DECISIONS.c.label).where(own & (DECISIONS.c.id < first))
        touched_there = DECISIONS.c.object_id.in_(
            sa.select(DECISIONS.c.object_id).where(inside).distinct().scalar_subquery()
        )
        for object_id, label in connection.execute(earlier.where(touched_there).order_by(DECISIONS.c.id)):
            before[object_id] = label
        return _add(connection, job_id, before, annotator)


def entries(
    database: Database, job_id: str, *, after: int = 0, limit: int | None = None, object_id: str | None = None
) -> list[Entry]:
    """Return the decisions on the objects of a job in the order they were made.

    Parameters
    ----------
    after
        Only those with a higher number.
    limit
        The most; all by default.
    object_id
        Only those on this object.
    """
    query = sa.select(DECISIONS).where((DECISIONS.c.job_id == job_id) & (DECISIONS.c.id > after))
    if object_id is not None:
        query = query.where(DECISIONS.c.object_id == object_id)
    query = query.order_by(DECISIONS.c.id)
    with database.read() as connection:
        rows = connection.execute(query if limit is None else query.limit(limit)).mappings()
        return [
            Entry(
                id=row["id"],
                object_id=row["object_id"],
                label=row["label"],
                annotator=Annotator(key=row["annotator"], name=row["annotator_name"]),
                at=row["at"],
            )
            for row in rows
        ]


def last_decision(database: Database, job_id: str) -> int:
    """Return the number of the latest decision on a job's objects, 0 where there is none."""
    query = sa.select(sa.func.max(DECISIONS.c.id)).where(DECISIONS.c.job_id == job_id)
    with database.read() as connection:
        return connection.execute(query).scalar() or 0


def rename_annotator(connection: sa.Connection, key: str, name: str, new_key: str | None = None) -> None:
    """Give a person another name in all their decisions and edits: when they ask for it, or to be forgotten."""
    values = {"annotator_name": name, **({"annotator": new_key} if new_key else {})}
    for table in (DECISIONS, EDITS):
        connection.execute(sa.update(table).where(table.c.annotator == key).values(values))


def _add(connection: sa.Connection, job_id: str, labels: Mapping[str, str | None], annotator: Annotator) -> Batch:
    # The lock on the job's row lets decisions be committed in the order of their numbers: who has read up to one
    # number misses none below it. On SQLite there is one writer anyway.
    connection.execute(sa.select(JOBS.c.id).where(JOBS.c.id == job_id).with_for_update()).one()
    now = connection.execute(sa.select(utc_now())).scalar_one()
    before = connection.execute(sa.select(sa.func.max(DECISIONS.c.id))).scalar() or 0
    same = {"job_id": job_id, "annotator": annotator.key, "annotator_name": annotator.name, "at": now}
    rows = [{**same, "object_id": object_id, "label": label} for object_id, label in labels.items()]
    connection.execute(sa.insert(DECISIONS), rows)
    own = (DECISIONS.c.job_id == job_id) & (DECISIONS.c.annotator == annotator.key) & (DECISIONS.c.id > before)
    ends = sa.select(sa.func.min(DECISIONS.c.id), sa.func.max(DECISIONS.c.id)).where(own)
    first, last = connection.execute(ends).one()
    return Batch(first=first, last=last, labels=dict(labels))


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far people agree on the objects that several of them decided.

    Parameters
    ----------
    decided
        Objects on which a decision stands.
    by_several
        Of these, those on which the decisions of two or more people stand.
    agreed
        Of these, those on which all give the same name.
    """

    decided: int
    by_several: int
    agreed: int

    @property
    def disputed(self) -> int:
        """Objects on which people differ."""
        return self.by_several - self.agreed


@dataclass(slots=True)
class Holdings:
    """What holds for the objects of one job, kept up to date by :meth:`add`; may be read while another thread adds."""

    last: int = 0
    _votes: dict[str, dict[str, Entry]] = field(default_factory=dict)

    def add(self, entries: Iterable[Entry]) -> set[str]:
        """Take further decisions, in their order; returns the objects they touch."""
        touched = set()
        for entry in entries:
            votes = dict(self._votes.get(entry.object_id, {}))
            # Taken out first, so that the votes stand in the order of time.
            votes.pop(entry.annotator.key, None)
            if entry.label is not None:
                votes[entry.annotator.key] = entry
            # Put in place whole: who reads meanwhile finds the votes as they were, or as they are.
            self._votes[entry.object_id] = votes
            touched.add(entry.object_id)
            self.last = max(self.last, entry.id)
        return touched

    @property
    def objects(self) -> list[str]:
        """The objects on which a decision stands."""
        return [object_id for object_id, votes in list(self._votes.items()) if votes]

    def votes(self, object_id: str) -> Sequence[Entry]:
        """Return the standing decisions on an object, one a person, the latest last."""
        return tuple(self._votes.get(object_id, {}).values())

    def current(self, object_id: str) -> Entry | None:
        """Return the decision that holds for an object."""
        votes = self.votes(object_id)
        return votes[-1] if votes else None

    def is_disputed(self, object_id: str) -> bool:
        """Whether people differ on an object."""
        return len({vote.label for vote in self.votes(object_id)}) > 1

    def decisions(self) -> dict[str, Decision]:
        """Return what holds of every object that was decided on, for a service to revise its result."""
        held = ((object_id, self.current(object_id)) for object_id in self.objects)
        return {
            object_id: Decision(label=entry.label or "", by=entry.annotator.name, at=utc_text(entry.at))
            for object_id, entry in held
            if entry is not None
        }

    def agreement(self) -> Agreement:
        """Return how far people agree."""
        several = [object_id for object_id, votes in list(self._votes.items()) if len(votes) > 1]
        return Agreement(
            decided=len(self.objects),
            by_several=len(several),
            agreed=sum(not self.is_disputed(object_id) for object_id in several),
        )

    def annotators(self) -> dict[Annotator, int]:
        """Return who decided, with the number of objects on which their decision stands."""
        found: dict[Annotator, int] = {}
        for votes in list(self._votes.values()):
            for entry in votes.values():
                found[entry.annotator] = found.get(entry.annotator, 0) + 1
        return found


def holdings(database: Database, job_id: str) -> Holdings:
    """Return what holds for the objects of a job."""
    held = Holdings()
    catch_up(database, job_id, held)
    return held


def catch_up(database: Database, job_id: str, held: Holdings) -> set[str]:
    """Add the decisions made since; returns the objects they touch."""
    touched: set[str] = set()
    while True:
        found = entries(database, job_id, after=held.last, limit=ROWS_AT_A_TIME)
        touched |= held.add(found)
        if len(found) < ROWS_AT_A_TIME:
            return touched


def utc_text(at: dt.datetime) -> str:
    """Return a moment as the exports write it: ISO 8601 in UTC, to the second."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
