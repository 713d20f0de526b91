"""Every route, asked by everybody: nobody gets what is not theirs, and nobody is kept from what is."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from starlette.routing import Mount
from tests.api.conftest import TEXTS, Installation, order, upload
from tests.api.people import Person, browser_of, person

from pelagia.runtime.accounts.identities import Identities
from pelagia.runtime.accounts.requests import ask_for_access
from pelagia.runtime.accounts.tokens import create_token

# Who may: `open` everybody · `account` whoever has one · `person` the same, but no token for them · `insight` providers
# and administrators · `admin` administrators · `owner` whose it is, and administrators; others learn not even that it
# is there · `facts` the same, and the provider of the service · `own` whose it is and nobody else · `answer` the
# provider of the service, and administrators · `here` nobody from elsewhere.
ROUTES = """
open     GET     /v1/services
open     GET     /v1/services/{slug}
open     POST    /v1/uploads
open     GET     /v1/uploads
owner    GET     /v1/uploads/{upload_id}
owner    DELETE  /v1/uploads/{upload_id}
owner    GET     /v1/uploads/{upload_id}/files
owner    PUT     /v1/uploads/{upload_id}/files/{path:path}
owner    GET     /v1/uploads/{upload_id}/files/{path:path}
owner    DELETE  /v1/uploads/{upload_id}/files/{path:path}
owner    POST    /v1/uploads/{upload_id}/batch
owner    POST    /v1/uploads/{upload_id}/files
open     OPTIONS /v1/uploads/{upload_id}/files
owner    HEAD    /v1/uploads/{upload_id}/transfers/{file_id}
owner    PATCH   /v1/uploads/{upload_id}/transfers/{file_id}
owner    DELETE  /v1/uploads/{upload_id}/transfers/{file_id}
open     GET     /v1/shared-folders
open     POST    /v1/estimates
open     POST    /v1/jobs
open     GET     /v1/jobs
facts    GET     /v1/jobs/{job_id}
owner    POST    /v1/jobs/{job_id}/cancel
owner    POST    /v1/jobs/{job_id}/retry
owner    DELETE  /v1/jobs/{job_id}
facts    GET     /v1/jobs/{job_id}/events
owner    GET     /v1/jobs/{job_id}/results
owner    GET     /v1/jobs/{job_id}/results/tables/{name}
owner    GET     /v1/jobs/{job_id}/results/files/{path:path}
owner    HEAD    /v1/jobs/{job_id}/results/files/{path:path}
owner    GET     /v1/jobs/{job_id}/results/archive.zip
owner    GET     /v1/jobs/{job_id}/objects
owner    GET     /v1/jobs/{job_id}/taxa
owner    GET     /v1/jobs/{job_id}/objects/{row}
owner    GET     /v1/jobs/{job_id}/objects/{row}/vignette
owner    GET     /v1/jobs/{job_id}/vignettes
owner    GET     /v1/jobs/{job_id}/decisions
owner    GET     /v1/jobs/{job_id}/decisions.csv
owner    POST    /v1/jobs/{job_id}/decisions
owner    POST    /v1/jobs/{job_id}/decisions/undo
owner    GET     /v1/jobs/{job_id}/scans/{scan_id}
owner    GET     /v1/jobs/{job_id}/scans/{scan_id}/tiles/{level}/{col}_{row}.webp
owner    GET     /v1/jobs/{job_id}/scans/{scan_id}/picture.webp
owner    GET     /v1/jobs/{job_id}/scans/{scan_id}/objects
owner    GET     /v1/jobs/{job_id}/scans/{scan_id}/outlines
owner    GET     /v1/jobs/{job_id}/clips
owner    GET     /v1/jobs/{job_id}/clips/{clip_id}
owner    GET     /v1/jobs/{job_id}/clips/{clip_id}/timeline
owner    GET     /v1/jobs/{job_id}/clips/{clip_id}/frames
owner    GET     /v1/jobs/{job_id}/clips/{clip_id}/tracks
owner    GET     /v1/jobs/{job_id}/series
owner    GET     /v1/jobs/{job_id}/pictures
owner    GET     /v1/jobs/{job_id}/pictures/{image_id}/tiles/{z}/{x}/{y}
owner    GET     /v1/jobs/{job_id}/pictures/{image_id}/pixels/{z}/{x}/{y}
owner    GET     /v1/jobs/{job_id}/pictures/{image_id}/picture.webp
owner    GET     /v1/jobs/{job_id}/pictures/{image_id}/tile-classes
owner    GET     /v1/jobs/{job_id}/items
owner    GET     /v1/jobs/{job_id}/items/{name}
owner    GET     /v1/jobs/{job_id}/items/{name}/vignette
owner    GET     /v1/jobs/{job_id}/item-totals
owner    GET     /v1/jobs/{job_id}/cells
owner    GET     /v1/jobs/{job_id}/survey
owner    GET     /v1/jobs/{job_id}/spill
owner    GET     /v1/jobs/{job_id}/spill/layers/{name}
owner    GET     /v1/jobs/{job_id}/spill/slicks
owner    GET     /v1/jobs/{job_id}/spill/coast
owner    GET     /v1/jobs/{job_id}/spill/tracks
owner    GET     /v1/jobs/{job_id}/spill/shore
owner    GET     /v1/jobs/{job_id}/cuts
owner    POST    /v1/jobs/{job_id}/cuts/preview
owner    GET     /v1/jobs/{job_id}/edits
owner    POST    /v1/jobs/{job_id}/edits
owner    POST    /v1/jobs/{job_id}/edits/undo
owner    GET     /v1/jobs/{job_id}/revision
owner    POST    /v1/jobs/{job_id}/revision
owner    GET     /v1/jobs/{job_id}/as-predicted.zip
owner    GET     /v1/jobs/{job_id}/annotators
owner    POST    /v1/jobs/{job_id}/annotators
owner    DELETE  /v1/jobs/{job_id}/annotators/{account_id}
open     GET     /v1/oils
open     GET     /v1/models
open     GET     /v1/models/{name}/{version}
open     GET     /v1/models/{name}/{version}/card.md
open     POST    /v1/sessions
open     DELETE  /v1/sessions/current
open     POST    /v1/accounts/register
account  GET     /v1/accounts/me
person   PATCH   /v1/accounts/me
person   POST    /v1/accounts/me/password
account  GET     /v1/accounts/me/sessions
person   DELETE  /v1/accounts/me/sessions
account  GET     /v1/accounts/me/export
person   POST    /v1/accounts/me/erase
account  GET     /v1/tokens
person   POST    /v1/tokens
own      DELETE  /v1/tokens/{prefix}
account  GET     /v1/access-requests
account  POST    /v1/access-requests
insight  GET     /v1/access-requests/to-answer
answer   POST    /v1/access-requests/{request_id}/answer
admin    GET     /v1/accounts
admin    POST    /v1/accounts
admin    GET     /v1/accounts/{account_id}
admin    PATCH   /v1/accounts/{account_id}
open     GET     /v1/usage/me
open     GET     /v1/usage/me/export
person   DELETE  /v1/usage/me
insight  GET     /v1/usage/totals
insight  GET     /v1/usage/report
admin    POST    /v1/usage/receipts
open     GET     /v1/openapi.json
open     GET     /health
open     GET     /health/ready
open     GET     /health/live
here     GET     /metrics
open     GET     /
open     GET     /services/{slug}
open     POST    /services/{slug}/check
open     POST    /services/{slug}/start
open     POST    /services/{slug}/sample
open     GET     /runs
facts    GET     /runs/{job_id}
facts    GET     /runs/{job_id}/state
owner    POST    /runs/{job_id}/cancel
owner    POST    /runs/{job_id}/again
owner    POST    /runs/{job_id}/delete
open     GET     /models
open     GET     /models/{name}/{version}
open     GET     /docs/api
open     GET     /sign-in
open     POST    /sign-in
open     POST    /sign-out
open     GET     /register
open     POST    /register
open     GET     /sign-in/provider
open     GET     /sign-in/callback
account  GET     /account
person   POST    /account
person   POST    /account/password
person   POST    /account/sign-out-everywhere
account  GET     /account/privacy
person   POST    /account/erase
account  GET     /account/tokens
person   POST    /account/tokens
own      POST    /account/tokens/{prefix}/revoke
account  GET     /account/access
person   POST    /account/access
insight  GET     /requests
answer   POST    /requests/{request_id}/answer
admin    GET     /admin/users
admin    POST    /admin/users
admin    GET     /admin/users/{account_id}
admin    POST    /admin/users/{account_id}
admin    POST    /admin/users/{account_id}/password
open     GET     /usage
person   POST    /usage/erase
insight  GET     /admin
insight  GET     /admin/reports
admin    GET     /admin/receipts
admin    POST    /admin/receipts
admin    POST    /admin/receipt/{pending}
owner    GET     /runs/{job_id}/results
owner    GET     /runs/{job_id}/results/revision
owner    POST    /runs/{job_id}/results/revision
owner    GET     /runs/{job_id}/results/charts/{name}.{form}
owner    GET     /runs/{job_id}/results/gallery
owner    GET     /runs/{job_id}/scans
owner    GET     /runs/{job_id}/scans/checks
owner    GET     /runs/{job_id}/scans/metadata
owner    GET     /runs/{job_id}/scans/metadata/changes.csv
owner    GET     /runs/{job_id}/scans/{scan_id}/view
owner    GET     /runs/{job_id}/scans/{scan_id}/separate
owner    GET     /runs/{job_id}/separation
owner    GET     /runs/{job_id}/map
owner    GET     /runs/{job_id}/player
owner    GET     /runs/{job_id}/series
owner    GET     /runs/{job_id}/spill
owner    GET     /runs/{job_id}/spill/charts/{name}.{form}
open     GET     /compare
"""
RULES = {tuple(line.split()[1:]): line.split()[0] for line in ROUTES.strip().splitlines()}
# Answered before the routes, in the words of DEEPaaS: see tests/api/deepaas.
MOUNTED = {"/static"}
ACCESS_WORDS = {"service": "words", "mode": "training", "purpose": "A thesis", "affiliation": "Marine Station"}
BODIES: dict[str, object] = {
    "POST /v1/uploads": {"name": "mine"},
    "POST /v1/uploads/{upload_id}/files": {"path": "later.txt", "bytes": 4},
    "POST /v1/jobs/{job_id}/decisions": {"decisions": [{"object_id": "1", "label": "Copepoda"}]},
    "POST /v1/jobs/{job_id}/decisions/undo": {"first": 1, "last": 1},
    "POST /v1/jobs/{job_id}/cuts/preview": {"object": "a_1", "lines": [[[0, 0], [9, 9]]]},
    "POST /v1/jobs/{job_id}/edits": {"edits": [{"kind": "cuts", "subject": "a_1", "value": []}]},
    "POST /v1/jobs/{job_id}/edits/undo": {"first": 1, "last": 1},
    "POST /v1/jobs/{job_id}/annotators": {"email": "nobody@example.org"},
    "PATCH /v1/accounts/me": {"affiliation": "Marine Station"},
    "POST /v1/accounts/me/password": {"new": "short"},
    "POST /v1/accounts/me/erase": {"confirm": "erase"},
    "POST /v1/tokens": {"name": "more", "scopes": ["read"]},
    "POST /v1/access-requests": ACCESS_WORDS,
    "POST /v1/access-requests/{request_id}/answer": {"grant": True},
    "POST /v1/accounts": {"email": "x", "password": "y"},
    "PATCH /v1/accounts/{account_id}": {"is_test": False},
}
FORMS: dict[str, dict[str, str]] = {
    "POST /account": {"name": "Somebody"},
    "POST /account/password": {"new": "short"},
    "POST /account/erase": {"confirm": "no"},
    "POST /account/tokens": {"name": "more", "read": "true"},
    "POST /account/access": ACCESS_WORDS,
    "POST /requests/{request_id}/answer": {"decision": "grant"},
    "POST /admin/users": {"email": "nobody"},
    "POST /admin/users/{account_id}": {"is_test": "true"},
    "POST /usage/erase": {"confirm": "no"},
}
# These make the person who asks somebody else, or nobody.
ENDING = {
    ("DELETE", "/v1/sessions/current"),
    ("DELETE", "/v1/accounts/me/sessions"),
    ("POST", "/v1/accounts/me/password"),
    ("POST", "/v1/accounts/me/erase"),
    ("POST", "/account/sign-out-everywhere"),
    ("POST", "/sign-out"),
}
NOT_THERE = re.compile(r"There is no such (job|run|upload|file|token|account|request)")
QUERIES = {
    "/v1/usage/report": "?project_start=2026-01-01&period=M1-M12&form=json",
    "/v1/jobs/{job_id}/vignettes": "?rows=0",
    "/v1/jobs/{job_id}/scans/{scan_id}/outlines": "?row=0&col=0&height=9&width=9",
    "/v1/jobs/{job_id}/clips/{clip_id}/frames": "?film=x",
}
LOOKS = ("GET", "HEAD", "OPTIONS")


@dataclass
class Things:
    """What belongs to somebody."""

    upload_id: str = ""
    file_id: str = ""
    job_id: str = ""
    prefix: str = ""
    request_id: str = ""
    names: dict[str, str] = field(default_factory=dict)


@dataclass
class Crowd:
    """Who asks: each as in a browser, and each as a program with a token."""

    installation: Installation
    visitor: TestClient
    owner: Person
    other: Person
    provider: Person
    admin: Person

    def token(self, who: Person, *scopes: str) -> TestClient:
        """Return a program of somebody."""
        identities: Identities = self.installation.app.state.identities
        provides = frozenset({"words"}) if who is self.provider else frozenset()
        asking = identities.principal_of(who.account, provides)
        ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        database = self.installation.runtime.database
        _, secret = create_token(database, identities.keys, asking, name="x", scopes=scopes, expires_at=ends)
        headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}
        return TestClient(self.installation.app, headers=headers, follow_redirects=False)

    def things(self, path: str) -> Things:
        """Make what a path needs, for the owner."""
        made = Things()
        if "{job_id}" in path:
            made.job_id = _job(self.installation, self.owner.browser)
        if "{upload_id}" in path:
            made.upload_id = upload(self.owner.browser, TEXTS)
            made.file_id = _transfer(self.owner.browser, made.upload_id)
        if "{prefix}" in path:
            made.prefix = self.owner.browser.post("/v1/tokens", json={"name": "x", "scopes": ["read"]}).json()["prefix"]
        if "{request_id}" in path:
            asker = person(self.installation, "asker")
            asked = ask_for_access(self.installation.runtime.database, asker.account.id, **ACCESS_WORDS)
            made.request_id = asked.id
        return made


def _job(installation: Installation, client: TestClient) -> str:
    answer = client.post("/v1/jobs", json=order(client, title="My secret title"))
    assert answer.status_code == 202, answer.text
    installation.work()
    return str(answer.json()["id"])


def _transfer(client: TestClient, upload_id: str) -> str:
    named = base64.b64encode(b"part.bin").decode()
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "4", "Upload-Metadata": f"filename {named}"}
    answer = client.post(f"/v1/uploads/{upload_id}/files", headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"]).rpartition("/")[2]


@pytest.fixture(scope="module")
def crowd(installation: Installation) -> Iterator[Crowd]:
    people = [
        person(installation, "owner"),
        person(installation, "other"),
        person(installation, "provider", provides=("words",)),
        person(installation, "admin", is_admin=True),
    ]
    for one in people:
        one.browser.headers["Accept"] = "application/json"
    visitor = browser_of(installation)
    visitor.headers["Accept"] = "application/json"
    yield Crowd(installation, visitor, *people)


@pytest.fixture(scope="module")
def shown(crowd: Crowd) -> Things:
    """What the owner has all the time: asked for by those who may not, so that it stays."""
    return crowd.things("{job_id}{upload_id}{prefix}{request_id}")


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Return method and path of every route, those of included routers too."""
    found: list[tuple[str, str]] = []

    def walk(routes: object) -> None:
        for route in routes:  # type: ignore[attr-defined]
            if isinstance(route, Mount):
                assert route.path in MOUNTED, f"what may be seen at {route.path}?"
            elif hasattr(route, "original_router"):
                walk(route.original_router.routes)
            else:
                found.extend((method, route.path) for method in route.methods)

    walk(app.routes)
    return found


