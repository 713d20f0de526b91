"""Large images are worked through in strips of rows, several at once, so that memory stays small."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

ROWS = 256  # of a strip: some megabytes of a scan, which the caches of a processor still help with
MOST_THREADS = 4


class ByteRows(Protocol):
    """What is asked of a large 8-bit image: its shape, and some of its rows."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(height, width), px."""

    def __getitem__(self, rows: slice, /) -> NDArray[np.uint8]:
        """Return these rows, (rows, width)."""


class Rows(Protocol):
    """What is asked of a large 16-bit image: its shape, and some of its rows.

    An array has both, and so has whatever reads rows from a file when they are asked for.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """(height, width), px."""

    def __getitem__(self, rows: slice, /) -> NDArray[np.uint16]:
        """Return these rows, (rows, width)."""


def over_strips(func: Callable[[int, int], T], height: int, *, rows: int = ROWS) -> Iterator[T]:
    """Call `func(start, stop)` for every strip of rows; give the results in the order of the strips.

    The calls run in threads: numpy and OpenCV compute outside of Python's lock.
    """
    starts = range(0, height, rows)
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(min(MOST_THREADS, allowed)) as threads:
        yield from threads.map(lambda start: func(start, min(start + rows, height)), starts)
