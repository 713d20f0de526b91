"""Scans over HTTP: tiles that browsers keep, objects, outlines, lines; nothing for strangers, nothing hostile."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from tests.orders.finished import bench_of
from tests.orders.scanned import HEIGHT, SCAN, WIDTH, install_zooscan, scanned_job

from pelagia.api import decisions, edits, scans
from pelagia.core.errors import PelagiaError
from pelagia.http.problems import problem_response
from pelagia.orders.scans import Scan, objects_on
from pelagia.runtime.accounts.principal import Principal
from pelagia.runtime.decisions import Annotator, record
from pelagia.runtime.runner import open_runtime
from pelagia.runtime.settings import read_settings

SCAN_ID = f"{SCAN}_1"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """An application with these routes alone; the header ``Who`` says who asks."""
    folder = tmp_path_factory.mktemp("installation")
    app = FastAPI()
    for module in (scans, edits, decisions):
        app.include_router(module.router)
    for kind in (PelagiaError, RequestValidationError):
        app.add_exception_handler(kind, lambda _, error: problem_response(error))

    @app.middleware("http")
    async def identify(request: Request, call_next):
        who = request.headers.get("who", "visit:me")
        request.state.principal = Principal(asker=who, account_id=None, name="", is_admin=False)
        return await call_next(request)

    with pytest.MonkeyPatch.context() as patch:
        install_zooscan(folder / "packages", patch)
        with open_runtime(read_settings({}, home=folder / "home", executor="inline", workers=2)) as runtime:
            app.state.workbench = bench_of(runtime)
            yield app


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as opened:
        yield opened


@pytest.fixture(scope="module")
def at(app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a finished run of the visitor."""
    return f"/v1/jobs/{scanned_job(app.state.workbench.runtime, tmp_path_factory.mktemp('drawn')).id}"


@pytest.fixture(scope="module")
def scan(at: str) -> str:
    return f"{at}/scans/{SCAN_ID}"


def test_a_scan_tells_its_size_its_levels_and_its_frame(client: TestClient, scan: str) -> None:
    told = client.get(scan).json()
    assert (told["scan_id"], told["dpi"], told["tile_px"]) == (SCAN_ID, 1200, 512)
    assert told["levels"][0] == {"height": told["height_px"], "width": told["width_px"]}
    # Turned by a quarter, and a little smaller where the glass is left out.
    assert 0.9 * HEIGHT < told["width_px"] <= HEIGHT and 0.9 * WIDTH < told["height_px"] <= WIDTH
    assert told["pixel_size_mm"] == pytest.approx(25.4 / 1200)
    assert 0 < told["frame"]["left"] < told["frame"]["right"] < told["width_px"]


def test_a_tile_is_kept_by_browsers_and_not_made_twice(client: TestClient, app: FastAPI, scan: str) -> None:
    first = client.get(f"{scan}/tiles/0/0_0.webp")
    assert (first.status_code, first.headers["content-type"]) == (200, "image/webp")
    assert first.content[8:12] == b"WEBP"
    assert first.headers["cache-control"] == "private, max-age=31536000, immutable"
    warm = app.state.workbench.warm
    calls = warm.calls
    again = client.get(f"{scan}/tiles/0/0_0.webp", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, warm.calls) == (304, b"", calls)
    assert client.get(f"{scan}/tiles/0/1_0.webp").headers["etag"] != first.headers["etag"]