def ask(client: TestClient, method: str, path: str, things: Things, account_id: str = "0" * 32) -> Response:
    """Ask for a route, with a body that fits."""
    filled = (
        path.replace("results/files/{path:path}", "results/files/summary.json")
        .replace("{path:path}", "a.txt")
        .replace("{slug}", "words")
        .replace("{row}", "0")
        .replace("{level}/{col}", "0/0")
        .replace("{z}/{x}/{y}", "0/0/0")
    )
    filled = filled.replace("{name}.{form}", "composition.csv").replace("{account_id}", account_id)
    model = "/models/" in path
    filled = filled.replace("{name}", "flowcam-protist" if model else "texts").replace("{version}", "1.0.0")
    for name in ("upload_id", "file_id", "job_id", "prefix", "request_id"):
        filled = filled.replace("{" + name + "}", getattr(things, name) or "0")
    key = f"{method} {path}"
    body: dict[str, object] = {}
    if key in FORMS:
        body = {"data": FORMS[key]}
    elif path.endswith("/batch"):
        body = {"files": {"files": ("new.txt", b"new")}}
    elif method == "PUT":
        body = {"content": b"new"}
    elif method == "PATCH" and "transfers" in path:
        head = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        body = {"content": b"abcd", "headers": head}
    elif method == "POST" or key in BODIES:
        body = {"json": BODIES.get(key, {})}
    if "transfers" in path and method != "PATCH":
        body = {"headers": {"Tus-Resumable": "1.0.0"}}
    return client.request(method, filled + QUERIES.get(path, ""), **body)  # type: ignore[arg-type]


