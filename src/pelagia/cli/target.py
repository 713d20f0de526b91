"""The rules of the output folder: what may be written where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.errors import Conflict, Unavailable
from pelagia.exports.summary import read_summary
from pelagia.runtime.database import Database
from pelagia.runtime.identity import differences
from pelagia.runtime.jobs import Job, hash_request
from pelagia.runtime.lifecycle import jobs_into


def check_target(database: Database, out: Path, record: Mapping[str, Any], *, force: bool) -> None:
    """See that a request may write into a folder, and make the folder.

    An empty folder may be written into. So may one that holds the result of the same request, and with ``force``
    that of any other. A folder with anything else is never touched.

    Parameters
    ----------
    database
        Knows who wrote where.
    out
        The folder, absolute.
    record
        The request, as :func:`pelagia.runtime.identity.request_record` writes it down.
    force
        Whether an earlier result may be replaced.

    Raises
    ------
    Conflict
        Where it may not; the message says what differs.
    Unavailable
        Where it cannot be made.
    """
    earlier = jobs_into(database, str(out))
    if holds_something(out):
        _check_writer(out, earlier, record, force=force)
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".pelagia-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Unavailable(
            f"The output folder cannot be written to: {error.strerror}",
            file=str(out),
            remedy="Choose a folder on a disk with room, that you may write to.",
        ) from error


def holds_something(out: Path) -> bool:
    """Whether there is anything but hidden files in a folder, or something else of its name."""
    if not out.exists():
        return False
    return not out.is_dir() or any(not entry.name.startswith(".") for entry in out.iterdir())


def top_names(out: Path) -> list[str]:
    """Return the names of what is directly in a folder, but for hidden files."""
    return sorted(entry.name for entry in out.iterdir() if not entry.name.startswith("."))


def is_complete(out: Path, job: Job, wanted: Mapping[str, Any]) -> bool:
    """Whether a folder holds all that a job shall leave there.

    Parameters
    ----------
    out
        The folder.
    job
        The job.
    wanted
        What was chosen to be written.
    """
    output = job.output or {}
    if not output.get("complete") or output.get("wanted") != dict(wanted):
        return False
    return all((out / name).exists() for name in output["names"])


def _check_writer(out: Path, earlier: Sequence[Job], record: Mapping[str, Any], *, force: bool) -> None:
    writer = next((job for job in earlier if job.output is not None), None)
    if writer is None:
        _check_stranger(out, force=force)
        return
    if force or writer.request_hash == hash_request(record):
        return
    changed = differences(writer.request, record)
    raise Conflict(
        "The output folder holds the result of another request",
        file=str(out),
        value="; ".join(changed[:5]) + ("; …" if len(changed) > 5 else ""),
        remedy="Choose another folder for --out, or replace that result with --force.",
    )


def _check_stranger(out: Path, *, force: bool) -> None:
    """Refuse a folder that this installation did not write; another's result may be replaced if that is asked for."""
    if read_summary(out) is None:
        raise Conflict(
            "The output folder is not empty, and what is in it is no result of Pelagia",
            file=str(out),
            remedy="Choose another folder for --out; Pelagia does not mix its files with others.",
        )
    if not force:
        raise Conflict(
            "The output folder holds a result that this installation of Pelagia does not know",
            file=str(out),
            remedy="Choose another folder for --out, or replace that result with --force.",
        )
