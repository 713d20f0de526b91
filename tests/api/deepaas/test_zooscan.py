"""ZooScan in the place of LOV's classifier of multiples and of its separator: their arguments, their answers."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.services.zooscan.conftest import run_zooscan
from tests.services.zooscan.tiny_models import tiny_models

from pelagia.api.deepaas.originals.zooscan import predictions

PREDICT = "/v2/models/zooscan/predict/"
HEIGHT, WIDTH, BAR = 260, 400, 31


def vignette(*, organisms: int = 2, ending: str = ".jpg") -> bytes:
    """Return a vignette as ZooProcess draws it: organisms that touch, on white, over a scale bar of 31 rows."""
    image = np.full((HEIGHT + BAR, WIDTH), 255, np.uint8)
    for number in range(organisms):
        cv2.ellipse(image, (110 + 150 * number, 130), (82, 45), 0, 0, 360, 90, -1)
    if organisms > 1:
        cv2.line(image, (180, 130), (200, 130), 90, 12)
    image = cv2.GaussianBlur(image, (0, 0), 1.2)
    image[image > 245] = 255
    cv2.rectangle(image, (20, HEIGHT + 5), (114, HEIGHT + 10), 0, -1)
    return bytes(cv2.imencode(ending, image)[1])


def archive(**pictures: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as zipped:
        for name, data in pictures.items():
            zipped.writestr(f"{name}.jpg", data)
    return sink.getvalue()


def shape_of(told: dict[str, Any], *names: str) -> list[dict[str, Any]]:
    """Check an answer as the clients of both originals read it, and return the separations."""
    assert told["status"] == "OK"
    assert told["names"] == list(names)
    assert len(told["scores"]) == len(names) and all(0 <= score <= 1 for score in told["scores"])
    found: list[dict[str, Any]] = told["predictions"]
    assert [one["name"] for one in found] == list(names)
    for one in found:
        assert one.keys() == {"name", "separation_coordinates", "image_shape", "score"}
        rows, cols = one["separation_coordinates"]
        white = np.zeros(one["image_shape"], np.uint8)
        white[tuple(one["separation_coordinates"])] = 1
        assert white.sum() == len(rows) == len(cols) and 0 <= one["score"] <= 1
    return found


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tiny_models(tmp_path_factory.mktemp("models"), multiple_logit=9.0)


def answer_to(folder: Path, tiny: Any, **params: Any) -> dict[str, Any]:
    done = run_zooscan(folder / "work", tiny, folder / "in", **params)
    return predictions(done.result, done.request)


def test_the_line_is_given_by_its_pixels_in_the_picture_as_it_was_sent(tmp_path: Path, tiny: Any) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "pair.jpg").write_bytes(vignette())
    (one,) = shape_of(answer_to(tmp_path, tiny, separation="watershed", bottom_crop_px=BAR), "pair.jpg")
    assert one["image_shape"] == [HEIGHT + BAR, WIDTH]
    rows, cols = one["separation_coordinates"]
    # Across the neck between the two, from edge to edge without a gap.
    assert min(cols) > 160 and max(cols) < 220 and min(rows) < 130 < max(rows)
    assert set(range(min(rows), max(rows) + 1)) == set(rows)
    assert one["score"] == 0.0  # nobody estimates how sure a watershed is


def test_a_picture_without_a_line_is_there_with_none(tmp_path: Path, tiny: Any) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(vignette(organisms=1))
    told = answer_to(tmp_path, tiny, separation="none", bottom_crop_px=BAR)
    (one,) = shape_of(told, "a.jpg")
    assert (one["separation_coordinates"], one["score"]) == ([[], []], 0.0)
    assert told["scores"] == [pytest.approx(1 / (1 + np.exp(-9.0)), abs=0.1)]


def test_an_image_is_answered_as_both_originals_answer(visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, files={"images": ("pair.jpg", vignette(), "image/jpeg")})
    assert answer.status_code == 200, answer.text
    (one,) = shape_of(answer.json(), "pair.jpg")
    assert one["image_shape"] == [HEIGHT + BAR, WIDTH]


def test_a_zip_of_images_is_answered_one_by_one(visitor: httpx.Client) -> None:
    sent = archive(a_1=vignette(organisms=1), b_2=vignette(), c_3=vignette(organisms=1))
    params = {"bottom_crop": 31, "min_mask_score": 0.9, "max_prop_missing": 0.2}
    answer = visitor.post(PREDICT, params=params, files={"images": ("images.zip", sent, "application/zip")})
    assert answer.status_code == 200, answer.text
    shape_of(answer.json(), "a_1.jpg", "b_2.jpg", "c_3.jpg")


def test_a_colour_png_is_answered_too(visitor: httpx.Client) -> None:
    grey = cv2.imdecode(np.frombuffer(vignette(), np.uint8), cv2.IMREAD_GRAYSCALE)
    data = bytes(cv2.imencode(".png", cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))[1])
    answer = visitor.post(PREDICT, files={"images": ("pair.png", data, "image/png")})
    assert answer.status_code == 200, answer.text
    shape_of(answer.json(), "pair.png")


@pytest.mark.parametrize(
    ("name", "params", "separation", "objects"),
    [
        ("images", {}, "model", 1),
        ("images", {"bottom_crop": 0, "separation": "watershed"}, "watershed", 2),
        ("scans", {}, "none", 2),
        ("scans", {"bottom_crop_px": 31}, "none", 1),
    ],
)
def test_what_comes_as_images_is_cropped_and_separated_unless_told_otherwise(
    name: str, params: dict[str, Any], separation: str, objects: int, visitor: httpx.Client
) -> None:
    sent = {"min_esd_mm": 0.1, **params}
    picture = ("a.jpg", vignette(organisms=1), "image/jpeg")
    answer = visitor.post(PREDICT, params=sent, files={name: picture}, headers={"accept": "application/zip"})
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as zipped:
        rows = {table: pq.read_table(io.BytesIO(zipped.read(f"{table}.parquet"))) for table in ("scans", "objects")}
    assert rows["scans"]["separation"].to_pylist() == [separation]
    assert rows["objects"].num_rows == objects


@pytest.mark.parametrize(
    ("params", "field"),
    [({"bottom_crop": -1}, "bottom_crop"), ({"bottom_crop": "x"}, "bottom_crop"), ({"separation": "x"}, "separation")],
)
def test_a_wrong_argument_is_told_by_its_name(params: dict[str, Any], field: str, visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, params=params, files={"images": ("a.jpg", vignette(), "image/jpeg")})
    assert answer.status_code == 422 and field in answer.json()


def test_without_an_image_it_is_no_success(visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT)
    assert (answer.status_code, answer.json()) == (422, {"images": ["Missing data for required field."]})


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (bytes(cv2.imencode(".jpg", np.full((BAR, 90), 255, np.uint8))[1]), "nothing is left"),
        (bytes(cv2.imencode(".jpg", np.full((200, 90), 255, np.uint8))[1]), "no organism was found"),
        (vignette()[:900], ""),
        (Path(__file__).read_bytes(), ""),
    ],
)
def test_what_cannot_be_used_is_no_success(data: bytes, told: str, visitor: httpx.Client) -> None:
    answer = visitor.post(PREDICT, files={"images": ("a.jpg", data, "image/jpeg")})
    assert answer.status_code == 422 and answer.json()["status"] == "error"
    assert told in answer.json()["message"]


def test_its_description_has_the_arguments_and_the_shape(visitor: httpx.Client) -> None:
    told = visitor.get("/deepaas/zooscan/swagger.json").json()
    parameters = {one["name"]: one for one in _operation(told)["parameters"]}
    assert {"images", "bottom_crop", "min_mask_score", "max_prop_missing", "scans"} <= parameters.keys()
    assert parameters["bottom_crop"]["default"] == 31 and not parameters["images"]["required"]
    shape = told["definitions"]["ModelPredictionResponse"]["properties"]
    assert set(shape) == {"status", "names", "scores", "predictions"}


def _operation(told: dict[str, Any]) -> dict[str, Any]:
    (path,) = [path for path in told["paths"] if path.endswith("/models/zooscan/predict/")]
    found: dict[str, Any] = told["paths"][path]["post"]
    return found


def test_the_output_folder_comes_as_a_zip(visitor: httpx.Client) -> None:
    answer = visitor.post(
        PREDICT, files={"images": ("a.jpg", vignette(), "image/jpeg")}, headers={"accept": "application/zip"}
    )
    with zipfile.ZipFile(io.BytesIO(answer.content)) as zipped:
        assert {"objects.parquet", "cuts.parquet", "scans.parquet"} <= set(zipped.namelist())
