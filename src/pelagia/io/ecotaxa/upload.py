"""From an export to a project of EcoTaxa: compare first, never mix what differs, then send and follow the import."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pelagia.core.errors import BadInput, Conflict, NotFound
from pelagia.io.ecotaxa.server import EcoTaxa, RemoteJob, RemoteProject
from pelagia.io.ecotaxa.validate import Validation, validate_bundles

Action = Literal["import", "add", "update", "nothing"]
POLL_SECONDS = 2.0
SHOWN = 3
EXPORTS_FOLDER = "exports"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many objects are in both, only in the export, only in the project; and some names of each of the latter."""

    both: int
    only_here: int
    only_there: int
    examples_here: tuple[str, ...] = ()
    examples_there: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = (
            f"{self.both:,} objects in both, {self.only_here:,} only in the export, "
            f"{self.only_there:,} only in the project"
        )
        for words, names in (("export", self.examples_here), ("project", self.examples_there)):
            if names:
                told += f"; only in the {words}: {', '.join(names)}"
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an upload will do."""

    files: tuple[Path, ...]
    project: RemoteProject
    action: Action
    comparison: Comparison
    validation: Validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is allowed besides filling an empty project.

    Parameters
    ----------
    add
        Add to a project that holds other objects, or a part of these.
    update
        Write the fields of the objects that the project holds anew; ``annotations`` also what they are named.
    users, taxa
        Numbers of users and categories in EcoTaxa by the names in the tables, where it does not know them by itself.
    """

    add: bool = False
    update: Literal["", "fields", "annotations"] = ""
    users: Mapping[str, int] = field(default_factory=dict)
    taxa: Mapping[str, int] = field(default_factory=dict)


def find_archives(place: Path) -> tuple[Path, ...]:
    """Find the archives of an export.

    Parameters
    ----------
    place
        The output folder of a run, a folder with ``ecotaxa*.zip``, or one such file.

    Raises
    ------
    NotFound
        Where there is none.
    """
    if place.is_file():
        return (place,)
    for folder in (place / EXPORTS_FOLDER, place):
        found = sorted(folder.glob("ecotaxa*.zip"), key=lambda path: (len(path.name), path.name))
        if found:
            return tuple(found)
    raise NotFound(
        "There is no import file for EcoTaxa",
        file=str(place),
        remedy="Run the service with --export ecotaxa, and name its output folder or the zip file.",
    )


def plan_upload(server: EcoTaxa, project: int, files: Sequence[Path], wishes: Wishes) -> Plan:
    """Look at the export and at the project, and decide what may be done; nothing is changed.

    Raises
    ------
    BadInput
        Where EcoTaxa would refuse the export.
    Conflict
        Where the project holds other objects and nobody allowed to add.
    """
    remote = server.project(project)
    names = set(server.object_names(project))
    owners = server.acquisitions(project) if names else {}
    validation = validate_bundles([str(path) for path in files], update=bool(wishes.update), owners=owners)
    if not validation.accepted:
        raise _would_be_refused(validation)
    comparison = compare(set(validation.objects), names)
    return Plan(
        files=tuple(files),
        project=remote,
        action=_decide(comparison, wishes, remote),
        comparison=comparison,
        validation=validation,
    )


def compare(here: set[str], there: set[str]) -> Comparison:
    """Compare the objects of an export with those of a project, by their names."""
    only_here, only_there = here - there, there - here
    return Comparison(
        both=len(here & there),
        only_here=len(only_here),
        only_there=len(only_there),
        examples_here=tuple(sorted(only_here)[:SHOWN]) if there else (),
        examples_there=tuple(sorted(only_there)[:SHOWN]),
    )


def carry_out(
    server: EcoTaxa,
    plan: Plan,
    wishes: Wishes,
    on_progress: Callable[[Path, RemoteJob | None], None] = lambda _path, _job: None,
) -> list[RemoteJob]:
    """Send the archives one after the other and follow each import to its end.

    Parameters
    ----------
    on_progress
        Is told the archive, and its job as soon as there is one, now and then.

    Returns
    -------
    list of RemoteJob
        One a file, finished.

    Raises
    ------
    BadInput
        Where an import fails; what was imported before stays.
    Conflict
        Where EcoTaxa asks what ``wishes`` do not answer; the job waits there.
    """
    update = {"": "", "fields": "Yes", "annotations": "Cla"}[wishes.update] if plan.action == "update" else ""
    done: list[RemoteJob] = []
    if plan.action == "nothing":
        return done
    for path in plan.files:
        on_progress(path, None)
        source = server.put_file(path, _place(plan.project.number, path))
        # Of an export in several files, those sent before are in the project by now.
        skip = plan.action in {"add", "update"}
        number = server.start_import(plan.project.number, source, skip_existing=skip, update=update)
        done.append(_follow(server, number, path, wishes, on_progress))
    return done


