"""The life of a job: made, started, ended, started again.

A job is ``queued``, then ``running``, and then ``succeeded``, ``failed`` or ``cancelled``; the last two, and a job
whose process died, can be started again and go on where they stood. Each start raises the attempt number. A process
may commit only under the number it started with, so one that was superseded can do no harm.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pelagia.core.errors import Conflict
from pelagia.runtime import job_log, ledger
from pelagia.runtime.database import Database
from pelagia.runtime.jobs import Job, Kind, State, account_of, find_job, hash_request, job_of_row, no_such_job
from pelagia.runtime.outward import FAULTS_OF_THE_PROGRAM, outward
from pelagia.runtime.owner import describe, is_alive, is_elsewhere, this_process
from pelagia.runtime.tables import JOBS, utc_now

ID_LENGTH = 12
# Whether a process on another machine lives cannot be seen; this long without a finished step, it is taken for dead.
SILENT_AFTER = dt.timedelta(minutes=10)


Lane = Literal["interactive", "batch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """What the ledger says of who used a service; nothing in it names a person.

    Parameters
    ----------
    subject
        A keyed pseudonym: ``u:…`` of an account, ``v:…`` of a visit.
    affiliation
        The institute, as declared.
    country, country_source
        ISO 3166-1 alpha-2, and where it is known from: ``declared`` or the package that looked it up.
    is_staff
        Whether the person works for the installation.
    """

    subject: str | None = None
    affiliation: str | None = None
    country: str | None = None
    country_source: str | None = None
    is_staff: bool = False


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
    asker, title
        Who asked, and what they call it.
    lane
        Of the queue; ``None`` for a job that its own process runs.
    wanted
        What shall be written of the result, for the worker.
    client_key
        The same key is the same job.
    installation
        What it counts for in reports, where that is not the whole service.
    user
        What its ledger rows say of who used it.
    """

    request: Mapping[str, Any]
    estimate: Mapping[str, Any]
    unit: str
    kind: Kind
    route: str
    is_test: bool = False
    generation: int = 0
    asker: str = ""
    title: str = ""
    lane: Lane | None = None
    wanted: Mapping[str, Any] | None = None
    client_key: str | None = None
    installation: str = ""
    user: User = field(default_factory=User)


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
        "asker": new.asker,
        "title": new.title,
        "lane": new.lane,
        "wanted": sa.null() if new.wanted is None else dict(new.wanted),
        "client_key": new.client_key,
        "tries": 0,
        "installation": new.installation or new.request["service"],
        **asdict(new.user),
    }
    with database.write() as connection:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        added = connection.execute(insert(JOBS).values(row).on_conflict_do_nothing().returning(JOBS.c.id)).first()
        if added is not None and new.lane is not None:
            job_log.append(connection, job_id, "Waiting for its turn")
        if new.client_key is not None:
            job_id = connection.execute(sa.select(JOBS.c.id).where(JOBS.c.client_key == new.client_key)).scalar_one()
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
            raise no_such_job(job_id)
        _refuse_if_taken(row)
        start(connection, row, {"now": row["now"]})
    return find_job(database, job_id)


def start(connection: sa.Connection, row: sa.RowMapping, more: Mapping[str, Any]) -> None:
    """Start the job of a row under a new attempt number, inside the transaction that chose it.

    Parameters
    ----------
    connection
        That transaction.
    row
        The job as it stands.
    more
        ``now``, the time of the database, and further columns to set.
    """
    job = job_of_row(row)
    if job.attempt == 0:
        ledger.insert_ingest(connection, account_of(job), job.total_units)
    else:
        ledger.take_back_end(connection, job.id)
    now = more["now"]
    started = {
        "state": "running",
        "attempt": job.attempt + 1,
        "owner": this_process(),
        "started_at": job.started_at or now,
        "beat_at": now,
        "finished_at": None,
        "error": sa.null(),
        **{name: value for name, value in more.items() if name != "now"},
    }
    connection.execute(sa.update(JOBS).where(JOBS.c.id == job.id).values(started))
    job_log.append(connection, job.id, _start_words(job))


def _start_words(job: Job) -> str:
    if job.attempt == 0:
        return "Started"
    done = f"; {job.done_units:,} of {job.total_units:,} are done" if job.done_units else ""
    return ("Went on after an interruption" if job.state == "running" else "Started again") + done


