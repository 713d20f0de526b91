"""The result of a job before anybody named its objects: as the machine gave it, or with people's edits of it.

work/<job>/gallery/edited-<n>/   the result with the edits up to number n; the machine's files that did not change
are not copied
"""

from __future__ import annotations

from pathlib import Path

from pelagia.core.result import Result
from pelagia.runtime.jobs import Job
from pelagia.runtime.result_file import has_result, read_result
from pelagia.runtime.settings import Settings

PREFIX = "edited-"


def gallery_folder(settings: Settings, job_id: str) -> Path:
    """Return where the gallery of a job keeps what can be made again."""
    return settings.workdir(job_id) / "gallery"


def edited_path(settings: Settings, job_id: str, number: int) -> Path:
    """Return the folder of the result with the edits up to a number."""
    return gallery_folder(settings, job_id) / f"{PREFIX}{number:09d}"


def edited_folder(settings: Settings, job_id: str) -> Path | None:
    """Return the folder of the latest result with edits, ``None`` where there is none."""
    complete = [path for path in gallery_folder(settings, job_id).glob(f"{PREFIX}*") if has_result(path)]
    return max(complete, default=None)


def base_result(settings: Settings, job: Job) -> Result:
    """Return what decisions on objects start from.

    Raises
    ------
    NotFound
        Where it is no longer kept.
    """
    return read_result(edited_folder(settings, job.id) or settings.workdir(job.id))