def is_refused(answer: Response) -> bool:
    """Whether an answer says that one may not, or that there is no such thing."""
    if answer.status_code == 404:
        return not answer.content or bool(NOT_THERE.search(answer.text))
    return answer.status_code in (401, 403)


def test_every_route_has_a_rule(installation: Installation) -> None:
    routes = routes_of(installation.app)
    assert set(routes) - set(RULES) == set(), "say in ROUTES who may ask for these"
    assert set(RULES) - set(routes) == set(), "these are in ROUTES and no more in the application"
    assert len(routes) == len(set(routes)) > 100


ALL = sorted(RULES)


@pytest.mark.parametrize(("method", "path"), ALL, ids=[f"{method} {path}" for method, path in ALL])
def test_nobody_may_do_more_than_the_rule_says(crowd: Crowd, shown: Things, method: str, path: str) -> None:
    rule = RULES[method, path]
    refused = {
        "open": [],
        "here": [(crowd.visitor, 403), (crowd.other.browser, 403), (crowd.admin.browser, 403)],
        "account": [(crowd.visitor, 401)],
        "person": [(crowd.visitor, 401), (crowd.token(crowd.owner, "read", "run", "train"), 403)],
        "insight": [
            (crowd.visitor, 401),
            (crowd.other.browser, 403),
            (crowd.token(crowd.provider, "read", "run"), 403),
        ],
        "admin": [
            (crowd.visitor, 401),
            (crowd.other.browser, 403),
            (crowd.provider.browser, 403),
            (crowd.token(crowd.admin, "read", "run", "train"), 403),
        ],
        "owner": [(crowd.visitor, 404), (crowd.other.browser, 404), (crowd.provider.browser, 404)],
        "facts": [(crowd.visitor, 404), (crowd.other.browser, 404)],
        "own": [(crowd.visitor, 401), (crowd.other.browser, 404), (crowd.admin.browser, 404)],
        "answer": [(crowd.visitor, 401), (crowd.other.browser, 404)],
    }[rule]
    for number, (client, status) in enumerate(refused):
        answer = ask(client, method, path, shown, crowd.owner.account.id)
        told = f"{number}: {answer.status_code} {answer.text[:300]}"
        assert answer.status_code == status, told
        assert is_refused(answer), told
        assert "My secret title" not in answer.text and "one three seven" not in answer.text


