"""Figures of the whole installation, read from the database: the queue, its workers, the ledger.

They are the same whichever process is asked. What a figure costs the database is bounded: one that took long to read
is kept for longer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from pelagia.runtime.database import Database
from pelagia.runtime.queue_events import event_counts
from pelagia.runtime.tables import JOBS, LEDGER, USAGE_DAILY, utc_now
from pelagia.runtime.worker_beats import WorkerBeat, worker_beats

KEEP_S = 5.0
# At most this share of the time goes into reading figures.
SHARE = 0.05
# The lane of a job that its own process runs.
OWN_PROCESS = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures at one time.

    Parameters
    ----------
    jobs
        (state, lane) → how many jobs.
    oldest_s
        Lane → for how many seconds its oldest job waits.
    steps
        Service → steps finished.
    events
        What happened to the queue → how often: see :mod:`pelagia.runtime.queue_events`.
    units
        (service, unit, kind, route, whether a test) → units processed.
    ledger_lag_units
        Units that the ledger has of today and the daily sums have not; 0 where all is well.
    ledger_at
        Unix time of the latest entry of the ledger; 0 without any.
    workers
        The last sign of life of each worker.
    """

    jobs: Mapping[tuple[str, str], int]
    oldest_s: Mapping[str, float]
    steps: Mapping[str, int]
    events: Mapping[str, int]
    units: Mapping[tuple[str, str, str, str, bool], int]
    ledger_lag_units: int
    ledger_at: float
    workers: tuple[WorkerBeat, ...]


def read_figures(database: Database) -> Figures:
    """Read all figures.

    Raises
    ------
    Unavailable
        Where the database does not answer.
    """
    with database.read() as connection:
        lag, at = _ledger(connection)
        return Figures(
            jobs=_jobs(connection),
            oldest_s=_oldest(connection),
            steps=_steps(connection),
            events=event_counts(connection),
            units=_units(connection),
            ledger_lag_units=lag,
            ledger_at=at,
            workers=tuple(worker_beats(connection)),
        )


@dataclass(slots=True)
class KeptFigures:
    """Figures read at most every few seconds, whoever asks how often.

    Parameters
    ----------
    database
        Of the installation.
    keep_s
        For how long they are kept at least.
    """

    database: Database
    keep_s: float = KEEP_S
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _figures: Figures | None = None
    _until: float = 0.0

    def read(self) -> Figures:
        """Return the figures, a few seconds old at most.

        Raises
        ------
        Unavailable
            Where the database does not answer.
        """
        with self._lock:
            start = time.monotonic()
            if self._figures is None or start >= self._until:
                self._figures = read_figures(self.database)
                end = time.monotonic()
                self._until = end + max(self.keep_s, (end - start) / SHARE)
            return self._figures


def _jobs(connection: sa.Connection) -> dict[tuple[str, str], int]:
    query = sa.select(JOBS.c.state, JOBS.c.lane, sa.func.count()).group_by(JOBS.c.state, JOBS.c.lane)
    return {(state, lane or OWN_PROCESS): int(number) for state, lane, number in connection.execute(query)}


def _oldest(connection: sa.Connection) -> dict[str, float]:
    waiting = (JOBS.c.state == "queued") & JOBS.c.lane.is_not(None)
    query = sa.select(JOBS.c.lane, sa.func.min(JOBS.c.created_at), utc_now()).where(waiting).group_by(JOBS.c.lane)
    return {lane: max(0.0, (now - since).total_seconds()) for lane, since, now in connection.execute(query)}


def _steps(connection: sa.Connection) -> dict[str, int]:
    query = sa.select(JOBS.c.service, sa.func.sum(JOBS.c.done_steps)).group_by(JOBS.c.service)
    return {service: int(number) for service, number in connection.execute(query)}


def _units(connection: sa.Connection) -> dict[tuple[str, str, str, str, bool], int]:
    names = [USAGE_DAILY.c[name] for name in ("service", "unit", "kind", "route", "is_test")]
    query = sa.select(*names, sa.func.sum(USAGE_DAILY.c.units).label("units")).group_by(*names)
    return {
        (row.service, row.unit, row.kind, row.route, bool(row.is_test)): int(row.units)
        for row in connection.execute(query)
    }


def _ledger(connection: sa.Connection) -> tuple[int, float]:
    now = connection.execute(sa.select(utc_now())).scalar_one()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    written = sa.select(sa.func.coalesce(sa.func.sum(LEDGER.c.units), 0)).where(LEDGER.c.at >= midnight)
    added = sa.select(sa.func.coalesce(sa.func.sum(USAGE_DAILY.c.units), 0)).where(USAGE_DAILY.c.day >= midnight.date())
    # In one statement, so that both see the same moment on every database.
    both = connection.execute(sa.select(written.scalar_subquery(), added.scalar_subquery())).one()
    latest = connection.execute(sa.select(sa.func.max(LEDGER.c.at))).scalar()
    return int(both[0]) - int(both[1]), latest.timestamp() if latest else 0.0
