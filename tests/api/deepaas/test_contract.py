"""The same exchanges with the real DEEPaaS and with Pelagia, told apart only where the real one is at fault."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from tests.api.deepaas.exchanges import ANSWERS, ARGUMENTS, FILE, MODELS, PREDICT, ROUTES, Exchange, essence
from tests.api.deepaas.servers import Server

TRAIN = "/v2/models/every-kind/train/"


def by_name(exchange: Exchange) -> str:
    return exchange.name


@pytest.mark.parametrize("exchange", [*ROUTES, *ARGUMENTS, *ANSWERS], ids=by_name)
def test_both_answer_alike(exchange: Exchange, oracle: Server, pelagia: Server) -> None:
    theirs, ours = (essence(exchange.had_with(server.address)) for server in (oracle, pelagia))
    if exchange.only_status:
        theirs, ours = ({"status": told["status"]} for told in (theirs, ours))
    assert ours == theirs


def test_both_say_the_same_of_a_model(oracle: Server, pelagia: Server) -> None:
    for model in MODELS:
        theirs, ours = (httpx.get(f"{one.address}/v2/models/{model}/").json() for one in (oracle, pelagia))
        assert {name: ours[name] for name in ("id", "name", "links")} == {
            name: theirs[name] for name in ("id", "name", "links")
        }
        assert theirs.keys() <= ours.keys()
        listed = httpx.get(f"{pelagia.address}/v2/models/").json()["models"]
        assert ours in listed


def test_a_zip_is_sent_as_one(oracle: Server, pelagia: Server) -> None:
    for server in (oracle, pelagia):
        answer = httpx.post(
            f"{server.address}{PREDICT}?needed=1", files={"files": FILE}, headers={"accept": "application/zip"}
        )
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
        assert answer.content.startswith(b"PK\x03\x04")


@pytest.mark.parametrize("model", MODELS)
def test_both_describe_a_prediction_alike(model: str, oracle: Server, pelagia: Server) -> None:
    theirs, ours = (_operation(one, f"/v2/models/{model}/predict/") for one in (oracle, pelagia))
    described = {parameter["name"]: parameter for parameter in ours["parameters"]}
    # Here every model also offers its output folder as a zip archive.
    assert ours["produces"] == ["application/json", "application/zip", "*/*"]
    for parameter in theirs["parameters"]:
        same = {name: value for name, value in parameter.items() if name not in ("description", "x-nullable")}
        mine = described[parameter["name"]]
        assert {name: mine.get(name) for name in same} == same
    assert ours["responses"]["200"]["schema"] == theirs["responses"]["200"]["schema"]


def test_both_describe_the_same_addresses_and_shapes(oracle: Server, pelagia: Server) -> None:
    theirs, ours = (httpx.get(f"{one.address}/swagger.json").json() for one in (oracle, pelagia))
    for path, operations in theirs["paths"].items():
        assert operations.keys() == ours["paths"][path].keys(), path
    assert ours["swagger"] == theirs["swagger"] == "2.0"
    assert not {"host", "basePath"} & ours.keys()
    assert theirs["definitions"].keys() <= ours["definitions"].keys()
    shape = "ModelPredictionResponse"
    assert ours["definitions"][shape]["properties"].keys() == theirs["definitions"][shape]["properties"].keys()


def _operation(server: Server, path: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{server.address}/swagger.json").json()["paths"][path]["post"]
    return found


def _headers(server: Server, pelagia: Server, token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if server is pelagia else {}


def _ended(address: str, headers: dict[str, str]) -> dict[str, Any]:
    for _ in range(600):
        told: dict[str, Any] = httpx.get(address, headers=headers).json()
        if told["status"] != "running":
            return told
        time.sleep(0.1)
    raise AssertionError(f"still running: {told}")


@pytest.mark.parametrize(
    ("query", "status"), [("seconds=0.1", "done"), ("seconds=0.1&word=bug", "error")], ids=["done", "error"]
)
def test_a_training_is_told_alike(query: str, status: str, oracle: Server, pelagia: Server, token: str) -> None:
    told = []
    for server in (oracle, pelagia):
        headers = _headers(server, pelagia, token)
        started = httpx.post(f"{server.address}{TRAIN}?{query}", headers=headers)
        assert started.status_code == 200
        assert started.json()["status"] == "running"
        ended = _ended(f"{server.address}{TRAIN}{started.json()['uuid']}", headers)
        assert ended["status"] == status
        assert ended["date"] == started.json()["date"]
        assert ended in httpx.get(f"{server.address}{TRAIN}", headers=headers).json()
        told.append(ended)
    theirs, ours = told
    assert ours.keys() == theirs.keys()
    assert ours["args"] == theirs["args"]
    if status == "done":
        assert ours["result"].keys() == theirs["result"].keys()
        assert ours["result"]["output"] == theirs["result"]["output"]


def test_a_training_that_is_deleted_is_gone(oracle: Server, pelagia: Server, token: str) -> None:
    statuses = {}
    for server in (oracle, pelagia):
        headers = _headers(server, pelagia, token)
        started = httpx.post(f"{server.address}{TRAIN}?seconds=60", headers=headers).json()
        place = f"{server.address}{TRAIN}{started['uuid']}"
        asked = [httpx.delete(place, headers=headers), httpx.get(place, headers=headers)]
        asked.append(httpx.delete(place, headers=headers))
        statuses[server.address] = [answer.status_code for answer in asked]
        assert started["uuid"] not in httpx.get(f"{server.address}{TRAIN}", headers=headers).text
        if server is pelagia:
            assert asked[0].json()["status"] == "cancelled"
    # The fault of the real one: it stops the training and answers that it failed.
    assert statuses == {oracle.address: [500, 404, 404], pelagia.address: [200, 404, 404]}


def test_wrong_arguments_of_a_training_are_told_alike(oracle: Server, pelagia: Server, token: str) -> None:
    theirs, ours = (
        httpx.post(f"{one.address}{TRAIN}?seconds=x", headers=_headers(one, pelagia, token))
        for one in (oracle, pelagia)
    )
    assert essence(ours) == essence(theirs)
