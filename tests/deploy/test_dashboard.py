"""The dashboard and the alerts ask for metrics that ``/metrics`` really has."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from tests.runtime.queue_jobs import queued
from tests.runtime.toy_run import run
from tests.runtime.toy_service import toy_request

from pelagia.http import health, metrics
from pelagia.http.figures import FiguresCollector
from pelagia.http.metrics import RequestFigures, RequestMetrics
from pelagia.runtime.checkup import Checkup, checks_of
from pelagia.runtime.metrics import KeptFigures
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "grafana"
# Added by Prometheus itself.
OF_PROMETHEUS = {"up"}
ADDED_LABELS = {"job", "instance"}
QUERIES = re.compile(r"([a-z_]+)(?:\{([^}]*)\})?")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The name of every sample of a server that has done something → the names of its labels."""
    place = tmp_path_factory.mktemp("exported")
    lines = place / "lines.txt"
    lines.write_text("one\ntwo\n")
    with open_runtime(read_settings({}, home=place / "home")) as runtime:
        run(runtime, toy_request(lines))
        queued(runtime.database, "waiting", lane="batch")
        app = FastAPI()
        app.state.workbench = SimpleNamespace(runtime=runtime)
        app.state.checkup = Checkup(checks_of(runtime))
        app.state.installation_figures = FiguresCollector(KeptFigures(runtime.database), runtime.settings.home)
        app.state.request_figures = RequestFigures()
        app.include_router(health.router)
        app.include_router(metrics.router)

        @app.post("/take")
        async def take(sent: dict[str, str]) -> dict[str, str]:
            return sent

        app.add_middleware(RequestMetrics, figures=app.state.request_figures)
        with TestClient(app, client=("127.0.0.1", 1)) as client:
            assert client.post("/take", json={"a": "b"}).status_code == 200
            text = client.get("/metrics").text
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def dashboard_queries() -> list[str]:
    dashboard = json.loads((FOLDER / "pelagia.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    variables = [variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    return queries + variables


def alert_queries() -> list[str]:
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text())
    return [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("query", dashboard_queries() + alert_queries())
def test_every_query_asks_for_what_is_exported(query: str, exported: dict[str, set[str]]) -> None:
    named = {
        (name, labels)
        for name, labels in QUERIES.findall(query)
        if name.startswith(("pelagia_", "process_")) or name in OF_PROMETHEUS
    }
    assert named
    for name, labels in named - {("up", labels) for _, labels in named}:
        assert name in exported, name
        assert set(re.findall(r"(\w+)=", labels)) <= exported[name] | ADDED_LABELS


def test_sums_are_by_labels_that_are_exported(exported: dict[str, set[str]]) -> None:
    labels = set().union(*exported.values()) | ADDED_LABELS
    for query in dashboard_queries():
        for names in re.findall(r"by \(([^)]*)\)", query):
            assert {name.strip() for name in names.split(",")} <= labels


def test_the_dashboard_is_the_one_its_script_makes() -> None:
    made = runpy.run_path(str(FOLDER / "dashboard.py"))["dashboard"]()
    assert json.loads((FOLDER / "pelagia.json").read_text()) == made


def test_panels_do_not_overlap_and_each_answers_one_question() -> None:
    panels = json.loads((FOLDER / "pelagia.json").read_text())["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and place["x"] + place["w"] <= 24
        taken |= cells
    assert len({panel["title"] for panel in panels}) == len(panels)


def test_the_page_names_every_metric_and_no_other(exported: dict[str, set[str]]) -> None:
    page = (FOLDER.parents[1] / "docs" / "howto" / "operate.md").read_text()
    named = set(re.findall(r"`(pelagia_[a-z_]+)`", page))
    ours = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exported if name.startswith("pelagia_")}
    assert named == ours


def test_every_alert_says_what_is_the_matter() -> None:
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
    assert all(rule["annotations"]["summary"].endswith(".") and rule["labels"]["severity"] for rule in rules)


def test_the_collector_sends_the_token_and_reads_the_alerts() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    (scrape,) = config["scrape_configs"]
    assert scrape["metrics_path"] in {route.path for route in metrics.router.routes}  # type: ignore[attr-defined]
    assert scrape["authorization"]["type"] == "Bearer"
    assert all((FOLDER / name).is_file() for name in config["rule_files"])
