"""How a job stands at this moment, for pages and streams that follow it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pelagia.runtime.database import Database
from pelagia.runtime.fairness import place_in_line
from pelagia.runtime.job_log import LogLine, read_log
from pelagia.runtime.jobs import Job, job_of_row, no_such_job
from pelagia.runtime.tables import JOBS, STEPS, utc_now

# The pace of so many steps before is taken for that of those to come.
RECENT_STEPS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSnapshot:
    """A job as it stands at one moment.

    Parameters
    ----------
    job
        The job.
    progress_share
        The finished share of its steps, 0 to 1; 1 only where it has succeeded.
    remaining_s
        Seconds still to go at the pace of the last steps; ``None`` while nothing is known, or it does not run.
    queue_position
        Its place among the waiting jobs of its lane, from 1; ``None`` where it does not wait.
    log
        The lines of its log behind the one that was asked for, the oldest first.
    """

    job: Job
    progress_share: float
    remaining_s: float | None
    queue_position: int | None
    log: tuple[LogLine, ...]

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.job.state in ("succeeded", "failed", "cancelled")


def snapshot(database: Database, job_id: str, *, after_log_id: int = 0) -> JobSnapshot:
    """Return how a job stands.

    Parameters
    ----------
    database
        Where it is.
    job_id
        Its whole id.
    after_log_id
        Only lines of its log behind this one.

    Raises
    ------
    NotFound
        Where there is no such job.
    """
    with database.read() as connection:
        row = connection.execute(sa.select(JOBS).where(JOBS.c.id == job_id)).mappings().one_or_none()
        if row is None:
            raise no_such_job(job_id)
        job = job_of_row(row)
        return JobSnapshot(
            job=job,
            progress_share=progress_share(job),
            remaining_s=_remaining_s(connection, job),
            queue_position=place_in_line(connection, job.id, job.lane) if job.state == "queued" and job.lane else None,
            log=read_log(connection, job_id, after=after_log_id),
        )


def progress_share(job: Job) -> float:
    """Return the finished share of a job, 0 to 1; the end of the work is not yet its success."""
    if job.state == "succeeded":
        return 1.0
    return min(0.99, job.done_steps / job.total_steps) if job.total_steps else 0.0


def _remaining_s(connection: sa.Connection, job: Job) -> float | None:
    """Return the seconds to go at the pace of the last steps of this attempt."""
    if job.state != "running":
        return None
    recent = (
        sa.select(STEPS.c.finished_at, STEPS.c.seconds, utc_now().label("now"))
        .where((STEPS.c.job_id == job.id) & (STEPS.c.attempt == job.attempt))
        .order_by(STEPS.c.finished_at.desc())
        .limit(RECENT_STEPS)
    )
    steps = connection.execute(recent).all()
    if not steps:
        return None
    pace_s = _seconds_per_step(steps)
    idle_s: float = (steps[0].now - steps[0].finished_at).total_seconds()
    return max(0.0, max(0, job.total_steps - job.done_steps) * pace_s - min(idle_s, pace_s))


def _seconds_per_step(steps: Sequence[sa.Row[Any]]) -> float:
    """Return the pace of finished steps, the latest first; one step alone tells only how long it took."""
    if len(steps) == 1:
        return float(steps[0].seconds)
    span: dt.timedelta = steps[0].finished_at - steps[-1].finished_at
    return span.total_seconds() / (len(steps) - 1)
