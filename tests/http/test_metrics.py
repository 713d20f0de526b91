"""Requests are counted by route, never by person or path."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient


def samples(app: FastAPI, name: str) -> dict[tuple[str, ...], float]:
    """Return the samples of a metric: values of the labels → number."""
    text = generate_latest(app.state.request_figures.registry).decode()
    return {
        tuple(value for key, value in sample.labels.items() if key != "le"): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def test_requests_are_counted_by_route_and_status(client: TestClient, app: FastAPI) -> None:
    for job_id in ("a", "b", "c"):
        client.get(f"/v1/jobs/{job_id}?who=alice")
    client.get("/absent/alice")
    client.get("/broken")
    client.get("/static/style.css")
    assert samples(app, "pelagia_http_requests_total") == {
        ("GET", "/v1/jobs/{job_id}", "200"): 3.0,
        ("GET", "unmatched", "404"): 1.0,
        ("GET", "/broken", "500"): 1.0,
        ("GET", "/static/*", "200"): 1.0,
    }
    assert samples(app, "pelagia_http_request_duration_seconds_count")["GET", "/v1/jobs/{job_id}"] == 3.0


def test_whatever_strangers_send_there_are_only_so_many_series(client: TestClient, app: FastAPI) -> None:
    for number in range(50):
        client.request(f"METHOD{number}", f"/stranger/{number}")
    assert samples(app, "pelagia_http_requests_total") == {("other", "unmatched", "404"): 50.0}


def test_the_bytes_of_bodies_are_counted(client: TestClient, app: FastAPI) -> None:
    client.post("/v1/uploads/x", content=(b"0" * 1000 for _ in range(3)))
    client.get("/v1/jobs/a")
    assert samples(app, "pelagia_http_received_bytes_total") == {("/v1/uploads/{upload_id}",): 3000.0}


def test_an_open_event_stream_is_seen_and_left_out_of_the_times(app: FastAPI) -> None:
    async def follow() -> tuple[float, float]:
        first = asyncio.Event()
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "path": "/v1/jobs/a/events",
            "raw_path": b"/v1/jobs/a/events",
            "query_string": b"",
            "root_path": "",
            "headers": [],
        }

        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message.get("body"):
                first.set()

        following = asyncio.create_task(app(scope, receive, send))
        await first.wait()
        during = samples(app, "pelagia_http_open_streams")[()]
        app.state.streaming.set()
        await following
        return during, samples(app, "pelagia_http_open_streams")[()]

    assert asyncio.run(follow()) == (1.0, 0.0)
    assert samples(app, "pelagia_http_request_duration_seconds_count") == {}
    assert samples(app, "pelagia_http_requests_total") == {("GET", "/v1/jobs/{job_id}/events", "200"): 1.0}


def test_no_request_is_in_progress_after_a_failure(client: TestClient, app: FastAPI) -> None:
    client.get("/broken")
    assert samples(app, "pelagia_http_requests_in_progress") == {(): 0.0}


def test_the_process_tells_its_memory(app: FastAPI) -> None:
    assert samples(app, "process_resident_memory_bytes")[()] > 10e6
