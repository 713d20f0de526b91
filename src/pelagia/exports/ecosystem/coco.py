"""COCO: the boxes on every frame that was searched, with their tracks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from pelagia.core.result import Result
from pelagia.exports.ecosystem.frames_of import (
    Row,
    Seen,
    attributes_of,
    clips_of,
    frames_of,
    is_known,
    labels_of,
    model_of,
)
from pelagia.exports.ecosystem.needs import BOXES
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = BOXES
FOLDER = "coco"
FILE = "boxes.json"
EXACT = 6
"""Decimals of coordinates: a millionth of a pixel."""


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``coco/boxes.json``, an image and an annotation a line.

    Every frame that was searched is an image, whether or not something is on it. ``file_name`` is the still picture,
    or ``<clip>/<milliseconds>.jpg`` of a video, as the export ``yolo`` and the frames proposed for labelling call it;
    ``video`` and ``time_s`` say where it is found. Boxes are in pixels of the frame as it was recorded.
    """
    clips, labels = clips_of(result), labels_of(result)
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    categories = {name: number for number, name in enumerate(labels, start=1)}
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(_head(categories, options), ensure_ascii=False, indent=1).removesuffix("\n}"))
        _write_list(file, "images", (image_of(at, one) for at, one in enumerate(frames_of(result, clips), start=1)))
        _write_list(file, "annotations", annotations_of(frames_of(result, clips), categories, model_of(result)))
        file.write("\n}\n")
    return ExportOutcome(files=(path,))


def image_of(number: int, one: Seen) -> dict[str, Any]:
    """Return a frame as an image of COCO."""
    frame = one.frame
    image = {
        "id": number,
        "file_name": one.picture,
        "width": one.clip["width_px"],
        "height": one.clip["height_px"],
        "license": 1,
        "frame_id": frame["object_id"],
        "clip_id": frame["clip_id"],
        "time_s": frame["time_s"],
        "date_captured": frame["time_utc"] or "",
    }
    return image if one.clip["kind"] == "series" else {**image, "video": frame["file"]}


def annotations_of(frames: Iterable[Seen], categories: Mapping[str, int], model: str) -> Iterator[dict[str, Any]]:
    """Yield the boxes of frames, which are numbered from 1, as annotations of COCO."""
    number = 0
    for image, one in enumerate(frames, start=1):
        for box in one.boxes:
            if box["taxon"] in categories:
                number += 1
                yield _annotation(number, image, box, categories[box["taxon"]], model)


def _annotation(number: int, image: int, box: Row, category: int, model: str) -> dict[str, Any]:
    edges = [round(box[name], EXACT) for name in ("col_px", "row_px", "width_px", "height_px")]
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "bbox": edges,
        "area": round(edges[2] * edges[3], EXACT),
        "segmentation": [],
        "iscrowd": 0,
        **({"score": box["score"]} if is_known(box["score"]) else {}),
        "attributes": {"occluded": False, **attributes_of(box, model)},
    }


def _head(categories: Mapping[str, int], options: ExportOptions) -> dict[str, Any]:
    return {
        "info": {
            "description": options.dataset.title or "Animals found by Pelagia",
            "date_created": options.created.isoformat(),
            "contributor": options.dataset.creator_name,
        },
        "licenses": [{"id": 1, "name": options.dataset.licence or "not stated", "url": options.dataset.licence}],
        "categories": [{"id": number, "name": name} for name, number in categories.items()],
    }


def _write_list(file: TextIO, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    file.write(f',\n "{name}": [')
    separator = "\n"
    for row in rows:
        file.write(separator + json.dumps(row, ensure_ascii=False))
        separator = ",\n"
    file.write("\n ]")
