"""Litter in the place of DFKI's litter-assessment: its arguments, its archive, its faults left behind."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from openpyxl import load_workbook
from PIL import Image
from tests.services.direct_steps import DirectSteps
from tests.services.litter.beaches import PLACES, beach
from tests.services.litter.tiny_models import tiny_models

from pelagia.api.deepaas.originals.litter import ORIGINAL, predictions
from pelagia.core.result import Result
from pelagia.core.service import ModelRef, Request
from pelagia.exports.litter.aplasticq_sheets import DETECTION, QUANTIFICATION, UNASSIGNED
from pelagia.services.litter import pipeline
from pelagia.services.litter.sample.drawing import draw_scene
from pelagia.services.litter.service import LitterParams

PREDICT = "/v2/models/litter/predict/"
ENDINGS = ("_PLD.jpg", "_PLQ.jpg", "_litter_items.xlsx")
HEIGHT, WIDTH = 500, 700
"""Three rows of whole tiles of 128 px: with an odd number the original fails."""


def picture(seed: int = 1, ending: str = ".jpg", height: int = HEIGHT, width: int = WIDTH) -> bytes:
    scene = draw_scene(np.random.default_rng(seed), height, width, littered=0.5)
    return bytes(cv2.imencode(ending, scene.rgb[..., ::-1])[1])


def palette(height: int = HEIGHT, width: int = WIDTH) -> bytes:
    """Return a picture as a PNG with a palette, as the sample of the original is."""
    sink = io.BytesIO()
    Image.fromarray(draw_scene(np.random.default_rng(3), height, width, littered=0.5).rgb).quantize(64).save(
        sink, "PNG"
    )
    return sink.getvalue()


def archive(**pictures: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as zipped:
        for name, data in pictures.items():
            zipped.writestr(f"{name}.jpg", data)
    return sink.getvalue()


def opened(answer: httpx.Response) -> zipfile.ZipFile:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.content))


def sheet(zipped: zipfile.ZipFile, name: str, title: str) -> dict[str, Any]:
    workbook = load_workbook(io.BytesIO(zipped.read(f"{name}_litter_items.xlsx")))
    return {row[0]: row[1] for row in workbook[title].iter_rows(values_only=True)}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Request[Any]]:
    """A run over one beach of 5 items, with models that anybody can work out by hand."""
    folder = tmp_path_factory.mktemp("run")
    cv2.imwrite(str(folder / "beach.png"), beach()[..., ::-1])
    (folder / "work").mkdir()
    models: dict[str, ModelRef] = tiny_models(folder / "models")
    request = Request(
        service="litter",
        service_version="1.0.0",
        inputs={"pictures": (str(folder / "beach.png"),)},
        params=LitterParams(gsd_cm=0.4),
        models=models,
    )
    return pipeline.run(request, DirectSteps(folder / "work")), request


def test_an_answer_in_json_has_what_the_workbook_has_and_the_items(done: tuple[Result, Request[Any]]) -> None:
    told = predictions(*done)
    json.dumps(told, allow_nan=False)
    (one,) = told["images"]
    assert (one["name"], one["gsd_cm"], one["gsd_source"], one["people"]) == ("beach", 0.4, "user", 0)
    assert len(one["items"]) == len(PLACES) and {item["item_class"] for item in one["items"]} == {"plastic"}
    assert one[QUANTIFICATION][UNASSIGNED]["counted items"] == len(PLACES)
    low = one[DETECTION]["Litter - low"]
    # Each tile of low litter: half of (25.6 cm)² covered, 7 cm deep over all of it, 1.5 items; the model sees no other.
    assert low > 0 and one[DETECTION]["Litter - high"] == 0
    assert one[DETECTION]["Litter m²"] == pytest.approx(low * 0.256**2 / 2, rel=1e-6)
    assert one[DETECTION]["Litter m³"] == pytest.approx(low * 0.256**2 * 0.07, rel=1e-6)
    assert one[DETECTION]["Litter abundances"] == pytest.approx(low * 1.5, rel=1e-6)


def test_people_cannot_be_left_in_the_pictures_by_an_argument_of_the_original() -> None:
    (faces,) = (one for one in ORIGINAL.arguments if one.name == "face_detection")
    assert faces.meaning == ("", "") and faces.default is False
    assert "blur_people" not in ORIGINAL.params


def test_an_image_is_answered_with_two_drawings_and_a_workbook(visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, params={"gsd_cm": 0.2}, files={"files": ("beach.jpg", picture(), "image/jpeg")})
    with opened(answer) as zipped:
        assert sorted(zipped.namelist()) == sorted(f"beach{ending}" for ending in ENDINGS)
        found = sheet(zipped, "beach", "Litter Detection")
        tiles = sum(found[name] for name in list(found)[1:9])
        assert tiles == 4 * 6  # the edges are not dropped
        assert found["Litter m²"] == pytest.approx(
            (found["Litter - high"] + found["Litter - low"] / 2) * 0.256**2, rel=0.2
        )
        assert found["Litter m²"] != int(found["Litter m²"])
        width, height = Image.open(io.BytesIO(zipped.read("beach_PLD.jpg"))).size
        assert width == WIDTH and height > HEIGHT  # the legend is below


@pytest.mark.parametrize("kind", ["application/octet-stream", "image/png"])
def test_a_picture_with_a_palette_is_answered_whatever_its_type_is_called(kind: str, visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, files={"files": ("cambodia1.png", palette(), kind)})
    with opened(answer) as zipped:
        assert sorted(zipped.namelist()) == sorted(f"cambodia1{ending}" for ending in ENDINGS)


def test_every_image_of_a_zip_is_answered(visitor: httpx.Client) -> None:
    sent = archive(a_1=picture(1), b_2=picture(2), c_3=picture(3))
    answer = visitor.post(PREDICT, files={"files": ("survey.zip", sent, "application/zip")})
    with opened(answer) as zipped:
        assert sorted(zipped.namelist()) == sorted(f"{name}{end}" for name in ("a_1", "b_2", "c_3") for end in ENDINGS)


@pytest.mark.parametrize(
    ("params", "endings"),
    [
        ({"PLQ_plot": "False"}, ("_PLD.jpg", "_litter_items.xlsx")),
        ({"PLD_plot": "no", "PLQ_plot": "true"}, ("_PLQ.jpg", "_litter_items.xlsx")),
        ({"output_type": "Download", "face_detection": "False"}, ENDINGS),
    ],
)
def test_the_arguments_of_the_original_choose_the_drawings(
    params: dict[str, str], endings: tuple[str, ...], visitor: httpx.Client
) -> None:
    answer = visitor.post(PREDICT, params=params, files={"files": ("a.jpg", picture(), "image/jpeg")})
    with opened(answer) as zipped:
        assert sorted(zipped.namelist()) == sorted(f"a{ending}" for ending in endings)


def test_who_asks_for_json_gets_it(visitor: httpx.Client) -> None:
    answer = visitor.post(
        PREDICT, files={"files": ("a.jpg", picture(), "image/jpeg")}, headers={"accept": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["status"] == "OK"
    (one,) = told["predictions"]["images"]
    assert "upload:" not in answer.text  # where the file stood is nobody's business
    assert (
        (one["name"], one["file"]) == ("a", "a.jpg") and one["gsd_cm"] is None and one[DETECTION]["Litter m²"] is None
    )
    assert "gsd-unknown" in {issue["code"] for issue in told["predictions"]["issues"]}


@pytest.mark.parametrize("accept", ["*/*", "application/zip", ""])
def test_who_does_not_say_what_they_want_gets_what_the_original_gives(accept: str, visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, files={"files": ("a.jpg", picture(), "image/jpeg")}, headers={"accept": accept})
    opened(answer).close()


@pytest.mark.parametrize("value", ["Nextcloud", "nextcloud"])
def test_nextcloud_is_refused_with_what_to_do_instead(value: str, visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, params={"output_type": value}, files={"files": ("a.jpg", picture(), "image/jpeg")})
    assert answer.status_code == 422
    (message,) = answer.json()["output_type"]
    assert "Download" in message and "rclone" in message


@pytest.mark.parametrize(
    ("params", "field"), [({"output_type": "Mail"}, "output_type"), ({"PLD_plot": "perhaps"}, "PLD_plot")]
)
def test_a_wrong_argument_is_told_by_its_name(params: dict[str, str], field: str, visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, params=params, files={"files": ("a.jpg", picture(), "image/jpeg")})
    assert answer.status_code == 422 and field in answer.json()


def test_without_an_image_it_is_no_success(visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT)
    assert (answer.status_code, answer.json()) == (422, {"files": ["Missing data for required field."]})


@pytest.mark.parametrize("data", [picture()[:900], Path(__file__).read_bytes()], ids=["cut off", "text"])
def test_what_cannot_be_used_is_no_success(data: bytes, visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, files={"files": ("a.jpg", data, "image/jpeg")})
    assert answer.status_code == 422 and answer.json()["status"] == "error"


def test_its_description_has_the_arguments_and_the_archive_first(visitor: httpx.Client) -> None:
    told = visitor.get("/deepaas/litter/swagger.json").json()
    (path,) = [path for path in told["paths"] if path.endswith("/models/litter/predict/")]
    operation = told["paths"][path]["post"]
    parameters = {one["name"]: one for one in operation["parameters"]}
    assert {"files", "PLD_plot", "PLQ_plot", "face_detection", "output_type", "gsd_cm", "accept"} <= parameters.keys()
    assert parameters["output_type"]["enum"] == ["Download", "Nextcloud"]
    assert (parameters["PLD_plot"]["default"], parameters["face_detection"]["default"]) == (True, False)
    assert operation["produces"] == ["application/zip", "application/json", "*/*"]
    assert parameters["accept"]["default"] == "application/zip"