def _refuse_if_taken(row: sa.RowMapping) -> None:
    if row["state"] == "succeeded":
        raise Conflict(
            "The job is finished", value=row["id"], remedy="Make a new run; on the command line with --force."
        )
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
    if row["lease_until"] is not None and row["lease_until"] < row["now"]:
        return False
    if is_elsewhere(row["owner"]):
        return row["lease_until"] is not None or bool(row["now"] - row["beat_at"] < SILENT_AFTER)
    return is_alive(row["owner"])


def finish_job(
    database: Database,
    job: Job,
    state: Literal["succeeded", "failed", "cancelled"],
    *,
    error: Mapping[str, str] | None = None,
    output: Mapping[str, Any] | None = None,
    objects: int = 0,
) -> bool:
    """End a job; return whether this process still had the say over it.

    Parameters
    ----------
    database
        Where it is.
    job
        The job as it was claimed.
    state
        How it ended.
    error
        Why, as JSON, where it failed.
    output
        What was written of its result, as JSON.
    objects
        How many objects its result has, for the ledger.
    """
    with database.write() as connection:
        return end(connection, job, state, error=error, output=output, objects=objects)


def end(
    connection: sa.Connection,
    job: Job,
    state: Literal["succeeded", "failed", "cancelled"],
    *,
    error: Mapping[str, str] | None = None,
    output: Mapping[str, Any] | None = None,
    objects: int = 0,
) -> bool:
    """End a job as :func:`finish_job` does, inside a transaction."""
    mine = (JOBS.c.id == job.id) & (JOBS.c.attempt == job.attempt) & (JOBS.c.state == "running")
    ended = _ended(state, error) | ({} if output is None else {"output": dict(output)})
    if connection.execute(sa.update(JOBS).where(mine).values(ended)).rowcount != 1:
        return False
    _note_end(connection, job, state, error=error, objects=objects)
    return True


def _note_end(
    connection: sa.Connection,
    job: Job,
    state: Literal["succeeded", "failed", "cancelled"],
    *,
    error: Mapping[str, str] | None = None,
    objects: int = 0,
) -> None:
    """Put the end of a job into the ledger and into its log."""
    ledger.insert_end(connection, account_of(job), attempt=job.attempt, outcome=state, objects=objects)
    words, level = _end_words(state, error, job.id)
    job_log.append(connection, job.id, words, level)


def _ended(state: State, error: Mapping[str, str] | None) -> dict[str, Any]:
    return {
        "state": state,
        "finished_at": utc_now(),
        "error": sa.null() if error is None else dict(error),
        "lease_until": None,
        "not_before": None,
    }


def _end_words(state: State, error: Mapping[str, str] | None, job_id: str) -> tuple[str, job_log.LogLevel]:
    """Return what the log says of an end; people outside read it: a fault of the program is in the error alone."""
    if state == "succeeded":
        return "Finished", "info"
    if state == "cancelled":
        return "Stopped on request; what was done is kept", "warning"
    shown = error or {}
    if shown.get("code") in FAULTS_OF_THE_PROGRAM:
        shown = outward(shown, run=job_id)
    told = [text.rstrip(".") for text in (shown.get("what"), shown.get("remedy")) if text]
    return f"Failed: {'. '.join(told)}", "error"


def cancel_job(database: Database, job_id: str) -> Job:
    """Stop a job; its process notices within seconds or at its next finished step.

    Raises
    ------
    Conflict
        Where it has ended already.
    """
    job = find_job(database, job_id)
    if job.state in ("queued", "running") and _cancel(database, job):
        return find_job(database, job.id)
    state = find_job(database, job_id).state
    if state in ("queued", "running"):
        # It was started, or given back, between two looks.
        return cancel_job(database, job_id)
    raise Conflict(f"The job has {_ended_words(state)} already", value=job.id, remedy="There is nothing to stop.")


def _cancel(database: Database, job: Job) -> bool:
    """Stop a job if it still stands as it was read; one that never started is not counted."""
    if job.state == "running":
        return finish_job(database, job, "cancelled")
    with database.write() as connection:
        waiting = (JOBS.c.id == job.id) & (JOBS.c.state == "queued") & (JOBS.c.attempt == job.attempt)
        if connection.execute(sa.update(JOBS).where(waiting).values(_ended("cancelled", None))).rowcount != 1:
            return False
        if job.attempt:
            _note_end(connection, job, "cancelled")
        else:
            job_log.append(connection, job.id, _end_words("cancelled", None, job.id)[0], "warning")
    return True


def _ended_words(state: State) -> str:
    return {"cancelled": "been stopped"}.get(state, state)


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
    return [job_of_row(row) for row in rows]
