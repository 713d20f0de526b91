"""Processes beside this one that run functions, each over a pipe of its own.

The pool of Python's library would do but for two things. All its processes answer through one pipe: where one is killed
in the middle of an answer, whoever waits for any of them waits for ever. And it can end one only by ending all.

This module imports nothing that computes: a companion imports it first, and must set its numbers of threads before
numpy and the like read them.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any

from pelagia.runtime.processors import usable_processors

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
# How many threads a worker may use for one model, read by `pelagia.learning`.
WORKER_THREADS = "PELAGIA_WORKER_THREADS"
# How often a caller looks whether the process still lives, besides waiting for its answer.
LOOK_S = 1.0


class CompanionDied(BrokenExecutor):
    """The process ended before it answered."""


class Overdue(Exception):
    """The process took longer than it was given, and was ended."""


class AllBusy(Exception):
    """No process became free in the time that was given."""


class Companion:
    """One process that runs functions, one after the other; for one caller at a time.

    Parameters
    ----------
    threads
        How many threads its libraries may use.
    modules
        What it imports ahead of use.
    """

    def __init__(self, threads: int, modules: Sequence[str] = ()) -> None:
        # A forked process would inherit locked locks of other threads; a spawned one starts clean.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_answer_calls, args=(theirs, threads, tuple(modules)), name="pelagia-companion", daemon=True
        )
        self._process.start()
        # Only the process itself holds its end: when it dies, also in the middle of an answer, reading ends.
        theirs.close()

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.is_alive()

    def call(self, func: Callable[..., Any], args: Sequence[Any], timeout_s: float | None = None) -> Any:
        """Run an importable function in the process; return what it returns, raise what it raises.

        Raises
        ------
        CompanionDied
            Where the process ended meanwhile.
        Overdue
            Where it took longer than ``timeout_s``; the process has then ended.
        """
        try:
            self._connection.send((func, args))
            self._await_answer(timeout_s)
            answer = self._connection.recv_bytes()
        except (EOFError, OSError) as error:
            self.kill()
            raise CompanionDied(f"the process ended with code {self._process.exitcode}") from error
        is_value, found, trace = pickle.loads(answer)  # noqa: S301 -- written by our own process
        if is_value:
            return found
        found.add_note(f"In the process that did it:\n{trace}")
        raise found

    def kill(self) -> None:
        """End it at once; may be called from any thread."""
        self._process.kill()
        self._process.join()

    def _await_answer(self, timeout_s: float | None) -> None:
        until = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left_s = LOOK_S if until is None else min(LOOK_S, max(0.0, until - time.monotonic()))
            if self._connection.poll(left_s):
                return
            if not self.is_alive and not self._connection.poll():
                raise EOFError
            if until is not None and time.monotonic() >= until:
                self.kill()
                raise Overdue(f"it took longer than {timeout_s:g} s")


class Companions:
    """So many processes; each call is given a free one, or waits for it. Safe to use from many threads.

    Parameters
    ----------
    most
        How many processes; each is started when it is first needed.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._modules: tuple[str, ...] = ()
        self._changed = threading.Condition()
        self._all: list[Companion] = []
        self._free: list[Companion] = []
        self._is_stopped = False

    def call(self, func: Callable[..., Any], args: Sequence[Any], timeout_s: float | None = None) -> Any:
        """Run an importable function in one of the processes.

        Parameters
        ----------
        func, args
            The function, and what it is given.
        timeout_s
            So long a call may be at work, and wait for a process before.

        Raises
        ------
        CompanionDied, Overdue
            As from :meth:`Companion.call`; the other processes go on, and another is started in place of this one.
        AllBusy
            Where no process became free in time.
        """
        companion = self._take(timeout_s)
        try:
            return companion.call(func, args, timeout_s)
        finally:
            self._give_back(companion)

    def prepare(self, modules: Sequence[str]) -> None:
        """Start all processes ahead of use, and have each import modules; does not wait for that."""
        self._modules = tuple(modules)
        self.start_missing()

    def start_missing(self) -> None:
        """Start processes in place of those that ended, ahead of use."""
        with self._changed:
            self._free = [companion for companion in self._free if self._keeps(companion)]
            while len(self._all) < self._most and not self._is_stopped:
                self._free.append(self._started())
            self._changed.notify_all()

    def stop(self) -> None:
        """End all processes without waiting for what they do; calls raise :class:`CompanionDied` from now on."""
        with self._changed:
            self._is_stopped = True
            for companion in self._all:
                companion.kill()
            self._changed.notify_all()

    def _take(self, timeout_s: float | None) -> Companion:
        with self._changed:
            is_free = self._changed.wait_for(
                lambda: self._is_stopped or self._free or len(self._all) < self._most, timeout_s
            )
            if self._is_stopped:
                raise CompanionDied("the processes were stopped")
            if not is_free:
                raise AllBusy
            while self._free:
                # The one that worked last is the warmest. One that died in idleness is nobody's fault.
                if self._keeps(companion := self._free.pop()):
                    return companion
            return self._started()

    def _give_back(self, companion: Companion) -> None:
        with self._changed:
            if self._keeps(companion):
                self._free.append(companion)
            self._changed.notify()

    def _keeps(self, companion: Companion) -> bool:
        """Whether a process still lives; one that does not is forgotten."""
        if companion.is_alive:
            return True
        self._all.remove(companion)
        return False

    def _started(self) -> Companion:
        companion = Companion(max(1, usable_processors() // self._most), self._modules)
        self._all.append(companion)
        return companion


def import_quietly(module: str) -> None:
    """Import a module ahead of its use; what is wrong with it shows when it is used."""
    with contextlib.suppress(ImportError):
        importlib.import_module(module)


def _answer_calls(connection: Connection, threads: int, modules: Sequence[str]) -> None:
    """Run in the companion: do what comes through the pipe, until it closes."""
    for variable in (*THREAD_VARIABLES, WORKER_THREADS):
        os.environ[variable] = str(threads)
    # A terminal sends Ctrl-C to every process; only the parent shall act on it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    for module in modules:
        import_quietly(module)
    while True:
        try:
            asked = connection.recv_bytes()
        except (EOFError, OSError):
            return
        connection.send_bytes(_answer(asked))


def _answer(asked: bytes) -> bytes | memoryview:
    try:
        func, args = pickle.loads(asked)  # noqa: S301 -- written by the process that started this one
        return ForkingPickler.dumps((True, func(*args), ""))
    except Exception as error:
        return ForkingPickler.dumps((False, _portable(error), traceback.format_exc()))


def _portable(error: Exception) -> Exception:
    """Return an error that can be sent: itself, or one that says the same."""
    try:
        pickle.loads(ForkingPickler.dumps(error))  # noqa: S301 -- what was just written
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
