"""A result on a map over HTTP: tiles that browsers keep, items with what people changed; nothing for strangers."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from tests.orders.finished import bench_of
from tests.orders.littered import AREA, HEIGHT, LENGTH_M, SECOND, WIDTH, install_litter, littered_job

from pelagia.api import decisions, edits, maps
from pelagia.core.errors import PelagiaError
from pelagia.http.problems import problem_response
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

PICTURE = "beach-1"
REVISION_SECONDS = 120


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """An application with these routes alone; the header ``Who`` says who asks."""
    folder = tmp_path_factory.mktemp("installation")
    app = FastAPI()
    for module in (maps, edits, decisions):
        app.include_router(module.router)
    for kind in (PelagiaError, RequestValidationError):
        app.add_exception_handler(kind, lambda _, error: problem_response(error))

    @app.middleware("http")
    async def identify(request: Request, call_next):
        who = request.headers.get("who", "visit:me")
        request.state.principal = Principal(asker=who, account_id=None, name="", is_admin=False)
        return await call_next(request)

    with pytest.MonkeyPatch.context() as patch:
        install_litter(folder / "packages", patch)
        with open_runtime(read_settings({}, home=folder / "home", executor="inline", workers=2)) as runtime:
            app.state.workbench = bench_of(runtime)
            yield app


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as opened:
        yield opened


@pytest.fixture(scope="module")
def at(app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a finished run of two pictures, looked at only."""
    folder = tmp_path_factory.mktemp("drawn")
    return f"/v1/jobs/{littered_job(app.state.workbench.runtime, folder, seeds=SECOND).id}"


@pytest.fixture(scope="module")
def alone(app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a run of a picture that lies nowhere, without a length of beach."""
    folder = tmp_path_factory.mktemp("alone")
    job = littered_job(app.state.workbench.runtime, folder, title="alone", lies=False, length_m=None)
    return f"/v1/jobs/{job.id}"


@pytest.fixture(scope="module")
def changed(app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a run that is changed."""
    folder = tmp_path_factory.mktemp("changed")
    return f"/v1/jobs/{littered_job(app.state.workbench.runtime, folder, title='changed').id}"


def listed(client: TestClient, at: str, **asked: object) -> dict[str, Any]:
    answer = client.get(f"{at}/items", params=asked)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def change(client: TestClient, at: str, *made: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"{at}/edits", json={"edits": list(made), "name": "Ada"})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def item(name: str, value: object) -> dict[str, Any]:
    return {"kind": "item", "subject": name, "value": value}


def tile_of(client: TestClient, at: str, zoom: int) -> str:
    """Return the address of the tile with the middle of the first picture."""
    lattice = client.get(f"{at}/pictures").json()["items"][0]["lattice"]
    latitude = (lattice["latitudes"][0][0] + lattice["latitudes"][-1][-1]) / 2
    longitude = (lattice["longitudes"][0][0] + lattice["longitudes"][-1][-1]) / 2
    x = (longitude + 180) / 360 * 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * 2**zoom
    return f"{at}/pictures/{PICTURE}/tiles/{zoom}/{int(x)}/{int(y)}"


def test_pictures_tell_where_they_lie_and_how_large_they_are(client: TestClient, at: str, alone: str) -> None:
    told = client.get(f"{at}/pictures").json()
    assert (told["total"], told["next"]) == (2, None)
    first = told["items"][0]
    assert (first["height_px"], first["width_px"], first["gsd_cm"]) == (HEIGHT, WIDTH, 0.5)
    assert first["lattice"]["rows"] == [0, HEIGHT] and first["has_view"]
    page = client.get(f"{at}/pictures", params={"limit": 1}).json()
    assert (len(page["items"]), page["next"]) == (1, 1)
    assert client.get(f"{alone}/pictures").json()["items"][0]["lattice"] is None


def test_a_tile_is_kept_by_browsers_and_not_drawn_twice(client: TestClient, app: FastAPI, at: str) -> None:
    address = tile_of(client, at, 22)
    first = client.get(address)
    assert (first.status_code, first.headers["content-type"]) == (200, "image/webp")
    assert first.content[8:12] == b"WEBP" and len(first.content) > 2000
    assert first.headers["cache-control"] == "private, max-age=31536000, immutable"
    calls = app.state.workbench.warm.calls
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, app.state.workbench.warm.calls) == (304, b"", calls)
    assert client.get(tile_of(client, at, 21)).headers["etag"] != first.headers["etag"]


