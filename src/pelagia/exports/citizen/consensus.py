"""A training set as a result holds it: images by part, each with its boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.citizen.needs import CONSENSUS
from pelagia.exports.litter.pictures import image_names
from pelagia.exports.tables import records

Row = Mapping[str, Any]
TAKEN = ("accepted", "expert")
WHOLE = "all"
"""Names the set where it was not divided into parts."""
_MORE = ("agreement", "agreement_low", "annotators", "seen_by", "length_px", "runner_up", "source")


def set_images(result: Result) -> dict[str, dict[str, Any]]:
    """Return the images of the training set by name, each with ``name``, what annotation programs are told."""
    rows = [row for row in records(result.tables["images"], CONSENSUS["images"]) if row["is_in_set"]]
    names = image_names(rows)
    return {row["image_id"]: {**row, "part": row["part"] or WHOLE, "name": names[row["image_id"]]} for row in rows}


def set_classes(result: Result) -> list[str]:
    """Return the classes of the training set, by name."""
    images = {row["image_id"] for row in records(result.tables["images"], CONSENSUS["images"]) if row["is_in_set"]}
    boxes = records(result.tables["boxes"], ("image_id", "item_class", "status"))
    return sorted({row["item_class"] for row in boxes if row["status"] in TAKEN and row["image_id"] in images})


def boxes_by_image(result: Result) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the boxes of each image that has some; boxes of an image stand together in the table."""
    rows = records(result.tables["boxes"], (*CONSENSUS["boxes"], *_MORE))
    for image_id, own in groupby(rows, key=lambda row: str(row["image_id"])):
        yield image_id, list(own)


def parts_of(images: Mapping[str, Row]) -> list[str]:
    """Return the parts that have images, in their order."""
    found = {row["part"] for row in images.values()}
    return [part for part in ("train", "validation", "test", WHOLE) if part in found]
