"""The log of requests: one event each, with a number, and nothing of the person."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client.exposition import generate_latest
from starlette.testclient import TestClient
from tests.http.observed import Log

JOB = "0123456789ab"


def test_a_request_is_one_event_with_its_route_its_job_and_its_number(client: TestClient, log: Log) -> None:
    answer = client.get(f"/v1/jobs/{JOB}")
    (event,) = log.events("request")
    assert event["method"] == "GET" and event["route"] == "/v1/jobs/{job_id}" and event["status"] == 200
    assert event["job"] == JOB
    assert event["bytes"] == len(answer.content) and event["ms"] >= 0
    assert event["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("given", ["0123abcd", "portal-2026.11_27", "a" * 64])
def test_a_sane_number_of_the_caller_is_kept(client: TestClient, log: Log, given: str) -> None:
    answer = client.get(f"/v1/jobs/{JOB}", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] == given
    assert log.events("request")[0]["request_id"] == given


@pytest.mark.parametrize(
    "given", ["short", "a" * 65, "two words", "alice@example.org", 'x"}\t{"event": "y"', "<script>"]
)
def test_any_other_is_replaced(client: TestClient, log: Log, given: str) -> None:
    answer = client.get(f"/v1/jobs/{JOB}", headers={"X-Request-Id": given})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])
    assert given not in log.text


def test_neither_query_nor_cookie_nor_token_nor_address_nor_agent_is_told(client: TestClient, log: Log) -> None:
    client.get(
        f"/v1/jobs/{JOB}?email=alice@example.org&token=s3cr3t-token",
        headers={
            "Authorization": "Bearer plg_0123456789abcdefghijklmnopqrstuvwxyz",
            "Cookie": "pelagia_session=c00kie-value",
            "User-Agent": "AliceBrowser/1.0",
            "X-Forwarded-For": "192.0.2.77",
        },
    )
    for hidden in ("alice", "s3cr3t", "plg_", "c00kie", "AliceBrowser", "192.0.2.77", "testclient"):
        assert hidden not in log.text


def test_what_people_ask_for_by_mistake_is_not_told_by_its_path(client: TestClient, log: Log) -> None:
    assert client.get("/my-secret-cruise/alice.zip").status_code == 404
    (event,) = log.events("request")
    assert event["route"] == "unmatched" and event["status"] == 404
    assert "alice" not in log.text


def test_files_of_pages_are_told_only_where_they_fail(client: TestClient, log: Log) -> None:
    assert client.get("/static/style.css").status_code == 200
    assert log.events("request") == []
    assert client.get("/static/absent.css").status_code == 404
    assert [event["route"] for event in log.events("request")] == ["/static/*"]


def test_a_failure_is_told_with_its_place_and_number_but_without_what_it_held(client: TestClient, log: Log) -> None:
    answer = client.get("/broken")
    assert answer.status_code == 500 and answer.json() == {"code": "internal"}
    (failure,) = log.events("request failed")
    assert failure["request_id"] == answer.headers["x-request-id"]
    assert failure["level"] == "error" and "ValueError" in failure["exception"] and "in broken" in failure["exception"]
    assert log.events("request")[0]["status"] == 500
    for hidden in ("hunter2", "alice", "192.0.2.7"):
        assert hidden not in log.text


def test_the_number_does_not_stay_for_what_comes_after(client: TestClient, log: Log) -> None:
    from pelagia.runtime.logging import get_logger

    client.get(f"/v1/jobs/{JOB}")
    get_logger().info("something else")
    assert "request_id" not in log.events("something else")[0]


def test_whoever_leaves_in_the_middle_is_no_failure(app: FastAPI, log: Log) -> None:
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/uploads/x",
        "raw_path": b"/v1/uploads/x",
        "query_string": b"",
        "root_path": "",
        "headers": [],
    }
    messages = [{"type": "http.request", "body": b"123", "more_body": True}, {"type": "http.disconnect"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert sent == []
    assert log.events("request failed") == []
    (event,) = log.events("request")
    assert (event["status"], event["route"]) == (499, "/v1/uploads/{upload_id}")
    counted = generate_latest(app.state.request_figures.registry).decode()
    assert 'route="/v1/uploads/{upload_id}",status="499"} 1.0' in counted
    assert 'pelagia_http_received_bytes_total{route="/v1/uploads/{upload_id}"} 3.0' in counted
