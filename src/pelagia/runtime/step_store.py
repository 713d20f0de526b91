"""The finished steps of one job: read, and written under the job's attempt number."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from pelagia.core.errors import Cancelled, Conflict, PelagiaError
from pelagia.runtime import ledger
from pelagia.runtime.database import Database
from pelagia.runtime.jobs import Job, account_of
from pelagia.runtime.perform import Performed
from pelagia.runtime.storage import Storage
from pelagia.runtime.tables import JOBS, STEPS, utc_now
from pelagia.runtime.values import MOST_INLINE_CHARACTERS, decode

TEXT_BLOB = "text"


def storage_prefix(job_id: str) -> str:
    """Return the name under which all large values of a job are stored."""
    return f"jobs/{job_id}"


class StepStore:
    """Reads and writes the finished steps of a job.

    Parameters
    ----------
    database, storage
        Where they are kept.
    job
        The job, as claimed by this process.
    """

    def __init__(self, database: Database, storage: Storage, job: Job) -> None:
        self._database = database
        self._storage = storage
        self._job = job
        self._account = account_of(job)
        self._mine = (JOBS.c.id == job.id) & (JOBS.c.attempt == job.attempt) & (JOBS.c.state == "running")
        with database.read() as connection:
            found = connection.execute(sa.select(STEPS.c.key).where(STEPS.c.job_id == job.id))
            self.finished: set[str] = set(found.scalars())

    def load(self, key: str) -> Any:
        """Return the stored value of a finished step."""
        query = sa.select(STEPS.c.value, STEPS.c.attempt).where((STEPS.c.job_id == self._job.id) & (STEPS.c.key == key))
        with self._database.read() as connection:
            text, attempt = connection.execute(query).one()
        if text is None:
            text = self._storage.get(self._name(key, attempt, TEXT_BLOB)).decode()
        return decode(text, lambda position: self._storage.get(self._name(key, attempt, position)))

    def save(self, key: str, performed: Performed, units: int) -> None:
        """Record a step and bill its units, in one transaction.

        Raises
        ------
        Cancelled
            Where the job was stopped.
        Conflict
            Where another process has taken it over.
        """
        text = self._put_away(key, performed)
        step = {
            "job_id": self._job.id,
            "key": key,
            "attempt": self._job.attempt,
            "units": units,
            "value": text,
            "seconds": performed.seconds,
            "finished_at": utc_now(),
        }
        counted = {
            "done_steps": JOBS.c.done_steps + 1,
            "done_units": JOBS.c.done_units + units,
            "beat_at": utc_now(),
        }
        with self._database.write() as connection:
            if connection.execute(sa.update(JOBS).where(self._mine).values(counted)).rowcount != 1:
                raise self._why_stopped(connection)
            connection.execute(sa.insert(STEPS).values(step))
            if units:
                ledger.insert_step(connection, self._account, key, units, seconds=performed.seconds)
        self.finished.add(key)

    def check_running(self) -> None:
        """Raise what :meth:`save` would, where the job was stopped or taken over."""
        with self._database.read() as connection:
            if connection.execute(sa.select(JOBS.c.id).where(self._mine)).first() is None:
                raise self._why_stopped(connection)

    def _put_away(self, key: str, performed: Performed) -> str | None:
        """Store the blobs, and the text where it is long; return the text that goes into the row."""
        for position, blob in enumerate(performed.encoded.blobs):
            self._storage.put(self._name(key, self._job.attempt, position), blob)
        text = performed.encoded.text
        if len(text) <= MOST_INLINE_CHARACTERS:
            return text
        self._storage.put(self._name(key, self._job.attempt, TEXT_BLOB), text.encode())
        return None

    def _name(self, key: str, attempt: int, part: int | str) -> str:
        # By attempt, so that a superseded process cannot overwrite what its successor stored.
        return f"{storage_prefix(self._job.id)}/{attempt}/{sha256(key.encode()).hexdigest()[:24]}-{part}"

    def _why_stopped(self, connection: sa.Connection) -> PelagiaError:
        found = connection.execute(sa.select(JOBS.c.state, JOBS.c.attempt).where(JOBS.c.id == self._job.id)).first()
        if found is not None and found.state == "cancelled" and found.attempt == self._job.attempt:
            return Cancelled(
                "The job was stopped on request",
                value=self._job.id,
                remedy="Finished work is kept; the same command goes on from here.",
            )
        return Conflict(
            "Another process has taken over this job", value=self._job.id, remedy="This one stops; see pelagia jobs."
        )
