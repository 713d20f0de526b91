"""The pages of maps: what they say before any script runs; how two surveys differ."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from tests.orders.finished import bench_of
from tests.orders.littered import AREA, SECOND, install_litter, littered_job

from pelagia.core.errors import PelagiaError
from pelagia.core.ground import TILE_CLASSES
from pelagia.http.problems import problem_response
from pelagia.orders.own_jobs import delete_job
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.jobs import Job
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings
from pelagia.ui.maps import compare as comparison
from pelagia.ui.maps import page as map_page
from pelagia.ui.maps.differences import NONE_SEEN_HIGH, Estimate, change_between, compare
from pelagia.ui.results import pages as result_pages

NAMES = ("spring", "autumn")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("installation")
    with pytest.MonkeyPatch.context() as patch:
        install_litter(folder / "packages", patch)
        with open_runtime(read_settings({}, home=folder / "home", executor="inline", workers=2)) as opened:
            yield opened


@pytest.fixture(scope="module")
def spring(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Job:
    return littered_job(runtime, tmp_path_factory.mktemp("spring"), title="Kuta in spring", seeds=SECOND)


@pytest.fixture(scope="module")
def autumn(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Job:
    return littered_job(runtime, tmp_path_factory.mktemp("autumn"), title="Kuta in autumn", littered=0.03)


@pytest.fixture(scope="module")
def alone(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A run of a picture that lies nowhere; no length of beach is known."""
    return littered_job(runtime, tmp_path_factory.mktemp("alone"), title="A pocket camera", lies=False, length_m=None)


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[TestClient]:
    """The pages of maps and results alone; the header ``Who`` says who asks."""
    app = FastAPI()
    for module in (map_page, comparison, result_pages):
        app.include_router(module.router)
    app.state.workbench = bench_of(runtime)
    app.add_exception_handler(PelagiaError, lambda _, error: problem_response(error))  # type: ignore[arg-type]

    @app.middleware("http")
    async def identify(request: Request, call_next):
        scopes = frozenset(request.headers.get("scopes", "read run").split())
        request.state.principal = Principal(asker=request.headers.get("who", "visit:me"), scopes=scopes)
        return await call_next(request)

    with TestClient(app) as opened:
        yield opened


def row(name: str, items: int, *, length_m: float | None = 100.0, covered_m2: float | None = 1000.0) -> dict[str, Any]:
    """Return a row of the table ``density`` whose interval is from half to twice."""
    told: dict[str, Any] = {"item_class": name, "items": items, "length_m": length_m, "covered_m2": covered_m2}
    for measure, share in (
        ("items_per_100m", 100 / length_m if length_m else None),
        ("items_per_km2", 1e6 / covered_m2 if covered_m2 else None),
    ):
        for end, factor in (("", 1.0), ("_low", 0.5), ("_high", 2.0)):
            told[f"{measure}{end}"] = None if share is None else items * share * factor
    return told


def test_the_map_page_has_all_that_its_script_needs_and_no_script_in_it(client: TestClient, spring: Job) -> None:
    text = client.get(f"/runs/{spring.id}/map").text
    assert "Map of Kuta in spring" in text
    assert f'data-api="/v1/jobs/{spring.id}"' in text and 'data-revises="yes"' in text
    for name in TILE_CLASSES:
        assert f"</span> {name}</label>" in text
    assert "style=" not in text and "<script>" not in text and "http://" not in text and "https://" not in text
    assert 'id="picture"' not in text
    assert f'data-area="{AREA}"' in text
    # Most items are plastic, so that it is the first of the classes a number gives.
    assert re.search(r'data-classes="\[&(?:#34|quot);plastic', text)


def test_pictures_that_lie_nowhere_are_chosen_one_at_a_time(client: TestClient, alone: Job) -> None:
    text = client.get(f"/runs/{alone.id}/map").text
    assert 'data-picture="beach-1"' in text
    assert re.search(r'<select id="picture"><option value="beach-1" selected>', text)
    assert "Coasts" not in text
    assert 'class="chooser"' not in text
    assert client.get(f"/runs/{alone.id}/map", params={"picture": "nowhere"}).status_code == 404


def test_with_a_token_to_read_one_only_looks_and_without_an_account_one_signs(client: TestClient, spring: Job) -> None:
    assert 'data-revises=""' in client.get(f"/runs/{spring.id}/map", headers={"scopes": "read"}).text
    assert 'id="signed"' in client.get(f"/runs/{spring.id}/map").text


def test_the_result_leads_to_the_map_with_a_picture_of_it(client: TestClient, spring: Job) -> None:
    text = client.get(f"/runs/{spring.id}/results").text
    assert f'<a class="button primary" href="/runs/{spring.id}/map">See the map</a>' in text
    assert f'src="/v1/jobs/{spring.id}/pictures/beach-1/picture.webp?side=480"' in text
    assert f'href="/compare?left={spring.id}"' in text
    assert "Items per 100 m of beach" in text and "Look at the images" not in text


