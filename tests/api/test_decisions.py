"""Objects, decisions and revisions over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.orders.finished import bench_of, coloured_vignettes, finished_job, flowcam_request

from pelagia.api.decisions import router
from pelagia.core.errors import PelagiaError
from pelagia.http.problems import problem_response
from pelagia.runtime.accounts.accounts import create_account
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """An application with these routes alone; the header ``Who`` says who asks."""
    home = tmp_path_factory.mktemp("installation") / "home"
    app = FastAPI()
    app.include_router(router)
    app.add_exception_handler(PelagiaError, lambda _, error: problem_response(error))  # type: ignore[arg-type]

    @app.middleware("http")
    async def identify(request: Request, call_next):
        who = request.headers.get("who", "visit:me")
        account = who.removeprefix("account:") if who.startswith("account:") else None
        is_admin = who == "account:root"
        name = "Ben" if account else ""
        request.state.principal = Principal(asker=who, account_id=account, name=name, is_admin=is_admin)
        return await call_next(request)

    with open_runtime(read_settings({}, home=home, executor="inline", workers=2)) as runtime:
        app.state.workbench = bench_of(runtime)
        yield app


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as opened:
        yield opened


@pytest.fixture(scope="module")
def job_id(app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> str:
    runtime = app.state.workbench.runtime
    folder = coloured_vignettes(tmp_path_factory.mktemp("images") / "station-7")
    return finished_job(runtime, flowcam_request(runtime.settings.home, folder)).id


@pytest.fixture
def at(job_id: str) -> str:
    return f"/v1/jobs/{job_id}"


def test_objects_come_filtered_sorted_and_page_by_page(client: TestClient, at: str) -> None:
    first = client.get(f"{at}/objects", params={"order": "uncertain", "limit": 10}).json()
    assert (first["total"], len(first["items"]), first["before"]) == (24, 10, 0)
    seen = [one["row"] for one in first["items"]]
    after = first["next"]
    while after is not None:
        page = client.get(f"{at}/objects", params={"order": "uncertain", "limit": 10, "after": after}).json()
        seen += [one["row"] for one in page["items"]]
        after = page["next"]
    assert sorted(seen) == list(range(24))
    taxa = client.get(f"{at}/taxa").json()
    for one in taxa["taxa"]:
        found = client.get(f"{at}/objects", params={"taxon": one["taxon"]}).json()
        assert found["total"] == one["predicted"] + one["validated"]


def test_an_object_has_its_first_choices_and_all_its_values(client: TestClient, at: str) -> None:
    detail = client.get(f"{at}/objects/2").json()
    assert [share for _, share in detail["top"]] == sorted((share for _, share in detail["top"]), reverse=True)
    assert detail["top"][0][0] == detail["card"]["predicted_taxon"]
    assert detail["values"]["object_id"] == detail["card"]["object_id"]


def test_vignettes_come_alone_without_loss_or_many_at_once(client: TestClient, at: str) -> None:
    alone = client.get(f"{at}/objects/2/vignette")
    assert alone.headers["content-type"] == "image/png" and alone.content.startswith(b"\x89PNG")
    again = client.get(f"{at}/objects/2/vignette", headers={"if-none-match": alone.headers["etag"]})
    assert again.status_code == 304
    together = client.get(f"{at}/vignettes", params={"rows": "3,1,2"})
    head, _, body = together.content.partition(b"\n")
    listed = json.loads(head)
    assert [one["row"] for one in listed] == [3, 1, 2]
    assert sum(one["bytes"] for one in listed) == len(body)
    assert "immutable" in together.headers["cache-control"]


@pytest.mark.parametrize("rows", ["", "a", "1,,2", "99999", "-1", ",".join(map(str, range(24))) * 6])
def test_rows_that_are_none_are_refused(client: TestClient, at: str, rows: str) -> None:
    answer = client.get(f"{at}/vignettes", params={"rows": rows})
    assert answer.status_code == 422


def test_people_decide_undo_and_see_who_decided_what(client: TestClient, at: str) -> None:
    object_id = client.get(f"{at}/objects/4").json()["card"]["object_id"]
    body = {"decisions": [{"object_id": object_id, "taxon": "Diatom"}], "name": "Ada"}
    done = client.post(f"{at}/decisions", json=body).json()
    card = done["objects"][0]
    assert (card["taxon"], card["status"], card["decided_by"][0]["name"]) == ("Diatom", "validated", "Ada")
    assert done["revision"]["state"] == "outdated"
    undone = client.post(f"{at}/decisions/undo", json={"first": done["first"], "last": done["last"]}).json()
    assert undone["objects"][0]["decided_by"] == []
    told = client.get(f"{at}/decisions").json()
    mine = [one for one in told["items"] if one["object_id"] == object_id]
    assert [one["taxon"] for one in mine] == ["Diatom", None]
    history = client.get(f"{at}/objects/4").json()["history"]
    assert [one["taxon"] for one in history] == ["Diatom", None]


def test_two_people_may_differ_and_that_is_counted(client: TestClient, app: FastAPI, at: str) -> None:
    account = create_account(app.state.workbench.runtime.database, email="ben@example.org", name="Ben")
    ben = {"who": f"account:{account.id}"}
    assert client.get(f"{at}/objects", headers=ben).status_code == 404
    assert client.post(f"{at}/annotators", json={"email": "ben@example.org"}, headers=ben).status_code == 404
    assert client.post(f"{at}/annotators", json={"email": "ben@example.org"}).status_code == 401
    root = {"who": "account:root"}
    assert client.post(f"{at}/annotators", json={"email": "nobody@example.org"}, headers=root).status_code == 404
    # He says himself that this is his address: anybody could.
    claimed = client.post(f"{at}/annotators", json={"email": "ben@example.org"}, headers=root)
    assert (claimed.status_code, claimed.json()["code"]) == (403, "address-not-confirmed")
    both = {"email": "ben@example.org", "account_id": account.id}
    for unclear in ({}, both, {"account_id": "ben"}):
        assert client.post(f"{at}/annotators", json=unclear, headers=root).status_code == 422
    invited = client.post(f"{at}/annotators", json={"account_id": account.id}, headers=root)
    assert (invited.status_code, invited.json()["name"]) == (201, "Ben")
    assert client.post(f"{at}/annotators", json={"email": "x@example.org"}, headers=ben).status_code == 403
    object_id = client.get(f"{at}/objects/6").json()["card"]["object_id"]
    for who, taxon in (({}, "Red"), (ben, "Blue")):
        body = {"decisions": [{"object_id": object_id, "taxon": taxon}]}
        assert client.post(f"{at}/decisions", json=body, headers=who).status_code == 200
    disputed = client.get(f"{at}/objects", params={"disputed": True}).json()
    assert [one["row"] for one in disputed["items"]] == [6]
    told = client.get(f"{at}/decisions").json()
    assert told["agreement"] == {"decided": 1, "by_several": 1, "agreed": 0, "disputed": 1}
    assert {(one["name"], one["objects"]) for one in told["people"]} == {("guest", 1), ("Ben", 1)}
    assert client.delete(f"{at}/annotators/{account.id}", headers=root).status_code == 204
    assert client.get(f"{at}/annotators").json() == []
    assert client.get(f"{at}/objects", headers=ben).status_code == 404


def test_the_result_follows_when_asked_to(client: TestClient, at: str, app: FastAPI, job_id: str) -> None:
    object_id = client.get(f"{at}/objects/8").json()["card"]["object_id"]
    body = {"decisions": [{"object_id": object_id, "taxon": "Chain"}], "name": "Ada"}
    client.post(f"{at}/decisions", json=body)
    started = client.post(f"{at}/revision")
    assert (started.status_code, started.json()["state"]) == (202, "running")
    for _ in range(600):
        state = client.get(f"{at}/revision").json()
        if state["state"] != "running":
            break
        time.sleep(0.1)
    assert (state["state"], state["number"]) == ("current", 1), state
    assert state["decided_in_it"] == state["decided_now"]
    folder: Path = app.state.workbench.runtime.settings.result_folder(job_id)
    assert "Chain" in (folder / "decisions.csv").read_text()
    assert client.post(f"{at}/revision").status_code == 409
    assert "Chain,Ada" in client.get(f"{at}/decisions.csv").text
    trace = client.get(f"{at}/decisions.csv", params={"trace": True}).text
    assert trace.startswith("number,at,by,object_id,old,new") and "Chain" in trace


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "objects"), ("GET", "taxa"), ("GET", "objects/0"), ("GET", "objects/0/vignette"),
        ("GET", "vignettes?rows=0"), ("GET", "decisions"), ("GET", "decisions.csv"), ("GET", "revision"),
        ("POST", "revision"), ("GET", "annotators"), ("DELETE", "annotators/x"),
    ],
)  # fmt: skip
def test_a_stranger_learns_nothing(client: TestClient, at: str, method: str, path: str) -> None:
    answer = client.request(method, f"{at}/{path}", headers={"who": "visit:stranger"})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no such job"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decisions": []},
        {"decisions": [{"object_id": "x", "taxon": ""}]},
        {"decisions": [{"object_id": "x", "taxon": "\n"}]},
        {"decisions": [{"object_id": "x"}]},
    ],
)
def test_decisions_that_are_none_are_refused(client: TestClient, at: str, body: dict[str, object]) -> None:
    assert client.post(f"{at}/decisions", json=body).status_code == 422


def test_a_decision_on_an_unknown_object_is_not_found(client: TestClient, at: str) -> None:
    body = {"decisions": [{"object_id": "nobody", "taxon": "Red"}]}
    answer = client.post(f"{at}/decisions", json=body)
    assert (answer.status_code, answer.json()["value"]) == (404, "nobody")
    assert client.get(f"{at}/objects/9999").status_code == 404
