"""Where the work of a job is done: in this process, in processes beside it, or on a Dask cluster.

An executor takes importable functions and gives futures of ``concurrent.futures``.
"""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from pelagia.core.errors import Unavailable
from pelagia.runtime.companions import Companions

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
        self._companions = Companions(workers)
        # Each thread waits for the answer of one process.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="executor")

    def submit(self, func: Callable[..., Any], /, *args: Any) -> Future[Any]:
        """Put the function in line for the next free process."""
        return self._threads.submit(self._companions.call, func, args)

    def prepare(self, module: str) -> None:
        """Start all processes and have them import the module, while the first steps run here."""
        self._companions.prepare([module])

    def stop(self) -> None:
        """End the processes without waiting for what they do: nothing unfinished is kept anyway."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._companions.stop()
        self._threads.shutdown(wait=True)


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
