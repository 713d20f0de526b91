"""Whether an installation can do its work: a few quick questions, each answered in words that tell no secret."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from pelagia.core.errors import NotFound, PelagiaError, Unavailable
from pelagia.core.words import count, duration, size
from pelagia.runtime.database import Database
from pelagia.runtime.logging import get_logger
from pelagia.runtime.migrations import HEAD
from pelagia.runtime.runner import Runtime
from pelagia.runtime.storage import Storage
from pelagia.runtime.worker_beats import worker_beats

LEAST_FREE_BYTES = 2 * 10**9
KEEP_S = 2.0
PATIENCE_S = 4.0
# A name that no step can have: asked for only to see that somebody answers.
NO_SUCH_VALUE = "probe/absent"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing: whether it is well, and in words."""

    is_ok: bool
    words: str


Checks = Mapping[str, Callable[[], str]]


def checks_of(runtime: Runtime) -> Checks:
    """Return what is looked at: name → function that returns words, or raises a PelagiaError."""
    return {
        "database": lambda: check_database(runtime.database),
        "migrations": lambda: check_migrations(runtime.database),
        "storage": lambda: check_storage(runtime.storage),
        "disk": lambda: check_disk(runtime.settings.home),
        "workers": lambda: check_workers(runtime.database),
    }


def check_database(database: Database) -> str:
    """Ask the database for nothing in particular."""
    start = time.perf_counter()
    with database.read() as connection:
        connection.execute(sa.select(1))
    return f"answered in {(time.perf_counter() - start) * 1000:.0f} ms"


def check_migrations(database: Database) -> str:
    """See that the tables are those this version works with."""
    with database.read() as connection:
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    if found != HEAD:
        raise Unavailable(
            f"The tables have version {found}, this Pelagia works with {HEAD}", remedy="Start it anew after the update."
        )
    return f"version {found}"


def check_storage(storage: Storage) -> str:
    """See that the storage answers and, where it is a folder, may be written to."""
    if storage.folder is not None and not os.access(storage.folder, os.R_OK | os.W_OK | os.X_OK):
        raise Unavailable("The folder of the storage may not be written to", remedy="See its owner and its rights.")
    start = time.perf_counter()
    with contextlib.suppress(NotFound):
        storage.get(NO_SUCH_VALUE)
    return f"answered in {(time.perf_counter() - start) * 1000:.0f} ms"


def check_disk(home: Path, least_bytes: int = LEAST_FREE_BYTES) -> str:
    """See that there is room in the home folder."""
    free = room(home).free
    if free < least_bytes:
        raise Unavailable(f"Only {size(free)} are free, {size(least_bytes)} are needed", remedy="Make room.")
    return f"{size(free)} free"


def check_workers(database: Database) -> str:
    """See that somebody works."""
    with database.read() as connection:
        living = [beat for beat in worker_beats(connection) if beat.is_alive]
    if not living:
        raise Unavailable("No worker has been seen lately", remedy="Start one: pelagia worker.")
    return f"{count(len(living), 'worker', 'workers')}, seen {duration(min(beat.silent_s for beat in living))} ago"


@dataclass(frozen=True, slots=True)
class Room:
    """The bytes of a disk: free ones, and all."""

    free: int
    total: int


def room(folder: Path) -> Room:
    """Return how much room there is on the disk of a folder, whether it exists yet or not."""
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    usage = shutil.disk_usage(existing)
    return Room(free=usage.free, total=usage.total)


class Checkup:
    """Looks after all of an installation, at most every few seconds, and waits for nobody for long.

    Each question is asked by a thread of its own. One that gets no answer is told as such from then on, and not asked
    again before it has one: however often somebody wants to know, what hangs does not pile up.

    Parameters
    ----------
    checks
        What is looked at.
    keep_s
        For how long an answer is good.
    patience_s
        For how long an answer is waited for.
    """

    def __init__(self, checks: Checks, *, keep_s: float = KEEP_S, patience_s: float = PATIENCE_S) -> None:
        self._questions = {
            name: _Question(name=name, check=check, keep_s=keep_s, patience_s=patience_s)
            for name, check in checks.items()
        }

    def findings(self, names: tuple[str, ...] = ()) -> dict[str, Finding]:
        """Return what was found of each thing, or of those named."""
        questions = [self._questions[name] for name in names or self._questions]
        for question in questions:
            question.ask()
        return {question.name: question.answer() for question in questions}


@dataclass(slots=True, kw_only=True)
class _Question:
    """One thing that is looked at again and again."""

    name: str
    check: Callable[[], str]
    keep_s: float
    patience_s: float
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _answered: threading.Event = field(default_factory=threading.Event)
    _asked_at: float | None = None
    _found: Finding | None = None

    def ask(self) -> None:
        """Ask, unless the last answer is good still or has not come yet."""
        with self._lock:
            now = time.monotonic()
            if self._asked_at is not None and (not self._answered.is_set() or now < self._asked_at + self.keep_s):
                return
            self._asked_at = now
            self._answered.clear()
        threading.Thread(target=self._look, name=f"checkup-{self.name}", daemon=True).start()

    def answer(self) -> Finding:
        """Wait for the answer as long as patience lasts."""
        waited_s = time.monotonic() - (self._asked_at or 0.0)
        if self._answered.wait(max(0.0, self.patience_s - waited_s)) and self._found is not None:
            return self._found
        return Finding(False, f"no answer for {duration(max(waited_s, self.patience_s))}")

    def _look(self) -> None:
        before = self._found
        try:
            found = Finding(True, self.check())
        except PelagiaError as error:
            # Its value and place may hold addresses; they stand in the log of whoever meets the same error at work.
            found = Finding(False, error.what)
        except Exception as error:
            found = Finding(False, type(error).__name__)
            get_logger().exception("checkup failed", check=self.name)
        if before is None or before.is_ok != found.is_ok:
            tell = get_logger().info if found.is_ok else get_logger().warning
            tell("health changed", check=self.name, is_ok=found.is_ok, words=found.words)
        self._found = found
        self._answered.set()
