"""Trainings by the interface of DEEPaaS: jobs of the queue that belong to somebody."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.deepaas.servers import Server, pelagia_server, token_of

TRAIN = "/v2/models/every-kind/train/"


def ended(client: httpx.Client, training_id: str) -> dict[str, Any]:
    """Wait for the end of a training."""
    for _ in range(600):
        told: dict[str, Any] = client.get(f"{TRAIN}{training_id}").json()
        if told["status"] != "running":
            return told
        time.sleep(0.1)
    raise AssertionError(f"still running: {told}")


def test_a_training_needs_an_account(visitor: httpx.Client) -> None:
    answer = visitor.post(TRAIN)
    assert answer.status_code in (401, 403)
    assert answer.json()["status"] == "error" and answer.json()["remedy"]
    assert visitor.get(TRAIN).json() == []


@pytest.mark.parametrize("odd", ["%0d%0ax", "%E2%82%AC", "a%20b"])
def test_an_odd_address_is_led_on_as_it_was_spelled(pelagia: Server, odd: str) -> None:
    moved = httpx.get(f"{pelagia.address}//v2/models/every-kind/train/{odd}?a=1")
    assert (moved.status_code, moved.headers["location"].lower()) == (308, f"{TRAIN}{odd}?a=1".lower())


def test_the_trainings_of_others_are_not_there(client: httpx.Client, pelagia: Server) -> None:
    training_id = client.post(TRAIN).json()["uuid"]
    other = {"authorization": f"Bearer {token_of(pelagia, 'trainer@example.org')}"}
    place = f"{pelagia.address}{TRAIN}{training_id}"
    assert [ask(place, headers=other).status_code for ask in (httpx.get, httpx.delete)] == [404, 404]
    assert httpx.get(f"{pelagia.address}{TRAIN}", headers=other).json() == []
    assert ended(client, training_id)["status"] == "done"


def test_a_training_that_has_ended_cannot_be_cancelled_and_is_told(client: httpx.Client) -> None:
    training_id = client.post(TRAIN).json()["uuid"]
    told = ended(client, training_id)
    answer = client.delete(f"{TRAIN}{training_id}")
    assert (answer.status_code, answer.json()) == (200, told)


def test_a_training_whose_files_were_deleted_is_still_told(client: httpx.Client, pelagia: Server) -> None:
    training_id = client.post(TRAIN).json()["uuid"]
    assert ended(client, training_id)["result"]["output"] == {"slept": 0.1}
    shutil.rmtree(pelagia.home / "work" / training_id)
    told = client.get(f"{TRAIN}{training_id}").json()
    assert told["status"] == "done" and told["result"]["output"]["model"].startswith("flowcam-protist@")
    assert told in client.get(TRAIN).json()


def test_a_prediction_does_not_wait_for_a_training(client: httpx.Client) -> None:
    training_id = client.post(TRAIN, params={"seconds": 60}).json()["uuid"]
    try:
        assert client.post("/v2/models/noop/predict/").status_code == 200
        assert client.get(f"{TRAIN}{training_id}").json()["status"] == "running"
    finally:
        assert client.delete(f"{TRAIN}{training_id}").json()["status"] == "cancelled"


def test_the_start_of_a_job_is_no_name_of_a_training(client: httpx.Client) -> None:
    training_id = client.post(TRAIN).json()["uuid"]
    assert client.get(f"{TRAIN}{training_id[:6]}").status_code == 404
    assert client.get(f"/v2/models/flowcam/train/{training_id}").status_code == 404
    ended(client, training_id)


def test_the_files_of_a_training_are_an_upload_of_whoever_asked(client: httpx.Client) -> None:
    def uploads() -> list[str]:
        return [item["name"] for item in client.get("/v1/uploads").json()["items"]]

    before = uploads()
    broken = client.post("/v2/models/flowcam/train/", files={"images": ("x.zip", b"PK\x03\x04 x", "application/zip")})
    assert broken.status_code == 422 and list(broken.json()) == ["images"]
    assert uploads() == before
    started = client.post("/v2/models/flowcam/train/", files={"images": ("x.txt", b"no image", "text/plain")})
    assert started.status_code == 200
    assert len(uploads()) == len(before) + 1
    client.delete(f"/v2/models/flowcam/train/{started.json()['uuid']}")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_a_training_survives_a_restart_of_the_server(home: Path) -> None:
    with pelagia_server(home) as first:
        headers = {"authorization": f"Bearer {token_of(first)}"}
        started = httpx.post(f"{first.address}{TRAIN}?seconds=3", headers=headers, timeout=60).json()
    with (
        pelagia_server(home) as second,
        httpx.Client(base_url=second.address, headers=headers, timeout=60) as client,
    ):
        told = ended(client, started["uuid"])
    assert (told["status"], told["date"]) == ("done", started["date"])
    assert told["result"]["output"] == {"slept": 3.0}
