"""Jobs for the tests of the queue: rows that wait, without files or steps behind them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from pelagia.runtime import job_log, ledger
from pelagia.runtime.database import Database
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.lifecycle import Lane, NewJob, create_job
from pelagia.runtime.perform import perform
from pelagia.runtime.runner import Runtime
from pelagia.runtime.step_store import StepStore
from pelagia.runtime.tables import JOBS

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
ESTIMATE = {"steps": 10, "units": 100, "bytes": 1000, "understood": {}, "issues": []}


def queued(
    database: Database, name: str, *, asker: str = "account:a", lane: Lane | None = "interactive", **more: Any
) -> Job:
    """Put a job into the queue; equal names are the same job."""
    request = {
        "service": "toy",
        "service_version": "1.0.0",
        "inputs": {},
        "params": {},
        "models": {},
        "seed": 0,
        "target": f"job:{name}",
    }
    new = NewJob(
        request=request, estimate=ESTIMATE, unit="line", kind="analysis", route="web", asker=asker, lane=lane, **more
    )
    return create_job(database, new)


def state(database: Database, job: Job) -> str:
    """Return the state of a job as it is now."""
    return find_job(database, job.id).state


def change(database: Database, job: Job, **columns: Any) -> None:
    """Change the row of a job behind the back of the code."""
    with database.write() as connection:
        connection.execute(sa.update(JOBS).where(JOBS.c.id == job.id).values(columns))


def expire(database: Database, job: Job) -> None:
    """Let the lease of a job run out."""
    change(database, job, lease_until=LONG_AGO)


def step(runtime: Runtime, job: Job, key: str, units: int = 1) -> None:
    """Finish a step of a claimed job."""
    StepStore(runtime.database, runtime.storage, job).save(key, perform(key, int), units)


def counted_jobs(database: Database, job: Job) -> int:
    """Return how often a job stands in the ledger."""
    return sum(row["jobs"] for row in ledger.ledger_rows(database, job_id=job.id))


def messages(database: Database, job: Job) -> list[str]:
    """Return what the log of a job says."""
    return [line.message for line in job_log.job_log(database, job.id)]
