"""A small application with the layers that count and log, for the tests beside this."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles

from pelagia.http.logging import RequestLog
from pelagia.http.metrics import RequestFigures, RequestMetrics
from pelagia.runtime.logging import configure_logging
from pelagia.runtime.settings import read_settings


def observed_app(static: str) -> FastAPI:
    """Return an application with a route of each kind."""
    app = FastAPI()
    app.state.request_figures = RequestFigures()
    app.state.streaming = asyncio.Event()

    @app.get("/v1/jobs/{job_id}")
    def one_job(job_id: str) -> dict[str, str]:
        return {"id": job_id}

    @app.post("/v1/uploads/{upload_id}")
    async def upload(upload_id: str, request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.get("/v1/jobs/{job_id}/events")
    async def events(job_id: str) -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            yield b"data: first\n\n"
            await app.state.streaming.wait()

        return StreamingResponse(lines(), media_type="text/event-stream")

    @app.get("/broken")
    def broken() -> None:
        raise ValueError("no such row: password=hunter2 for alice@example.org at 192.0.2.7")

    app.mount("/static", StaticFiles(directory=static))
    app.add_middleware(RequestLog, failed=_failed)
    app.add_middleware(RequestMetrics, figures=app.state.request_figures)
    return app


async def _failed(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse({"code": "internal"}, status_code=500)


class Log:
    """What was logged, as JSON."""

    def __init__(self, form: str = "json") -> None:
        self.stream = io.StringIO()
        configure_logging(read_settings({}, log_format=form), self.stream)

    @property
    def text(self) -> str:
        """All of it."""
        return self.stream.getvalue()

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """Return the events, or those of one name."""
        found = [json.loads(line) for line in self.text.splitlines()]
        return [event for event in found if name in (None, event["event"])]
