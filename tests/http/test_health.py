"""``/health`` and ``/metrics`` of a server: for probes and collectors, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from pelagia.core.errors import PelagiaError, Unavailable
from pelagia.http import health, metrics
from pelagia.http.figures import FiguresCollector
from pelagia.http.metrics import RequestFigures, RequestMetrics
from pelagia.http.problems import problem_response
from pelagia.runtime.checkup import Checkup, checks_of
from pelagia.runtime.metrics import KeptFigures
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.runtime.worker_beats import beat

TOKEN = "collector-token-1"


def opened(runtime: Runtime, address: str = "127.0.0.1") -> TestClient:
    """Return a client at an address, of a server with only what is tested here."""
    app = FastAPI()
    app.state.workbench = SimpleNamespace(runtime=runtime)
    app.state.checkup = Checkup(checks_of(runtime) | {"disk": lambda: "enough"}, keep_s=0.0)
    app.state.installation_figures = FiguresCollector(KeptFigures(runtime.database, keep_s=0.0), runtime.settings.home)
    app.state.request_figures = RequestFigures()
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.add_middleware(RequestMetrics, figures=app.state.request_figures)
    app.add_exception_handler(PelagiaError, lambda _request, error: problem_response(error))
    return TestClient(app, client=(address, 50000))


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Runtime]:
    with open_runtime(read_settings({}, home=tmp_path / "home")) as runtime:
        yield runtime


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Runtime]:
    with open_runtime(read_settings({}, home=tmp_path / "home", metrics_token=TOKEN)) as runtime:
        yield runtime


def test_all_is_well_with_a_worker(installation: Runtime) -> None:
    beat(installation.database, "host/1", jobs=0)
    answer = opened(installation).get("/health")
    assert answer.status_code == 200 and answer.json()["state"] == "ok"
    assert set(answer.json()["checks"]) == {"database", "migrations", "storage", "disk", "workers"}
    assert answer.headers["cache-control"] == "no-store"


def test_without_a_worker_it_is_not_well_but_ready_and_alive(installation: Runtime) -> None:
    client = opened(installation)
    answer = client.get("/health")
    assert answer.status_code == 503 and answer.json()["state"] == "failed"
    assert answer.json()["checks"]["workers"] == {"state": "failed", "detail": "No worker has been seen lately"}
    assert client.get("/health/ready").status_code == 200
    assert client.get("/health/live").status_code == 200


def test_without_its_database_it_is_alive_but_not_ready(installation: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_given: object) -> None:
        raise Unavailable("The database does not answer", remedy="See it", file="postgresql://db.example.org/pelagia")

    monkeypatch.setattr("pelagia.runtime.checkup.check_database", away)
    client = opened(installation)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == {"state": "failed", "detail": "The database does not answer"}
    assert "example.org" not in answer.text
    assert client.get("/health/live").status_code == 200


def test_health_tells_no_place_and_no_secret(guarded: Runtime) -> None:
    text = opened(guarded).get("/health").text
    assert str(guarded.settings.home) not in text and TOKEN not in text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.1", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.1"}, 403),
        ("testclient", {}, 403),
    ],
)
def test_without_a_token_metrics_are_for_this_computer_only(
    installation: Runtime, address: str, headers: dict[str, str], status: int
) -> None:
    assert opened(installation, address).get("/metrics", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        ("", 401),
        (f"Basic {TOKEN}", 401),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer", 401),
        ("Bearer é".encode().decode("latin-1"), 401),
    ],
)
@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.1"])
def test_with_a_token_they_are_for_whoever_sends_it(guarded: Runtime, address: str, sent: str, status: int) -> None:
    answer = opened(guarded, address).get("/metrics", headers={"Authorization": sent.encode("latin-1")})
    assert answer.status_code == status and TOKEN not in answer.text


def test_metrics_can_be_read_by_a_collector_and_name_no_metric_twice(installation: Runtime) -> None:
    beat(installation.database, "host/1", jobs=2)
    client = opened(installation)
    client.get("/health/live")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = list(text_string_to_metric_families(answer.text))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    values = {sample.name: sample.value for family in families for sample in family.samples}
    assert (values["pelagia_workers"], values["pelagia_workers_jobs"], values["pelagia_database_up"]) == (1.0, 2.0, 1.0)
    assert values["pelagia_disk_free_bytes"] > 0 and values["process_resident_memory_bytes"] > 0


def test_every_metric_says_what_it_is_and_none_is_labelled_by_person(installation: Runtime) -> None:
    families = list(text_string_to_metric_families(opened(installation).get("/metrics").text))
    assert all(family.documentation for family in families)
    labels = {label for family in families for sample in family.samples for label in sample.labels}
    assert not labels & {"user", "account", "asker", "subject", "address", "email", "country", "path"}


def test_without_its_database_the_figures_of_the_process_are_told_still(
    installation: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object) -> None:
        raise Unavailable("The database does not answer", remedy="See it")

    monkeypatch.setattr("pelagia.runtime.metrics.read_figures", away)
    answer = opened(installation).get("/metrics")
    assert answer.status_code == 200
    assert "pelagia_database_up 0.0" in answer.text and "process_resident_memory_bytes" in answer.text
    assert "pelagia_jobs" not in answer.text


def test_a_counter_never_falls(installation: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from pelagia.runtime.metrics import read_figures

    figures = read_figures(installation.database)
    sums = iter([100, 90, 110])
    key = ("flowcam", "image", "analysis", "web", False)
    monkeypatch.setattr(
        "pelagia.runtime.metrics.read_figures", lambda _database: replace(figures, units={key: next(sums)})
    )
    client = opened(installation)
    seen = []
    for _ in range(3):
        lines = client.get("/metrics").text.splitlines()
        seen += [float(line.split()[-1]) for line in lines if line.startswith("pelagia_units_total{")]
    assert seen == [100.0, 100.0, 110.0]
