"""Trainings: jobs of the queue, so that they keep nobody's prediction waiting and survive a restart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import anyio.to_thread
import sqlalchemy as sa
from starlette.responses import Response
from starlette.types import Receive, Scope

from pelagia.api.deepaas.files import opener, plain_name
from pelagia.api.deepaas.incoming import read_request
from pelagia.api.deepaas.replies import json_reply
from pelagia.api.deepaas.served import Served
from pelagia.api.deepaas.wanted import Wanted, WrongArguments, wanted
from pelagia.core.errors import Conflict, NotFound, PelagiaError
from pelagia.core.service import Service
from pelagia.orders.addresses import checked_order
from pelagia.orders.order import Order
from pelagia.orders.submit import submit
from pelagia.orders.uploads import accept_all, delete_upload
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.access import require_access, require_scope
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Job, find_job, job_of_row
from pelagia.runtime.lifecycle import cancel_job
from pelagia.runtime.outward import outward
from pelagia.runtime.result_file import read_result
from pelagia.runtime.tables import JOBS
from pelagia.runtime.upload_folder import Incoming
from pelagia.runtime.uploads import Upload, create_upload

ROUTE = "deepaas"
MOST_LISTED = 1000
# A cancelled training is gone, as it is from the original.
STATUS: Mapping[str, str] = {"queued": "running", "running": "running", "succeeded": "done", "failed": "error"}


async def start(bench: Workbench, served: Served, service: Service[Any], scope: Scope, receive: Receive) -> Response:
    """Put a training into the queue.

    Raises
    ------
    PelagiaError
        Where it cannot be done, or whoever asks may not have it done.
    """
    principal: Principal = scope["state"]["principal"]
    runtime = bench.runtime
    await anyio.to_thread.run_sync(lambda: require_access(runtime, principal, service.slug, "training"))
    with ExitStack() as stack:
        brought = await read_request(scope, receive, opener(runtime.settings, principal), stack)
        slots = [slot.name for slot in service.inputs if slot.at_least > 0]
        given = wanted(served.train or {}, slots, brought)
        job = await anyio.to_thread.run_sync(lambda: _submitted(bench, principal, service, given))
    return json_reply(_told(bench, served, job))


async def listed(bench: Workbench, served: Served, scope: Scope) -> Response:
    """Return the trainings of whoever asks, the oldest first, as a bare array."""
    if served.service.training is None:
        return json_reply([])
    principal, slug = scope["state"]["principal"], served.service.training.slug
    mine = (JOBS.c.asker == principal.asker) & (JOBS.c.service == slug) & JOBS.c.state.in_(list(STATUS))

    def found() -> list[dict[str, Any]]:
        query = sa.select(JOBS).where(mine).order_by(JOBS.c.created_at, JOBS.c.id).limit(MOST_LISTED)
        with bench.runtime.database.read() as connection:
            jobs = [job_of_row(row) for row in connection.execute(query).mappings()]
        return [_told(bench, served, job) for job in jobs]

    return json_reply(await anyio.to_thread.run_sync(found))


async def one(bench: Workbench, served: Served, training_id: str, scope: Scope) -> Response:
    """Return a training.

    Raises
    ------
    NotFound
        Where there is none, it was cancelled, or it is somebody else's.
    """
    principal = scope["state"]["principal"]
    told = await anyio.to_thread.run_sync(lambda: _told(bench, served, _own(bench, served, training_id, principal)))
    return json_reply(told)


async def cancel(bench: Workbench, served: Served, training_id: str, scope: Scope) -> Response:
    """Stop a training; one that has ended already is only told of.

    Raises
    ------
    NotFound
        Where there is none, it was cancelled, or it is somebody else's.
    NotAllowed
        Where the token allows neither to train nor to run.
    """
    principal: Principal = scope["state"]["principal"]
    if "train" not in principal.scopes:
        require_scope(principal, "run")

    def stopped() -> dict[str, Any]:
        job = _own(bench, served, training_id, principal)
        try:
            job = cancel_job(bench.runtime.database, job.id)
        except Conflict:
            # It has ended meanwhile.
            job = find_job(bench.runtime.database, job.id)
        return _told(bench, served, job)

    return json_reply(await anyio.to_thread.run_sync(stopped))


def _own(bench: Workbench, served: Served, training_id: str, principal: Principal) -> Job:
    job = find_job(bench.runtime.database, training_id)
    training = served.service.training
    is_it = job.id == training_id and training is not None and job.service == training.slug
    if not is_it or job.state not in STATUS or (job.asker != principal.asker and not principal.is_admin):
        raise NotFound("There is no such training", value=training_id, remedy="The list of trainings has them.")
    return job


def _submitted(bench: Workbench, principal: Principal, service: Service[Any], given: Wanted) -> Job:
    typed = Order(service=service.slug, inputs=given.addresses, params=given.params, models=given.models)
    order = checked_order(bench, principal, typed)
    if not given.files:
        return submit(bench, order, principal, kind="training", route=ROUTE)
    upload = create_upload(bench.runtime.database, principal.asker, f"{service.title} (DEEPaaS)")
    try:
        inputs = _taken(bench, principal, upload, given.files)
        whole = {slot: [*order.inputs.get(slot, ()), *inputs.get(slot, ())] for slot in (*order.inputs, *inputs)}
        order = Order(service=order.service, inputs=whole, params=order.params, models=order.models)
        return submit(bench, order, principal, kind="training", route=ROUTE)
    except PelagiaError:
        delete_upload(bench, upload)
        raise


def _taken(
    bench: Workbench, principal: Principal, upload: Upload, files: Mapping[str, list[tuple[str, Incoming]]]
) -> dict[str, list[str]]:
    """Put the files into an upload, where whoever asked finds them again; return the addresses of each slot."""
    arrived = [
        (f"{slot}/{position}/{plain_name(name)}", incoming)
        for slot, named in files.items()
        for position, (name, incoming) in enumerate(named)
    ]
    names, issues = accept_all(bench, principal, upload, arrived)
    if len(names) < len(arrived):
        raise WrongArguments({issue.file.partition("/")[0]: [f"{issue.message} {issue.remedy}"] for issue in issues})
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.partition("/")[0], []).append(f"{upload.address}/{name}")
    return found


def _told(bench: Workbench, served: Served, job: Job) -> dict[str, Any]:
    """Return a training as DEEPaaS tells it."""
    names = {slot: [item["uri"] for item in items] for slot, items in job.request["inputs"].items()}
    told: dict[str, Any] = {
        "date": _date(job.created_at),
        "args": {**names, **job.request["params"]},
        "uuid": job.id,
        "status": STATUS.get(job.state, job.state),
    }
    if job.state == "failed":
        told["message"] = outward(job.error or {}, run=job.id)["what"]
    if job.state == "succeeded" and job.finished_at is not None:
        told["result"] = {
            "output": _output(bench, served, job),
            "finish_date": _date(job.finished_at),
            "duration": str(job.finished_at - job.created_at),
        }
    return told


def _output(bench: Workbench, served: Served, job: Job) -> Any:
    """Return what came of a training: the figures of its result, and the name the model is kept under."""
    kept = {"model": (job.output or {}).get("model")}
    try:
        result = read_result(bench.runtime.settings.workdir(job.id))
    except NotFound:
        # Its files were deleted since; the model is kept apart from them.
        return kept
    figures = {name: figure.value for name, figure in result.summary.items()}
    if served.original is not None and served.original.trained is not None:
        return served.original.trained(figures)
    return {**kept, **figures}


def _date(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
