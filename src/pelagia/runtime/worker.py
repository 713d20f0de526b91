"""A worker: takes jobs from the queue and has each done in a process of its own."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from pelagia.core.errors import PelagiaError
from pelagia.runtime import worker_beats
from pelagia.runtime.database import Database
from pelagia.runtime.faults import Fault, no_progress
from pelagia.runtime.jobs import Job
from pelagia.runtime.lease import Leases
from pelagia.runtime.lifecycle import Lane
from pelagia.runtime.logging import get_logger
from pelagia.runtime.owner import this_process
from pelagia.runtime.queue import LANES, claim_next, count_waiting, end_with_fault, give_back
from pelagia.runtime.worker_process import Assignment, Equipment, WorkerProcess

# How often a worker with a free slot looks into the queue, and how soon again where the database does not answer.
LOOK_S = 0.2
LOOK_AGAIN_S = 2.0
# A process that reported success is given so long to say so before it is replaced.
LAST_WORDS_S = 10.0
# After a process died in idleness, so long until the next is started.
REST_S = 2.0
INLINE = "inline"


@dataclass(slots=True)
class _Slot:
    """Room for one job: the process that does it, and the job."""

    lanes: tuple[Lane, ...]
    process: WorkerProcess | None = None
    job: Job | None = None
    since: float = 0.0
    fault: Fault | None = None
    lost_at: float | None = None
    rests_until: float = 0.0


@dataclass(slots=True)
class Worker:
    """Takes jobs from the queue, as many at once as it has slots.

    With two slots or more, the first is kept for short work, so that this never waits for long work.

    Parameters
    ----------
    database
        Where the queue is.
    equipment
        What the processes that do the jobs are given.
    slots
        How many jobs are done at once.
    """

    database: Database
    equipment: Equipment
    slots: int
    _stopping: threading.Event = field(default_factory=threading.Event)
    _rooms: list[_Slot] = field(default_factory=list)
    _looks_again_at: float = 0.0

    def stop(self) -> None:
        """Take no more jobs, and give back those at work; may be called from a signal handler."""
        self._stopping.set()

    def run(self, *, once: bool = False) -> None:
        """Work until :meth:`stop`.

        Parameters
        ----------
        once
            End when nothing waits and nothing is at work.
        """
        self._rooms = [_Slot(lanes=LANES) for _ in range(self.slots)]
        if self.slots > 1:
            self._rooms[0].lanes = ("interactive",)
        lease_s = self.equipment.settings.lease_s
        with Leases(self.database, lease_s) as leases:
            try:
                while not self._stopping.is_set():
                    for slot in self._rooms:
                        self._settle(slot, leases)
                    self._fill(leases)
                    if once and self._is_idle():
                        return
                    self._wait()
            finally:
                self._close(leases)

    def _settle(self, slot: _Slot, leases: Leases) -> None:
        """See what became of the process and the job of a slot."""
        process, job = slot.process, slot.job
        if process is None:
            return
        if job is None:
            if not process.is_alive:
                get_logger().warning("process died in idleness", reason=process.cause_of_death().error["value"])
                self._replace(slot, rest_s=REST_S)
            return
        if slot.fault is None:
            is_alive = process.is_alive
            report = process.report()
            if report is not None and report.fault is None:
                self._free(slot, job, leases, "job done")
                return
            slot.fault = report.fault if report is not None else None if is_alive else process.cause_of_death()
        if slot.fault is not None:
            self._settle_fault(slot, job, slot.fault, leases)
            return
        why = leases.lost(job)
        if why and not self._awaits_last_words(slot, why):
            self._replace(slot)
            self._free(slot, job, leases, "job left", reason=why)
        elif not why and 0 < self.equipment.settings.step_s < leases.silent_s(job):
            self._replace(slot)
            slot.fault = no_progress(self.equipment.settings.step_s)

    def _settle_fault(self, slot: _Slot, job: Job, fault: Fault, leases: Leases) -> None:
        """Record what a job met; where the database does not answer, try again at the next look."""
        if slot.process is not None and not slot.process.is_alive:
            self._replace(slot)
        try:
            end_with_fault(self.database, job, fault, time.monotonic() - slot.since)
        except PelagiaError:
            if not leases.lost(job):
                return
        self._free(slot, job, leases, "job met a fault", code=fault.error["code"], passes=fault.passes)

    def _awaits_last_words(self, slot: _Slot, why: str) -> bool:
        """Whether a job has just succeeded, and its process is about to say so."""
        slot.lost_at = slot.lost_at or time.monotonic()
        return why == "succeeded" and time.monotonic() - slot.lost_at < LAST_WORDS_S

    def _free(self, slot: _Slot, job: Job, leases: Leases, event: str, **more: object) -> None:
        get_logger().info(
            event, job=job.id, attempt=job.attempt, seconds=round(time.monotonic() - slot.since, 3), **more
        )
        leases.drop(job)
        slot.job = slot.fault = slot.lost_at = None
        if slot.process is not None and slot.process.is_worn:
            self._replace(slot)

    def _replace(self, slot: _Slot, rest_s: float = 0.0) -> None:
        """End the process of a slot; a fresh one stands ready at the next look."""
        if slot.process is not None:
            slot.process.kill()
        slot.process = None
        slot.rests_until = time.monotonic() + rest_s

    def _fill(self, leases: Leases) -> None:
        """Give every free slot a process, and a job if one waits."""
        nothing: set[Lane] = set()
        for slot in self._rooms:
            if slot.process is None and time.monotonic() >= slot.rests_until:
                slot.process = WorkerProcess(self.equipment)
            if slot.job is not None or slot.process is None or nothing.issuperset(slot.lanes):
                continue
            job = self._claim(slot, leases)
            if job is None:
                nothing.update(slot.lanes)
            else:
                self._begin(slot.process, job)

    def _claim(self, slot: _Slot, leases: Leases) -> Job | None:
        if time.monotonic() < self._looks_again_at:
            return None
        try:
            job = claim_next(self.database, slot.lanes, self.equipment.settings.lease_s)
        except PelagiaError as error:
            if not self._looks_again_at:
                get_logger().warning("queue cannot be read", reason=error.what)
            self._looks_again_at = time.monotonic() + LOOK_AGAIN_S
            return None
        self._looks_again_at = 0.0
        if job is not None:
            leases.hold(job)
            slot.job, slot.since = job, time.monotonic()
        return job

    def _begin(self, process: WorkerProcess, job: Job) -> None:
        settings = self.equipment.settings
        get_logger().info("job claimed", job=job.id, service=job.service, lane=job.lane, attempt=job.attempt)
        # After a fault, with fewer processes: most often it was memory. Short work is not worth starting any.
        workers = max(1, settings.workers >> job.tries)
        is_short = job.lane == "interactive" or (workers == 1 and settings.executor == "processes")
        process.begin(Assignment(job=job, executor=INLINE if is_short else settings.executor, workers=workers))

    def _is_idle(self) -> bool:
        if any(slot.job is not None for slot in self._rooms):
            return False
        with contextlib.suppress(PelagiaError):
            return not count_waiting(self.database)
        return False

    def _wait(self) -> None:
        """Wait until a process has something to say, or it is time to look into the queue again."""
        wait([one for slot in self._rooms if slot.process is not None for one in slot.process.waits_on], LOOK_S)

    def _close(self, leases: Leases) -> None:
        """End all processes and give back what they had at work."""
        for slot in self._rooms:
            if slot.process is not None:
                slot.process.kill()
            if slot.job is not None:
                leases.drop(slot.job)
                # Where that fails, the next worker sees that this one is gone.
                with contextlib.suppress(PelagiaError):
                    give_back(self.database, slot.job)
                    get_logger().info("job given back", job=slot.job.id)
        with contextlib.suppress(PelagiaError):
            worker_beats.leave(self.database, this_process())
