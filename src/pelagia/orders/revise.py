"""Results that follow people's decisions: written anew beside the old ones, then put in their place in one go.

    results/<job>                what is shown and downloaded: as predicted, or the latest revision
    results/<job>.as-predicted   the result as the machine gave it, once there is a revision
    results/<job>.next           a revision being written
    results/<job>.old            the last revision, until it is deleted

A revision starts from the result as the machine gave it, so that a decision taken back leaves no trace. Nothing is
classified or billed again. It is written in a process of its own, which may take minutes for a million images; a crash
at any point leaves a whole result in place.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pelagia.core.errors import Conflict, PelagiaError
from pelagia.orders.decisions import has_gallery, objects_of
from pelagia.orders.edited import base_result, gallery_folder
from pelagia.orders.named import call_named
from pelagia.orders.workbench import Workbench
from pelagia.runtime.decisions import last_decision
from pelagia.runtime.edits import last_edit
from pelagia.runtime.executors import ProcessExecutor
from pelagia.runtime.faults import StepFailed, clear_fault, error_to_json
from pelagia.runtime.jobs import Job
from pelagia.runtime.logging import get_logger
from pelagia.runtime.outward import outward
from pelagia.runtime.owner import is_alive, is_elsewhere, this_process
from pelagia.runtime.registry import find_face
from pelagia.runtime.settings import Settings

NOTE = "revision.json"
WRITE = "pelagia.orders.revision_writing:write_revision"
State = Literal["as-predicted", "current", "outdated", "running", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a written revision says of itself.

    Parameters
    ----------
    number
        1 for the first; 0 stands for the result as predicted.
    decided
        Objects on which a person's decision holds.
    up_to
        The number of the last decision in it.
    edits_up_to
        The number of the last edit of lines or metadata in it.
    made_at
        When, ISO 8601 in UTC; empty for the result as predicted.
    """

    number: int = 0
    decided: int = 0
    up_to: int = 0
    edits_up_to: int = 0
    made_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """How the written result stands to the decisions.

    Parameters
    ----------
    state
        ``as-predicted``: there is no decision. ``current``: all decisions are in it. ``outdated``: there are newer
        ones. ``running``: it is being written. ``failed``: that did not succeed.
    made
        The revision that is shown and downloaded.
    error
        What went wrong.
    """

    state: State
    made: Made
    error: Mapping[str, str] = field(default_factory=dict)


def as_predicted_folder(settings: Settings, job_id: str) -> Path:
    """Return the folder of the result as the machine gave it."""
    kept = _beside(settings, job_id, "as-predicted")
    return kept if kept.is_dir() else settings.result_folder(job_id)


def can_revise(settings: Settings, job: Job) -> bool:
    """Whether the result of a job can follow decisions."""
    # A service that is no longer installed cannot make anything anew.
    with contextlib.suppress(PelagiaError):
        face = find_face(job.service)
        # Where objects have no images, such as litter on a map, everything people change is an edit.
        return bool(face.reviser) and (has_gallery(settings, job) or (bool(face.editor) and _is_kept(settings, job)))
    return False


def require_revisable(settings: Settings, job: Job) -> None:
    """Refuse a result that nobody can change.

    Raises
    ------
    PelagiaError
        Where there is none, or it has neither objects to be named nor anything to be edited.
    """
    if not can_revise(settings, job):
        objects_of(settings, job)


def _is_kept(settings: Settings, job: Job) -> bool:
    return job.state == "succeeded" and bool(base_result(settings, job).tables)


def read_revision(bench: Workbench, job: Job) -> Revision:
    """Say how the written result of a job stands to the decisions."""
    settings = bench.runtime.settings
    running, error = _running(settings, job.id)
    if running:
        return Revision(state="running", made=made_of(settings, job.id))
    settle(settings, job.id)
    made = made_of(settings, job.id)
    last = last_decision(bench.runtime.database, job.id)
    edited = last_edit(bench.runtime.database, job.id)
    if error:
        return Revision(state="failed", made=made, error=error)
    if last > made.up_to or edited > made.edits_up_to:
        return Revision(state="outdated", made=made)
    return Revision(state="current" if last or edited else "as-predicted", made=made)


