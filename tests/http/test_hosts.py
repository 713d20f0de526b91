"""A page of another site that has its own name lead to this computer (DNS rebinding) gets nothing from the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from pelagia.app import create_app
from pelagia.http.hosts import LOOPBACK, AllowedHosts, allowed_hosts
from pelagia.runtime.settings import read_settings

HERE = ("localhost", "127.0.0.1")


def asked_by(host: str, *hosts: str, path: str = "/", exempt: tuple[str, ...] = ()) -> int:
    """Return the status of an answer to a request that names a host."""
    app = FastAPI()
    for place in ("/", "/health", "/healthy", "/health/live", "/metrics", "/static/app.css"):
        app.get(place)(lambda: "here")
    app.add_middleware(AllowedHosts, hosts=hosts, exempt=exempt)
    return TestClient(app).get(path, headers={"Host": host}).status_code


@pytest.mark.parametrize("host", ["localhost", "LocalHost:8000", "127.0.0.1:8000", "[::1]", "[::1]:8000", "127.0.0.1:"])
def test_a_server_of_this_computer_answers_to_its_own_names(host: str) -> None:
    assert asked_by(host, *LOOPBACK) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:127.0.0.1",
        "evil@localhost",
        "localhost/@evil.example",
        "localhost evil.example",
        "[::1",
        "::1",
        "[::1].evil.example",
        "192.168.1.7:8000",
        "",
    ],
)
def test_a_server_of_this_computer_answers_to_no_other_name(host: str) -> None:
    assert asked_by(host, *LOOPBACK) == 421


def test_two_names_at_once_are_none() -> None:
    app = FastAPI()
    app.get("/")(lambda: "here")
    app.add_middleware(AllowedHosts, hosts=LOOPBACK)
    answer = TestClient(app).get("/", headers=[("Host", "localhost"), ("Host", "evil.example")])
    assert answer.status_code == 421


@pytest.mark.parametrize(
    ("path", "exempt", "status"),
    [
        ("/health", (), 200),
        ("/health/live", (), 200),
        ("/healthy", (), 421),
        ("/static/app.css", (), 200),
        ("/metrics", (), 421),
        ("/metrics", ("/metrics",), 200),
    ],
)
def test_probes_may_ask_by_address(path: str, exempt: tuple[str, ...], status: int) -> None:
    assert asked_by("10.1.2.3:8000", *LOOPBACK, path=path, exempt=exempt) == status


@pytest.mark.parametrize(
    ("set_to", "listens_at", "answers_to"),
    [
        ({}, HERE, LOOPBACK),
        ({}, ("::1", "::1"), LOOPBACK),
        ({}, ("Boat", "127.0.1.1"), LOOPBACK | {"boat", "127.0.1.1"}),
        ({}, ("0.0.0.0", "0.0.0.0"), {"*"}),
        ({}, ("::", "::"), {"*"}),
        ({}, (), {"*"}),
        ({"allowed_hosts": "Boat"}, HERE, LOOPBACK | {"boat"}),
        ({"allowed_hosts": "boat shore"}, ("0.0.0.0", "0.0.0.0"), LOOPBACK | {"boat", "shore"}),
        ({"public_url": "https://Pelagia.example.org:8443/x"}, HERE, LOOPBACK | {"pelagia.example.org"}),
        ({"public_url": "http://[2001:db8::1]"}, ("0.0.0.0", "0.0.0.0"), LOOPBACK | {"2001:db8::1"}),
    ],
)
def test_the_names_come_from_the_settings_and_from_where_it_listens(
    set_to: dict[str, str], listens_at: tuple[str, ...], answers_to: set[str]
) -> None:
    assert allowed_hosts(read_settings({}, **set_to), listens_at) == answers_to


def test_any_name_may_be_wanted() -> None:
    assert asked_by("evil.example", *allowed_hosts(read_settings({}, allowed_hosts="*"), HERE)) == 200


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser at a whole application of this computer, told that another name leads here."""
    home: Path = tmp_path_factory.mktemp("hosts") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PELAGIA_HOME", str(home))
        app = create_app(read_settings({}, home=home, executor="inline", cors_origins="*"), listens_at=HERE)
        with TestClient(app, base_url="http://evil.example:8000") as opened:
            yield opened


@pytest.mark.parametrize(
    "path",
    [
        "/v1/services",
        "/v1/openapi.json",
        "/v1/jobs/0123456789ab/events",
        "/metrics",
        "/v2/models/",
        "//v2//models/",
        "/deepaas/flowcam/v2/",
        "/swagger.json",
        "/",
    ],
)
def test_nothing_is_told_by_another_name(client: TestClient, path: str) -> None:
    # As a path, not an address of its own, where it begins with two slashes.
    answer = client.get(f"http://evil.example:8000{path}")
    told = answer.json()
    assert (answer.status_code, told["code"], told["value"]) == (421, "foreign-host", "evil.example:8000")
    assert "PELAGIA_ALLOWED_HOSTS" in told["remedy"] and "set-cookie" not in answer.headers


def test_nothing_is_done_by_another_name(client: TestClient) -> None:
    assert client.post("/v1/uploads", json={"name": "x"}).status_code == 421
    assert client.post("/v2/models/flowcam/predict/", files={"image": b"x"}).status_code == 421
    asked = {"Origin": "http://evil.example:8000", "Access-Control-Request-Method": "POST"}
    assert client.options("/v1/uploads", headers=asked).status_code == 421


def test_a_person_is_told_on_a_page(client: TestClient) -> None:
    answer = client.get("/runs", headers={"Accept": "text/html"})
    assert answer.status_code == 421 and answer.headers["content-type"].startswith("text/html")
    assert "This is not an address of ours" in answer.text and "PELAGIA_ALLOWED_HOSTS" in answer.text


def test_by_its_own_name_it_answers(client: TestClient) -> None:
    for host in ("localhost:8000", "127.0.0.1:8000", "[::1]:8000"):
        assert client.get("/v1/services", headers={"Host": host}).status_code == 200
    assert client.get("/health/live").status_code == 200
