"""The layers around the routes: bodies bounded, foreign sites refused, requests counted, headers for browsers."""

from __future__ import annotations

import time

import anyio
import pytest
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from limits import RateLimitItemPerMinute
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from pelagia.core.errors import PelagiaError, SignInNeeded
from pelagia.http import body_limit
from pelagia.http.body_limit import BodyLimit
from pelagia.http.counts import Counts
from pelagia.http.headers import SecurityHeaders
from pelagia.http.limits import RateLimits
from pelagia.http.problems import problem_response
from pelagia.http.same_origin import SameOrigin
from pelagia.http.zeros import NoZeros
from pelagia.runtime.accounts.principal import Principal

PROBLEM = "application/problem+json"


class AskedBy:
    """Takes the header ``Who`` for who asks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = dict(scope["headers"]).get(b"who", b"").decode()
        principal = Principal(asker=who or "visit:x", account_id=who or None)
        scope.setdefault("state", {})["principal"] = principal
        await self._app(scope, receive, send)


def client_of(*layers: tuple[type, dict[str, object]]) -> TestClient:
    """Return a client of an application with layers, the outermost last."""
    app = FastAPI()

    @app.post("/v1/echo")
    def echo(body: dict[str, object]) -> dict[str, object]:
        return body

    @app.post("/v1/uploads/x/batch")
    async def streamed(request: Request) -> int:
        return sum([len(part) async for part in request.stream()])

    @app.get("/page")
    def page() -> str:
        return "page"

    @app.get("/v1/secret")
    def secret() -> None:
        raise SignInNeeded("This needs an account", remedy="Sign in.")

    @app.get("/v1/fault")
    def fault() -> None:
        raise ZeroDivisionError("the password is 1234")

    for kind in (PelagiaError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, lambda _, error: problem_response(error))
    for layer, options in layers:
        app.add_middleware(layer, **options)
    return TestClient(app, raise_server_exceptions=False)


def test_a_body_that_is_too_large_is_refused_before_it_is_read():
    client = client_of((BodyLimit, {"max_bytes": 100}))

    assert client.post("/v1/echo", json={"a": "x" * 50}).status_code == 200
    stated = client.post("/v1/echo", json={"a": "x" * 200})
    unstated = client.post("/v1/echo", content=iter([b'{"a": "', b"x" * 200, b'"}']))
    for answer in (stated, unstated):
        assert (answer.status_code, answer.json()["code"], answer.headers["Content-Type"]) == (
            413,
            "too-large",
            PROBLEM,
        )


def test_streamed_bodies_have_limits_of_their_own():
    client = client_of((BodyLimit, {"max_bytes": 100}))

    assert client.post("/v1/uploads/x/batch", content=b"x" * 1000).json() == 1000
    for path in ("///v2//models/x/predict/", "/deepaas/x/v2/models/x/predict/"):
        assert client.post(path, content=b"x" * 1000).status_code == 404


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(body_limit, "BODY_SECONDS", 0.05)
    told: list[int] = []

    async def reads(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass

    async def never() -> dict[str, object]:
        await anyio.sleep(60)
        return {}

    async def note(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            told.append(message["status"])  # type: ignore[arg-type]

    scope = {"type": "http", "path": "/v1/echo", "method": "POST", "headers": []}
    anyio.run(BodyLimit(reads), scope, never, note)  # type: ignore[arg-type]
    assert told == [408]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Cookie": "pelagia_visit=x"}, 200),
        ({"Cookie": "pelagia_session=x"}, 403),
        ({"Cookie": "pelagia_session=x", "X-Requested-With": "pelagia"}, 200),
        ({"Cookie": "pelagia_session=x", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Cookie": "pelagia_session=x", "Sec-Fetch-Site": "cross-site", "X-Requested-With": "pelagia"}, 403),
        ({"Cookie": "pelagia_visit=x", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Cookie": "pelagia_session=x", "Origin": "http://testserver"}, 200),
        ({"Cookie": "pelagia_session=x", "Origin": "https://pelagia.example.org"}, 200),
        ({"Cookie": "pelagia_session=x", "Origin": "https://evil.example"}, 403),
        ({"Cookie": "pelagia_session=x", "Origin": "null"}, 403),
        ({"Cookie": "pelagia_session=x", "Origin": "https://evil.example", "Authorization": "Bearer t"}, 200),
    ],
)
def test_no_other_site_acts_in_the_name_of_a_person(headers: dict[str, str], status: int):
    client = client_of((SameOrigin, {"public_url": "https://pelagia.example.org"}))

    assert client.post("/v1/echo", json={}, headers=headers).status_code == status
    assert client.get("/page", headers=headers).status_code == 200


def test_one_who_asks_too_often_is_told_when_to_go_on():
    client = client_of((RateLimits, {"per_minute": 3}), (AskedBy, {}))
    answers = [client.post("/v1/echo", json={}, headers={"Who": "ada"}) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers[:3]] == ["2", "1", "0"]
    assert answers[3].json()["code"] == "too-many-requests"
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert client.post("/v1/echo", json={}, headers={"Who": "ben"}).status_code == 200
    assert client.get("/page", headers={"Who": "ada"}).status_code == 200


def test_visits_without_a_cookie_are_counted_by_their_address():
    client = client_of((RateLimits, {"per_minute": 2}), (AskedBy, {}))

    assert [client.post("/v1/echo", json={}).status_code for _ in range(21)] == [200] * 20 + [429]


@pytest.mark.parametrize("path", ["/v1/x", "/v2/models/", "/deepaas/flowcam/v2/", "///v2///models/"])
def test_no_spelling_of_an_address_gets_around_the_limit(path: str):
    client = client_of((RateLimits, {"per_minute": 1}), (AskedBy, {}))

    assert [client.get(path, headers={"Who": "ada"}).status_code for _ in range(2)] == [404, 429]


def test_what_pages_send_counts_as_well_and_looking_at_them_does_not():
    client = client_of((RateLimits, {"per_minute": 1}), (AskedBy, {}))

    assert [client.post("/services/x/check", headers={"Who": "ada"}).status_code for _ in range(2)] == [404, 429]
    assert [client.get("/page", headers={"Who": "ada"}).status_code for _ in range(2)] == [200, 200]


def test_counting_starts_no_threads():
    counts, limit = Counts(), RateLimitItemPerMinute(1000)
    first = counts.timer
    first.join()
    limiter = SlidingWindowCounterRateLimiter(counts)

    assert all(limiter.hit(limit, "ada") for _ in range(100))
    assert counts.timer is first and not first.is_alive()


def test_counts_of_windows_that_are_over_are_swept(monkeypatch: pytest.MonkeyPatch):
    counts = Counts()
    for number in range(10):
        counts.incr(f"old/{number}", 1)
    later = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    counts.incr("new", 1)

    assert list(counts.storage) == list(counts.expirations) == ["new"]


@pytest.mark.parametrize("path", ["/v1/echo%00", "/page?search=%00", "/page?%00=1", "/v2/models/x/train/a%00b"])
def test_an_address_with_a_zero_in_it_is_refused(path: str):
    client = client_of((NoZeros, {}))

    assert (client.get(path).status_code, client.get(path).json()["code"]) == (400, "bad-request")
    assert client.get("/page?search=%2500").status_code == 200


def test_zero_is_no_limit():
    client = client_of((RateLimits, {"per_minute": 0}), (AskedBy, {}))
    answer = client.post("/v1/echo", json={})

    assert (answer.status_code, "RateLimit-Limit" in answer.headers) == (200, False)


def test_every_answer_tells_browsers_what_they_may_do():
    client = client_of((SecurityHeaders, {}))
    page, data = client.get("/page"), client.get("/v1/nonsense")

    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert data.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert {answer.headers["X-Content-Type-Options"] for answer in (page, data)} == {"nosniff"}


def test_all_errors_are_problems_and_tell_nothing_of_the_program():
    client = client_of()

    answers = {
        "/v1/nonsense": (404, "not-found"),
        "/v1/echo": (405, "method-not-allowed"),
        "/v1/secret": (401, "sign-in-needed"),
        "/v1/fault": (500, "internal"),
    }
    for path, (status, code) in answers.items():
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"], answer.headers["Content-Type"]) == (status, code, PROBLEM)
        assert answer.json()["status"] == status
        assert "1234" not in answer.text
    assert client.get("/v1/echo").headers["Allow"] == "POST"
    assert client.get("/v1/secret").headers["WWW-Authenticate"].startswith("Bearer")
    invalid = client.post("/v1/echo", json=[1])
    assert (invalid.status_code, list(invalid.json()["fields"])) == (422, ["body"])
