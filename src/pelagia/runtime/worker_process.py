"""A process that does one job after the other; a worker starts it, tells it the jobs, and kills it where it must.

It is a process of its own so that a job can be stopped in the middle of a long step, and so that one that takes all
memory or crashes takes nothing else along. It stands ready with the pipelines imported: a short job need not wait for
that. All processes it starts are in its group and end with it; it ends with the worker.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, cast

from pelagia.runtime.companions import import_quietly
from pelagia.runtime.executors import Executor, open_executor
from pelagia.runtime.faults import OUT_OF_MEMORY, WORKER_DIED, Fault, clear_fault
from pelagia.runtime.jobs import Job
from pelagia.runtime.logging import about_job, configure_logging, get_logger
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import Settings

Work = Callable[[Runtime, Executor, Job], None]
# A process is replaced after so many jobs, or when it holds so much memory while it has nothing to do.
MOST_JOBS = 200
MOST_IDLE_BYTES = 1_500_000_000
PR_SET_PDEATHSIG = 1
KILLED_FOR_MEMORY = (Path("/proc/vmstat"), Path("/sys/fs/cgroup/memory.events"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What a process is given when it starts.

    Parameters
    ----------
    settings
        Of the installation.
    work
        ``module:function`` that does a job, given runtime, executor and job.
    modules
        What is imported ahead of use.
    """

    settings: Settings
    work: str
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A job to be done, and with which executor and how many processes."""

    job: Job
    executor: str
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a job ended: well, or with a fault."""

    fault: Fault | None


class WorkerProcess:
    """A process that does jobs, as its worker sees it.

    Parameters
    ----------
    equipment
        What it is given.
    """

    def __init__(self, equipment: Equipment) -> None:
        # A forked process would inherit locked locks of other threads; a spawned one starts clean.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=do_jobs, args=(theirs, equipment, os.getpid()), name="pelagia-job")
        self._process.start()
        theirs.close()
        self._killed_before = 0
        self._jobs = 0

    def begin(self, assignment: Assignment) -> None:
        """Hand a job over; it need not have started up yet."""
        self._killed_before = _killed_for_memory()
        self._jobs += 1
        # Where it has died, that shows at the next look.
        with contextlib.suppress(OSError):
            self._connection.send(assignment)

    @property
    def waits_on(self) -> list[Any]:
        """What becomes ready when it has something to say, or has died."""
        return [self._connection, self._process.sentinel]

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()

    @property
    def is_worn(self) -> bool:
        """Whether a fresh one should take its place before the next job."""
        return self._jobs >= MOST_JOBS or _memory_bytes(self._process.pid) > MOST_IDLE_BYTES

    def report(self) -> Report | None:
        """Return what it reported; ``None`` while it is at work. One that died is reported as well."""
        with contextlib.suppress(EOFError, OSError):
            if self._connection.poll():
                return cast("Report", self._connection.recv())
        return None

    def cause_of_death(self) -> Fault:
        """Return what a job met whose process died."""
        self._process.join()
        code = self._process.exitcode or 0
        if code == -signal.SIGKILL and _killed_for_memory() > self._killed_before:
            return _died("The memory of this machine did not suffice", "ended by the system", OUT_OF_MEMORY)
        if code == -signal.SIGKILL:
            return _died("The process at work was killed, most likely for want of memory", "signal 9", WORKER_DIED)
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return _died("The process at work crashed", how, WORKER_DIED)

    def kill(self) -> None:
        """End it at once, with all processes it started; what it had finished is kept."""
        pid = self._process.pid
        if pid is not None:
            with contextlib.suppress(OSError):
                # Its own group, unless it has not come to making one.
                if os.getpgid(pid) == pid:
                    os.killpg(pid, signal.SIGKILL)
            self._process.kill()
        self._process.join()
        self._connection.close()


def _died(what: str, value: str, code: str) -> Fault:
    remedy = "Take less at once, or a machine with more memory; finished work is kept."
    return Fault(error={"code": code, "what": what, "value": value, "remedy": remedy, "file": ""}, passes=True)


def do_jobs(connection: Connection, equipment: Equipment, parent: int) -> None:
    """Do the jobs that come through a connection, one after the other, until it closes."""
    _settle_in(parent)
    settings = equipment.settings
    os.environ["PELAGIA_HOME"] = str(settings.home)
    configure_logging(settings)
    for module in equipment.modules:
        import_quietly(module)
    module, _, name = equipment.work.partition(":")
    work: Work = getattr(importlib.import_module(module), name)
    while True:
        try:
            assignment: Assignment = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(Report(fault=_do(settings, work, assignment)))


def _do(settings: Settings, work: Work, assignment: Assignment) -> Fault | None:
    job = assignment.job
    with about_job(job.id):
        try:
            with open_runtime(settings) as runtime, open_executor(assignment.executor, assignment.workers) as executor:
                work(runtime, executor, job)
        except Exception as error:
            clear = clear_fault(error, "between two steps")
            fault = Fault.of(clear)
            if clear is not error and not fault.passes:
                get_logger().exception("job met a fault of the program")
            return fault
    return None


def _settle_in(parent: int) -> None:
    """Make a group of its own, leave Ctrl-C to the worker, and end with it however it ends."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)


def _killed_for_memory() -> int:
    """Count the processes that the system ended for want of memory so far; 0 where it does not tell."""
    return sum(_number_in(path, "oom_kill") for path in KILLED_FOR_MEMORY)


def _number_in(path: Path, name: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text().splitlines():
            word, _, number = line.partition(" ")
            if word == name:
                return int(number)
    return 0


def _memory_bytes(pid: int | None) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
