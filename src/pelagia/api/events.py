"""Following a job as it goes: server-sent events, which go on where a broken connection stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from pelagia.api.following import Followed, Following, Seen
from pelagia.api.job_views import error_out, progress_out
from pelagia.api.jobs import JobId
from pelagia.http.asking import Bench, Reader
from pelagia.orders.own_jobs import Sight, seen_job, sight_of, without_files
from pelagia.orders.workbench import Workbench
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Job
from pelagia.runtime.outward import without_places

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

HEARTBEAT_S = 15.0
RETRY_MS = 2000
MOST_CLASSES = 50
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
END = object()
EVENT_SCHEMA = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["log", "progress", "found", "end"]},
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "retry": {"type": "integer"},
    },
}


@router.get(
    "/{job_id}/events",
    operation_id="followJob",
    response_class=Response,
    responses={
        200: {
            "description": "`log` (id, at, level, message), `progress` (state, share, done_units, total_units, "
            "remaining_s, queue_position) at each change, `found` (counts: class → objects so far), and `end` (state, "
            "error), which is the last.",
            "content": {"text/event-stream": {"schema": EVENT_SCHEMA}},
        }
    },
)
async def follow(
    job_id: JobId,
    bench: Bench,
    principal: Reader,
    following: Followed,
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", max_length=30, pattern=r"^\d*$")] = "",
) -> Response:
    """Follow a job: its log and progress as server-sent events, up to its end."""
    job, sight = await run_sync(_seen, bench, principal, job_id)
    following.require_stream(principal.asker)
    events = _events(following, job.id, int(last_event_id or 0), principal.asker, is_whole=sight == "whole")
    return StreamingResponse(events, media_type="text/event-stream", headers=HEADERS)


def _seen(bench: Workbench, principal: Principal, job_id: str) -> tuple[Job, Sight | None]:
    job = seen_job(bench, principal, job_id)
    return job, sight_of(bench, principal, job)


async def _events(
    following: Following, job_id: str, last_log_id: int, asker: str, *, is_whole: bool
) -> AsyncIterator[str]:
    with following.stream_of(asker):
        yield f"retry: {RETRY_MS}\n\n"
        async with contextlib.aclosing(following.seen(job_id)) as all_seen:
            coming = asyncio.ensure_future(anext(all_seen, END))
            try:
                while True:
                    done, _ = await asyncio.wait({coming}, timeout=HEARTBEAT_S)
                    if not done:
                        yield ": still here\n\n"
                        continue
                    seen = coming.result()
                    if not isinstance(seen, Seen):
                        return
                    yield _told(seen if is_whole else _facts(seen), last_log_id)
                    last_log_id = max([last_log_id, *(line.id for line in seen.log)])
                    coming = asyncio.ensure_future(anext(all_seen, END))
            finally:
                coming.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await coming


def _facts(seen: Seen) -> Seen:
    """Return what a provider sees: what was found is the result, which is not for them."""
    return replace(seen, snapshot=replace(seen.snapshot, job=without_files(seen.snapshot.job)), found={})


def _told(seen: Seen, last_log_id: int) -> str:
    """Return what is new as events; the id of each is that of the last line of the log it comes after."""
    job, text, last = seen.snapshot.job, "", last_log_id
    for line in seen.log:
        if line.id > last_log_id:
            last = line.id
            message = without_places(line.message)
            data = {"id": line.id, "at": line.at.isoformat(), "level": line.level, "message": message}
            text += _event("log", line.id, data)
    progress = progress_out(job, seen.snapshot).model_dump(mode="json")
    text += _event("progress", last, {"state": job.state, **progress})
    if seen.found:
        text += _event("found", last, {"counts": dict(list(seen.found.items())[:MOST_CLASSES])})
    if seen.snapshot.has_ended:
        error = error_out(job.error, job.id)
        text += _event("end", last, {"state": job.state, "error": None if error is None else error.model_dump()})
    return text


def _event(name: str, number: int, data: dict[str, Any]) -> str:
    return f"event: {name}\nid: {number}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
