"""Processes that stand ready with heavy libraries loaded: the web process stays light, short work is quick."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from pelagia.core.errors import Unavailable
from pelagia.runtime.companions import AllBusy, CompanionDied, Companions, Overdue

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
        self._places = threading.BoundedSemaphore(MOST_WAITING)
        self._companions = Companions(workers)
        if modules:
            self._companions.prepare(modules)

    def call(self, func: Callable[..., Any], /, *args: Any, timeout_s: float = GIVE_UP_SECONDS) -> Any:
        """Run a function in one of the processes and return what it returns.

        Raises
        ------
        Unavailable
            Where its process died, or it took longer than ``timeout_s``: that process alone is then replaced by a fresh
            one. Also where none became free in that time, or too many wait already.
        """
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many wait for the same at once", remedy="Try again in a moment.")
        try:
            return self._companions.call(func, args, timeout_s)
        except CompanionDied as error:
            raise self._replaced(
                func, "A process died, most likely for want of memory", "Try again with less at once."
            ) from error
        except Overdue as error:
            raise self._replaced(
                func,
                f"It took longer than {timeout_s:g} s",
                "Try again with less at once, or as a job in the queue.",
            ) from error
        except AllBusy as error:
            raise Unavailable(
                f"Nothing became free for it in {timeout_s:g} s", remedy="Try again in a moment."
            ) from error
        finally:
            self._places.release()

    def stop(self) -> None:
        """End the processes."""
        self._companions.stop()

    def _replaced(self, func: Callable[..., Any], what: str, remedy: str) -> Unavailable:
        """Have a fresh process stand ready in place of the one that ended; return what to tell."""
        self._companions.start_missing()
        return Unavailable(what, value=getattr(func, "__name__", func), remedy=remedy)
