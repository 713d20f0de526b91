"""Jobs: one row each, from the request to its end.

A job is ``running``, and then ``succeeded``, ``failed`` or ``cancelled``; the last two, and a job whose process died,
can be started again and go on where they stood. Each start raises the attempt number. A process may commit only
under the number it started with, so one that was superseded can do no harm.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pelagia.core.errors import Conflict, NotFound
from pelagia.runtime import ledger
from pelagia.runtime.database import Database
from pelagia.runtime.owner import describe, is_alive, is_elsewhere, this_process
from pelagia.runtime.tables import JOBS, STEPS, utc_now

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Kind = Literal["try-out", "analysis", "training", "local"]

ID_LENGTH = 12
# Whether a process on another machine lives cannot be seen; this long without a finished step, it is taken for dead.
SILENT_AFTER = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What is known of a job before it exists.

    Parameters
    ----------
    request
        The request as JSON, without secrets: service, version, inputs with their fingerprints, params, models, seed,
        target. Equal requests are one job.
    estimate
        What it will take, as JSON.
    unit
        What one use is called.
    kind, route
        For the ledger: what sort of use, and which way it came.
    is_test
        Whether it is counted apart from real use.
    generation
        0, or higher for a run asked for anew.
    """

    request: Mapping[str, Any]
    estimate: Mapping[str, Any]
    unit: str
    kind: Kind
    route: str
    is_test: bool = False
    generation: int = 0


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
    )


def create_job(database: Database, new: NewJob) -> Job:
    """Put a job into the database, or return the one that is there already."""
    request_hash = hash_request(new.request)
    job_id = sha256(f"{request_hash}:{new.generation}".encode()).hexdigest()[:ID_LENGTH]
    row = {
        "id": job_id,
        "request_hash": request_hash,
        "generation": new.generation,
        "service": new.request["service"],
        "service_version": new.request["service_version"],
        "kind": new.kind,
        "route": new.route,
        "is_test": new.is_test,
        "target": new.request["target"],
        "request": dict(new.request),
        "estimate": dict(new.estimate),
        "unit": new.unit,
        "state": "queued",
        "attempt": 0,
        "done_steps": 0,
        "done_units": 0,
        "created_at": utc_now(),
    }
    with database.write() as connection:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(JOBS).values(row).on_conflict_do_nothing())
    return find_job(database, job_id)


def claim_job(database: Database, job_id: str) -> Job:
    """Start a job, or start it again: from now on only this process may commit its steps.

    Raises
    ------
    Conflict
        Where a living process works on it, or it has succeeded.
    """
    with database.write() as connection:
        found = connection.execute(sa.select(JOBS, utc_now().label("now")).where(JOBS.c.id == job_id).with_for_update())
        row = found.mappings().one_or_none()
        if row is None:
            raise _no_such_job(job_id)
        _refuse_if_taken(row)
        if row["state"] in ("failed", "cancelled"):
            ledger.take_back_end(connection, job_id)
        started = {
            "state": "running",
            "attempt": row["attempt"] + 1,
            "owner": this_process(),
            "started_at": row["started_at"] or row["now"],
            "beat_at": row["now"],
            "finished_at": None,
            "error": sa.null(),
        }
        connection.execute(sa.update(JOBS).where(JOBS.c.id == job_id).values(started))
    return find_job(database, job_id)


def _refuse_if_taken(row: sa.RowMapping) -> None:
    if row["state"] == "succeeded":
        raise Conflict("The job is finished", value=row["id"], remedy="Use --force to run it anew.")
    if _is_worked_on(row) and row["owner"] != this_process():
        raise Conflict(
            "A job for the same place is running",
            value=f"job {row['id']}, {describe(row['owner'])}",
            remedy=f"Wait for it, or stop it with: pelagia jobs cancel {row['id']}",
        )


def _is_worked_on(row: sa.RowMapping) -> bool:
    """Whether a living process works on a job; ``row`` has the time of the database as ``now``."""
    if row["state"] != "running" or row["owner"] is None:
        return False
    if is_elsewhere(row["owner"]):
        return bool(row["now"] - row["beat_at"] < SILENT_AFTER)
    return is_alive(row["owner"])


def finish_job(
    database: Database,
    job: Job,
    state: Literal["succeeded", "failed", "cancelled"],
    *,
    error: Mapping[str, str] | None = None,
) -> bool:
    """End a job; return whether this process still had the say over it.

    Parameters
    ----------
    job
        The job as it was claimed.
    state
        How it ended.
    error
        Why, as JSON, where it failed.
    """
    ended = {"state": state, "finished_at": utc_now(), "error": sa.null() if error is None else dict(error)}
    mine = (JOBS.c.id == job.id) & (JOBS.c.attempt == job.attempt) & (JOBS.c.state == "running")
    with database.write() as connection:
        if connection.execute(sa.update(JOBS).where(mine).values(ended)).rowcount != 1:
            return False
        ledger.insert_end(connection, account_of(job), attempt=job.attempt, outcome=state)
    return True


def cancel_job(database: Database, job_id: str) -> Job:
    """Ask a job to stop; its process notices within seconds or at its next finished step.

    Raises
    ------
    Conflict
        Where it has ended already.
    """
    job = find_job(database, job_id)
    if job.state not in ("queued", "running"):
        raise Conflict(
            f"The job has {_ended_words(job.state)} already", value=job.id, remedy="There is nothing to stop."
        )
    if job.state == "running":
        finish_job(database, job, "cancelled")
    else:
        waiting = (JOBS.c.id == job.id) & (JOBS.c.state == "queued")
        with database.write() as connection:
            connection.execute(sa.update(JOBS).where(waiting).values(state="cancelled", finished_at=utc_now()))
    return find_job(database, job.id)


def _ended_words(state: State) -> str:
    return {"cancelled": "been stopped"}.get(state, state)


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
        raise _no_such_job(job_id)
    return _job(rows[0])


def _no_such_job(job_id: str) -> NotFound:
    return NotFound("There is no such job", value=job_id, remedy="pelagia jobs lists them.")


def list_jobs(database: Database, *, limit: int = 50, state: State | None = None) -> list[Job]:
    """Return jobs, the newest first."""
    query = sa.select(JOBS).order_by(JOBS.c.created_at.desc(), JOBS.c.id).limit(limit)
    if state is not None:
        query = query.where(JOBS.c.state == state)
    with database.read() as connection:
        return [_job(row) for row in connection.execute(query).mappings()]


def generations(database: Database, request_hash: str) -> list[Job]:
    """Return the jobs of one request, the newest generation first."""
    query = sa.select(JOBS).where(JOBS.c.request_hash == request_hash).order_by(JOBS.c.generation.desc())
    with database.read() as connection:
        return [_job(row) for row in connection.execute(query).mappings()]


def jobs_into(database: Database, target: str) -> list[Job]:
    """Return the jobs whose result stands or shall stand in a folder, the latest started first.

    Raises
    ------
    Conflict
        Where one of them is running.
    """
    query = sa.select(JOBS, utc_now().label("now")).where(JOBS.c.target == target)
    with database.read() as connection:
        rows = connection.execute(query.order_by(JOBS.c.started_at.desc(), JOBS.c.created_at.desc())).mappings().all()
    for row in rows:
        if row["state"] == "running":
            _refuse_if_taken(row)
    return [_job(row) for row in rows]


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


def _job(row: sa.RowMapping) -> Job:
    return Job(**{column.name: row[column.name] for column in JOBS.columns})
