"""A prediction: short work is done at once, longer work goes through the queue and is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any

import anyio.to_thread
from starlette.responses import FileResponse, Response
from starlette.types import Message, Receive, Scope, Send

from pelagia.api.deepaas.accept import chosen_type
from pelagia.api.deepaas.files import RequestFolder, opener
from pelagia.api.deepaas.incoming import read_request
from pelagia.api.deepaas.originals import Composed
from pelagia.api.deepaas.replies import JSON_TYPE, STILL_RUNNING, body_reply, error_reply
from pelagia.api.deepaas.served import JSON, ZIP, Served
from pelagia.api.deepaas.told import Told
from pelagia.api.deepaas.wanted import Wanted, WrongArguments, wanted
from pelagia.core.errors import Cancelled, NothingUsable, PelagiaError, Unavailable
from pelagia.orders.addresses import checked_order
from pelagia.orders.immediate import MOST_UNITS, Answered, ShortOrder, ShortOrders
from pelagia.orders.named import call_named
from pelagia.orders.order import Order
from pelagia.orders.submit import submit
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.access import kind_of_use, require_access
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Job, Kind, find_job
from pelagia.runtime.lifecycle import cancel_job
from pelagia.runtime.logging import get_logger
from pelagia.runtime.outward import outward
from pelagia.runtime.settings import Settings

ROUTE = "deepaas"
# By name: they are made where the libraries for them are loaded.
JSON_ANSWER, ZIP_ANSWER, DRAWN_ANSWER, JOB_ANSWER = (
    f"pelagia.api.deepaas.answers:{name}" for name in ("json_answer", "zip_answer", "drawn_answer", "answer_of_job")
)
FIRST_LOOK_S, LAST_LOOK_S = 0.05, 1.0


class StillRunning(Unavailable):
    """A prediction takes longer than a client may wait."""

    code = STILL_RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request for a prediction.

    Parameters
    ----------
    bench, short
        Where it is done.
    principal
        Who asks.
    served
        Which model.
    folder
        For its files.
    media_type
        Of the answer.
    """

    bench: Workbench
    short: ShortOrders
    principal: Principal
    served: Served
    folder: RequestFolder
    media_type: str

    @property
    def settings(self) -> Settings:
        """Of the installation."""
        return self.bench.runtime.settings


