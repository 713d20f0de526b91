"""Footage of a result over HTTP: clips, timelines, films with boxes and tracks as they stand, counts in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from tests.orders.filmed import CLIP, FIRST, SECOND, SERIES, filmed_job
from tests.orders.finished import bench_of

from pelagia.api import edits, videos
from pelagia.core.errors import PelagiaError
from pelagia.http.problems import problem_response
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

Record = dict[str, Any]
Ask = Callable[[str], Record]
Change = Callable[[str, str, Record], None]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """An application with these routes alone; the header ``Who`` says who asks."""
    app = FastAPI()
    for module in (videos, edits):
        app.include_router(module.router)
    for kind in (PelagiaError, RequestValidationError):
        app.add_exception_handler(kind, lambda _, error: problem_response(error))

    @app.middleware("http")
    async def identify(request: Request, call_next):
        who = request.headers.get("who", "visit:me")
        request.state.principal = Principal(asker=who, account_id=None, name="", is_admin=False)
        return await call_next(request)

    home = tmp_path_factory.mktemp("installation") / "home"
    with open_runtime(read_settings({}, home=home, executor="inline", workers=2)) as runtime:
        app.state.workbench = bench_of(runtime)
        yield app


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as opened:
        yield opened


@pytest.fixture(scope="module")
def at(app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a finished run of a clip and a series of stills."""
    return f"/v1/jobs/{filmed_job(app.state.workbench.runtime, tmp_path_factory.mktemp('filmed')).id}"


