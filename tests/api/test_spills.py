"""An oil spill over HTTP: maps in small answers, coast and slicks as places, oils by name; nothing for strangers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from tests.orders.finished import bench_of
from tests.orders.spilled import (
    MEMBERS,
    SOUTH,
    SPILLED_T,
    STEP,
    STRETCHES,
    TIMES,
    WEST,
    install_oilspill,
    spill_rows,
    spilled_job,
    time_at,
)

from pelagia.api import oils, spills
from pelagia.core.errors import PelagiaError
from pelagia.http.problems import problem_response
from pelagia.orders.spills.shore import FILE
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.runner import Runtime, open_runtime
from pelagia.runtime.settings import read_settings

MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    folder = tmp_path_factory.mktemp("installation")
    with pytest.MonkeyPatch.context() as patch:
        install_oilspill(folder / "packages", patch)
        with open_runtime(read_settings({}, home=folder / "home", executor="inline", workers=2)) as opened:
            yield opened


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[TestClient]:
    """An application with these routes alone; the header ``Who`` says who asks."""
    app = FastAPI()
    for module in (spills, oils):
        app.include_router(module.router)
    for kind in (PelagiaError, RequestValidationError):
        app.add_exception_handler(kind, lambda _, error: problem_response(error))
    app.state.workbench = bench_of(runtime)

    @app.middleware("http")
    async def identify(request: Request, call_next):
        request.state.principal = Principal(asker=request.headers.get("who", "visit:me"))
        return await call_next(request)

    with TestClient(app) as opened:
        yield opened


@pytest.fixture(scope="module")
def at(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a spill with an ensemble and a fit."""
    job = spilled_job(runtime, tmp_path_factory.mktemp("spill"))
    shore = {"type": "MultiLineString", "coordinates": [[[6.4, 37.9], [6.3, 38.1]], [[5.0, 37.0], [5.1, 36.9]]]}
    told = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": shore}]}
    (runtime.settings.result_folder(job.id) / FILE).write_text(json.dumps(told))
    return f"/v1/jobs/{job.id}/spill"


