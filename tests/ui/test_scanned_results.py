"""The page of a ZooScan result, and its charts as files."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.orders.finished import bench_of
from tests.orders.scanned import install_zooscan, scanned_job

from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Job
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.ui.results.pages import router


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("installation")
    with pytest.MonkeyPatch.context() as patch:
        install_zooscan(folder / "packages", patch)
        with open_runtime(read_settings({}, home=folder / "home", executor="inline", workers=1)) as opened:
            yield opened


@pytest.fixture(scope="module")
def job(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Job:
    return scanned_job(runtime, tmp_path_factory.mktemp("scans"))


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(router)
    app.state.workbench = bench_of(runtime)

    @app.middleware("http")
    async def identify(request: Request, call_next):
        request.state.principal = Principal(asker="visit:me")
        return await call_next(request)

    with TestClient(app) as opened:
        yield opened


def test_the_page_tells_net_samples_per_cubic_metre_and_in_millimetres(client: TestClient, job: Job) -> None:
    text = client.get(f"/runs/{job.id}/results").text
    for said in ("Per m³", "Objects by equivalent spherical diameter (ESD) in mm", " mm.", "Scans processed"):
        assert said in text, said
    for said in ("per mL", "Particles", "particle", "µm."):
        assert said not in text, said


@pytest.mark.parametrize("name", ["composition", "spectrum"])
def test_charts_of_a_scan_can_be_saved(client: TestClient, job: Job, name: str) -> None:
    answer = client.get(f"/runs/{job.id}/results/charts/{name}.svg")
    assert ET.fromstring(answer.content).tag.endswith("svg")
    assert client.get(f"/runs/{job.id}/results/charts/{name}.csv").text.count("\n") > 1
