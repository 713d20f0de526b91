"""ai4os-yolov8-torch and ai4os-yolo-torch of the EMSO observatories, which Ecosystem takes the place of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

from pelagia.api.deepaas.arguments import Argument
from pelagia.api.deepaas.files import as_sent
from pelagia.api.deepaas.originals import Original
from pelagia.api.deepaas.served import JSON, ZIP
from pelagia.core.result import Result
from pelagia.core.service import Request
from pelagia.exports.tables import records
from pelagia.learning.card import read_card

MOST_FRAMES = 20_000
"""More are in the archive only."""
BOX = ("row_px", "col_px", "height_px", "width_px")
DETECTION = ("frame_id", "predicted_class", "taxon", "aphia_id", "score", *BOX, "track_id", "is_deleted")
FRAME = ("object_id", "file", "time_s", "time_utc", "is_searched", "verdict")
BOXES_ONLY = (
    "Only boxes (det) are served here. Segmentation, classification and oriented boxes need other models: export yours "
    "and run it where it was trained."
)


class Answer(BaseModel):
    """The original's list of lists, and beside it which frame each list is of."""

    status: Literal["OK"] = Field(description="OK")
    predictions: list[list[dict[str, Any]]] = Field(
        description="For each frame that was searched a list of what was found: name, class, confidence, box "
        "(x1, y1, x2, y2 in pixels of the frame); also taxon, aphia_id, track_id"
    )
    frames: list[dict[str, Any]] = Field(
        description="In the same order: file, time_s from the start of the clip, time_utc where it is known"
    )
    model: str = Field(description="The model, name@version")
    counts: dict[str, Any] = Field(description="What the run counted, by name")
    issues: list[dict[str, Any]] = Field(description="What could not be used, and what to do about it")


def predictions(result: Result, request: Request[Any]) -> dict[str, Any]:
    """Return what was found on every frame that was searched, in the shape of the original, and which frame it is."""
    found: dict[str, list[dict[str, Any]]] = {}
    numbers = _class_numbers(request)
    for row in records(result.tables["detections"], DETECTION):
        if not row["is_deleted"]:
            found.setdefault(row["frame_id"], []).append(_told(row, numbers))
    frames: list[dict[str, Any]] = []
    lists: list[list[dict[str, Any]]] = []
    left_out = 0
    for row in _searched(result):
        if len(frames) == MOST_FRAMES:
            left_out += 1
            continue
        frames.append({"file": as_sent(row["file"]), "time_s": row["time_s"], "time_utc": row["time_utc"]})
        lists.append(found.get(row["object_id"], []))
    model = request.models.get("animals")
    return {
        "status": "OK",
        "predictions": lists,
        "frames": frames,
        "model": "" if model is None else f"{model.name}@{model.version}",
        "counts": {name: figure.value for name, figure in result.summary.items()},
        "issues": [
            {"file": as_sent(one.file), "code": one.code, "message": as_sent(one.message), "remedy": one.remedy}
            for one in result.issues
        ],
        **({"frames_left_out": left_out} if left_out else {}),
    }


def _searched(result: Result) -> Iterator[dict[str, Any]]:
    return (row for row in records(result.tables["frames"], FRAME) if row["is_searched"])


def _class_numbers(request: Request[Any]) -> Mapping[str, int]:
    """Return the number of each class of the model; what a person drew has none."""
    model = request.models.get("animals")
    return {} if model is None else {name: i for i, name in enumerate(read_card(Path(model.path)).class_names)}


def _told(row: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, Any]:
    top, left, height, width = (row[name] for name in BOX)
    name = row["predicted_class"] or row["taxon"]
    return {
        "name": name,
        "class": numbers.get(name, -1),
        "confidence": row["score"],
        "box": {"x1": left, "y1": top, "x2": left + width, "y2": top + height},
        "taxon": row["taxon"],
        "aphia_id": row["aphia_id"],
        **({"track_id": row["track_id"]} if row["track_id"] else {}),
    }


def _without_effect(name: str, kind: Literal["boolean", "integer", "number"], why: str, default: Any) -> Argument:
    return Argument(
        name=name,
        kind=kind,
        description=f"Accepted for clients of the original, without effect: {why}",
        meaning=("", ""),
        default=default,
        has_default=True,
        is_list=isinstance(default, list),
    )


def _drawn(name: str, description: str, keyword: str) -> Argument:
    return Argument(
        name=name,
        kind="boolean",
        description=description,
        meaning=("answer", keyword),
        default=True,
        has_default=True,
    )


ORIGINAL = Original(
    predictions=predictions,
    schema=Answer,
    media_types=(JSON, ZIP, "image/png", "video/mp4"),
    drawings={
        "image/png": "pelagia.exports.ecosystem.drawn:write_picture",
        "video/mp4": "pelagia.exports.ecosystem.drawn:write_film",
    },
    arguments=(
        Argument(
            name="files",
            kind="file",
            description="Image or video to find animals in; several, or a zip of them, are welcome here",
            meaning=("inputs", "recordings"),
            is_list=True,
        ),
        Argument(
            name="model",
            kind="string",
            description="The model, name@version, instead of a file of weights; the same as 'animals'",
            meaning=("models", "animals"),
        ),
        Argument(
            name="conf",
            kind="number",
            description="Least confidence of a box. The original takes 0.25 of anything; here the threshold that was "
            "measured for the model holds unless you say otherwise",
            meaning=("params", "score_from"),
            minimum=0.0,
            maximum=1.0,
        ),
        Argument(
            name="task_type",
            kind="string",
            description="Only det is served here",
            meaning=("", ""),
            default="det",
            has_default=True,
            choices=("det", "seg", "cls", "obb"),
            refused=dict.fromkeys(("seg", "cls", "obb"), BOXES_ONLY),
        ),
        _without_effect("imgsz", "integer", "frames are brought to the size the model learned at", [704, 512]),
        _without_effect("iou", "number", "each thing has one box, by the overlap the model's card says", 0.5),
        _without_effect("classes", "integer", "all classes are answered; choose by 'class'", []),
        _without_effect("augment", "boolean", "a frame is looked at once", False),
        _without_effect("mlflow_fetch", "boolean", "models come from the catalogue of this installation", False),
        _drawn("show_labels", "Whether names are drawn (image/png, video/mp4)", "with_labels"),
        _drawn("show_conf", "Whether scores are drawn", "with_scores"),
        _drawn("show_boxes", "Whether boxes are drawn", "with_boxes"),
    ),
    # The original looks at every frame it is given, and follows nothing.
    params={"search": "everywhere"},
)
