"""What happens to a step where its work is done: this process, a worker process, or a Dask worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pelagia.runtime.faults import clear_fault
from pelagia.runtime.values import Encoded, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """The value of a step, ready to be stored, and the time it took."""

    encoded: Encoded
    seconds: float


def perform(key: str, func: Callable[..., Any], *args: Any) -> Performed:
    """Call the function of a step and encode its value.

    Raises
    ------
    PelagiaError
        Where the function raises: its own clear error as it is, any other with the key of the step.
    TypeError
        Where the value cannot be stored.
    """
    start = time.perf_counter()
    try:
        value = func(*args)
    except Exception as error:
        clear = clear_fault(error, key)
        if clear is error:
            raise
        raise clear from error
    return Performed(encoded=encode(value, key), seconds=time.perf_counter() - start)
