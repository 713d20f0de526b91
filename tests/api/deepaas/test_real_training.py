"""A real training through a running server: stopped, gone on with after a restart, and its model used."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.deepaas.servers import pelagia_server, token_of
from tests.api.deepaas.training_images import class_folders, zipped

pytest.importorskip("torch")
pytestmark = pytest.mark.training

SMALL = {"size_px": 32, "stages": 3, "batch": 8, "threads": 1, "precision": "float32", "tracking": False}
QUICK = {**SMALL, "mode": "head", "name": "quick"}
LONG = {**SMALL, "mode": "scratch", "name": "long", "epochs": 50, "patience": 50}
ENDLESS = {**LONG, "epochs": 1000, "patience": 1000}
TRAININGS = "/v2/models/flowcam/train/"


class Client:
    """Somebody with an account, at one server after the other."""

    def __init__(self, client: httpx.Client) -> None:
        self.http = client

    def upload(self, name: str, content: bytes) -> str:
        """Upload a file; return the address of the upload."""
        upload_id = self.http.post("/v1/uploads", json={"name": name}).json()["id"]
        answer = self.http.put(f"/v1/uploads/{upload_id}/files/{name}", content=content)
        assert answer.status_code == 201, answer.text
        return f"upload://{upload_id}"

    def train(self, images: str, params: dict[str, Any]) -> str:
        """Start a training; return its id."""
        wanted = {"service": "flowcam-train", "inputs": {"images": [images]}, "params": params}
        answer = self.http.post("/v1/jobs", json=wanted)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def train_by_deepaas(self, archive: bytes, params: dict[str, Any]) -> str:
        """Start a training as clients of DEEPaaS do; return its id."""
        query = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        files = {"images": ("shapes.zip", archive, "application/zip")}
        answer = self.http.post(TRAININGS, params=query, files=files)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["uuid"])

    def until_at_work(self, job_id: str) -> None:
        """Wait until all images are read and the network learns."""
        for _ in range(1200):
            told = self.http.get(f"/v1/jobs/{job_id}").json()
            if told["progress"]["done_units"] == told["progress"]["total_units"]:
                assert told["state"] == "running", told
                return
            time.sleep(0.1)
        raise AssertionError(f"it does not begin: {told}")

    def ended(self, job_id: str) -> dict[str, Any]:
        """Wait for the end of a job."""
        for _ in range(10):
            told: dict[str, Any] = self.http.get(f"/v1/jobs/{job_id}", params={"wait": 30}).json()
            if told["state"] not in ("queued", "running"):
                return told
        raise AssertionError(f"still at work: {told}")

    def used(self) -> int:
        """Return how many images trainings were counted for."""
        totals = self.http.get("/v1/usage/me").json()["totals"]
        return sum(one["units"] for one in totals if one["service"] == "flowcam-train")


def opened(address: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=address, headers={"authorization": f"Bearer {token}"}, timeout=60)


def test_trainings_are_stopped_gone_on_with_and_their_models_used(tmp_path: Path) -> None:
    home = tmp_path / "home"
    files = class_folders()
    archive = zipped(files)
    with pelagia_server(home) as server:
        token = token_of(server)
        with opened(server.address, token) as http:
            client = Client(http)
            images = client.upload("shapes.zip", archive)
            endless = client.train(images, ENDLESS)
            client.until_at_work(endless)
            assert http.post(f"/v1/jobs/{endless}/cancel").json()["state"] == "cancelled"
            by_deepaas = client.train_by_deepaas(archive, ENDLESS)
            client.until_at_work(by_deepaas)
            assert http.delete(f"{TRAININGS}{by_deepaas}").json()["status"] == "cancelled"
            long = client.train(images, LONG)
            client.until_at_work(long)
            quick = client.train_by_deepaas(archive, QUICK)
            assert http.get(f"/v1/jobs/{long}").json()["state"] == "running"
    # The server ended while one was at work and one waited.
    with pelagia_server(home) as server, opened(server.address, token) as http:
        client = Client(http)
        assert client.ended(long)["state"] == "succeeded"
        assert client.ended(quick)["state"] == "succeeded"
        told = http.get(f"{TRAININGS}{quick}").json()
        assert told["status"] == "done" and told["result"]["output"]["model"] == "quick@1.0.0"
        # Each image once for each training, however often it was begun.
        assert client.used() == 4 * len(files)
        assert {"quick", "long"} <= {model["name"] for model in http.get("/v1/models").json()["items"]}
        assert _named(client, "long", files["disc/run0_000.png"]) in ("disc", "rod")


def _named(client: Client, model: str, image: bytes) -> str:
    """Return what a model calls an image."""
    runs = client.upload("image.png", image)
    wanted = {"service": "flowcam", "inputs": {"runs": [runs]}, "models": {"classifier": model}}
    job = client.http.post("/v1/jobs", params={"wait": 60}, json=wanted).json()
    assert job["state"] == "succeeded", job
    (row,) = client.http.get(f"/v1/jobs/{job['id']}/results/tables/objects").json()["rows"]
    return str(row["predicted_taxon"])
