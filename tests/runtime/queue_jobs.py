"""Jobs for the tests of the queue: rows that wait, without files or steps behind them."""

from __future__ import annotations

from typing import Any

from pelagia.runtime.database import Database
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.lifecycle import Lane, NewJob, create_job

ESTIMATE = {"steps": 10, "units": 100, "bytes": 1000, "understood": {}, "issues": []}


def queued(database: Database, name: str, *, asker: str = "account:a", lane: Lane = "interactive", **more: Any) -> Job:
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
