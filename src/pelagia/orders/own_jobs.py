"""The jobs of somebody: which they may see, list, start again, delete."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import suppress
from dataclasses import replace
from typing import Literal

import sqlalchemy as sa

from pelagia.core.errors import Conflict, NotFound
from pelagia.orders.decisions import may_look, owns
from pelagia.orders.revise import is_written_anew, remove_revisions
from pelagia.orders.workbench import Workbench
from pelagia.runtime import job_log, ledger
from pelagia.runtime.accounts.access import require_access, service_of
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.database import Database
from pelagia.runtime.jobs import Job, State, job_of_row
from pelagia.runtime.runner import Runtime, clean_job
from pelagia.runtime.tables import JOBS, utc_now

Sight = Literal["whole", "facts"]
AGAIN = ("failed", "cancelled")
ENDED = ("succeeded", *AGAIN)


def sight_of(bench: Workbench, principal: Principal, job: Job) -> Sight | None:
    """Return what somebody may see of a job: all of it, the facts without files, or nothing."""
    if may_look(bench, principal, job):
        return "whole"
    is_provider = job.lane is not None and service_of(job.service) in principal.provides
    return "facts" if is_provider and "provide" in principal.scopes else None


def seen_job(bench: Workbench, principal: Principal, job_id: str, *, whole: bool = False) -> Job:
    """Return a job that somebody may see.

    Parameters
    ----------
    whole
        Whether its files are asked for as well.

    Raises
    ------
    NotFound
        Where there is none, or it is not for them: the two are not told apart.
    """
    query = sa.select(JOBS).where(JOBS.c.id == job_id)
    with bench.runtime.database.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    job = None if row is None else job_of_row(row)
    sight = None if job is None else sight_of(bench, principal, job)
    if job is None or sight is None or (whole and sight != "whole"):
        raise _not_theirs(job_id)
    return job


def without_files(job: Job) -> Job:
    """Return a job for who sees the facts alone: its error names no file."""
    return job if job.error is None else replace(job, error={**job.error, "file": "", "value": ""})


def own_job(bench: Workbench, principal: Principal, job_id: str) -> Job:
    """Return a job that somebody may change.

    Raises
    ------
    NotFound
        Where there is none, or it is somebody else's.
    """
    job = seen_job(bench, principal, job_id)
    if not owns(principal, job):
        raise _not_theirs(job_id)
    return job


def _not_theirs(job_id: str) -> NotFound:
    return NotFound(
        "There is no such job",
        value=job_id,
        remedy="See the list of your own; what was made without an account is seen in the browser it was made in.",
        code="no-such-job",
    )


def list_own_jobs(
    database: Database,
    asker: str,
    *,
    limit: int,
    before: tuple[dt.datetime, str] | None = None,
    service: str | None = None,
    state: State | None = None,
) -> list[Job]:
    """Return the jobs of somebody, the newest first; those after a place in that order."""
    query = sa.select(JOBS).where(JOBS.c.asker == asker)
    if service is not None:
        query = query.where(JOBS.c.service == service)
    if state is not None:
        query = query.where(JOBS.c.state == state)
    if before is not None:
        at, job_id = before
        query = query.where((JOBS.c.created_at < at) | ((JOBS.c.created_at == at) & (JOBS.c.id > job_id)))
    with database.read() as connection:
        rows = connection.execute(query.order_by(JOBS.c.created_at.desc(), JOBS.c.id).limit(limit)).mappings()
        return [job_of_row(row) for row in rows]


def retry_job(bench: Workbench, principal: Principal, job: Job) -> Job:
    """Put a job that failed or was stopped back into the queue; finished work is kept and not counted again.

    Raises
    ------
    Conflict
        Where it did neither, or its files are gone.
    """
    if job.lane is None or job.state not in AGAIN:
        raise Conflict(
            "Only a run that failed or was stopped can be started again", value=job.state, remedy="Make a new one."
        )
    if job.cleaned_at is not None:
        raise Conflict("The files of this run were deleted", value=job.id, remedy="Make a new one.")
    require_access(bench.runtime, principal, job.service, job.kind)
    waiting = {
        "state": "queued",
        # Its next end must not be taken for the one that is taken back.
        "attempt": job.attempt + 1 if job.attempt else 0,
        "owner": None,
        "lease_until": None,
        "not_before": None,
        "tries": 0,
        "error": sa.null(),
        "finished_at": None,
    }
    with bench.runtime.database.write() as connection:
        ended = (JOBS.c.id == job.id) & (JOBS.c.attempt == job.attempt) & JOBS.c.state.in_(AGAIN)
        kept = ended & JOBS.c.cleaned_at.is_(None)
        if connection.execute(sa.update(JOBS).where(kept).values(waiting)).rowcount != 1:
            raise Conflict("Somebody else was quicker", value=job.id, remedy="Look at the run again.")
        ledger.take_back_end(connection, job.id)
        job_log.append(connection, job.id, "Waiting for its turn again")
    return seen_job(bench, principal, job.id)


def delete_job(bench: Workbench, job: Job) -> None:
    """Delete all files of a job that has ended; that it was, and what it used, stays on record.

    Raises
    ------
    Conflict
        Where it waits or is at work, or its result is being written anew.
    """
    if job.state not in ENDED:
        raise Conflict("The run has not ended", value=job.state, remedy="Cancel it first.")
    _delete_files(bench.runtime, job)


def tidy_jobs(runtime: Runtime) -> None:
    """Delete the files of runs that visitors without an account made long ago."""
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=runtime.settings.keep_visit_days)
    old = JOBS.c.asker.startswith("visit:") & JOBS.c.lane.is_not(None) & (JOBS.c.finished_at < moment)
    kept = JOBS.c.state.in_(ENDED) & JOBS.c.cleaned_at.is_(None)
    with runtime.database.read() as connection:
        jobs = [job_of_row(row) for row in connection.execute(sa.select(JOBS).where(old & kept)).mappings()]
    for job in jobs:
        with suppress(Conflict):
            _delete_files(runtime, job)


def _delete_files(runtime: Runtime, job: Job) -> None:
    if is_written_anew(runtime.settings, job.id):
        raise Conflict("The result is being written anew", value=job.id, remedy="Wait for that to end.")
    as_seen = (JOBS.c.id == job.id) & (JOBS.c.attempt == job.attempt) & JOBS.c.state.in_(ENDED)
    with runtime.database.write() as connection:
        # Marked before anything is deleted: what was started again meanwhile keeps its files.
        if connection.execute(sa.update(JOBS).where(as_seen).values(cleaned_at=utc_now())).rowcount != 1:
            raise Conflict("The run was started again", value=job.id, remedy="Cancel it first.")
    clean_job(runtime, job)
    if job.lane is not None:
        remove_revisions(runtime.settings, job.id)
        shutil.rmtree(runtime.settings.result_folder(job.id), ignore_errors=True)
