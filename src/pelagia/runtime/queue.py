"""The queue: which job a worker takes next, and what becomes of one that it cannot finish.

A worker holds a job by a lease, which it extends while the job runs, and by the attempt number, without which nothing
of the job can be committed. A job whose lease has run out, or whose worker on this machine is gone, is taken over by
the next worker that looks; it goes on where it stood.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pelagia.runtime import job_log
from pelagia.runtime.database import Database
from pelagia.runtime.fairness import turn_of_asker
from pelagia.runtime.faults import WORKER_DIED, Fault
from pelagia.runtime.jobs import Job, find_job, job_of_row
from pelagia.runtime.lifecycle import Lane, end, start
from pelagia.runtime.owner import is_alive, is_elsewhere
from pelagia.runtime.queue_events import QueueEvent, count_event
from pelagia.runtime.tables import JOBS, STEPS, utc_now

LANES: tuple[Lane, ...] = ("interactive", "batch")
# A long job that waited so long comes no more behind short ones where a worker takes both.
MOST_WAIT = dt.timedelta(minutes=10)
# A job at which worker after worker died, without one finished step between, is given up.
MOST_TAKEOVERS = 10
# After so much sound work, a fault counts as the first.
FORGIVEN_AFTER_S = 600.0
GIVEN_UP = Fault(
    error={
        "code": WORKER_DIED,
        "what": "Worker after worker died at this job, most likely for want of memory",
        "value": f"{MOST_TAKEOVERS + 1} starts",
        "remedy": "Take less at once, or a machine with more memory; finished work is kept.",
        "file": "",
    },
    passes=False,
)


def claim_next(database: Database, lanes: Sequence[Lane], lease_s: float) -> Job | None:
    """Take the next job of the queue for this process; ``None`` where nothing waits.

    Parameters
    ----------
    database
        Where the queue is.
    lanes
        Which lanes are worked on; short work comes first.
    lease_s
        The job is this worker's for so many seconds, unless it extends its lease.
    """
    with database.read() as connection:
        orphans = _orphans(connection, lanes)
        if not orphans and connection.execute(sa.select(JOBS.c.id).where(_is_ready(lanes)).limit(1)).first() is None:
            return None
    with database.write() as connection:
        now: dt.datetime = connection.execute(sa.select(utc_now())).scalar_one()
        of_orphans = sa.tuple_(JOBS.c.id, JOBS.c.attempt).in_(orphans) & (JOBS.c.state == "running")
        waits_long = (JOBS.c.lane == "interactive") | (JOBS.c.created_at < now - MOST_WAIT)
        order = (sa.case((waits_long, 0), else_=1), *turn_of_asker())
        chosen = sa.select(JOBS).where(_is_ready(lanes) | of_orphans).order_by(*order).limit(1)
        row = connection.execute(chosen.with_for_update(skip_locked=True, of=JOBS)).mappings().one_or_none()
        if row is None or not _may_start(connection, row):
            return None
        if row["state"] == "running":
            count_event(connection, "takeover")
        lease = {"lease_until": now + dt.timedelta(seconds=lease_s), "not_before": None}
        start(connection, row, {"now": now, "tries": _tries(connection, row), **lease})
        job_id = row["id"]
    return find_job(database, job_id)


def _is_ready(lanes: Sequence[Lane]) -> sa.ColumnElement[bool]:
    waits = (JOBS.c.state == "queued") & (JOBS.c.not_before.is_(None) | (JOBS.c.not_before <= utc_now()))
    lost = (JOBS.c.state == "running") & (JOBS.c.lease_until < utc_now())
    return JOBS.c.lane.in_(lanes) & (waits | lost)


def _orphans(connection: sa.Connection, lanes: Sequence[Lane]) -> list[tuple[str, int]]:
    """Return id and attempt of jobs whose process was on this machine and is gone."""
    running = sa.select(JOBS.c.id, JOBS.c.attempt, JOBS.c.owner).where(
        (JOBS.c.state == "running") & JOBS.c.lane.in_(lanes) & JOBS.c.owner.is_not(None)
    )
    return [
        (row.id, row.attempt)
        for row in connection.execute(running)
        if not is_elsewhere(row.owner) and not is_alive(row.owner)
    ]


def _tries(connection: sa.Connection, row: sa.RowMapping) -> int:
    """Return how many starts in vain a job has behind it; a worker that died after a finished step was not in vain."""
    if row["state"] != "running":
        return int(row["tries"])
    return 0 if _has_progressed(connection, row["id"], row["attempt"]) else int(row["tries"]) + 1


def _may_start(connection: sa.Connection, row: sa.RowMapping) -> bool:
    """Give a job up that killed worker after worker."""
    if row["state"] != "running" or _tries(connection, row) <= MOST_TAKEOVERS:
        return True
    end(connection, job_of_row(row), "failed", error=GIVEN_UP.error)
    return False


def _has_progressed(connection: sa.Connection, job_id: str, attempt: int) -> bool:
    of_attempt = (STEPS.c.job_id == job_id) & (STEPS.c.attempt == attempt)
    return connection.execute(sa.select(STEPS.c.key).where(of_attempt).limit(1)).first() is not None


def extend_leases(database: Database, jobs: Collection[Job], lease_s: float) -> set[str]:
    """Extend the leases of jobs this process holds; return the ids of those it holds indeed."""
    held: set[str] = set()
    with database.write() as connection:
        now: dt.datetime = connection.execute(sa.select(utc_now())).scalar_one()
        extended = {"lease_until": now + dt.timedelta(seconds=lease_s), "beat_at": now}
        for job in sorted(jobs, key=lambda job: job.id):
            if connection.execute(sa.update(JOBS).where(_is_held(job)).values(extended)).rowcount == 1:
                held.add(job.id)
    return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a job stands that a worker holds: its state, the seconds left of the lease, the finished steps."""

    state: str
    left_s: float
    done_steps: int


