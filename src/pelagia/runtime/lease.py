"""What keeps the jobs of a worker its own: a thread that extends their leases and sees when one is lost, or silent."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from pelagia.core.errors import PelagiaError
from pelagia.runtime import worker_beats
from pelagia.runtime.database import Database
from pelagia.runtime.jobs import Job
from pelagia.runtime.logging import get_logger
from pelagia.runtime.owner import this_process
from pelagia.runtime.queue import extend_leases, standing

# How often a worker looks whether one of its jobs was stopped or taken over.
LOOK_S = 0.4
EXTENSIONS_PER_LEASE = 3
RAN_OUT = "lease ran out"
TAKEN_OVER = "taken over"


@dataclass(slots=True)
class _Held:
    job: Job
    until: float
    done_steps: int
    # When a step was finished last, and until when that is known.
    moved_at: float
    seen_at: float
    lost: str = ""


class Leases:
    """Extends the leases of jobs, in a thread of its own, for the length of a ``with`` block.

    A database that does not answer for a while is asked again; only when the lease has run out in the meantime does the
    job count as lost, since another worker may have it by then.

    Parameters
    ----------
    database
        Where the jobs are.
    lease_s
        How long a lease lasts.
    """

    def __init__(self, database: Database, lease_s: float) -> None:
        self._database = database
        self._lease_s = lease_s
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)
        self._is_silent = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def hold(self, job: Job) -> None:
        """Keep a job that has just been claimed."""
        with self._lock:
            now = time.monotonic()
            self._held[job.id] = _Held(job, now + self._lease_s, job.done_steps, moved_at=now, seen_at=now)

    def drop(self, job: Job) -> None:
        """Let go of a job."""
        with self._lock:
            self._held.pop(job.id, None)

    def lost(self, job: Job) -> str:
        """Return why a job is no longer ours: its state, that it was taken over, that time ran out; empty if it is."""
        with self._lock:
            held = self._held.get(job.id)
            if held is None:
                return TAKEN_OVER
            return held.lost or (RAN_OUT if time.monotonic() > held.until else "")

    def silent_s(self, job: Job) -> float:
        """Return for how many seconds a job has finished no step, as far as the database could be asked."""
        with self._lock:
            held = self._held.get(job.id)
            return 0.0 if held is None else max(0.0, held.seen_at - held.moved_at)

    def _run(self) -> None:
        extended = beaten = 0.0
        while not self._ended.wait(LOOK_S):
            now = time.monotonic()
            try:
                self._look()
                if now - extended >= self._lease_s / EXTENSIONS_PER_LEASE:
                    self._extend()
                    extended = now
                if now - beaten >= worker_beats.BEAT_S:
                    worker_beats.beat(self._database, this_process(), jobs=len(self._held))
                    beaten = now
            except Exception as error:
                # Whatever it was: without this thread the worker would lose every job it claims.
                if not self._is_silent:
                    reason = error.what if isinstance(error, PelagiaError) else repr(error)
                    get_logger().warning("leases cannot be extended", reason=reason)
                self._is_silent = True
            else:
                self._is_silent = False

    def _look(self) -> None:
        """See whether the jobs are ours, and for how long: what the database says counts, not when it was asked."""
        jobs = self._jobs()
        if not jobs:
            return
        before = time.monotonic()
        found = standing(self._database, jobs)
        with self._lock:
            for job in jobs:
                held = self._held.get(job.id)
                if held is None or held.job.attempt != job.attempt:
                    continue
                stands = found.get(job.id)
                if stands is None or stands.state != "running":
                    held.lost = TAKEN_OVER if stands is None else stands.state
                    continue
                held.until, held.seen_at = before + stands.left_s, before
                if held.done_steps != stands.done_steps:
                    held.done_steps, held.moved_at = stands.done_steps, before

    def _extend(self) -> None:
        jobs = self._jobs()
        if jobs:
            extend_leases(self._database, jobs, self._lease_s)
            self._look()

    def _jobs(self) -> list[Job]:
        with self._lock:
            return [held.job for held in self._held.values() if not held.lost]
