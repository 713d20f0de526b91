"""Following jobs: however many look at one, the database is asked once a moment for all of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Depends, Request

from pelagia.core.errors import TooMuch
from pelagia.orders.so_far import SoFar
from pelagia.runtime.job_log import LogLine
from pelagia.runtime.jobs import Job
from pelagia.runtime.runner import Runtime
from pelagia.runtime.watch import JobSnapshot, snapshot

# A short job is over soon; one that goes on need not be asked for so often.
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
MAX_STREAMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A job as it was seen last.

    Parameters
    ----------
    snapshot
        How it stood.
    log
        Its whole log.
    found
        What it has found so far, class → objects; empty where that cannot be told.
    """

    snapshot: JobSnapshot
    log: tuple[LogLine, ...]
    found: Mapping[str, int]


@dataclass
class _Poller:
    """Who looks at one job, and what was last seen of it."""

    latest: Seen | None = None
    error: Exception | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    followers: int = 0
    task: asyncio.Task[None] | None = None


class Following:
    """The jobs that are looked at; one of these for each process that serves.

    Parameters
    ----------
    runtime
        Where the jobs are.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._pollers: dict[str, _Poller] = {}
        self._streams: Counter[str] = Counter()

    @classmethod
    @asynccontextmanager
    async def open(cls, runtime: Runtime) -> AsyncIterator[Following]:
        """Follow jobs as long as the block lasts."""
        following = cls(runtime)
        try:
            yield following
        finally:
            await following._stop()

    async def seen(self, job_id: str) -> AsyncGenerator[Seen, None]:
        """Yield how a job stands, now and at each change, up to its end."""
        poller = self._pollers.setdefault(job_id, _Poller())
        poller.followers += 1
        if poller.task is None:
            poller.task = asyncio.create_task(self._poll(job_id, poller))
        last: Seen | None = None
        try:
            while last is None or not last.snapshot.has_ended:
                changed = poller.changed
                if poller.error is not None:
                    raise poller.error
                if poller.latest is None or poller.latest is last:
                    await changed.wait()
                    continue
                last = poller.latest
                yield last
        finally:
            poller.followers -= 1
            if not poller.followers:
                self._forget(job_id, poller)

    async def ended(self, job: Job, wait_s: float) -> Job:
        """Wait for a job to end, but not longer than so many seconds; return it as it stands then."""
        latest = job
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                async with contextlib.aclosing(self.seen(job.id)) as all_seen:
                    async for seen in all_seen:
                        latest = seen.snapshot.job
        return latest

    def require_stream(self, asker: str) -> None:
        """Check that somebody may open one more stream.

        Raises
        ------
        TooMuch
            Where they have too many open.
        """
        if self._streams[asker] >= MAX_STREAMS:
            raise TooMuch(
                f"Up to {MAX_STREAMS} streams may be open at once",
                remedy="Close some of the pages that show progress.",
                code="too-many-streams",
            )

    @contextlib.contextmanager
    def stream_of(self, asker: str) -> Iterator[None]:
        """Count an open stream of somebody."""
        self._streams[asker] += 1
        try:
            yield
        finally:
            self._streams[asker] -= 1
            if not self._streams[asker]:
                del self._streams[asker]

    def _forget(self, job_id: str, poller: _Poller) -> None:
        if poller.task is not None:
            poller.task.cancel()
        if self._pollers.get(job_id) is poller:
            del self._pollers[job_id]

    async def _poll(self, job_id: str, poller: _Poller) -> None:
        pause_s = FIRST_PAUSE_S
        so_far = SoFar(self._runtime)
        while poller.latest is None or not poller.latest.snapshot.has_ended:
            try:
                seen = await run_sync(self._look, job_id, poller.latest, so_far)
            except Exception as error:
                # Whatever it was, nobody may be left waiting.
                poller.error = error
                self._tell(poller)
                return
            if seen is not None:
                poller.latest = seen
                self._tell(poller)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.2, LONGEST_PAUSE_S)

    def _look(self, job_id: str, before: Seen | None, so_far: SoFar) -> Seen | None:
        """Return how a job stands, ``None`` where that is as before."""
        log = before.log if before is not None else ()
        now = snapshot(self._runtime.database, job_id, after_log_id=log[-1].id if log else 0)
        found = before.found if before is not None else {}
        if now.job.state == "running" and now.job.done_steps:
            found = so_far.update(now.job)
        if before is not None and found == before.found and not _differs(now, before.snapshot):
            return None
        return Seen(snapshot=now, log=(*log, *now.log), found=found)

    @staticmethod
    def _tell(poller: _Poller) -> None:
        told, poller.changed = poller.changed, asyncio.Event()
        told.set()

    async def _stop(self) -> None:
        tasks = [poller.task for poller in self._pollers.values() if poller.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _differs(now: JobSnapshot, before: JobSnapshot) -> bool:
    return bool(now.log) or (now.job.state, now.job.done_steps, now.queue_position) != (
        before.job.state,
        before.job.done_steps,
        before.queue_position,
    )


def following(request: Request) -> Following:
    """Return what follows jobs for the application."""
    found: Following = request.app.state.following
    return found


Followed = Annotated[Following, Depends(following)]