def test_a_tile_beside_the_picture_is_transparent_and_small(client: TestClient, at: str) -> None:
    answer = client.get(f"{at}/pictures/{PICTURE}/tiles/5/0/0")
    assert answer.status_code == 200 and len(answer.content) < 1000


@pytest.mark.parametrize("tile", ["3/8/0", "3/0/8", "31/0/0", "0/-1/0", "0/0/a", "1e1/0/0", "0/0/99999999999"])
def test_a_tile_that_the_world_has_not_is_refused(client: TestClient, at: str, tile: str) -> None:
    assert client.get(f"{at}/pictures/{PICTURE}/tiles/{tile}").status_code in (400, 422)


def test_a_picture_is_shown_in_its_own_pixels_wherever_it_lies(client: TestClient, at: str, alone: str) -> None:
    for run in (at, alone):
        answer = client.get(f"{run}/pictures/{PICTURE}/pixels/0/1/1")
        assert answer.content[8:12] == b"WEBP" and len(answer.content) > 2000
        assert len(client.get(f"{run}/pictures/{PICTURE}/pixels/0/99/99").content) < 1000
    nowhere = client.get(f"{alone}/pictures/{PICTURE}/tiles/0/0/0")
    assert nowhere.status_code == 422 and "nowhere" in nowhere.text
    small = client.get(f"{at}/pictures/{PICTURE}/picture.webp", params={"side": 64})
    assert small.content[8:12] == b"WEBP" and len(small.content) < 8000


@pytest.mark.parametrize("name", ["%2e%2e", "..%2Fitems", "%00", "nowhere", "x" * 301, f"{PICTURE}.tif", "%5c.."])
@pytest.mark.parametrize("what", ["tiles/0/0/0", "pixels/0/0/0", "picture.webp", "tile-classes"])
def test_no_file_but_the_view_of_a_picture_is_reached(client: TestClient, at: str, name: str, what: str) -> None:
    answer = client.get(f"{at}/pictures/{name}/{what}")
    assert answer.status_code in (404, 422), answer.text
    assert "/home" not in answer.text and "results/" not in answer.text


def test_items_come_page_by_page_the_surest_first(client: TestClient, at: str) -> None:
    whole = listed(client, at, limit=5000)
    seen: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = listed(client, at, after=after, limit=70)
        seen += page["items"]
        after = page["next"]
    assert seen == whole["items"] and len(seen) == whole["total"]
    scores = [one["score"] for one in seen]
    assert scores == sorted(scores, reverse=True)
    assert all(one["counted"] and one["state"] == "" for one in seen)


