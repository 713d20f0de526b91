"""What can go wrong while a step runs, told so that a person can act on it."""

from __future__ import annotations

import errno
from concurrent.futures import BrokenExecutor

from pelagia.core.errors import PelagiaError, Unavailable

# Dask tells the death of a worker by exceptions of its own, which cannot be imported where it is not installed.
DASK_FAULTS = frozenset({"KilledWorker", "CommClosedError", "FutureCancelledError"})


class StepFailed(PelagiaError):
    """A step raised an error that nobody foresaw: a fault of the program."""

    code = "step-failed"


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
            remedy="Use fewer workers (--workers), close other programs, or take a larger machine; "
            "finished work is kept.",
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(
            "The disk is full",
            value=f"step {key}: {error}",
            remedy="Make room, then give the same command again; finished work is kept.",
        )
    if isinstance(error, BrokenExecutor) or type(error).__name__ in DASK_FAULTS:
        return Unavailable(
            "A worker process died, most likely for want of memory",
            value=f"step {key}",
            remedy="Give the same command again with fewer workers (--workers); finished work is kept.",
        )
    return StepFailed(
        f"Step {key} failed: {type(error).__name__}: {error}",
        remedy="This is a fault of the program. Report it with what `pelagia --debug` shows; finished work is kept.",
    )