def _place(project: int, path: Path) -> str:
    """Return where a file goes among the user's files: no other content may ever stand there, or be unpacked there."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return f"pelagia-{project}-{digest[:16]}/{path.name}"


def _follow(
    server: EcoTaxa,
    number: int,
    path: Path,
    wishes: Wishes,
    on_progress: Callable[[Path, RemoteJob | None], None],
) -> RemoteJob:
    answered = False
    while True:
        job = server.job(number)
        on_progress(path, job)
        if job.state == "F":
            return job
        if job.state == "E":
            raise BadInput(
                "EcoTaxa did not import the file",
                file=path.name,
                value="; ".join(job.errors)[:600] or job.message,
                remedy=f"Correct what it names and upload again; its job has the number {number}.",
                code="ecotaxa-import-failed",
            )
        if job.state == "A":
            if answered or not _answer(server, job, wishes):
                raise _asks(job, wishes)
            answered = True
        time.sleep(POLL_SECONDS)


def _answer(server: EcoTaxa, job: RemoteJob, wishes: Wishes) -> bool:
    """Answer a question where everything asked is known."""
    users, taxa = _asked(job)
    known_users = {name: number for name, number in wishes.users.items() if name in users}
    known_taxa = {name: number for name, number in wishes.taxa.items() if name in taxa}
    if set(users) - set(known_users) or set(taxa) - set(known_taxa):
        return False
    server.answer(job.number, known_users, known_taxa)
    return True


def _asked(job: RemoteJob) -> tuple[list[str], list[str]]:
    return (
        [str(name) for name in job.question.get("missing_users") or ()],
        [str(name) for name in job.question.get("missing_taxa") or ()],
    )


def _asks(job: RemoteJob, wishes: Wishes) -> Conflict:
    users, taxa = _asked(job)
    open_users = [name for name in users if name not in wishes.users]
    open_taxa = [name for name in taxa if name not in wishes.taxa]
    return Conflict(
        "EcoTaxa does not know all users and categories of the tables, and waits for an answer",
        value="; ".join(
            f"{words}: {', '.join(names)}"
            for words, names in (("users", open_users), ("categories", open_taxa))
            if names
        ),
        remedy=f"Answer its job {job.number} in EcoTaxa, or delete that job and upload again with --person NAME=NUMBER "
        "and --taxon NAME=NUMBER.",
        code="ecotaxa-asks",
    )


def _decide(comparison: Comparison, wishes: Wishes, project: RemoteProject) -> Action:
    """Decide what may be done with a project that holds these objects."""
    if not comparison.both and not comparison.only_there:
        if wishes.update:
            raise _nothing_to_update(project)
        return "import"
    same = not comparison.only_here and not comparison.only_there
    if wishes.update:
        if same or (wishes.add and not comparison.only_here):
            return "update"
        raise _differs(comparison, project, "To update, export exactly the objects of the project.")
    if same:
        return "nothing"
    if wishes.add:
        return "add" if comparison.only_here else "nothing"
    raise _differs(
        comparison,
        project,
        "Choose an empty project; or, if these shall stand beside those, upload with --add: what the project has "
        "already is left as it is.",
    )


def _differs(comparison: Comparison, project: RemoteProject, remedy: str) -> Conflict:
    return Conflict(
        f"The project {project.number} ({project.title}) holds other objects",
        value=str(comparison),
        remedy=remedy,
        code="ecotaxa-other-objects",
    )


def _nothing_to_update(project: RemoteProject) -> Conflict:
    return Conflict(
        f"The project {project.number} ({project.title}) is empty; there is nothing to update",
        remedy="Upload without --update.",
        code="ecotaxa-other-objects",
    )


def _would_be_refused(validation: Validation) -> BadInput:
    errors = [found for found in validation.findings if found.severity == "error"]
    first = errors[0]
    return BadInput(
        f"EcoTaxa would refuse the export: {first.message}" + (f" (and {len(errors) - 1} more)" if errors[1:] else ""),
        file=first.file,
        value=", ".join(part for part in (first.place, first.value) if part),
        remedy=f"{first.remedy} See all: pelagia ecotaxa validate.",
        code="ecotaxa-would-refuse",
    )
