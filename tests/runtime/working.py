"""Workers for tests: in a thread of this process, or as the command that people start."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.runtime.toy_package import ROOT

from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.runner import Runtime
from pelagia.runtime.worker import Worker
from pelagia.runtime.worker_process import Equipment

PATIENCE_S = 60.0


@contextlib.contextmanager
def working(runtime: Runtime, slots: int = 1, work: str = "pelagia.orders.fulfil:fulfil") -> Iterator[Worker]:
    """Let a worker work for the length of a ``with`` block."""
    worker = Worker(runtime.database, Equipment(settings=runtime.settings, work=work), slots)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()


def wait_until(what: Callable[[], bool]) -> None:
    """Wait until something holds; fail if it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.02)


def ended(runtime: Runtime, job: Job) -> Job:
    """Wait for the end of a job, and return it."""
    wait_until(lambda: find_job(runtime.database, job.id).state in ("succeeded", "failed", "cancelled"))
    return find_job(runtime.database, job.id)


def at_work(runtime: Runtime, job: Job, steps: int = 0) -> Job:
    """Wait until a job runs and has finished some steps, and return it."""

    def is_at_work() -> bool:
        found = find_job(runtime.database, job.id)
        assert found.state in ("queued", "running"), found
        return found.state == "running" and found.done_steps >= steps

    wait_until(is_at_work)
    return find_job(runtime.database, job.id)


def start_pelagia(environment: Mapping[str, str], *words: str) -> subprocess.Popen[bytes]:
    """Start a command of Pelagia in a process of its own."""
    command = [sys.executable, "-m", "pelagia.cli.main", *words]
    return subprocess.Popen(
        command,
        env=dict(environment),
        cwd=ROOT,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def descendants(pid: int) -> set[int]:
    """Return the processes that a process started, and those that they started."""
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, path.read_text().split()):
                found |= {child} | descendants(child)
    return found


def is_running(pid: int) -> bool:
    """Whether a process runs; one that only waits to be asked how it ended does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
