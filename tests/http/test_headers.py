"""Every answer of the application is safe in a browser: headers, cookies, pages that load nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from httpx import Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from pelagia.app import create_app
from pelagia.runtime.settings import read_settings

NEEDED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}
PAGES = ("/", "/services/flowcam", "/runs", "/models", "/sign-in", "/usage")


def paths_without_parameters(app: FastAPI) -> set[str]:
    """Return the path of every GET route that has no parameter."""
    found: set[str] = set()
    waiting = list(app.routes)
    while waiting:
        route = waiting.pop()
        inner = getattr(route, "original_router", None)
        if inner is not None:
            waiting += inner.routes
        elif not isinstance(route, Mount) and "GET" in (getattr(route, "methods", None) or ()):
            assert isinstance(route, Route) or hasattr(route, "path")
            found.add(route.path)  # type: ignore[attr-defined]
    return {path for path in found if "{" not in path}


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A whole application as people reach it, by https."""
    home = tmp_path_factory.mktemp("headers") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PELAGIA_HOME", str(home))
        settings = read_settings({}, home=home, executor="inline", public_url="https://pelagia.example.org")
        with browser(create_app(settings)) as client:
            yield client


def browser(app: FastAPI, *, raises: bool = True) -> TestClient:
    """Return a browser that was never here."""
    return TestClient(
        app,
        base_url="https://pelagia.example.org",
        headers={"Accept": "text/html,*/*;q=0.8"},
        follow_redirects=False,
        raise_server_exceptions=raises,
    )


def the(client: TestClient) -> FastAPI:
    """Return the application behind a client."""
    assert isinstance(client.app, FastAPI)
    return client.app


def check(answer: Response) -> None:
    """Check what holds for every answer."""
    for name, value in NEEDED.items():
        assert answer.headers.get(name) == value, name
    policy = directives(answer)
    assert policy.get("frame-ancestors") in ("'none'", "'self'")
    assert policy.get("object-src", policy["default-src"]) == "'none'"
    scripts = policy.get("script-src", policy["default-src"])
    assert scripts in ("'self'", "'none'")
    assert "server" not in answer.headers and "x-powered-by" not in answer.headers
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


def directives(answer: Response) -> dict[str, str]:
    """Return the content security policy by directive; an answer has one."""
    (text,) = answer.headers.get_list("content-security-policy")
    return {words[0]: " ".join(words[1:]) for part in text.split(";") if (words := part.split())}


def test_every_answer_to_everybody_has_them(application: TestClient) -> None:
    paths = paths_without_parameters(the(application))
    assert {"/", "/runs", "/health", "/metrics", "/v1/openapi.json"} <= paths
    for path in sorted(paths):
        answer = application.get(path)
        assert answer.status_code < 500 or path == "/health", path
        check(answer)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/absent", 404),
        ("GET", "/v1/absent", 404),
        ("GET", "/static/absent.js", 404),
        ("DELETE", "/", 405),
        ("POST", "/v1/jobs", 422),
        ("GET", "/v1/jobs/0123456789ab", 404),
        ("GET", "/v1/accounts", 401),
        ("GET", "/v2/models/absent/", 404),
    ],
)
def test_refusals_have_them_too(application: TestClient, method: str, path: str, status: int) -> None:
    answer = application.request(method, path)
    assert answer.status_code == status
    check(answer)


def test_a_failure_of_the_program_has_them_too_and_tells_nothing(
    application: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object, **_named: object) -> None:
        raise RuntimeError("hunter2")

    monkeypatch.setattr("pelagia.ui.home.list_own_jobs", fail)
    answer = browser(the(application), raises=False).get("/")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    check(answer)


class _Page(HTMLParser):
    """What a page loads, and what in it could act by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inline += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        self.inline += [f"{tag} {value}" for value in given.values() if (value or "").startswith("javascript:")]
        if tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json"):
            self.inline.append(tag)
        if tag in ("script", "img", "iframe", "source", "video", "audio") and given.get("src"):
            self.loaded.append(given["src"] or "")
        if tag == "link" and given.get("href"):
            self.loaded.append(given["href"] or "")


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_nothing_from_elsewhere_and_hold_no_script(application: TestClient, path: str) -> None:
    answer = application.get(path)
    assert answer.status_code == 200
    page = _Page()
    page.feed(answer.text)
    assert page.inline == []
    assert page.loaded and all(address.startswith("/") and not address.startswith("//") for address in page.loaded)
    policy = directives(answer)
    assert "unsafe" not in " ".join(policy.values()) and "http" not in " ".join(policy.values())
    assert policy["form-action"] == "'self'" and policy["base-uri"] in ("'none'", "'self'")


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_a_person_are_kept_by_nobody(application: TestClient, path: str) -> None:
    assert application.get(path).headers["cache-control"] in ("no-store", "private, no-store")


def test_cookies_are_for_this_site_over_https_only_and_out_of_reach_of_scripts(application: TestClient) -> None:
    fresh = browser(the(application))
    given = fresh.get("/").headers.get_list("set-cookie")
    assert given
    for cookie in given:
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "secure", "path=/"} <= parts
        assert parts & {"samesite=lax", "samesite=strict"} and not any(part.startswith("domain") for part in parts)


def test_probes_and_files_give_no_cookie(application: TestClient) -> None:
    fresh = browser(the(application))
    style = re.findall(r'href="(/static/[^"]+\.css)"', application.get("/").text)[0]
    for path in ("/health", "/health/live", "/metrics", style):
        assert "set-cookie" not in fresh.get(path).headers


def test_files_of_pages_are_kept_for_good_under_names_that_change_with_them(application: TestClient) -> None:
    for name in re.findall(r'(?:src|href)="(/static/[^"]+)"', application.get("/").text):
        answer = application.get(name)
        if answer.status_code == 200:
            assert "immutable" in answer.headers["cache-control"]
