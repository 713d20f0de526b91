"""Jobs as the interface shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pelagia.api.findings import FindingOut
from pelagia.core.service import Estimate
from pelagia.orders.order import Order
from pelagia.runtime.estimate_json import estimate_from_json
from pelagia.runtime.jobs import Job, Kind, State
from pelagia.runtime.outward import outward
from pelagia.runtime.watch import JobSnapshot, progress_share

ORDER_EXAMPLE: dict[str, Any] = {
    "service": "flowcam",
    "inputs": {"runs": ["upload://0123456789abcdef0123456789abcdef"]},
    "params": {"latitude": 54.18, "longitude": 7.9},
    "title": "Helgoland, March",
}


class OrderIn(BaseModel):
    """What a person wants done."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [ORDER_EXAMPLE]})

    service: str = Field(description="Slug of a service or of its training.", max_length=64)
    inputs: dict[str, list[str]] = Field(description="Input → addresses, such as `upload://ID`.", default_factory=dict)
    params: dict[str, Any] = Field(description="What is absent has its default.", default_factory=dict)
    models: dict[str, str] = Field(description="Role → `name@version`.", default_factory=dict)
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Equal seeds give equal results.")
    exports: list[str] | None = Field(default=None, description="Exports to write; null for all that fit.")
    dataset: dict[str, Any] = Field(
        description="What publications say of the data: title, licence, people …", default_factory=dict
    )
    title: str = Field(default="", max_length=200, description="What the person calls it.")
    test: bool = Field(default=False, description="Whether it is counted as a test, apart from real use.")

    def order(self) -> Order:
        """Return it as the platform knows it."""
        return Order(
            service=self.service,
            inputs=self.inputs,
            params=self.params,
            models=self.models,
            seed=self.seed,
            exports=None if self.exports is None else tuple(self.exports),
            dataset=self.dataset,
            title=self.title,
        )


class EstimateOut(BaseModel):
    """What an order will take, and what was understood of its inputs."""

    units: int
    bytes: int
    unit: str
    understood: dict[str, str] = Field(description="Label → value with its unit, to be confirmed.")
    findings: list[FindingOut]


class ErrorOut(BaseModel):
    """Why a job failed."""

    code: str
    what: str
    value: str
    remedy: str
    file: str


class ProgressOut(BaseModel):
    """How far a job is."""

    share: float = Field(description="0 to 1; 1 only where it has succeeded.")
    done_units: int
    total_units: int
    remaining_s: float | None = Field(default=None, description="Seconds to go; null while nothing is known.")
    queue_position: int | None = Field(
        default=None, description="Its place among those that wait; null where it does not."
    )


class JobOut(BaseModel):
    """A job."""

    id: str
    service: str
    service_version: str
    title: str
    state: State
    kind: Kind
    route: str
    is_test: bool
    unit: str
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    progress: ProgressOut
    error: ErrorOut | None
    files_deleted: bool = Field(description="Whether its files were deleted; that it was stays on record.")
    links: dict[str, str]


class JobDetail(JobOut):
    """A job with what it was asked, and what was understood."""

    inputs: dict[str, list[str]] | None = Field(description="Null for a provider, who sees no files.")
    params: dict[str, Any]
    models: dict[str, str]
    seed: int
    exports: list[str] | None
    understood: dict[str, str]
    findings: list[FindingOut]


class JobPage(BaseModel):
    """Some jobs, the newest first."""

    items: list[JobOut]
    next: str | None = Field(description="`cursor` of the next page; null at the end.")


def estimate_out(estimate: Estimate, unit: str) -> EstimateOut:
    """Return an estimate as the interface shows it."""
    return EstimateOut(
        units=estimate.units,
        bytes=estimate.bytes,
        unit=unit,
        understood=dict(estimate.understood),
        findings=[FindingOut.of(issue) for issue in estimate.issues],
    )


def progress_out(job: Job, seen: JobSnapshot | None = None) -> ProgressOut:
    """Return how far a job is."""
    return ProgressOut(
        share=progress_share(job) if seen is None else seen.progress_share,
        done_units=job.done_units,
        total_units=job.total_units,
        remaining_s=None if seen is None else seen.remaining_s,
        queue_position=None if seen is None else seen.queue_position,
    )


def job_out(job: Job, seen: JobSnapshot | None = None) -> JobOut:
    """Return a job as the interface shows it."""
    return JobOut(**_members(job, seen))


def job_detail(job: Job, seen: JobSnapshot, *, with_inputs: bool) -> JobDetail:
    """Return a job with what it was asked.

    Parameters
    ----------
    with_inputs
        Whether whoever asks may see its files.
    """
    request, estimate = job.request, estimate_from_json(job.estimate)
    exports = (job.wanted or {}).get("exports")
    return JobDetail(
        **_members(job, seen),
        inputs={slot: [item["uri"] for item in items] for slot, items in request["inputs"].items()}
        if with_inputs
        else None,
        params=request["params"],
        models={role: f"{model['name']}@{model['version']}" for role, model in request["models"].items()},
        seed=request["seed"],
        exports=exports,
        understood=dict(estimate.understood) if with_inputs else {},
        findings=[FindingOut.of(issue) for issue in estimate.issues] if with_inputs else [],
    )


def _members(job: Job, seen: JobSnapshot | None) -> dict[str, Any]:
    here = f"/v1/jobs/{job.id}"
    links = {"self": here, "events": f"{here}/events"}
    if job.state == "succeeded" and job.cleaned_at is None:
        links["results"] = f"{here}/results"
    return {
        "id": job.id,
        "service": job.service,
        "service_version": job.service_version,
        "title": job.title,
        "state": job.state,
        "kind": job.kind,
        "route": job.route,
        "is_test": job.is_test,
        "unit": job.unit,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "progress": progress_out(job, seen),
        "error": error_out(job.error, job.id),
        "files_deleted": job.cleaned_at is not None,
        "links": links,
    }


def error_out(error: Mapping[str, str] | None, job_id: str) -> ErrorOut | None:
    """Return why a job failed, as the interface shows it; of a fault of the program nothing is told."""
    if error is None:
        return None
    return ErrorOut(**outward(error, run=job_id))
