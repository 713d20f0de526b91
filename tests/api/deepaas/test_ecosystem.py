"""Ecosystem in the place of the detectors of the EMSO observatories: its arguments, its lists, what they lacked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.deepaas.servers import Server
from tests.services.ecosystem.films import write_film
from tests.services.ecosystem.small_result import make_result, make_tables
from tests.services.ecosystem.tiny_models import tiny_animals, tiny_models

from pelagia.api.deepaas.originals.ecosystem import ORIGINAL, Answer, predictions
from pelagia.catalogue.install import install
from pelagia.core.service import Request
from pelagia.core.table import Table
from pelagia.exports.tables import records
from pelagia.services.ecosystem.service import EcosystemParams

PREDICT = "/v2/models/ecosystem/predict/"


@pytest.fixture(scope="module")
def request_of(tmp_path_factory: pytest.TempPathFactory) -> Request[Any]:
    return Request(
        service="ecosystem",
        service_version="1.0.0",
        inputs={"recordings": ("clip.mp4",)},
        params=EcosystemParams(),
        models=tiny_models(tmp_path_factory.mktemp("models")),
    )


def rows(table: Table) -> list[dict[str, Any]]:
    return list(records(table, [column.name for column in table.columns]))


def test_every_searched_frame_has_its_list_and_tells_its_file_and_time(
    tmp_path: Path, request_of: Request[Any]
) -> None:
    result = make_result(tmp_path)
    told = predictions(result, request_of)
    json.dumps(told, allow_nan=False)
    Answer.model_validate(told)
    searched = [row for row in rows(result.tables["frames"]) if row["is_searched"]]
    boxes = [row for row in rows(result.tables["detections"]) if not row["is_deleted"]]
    assert len(told["predictions"]) == len(told["frames"]) == len(searched)
    assert [one["time_s"] for one in told["frames"]] == [row["time_s"] for row in searched]
    assert sum(map(len, told["predictions"])) == len(boxes) > 3
    assert told["model"] == f"{request_of.models['animals'].name}@1.0.0"


def test_a_box_is_told_as_the_original_tells_it(tmp_path: Path, request_of: Request[Any]) -> None:
    result = make_result(tmp_path)
    told = predictions(result, request_of)
    first = next(row for row in rows(result.tables["detections"]) if not row["is_deleted"])
    frames = [row["object_id"] for row in rows(result.tables["frames"]) if row["is_searched"]]
    one = told["predictions"][frames.index(first["frame_id"])][0]
    assert (one["name"], one["confidence"]) == (first["predicted_class"], first["score"])
    assert one["class"] == -1  # a cod is no class of this model
    assert one["box"] == {
        "x1": first["col_px"],
        "y1": first["row_px"],
        "x2": first["col_px"] + first["width_px"],
        "y2": first["row_px"] + first["height_px"],
    }
    assert (one["taxon"], one["aphia_id"]) == (first["taxon"], first["aphia_id"])


def test_what_a_person_deleted_is_not_answered_and_classes_have_their_number(
    tmp_path: Path, request_of: Request[Any]
) -> None:
    tables = make_tables()
    first, second = tables["detections"][:2]
    first["is_deleted"] = True
    second |= {"predicted_class": "Diplodus vulgaris", "taxon": "unknown"}
    found = [one for frame in predictions(make_result(tmp_path, tables), request_of)["predictions"] for one in frame]
    assert len(found) == len(tables["detections"]) - 1
    (named,) = (one for one in found if one["name"] == "Diplodus vulgaris")
    assert (named["class"], named["taxon"]) == (1, "unknown")


def test_the_arguments_are_those_of_the_original() -> None:
    names = {one.name for one in ORIGINAL.arguments}
    assert names >= {
        *("files", "model", "mlflow_fetch", "task_type", "imgsz", "conf", "iou"),
        *("show_labels", "show_conf", "augment", "classes", "show_boxes"),
    }
    meanings = {one.name: one.meaning for one in ORIGINAL.arguments}
    assert meanings["files"] == ("inputs", "recordings")
    assert meanings["conf"] == ("params", "score_from")
    assert meanings["model"] == ("models", "animals")
    assert meanings["show_conf"] == ("answer", "with_scores")


def test_a_media_type_that_is_not_answered_is_refused_with_those_that_are(visitor: httpx.Client) -> None:
    picture = {"files": ("a.png", b"\x89PNG", "image/png")}
    answer = visitor.post(PREDICT, files=picture, headers={"accept": "application/pdf"})
    assert answer.status_code == 422
    for media_type in ("application/json", "application/zip", "image/png", "video/mp4"):
        assert media_type in answer.json()["accept"][0]


def test_another_task_than_boxes_is_refused_with_the_reason(visitor: httpx.Client) -> None:
    picture = {"files": ("a.png", b"\x89PNG", "image/png")}
    answer = visitor.post(PREDICT, params={"task_type": "seg"}, files=picture)
    assert answer.status_code == 422
    assert "Only boxes" in answer.json()["task_type"][0]


def test_the_description_names_the_parts_of_the_answer(visitor: httpx.Client) -> None:
    told = visitor.get("/swagger.json").json()
    (operation,) = (path["post"] for name, path in told["paths"].items() if name.endswith("ecosystem/predict/"))
    assert {"files", "conf", "imgsz", "animals"} <= {one["name"] for one in operation["parameters"]}


@pytest.fixture(scope="module")
def model(pelagia: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of the catalogue of the server that anybody can work out by hand."""
    package = tiny_animals(tmp_path_factory.mktemp("model") / "animals", window_px=352)
    return install(package.path, home=pelagia.home).reference


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds of water, then a fish for two seconds."""
    fish = [("Chromis chromis", 2.0, 9.0, 42.0, 20.0)]
    return write_film(tmp_path_factory.mktemp("film") / "reef.mp4", fish, seconds=4.0).read_bytes()


def test_a_clip_is_answered_frame_by_frame_with_file_and_time(visitor: httpx.Client, model: str, clip: bytes) -> None:
    files = {"files": ("20260603-100000.mp4", clip, "video/mp4")}
    answer = visitor.post(PREDICT, params={"model": model, "conf": 0.5}, files=files)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["status"] == "OK" and told["model"] == model
    assert {one["file"] for one in told["frames"]} == {"20260603-100000.mp4"}
    assert told["frames"][0]["time_utc"] == "2026-06-03T10:00:00.000Z"
    seen = dict(zip((round(one["time_s"], 1) for one in told["frames"]), told["predictions"], strict=True))
    assert seen[1.0] == []
    (one,) = seen[3.0]
    assert (one["name"], one["class"], one["aphia_id"]) == ("Chromis chromis", 0, 127_000)
    assert one["box"]["x1"] == pytest.approx(30, abs=3) and one["box"]["y1"] == pytest.approx(42, abs=3)


def test_a_picture_and_a_film_are_drawn_where_a_client_asks_for_them(
    visitor: httpx.Client, model: str, clip: bytes, tmp_path: Path
) -> None:
    files = {"files": ("20260603-100000.mp4", clip, "video/mp4")}
    for media_type, begin in (("image/png", b"\x89PNG"), ("video/mp4", b"ftyp")):
        answer = visitor.post(PREDICT, params={"model": model}, files=files, headers={"accept": media_type})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == media_type
        assert begin in answer.content[:16]


def test_a_file_that_is_no_video_is_told_and_others_are_answered(
    visitor: httpx.Client, model: str, clip: bytes
) -> None:
    files = [
        ("files", ("a.mp4", b"", "video/mp4")),
        ("files", ("20260603-100000.mp4", clip, "video/mp4")),
    ]
    told = visitor.post(PREDICT, params={"model": model}, files=files).json()
    assert len(told["predictions"]) > 5
    assert [one["file"] for one in told["issues"]] == ["a.mp4"]
