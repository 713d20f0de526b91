"""Where the work of a job is done: in this process, in processes beside it, or on a Dask cluster.

An executor takes importable functions and gives futures of ``concurrent.futures``. This module imports nothing that
computes: a worker process imports it first, and must set its numbers of threads before numpy and the like read them.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import Any, Protocol

from pelagia.core.errors import Unavailable
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
LOOK_AT_CLUSTER_SECONDS = 5.0


class Executor(Protocol):
    """Runs functions somewhere."""

    @property
    def window(self) -> int:
        """How many functions should be handed out at once to keep it busy."""
        ...

    def submit(self, func: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Start a function, or put it in line."""
        ...

    def prepare(self, module: str) -> None:
        """Start what will be needed to run the functions of a module; does not wait for it."""
        ...


class InlineExecutor:
    """Runs each function at once, in the calling thread."""

    window = 1

    def submit(self, func: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Run the function; its exception, if any, is in the future."""
        future: Future[Any] = Future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def prepare(self, module: str) -> None:
        """Do nothing: this process has the module."""


class ProcessExecutor:
    """Runs functions in processes of this machine, started when first needed.

    Parameters
    ----------
    workers
        How many processes.
    """

    def __init__(self, workers: int) -> None:
        self.window = 2 * workers
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, func: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Put the function in line for the next free process."""
        if self._pool is None:
            threads = max(1, usable_processors() // self._workers)
            # A forked process would inherit locked locks of other threads; a spawned one starts clean.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self._workers, mp_context=context, initializer=prepare_worker, initargs=(threads,)
            )
        return self._pool.submit(func, *args)

    def prepare(self, module: str) -> None:
        """Start all processes and have them import the module, while the first steps run here."""
        for _ in range(self._workers):
            self.submit(import_quietly, module)

    def stop(self) -> None:
        """End the processes without waiting for what they do: nothing unfinished is kept anyway."""
        if self._pool is None:
            return
        # The public way, `terminate_workers`, came with Python 3.14.
        processes = list((getattr(self._pool, "_processes", None) or {}).values())
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()
        self._pool.shutdown(wait=True)
        self._pool = None


class DaskExecutor:
    """Runs functions on a Dask cluster.

    Parameters
    ----------
    address
        Of its scheduler, ``HOST:PORT``.
    """

    def __init__(self, address: str) -> None:
        try:
            distributed = importlib.import_module("distributed")
        except ImportError as error:
            raise Unavailable(
                "Dask is not installed",
                value=f"PELAGIA_EXECUTOR=dask://{address}",
                remedy="Install it with: pip install 'pelagia[dask]'",
            ) from error
        try:
            self._client = distributed.Client(f"tcp://{address}", timeout="10s", set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise Unavailable(
                "The Dask scheduler does not answer",
                value=address,
                remedy="Start it, or set PELAGIA_EXECUTOR to its address or to processes.",
            ) from error
        self._executor = self._client.get_executor(pure=False)
        self._window = 0
        self._window_until = 0.0

    def prepare(self, module: str) -> None:
        """Do nothing: the cluster is there, and imports what it is sent."""

    @property
    def window(self) -> int:
        """Twice the threads of the cluster as it is now; it may grow."""
        if time.monotonic() > self._window_until:
            self._window = 2 * max(1, sum(self._client.ncores().values()))
            self._window_until = time.monotonic() + LOOK_AT_CLUSTER_SECONDS
        return self._window

    def submit(self, func: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Put the function in line on the cluster."""
        future: Future[Any] = self._executor.submit(func, *args)
        return future

    def stop(self) -> None:
        """Leave the cluster; it drops what was asked of it."""
        self._executor.shutdown(wait=False)
        self._client.close()


@contextlib.contextmanager
def open_executor(name: str, workers: int) -> Iterator[Executor]:
    """Make an executor for the length of a ``with`` block.

    Parameters
    ----------
    name
        ``inline``, ``processes`` or ``dask://HOST:PORT``.
    workers
        How many processes.
    """
    if name == "inline":
        yield InlineExecutor()
        return
    executor = DaskExecutor(name.removeprefix("dask://")) if name.startswith("dask://") else ProcessExecutor(workers)
    try:
        yield executor
    finally:
        executor.stop()


def import_quietly(module: str) -> None:
    """Import a module ahead of its use; what is wrong with it shows when it is used."""
    with contextlib.suppress(ImportError):
        importlib.import_module(module)


def prepare_worker(threads: int) -> None:
    """Set up a worker process: its threads, no reaction to Ctrl-C, and its end when its parent ends.

    Parameters
    ----------
    threads
        How many threads its libraries may use, so that all workers together use each processor once.
    """
    for variable in (*THREAD_VARIABLES, WORKER_THREADS):
        os.environ[variable] = str(threads)
    # A terminal sends Ctrl-C to every process; only the parent shall act on it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
