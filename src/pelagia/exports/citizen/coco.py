"""COCO: the training set, a file for each part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.citizen.consensus import TAKEN, Row, boxes_by_image, parts_of, set_classes, set_images
from pelagia.exports.citizen.needs import CONSENSUS
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = CONSENSUS
FOLDER = "coco"


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``coco/train.json``, ``validation.json`` and ``test.json`` (``all.json`` where there are no parts).

    Every class stands in every file under the same number. Images without a box are listed as well: people looked and
    agreed that there is nothing. ``attributes`` hold ``object_id``, agreement and body length.
    """
    images, classes = set_images(result), set_classes(result)
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for part in parts_of(images):
        own = {image_id: row for image_id, row in images.items() if row["part"] == part}
        files.append(folder / f"{part}.json")
        _write_part(files[-1], own, classes, result, options)
    return ExportOutcome(files=tuple(files))


def _write_part(
    path: Path, images: Mapping[str, Row], classes: Sequence[str], result: Result, options: ExportOptions
) -> None:
    head = {
        "info": {
            "description": options.dataset.title or f"Boxes that annotators agree on: {path.stem}",
            "date_created": options.created.isoformat(),
            "contributor": options.dataset.creator_name,
        },
        "licenses": [{"id": 1, "name": options.dataset.licence or "not stated", "url": options.dataset.licence}],
        "categories": [{"id": number, "name": name} for number, name in enumerate(classes, start=1)],
        "images": [
            {
                "id": number,
                "file_name": row["name"],
                "width": row["width_px"],
                "height": row["height_px"],
                "license": 1,
                "image_id": image_id,
            }
            for number, (image_id, row) in enumerate(images.items(), start=1)
        ],
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "annotations": [')
        separator = "\n"
        for annotation in _annotations(result, list(images), classes):
            file.write(f"{separator}  {json.dumps(annotation, ensure_ascii=False, allow_nan=False)}")
            separator = ",\n"
        file.write("\n ]\n}\n")


def _annotations(result: Result, images: Sequence[str], classes: Sequence[str]) -> Iterator[dict[str, Any]]:
    numbers = {image_id: number for number, image_id in enumerate(images, start=1)}
    categories = {name: number for number, name in enumerate(classes, start=1)}
    number = 0
    for image_id, boxes in boxes_by_image(result):
        for box in boxes:
            if image_id not in numbers or box["status"] not in TAKEN:
                continue
            number += 1
            edges = [round(box[name], 3) for name in ("col_px", "row_px", "width_px", "height_px")]
            yield {
                "id": number,
                "image_id": numbers[image_id],
                "category_id": categories[box["item_class"]],
                "bbox": edges,
                "area": round(edges[2] * edges[3], 3),
                "segmentation": [],
                "iscrowd": 0,
                "attributes": _attributes(box),
            }


def _attributes(box: Row) -> dict[str, Any]:
    told = {"occluded": False, "object_id": box["object_id"], "status": box["status"]}
    told |= {"annotators": box["annotators"], "seen_by": box["seen_by"]}
    told |= {name: round(box[name], 3) for name in ("agreement", "length_px") if box[name] is not None}
    return told
