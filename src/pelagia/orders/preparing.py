"""Galleries of large results are made ready beside the requests: putting a million objects in order takes seconds."""

from __future__ import annotations

import threading

import pyarrow.parquet as pq

from pelagia.orders.decisions import Galleries, index_path, objects_of
from pelagia.orders.object_index import open_index
from pelagia.runtime import decisions
from pelagia.runtime.decisions import Holdings
from pelagia.runtime.jobs import Job

AT_ONCE_ROWS = 50_000
"""Up to so many objects are in order before a person notices."""


class Preparing:
    """Makes galleries ready in the background; one for an application.

    Parameters
    ----------
    galleries
        Of the application.
    """

    def __init__(self, galleries: Galleries) -> None:
        self._galleries = galleries
        self._lock = threading.Lock()
        self._at_work: set[str] = set()
        self._failed: dict[str, Exception] = {}

    def is_ready(self, job: Job) -> bool:
        """Return whether the gallery of a job opens at once; where it does not, it is being made ready from now on.

        Raises
        ------
        PelagiaError
            Where the result has no objects with images.
        Exception
            What kept it from being made ready; the next call tries again.
        """
        settings = self._galleries.bench.runtime.settings
        table = objects_of(settings, job)
        with self._lock:
            failed = self._failed.pop(job.id, None)
            if failed is not None:
                raise failed
            if job.id in self._at_work:
                return False
            if pq.read_metadata(table.path).num_rows <= AT_ONCE_ROWS:
                return True
            if open_index(table.path, index_path(settings, job.id, table)) is not None:
                return True
            self._at_work.add(job.id)
        threading.Thread(target=self._prepare, args=(job,), name=f"gallery {job.id}", daemon=True).start()
        return False

    def _prepare(self, job: Job) -> None:
        failed: Exception | None = None
        try:
            self._galleries.open(job)
        except Exception as error:
            # Whoever asks next hears of it: nobody else sees what happens in this thread.
            failed = error
        with self._lock:
            self._at_work.discard(job.id)
            if failed is not None:
                self._failed[job.id] = failed


def holdings_of(galleries: Galleries, job: Job) -> Holdings:
    """Return what people decided on the objects of a job, without its gallery."""
    held = Holdings()
    held.add(decisions.entries(galleries.bench.runtime.database, job.id))
    return held
