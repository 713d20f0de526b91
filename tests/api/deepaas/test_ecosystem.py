"""Ecosystem in the place of the detectors of the EMSO observatories: its arguments, its lists, what they lacked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.services.ecosystem.small_result import make_result, make_tables
from tests.services.ecosystem.tiny_models import tiny_models

from pelagia.api.deepaas.originals.ecosystem import ORIGINAL, Answer, predictions
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
