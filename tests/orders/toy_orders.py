"""Orders of the toy, put into the queue as a face would."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pelagia.orders.order import Order, request_of
from pelagia.orders.submit import estimate_request
from pelagia.runtime.estimate_json import estimate_to_json
from pelagia.runtime.identity import request_record
from pelagia.runtime.jobs import Job
from pelagia.runtime.lifecycle import Lane, NewJob, create_job
from pelagia.runtime.runner import Runtime


def order(
    runtime: Runtime,
    *files: Path,
    service: str = "toy",
    lane: Lane = "batch",
    asker: str = "account:a",
    params: Mapping[str, Any] | None = None,
    **more: Any,
) -> Job:
    """Put an order into the queue."""
    slot = {"flowcam": "runs"}.get(service, "files")
    wanted = Order(service=service, inputs={slot: [str(file) for file in files]}, params=params or {}, **more)
    request = request_of(wanted, runtime.settings.home)
    return create_job(
        runtime.database,
        NewJob(
            request=request_record(request, secrets.token_hex(16)),
            estimate=estimate_to_json(estimate_request(request)),
            unit="line",
            kind="analysis",
            route="api-async",
            asker=asker,
            lane=lane,
            wanted=wanted.wanted,
        ),
    )
