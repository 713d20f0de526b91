"""The pages of a spill: what they say before any script runs, charts as files, the form that asks for a slick."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import pairwise

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.orders.finished import bench_of
from tests.orders.spilled import SPILLED_T, install_oilspill, spill_rows, spilled_job

from pelagia.core.errors import PelagiaError
from pelagia.http.problems import problem_response
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Job
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.services.oilspill.service import SERVICE
from pelagia.ui import services
from pelagia.ui.results import pages as result_pages
from pelagia.ui.spills import page as spill_page
from pelagia.ui.spills.start import ASKED

CHARTS = ("balance", "scores", "posterior")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("installation")
    with pytest.MonkeyPatch.context() as patch:
        install_oilspill(folder / "packages", patch)
        with open_runtime(read_settings({}, home=folder / "home", executor="inline", workers=2)) as opened:
            yield opened


@pytest.fixture(scope="module")
def full(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A run with an ensemble and a fit."""
    return spilled_job(runtime, tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="module")
def alone(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """One forecast, compared with nothing, that reaches no coast."""
    rows = spill_rows(ensemble=False, fit=False)
    rows["coast"] = (rows["coast"][0], [])
    return spilled_job(runtime, tmp_path_factory.mktemp("alone"), title="Alone", rows=rows)


@pytest.fixture(scope="module")
def seen_only(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Slicks that were detected, and not forecast."""
    rows = {"slicks": spill_rows()["slicks"]}
    return spilled_job(runtime, tmp_path_factory.mktemp("seen"), title="Seen", rows=rows)


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[TestClient]:
    """These pages alone; the header ``Who`` says who asks."""
    app = FastAPI()
    for module in (services, spill_page, result_pages):
        app.include_router(module.router)
    app.state.workbench = bench_of(runtime)
    app.add_exception_handler(PelagiaError, lambda _, error: problem_response(error))  # type: ignore[arg-type]

    @app.middleware("http")
    async def identify(request: Request, call_next):
        scopes = frozenset({"read", "run"})
        request.state.principal = Principal(asker=request.headers.get("who", "visit:me"), scopes=scopes)
        return await call_next(request)

    with TestClient(app) as opened:
        yield opened


def is_clean(text: str) -> bool:
    """Whether a page has no script or style in it, and no address of elsewhere."""
    inside = text.replace("http://www.w3.org/2000/svg", "")
    return not re.search(r"style=|<script>|<style|http://|https://|\son[a-z]+=", inside)


def test_the_page_has_what_its_script_needs_and_words_for_who_has_none(client: TestClient, full: Job) -> None:
    text = client.get(f"/runs/{full.id}/spill").text
    assert f'data-api="/v1/jobs/{full.id}/spill"' in text and 'data-first="likely"' in text
    assert re.findall(r'name="layer" value="(\w+)"', text) == [
        "surface", "dispersed", "beached", "likely", "probability", "mean", "arrival"
    ]  # fmt: skip
    assert "240 t of oil, 2008-08-06 09:51 to 2008-08-06 21:51 UTC" in text
    assert "The forecast is useful from 10 km on." in text and "may be reached" in text
    assert all(f'id="{chart}"' in text for chart in CHARTS)
    assert is_clean(text)


def test_a_forecast_alone_has_no_probabilities_and_says_so(client: TestClient, alone: Job) -> None:
    text = client.get(f"/runs/{alone.id}/spill").text
    assert re.findall(r'name="layer" value="(\w+)"', text) == ["surface", "dispersed", "beached"]
    assert 'data-first="surface"' in text and "says nothing of how sure that is" in text
    assert "No oil reaches a coast within this run." in text and 'id="fit-title"' not in text


def test_slicks_that_were_not_forecast_are_shown_alone(client: TestClient, seen_only: Job) -> None:
    text = client.get(f"/runs/{seen_only.id}/spill").text
    assert "Nothing was forecast in this run" in text and 'name="layer"' not in text
    assert 'id="with-slicks"' in text and 'id="with-tracks"' not in text
    assert client.get(f"/runs/{seen_only.id}/spill/charts/balance.csv").status_code == 404


@pytest.mark.parametrize("chart", CHARTS)
def test_each_chart_is_a_drawing_that_stands_alone(client: TestClient, full: Job, chart: str) -> None:
    answer = client.get(f"/runs/{full.id}/spill/charts/{chart}.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    drawing = ET.fromstring(answer.content)
    width, height = (float(part) for part in drawing.attrib["viewBox"].split()[2:])
    for text in drawing.iter("{http://www.w3.org/2000/svg}text"):
        assert 0 <= float(text.attrib["x"]) <= width and 0 <= float(text.attrib["y"]) <= height
    assert "sandbox" in answer.headers["content-security-policy"]


def test_names_in_the_balance_do_not_touch_each_other(client: TestClient, full: Job) -> None:
    drawing = ET.fromstring(client.get(f"/runs/{full.id}/spill/charts/balance.svg").content)
    swatches = [float(one.attrib["y"]) for one in drawing.iter("{http://www.w3.org/2000/svg}rect") if "y" in one.attrib]
    places = sorted(swatches)
    assert len(places) == 5
    assert all(below - above >= 33.9 for above, below in pairwise(places))


def test_the_numbers_behind_the_charts_are_those_of_the_tables(client: TestClient, full: Job) -> None:
    def rows(chart: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(client.get(f"/runs/{full.id}/spill/charts/{chart}.csv").text)))

    for row in rows("balance"):
        assert sum(float(value) for name, value in row.items() if name.endswith("_fraction")) == pytest.approx(1)
        assert float(row["spilled_t"]) == SPILLED_T
    scores = rows("scores")
    assert len(scores) == 6 and float(scores[-1]["fss_fitted"]) == pytest.approx(0.59)
    assert [row["parameter"] for row in rows("posterior")] == [
        "diffusivity_m2_s", "wind_drift_factor", "start_spread_km"
    ]  # fmt: skip


def test_the_result_leads_to_the_map(client: TestClient, full: Job) -> None:
    text = client.get(f"/runs/{full.id}/results").text
    assert f'<a class="button primary" href="/runs/{full.id}/spill">See the oil on the map</a>' in text


def test_a_stranger_sees_nothing(client: TestClient, full: Job) -> None:
    for path in ("spill", "spill/charts/balance.csv"):
        answer = client.get(f"/runs/{full.id}/{path}", headers={"Who": "visit:other"})
        assert answer.json()["code"] == "no-such-job"


def test_the_form_asks_once_for_every_parameter_and_file(client: TestClient) -> None:
    text = client.get("/services/oilspill").text
    names = re.findall(r'name="param\.(\w+)"', text)
    unasked = {"latitude", "longitude"}
    assert sorted(names) == sorted(set(SERVICE.params.model_fields) - unasked)
    assert set(SERVICE.params.model_fields) >= ASKED
    slots = re.findall(r'data-slot="(\w+)"', text)
    assert sorted(slots) == sorted(slot.name for slot in SERVICE.inputs)
    assert 'id="stage"' in text and 'id="corners"' in text and is_clean(text)
