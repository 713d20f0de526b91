"""People at a result: who may look and decide, what they decided, and the objects as they stand with it."""

from __future__ import annotations

import csv
import io
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pelagia.core.errors import BadParameter, Conflict, NotAllowed, NotFound, PelagiaError, SignInNeeded
from pelagia.core.result import own_files
from pelagia.core.spreadsheet import as_cells
from pelagia.core.table import Table
from pelagia.orders.edited import base_result, edited_folder, gallery_folder
from pelagia.orders.object_index import build_index, can_browse, open_index
from pelagia.orders.objects import Objects
from pelagia.orders.vignettes import VignetteStore
from pelagia.orders.workbench import Workbench
from pelagia.runtime import decisions
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.annotators import is_annotator
from pelagia.runtime.decisions import Annotator, Batch, Holdings
from pelagia.runtime.jobs import Job
from pelagia.runtime.settings import Settings

OBJECTS = "objects"
OPEN_GALLERIES = 8
LONGEST_LABEL = 200
LONGEST_NAME = 80
MOST_AT_ONCE = 5_000
GUEST = "guest"
BUILD_SECONDS = 600.0
TRACE_HEADER = ("number", "at", "by", "object_id", "old", "new")
CURRENT_HEADER = ("object_id", "taxon", "validated_by", "validated_at")


def may_look(bench: Workbench, principal: Principal, job: Job) -> bool:
    """Whether somebody may look at the result of a job and decide on its objects: its owner, and whom they invited."""
    if owns(principal, job):
        return True
    return principal.account_id is not None and is_annotator(bench.runtime.database, job.id, principal.account_id)


def owns(principal: Principal, job: Job) -> bool:
    """Whether somebody had the job made, or runs the installation."""
    is_admin = principal.is_admin and "admin" in principal.scopes
    return is_admin or (bool(job.asker) and job.asker == principal.asker)


def require_inviter(principal: Principal, job: Job) -> None:
    """Let only an owner with an account pass: an invitation tells whether somebody has an account here.

    Raises
    ------
    SignInNeeded
        Where it is a visit.
    NotAllowed
        Where somebody else asks.
    """
    if principal.is_anonymous:
        raise SignInNeeded("Only people with an account can invite others", remedy="Sign in, and run it again.")
    if not owns(principal, job):
        raise NotAllowed("Only whoever had this run made may do this", remedy="Ask them.")


def annotator_of(principal: Principal, name: str = "") -> Annotator:
    """Return as whom somebody decides.

    Parameters
    ----------
    principal
        Who.
    name
        For a visit without an account, the name the exports shall give; accounts have their own.

    Raises
    ------
    NotAllowed
        Where the token does not allow it.
    """
    if "run" not in principal.scopes:
        raise NotAllowed("This token allows to read only", remedy="Use one with the scope `run`.")
    shown = principal.name if not principal.is_anonymous else _plain(name)[:LONGEST_NAME]
    return Annotator(key=principal.asker, name=shown or GUEST)