@pytest.fixture(scope="module")
def seen_only(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of slicks that were detected, and not forecast."""
    rows = {"slicks": spill_rows()["slicks"]}
    return f"/v1/jobs/{spilled_job(runtime, tmp_path_factory.mktemp('seen'), title='Seen', rows=rows).id}/spill"


def test_a_spill_tells_its_grid_layers_times_and_balance(client: TestClient, at: str) -> None:
    told = client.get(at).json()
    layers = {one["name"]: one for one in told["layers"]}
    assert list(layers) == ["surface", "dispersed", "beached", "probability", "mean", "arrival"]
    assert layers["surface"]["times"] == [time_at(hour) for hour in range(TIMES)] and not layers["surface"]["whole"]
    assert layers["probability"]["whole"] and len(layers["probability"]["times"]) == 5
    assert (layers["arrival"]["times"], layers["arrival"]["whole"]) == ([], True)
    south, west, north, east = told["grid"]["bounds"]
    assert SOUTH <= south < north and WEST <= west < east
    assert (south - SOUTH) / STEP == pytest.approx(round((south - SOUTH) / STEP))
    assert (told["slicks"], told["members"], told["stretches"], told["has_tracks"]) == (3, MEMBERS, STRETCHES - 2, True)
    assert told["spilled_t"] == SPILLED_T and len(told["balance"]) == TIMES
    assert all(sum(one["fractions"].values()) == pytest.approx(1, abs=1e-5) for one in told["balance"])


def test_each_layer_is_told_time_by_time_in_small_answers(client: TestClient, at: str) -> None:
    for layer in client.get(at).json()["layers"]:
        asked: list[dict[str, int]] = [{"time": number} for number in range(len(layer["times"]))]
        for query in asked + ([{}] if layer["whole"] else []):
            answer = client.get(f"{at}/layers/{layer['name']}", params=query)
            told = answer.json()
            assert answer.status_code == 200 and len(answer.content) < MOST_BYTES
            assert told["time_utc"] == (layer["times"][query["time"]] if query else "")
            assert (told["unit"], told["low"], told["high"]) == (layer["unit"], layer["low"], layer["high"])
            runs = [run for _, line in told["rows"] for run in line[1::2]]
            assert sum(len(run) // 2 for run in runs) == told["cells"] and told["most"] <= layer["most"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("layers/surface?time=13", 404), ("layers/surface?time=-1", 422), ("layers/surface?time=x", 422),
        ("layers/thick", 422), ("coast?order=name", 422), ("coast?limit=0", 422), ("coast?after=-1", 422),
        ("tracks?most=1000", 422), ("slicks?limit=100000", 422), ("shore?after=-1", 422),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_refused(client: TestClient, at: str, path: str, status: int) -> None:
    answer = client.get(f"{at}/{path}")
    assert answer.status_code == status and answer.json()["remedy"] is not None


def test_slicks_coast_ways_and_shore_are_places(client: TestClient, at: str) -> None:
    slicks = client.get(f"{at}/slicks").json()
    assert [one["role"] for one in slicks["items"]] == ["start", "observed", "detected"]
    assert slicks["items"][0]["file"] == "start.json", "where it stands on the server is nobody's business"
    assert len(slicks["items"][0]["areas"][0][0]) == 25
    coast = client.get(f"{at}/coast", params={"limit": 3}).json()
    assert (coast["total"], coast["next"], len(coast["items"])) == (STRETCHES - 2, 3, 3)
    assert coast["items"][0]["lines"][0][0] == [37.9, 6.4]
    tracks = client.get(f"{at}/tracks", params={"most": 5}).json()["items"]
    assert len(tracks) == 5
    assert all(len(one["times"]) == len(one["places"]) == len(one["statuses"]) for one in tracks)
    shore = client.get(f"{at}/shore").json()
    assert shore["lines"] == [[[37.9, 6.4], [38.1, 6.3]], [[37.0, 5.0], [36.9, 5.1]]]
    assert (shore["bounds"], shore["next"]) == ([36.9, 5.0, 38.1, 6.4], None)


def test_slicks_that_were_not_forecast_are_told_alone(client: TestClient, seen_only: str) -> None:
    told = client.get(seen_only).json()
    assert (told["grid"], told["layers"], told["balance"], told["slicks"]) == (None, [], [], 3)
    assert client.get(f"{seen_only}/layers/surface", params={"time": 0}).status_code == 404
    empty = [client.get(f"{seen_only}/{what}").json() for what in ("coast", "tracks", "shore")]
    assert (empty[0]["items"], empty[1]["items"], empty[2]["lines"]) == ([], [], [])


def test_a_stranger_sees_nothing(client: TestClient, at: str) -> None:
    for path in ("", "/layers/surface?time=0", "/slicks", "/coast", "/tracks", "/shore"):
        assert client.get(f"{at}{path}", headers={"Who": "visit:other"}).json()["code"] == "no-such-job", path


def test_oils_are_found_by_parts_of_their_names(client: TestClient) -> None:
    found: list[dict[str, Any]] = client.get("/v1/oils", params={"query": "saharan", "limit": 5}).json()["items"]
    assert found and all("saharan" in one["name"].lower() for one in found)
    assert all(0 <= one["api"] <= 70 and one["choice"] for one in found)
    assert client.get("/v1/oils", params={"query": "no such oil at all"}).json() == {"items": []}
    for wrong in ({"limit": 0}, {"limit": 1000}, {"query": "x" * 201}):
        assert client.get("/v1/oils", params=wrong).status_code == 422  # type: ignore[arg-type]


def test_what_is_chosen_names_one_oil_alone(client: TestClient) -> None:
    items = client.get("/v1/oils", params={"query": "", "limit": 100}).json()["items"]
    assert len({one["choice"] for one in items}) == len(items) == 100


def test_the_web_process_stays_without_libraries_of_the_ocean() -> None:
    code = (
        "import sys, pelagia.api.spills, pelagia.api.oils, pelagia.ui.spills.page; "
        "print(sorted({'cv2', 'rasterio', 'pyproj', 'shapely', 'numba', 'xarray', 'scipy'} & sys.modules.keys()))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
