"""Processes that stand ready with heavy libraries loaded: the web process stays light, short work is quick."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from typing import Any

from pelagia.core.errors import Unavailable
from pelagia.runtime.executors import ProcessExecutor

GIVE_UP_SECONDS = 300.0
# So many callers may wait at once. A server has more threads than this, so that a crowd here never stops all else.
MOST_WAITING = 128


class WarmProcesses:
    """Runs importable functions in processes beside this one; safe to use from many threads.

    Parameters
    ----------
    workers
        How many processes.
    modules
        What they import ahead of use.
    """

    def __init__(self, workers: int, modules: Sequence[str] = ()) -> None:
        self._workers = workers
        self._modules = tuple(modules)
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(MOST_WAITING)
        self._executor = self._started()

    def call(self, func: Callable[..., Any], /, *args: Any, timeout_s: float = GIVE_UP_SECONDS) -> Any:
        """Run a function in one of the processes and return what it returns.

        Raises
        ------
        Unavailable
            Where its process died, or it took longer than ``timeout_s``; fresh processes stand ready afterwards. Also
            where too many wait already.
        """
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many wait for the same at once", remedy="Try again in a moment.")
        try:
            return self._call(func, args, timeout_s)
        finally:
            self._places.release()

    def _call(self, func: Callable[..., Any], args: Sequence[Any], timeout_s: float) -> Any:
        executor = self._executor
        try:
            return executor.submit(func, *args).result(timeout=timeout_s)
        except BrokenExecutor as error:
            self._replace(executor)
            raise Unavailable(
                "A process died, most likely for want of memory",
                value=getattr(func, "__name__", func),
                remedy="Try again with less at once.",
            ) from error
        except TimeoutError as error:
            self._replace(executor)
            raise Unavailable(
                f"It took longer than {timeout_s:g} s",
                value=getattr(func, "__name__", func),
                remedy="Try again with less at once, or as a job in the queue.",
            ) from error

    def stop(self) -> None:
        """End the processes."""
        with self._lock:
            self._executor.stop()

    def _started(self) -> ProcessExecutor:
        executor = ProcessExecutor(self._workers)
        for module in self._modules:
            executor.prepare(module)
        return executor

    def _replace(self, broken: ProcessExecutor) -> None:
        with self._lock:
            if self._executor is broken:
                self._executor = self._started()
                broken.stop()
