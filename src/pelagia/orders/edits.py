"""Changes of a result beside the names of its objects: checked by the service, then kept."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import cast

from pelagia.core.errors import BadParameter, Conflict
from pelagia.core.service import Edit, Editor
from pelagia.orders.edited import base_result
from pelagia.orders.workbench import Workbench
from pelagia.runtime import edits
from pelagia.runtime.decisions import Annotator
from pelagia.runtime.edits import Made
from pelagia.runtime.jobs import Job
from pelagia.runtime.registry import find_face

MOST_AT_ONCE = 2_000
LONGEST_REASON = 500


def editor_of(job: Job) -> Editor:
    """Return what checks the changes of a job's result.

    Raises
    ------
    Conflict
        Where nothing but names can be changed.
    """
    path = find_face(job.service).editor
    if not path:
        raise Conflict(
            "In this result only the names of objects can be changed", value=job.service, remedy="Use its gallery."
        )
    return cast("Editor", importlib.import_module(path))


def change(bench: Workbench, job: Job, wanted: Sequence[Edit], annotator: Annotator) -> tuple[int, int]:
    """Check and keep a person's changes, all of them or none; returns the numbers of the first and the last.

    Raises
    ------
    BadParameter
        Where there are none, too many, or one cannot be.
    Conflict
        Where the job has no result yet, or nothing but names can be changed.
    """
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise BadParameter(
            "Changes come in portions", value=len(wanted), remedy=f"Send 1 to {MOST_AT_ONCE} of them at once."
        )
    editor = editor_of(job)
    _require_result(bench, job)
    checked = [editor.check(one) for one in wanted]
    return edits.record_edits(bench.runtime.database, job.id, checked, annotator)


def undo(bench: Workbench, job: Job, first: int, last: int, annotator: Annotator) -> tuple[int, int]:
    """Let hold again what held before some changes of a person."""
    _require_result(bench, job)
    return edits.undo_edits(bench.runtime.database, job.id, first, last, annotator)


def changes(bench: Workbench, job: Job) -> list[Made]:
    """Return all changes of a job's result, in order."""
    return edits.edits_of(bench.runtime.database, job.id)


def _require_result(bench: Workbench, job: Job) -> None:
    if job.state != "succeeded":
        raise Conflict("This run is not finished", value=job.state, remedy="Wait until it is.")
    base_result(bench.runtime.settings, job)