@pytest.fixture
def asked(client: TestClient, at: str) -> Ask:
    """Ask for something below the run."""

    def ask(path: str) -> Record:
        answer = client.get(at + path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    return ask


@pytest.fixture
def change(client: TestClient, at: str) -> Iterator[Change]:
    """Change something of the run; after the test all is as it was."""
    batches: list[Record] = []

    def make(kind: str, subject: str, value: Record) -> None:
        told = {"edits": [{"kind": kind, "subject": subject, "field": "", "value": value}], "name": "Ada"}
        answer = client.post(f"{at}/edits", json=told)
        assert answer.status_code == 200, answer.text
        batches.append(answer.json())

    yield make
    for batch in reversed(batches):
        assert client.post(f"{at}/edits/undo", json={**batch, "name": "Ada"}).status_code == 200


def test_clips_are_listed_by_time_by_most_and_in_pages(asked: Ask) -> None:
    listed = asked("/clips")
    assert [one["clip_id"] for one in listed["items"]] == [CLIP, SERIES]
    assert (listed["total"], listed["next"]) == (2, None)
    first = asked("/clips?limit=1")
    assert ([one["clip_id"] for one in first["items"]], first["next"]) == ([CLIP], 1)
    assert [one["clip_id"] for one in asked(f"/clips?limit=1&after={first['next']}")["items"]] == [SERIES]
    most = asked("/clips?order=detections")["items"]
    assert most[0]["detections"] > most[1]["detections"] > 0
    assert asked("/clips?camera=nobody")["items"] == []
    assert asked("/clips?verdict=usable")["total"] == 2


def test_a_clip_tells_no_folder_of_the_server(asked: Ask) -> None:
    assert asked(f"/clips/{CLIP}")["file"] == f"{CLIP}.mp4"


def test_a_timeline_has_scores_and_the_films_of_what_was_searched(asked: Ask) -> None:
    told = asked(f"/clips/{CLIP}/timeline")
    assert len(told["times_s"]) == len(told["interest"]) == len(told["verdicts"]) > 5
    assert told["times_s"] == sorted(told["times_s"])
    (searched,) = told["searched"]
    assert searched == [pytest.approx(0, abs=0.01), pytest.approx(18, abs=0.3)]
    (film,) = told["films"]
    assert film["frames"] == 90


def test_the_frames_of_a_film_have_their_boxes(asked: Ask) -> None:
    (film,) = asked(f"/clips/{CLIP}/timeline")["films"]
    frames = asked(f"/clips/{CLIP}/frames?film={film['name']}")["frames"]
    assert [one["number"] for one in frames] == list(range(90))
    at_five = next(one for one in frames if one["time_s"] == pytest.approx(5.0))
    assert sorted(box["taxon"] for box in at_five["boxes"]) == [FIRST, FIRST, SECOND]
    assert all(box["track_id"] and box["status"] == "predicted" for box in at_five["boxes"])


@pytest.mark.parametrize(
    "path",
    ["/clips/nobody", "/clips/nobody/timeline", "/clips/nobody/tracks", "/clips/nobody/frames?film=x"]
    + [f"/clips/{CLIP}/frames?film={film}" for film in ("", "..%2F..%2Fsummary.json", "views/other.mp4")],
)
def test_what_is_not_there_is_not_found(client: TestClient, at: str, path: str) -> None:
    assert client.get(at + path).status_code == 404


def test_nobody_else_sees_the_footage(client: TestClient, at: str) -> None:
    for path in ("/clips", f"/clips/{CLIP}", f"/clips/{CLIP}/timeline", f"/clips/{CLIP}/tracks", "/series"):
        assert client.get(at + path, headers={"who": "visit:other"}).status_code == 404


def test_a_name_given_to_a_track_is_that_of_all_its_boxes(asked: Ask, change: Change) -> None:
    track = next(one for one in asked(f"/clips/{CLIP}/tracks")["items"] if one["taxon"] == FIRST)
    change("track", track["name"], {"state": "kept", "taxon": SECOND})
    told = asked(f"/clips/{CLIP}/tracks")
    (now,) = [one for one in told["items"] if one["name"] == track["name"]]
    assert (now["taxon"], now["status"], told["pending"]) == (SECOND, "validated", 1)
    (film,) = asked(f"/clips/{CLIP}/timeline")["films"]
    frames = asked(f"/clips/{CLIP}/frames?film={film['name']}")["frames"]
    boxes = [box for one in frames for box in one["boxes"] if box["track_id"] == track["name"]]
    assert len(boxes) == track["detections"]
    assert {(box["taxon"], box["predicted_class"], box["validated_by"]) for box in boxes} == {(SECOND, FIRST, "Ada")}


def test_a_track_that_is_cut_and_joined_again_is_as_before(asked: Ask, change: Change) -> None:
    before = asked(f"/clips/{CLIP}/tracks")["items"]
    whole = max(before, key=lambda one: one["detections"])
    change("track", whole["name"], {"state": "split", "at_s": whole["first_s"] + 1.0})
    cut = [one for one in asked(f"/clips/{CLIP}/tracks")["items"] if not one["is_deleted"]]
    assert len(cut) == len(before) + 1
    (later,) = {one["name"] for one in cut} - {one["name"] for one in before}
    change("track", later, {"state": "merged", "into": whole["name"]})
    joined = [one for one in asked(f"/clips/{CLIP}/tracks")["items"] if not one["is_deleted"]]
    assert {one["name"]: one["detections"] for one in joined} == {one["name"]: one["detections"] for one in before}


def test_a_box_that_is_drawn_stands_on_its_frame(asked: Ask, change: Change) -> None:
    (film,) = asked(f"/clips/{CLIP}/timeline")["films"]
    address = f"/clips/{CLIP}/frames?film={film['name']}"
    empty = next(one for one in asked(address)["frames"] if not one["boxes"])
    name = "new:2f3e9a4c-58de-4b1f-8a3b-6c6f6ad0b1e2"
    drawn = {"state": "added", "frame_id": empty["name"], "taxon": FIRST, "box": [10, 20, 30, 40], "track_id": ""}
    change("detection", name, drawn)
    (frame,) = [one for one in asked(address)["frames"] if one["name"] == empty["name"]]
    (box,) = frame["boxes"]
    assert [box[side] for side in ("row", "col", "height", "width")] == [10, 20, 30, 40]
    assert (box["taxon"], box["score"], box["status"]) == (FIRST, None, "validated")


def test_counts_in_time_have_gaps_and_what_was_measured_beside(asked: Ask) -> None:
    told = asked("/series?camera=reef")
    assert told["environment"] == ["temperature (°C)"]
    assert [one["is_gap"] for one in told["bins"]].count(True) == 1
    first, gap = told["bins"][0], next(one for one in told["bins"] if one["is_gap"])
    assert (first["max_n"], first["environment"]) == (3, [pytest.approx(14.0, abs=0.1)])
    assert gap["max_n"] is None
    starts = [one["bin_start_utc"] for one in told["bins"]]
    assert starts == sorted(set(starts))
    assert asked(f"/series?camera=reef&taxon={FIRST}")["bins"][0]["max_n"] == 2
    assert asked("/series?camera=nobody")["bins"] == []