def test_items_are_filtered_by_place_class_score_and_status(client: TestClient, at: str) -> None:
    one = listed(client, at)["items"][0]
    around = [one["latitude"] - 1e-6, one["longitude"] - 1e-6, one["latitude"] + 1e-6, one["longitude"] + 1e-6]
    near = listed(client, at, bounds=",".join(map(str, around)))
    assert one in near["items"] and near["total"] < listed(client, at)["total"]
    glass = listed(client, at, **{"class": "glass", "score_from": 0.5})["items"]
    assert glass and all(each["item_class"] == "glass" and each["score"] >= 0.5 for each in glass)
    both = client.get(f"{at}/items", params=[("class", "glass"), ("class", "paper")]).json()["items"]
    assert {each["item_class"] for each in both} == {"glass", "paper"}
    assert listed(client, at, status="validated")["total"] == 2
    assert listed(client, at, counting="duplicates")["items"][0]["duplicate_of"]
    window = listed(client, at, image_id=PICTURE, window="0,0,600,800")["items"]
    assert window and all(each["row"] <= 600 and each["col"] <= 800 for each in window)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bounds": "1,2,3"}, {"bounds": "a,b,c,d"}, {"bounds": "1,2,nan,4"}, {"window": "1,2,3,inf"},
        {"score_from": 2}, {"status": "sure"}, {"counting": "some"}, {"limit": 0}, {"limit": 10**6}, {"after": -1},
        {"image_id": "a\0b"}, {"class": ["x"] * 61},
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_refused(client: TestClient, at: str, wrong: dict[str, object]) -> None:
    assert client.get(f"{at}/items", params=wrong).status_code == 422  # type: ignore[arg-type]


def test_an_item_tells_all_that_is_known_and_shows_itself(client: TestClient, at: str) -> None:
    name = listed(client, at)["items"][0]["name"]
    told = client.get(f"{at}/items/{name}").json()
    assert told["file"] == f"{told['image_id']}.tif" and told["crs"] == "EPSG:32748"
    assert told["length_m"] == pytest.approx(max(told["height"], told["width"]) * 0.005)
    vignette = client.get(f"{at}/items/{name}/vignette")
    assert vignette.headers["content-type"] == "image/jpeg" and vignette.content[:2] == b"\xff\xd8"
    assert client.get(f"{at}/items/nowhere").status_code == 404
    assert client.get(f"{at}/items/nowhere/vignette").status_code == 404


def test_totals_are_those_of_the_items_and_the_density_that_of_the_result(client: TestClient, at: str) -> None:
    told = client.get(f"{at}/item-totals").json()
    assert told["items"] == listed(client, at)["total"] == told["predicted"] + told["validated"]
    (whole,) = [one for one in told["density"] if one["area_id"] == AREA and one["item_class"] == "all"]
    assert whole["items_per_100m"] == pytest.approx(told["items"] / LENGTH_M * 100)
    assert whole["items_per_100m_low"] < whole["items_per_100m"] < whole["items_per_100m_high"]
    assert told["pending"] == 0
    sure = client.get(f"{at}/item-totals", params={"score_from": 0.9}).json()
    assert sure["items"] == listed(client, at, score_from=0.9)["total"]


def test_the_ground_is_told_a_digit_a_tile(client: TestClient, at: str) -> None:
    told = client.get(f"{at}/pictures/{PICTURE}/tile-classes").json()
    assert told["names"][0] == "litter high" and len(told["names"]) == 8
    assert (len(told["classes"]), len(told["classes"][0])) == (24, 32)
    part = client.get(f"{at}/pictures/{PICTURE}/tile-classes", params={"window": "60,60,10,10"}).json()
    assert (part["first_row"], part["first_col"], part["classes"]) == (1, 1, [told["classes"][1][1]])


def test_cells_and_survey_are_told_with_their_places(client: TestClient, at: str, alone: str) -> None:
    cells = client.get(f"{at}/cells").json()
    assert cells["complete"] and all(len(one["outline"]) == 4 for one in cells["items"])
    survey = client.get(f"{at}/survey").json()
    assert [(one["name"], one["shape"], one["pending"]) for one in survey["items"]] == [("waterline", "line", False)]
    assert client.get(f"{alone}/survey").json() == {"items": [], "lengths_m": {}}
    assert client.get(f"{alone}/cells").json()["items"] == []


