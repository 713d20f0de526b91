"""From an order to a job in the queue."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from pelagia.core.errors import Conflict
from pelagia.core.service import Estimate, Request
from pelagia.io.sources.address import without_secrets
from pelagia.orders.order import Order, request_of
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.access import kind_of_use, require_access
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.database import Database
from pelagia.runtime.estimate_json import estimate_to_json
from pelagia.runtime.identity import request_record
from pelagia.runtime.jobs import Job, Kind, job_of_row
from pelagia.runtime.lifecycle import Lane, NewJob, create_job
from pelagia.runtime.registry import find_face, is_training
from pelagia.runtime.runner import load_pipeline
from pelagia.runtime.tables import JOBS


def estimate_order(bench: Workbench, order: Order) -> Estimate:
    """Say what an order will take and what was understood of its inputs; nothing is kept or counted.

    Raises
    ------
    PelagiaError
        Where the order or its inputs cannot be used.
    """
    return estimated(bench, request_of(order, bench.runtime.settings.home))


def estimated(bench: Workbench, request: Request[Any]) -> Estimate:
    """Let a warm process estimate a request: this one does not load what pipelines need."""
    found: Estimate = bench.warm.call(estimate_request, request)
    return found


def estimate_request(request: Request[Any]) -> Estimate:
    """Estimate a request in this process."""
    return load_pipeline(find_face(request.service)).estimate(request)


def submit(
    bench: Workbench,
    order: Order,
    principal: Principal,
    *,
    route: str,
    kind: Kind | None = None,
    idempotency_key: str = "",
    is_test: bool = False,
) -> Job:
    """Put an order into the queue.

    Parameters
    ----------
    bench
        The installation.
    order
        What is wanted; addresses must have been checked.
    principal
        Who wants it.
    route, kind
        For the ledger; the kind is what the access of whoever asks makes it unless told otherwise.
    idempotency_key
        The same key of the same asker is the same job.
    is_test
        Whether it is counted apart from real use.

    Raises
    ------
    PelagiaError
        Where the order or its inputs cannot be used, or whoever asks may not have it done.
    """
    runtime = bench.runtime
    key = client_key(principal.asker, idempotency_key)
    request = request_of(order, runtime.settings.home)
    if key is not None:
        earlier = _job_of_key(runtime.database, key)
        if earlier is not None:
            return _same_job(earlier, order, request)
    kind = kind or kind_of_use(runtime, principal, order.service)
    require_access(runtime, principal, order.service, kind)
    estimate = estimated(bench, request)
    require_access(runtime, principal, order.service, kind, units=estimate.units, size=estimate.bytes)
    job = create_job(
        runtime.database,
        NewJob(
            request=request_record(request, secrets.token_hex(16)),
            estimate=estimate_to_json(estimate),
            unit=find_face(order.service).unit.name,
            kind=kind,
            route=route,
            is_test=principal.is_test or is_test,
            asker=principal.asker,
            title=order.title,
            lane=lane_of(order.service, estimate, runtime.settings.interactive_units),
            wanted=order.wanted,
            client_key=key,
            user=principal.user,
        ),
    )
    return job if key is None else _same_job(job, order, request)


def _job_of_key(database: Database, key: str) -> Job | None:
    with database.read() as connection:
        row = connection.execute(sa.select(JOBS).where(JOBS.c.client_key == key)).mappings().one_or_none()
    return None if row is None else job_of_row(row)


def _same_job(job: Job, order: Order, request: Request[Any]) -> Job:
    """Return the job that a key stands for, if it is what is asked for now."""
    record = job.request
    then = (
        {slot: [item["uri"] for item in items] for slot, items in record["inputs"].items()},
        {role: f"{model['name']}@{model['version']}" for role, model in record["models"].items()},
        *(record[name] for name in ("service", "params", "seed")),
        job.wanted,
        job.title,
    )
    now = (
        {slot: [without_secrets(uri) for uri in uris] for slot, uris in request.inputs.items()},
        {role: f"{model.name}@{model.version}" for role, model in request.models.items()},
        *(request.service, request.params.model_dump(mode="json"), request.seed),
        order.wanted,
        order.title,
    )
    if then != now:
        raise Conflict(
            "This idempotency key was used for something else",
            value=job.id,
            remedy="Use a new key for each new order.",
            code="idempotency-key-reused",
        )
    return job


def lane_of(service: str, estimate: Estimate, interactive_units: int) -> Lane:
    """Return the lane of the queue for work of this size; a training is long whatever its size."""
    return "interactive" if estimate.units <= interactive_units and not is_training(service) else "batch"


def client_key(asker: str, idempotency_key: str) -> str | None:
    """Return what makes the key of one asker unlike that of another; ``None`` without a key."""
    if not idempotency_key:
        return None
    return sha256(f"{asker}\n{idempotency_key}".encode()).hexdigest()