def test_a_tile_is_named_by_column_and_row(client: TestClient, scan: str) -> None:
    told = client.get(scan).json()
    cols, rows = -(-told["width_px"] // 512), -(-told["height_px"] // 512)
    assert cols != rows
    assert client.get(f"{scan}/tiles/0/{cols - 1}_{rows - 1}.webp").status_code == 200
    assert client.get(f"{scan}/tiles/0/{rows - 1}_{cols - 1}.webp").status_code == 404


@pytest.mark.parametrize(
    "tile", ["0/99_0", "0/0_99", "30/0_0", "0/-1_0", "31/0_0", "0/0_a", "0/1e3_0", "0/0_99999999", "x/0_0"]
)
def test_a_tile_that_is_not_there_is_told(client: TestClient, scan: str, tile: str) -> None:
    answer = client.get(f"{scan}/tiles/{tile}.webp")
    assert answer.status_code in (404, 422)
    assert answer.json()["code"] in ("not-found", "bad-request-parameter")


def test_the_small_picture_fits_in_a_square(client: TestClient, scan: str) -> None:
    answer = client.get(f"{scan}/picture.webp", params={"side": 64})
    assert answer.content[8:12] == b"WEBP" and len(answer.content) < 6_000
    assert client.get(f"{scan}/picture.webp", params={"side": 100_000}).status_code == 422


@pytest.mark.parametrize("name", ["%2e%2e", "..%2Fobjects", "%00", "a%00b", "nowhere", "x" * 301, "regions", "%5c.."])
@pytest.mark.parametrize(
    "what", ["", "/tiles/0/0_0.webp", "/picture.webp", "/objects", "/outlines?row=0&col=0&height=9&width=9"]
)
def test_no_file_but_that_of_a_scan_is_reached(client: TestClient, at: str, name: str, what: str) -> None:
    answer = client.get(f"{at}/scans/{name}{what}")
    assert answer.status_code in (404, 422), answer.text
    assert "/home" not in answer.text and "results/" not in answer.text


def test_objects_come_page_by_page_with_place_name_and_measures(client: TestClient, scan: str) -> None:
    whole = client.get(f"{scan}/objects").json()
    assert whole["next"] is None and whole["total"] == len(whole["items"])
    seen: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = client.get(f"{scan}/objects", params={"after": after, "limit": 7}).json()
        seen += page["items"]
        after = page["next"]
    assert seen == whole["items"]
    one = next(item for item in seen if item["piece"] is None)
    assert one["area_mm2"] == pytest.approx(3.14159 * one["esd_mm"] ** 2 / 4, rel=1e-3)
    assert one["major_mm"] >= one["minor_mm"] > 0
    assert one["multiple"] and one["status"] == "predicted"
    piece = next(item for item in seen if item["piece"])
    assert piece["cut_from"] == piece["name"].rpartition("-")[0] and piece["cut_by"] == "watershed"
    assert not piece["multiple"]


def test_an_object_is_found_again_in_the_gallery(client: TestClient, at: str, scan: str) -> None:
    for one in client.get(f"{scan}/objects", params={"limit": 5}).json()["items"]:
        found = client.get(f"{at}/objects/{one['gallery_row']}").json()
        assert found["card"]["object_id"] == one["name"]


def test_a_name_that_a_person_gave_holds_in_the_scan(client: TestClient, app: FastAPI, at: str, scan: str) -> None:
    name = client.get(f"{scan}/objects").json()["items"][-1]["name"]
    record(app.state.workbench.runtime.database, at[9:], {name: "Salpida"}, Annotator(key="visit:ada", name="Ada"))
    one = client.get(f"{scan}/objects").json()["items"][-1]
    assert (one["taxon"], one["status"], one["decided_by"]) == ("Salpida", "validated", "Ada")


def test_outlines_of_a_window_are_those_of_its_objects(client: TestClient, scan: str) -> None:
    told = client.get(scan).json()
    window = {"row": 0, "col": 0, "height": told["height_px"], "width": told["width_px"]}
    found = client.get(f"{scan}/outlines", params=window).json()
    objects = {one["name"]: one for one in client.get(f"{scan}/objects").json()["items"]}
    assert found["complete"] and {one["name"] for one in found["items"]} == objects.keys()
    for one in found["items"]:
        box = objects[one["name"]]
        assert min(row for row, _ in one["outline"]) == box["row"]
        assert min(col for _, col in one["outline"]) == box["col"]
    half = client.get(f"{scan}/outlines", params={**window, "height": told["height_px"] // 2}).json()
    assert 0 < len(half["items"]) < len(found["items"])


def test_a_window_with_too_many_objects_says_so(client: TestClient, scan: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "MOST_OUTLINES", 3)
    found = client.get(f"{scan}/outlines", params={"row": 0, "col": 0, "height": 9000, "width": 9000}).json()
    assert (len(found["items"]), found["complete"]) == (3, False)


@pytest.mark.parametrize("wrong", [{"row": -1}, {"height": 0}, {"width": 10**9}, {"col": "a"}, {"row": 10**30}])
def test_a_window_that_cannot_be_is_refused(client: TestClient, scan: str, wrong: dict[str, object]) -> None:
    window = {"row": 0, "col": 0, "height": 10, "width": 10, **wrong}
    assert client.get(f"{scan}/outlines", params=window).status_code == 422


def cut_objects(client: TestClient, at: str, **asked: object) -> dict[str, Any]:
    told: dict[str, Any] = client.get(f"{at}/cuts", params=asked).json()
    return told


def test_the_queue_comes_in_order_page_by_page_and_counts_what_was_looked_at(client: TestClient, at: str) -> None:
    whole = cut_objects(client, at)
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page = cut_objects(client, at, after=after, limit=9)
        seen += [one["name"] for one in page["items"]]
        after = page["next"]
    assert seen == [one["name"] for one in whole["items"]] and len(seen) == whole["total"]
    name = seen[0]
    kept = client.post(f"{at}/edits", json={"edits": [{"kind": "cuts", "subject": name, "value": []}], "name": "Ada"})
    assert kept.status_code == 200, kept.text
    assert cut_objects(client, at)["looked_at"] == whole["looked_at"] + 1
    (one,) = cut_objects(client, at, object=name)["items"]
    assert (one["drawn"], one["by"]) == ([], "Ada")
    client.post(f"{at}/edits/undo", json=kept.json())
    assert cut_objects(client, at)["looked_at"] == whole["looked_at"]


def test_the_queue_is_that_of_a_scan_or_of_an_object(client: TestClient, at: str) -> None:
    assert cut_objects(client, at, scan=SCAN_ID)["total"] == cut_objects(client, at)["total"]
    assert cut_objects(client, at, scan="nowhere")["total"] == 0
    assert cut_objects(client, at, object="nowhere_1")["total"] == 0


def box_of(client: TestClient, at: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in cut_objects(client, at)["items"] if one["applied"])
    return found


def test_a_preview_tells_the_pieces_and_saves_nothing(client: TestClient, at: str) -> None:
    one = box_of(client, at)
    told = client.post(f"{at}/cuts/preview", json={"object": one["name"], "lines": one["proposed"]}).json()
    assert told["divided"] and len(told["pieces"]) >= 2
    assert told["pixel_size_mm"] == pytest.approx(25.4 / 1200)
    for piece in told["pieces"]:
        assert piece["area_px"] <= piece["height"] * piece["width"]
        assert {min(row for row, _ in piece["outline"]), piece["row"]} == {piece["row"]}
    assert box_of(client, at) == one
    whole = client.post(f"{at}/cuts/preview", json={"object": one["name"], "lines": []}).json()
    assert not whole["divided"] and whole["pieces"] == [told["whole"]]


def test_what_is_previewed_is_what_the_result_has(client: TestClient, app: FastAPI, at: str, scan: str) -> None:
    one = box_of(client, at)
    told = client.post(f"{at}/cuts/preview", json={"object": one["name"], "lines": one["proposed"]}).json()
    pieces = [item for item in client.get(f"{scan}/objects").json()["items"] if item["cut_from"] == one["name"]]
    place = ("row", "col", "height", "width")
    assert [[piece[side] for side in place] for piece in told["pieces"]] == [
        [item[side] for side in place] for item in pieces
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "x", None, [[]], [[[0, 0]]], [[[0], [1]]], [[[0, 0, 0], [1, 1, 1]]], [[["a", 0], [1, 1]]],
        [[[1e300, 0], [1, 1]]], [[[0, 0], [1, 1]]] * 61, [[[0, 0]] * 401], [{"row": 0}], [[[None, 0], [1, 1]]],
    ],
)  # fmt: skip
def test_lines_that_cannot_be_are_refused(client: TestClient, at: str, lines: object) -> None:
    name = box_of(client, at)["name"]
    answer = client.post(f"{at}/cuts/preview", json={"object": name, "lines": lines})
    assert answer.status_code == 422, answer.text


def test_lines_with_numbers_that_json_does_not_know_are_refused(client: TestClient, at: str) -> None:
    name = box_of(client, at)["name"]
    for number in ("NaN", "Infinity", "-Infinity"):
        body = f'{{"object": "{name}", "lines": [[[{number}, 0], [1, 1]]]}}'
        answer = client.post(f"{at}/cuts/preview", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    "name", ["", "1", "nowhere_1", f"{SCAN_ID}_9999", f"{SCAN_ID}_1-1", "../x_1", f"{SCAN_ID}_" + "9" * 90]
)
def test_a_preview_of_no_object_is_not_found(client: TestClient, at: str, name: str) -> None:
    answer = client.post(f"{at}/cuts/preview", json={"object": name, "lines": []})
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_a_stranger_sees_no_scan(client: TestClient, at: str, scan: str) -> None:
    stranger = {"Who": "visit:other"}
    for path in (scan, f"{scan}/tiles/0/0_0.webp", f"{scan}/picture.webp", f"{scan}/objects", f"{at}/cuts"):
        assert client.get(path, headers=stranger).json()["code"] == "no-such-job"
    body = {"object": f"{SCAN_ID}_1", "lines": []}
    assert client.post(f"{at}/cuts/preview", json=body, headers=stranger).json()["code"] == "no-such-job"


def test_the_web_process_stays_without_image_libraries() -> None:
    code = (
        "import sys, pelagia.api.scans, pelagia.ui.scans.viewer, pelagia.ui.scans.separation; "
        "print(sorted({'cv2', 'tifffile', 'scipy', 'onnxruntime', 'torch'} & sys.modules.keys()))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_rows_of_a_table_that_changed_are_read_anew(client: TestClient, app: FastAPI, at: str, tmp_path: Path) -> None:
    folder = app.state.workbench.runtime.settings.result_folder(at[9:])
    table = pq.read_table(folder / "objects.parquet")
    pq.write_table(table, tmp_path / "objects.parquet")
    scan = Scan(record={"scan_id": SCAN_ID}, folder=tmp_path)
    assert len(objects_on(scan)) == table.num_rows
    pq.write_table(table.slice(0, 3), tmp_path / "objects.parquet")
    assert len(objects_on(scan)) == 3