def made_of(settings: Settings, job_id: str) -> Made:
    """Return what the revision in place says of itself."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return Made(**json.loads((settings.result_folder(job_id) / NOTE).read_text(encoding="utf-8")))
    return Made()


@dataclass
class Revisers:
    """Writes revisions in the background, one at a time; one for an application.

    Parameters
    ----------
    bench
        The installation.
    """

    bench: Workbench
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def start(self, job: Job) -> None:
        """Begin to write a revision with the decisions made so far; does not wait for it.

        Raises
        ------
        Conflict
            Where the service knows no revisions, or there is nothing to be written.
        """
        settings = self.bench.runtime.settings
        if not can_revise(settings, job):
            raise Conflict(
                "This result cannot follow decisions", value=job.service, remedy="Download the decisions instead."
            )
        with self._starting:
            now = read_revision(self.bench, job)
            if now.state == "running":
                return
            if now.state in {"as-predicted", "current"}:
                raise Conflict(
                    "There is no decision or change that is not in the result", remedy="Nothing has to be done."
                )
            _note_running(settings, job.id, {"owner": this_process()})
        threading.Thread(target=self._carry_out, args=(job.id,), name=f"revision-{job.id}", daemon=True).start()

    def _carry_out(self, job_id: str) -> None:
        settings = self.bench.runtime.settings
        with self._turn:
            executor = ProcessExecutor(1)
            try:
                executor.submit(call_named, WRITE, settings, job_id).result()
                put_in_place(settings, job_id)
                _running_path(settings, job_id).unlink(missing_ok=True)
            except Exception as error:
                _note_running(settings, job_id, {"error": _told(error)})
            finally:
                executor.stop()


def put_in_place(settings: Settings, job_id: str) -> None:
    """Let the new folder be the result; the one as predicted is kept, an older revision deleted."""
    current, new = settings.result_folder(job_id), next_folder(settings, job_id)
    kept, old = _beside(settings, job_id, "as-predicted"), _beside(settings, job_id, "old")
    if current.is_dir():
        shutil.rmtree(old, ignore_errors=True)
        current.rename(old if kept.is_dir() else kept)
    new.rename(current)
    shutil.rmtree(old, ignore_errors=True)


def settle(settings: Settings, job_id: str) -> None:
    """Finish what a crash between two renames left: a result is always in its place."""
    current, new = settings.result_folder(job_id), next_folder(settings, job_id)
    if current.is_dir():
        return
    if (new / "summary.json").is_file():
        new.rename(current)
        return
    old = _beside(settings, job_id, "old")
    if old.is_dir():
        old.rename(current)


def is_written_anew(settings: Settings, job_id: str) -> bool:
    """Whether a revision of a result is being written."""
    return _running(settings, job_id)[0]


def remove_revisions(settings: Settings, job_id: str) -> None:
    """Delete what stands beside a result that is itself deleted."""
    for name in ("as-predicted", "next", "old"):
        shutil.rmtree(_beside(settings, job_id, name), ignore_errors=True)


def next_folder(settings: Settings, job_id: str) -> Path:
    """Return the folder in which a revision is written."""
    return _beside(settings, job_id, "next")


def made_json(made: Made) -> str:
    """Return what is written of a revision into its folder."""
    return json.dumps(asdict(made), indent=1) + "\n"


def _beside(settings: Settings, job_id: str, what: str) -> Path:
    folder = settings.result_folder(job_id)
    return folder.with_name(f"{folder.name}.{what}")


def _running_path(settings: Settings, job_id: str) -> Path:
    return gallery_folder(settings, job_id) / "revising.json"


def _note_running(settings: Settings, job_id: str, told: Mapping[str, Any]) -> None:
    path = _running_path(settings, job_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(json.dumps(told), encoding="utf-8")
    partial.replace(path)


def _running(settings: Settings, job_id: str) -> tuple[bool, Mapping[str, str]]:
    """Return whether a revision is being written, and what the last try failed of."""
    try:
        told = json.loads(_running_path(settings, job_id).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False, {}
    owner = told.get("owner")
    if owner is None:
        return False, told.get("error", {})
    return is_elsewhere(owner) or is_alive(owner), {}


def _told(error: Exception) -> dict[str, str]:
    """Return an error for people; of one we did not foresee only what it was of: the log has the rest."""
    if isinstance(error, PelagiaError):
        return outward(error_to_json(error))
    get_logger().error("revision failed", exc_info=error)
    clear = clear_fault(error, "revision")
    what = "The program made a mistake" if isinstance(clear, StepFailed) else clear.what
    return {"what": what, "value": "", "remedy": "Try again. The result shown is whole.", "file": ""}
