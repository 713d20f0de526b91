"""The steps of a job: each is done once, recorded and counted in one transaction, and replayed afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Any

from pelagia.core.errors import Conflict
from pelagia.runtime.executors import Executor
from pelagia.runtime.faults import clear_fault
from pelagia.runtime.jobs import Job
from pelagia.runtime.perform import Performed, perform
from pelagia.runtime.progress import OnProgress, Progress
from pelagia.runtime.step_store import StepStore
from pelagia.runtime.values import decoded

MOST_KEY_CHARACTERS = 500
# How often a waiting job looks whether it was stopped.
LOOK_SECONDS = 1.0


class JobSteps:
    """The :class:`pelagia.core.service.Steps` of one job.

    Parameters
    ----------
    store
        The finished steps.
    executor
        Where mapped steps are done.
    job
        The job, as claimed by this process.
    workdir
        The folder for its files.
    on_progress
        Told after each finished step.
    """

    def __init__(
        self, store: StepStore, executor: Executor, job: Job, workdir: Path, on_progress: OnProgress | None = None
    ) -> None:
        self._store = store
        self._executor = executor
        self._job = job
        self._workdir = workdir
        self._on_progress = on_progress
        self._used: set[str] = set()
        self._started = time.monotonic()
        self._new_steps = 0
        self._new_units = 0

    @property
    def workdir(self) -> Path:
        """The folder for files of this job."""
        return self._workdir

    def do(self, key: str, func: Callable[..., Any], *args: Any, units: int = 0) -> Any:
        """Run one step in this process, unless it is finished, and return its stored value."""
        self._use(key)
        if key in self._store.finished:
            return self._store.load(key)
        performed = perform(key, func, *args)
        self._record(key, performed, units)
        return decoded(performed.encoded)

    def map(
        self,
        key: str,
        func: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        units: Callable[[Any], int] | None = None,
    ) -> Iterator[Any]:
        """Run independent steps on the executor; yield their stored values in the order of the items."""
        self._use_all(key)
        return self._map(key, func, items, units)

    def report(self) -> None:
        """Tell how far the job is."""
        if self._on_progress is not None:
            self._on_progress(
                Progress(
                    done_steps=self._job.done_steps + self._new_steps,
                    total_steps=self._job.total_steps,
                    done_units=self._job.done_units + self._new_units,
                    total_units=self._job.total_units,
                    new_steps=self._new_steps,
                    new_units=self._new_units,
                    elapsed_s=time.monotonic() - self._started,
                )
            )

    def _map(
        self, key: str, func: Callable[[Any], Any], items: Iterable[Any], units: Callable[[Any], int] | None
    ) -> Iterator[Any]:
        todo = _Todo(key, func, items, self._store.finished, self._executor)
        ready: dict[int, Any] = {}
        position = 0
        try:
            while True:
                window = self._executor.window
                todo.submit(window - len(ready) if position in ready else window)
                if todo.is_exhausted and position == todo.seen:
                    return
                self._collect(todo, ready, units, window)
                if not self._has(todo, position):
                    todo.wait(LOOK_SECONDS, self._store.check_running)
                    continue
                yield ready.pop(position) if position in ready else self._store.load(todo.name(position))
                position += 1
        except KeyboardInterrupt:
            self._collect(todo, ready, units, 0)
            raise
        finally:
            todo.cancel()

    def _has(self, todo: _Todo, position: int) -> bool:
        return todo.name(position) in self._store.finished

    def _collect(self, todo: _Todo, ready: dict[int, Any], units: Callable[[Any], int] | None, window: int) -> None:
        """Record what is done; raise the first fault when all the rest is recorded."""
        fault: Exception | None = None
        for position, future in todo.take_done():
            name = todo.name(position)
            try:
                performed: Performed = future.result()
            except Exception as error:
                fault = fault or _fault(error, name)
                continue
            value = decoded(performed.encoded)
            self._record(name, performed, 0 if units is None else units(value))
            # What would take too much memory is read again when its turn comes.
            if len(ready) < window:
                ready[position] = value
        if fault is not None:
            raise fault

    def _record(self, key: str, performed: Performed, units: int) -> None:
        if units < 0:
            raise ValueError(f"step {key!r} bills {units} units; units cannot be negative")
        self._store.save(key, performed, int(units))
        self._new_steps += 1
        self._new_units += int(units)
        self.report()

    def _use(self, key: str) -> None:
        parent, _, last = key.rpartition("/")
        if not key or len(key) > MOST_KEY_CHARACTERS:
            raise ValueError(
                f"the key of a step has 1 to {MOST_KEY_CHARACTERS} characters, not {len(key)}: {key[:80]!r}"
            )
        if key in self._used or (last.isdigit() and f"{parent}/*" in self._used):
            raise _used_twice(key)
        self._used.add(key)
        if last.isdigit():
            self._used.add(f"{parent}/#")

    def _use_all(self, key: str) -> None:
        self._use(key)
        if f"{key}/#" in self._used:
            raise _used_twice(key)
        self._used.add(f"{key}/*")


class _Todo:
    """The items of one map, and those of them that are being worked on."""

    def __init__(
        self, key: str, func: Callable[[Any], Any], items: Iterable[Any], finished: set[str], executor: Executor
    ) -> None:
        self._executor = executor
        self.seen = 0
        self.is_exhausted = False
        self._key = key
        self._func = func
        self._items = iter(items)
        self._finished = finished
        self._running: dict[Future[Any], int] = {}

    def name(self, position: int) -> str:
        return f"{self._key}/{position}"

    def submit(self, most: int) -> None:
        """Hand out items that are not finished, passing over the others, until ``most`` are being worked on."""
        while len(self._running) < most and not self.is_exhausted:
            try:
                item = next(self._items)
            except StopIteration:
                self.is_exhausted = True
                return
            name = self.name(self.seen)
            if name not in self._finished:
                try:
                    future = self._executor.submit(perform, name, self._func, item)
                except Exception as error:
                    raise _fault(error, name) from error
                self._running[future] = self.seen
            self.seen += 1

    def take_done(self) -> list[tuple[int, Future[Any]]]:
        done = sorted((position, future) for future, position in self._running.items() if future.done())
        for _, future in done:
            del self._running[future]
        return done

    def wait(self, seconds: float, otherwise: Callable[[], None]) -> None:
        done, _ = wait(self._running, timeout=seconds, return_when=FIRST_COMPLETED)
        if not done:
            otherwise()

    def cancel(self) -> None:
        for future in self._running:
            future.cancel()


def _fault(error: Exception, key: str) -> Exception:
    # A value that cannot be stored names its step already.
    return error if isinstance(error, TypeError) else clear_fault(error, key)


def _used_twice(key: str) -> Conflict:
    return Conflict("A step's key was used twice in one run", value=key, remedy="Give each step a key of its own.")
