"""Jobs as they stand in the database: one row each."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import sqlalchemy as sa

from pelagia.core.errors import NotFound
from pelagia.runtime import ledger
from pelagia.runtime.database import Database
from pelagia.runtime.owner import is_alive, is_elsewhere
from pelagia.runtime.tables import JOBS, STEPS, utc_now

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Kind = Literal["try-out", "analysis", "training", "local"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it stands in the database."""

    id: str
    request_hash: str
    generation: int
    service: str
    service_version: str
    kind: Kind
    route: str
    is_test: bool
    target: str
    request: Mapping[str, Any]
    estimate: Mapping[str, Any]
    unit: str
    state: State
    attempt: int
    owner: str | None
    done_steps: int
    done_units: int
    error: Mapping[str, str] | None
    output: Mapping[str, Any] | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    beat_at: dt.datetime | None
    finished_at: dt.datetime | None
    cleaned_at: dt.datetime | None
    asker: str
    title: str
    lane: str | None
    wanted: Mapping[str, Any] | None
    client_key: str | None
    lease_until: dt.datetime | None
    tries: int
    not_before: dt.datetime | None
    installation: str
    subject: str | None
    affiliation: str | None
    country: str | None
    country_source: str | None
    is_staff: bool

    @property
    def total_steps(self) -> int:
        """How many steps it will have, by its estimate."""
        return int(self.estimate["steps"])

    @property
    def total_units(self) -> int:
        """How many units it will use, by its estimate."""
        return int(self.estimate["units"])

    @property
    def is_abandoned(self) -> bool:
        """Whether it says it is running, but its process on this machine is gone."""
        is_ours = self.state == "running" and self.owner is not None and not is_elsewhere(self.owner)
        return is_ours and not is_alive(self.owner or "")


def hash_request(request: Mapping[str, Any]) -> str:
    """Return what equal requests have in common: the SHA-256 of the request as sorted JSON."""
    return sha256(_sorted_json(request).encode()).hexdigest()


def account_of(job: Job) -> ledger.Account:
    """Return what the ledger says of a job."""
    models = job.request.get("models", {})
    return ledger.Account(
        job_id=job.id,
        service=job.service,
        service_version=job.service_version,
        models=", ".join(sorted(f"{model['name']}@{model['version']}" for model in models.values())),
        kind=job.kind,
        route=job.route,
        unit=job.unit,
        bytes=int(job.estimate["bytes"]),
        is_test=job.is_test,
        installation=job.installation or job.service,
        subject=job.subject,
        affiliation=job.affiliation,
        country=job.country,
        country_source=job.country_source,
        is_staff=job.is_staff,
    )


def find_job(database: Database, job_id: str) -> Job:
    """Return a job by its id, or by the first characters of it.

    Raises
    ------
    NotFound
        Where none, or more than one, has such an id.
    """
    with database.read() as connection:
        matching = JOBS.c.id.startswith(job_id, autoescape=True)
        rows = connection.execute(sa.select(JOBS).where(matching).limit(2)).mappings().all()
    if len(rows) != 1:
        raise no_such_job(job_id)
    return job_of_row(rows[0])


def no_such_job(job_id: str) -> NotFound:
    """Return the error for a job that does not exist."""
    return NotFound("There is no such job", value=job_id, remedy="pelagia jobs lists them.")


def list_jobs(database: Database, *, limit: int = 50, state: State | None = None) -> list[Job]:
    """Return jobs, the newest first."""
    query = sa.select(JOBS).order_by(JOBS.c.created_at.desc(), JOBS.c.id).limit(limit)
    if state is not None:
        query = query.where(JOBS.c.state == state)
    with database.read() as connection:
        return [job_of_row(row) for row in connection.execute(query).mappings()]


def generations(database: Database, request_hash: str) -> list[Job]:
    """Return the jobs of one request, the newest generation first."""
    query = sa.select(JOBS).where(JOBS.c.request_hash == request_hash).order_by(JOBS.c.generation.desc())
    with database.read() as connection:
        return [job_of_row(row) for row in connection.execute(query).mappings()]


def note_output(database: Database, job: Job, output: Mapping[str, Any]) -> None:
    """Keep what was written into the target of a job; from now on it is this job's and no other's."""
    others = (JOBS.c.target == job.target) & (JOBS.c.id != job.id)
    with database.write() as connection:
        connection.execute(sa.update(JOBS).where(others).values(output=sa.null()))
        connection.execute(sa.update(JOBS).where(JOBS.c.id == job.id).values(output=dict(output)))


def forget_steps(database: Database, job_id: str) -> None:
    """Delete the finished steps of a job; the job and its ledger rows stay."""
    with database.write() as connection:
        connection.execute(sa.delete(STEPS).where(STEPS.c.job_id == job_id))
        connection.execute(sa.update(JOBS).where(JOBS.c.id == job_id).values(cleaned_at=utc_now()))


def _sorted_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def job_of_row(row: sa.RowMapping) -> Job:
    """Return the job of a row of the table."""
    return Job(**{column.name: row[column.name] for column in JOBS.columns})
