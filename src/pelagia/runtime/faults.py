"""What can go wrong while a job runs, told so that a person can act on it, and whether trying again may help."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from typing import Self

from pelagia.core.errors import PelagiaError, Unavailable

# Dask tells the death of a worker by exceptions of its own, which cannot be imported where it is not installed.
DASK_FAULTS = frozenset({"KilledWorker", "CommClosedError", "FutureCancelledError"})
DISK_FULL, OUT_OF_MEMORY, WORKER_DIED, NOT_INSTALLED = "disk-full", "out-of-memory", "worker-died", "not-installed"
NO_PROGRESS = "no-progress"
PASSING_ERRORS = frozenset(
    {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTUNREACH}
)
# How long a job rests before it is tried again: after its first fault, its second, …; then it fails.
PAUSES_S = (2.0, 15.0, 60.0)
PAUSES_OF_CODE: Mapping[str, tuple[float, ...]] = {
    DISK_FULL: (60.0,),
    OUT_OF_MEMORY: (5.0, 60.0),
    NOT_INSTALLED: (),
}


class StepFailed(PelagiaError):
    """A step raised an error that nobody foresaw: a fault of the program."""

    code = "step-failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What ended a job before its time.

    Parameters
    ----------
    error
        As JSON: code, what, value, remedy, file.
    passes
        Whether trying again may help.
    """

    error: Mapping[str, str]
    passes: bool

    @classmethod
    def of(cls, error: PelagiaError) -> Self:
        """Return the fault that an error is."""
        return cls(error=error_to_json(error), passes=isinstance(error, Unavailable))

    def pause_s(self, earlier: int) -> float | None:
        """Return how long the job rests after this fault; ``None`` where it is not tried again.

        Parameters
        ----------
        earlier
            How many such faults it had before.
        """
        pauses = PAUSES_OF_CODE.get(self.error["code"], PAUSES_S) if self.passes else ()
        return pauses[earlier] if earlier < len(pauses) else None


def no_progress(seconds: float) -> Fault:
    """Return what a job met that was ended because nothing of it was finished for so many seconds."""
    # Not tried again by itself: each try would take as long.
    return Fault(
        error={
            "code": NO_PROGRESS,
            "what": f"It was ended because it finished nothing for {seconds:g} s",
            "value": "",
            "remedy": "Start it again: finished work is kept. Where it ends like this again, take less at once, or ask "
            "those who run this installation for more time (PELAGIA_STEP_S).",
            "file": "",
        },
        passes=False,
    )


def clear_fault(error: BaseException, key: str) -> PelagiaError:
    """Turn what a step raised into an error that says which step it was, why, and what to do.

    Parameters
    ----------
    error
        What was raised.
    key
        The key of the step.
    """
    if isinstance(error, PelagiaError):
        return error
    if isinstance(error, MemoryError):
        return Unavailable(
            "The memory of this machine did not suffice",
            value=f"step {key}",
            remedy="Start it again when less is at work; fewer workers at once or a larger machine help for good. "
            "Finished work is kept.",
            code=OUT_OF_MEMORY,
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(
            "The disk is full",
            value=f"step {key}: {error}",
            remedy="Make room, then start it again; finished work is kept.",
            code=DISK_FULL,
        )
    if isinstance(error, BrokenExecutor) or type(error).__name__ in DASK_FAULTS:
        return Unavailable(
            "A worker process died, most likely for want of memory",
            value=f"step {key}",
            remedy="Start it again; if it happens anew, with fewer workers at once. Finished work is kept.",
            code=WORKER_DIED,
        )
    if isinstance(error, ConnectionError | TimeoutError) or (
        isinstance(error, OSError) and error.errno in PASSING_ERRORS
    ):
        return Unavailable(
            "A disk or the network did not answer",
            value=f"step {key}: {error}",
            remedy="See that it is there, then start it again; finished work is kept.",
        )
    return StepFailed(
        f"Step {key} failed: {type(error).__name__}: {error}",
        remedy="This is a fault of the program: tell those who run this installation, or report it with what "
        "`pelagia --debug` shows on the command line. Finished work is kept.",
    )


def error_to_json(error: Exception) -> dict[str, str]:
    """Return an error as JSON types: what, value, remedy, file, code."""
    if isinstance(error, PelagiaError):
        return {
            "code": error.code,
            "what": error.what,
            "value": error.value,
            "remedy": error.remedy,
            "file": error.file,
        }
    return {
        "code": "internal",
        "what": f"{type(error).__name__}: {error}",
        "value": "",
        "remedy": "This is a fault of the program; report it with what `pelagia --debug` shows on the command line.",
        "file": "",
    }
