"""Which worker processes live: each says so in the database every few seconds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pelagia.runtime.database import Database
from pelagia.runtime.tables import WORKERS, utc_now

BEAT_S = 5.0
# A worker that missed so many of its beats is taken for dead.
SILENT_AFTER_S = 4 * BEAT_S
FORGOTTEN_AFTER = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerBeat:
    """The last sign of life of a worker process.

    Parameters
    ----------
    name
        The process, as :mod:`pelagia.runtime.owner` names it.
    silent_s
        Seconds since, by the clock of the database.
    jobs
        How many jobs it had at work.
    """

    name: str
    silent_s: float
    jobs: int

    @property
    def is_alive(self) -> bool:
        """Whether it may be taken to live."""
        return self.silent_s < SILENT_AFTER_S


def beat(database: Database, name: str, *, jobs: int) -> None:
    """Say that a worker lives; to be called every :data:`BEAT_S` seconds."""
    now = utc_now()
    with database.write() as connection:
        insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(WORKERS)
        row = {"name": name, "started_at": now, "beat_at": now, "jobs": jobs}
        again = {"beat_at": utc_now(), "jobs": jobs}
        connection.execute(insert.values(row).on_conflict_do_update(index_elements=["name"], set_=again))


def leave(database: Database, name: str) -> None:
    """Say that a worker ends, and forget those that were killed long ago."""
    with database.write() as connection:
        now: dt.datetime = connection.execute(sa.select(utc_now())).scalar_one()
        gone = (WORKERS.c.name == name) | (WORKERS.c.beat_at < now - FORGOTTEN_AFTER)
        connection.execute(sa.delete(WORKERS).where(gone))


def worker_beats(connection: sa.Connection) -> list[WorkerBeat]:
    """Return the last sign of life of each worker that is not forgotten."""
    query = sa.select(WORKERS.c.name, WORKERS.c.beat_at, WORKERS.c.jobs, utc_now().label("now"))
    return [
        WorkerBeat(name=row.name, silent_s=max(0.0, (row.now - row.beat_at).total_seconds()), jobs=row.jobs)
        for row in connection.execute(query.order_by(WORKERS.c.name))
    ]