@pytest.mark.parametrize(("method", "path"), ALL, ids=[f"{method} {path}" for method, path in ALL])
def test_nobody_is_kept_from_what_the_rule_allows(crowd: Crowd, method: str, path: str) -> None:
    allowed = {
        "open": [crowd.visitor, crowd.other.browser, crowd.admin.browser],
        "here": [],
        "account": [crowd.other.browser, crowd.provider.browser, crowd.admin.browser],
        "person": [crowd.other.browser, crowd.admin.browser],
        "insight": [crowd.provider.browser, crowd.admin.browser],
        "admin": [crowd.admin.browser],
        "owner": [crowd.owner.browser, crowd.admin.browser],
        "facts": [crowd.owner.browser, crowd.provider.browser, crowd.admin.browser],
        "own": [crowd.owner.browser],
        "answer": [crowd.provider.browser, crowd.admin.browser],
    }[RULES[method, path]]
    if (method, path) in ENDING:
        leaving = person(crowd.installation, "leaving")
        leaving.browser.headers["Accept"] = "application/json"
        allowed = [leaving.browser]
    changed = person(crowd.installation, "changed").account.id
    for client in allowed:
        answer = ask(client, method, path, crowd.things(path), changed)
        told = f"{answer.status_code} {answer.text[:300]}"
        if path in ("/sign-in", "/v1/sessions", "/sign-in/callback"):
            assert answer.status_code in (200, 401, 404, 422), told
        else:
            assert not is_refused(answer), told
        # Without a worker the installation is not well.
        assert answer.status_code < 500 or path.startswith("/health"), told