def test_two_surveys_are_compared_class_by_class(client: TestClient, spring: Job, autumn: Job) -> None:
    text = client.get("/compare", params={"left": spring.id, "right": autumn.id}).text
    assert "Items on 100 m of beach, with 95 % intervals" in text
    assert "less than before" in text and "Not comparable" not in text
    rows = re.findall(r'<th scope="row">([^<]+)</th>', text)
    assert rows[0] == "All classes" and "plastic" in rows
    assert f'<option value="{spring.id}" selected>Kuta in spring' in text
    assert "style=" not in text and "<script>" not in text


def test_surveys_without_a_length_are_compared_by_ground_and_that_is_told(
    client: TestClient, spring: Job, alone: Job
) -> None:
    text = client.get("/compare", params={"left": spring.id, "right": alone.id}).text
    assert "Not comparable on 100 m: no length of beach is known for A pocket camera." in text
    assert "Compared by items on a square kilometre instead." in text
    assert "the length of beach is not known" in text
    assert 'data-alone="beach-1"' in text


def test_a_comparison_begins_with_a_choice_of_ones_own(client: TestClient, spring: Job, autumn: Job) -> None:
    text = client.get("/compare").text
    assert text.count("Kuta in autumn (") == 2 and "The difference" not in text
    half = client.get("/compare", params={"left": spring.id}).text
    assert f'<option value="{spring.id}" selected>' in half and "The difference" not in half
    nothing = client.get("/compare", headers={"who": "visit:stranger"}).text
    assert "There are no two surveys to compare yet" in nothing and "Kuta" not in nothing


def test_maps_are_for_those_who_may_see_the_run(client: TestClient, spring: Job, autumn: Job) -> None:
    stranger = {"who": "visit:stranger"}
    assert client.get(f"/runs/{spring.id}/map", headers=stranger).status_code == 404
    for sides in ({"left": spring.id}, {"right": autumn.id}, {"left": spring.id, "right": autumn.id}):
        answer = client.get("/compare", params=sides, headers=stranger)
        assert answer.status_code == 404 and "Kuta" not in answer.text
    assert client.get("/compare", params={"left": "../x"}).status_code == 422


def test_the_map_of_a_deleted_run_says_that_it_is_gone(
    client: TestClient, runtime: Runtime, tmp_path_factory: pytest.TempPathFactory
) -> None:
    job = littered_job(runtime, tmp_path_factory.mktemp("gone"), title="gone")
    delete_job(bench_of(runtime), job)
    answer = client.get(f"/runs/{job.id}/map")
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert client.get("/compare", params={"left": job.id}).status_code == 410


def test_the_interval_of_a_difference_is_made_of_both() -> None:
    change = change_between(Estimate(value=10, low=6, high=15), Estimate(value=30, low=22, high=40))
    assert change.value == 20
    assert change.low == pytest.approx(20 - math.hypot(30 - 22, 15 - 10))
    assert change.high == pytest.approx(20 + math.hypot(40 - 30, 10 - 6))
    back = change_between(Estimate(value=30, low=22, high=40), Estimate(value=10, low=6, high=15))
    assert (back.low, back.high) == (-change.high, -change.low)  # type: ignore[operator]
    exact = change_between(Estimate(value=1, low=1, high=1), Estimate(value=4, low=4, high=4))
    assert (exact.low, exact.high) == (3, 3)


def test_what_is_not_known_makes_no_difference() -> None:
    unknown = Estimate(value=None, low=None, high=None)
    assert change_between(unknown, Estimate(value=1, low=0, high=2)).value is None
    loose = change_between(Estimate(value=1, low=None, high=None), Estimate(value=3, low=2, high=4))
    assert (loose.value, loose.low) == (2, None)


def test_only_a_difference_beyond_its_interval_is_certain() -> None:
    told = compare([row("all", 100), row("rope", 10)], [row("all", 900), row("rope", 12)], NAMES)
    certain = {one.item_class: one.is_certain for one in told.rows}
    assert certain == {"all": True, "rope": False}


def test_a_class_that_one_survey_has_not_found_is_none_with_an_upper_bound() -> None:
    told = compare([row("all", 9), row("rope", 9)], [row("all", 5), row("net", 5)], NAMES)
    rope = next(one for one in told.rows if one.item_class == "rope")
    assert rope.counts == (9, None)
    assert rope.sides[1] == Estimate(value=0.0, low=0.0, high=NONE_SEEN_HIGH)
    assert pytest.approx(3.689, abs=1e-3) == NONE_SEEN_HIGH
    assert [one.item_class for one in told.rows] == ["all", "rope", "net"]


def test_without_a_length_ground_is_taken_and_without_both_nothing() -> None:
    ground = compare([row("all", 9, length_m=None)], [row("all", 5)], NAMES)
    assert ground.measure == "items on a square kilometre" and "known for spring." in ground.why_not
    nothing = compare([row("all", 9, length_m=None, covered_m2=None)], [row("all", 5, length_m=None)], NAMES)
    assert nothing.measure == "" and "spring and autumn" in nothing.why_not
    assert nothing.rows[0].change.value is None
