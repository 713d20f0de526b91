"""Every address of DEEPaaS, asked by everybody: it stands before the routes and has a table of its own."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from tests.api.conftest import TEXTS, upload
from tests.api.test_authorisation import Crowd, crowd

from pelagia.api.deepaas.layer import deepaas_routes

__all__ = ["crowd"]

# Who may: `open` everybody, whose token allows to look · `runs` everybody, whose token allows that · `trains` whoever
# has an account, and a token for it · `owner` whose it is, and administrators; others learn not even that it is there.
PLACES = """
open    GET     /
open    GET     /ui
open    GET     /api
open    GET     /swagger.json
open    GET     /v2/
open    GET     /v2/debug/
open    GET     /v2/models/
open    GET     /v2/models/{model}/
runs    POST    /v2/models/{model}/predict/
open    GET     /v2/models/{model}/train/
trains  POST    /v2/models/{model}/train/
owner   GET     /v2/models/{model}/train/{uuid}
owner   DELETE  /v2/models/{model}/train/{uuid}
"""
RULES = {tuple(line.split()[1:]): line.split()[0] for line in PLACES.strip().splitlines()}
ALL = sorted(RULES)
everywhere = pytest.mark.parametrize("base", ["", "/deepaas/{model}"], ids=["all models", "one model"])
each_place = pytest.mark.parametrize(("method", "path"), ALL, ids=[f"{method} {path}" for method, path in ALL])


@pytest.fixture(scope="module")
def shown(crowd: Crowd) -> str:
    """A training of the owner."""
    return _training(crowd)


def _training(crowd: Crowd) -> str:
    owner = crowd.owner.browser
    wanted = {"service": "flowcam-train", "inputs": {"images": [f"upload://{upload(owner, TEXTS)}"]}}
    made = owner.post("/v1/jobs", json={**wanted, "title": "My secret title"})
    assert made.status_code == 202, made.text
    return str(made.json()["id"])


def ask(client: TestClient, method: str, path: str, uuid: str = "0" * 12) -> Response:
    """Ask for a place with what it needs."""
    files = [("texts", ("a.txt", b"one three seven", "text/plain"))] if path.endswith("predict/") else None
    model = "words" if files else "flowcam"
    return client.request(method, path.replace("{model}", model).replace("{uuid}", uuid), files=files)


def is_refused(answer: Response) -> bool:
    return answer.status_code in (401, 403, 404)


def test_every_place_has_a_rule() -> None:
    places = deepaas_routes()
    assert set(places) == set(RULES), "say in PLACES who may ask for these"
    assert len(places) == len(set(places))


@everywhere
@each_place
def test_nobody_may_do_more_than_the_rule_says(crowd: Crowd, shown: str, base: str, method: str, path: str) -> None:
    strangers = [crowd.visitor, crowd.other.browser, crowd.provider.browser]
    refused: list[tuple[TestClient, int]] = {
        "open": [(crowd.token(crowd.owner, "run", "train"), 403)],
        "runs": [(crowd.token(crowd.owner, "read", "train"), 403)],
        "trains": [(crowd.visitor, 401), (crowd.token(crowd.owner, "read", "run"), 403)],
        "owner": [
            *((one, 404) for one in strangers),
            (crowd.token(crowd.owner, *(("run", "train") if method == "GET" else ("read",))), 403),
            (crowd.token(crowd.admin, *(("admin",) if method == "GET" else ("read", "admin"))), 403),
            (crowd.token(crowd.admin, "read", "run", "train"), 404),
        ],
    }[RULES[method, path]]
    for number, (client, status) in enumerate(refused):
        answer = ask(client, method, base + path, shown)
        assert answer.status_code == status, f"{number}: {answer.status_code} {answer.text[:300]}"
        assert "My secret title" not in answer.text
    if "{uuid}" in path:
        assert crowd.owner.browser.get(f"/v1/jobs/{shown}").json()["state"] == "queued"


@everywhere
@each_place
def test_nobody_is_kept_from_what_the_rule_allows(crowd: Crowd, base: str, method: str, path: str) -> None:
    everybody = [crowd.visitor, crowd.other.browser, crowd.provider.browser, crowd.admin.browser]
    allowed = {
        "open": [*everybody, crowd.token(crowd.other, "read")],
        "runs": [*everybody, crowd.token(crowd.other, "run")],
        "trains": [*everybody[1:], crowd.token(crowd.other, "train")],
        "owner": [
            crowd.owner.browser,
            crowd.admin.browser,
            crowd.token(crowd.owner, "read" if method == "GET" else "train"),
        ],
    }[RULES[method, path]]
    for client in allowed:
        answer = ask(client, method, base + path, _training(crowd) if "{uuid}" in path else "0" * 12)
        assert not is_refused(answer) and answer.status_code < 500, f"{answer.status_code} {answer.text[:300]}"


@everywhere
def test_the_list_of_trainings_shows_what_is_ones_own(crowd: Crowd, shown: str, base: str) -> None:
    place = f"{base}/v2/models/{{model}}/train/"
    assert shown in ask(crowd.owner.browser, "GET", place).text
    for client in (crowd.visitor, crowd.other.browser, crowd.provider.browser):
        assert shown not in ask(client, "GET", place).text


def test_a_place_nobody_knows_is_not_passed_on_to_the_pages(crowd: Crowd) -> None:
    for path in ("/v2/jobs", "/v2/models/{model}/files/", "/deepaas/nothing/v2/", "/deepaas/{model}/v1/jobs"):
        assert ask(crowd.admin.browser, "GET", path).status_code == 404