async def predict(
    bench: Workbench, short: ShortOrders, served: Served, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer a request for a prediction; its files are deleted afterwards.

    Raises
    ------
    PelagiaError
        Where it cannot be done.
    """
    principal: Principal = scope["state"]["principal"]
    header = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept")
    media_type = chosen_type(header, served.media_types)
    if media_type is None:
        raise WrongArguments({"accept": [f"Must be one of: {', '.join(served.media_types)}."]})
    folder = RequestFolder(bench.runtime.settings)
    asked = Asked(bench=bench, short=short, principal=principal, served=served, folder=folder, media_type=media_type)
    try:
        response = await _answer(asked, scope, receive)
        await response(scope, receive, send)
    finally:
        folder.remove()


async def _answer(asked: Asked, scope: Scope, receive: Receive) -> Response:
    settings, principal = asked.settings, asked.principal
    with ExitStack() as stack:
        brought = await read_request(scope, receive, opener(settings, principal), stack)
        slots = [slot.name for slot in asked.served.service.inputs if slot.at_least > 0]
        original = asked.served.original
        given = wanted(asked.served.predict, slots, brought, original.unwanted if original else {})
        kind = await _allowed_kind(asked)
        order = await _order(asked, given)
    if given.ignored:
        get_logger().info("arguments without effect", service=asked.served.name, arguments=list(given.ignored))
    outcome = await asked.short.carry_out(
        ShortOrder(
            order=order,
            principal=principal,
            kind=kind,
            route=ROUTE,
            answer=partial(call_named, {JSON: JSON_ANSWER, ZIP: ZIP_ANSWER}.get(asked.media_type, DRAWN_ANSWER)),
            told=None if asked.media_type == JSON else _told(asked, given),
            most_units=min(MOST_UNITS, settings.try_out_units if kind == "try-out" else MOST_UNITS),
        )
    )
    if isinstance(outcome, Answered):
        _note_job(scope, outcome.job_id)
        return _reply(asked, outcome.answer, outcome.job_id)
    job = await anyio.to_thread.run_sync(lambda: submit(asked.bench, order, asked.principal, kind=kind, route=ROUTE))
    _note_job(scope, job.id)
    return await _by_queue(asked, given, job, receive)


def _note_job(scope: Scope, job_id: str) -> None:
    """Let the log name the job."""
    scope["path_params"] = {"job_id": job_id}


async def _allowed_kind(asked: Asked) -> Kind:
    """Return what sort of use it is, if whoever asks may have it; a thread asks the database where it must be asked."""

    def allowed() -> Kind:
        runtime, name = asked.bench.runtime, asked.served.name
        kind = kind_of_use(runtime, asked.principal, name)
        require_access(runtime, asked.principal, name, kind)
        return kind

    asks_database = asked.principal.is_anonymous or asked.settings.access != "open"
    return await anyio.to_thread.run_sync(allowed) if asks_database else allowed()


async def _order(asked: Asked, given: Wanted) -> Order:
    def made() -> Order:
        original = asked.served.original
        composed = _composed(asked, given)
        params = {**(original.assumed(given.told) if original else {}), **composed.params, **given.params}
        typed = Order(service=asked.served.name, inputs=given.addresses, params=params, models=given.models)
        order = checked_order(asked.bench, asked.principal, typed)
        if not given.files and not composed.files:
            return order
        inputs = {slot: list(addresses) for slot, addresses in order.inputs.items()}
        for slot, (name, content) in composed.files.items():
            inputs.setdefault(slot, []).append(asked.folder.write(slot, name, content))
        for slot, addresses in asked.folder.take(asked.bench, given.files).items():
            inputs.setdefault(slot, []).extend(addresses)
        return Order(service=order.service, inputs=inputs, params=order.params, models=order.models)

    touches_disk = given.files or given.addresses or given.original
    return await anyio.to_thread.run_sync(made) if touches_disk else made()


def _composed(asked: Asked, given: Wanted) -> Composed:
    """Return what the arguments of the original mean together."""
    original = asked.served.original
    if original is None or original.composed is None:
        return Composed()
    return original.composed({**given.answer, **given.original})


def _reply(asked: Asked, answer: Any, job_id: str) -> Response:
    headers = {"x-pelagia-job": job_id}
    if asked.media_type == JSON:
        return body_reply(answer, JSON_TYPE, headers=headers)
    name = f"{asked.served.name}-{job_id}{PurePath(answer).suffix}"
    return FileResponse(answer, media_type=asked.media_type, filename=name, headers=headers)


def _told(asked: Asked, given: Wanted) -> Told:
    return Told(folder=str(asked.folder.path), answer=given.answer, media_type=asked.media_type)


async def _by_queue(asked: Asked, given: Wanted, job: Job, receive: Receive) -> Response:
    """Wait for the end of a job, and make the answer of its result."""
    try:
        job = await _ended(asked, job, receive)
    except StillRunning as error:
        # The job goes on, and needs its files.
        asked.folder.keep()
        return error_reply(error, job=job.id)
    if job.state != "succeeded":
        return error_reply(_error_of(job), job=job.id)
    told = _told(asked, given)
    answer = await anyio.to_thread.run_sync(
        asked.bench.warm.call, call_named, JOB_ANSWER, asked.settings, job, asked.media_type, told
    )
    return _reply(asked, answer, job.id)


async def _ended(asked: Asked, job: Job, receive: Receive) -> Job:
    """Wait for the end of a job. Where the client hangs up, a visitor's is cancelled, that of an account goes on."""
    gone = asyncio.ensure_future(_hung_up(receive))
    deadline = asyncio.get_running_loop().time() + asked.settings.deepaas_wait_s
    pause = FIRST_LOOK_S
    try:
        while asyncio.get_running_loop().time() < deadline:
            await asyncio.wait([gone], timeout=pause)
            job = await anyio.to_thread.run_sync(find_job, asked.bench.runtime.database, job.id)
            if job.state not in ("queued", "running"):
                return job
            if gone.done():
                return await anyio.to_thread.run_sync(_leave, asked, job)
            pause = min(pause * 1.5, LAST_LOOK_S)
    finally:
        gone.cancel()
    raise StillRunning(
        f"The prediction takes longer than {asked.settings.deepaas_wait_s:g} s",
        value=job.id,
        remedy="It goes on: with an account, its page and /v1/jobs have the result.",
    )


async def _hung_up(receive: Receive) -> None:
    message: Message = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()


def _leave(asked: Asked, job: Job) -> Job:
    if asked.principal.is_anonymous:
        return cancel_job(asked.bench.runtime.database, job.id)
    asked.folder.keep()
    raise StillRunning("The client hung up", value=job.id, remedy="The job goes on.")


def _error_of(job: Job) -> PelagiaError:
    if job.state == "cancelled":
        return Cancelled("The job was stopped on request", value=job.id, remedy="Ask again.")
    told = outward(job.error, run=job.id) if job.error else {}
    kinds: Mapping[str, Callable[..., PelagiaError]] = {"unavailable": Unavailable}
    kind = PelagiaError if told.get("code") in ("internal", "step-failed") else NothingUsable
    return kinds.get(told.get("code", ""), kind)(
        told.get("what", "The job failed"),
        value=told.get("value", ""),
        remedy=told.get("remedy", "Ask again."),
        file=told.get("file", ""),
        code=told.get("code", ""),
    )