@pytest.mark.parametrize(("method", "path"), ALL, ids=[f"{method} {path}" for method, path in ALL])
def test_a_token_that_may_not_look_or_do_is_refused_everywhere(
    crowd: Crowd, shown: Things, method: str, path: str
) -> None:
    if path.startswith(("/health", "/metrics")):
        pytest.skip("told to programs without an account")
    client = crowd.token(crowd.owner, "run") if method in LOOKS else crowd.token(crowd.owner, "read")
    answer = ask(client, method, path, shown, crowd.owner.account.id)
    assert answer.status_code == 403
    assert method == "HEAD" or answer.json()["code"] == "scope-needed"


LISTS = [path for method, path in ALL if method == "GET" and "{" not in path and not path.startswith("/metrics")]


@pytest.mark.parametrize("path", LISTS)
def test_no_list_shows_what_belongs_to_another(crowd: Crowd, shown: Things, path: str) -> None:
    hidden = (shown.job_id, shown.upload_id, shown.prefix, "My secret title", crowd.owner.account.email or "")
    for client in (crowd.visitor, crowd.other.browser):
        for accept in ("application/json", "text/html"):
            text = client.get(path, headers={"Accept": accept}).text
            assert [one for one in hidden if one in text] == []


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/uploads", "/v1/tokens", "/v1/accounts/me/export", "/runs"])
def test_a_list_shows_what_is_ones_own(crowd: Crowd, path: str) -> None:
    made = crowd.things("{job_id}{upload_id}{prefix}")
    text = crowd.owner.browser.get(path).text
    assert any(one in text for one in (made.job_id, made.upload_id, made.prefix))


