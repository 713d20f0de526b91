"""From a job of the queue to its output folder: what a worker does with a job it has claimed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pelagia.catalogue.models import resolve
from pelagia.core.errors import BadInput, Conflict
from pelagia.core.result import Result
from pelagia.core.service import ModelRef, Request, Service
from pelagia.io.sources import fingerprint
from pelagia.orders.delivery import keep_model, write_model
from pelagia.orders.result_folder import write_result_folder
from pelagia.runtime import job_log
from pelagia.runtime.executors import Executor
from pelagia.runtime.jobs import Job
from pelagia.runtime.registry import find_face, is_training
from pelagia.runtime.runner import Runtime, run_claimed


def fulfil(runtime: Runtime, executor: Executor, job: Job) -> None:
    """Run a claimed job and write its output folder; only then it counts as succeeded.

    Killed at any moment and claimed anew, it ends with the same folder, byte for byte, and is counted once.

    Raises
    ------
    PelagiaError
        Where it cannot be done; nothing of that is recorded here.
    """
    service = find_face(job.service)
    request = request_of_record(service, job.request, runtime.settings.home)
    run_claimed(runtime, executor, service, request, job, deliver=partial(_deliver, runtime, job))


def request_of_record(service: Service[Any], record: Mapping[str, Any], home: Path) -> Request[Any]:
    """Make the request again that a job was made of.

    Parameters
    ----------
    service
        Whom it is asked of.
    record
        As :func:`pelagia.runtime.identity.request_record` wrote it down.
    home
        ``PELAGIA_HOME``, for installed models.

    Raises
    ------
    Conflict
        Where the service or a model is another one now.
    BadInput
        Where the files of an input have changed since.
    """
    if record["service_version"] != service.version:
        raise Conflict(
            f"{service.title} was updated after this was asked for",
            value=f"version {record['service_version']} then, {service.version} now",
            remedy="Start it anew.",
        )
    for item in (item for items in record["inputs"].values() for item in items):
        if fingerprint(item["uri"]) != item["fingerprint"]:
            raise BadInput(
                "The files of this input were changed after this was asked for",
                file=item["uri"],
                remedy="Start it anew, and leave the files as they are meanwhile.",
            )
    return Request(
        service=service.slug,
        service_version=service.version,
        inputs={slot: tuple(item["uri"] for item in items) for slot, items in record["inputs"].items()},
        params=service.params.model_validate(record["params"]),
        models={role: _model(role, model, home) for role, model in record["models"].items()},
        seed=record["seed"],
    )


def _model(role: str, record: Mapping[str, str], home: Path) -> ModelRef:
    found = resolve(f"{record['name']}@{record['version']}", role, home=home)
    if found.sha256 != record["sha256"]:
        raise Conflict(
            "The model was replaced by another one of the same name after this was asked for",
            value=f"{found.name}@{found.version}",
            remedy="Start it anew.",
        )
    return found


def _deliver(runtime: Runtime, job: Job, result: Result) -> dict[str, Any]:
    """Write what is wanted of a result; return what was written, as JSON."""
    out = runtime.settings.result_folder(job.id)
    if is_training(job.service):
        write_model(result, out, job.created_at.date())
        kept = keep_model(out, runtime.settings.home)
        with runtime.database.write() as connection:
            job_log.append(connection, job.id, f"The model is kept as {kept.reference}")
        return {"complete": True, "names": _names(out), "model": kept.reference}
    write_result_folder(job, result, out)
    return {"complete": True, "wanted": dict(job.wanted or {}), "names": _names(out)}


def _names(out: Path) -> list[str]:
    return sorted(entry.name for entry in out.iterdir() if not entry.name.startswith("."))