def standing(database: Database, jobs: Collection[Job]) -> dict[str, Standing]:
    """Return by id how jobs stand, those of them that were not taken over."""
    attempts = {job.id: job.attempt for job in jobs}
    columns = (JOBS.c[name] for name in ("id", "attempt", "state", "lease_until", "done_steps"))
    with database.read() as connection:
        query = sa.select(*columns, utc_now().label("now")).where(JOBS.c.id.in_(attempts))
        found = connection.execute(query).all()
    return {
        row.id: Standing(
            state=row.state,
            left_s=(row.lease_until - row.now).total_seconds() if row.lease_until else 0.0,
            done_steps=row.done_steps,
        )
        for row in found
        if row.attempt == attempts[row.id]
    }


def give_back(database: Database, job: Job) -> bool:
    """Put a job back into the queue because this worker ends; another goes on at once."""
    return _requeue(database, job, "given-back", {}, "The worker was stopped; another one goes on")


def end_with_fault(database: Database, job: Job, fault: Fault, ran_s: float) -> None:
    """Put a job that met a fault back into the queue for another try, or let it fail.

    Parameters
    ----------
    database
        Where the queue is.
    job
        As it was claimed.
    fault
        What it met.
    ran_s
        For how long it ran before.
    """
    earlier = 0 if ran_s > FORGIVEN_AFTER_S else job.tries
    with database.read() as connection:
        was_in_vain = fault.error["code"] != WORKER_DIED or not _has_progressed(connection, job.id, job.attempt)
    pause_s = fault.pause_s(earlier) if was_in_vain else 0.0
    if pause_s is None:
        with database.write() as connection:
            end(connection, job, "failed", error=fault.error)
        return
    when = f"in {pause_s:g} s" if pause_s else "at once"
    message = f"{fault.error['what'].rstrip('.')}. Trying again {when}; what was done is kept"
    _requeue(database, job, "retry", {"tries": earlier + was_in_vain}, message, pause_s=pause_s)


def _requeue(
    database: Database, job: Job, event: QueueEvent, more: Mapping[str, int], message: str, *, pause_s: float = 0.0
) -> bool:
    with database.write() as connection:
        now: dt.datetime = connection.execute(sa.select(utc_now())).scalar_one()
        rest = {"not_before": now + dt.timedelta(seconds=pause_s)} if pause_s else {"not_before": None}
        waiting = {"state": "queued", "owner": None, "lease_until": None, **rest, **more}
        if connection.execute(sa.update(JOBS).where(_is_held(job)).values(waiting)).rowcount != 1:
            return False
        count_event(connection, event)
        job_log.append(connection, job.id, message, "warning")
    return True


def count_waiting(database: Database, lanes: Sequence[Lane] = LANES) -> int:
    """Return how many jobs wait, also those that rest before they are tried again."""
    query = sa.select(sa.func.count()).where((JOBS.c.state == "queued") & JOBS.c.lane.in_(lanes))
    with database.read() as connection:
        return int(connection.execute(query).scalar_one())


def _is_held(job: Job) -> sa.ColumnElement[bool]:
    return (JOBS.c.id == job.id) & (JOBS.c.attempt == job.attempt) & (JOBS.c.state == "running")
