"""FlowCam in the place of planktonclas: its arguments, and the shape of its answers."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from pelagia.catalogue.models import SHIPPED
from pelagia.learning.card import read_card

PREDICT = "/v2/models/flowcam/predict/"
CARD = read_card(SHIPPED / "flowcam-protist" / "1.0.0")
TOP = min(5, len(CARD.classes))


def picture(seed: int) -> bytes:
    """Return a JPEG of a dark blob."""
    rng = np.random.default_rng(seed)
    image = np.full((60, 80, 3), 200, np.uint8)
    cv2.circle(image, (40, 30), int(rng.integers(8, 20)), (60, 60, 60), -1)
    return bytes(cv2.imencode(".jpg", image)[1])


def archive(pictures: int) -> bytes:
    """Return a zip of pictures."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as zipped:
        for number in range(pictures):
            zipped.writestr(f"p{number}.jpg", picture(number))
    return sink.getvalue()


def shape_of(answer: httpx.Response, pictures: int) -> dict[str, Any]:
    """Check the shape of an answer and return its predictions."""
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told.keys() == {"status", "predictions"} and told["status"] == "OK"
    found: dict[str, Any] = told["predictions"]
    assert found.keys() == {"filenames", "pred_lab", "pred_prob", "aphia_ids"}
    assert [len(found[name]) for name in ("filenames", "pred_lab", "pred_prob")] == [pictures] * 3
    assert {len(row) for row in (*found["pred_lab"], *found["pred_prob"])} == {TOP}
    assert len(found["aphia_ids"]) == pictures * TOP
    for row in found["pred_prob"]:
        assert row == sorted(row, reverse=True) and 0 <= row[-1] <= row[0] <= 1
    assert {name for row in found["pred_lab"] for name in row} <= {one.name for one in CARD.classes}
    return found


@pytest.mark.parametrize("path", [PREDICT, PREDICT.rstrip("/")])
def test_an_image_is_classified_as_planktonclas_answers(path: str, visitor: httpx.Client) -> None:
    found = shape_of(visitor.post(path, files={"image": ("x.jpg", picture(1), "image/jpeg")}), 1)
    assert found["filenames"] == ["x.jpg"]


def test_the_aphia_ids_are_flat_in_the_order_of_the_classes(visitor: httpx.Client) -> None:
    found = shape_of(visitor.post(PREDICT, files={"zip_data": ("z.zip", archive(3), "application/zip")}), 3)
    known = {one.name: one.aphia_id for one in CARD.classes}
    assert found["aphia_ids"] == [known[name] for row in found["pred_lab"] for name in row]
    assert found["filenames"] == ["p0.jpg", "p1.jpg", "p2.jpg"]


def test_the_arguments_of_its_clients_are_accepted(visitor: httpx.Client) -> None:
    params = {"timestamp": '""', "ckpt_name": '"final_model.h5"', "output_directory": '""'}
    shape_of(visitor.post(PREDICT, params=params, files={"image": ("x.jpg", picture(1), "image/jpeg")}), 1)


def test_the_arguments_of_the_service_stand_beside_them(visitor: httpx.Client) -> None:
    params = {"top_k": 1, "pixel_size_um": 2, "classifier": "flowcam-protist"}
    answer = visitor.post(PREDICT, params=params, files={"runs": ("x.jpg", picture(1), "image/jpeg")})
    assert [len(row) for row in answer.json()["predictions"]["pred_lab"]] == [1]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"classifier": "nope@1.0.0"}, ""),
        ({"classifier": str(SHIPPED)}, "classifier"),
        ({"latitude": 91}, "latitude"),
        ({"size_classes_um": [3, 2]}, "params"),
    ],
)
def test_a_wrong_argument_is_told_by_its_name(params: dict[str, Any], field: str, visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, params=params, files={"image": ("x.jpg", picture(1), "image/jpeg")})
    assert answer.status_code == 422 if field else answer.status_code == 404
    assert not field or field in answer.json()


def test_without_an_image_it_is_no_success(visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT)
    assert (answer.status_code, answer.json()) == (422, {"image": ["Missing data for required field."]})


def test_what_is_no_image_is_no_success(visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, files={"image": ("x.jpg", Path(__file__).read_bytes(), "image/jpeg")})
    assert answer.status_code == 422 and answer.json()["status"] == "error"


def test_what_is_wrong_is_told_of_the_file_by_the_name_it_was_sent_by(visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, files={"image": ("notes.py", Path(__file__).read_bytes(), "text/x-python")})
    assert answer.status_code == 422
    assert "notes.py" in answer.json()["message"] and "upload://" not in answer.text


def test_the_output_folder_comes_as_a_zip(visitor: httpx.Client) -> None:
    answer = visitor.post(
        PREDICT, files={"image": ("x.jpg", picture(1), "image/jpeg")}, headers={"accept": "application/zip"}
    )
    with zipfile.ZipFile(io.BytesIO(answer.content)) as zipped:
        assert {"objects.parquet", "counts.parquet", "report.html"} <= set(zipped.namelist())
