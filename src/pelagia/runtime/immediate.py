"""Short work done at once: its steps are kept in memory, its job is written down whole when it has ended.

A job in the queue leaves a row for each step, so that it can go on after a crash. Work of a few milliseconds is done
again instead; its row, what its steps used and its end are committed in one transaction, together with those of other
work that ended at the same time. Nothing is answered before that.
"""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from pelagia.core.errors import Conflict
from pelagia.runtime import ledger
from pelagia.runtime.daily import add_to_daily
from pelagia.runtime.database import Database
from pelagia.runtime.jobs import hash_request
from pelagia.runtime.lifecycle import NewJob
from pelagia.runtime.perform import perform
from pelagia.runtime.tables import JOBS, LEDGER, utc_now
from pelagia.runtime.values import decoded

ATTEMPT = 1


def new_job_id() -> str:
    """Return the id of a job that is not yet written down: rising with time, so that indexes grow at their end."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedStep:
    """What a finished step used."""

    key: str
    units: int
    seconds: float


class MemorySteps:
    """The :class:`pelagia.core.service.Steps` of short work: done in this process, kept nowhere.

    Parameters
    ----------
    workdir
        The folder for its files; made when first asked for.
    """

    def __init__(self, workdir: Path) -> None:
        self._workdir = workdir
        self._has_files = False
        self._used: set[str] = set()
        self.finished: list[UsedStep] = []

    @property
    def workdir(self) -> Path:
        """The folder for files of this job."""
        if not self._has_files:
            self._workdir.mkdir(parents=True)
            self._has_files = True
        return self._workdir

    def do(self, key: str, func: Callable[..., Any], *args: Any, units: int = 0) -> Any:
        """Run one step and return its value as it would be read back."""
        return self._done(key, lambda _value: units, func, *args)

    def map(
        self,
        key: str,
        func: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        units: Callable[[Any], int] | None = None,
    ) -> Iterator[Any]:
        """Run independent steps one after the other; yield their values in the order of the items."""
        for position, item in enumerate(items):
            yield self._done(f"{key}/{position}", units, func, item)

    def forget(self) -> None:
        """Remove its files."""
        if self._has_files:
            shutil.rmtree(self._workdir, ignore_errors=True)

    def _done(self, key: str, units: Callable[[Any], int] | None, func: Callable[..., Any], *args: Any) -> Any:
        if key in self._used:
            raise Conflict("A step's key was used twice in one run", value=key, remedy="Give each step its own.")
        self._used.add(key)
        performed = perform(key, func, *args)
        value = decoded(performed.encoded)
        used = 0 if units is None else int(units(value))
        if used < 0:
            raise ValueError(f"step {key!r} bills {used} units; units cannot be negative")
        self.finished.append(UsedStep(key=key, units=used, seconds=performed.seconds))
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Work that has ended, to be written down.

    Parameters
    ----------
    job_id
        From :func:`new_job_id`.
    new
        What a job of the queue would have been made of.
    steps
        The steps that were finished.
    state
        How it ended.
    seconds
        How long it took.
    error
        Why it failed, as JSON.
    objects
        How many objects its result has.
    """

    job_id: str
    new: NewJob
    steps: Sequence[UsedStep]
    state: Literal["succeeded", "failed"]
    seconds: float
    error: Mapping[str, str] | None = None
    objects: int = 0


def record_ended(database: Database, ended: Sequence[Ended]) -> None:
    """Write down jobs that have ended, with what they used, in one transaction.

    Parameters
    ----------
    database
        Of the installation.
    ended
        The jobs; each counts once, as one that went through the queue would.
    """
    with database.write() as connection:
        now: dt.datetime = connection.execute(sa.select(utc_now())).scalar_one()
        for state in ("succeeded", "failed"):
            rows = [_job_row(one, now) for one in ended if one.state == state]
            if rows:
                # NULL, not the JSON value null, which a row of parameters could not tell apart.
                empty = {"output": sa.null()} | ({"error": sa.null()} if state == "succeeded" else {})
                connection.execute(sa.insert(JOBS).values(empty), rows)
        # Nobody else can have written these rows: unlike `ledger.insert_rows`, this need not ask which are new.
        rows = [row for one in ended for row in _ledger_rows(one, now)]
        connection.execute(sa.insert(LEDGER), rows)
        add_to_daily(connection, rows)


def _job_row(one: Ended, now: dt.datetime) -> dict[str, Any]:
    new, started = one.new, now - dt.timedelta(seconds=one.seconds)
    row = {
        "id": one.job_id,
        "request_hash": hash_request(new.request),
        "generation": new.generation,
        "service": new.request["service"],
        "service_version": new.request["service_version"],
        "kind": new.kind,
        "route": new.route,
        "is_test": new.is_test,
        "target": new.request["target"],
        "request": new.request,
        "estimate": new.estimate,
        "unit": new.unit,
        "state": one.state,
        "attempt": ATTEMPT,
        "done_steps": len(one.steps),
        "done_units": sum(step.units for step in one.steps),
        "created_at": started,
        "started_at": started,
        "beat_at": now,
        "finished_at": now,
        # Values of steps were never kept.
        "cleaned_at": now,
        "asker": new.asker,
        "title": new.title,
        "lane": new.lane,
        "tries": 0,
        "installation": new.installation or new.request["service"],
        "subject": new.user.subject,
        "affiliation": new.user.affiliation,
        "country": new.user.country,
        "country_source": new.user.country_source,
        "is_staff": new.user.is_staff,
    }
    return row if one.error is None else {**row, "error": dict(one.error)}


def _ledger_rows(one: Ended, now: dt.datetime) -> Iterator[dict[str, Any]]:
    new, models, user = one.new, one.new.request["models"], one.new.user
    common = {
        **ledger.blank_row(),
        "at": now,
        "job_id": one.job_id,
        "service": new.request["service"],
        "service_version": new.request["service_version"],
        "models": ", ".join(sorted(f"{model['name']}@{model['version']}" for model in models.values())),
        "kind": new.kind,
        "route": new.route,
        "unit": new.unit,
        "is_test": new.is_test,
        "installation": new.installation or new.request["service"],
        "subject": user.subject,
        "affiliation": user.affiliation,
        "country": user.country,
        "country_source": user.country_source,
        "is_staff": user.is_staff,
    }
    ingested = int(new.estimate["units"])
    if ingested:
        key = f"{one.job_id}:ingest"
        yield {**common, "idempotency_key": key, "outcome": "ingested", "ingested": ingested}
    for step in one.steps:
        if step.units:
            key = f"{one.job_id}:step:{step.key}"
            used = {"units": step.units, "seconds": step.seconds}
            yield {**common, "idempotency_key": key, "outcome": "processed", **used}
    key, size = f"{one.job_id}:end:{ATTEMPT}", int(new.estimate["bytes"])
    yield {**common, "idempotency_key": key, "outcome": one.state, "jobs": 1, "bytes": size, "objects": one.objects}
