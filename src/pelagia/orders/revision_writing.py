"""Writing a revision of a result; runs in a process of its own, which may load what pipelines need."""

from __future__ import annotations

import importlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from pelagia.catalogue.models import resolve
from pelagia.core.errors import Conflict
from pelagia.core.result import Artifact, Result
from pelagia.core.service import Request, Reviser
from pelagia.core.table import Table
from pelagia.orders.decisions import current_csv, trace_csv
from pelagia.orders.edited import PREFIX, edited_path
from pelagia.orders.result_folder import write_result_folder
from pelagia.orders.revise import NOTE, Made, made_json, made_of, next_folder
from pelagia.runtime.database import open_database
from pelagia.runtime.decisions import Entry, Holdings, entries, utc_text
from pelagia.runtime.edits import Made as EditMade
from pelagia.runtime.edits import edits_of
from pelagia.runtime.jobs import Job, find_job
from pelagia.runtime.registry import find_face
from pelagia.runtime.result_file import has_result, read_result, write_result
from pelagia.runtime.settings import Settings

DECISIONS = "decisions.csv"
TRACE = "decisions-trace.csv"


def write_revision(settings: Settings, job_id: str) -> None:
    """Write the result of a job with the decisions made so far into its next folder.

    Parameters
    ----------
    settings
        Of the installation.
    job_id
        Of the job.
    """
    with open_database(settings.database) as database:
        job = find_job(database, job_id)
        made_so_far = entries(database, job_id)
        edits = edits_of(database, job_id)
    held = Holdings()
    held.add(made_so_far)
    work = settings.workdir(job_id) / "gallery" / "revision"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    machine = read_result(settings.workdir(job_id))
    request = request_of_job(job, settings.home)
    base = _with_edits(settings, job, request, machine, edits) if edits else machine
    revised = reviser_of(job).revise(request, base, held.decisions(), work)
    made = Made(
        number=made_of(settings, job_id).number + 1,
        decided=len(held.objects),
        up_to=held.last,
        edits_up_to=edits[-1].id if edits else 0,
        made_at=utc_text(max([*(one.at for one in made_so_far), *(one.at for one in edits)])),
    )
    out = next_folder(settings, job_id)
    shutil.rmtree(out, ignore_errors=True)
    write_result_folder(job, _with_trace(revised, base, made_so_far, held, made, work), out)
    shutil.rmtree(work)


def _with_edits(settings: Settings, job: Job, request: Request[Any], machine: Result, edits: list[EditMade]) -> Result:
    """Return the result with people's edits, made anew unless it stands there already; names come on top of it."""
    folder = edited_path(settings, job.id, edits[-1].id)
    if not has_result(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        edited = reviser_of(job).revise(request, machine, {}, folder, edits=[made.edit for made in edits])
        write_result(edited, folder)
    for older in folder.parent.glob(f"{PREFIX}*"):
        if older != folder:
            shutil.rmtree(older, ignore_errors=True)
    return read_result(folder)


def reviser_of(job: Job) -> Reviser[Any]:
    """Import what revises the results of a job's service."""
    return cast("Reviser[Any]", importlib.import_module(find_face(job.service).reviser))


def request_of_job(job: Job, home: Path) -> Request[Any]:
    """Return what a job was asked.

    The version of the service and the files of the inputs may have changed since: only counts are made anew, and the
    predictions stand in the result. The model must be the same, since counts are adjusted by its mistakes.

    Raises
    ------
    Conflict
        Where the model of that name is another one now.
    """
    service, record = find_face(job.service), job.request
    models = {
        role: resolve(f"{model['name']}@{model['version']}", role, home=home)
        for role, model in record["models"].items()
    }
    for role, model in models.items():
        if model.sha256 != record["models"][role]["sha256"]:
            raise Conflict(
                "The model was replaced by another one of the same name",
                value=f"{model.name}@{model.version}",
                remedy="Download the decisions, run the analysis anew, and give them as its corrections.",
            )
    return Request(
        service=service.slug,
        service_version=job.service_version,
        inputs={slot: tuple(one["uri"] for one in given) for slot, given in record["inputs"].items()},
        params=service.params.model_validate(record["params"]),
        models=models,
        seed=record["seed"],
    )


def _with_trace(
    revised: Result, machine: Result, made_so_far: list[Entry], held: Holdings, made: Made, work: Path
) -> Result:
    named = {entry.object_id for entry in made_so_far}
    names = _machine_names(machine.tables["objects"], named) if named else {}
    files = (
        (DECISIONS, "text/csv", current_csv(held), "What people decided, as the corrections of a new run"),
        (TRACE, "text/csv", trace_csv(names, iter(made_so_far)), "Every decision: when, by whom, old and new name"),
        (NOTE, "application/json", made_json(made).encode(), "Which revision this is"),
    )
    artifacts = []
    for name, media_type, data, description in files:
        (work / name).write_bytes(data)
        artifacts.append(
            Artifact(role="decisions", name=name, path=work / name, media_type=media_type, description=description)
        )
    people = ", ".join(sorted({one.name for one in held.annotators()})) or "nobody"
    changed = " Lines or metadata were changed as well: see cuts and edits." if made.edits_up_to else ""
    note = (
        f"Revision {made.number}: {made.decided:,} objects were named by people ({people}), the last change on "
        f"{made.made_at[:10]}; {TRACE} has every decision.{changed} The result as predicted is kept."
    )
    return replace(revised, artifacts=(*revised.artifacts, *artifacts), notes=(*revised.notes, note))


def _machine_names(objects: Table, wanted: set[str]) -> dict[str, str | None]:
    """Return the names the machine gave to some objects."""
    found: dict[str, str | None] = {}
    for batch in objects.batches(["object_id", "taxon"]):
        pairs = zip(batch["object_id"].to_pylist(), batch["taxon"].to_pylist(), strict=True)
        found |= {object_id: taxon for object_id, taxon in pairs if object_id in wanted}
    return found
