"""Counts of requests in memory, for the limits; those of windows that are over are swept now and then."""

from __future__ import annotations

import threading
import time

from limits.storage import MemoryStorage

SWEEP_SECONDS = 10.0


class Counts(MemoryStorage):
    """The counts of one process; safe to use from many threads.

    The storage of the package starts a thread for each sweep, under load a hundred in a second. This one sweeps
    itself, at most once in :data:`SWEEP_SECONDS`, and counts under one lock.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._swept_at = 0.0
        super().__init__()

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count something unless the limit is reached; return whether it was counted."""
        with self._lock:
            return super().acquire_sliding_window_entry(key, limit, expiry, amount)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Raise a count and return it."""
        with self._lock:
            self._sweep()
            count: int = self.get(key) + amount
            self.storage[key] = count
            if count == amount:
                self.expirations[key] = time.time() + expiry
            return count

    def get(self, key: str) -> int:
        """Return a count."""
        with self._lock:
            return int(super().get(key))

    def _sweep(self) -> None:
        now = time.time()
        if now - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at = now
        for key in [key for key, until in self.expirations.items() if until <= now]:
            self.clear(key)
