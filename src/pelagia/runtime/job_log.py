"""What happened to a job, in plain words, for whoever follows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from pelagia.runtime.database import Database
from pelagia.runtime.tables import JOB_LOG, utc_now

LogLevel = Literal["info", "warning", "error"]
MOST_LINES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of the log of a job; ids rise with time."""

    id: int
    at: dt.datetime
    level: LogLevel
    message: str


def append(connection: sa.Connection, job_id: str, message: str, level: LogLevel = "info") -> None:
    """Add a line, inside the transaction of what it tells."""
    row = {"job_id": job_id, "at": utc_now(), "level": level, "message": message}
    connection.execute(sa.insert(JOB_LOG).values(row))


def read_log(connection: sa.Connection, job_id: str, *, after: int = 0, limit: int = MOST_LINES) -> tuple[LogLine, ...]:
    """Return the lines of a job behind the one with the id ``after``, the oldest first."""
    query = (
        sa.select(JOB_LOG.c.id, JOB_LOG.c.at, JOB_LOG.c.level, JOB_LOG.c.message)
        .where((JOB_LOG.c.job_id == job_id) & (JOB_LOG.c.id > after))
        .order_by(JOB_LOG.c.id)
        .limit(limit)
    )
    return tuple(LogLine(**row) for row in connection.execute(query).mappings())


def job_log(database: Database, job_id: str, *, after: int = 0) -> tuple[LogLine, ...]:
    """Return the log of a job as :func:`read_log` does, in a transaction of its own."""
    with database.read() as connection:
        return read_log(connection, job_id, after=after)
