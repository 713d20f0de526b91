"""From an order to a job in the queue."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any

from pelagia.core.service import Estimate, Request
from pelagia.orders.order import Order, request_of
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.estimate_json import estimate_to_json
from pelagia.runtime.identity import request_record
from pelagia.runtime.jobs import Job, Kind
from pelagia.runtime.lifecycle import Lane, NewJob, create_job
from pelagia.runtime.registry import find_face
from pelagia.runtime.runner import load_pipeline


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
    bench: Workbench, order: Order, principal: Principal, *, kind: Kind, route: str, idempotency_key: str = ""
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
    kind, route
        For the ledger.
    idempotency_key
        The same key of the same asker is the same job.

    Raises
    ------
    PelagiaError
        Where the order or its inputs cannot be used.
    """
    request = request_of(order, bench.runtime.settings.home)
    estimate = estimated(bench, request)
    return create_job(
        bench.runtime.database,
        NewJob(
            request=request_record(request, secrets.token_hex(16)),
            estimate=estimate_to_json(estimate),
            unit=find_face(order.service).unit.name,
            kind=kind,
            route=route,
            is_test=principal.is_test,
            asker=principal.asker,
            title=order.title,
            lane=lane_of(estimate, bench.runtime.settings.interactive_units),
            wanted=order.wanted,
            client_key=client_key(principal.asker, idempotency_key),
            user=principal.user,
        ),
    )


def lane_of(estimate: Estimate, interactive_units: int) -> Lane:
    """Return the lane of the queue for work of this size."""
    return "interactive" if estimate.units <= interactive_units else "batch"


def client_key(asker: str, idempotency_key: str) -> str | None:
    """Return what makes the key of one asker unlike that of another; ``None`` without a key."""
    if not idempotency_key:
        return None
    return sha256(f"{asker}\n{idempotency_key}".encode()).hexdigest()
