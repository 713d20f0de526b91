"""Jobs: what an order will take, having it done, and what becomes of it."""

from __future__ import annotations

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Path, Query, Request, Response, status

from pelagia.api.following import Followed
from pelagia.api.job_views import EstimateOut, JobDetail, JobOut, JobPage, OrderIn, estimate_out, job_detail, job_out
from pelagia.api.paging import Cursor, Limit, cursor_of, time_and_id
from pelagia.api.slow_calls import SlowCalls
from pelagia.http.asking import Bench, Reader, Runner
from pelagia.http.same_origin import is_from_page
from pelagia.orders.addresses import checked_order
from pelagia.orders.own_jobs import delete_job, list_own_jobs, own_job, retry_job, seen_job, sight_of, without_files
from pelagia.orders.submit import estimate_order, submit
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.access import kind_of_use, require_access
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Job, State
from pelagia.runtime.lifecycle import cancel_job
from pelagia.runtime.registry import find_face
from pelagia.runtime.watch import snapshot

router = APIRouter(prefix="/v1", tags=["jobs"])

JobId = Annotated[str, Path(pattern="^[0-9a-f]{8,32}$", examples=["0123456789ab"])]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        pattern=r"^[\x20-\x7e]*$",
        description="Of one's own choice: the same key again is the same job, however often it is sent.",
    ),
]
Wait = Annotated[
    float | None,
    Query(
        ge=0,
        le=3600,
        description="Wait so many seconds for the end (the installation has a limit): 201 with the finished job, or "
        "202 with the job as it stands.",
    ),
]


@router.post("/estimates", operation_id="estimate")
async def estimate(body: OrderIn, bench: Bench, principal: Runner, slow: SlowCalls) -> EstimateOut:
    """Say what an order will take and what was understood of its inputs; nothing is kept or counted."""
    return await run_sync(_estimated, bench, principal, body, limiter=slow)


@router.post(
    "/jobs",
    status_code=status.HTTP_201_CREATED,
    operation_id="createJob",
    responses={202: {"model": JobOut, "description": "It waits or is at work; follow it by `links.events`."}},
)
async def create(
    body: OrderIn,
    request: Request,
    response: Response,
    bench: Bench,
    principal: Runner,
    following: Followed,
    slow: SlowCalls,
    wait: Wait = None,
    key: Key = "",
) -> JobOut:
    """Have an order done."""
    route = "web" if is_from_page(request.headers) else "api-async" if wait is None else "api-sync"
    job = await run_sync(_submitted, bench, principal, body, route, key, limiter=slow)
    if wait:
        job = await following.ended(job, min(wait, bench.runtime.settings.wait_s))
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    if job.state in ("queued", "running"):
        response.status_code = status.HTTP_202_ACCEPTED
    return job_out(job)


@router.get("/jobs", operation_id="listJobs")
def listing(
    bench: Bench,
    principal: Reader,
    limit: Limit = 50,
    cursor: Cursor = "",
    service: Annotated[str | None, Query(max_length=64, description="Only those of this service.")] = None,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
) -> JobPage:
    """List one's own jobs, the newest first."""
    found = list_own_jobs(
        bench.runtime.database,
        principal.asker,
        limit=limit + 1,
        before=time_and_id(cursor),
        service=service,
        state=state,
    )
    more = cursor_of(found[limit - 1].created_at, found[limit - 1].id) if len(found) > limit else None
    return JobPage(items=[job_out(job) for job in found[:limit]], next=more)


@router.get("/jobs/{job_id}", operation_id="getJob")
async def show(job_id: JobId, bench: Bench, principal: Reader, following: Followed, wait: Wait = None) -> JobDetail:
    """Show a job; with `wait`, once it has ended or the time is over."""
    job = await run_sync(lambda: seen_job(bench, principal, job_id))
    if wait:
        await following.ended(job, min(wait, bench.runtime.settings.wait_s))
    return await run_sync(_detail, bench, principal, job)


@router.post("/jobs/{job_id}/cancel", operation_id="cancelJob")
def cancel(job_id: JobId, bench: Bench, principal: Runner) -> JobOut:
    """Stop a job; what is finished is kept."""
    job = own_job(bench, principal, job_id)
    return job_out(cancel_job(bench.runtime.database, job.id))


@router.post("/jobs/{job_id}/retry", operation_id="retryJob")
def retry(job_id: JobId, bench: Bench, principal: Runner) -> JobOut:
    """Start a job again that failed or was stopped; finished work is neither done nor counted again."""
    return job_out(retry_job(bench, principal, own_job(bench, principal, job_id)))


@router.delete("/jobs/{job_id}", status_code=status.HTTP_204_NO_CONTENT, operation_id="deleteJob")
def delete(job_id: JobId, bench: Bench, principal: Runner) -> None:
    """Delete the files of a job that has ended; that it was, and what it used, stays on record."""
    delete_job(bench, own_job(bench, principal, job_id))


def _estimated(bench: Workbench, principal: Principal, body: OrderIn) -> EstimateOut:
    order = checked_order(bench, principal, body.order())
    require_access(bench.runtime, principal, order.service, kind_of_use(bench.runtime, principal, order.service))
    return estimate_out(estimate_order(bench, order), find_face(order.service).unit.name)


def _submitted(bench: Workbench, principal: Principal, body: OrderIn, route: str, key: str) -> Job:
    order = checked_order(bench, principal, body.order())
    return submit(bench, order, principal, route=route, idempotency_key=key, is_test=body.test)


def _detail(bench: Workbench, principal: Principal, job: Job) -> JobDetail:
    seen = snapshot(bench.runtime.database, job.id)
    is_whole = sight_of(bench, principal, seen.job) == "whole"
    return job_detail(seen.job if is_whole else without_files(seen.job), seen, with_inputs=is_whole)