def checked_labels(given: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return names given to objects, tidied.

    Raises
    ------
    BadParameter
        Where there are none, too many, or one is empty or too long.
    """
    if not given or len(given) > MOST_AT_ONCE:
        raise BadParameter(
            "Decisions come in portions", value=len(given), remedy=f"Send 1 to {MOST_AT_ONCE} of them at once."
        )
    labels = {object_id: None if label is None else _plain(label) for object_id, label in given.items()}
    for object_id, label in labels.items():
        if label is not None and not 0 < len(label) <= LONGEST_LABEL:
            raise BadParameter(
                "A name must have 1 to 200 characters",
                value=label[:40],
                remedy="Give a shorter one, or null to take a decision back.",
                file=object_id[:120],
            )
    return labels


def _plain(text: str) -> str:
    """Return a text in one line without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """The objects of a result, ready to be looked at."""

    job: Job
    objects: Objects
    vignettes: VignetteStore


@dataclass
class Galleries:
    """The galleries that were opened last, kept for the next request; one for an application.

    Parameters
    ----------
    bench
        The installation.
    """

    bench: Workbench
    _open: OrderedDict[str, Gallery] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _building: dict[str, threading.Lock] = field(default_factory=dict)

    def open(self, job: Job) -> Gallery:
        """Return the gallery of a job, with all decisions made so far.

        Raises
        ------
        Conflict
            Where the job is not finished.
        NotFound
            Where its result has no objects with images, or is no longer kept.
        """
        if job.cleaned_at is not None:
            self._close(job.id)
            raise NotFound("The files of this run were deleted", value=job.id, remedy="Make a new one.", code="gone")
        with self._lock:
            building = self._building.setdefault(job.id, threading.Lock())
        # One request opens it and catches up, the others wait for that.
        with building:
            with self._lock:
                gallery = self._open.get(job.id)
            if gallery is None or not self._is_latest(gallery):
                try:
                    gallery = self._made(job)
                except PelagiaError:
                    self._close(job.id)
                    raise
                with self._lock:
                    self._open[job.id] = gallery
                    while len(self._open) > OPEN_GALLERIES:
                        closed, _ = self._open.popitem(last=False)
                        self._building.pop(closed, None)
            self._catch_up(gallery)
            return gallery

    def record(self, gallery: Gallery, labels: Mapping[str, str | None], annotator: Annotator) -> Batch:
        """Record a person's decisions.

        Raises
        ------
        NotFound
            Where one is on an object that the result does not have; then none is recorded.
        """
        missing = labels.keys() - gallery.objects.index.find(list(labels)).keys()
        if missing:
            raise NotFound(
                "There is no such object in this result",
                value=", ".join(sorted(missing)[:3]),
                remedy="Take the object_id from the list of objects.",
            )
        batch = decisions.record(self.bench.runtime.database, gallery.job.id, labels, annotator)
        self.open(gallery.job)
        return batch

    def undo(self, gallery: Gallery, first: int, last: int, annotator: Annotator) -> Batch:
        """Let a person hold again what they held before a batch of theirs."""
        batch = decisions.undo(self.bench.runtime.database, gallery.job.id, first, last, annotator)
        self.open(gallery.job)
        return batch

    def _close(self, job_id: str) -> None:
        with self._lock:
            self._open.pop(job_id, None)
            self._building.pop(job_id, None)

    def _made(self, job: Job) -> Gallery:
        settings = self.bench.runtime.settings
        table = objects_of(settings, job)
        own = own_files(base_result(settings, job).artifacts)
        path = index_path(settings, job.id, table)
        index = open_index(table.path, path, own)
        if index is None:
            self.bench.warm.call(build_index, str(table.path), str(path), timeout_s=BUILD_SECONDS)
            index = open_index(table.path, path, own)
        if index is None:
            raise Conflict("The result is being written just now", remedy="Try again in a moment.")
        store = VignetteStore(path=path.with_name("vignettes.sqlite"))
        return Gallery(job=job, objects=Objects(index), vignettes=store)

    def _is_latest(self, gallery: Gallery) -> bool:
        """Whether no later edits of lines or metadata have made other objects of it."""
        latest = edited_folder(self.bench.runtime.settings, gallery.job.id)
        shown = gallery.objects.index.parquet.parent
        return latest is None or shown == latest

    def _catch_up(self, gallery: Gallery) -> None:
        database, last = self.bench.runtime.database, gallery.objects.holdings.last
        new = decisions.entries(database, gallery.job.id, after=last)
        if new:
            gallery.objects.add(new)


def objects_of(settings: Settings, job: Job) -> Table:
    """Return the table ``objects`` of a finished job before anybody named one: by the machine, with people's edits.

    Raises
    ------
    Conflict
        Where the job is not finished.
    NotFound
        Where its result has no objects with images, or is no longer kept.
    """
    if job.state != "succeeded":
        raise Conflict("This run is not finished", value=job.state, remedy="Wait until it is.")
    table = base_result(settings, job).tables.get(OBJECTS)
    if table is None or not can_browse(pq.read_schema(table.path).names):
        raise NotFound(
            "This result has no images to look at", value=job.service, remedy="See its tables and files instead."
        )
    return table


def has_gallery(settings: Settings, job: Job) -> bool:
    """Whether the result of a job can be shown as a gallery."""
    try:
        objects_of(settings, job)
    except (Conflict, NotFound):
        return False
    return True


def trace_rows(machine: Mapping[str, str | None], entries: Iterator[decisions.Entry]) -> Iterator[tuple[Any, ...]]:
    """Yield what happened, decision by decision: number, when, by whom, object, name before, name after.

    Parameters
    ----------
    machine
        ``object_id`` → the name by the machine.
    entries
        All decisions in their order.
    """
    held = Holdings()
    for entry in entries:
        before = held.current(entry.object_id)
        held.add([entry])
        after = held.current(entry.object_id)
        old = before.label if before else machine.get(entry.object_id)
        new = after.label if after else machine.get(entry.object_id)
        yield entry.id, decisions.utc_text(entry.at), entry.annotator.name, entry.object_id, old, new


def current_csv(held: Holdings) -> bytes:
    """Return what holds as CSV, which ``pelagia run … --corrections`` takes."""
    rows = ((name, one.label, one.by, one.at) for name, one in sorted(held.decisions().items()))
    return _csv(CURRENT_HEADER, rows)


def trace_csv(machine: Mapping[str, str | None], entries: Iterator[decisions.Entry]) -> bytes:
    """Return what happened, decision by decision, as CSV."""
    return _csv(TRACE_HEADER, trace_rows(machine, entries))


def _csv(header: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(map(as_cells, rows))
    return text.getvalue().encode()


def index_path(settings: Settings, job_id: str, table: Table) -> Path:
    """Return where the index of a table of objects stands; each edited one has its own."""
    edited = edited_folder(settings, job_id)
    folder = table.path.parent if table.path.parent == edited else gallery_folder(settings, job_id)
    return folder / "objects.arrow"