def test_nobody_processes_the_upload_of_another(crowd: Crowd, shown: Things) -> None:
    for client in (crowd.visitor, crowd.other.browser, crowd.provider.browser):
        for place in ("/v1/jobs", "/v1/estimates"):
            wanted = {"service": "words", "inputs": {"texts": [f"upload://{shown.upload_id}"]}}
            answer = client.post(place, json=wanted)
            assert answer.status_code in (404, 422), answer.text
            assert "one three seven" not in answer.text


def test_what_a_visit_has_made_is_for_that_visit_only(crowd: Crowd) -> None:
    one, two = browser_of(crowd.installation), browser_of(crowd.installation)
    for visitor in (one, two):
        visitor.headers["Accept"] = "application/json"
    upload_id, job_id = upload(one, TEXTS), _job(crowd.installation, one)
    for path in (f"/v1/uploads/{upload_id}", f"/v1/jobs/{job_id}", f"/v1/jobs/{job_id}/results"):
        assert one.get(path).status_code == 200
        for stranger in (two, crowd.other.browser):
            assert stranger.get(path).status_code == 404


def _train(client: TestClient, upload_id: str) -> Response:
    wanted = {"service": "flowcam-train", "inputs": {"images": [f"upload://{upload_id}"]}}
    return client.post("/v1/jobs", json=wanted)


def test_a_training_needs_the_scope_and_an_account(crowd: Crowd) -> None:
    assert _train(crowd.visitor, upload(crowd.visitor, TEXTS)).status_code == 401
    theirs = upload(crowd.other.browser, TEXTS)
    refused = _train(crowd.token(crowd.other, "read", "run"), theirs)
    assert refused.status_code == 403 and "train" in refused.json()["remedy"]
    assert _train(crowd.token(crowd.other, "train", "run"), theirs).status_code not in (401, 403)
    deepaas = "/v2/models/flowcam/train/"
    assert crowd.visitor.post(deepaas).status_code == 401
    for scopes in (("read",), ("read", "run")):
        assert crowd.token(crowd.other, *scopes).post(deepaas).status_code == 403


def test_a_training_seen_by_deepaas_is_for_its_owner(crowd: Crowd) -> None:
    made = _train(crowd.owner.browser, upload(crowd.owner.browser, TEXTS))
    assert made.status_code == 202, made.text
    listed, place = "/v2/models/flowcam/train/", f"/v2/models/flowcam/train/{made.json()['id']}"
    assert crowd.owner.browser.get(place).status_code == 200
    assert made.json()["id"] in crowd.owner.browser.get(listed).text
    for client in (crowd.visitor, crowd.other.browser, crowd.provider.browser):
        assert client.get(place).status_code == 404 == client.delete(place).status_code
        assert made.json()["id"] not in client.get(listed).text
