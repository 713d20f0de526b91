"""COCO: the items as boxes on their pictures, for correction and for training."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.litter.drawn_items import attributes_of, items_by_picture, labels_of, too_large
from pelagia.exports.litter.needs import BOXES
from pelagia.exports.litter.pictures import image_names, read_pictures
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = BOXES
FOLDER = "coco"
FILE = "items.json"


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``coco/items.json``, an annotation a line.

    Boxes are in pixels of the pictures as they are stored, so these are what an annotator opens; ``file_name`` is the
    name of the file. ``attributes`` hold ``object_id``, by which a correction finds its item again.
    """
    pictures = read_pictures(result)
    labels = labels_of(result)
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    head = {
        "info": {
            "description": options.dataset.title or "Litter items found by Pelagia",
            "date_created": options.created.isoformat(),
            "contributor": options.dataset.creator_name,
        },
        "licenses": [{"id": 1, "name": options.dataset.licence or "not stated", "url": options.dataset.licence}],
        "categories": [{"id": number, "name": name} for number, name in enumerate(labels, start=1)],
        "images": list(_images(pictures)),
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "annotations": [')
        separator = "\n"
        for annotation in _annotations(result, list(pictures), labels):
            file.write(f"{separator}  {json.dumps(annotation, ensure_ascii=False, allow_nan=False)}")
            separator = ",\n"
        file.write("\n ]\n}\n")
    return ExportOutcome(files=(path,), issues=too_large(pictures, FOLDER))


def _images(pictures: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    names = image_names(list(pictures.values()))
    for number, (image_id, row) in enumerate(pictures.items(), start=1):
        yield {
            "id": number,
            "file_name": names[image_id],
            "width": row["width_px"],
            "height": row["height_px"],
            "license": 1,
            "image_id": image_id,
        }


def _annotations(result: Result, pictures: list[str], labels: list[str]) -> Iterator[dict[str, Any]]:
    numbers = {image_id: number for number, image_id in enumerate(pictures, start=1)}
    categories = {name: number for number, name in enumerate(labels, start=1)}
    number = 0
    for image_id, items in items_by_picture(result):
        for item in items:
            if image_id not in numbers or item["item_class"] not in categories:
                continue
            number += 1
            box = [round(item[name], 3) for name in ("col_px", "row_px", "width_px", "height_px")]
            yield {
                "id": number,
                "image_id": numbers[image_id],
                "category_id": categories[item["item_class"]],
                "bbox": box,
                "area": round(box[2] * box[3], 3),
                "segmentation": [],
                "iscrowd": 0,
                **({"score": item["score"]} if _is_known(item["score"]) else {}),
                "attributes": {"occluded": False, **attributes_of(item)},
            }


def _is_known(score: float | None) -> bool:
    return score is not None and math.isfinite(score)