def test_changes_show_at_once_and_are_pending_until_the_result_is_written_anew(
    client: TestClient, app: FastAPI, changed: str
) -> None:
    first, second, third = listed(client, changed)["items"][:3]
    box = [second[side] for side in ("row", "col", "height", "width")]
    new = {"state": "added", "image_id": PICTURE, "item_class": "glass", "box": [500, 600, 40, 30]}
    line = {"area_id": AREA, "points": [[-6.0766, 106.7891], [-6.0766, 106.7892]]}
    before = client.get(f"{changed}/item-totals").json()
    change(
        client,
        changed,
        item(first["name"], {"state": "deleted"}),
        item(second["name"], {"state": "kept", "item_class": "paper", "box": box}),
        item("new:0a", new),
        {"kind": "survey", "subject": "line:mine", "value": line},
    )
    totals = client.get(f"{changed}/item-totals").json()
    assert totals["pending"] == 4 and totals["items"] == before["items"]
    assert totals["density"] == before["density"]
    (added,) = listed(client, changed, name="new:0a")["items"]
    assert (added["state"], added["status"], added["score"], added["pending"]) == ("added", "validated", None, True)
    close = client.get(f"{changed}/items/new:0a/vignette")
    assert close.headers["content-type"] == "image/webp" and len(close.content) > 500
    assert [one["name"] for one in client.get(f"{changed}/survey").json()["items"]] == ["waterline", "mine"]

    started = client.post(f"{changed}/revision")
    assert started.status_code == 202, started.text
    deadline = time.monotonic() + REVISION_SECONDS
    while (now := client.get(f"{changed}/revision").json())["state"] == "running":
        assert time.monotonic() < deadline, "the revision takes too long"
        time.sleep(0.2)
    assert now["state"] == "current", now
    totals = client.get(f"{changed}/item-totals").json()
    assert (totals["pending"], totals["items"]) == (0, before["items"])
    everything = listed(client, changed, counting="all", limit=5000)["items"]
    assert [one["state"] for one in everything if one["name"] == first["name"]] == ["deleted"]
    (drawn,) = [one for one in everything if one["state"] == "added"]
    assert [drawn[side] for side in ("row", "col", "height", "width")] == new["box"] and not drawn["pending"]
    assert next(one for one in everything if one["name"] == second["name"])["item_class"] == "paper"
    lines = {one["name"]: one for one in client.get(f"{changed}/survey").json()["items"]}
    assert lines["mine"]["length_m"] == pytest.approx(11.06, abs=0.05) and not lines["mine"]["pending"]

    # What is in the figures can be taken back, and is not in them then.
    change(client, changed, item("new:0a", None), item(first["name"], None))
    totals = client.get(f"{changed}/item-totals").json()
    assert totals["pending"] == 2
    everything = listed(client, changed, counting="all", limit=5000)["items"]
    assert [one for one in everything if one["state"] == "added"] == []
    assert [one["counted"] for one in everything if one["name"] == first["name"]] == [True]
    assert third in everything


def test_what_cannot_be_changed_is_refused(client: TestClient, at: str) -> None:
    for value in ({"state": "sunk"}, {"state": "kept", "box": [1, 2, 3]}, "deleted", 7):
        answer = client.post(f"{at}/edits", json={"edits": [item("beach-1-00003", value)]})
        assert answer.status_code == 422, answer.text


def test_a_stranger_sees_nothing(client: TestClient, at: str) -> None:
    stranger = {"Who": "visit:other"}
    name = listed(client, at)["items"][0]["name"]
    for path in (
        *("pictures", "items", "item-totals", "cells", "survey", f"items/{name}", f"items/{name}/vignette"),
        *(f"pictures/{PICTURE}/{what}" for what in ("tiles/0/0/0", "pixels/0/0/0", "picture.webp", "tile-classes")),
    ):
        assert client.get(f"{at}/{path}", headers=stranger).json()["code"] == "no-such-job", path


def test_the_web_process_stays_without_raster_libraries() -> None:
    code = (
        "import sys, pelagia.api.maps, pelagia.ui.maps.page, pelagia.ui.maps.compare; "
        "print(sorted({'cv2', 'rasterio', 'pyproj', 'shapely', 'pyogrio', 'torch'} & sys.modules.keys()))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
