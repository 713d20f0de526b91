"""COCO: one JSON file of images, categories and annotations."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from pelagia.core.errors import BadInput
from pelagia.io.annotations.gathering import (
    BOXES_AT_MOST,
    IMAGES_AT_MOST,
    LABELS_AT_MOST,
    Gathering,
    check_number,
    edges_of,
    number,
)
from pelagia.io.annotations.matching import FileNames

LIMIT_BYTES = 128 << 20
LISTS_AT_MOST = 4_000_000
"""Lists and records in one file: empty ones take a file 3 bytes and the memory 70."""
_REMEDY = "Export the annotations again as COCO (object detection)."


def read_coco(data: bytes, gathering: Gathering, files: FileNames, *, file: str) -> None:
    """Read the images and boxes of one file.

    Parameters
    ----------
    data
        The whole file.
    gathering
        Takes what is found.
    files
        The files of the source, among which the images are looked for.
    file
        Its name, for errors.

    Raises
    ------
    BadInput
        ``annotations-unreadable`` where it is no JSON or lacks the three lists of COCO, ``annotations-too-many`` where
        they are too long, whatever stands in them.

    Notes
    -----
    Attributes of annotations, as CVAT writes them, are kept; ``object_id`` and ``track_id`` may stand
    among them or beside them. An
    annotation that has polygons and no ``bbox`` gets the box around them; one with a run-length mask alone is left
    out. A crowd (``iscrowd``) is kept and says so in its attributes.
    """
    content = _parsed(data, file)
    images = _read_images(content["images"], gathering, files)
    labels = _read_categories(content["categories"], gathering)
    for row in content["annotations"]:
        if isinstance(row, dict):
            _read_box(row, images, labels, gathering)
        else:
            gathering.leave_out("row", "an annotation is no record and was left out", value=row, remedy=_REMEDY)


def _parsed(data: bytes, file: str) -> dict[str, list[Any]]:
    check_number(data.count(b"[") + data.count(b"{"), LISTS_AT_MOST, "lists and records", file)
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadInput(
            "The annotations are not readable JSON",
            remedy=_REMEDY,
            value=str(error)[:120],
            file=file,
            code="annotations-unreadable",
        ) from error
    lists = ("images", "categories", "annotations")
    missing = [name for name in lists if not isinstance(content, dict) or not isinstance(content.get(name), list)]
    if missing:
        raise BadInput(
            f"The file is not COCO: it has no list {' and no list '.join(missing)}",
            remedy=_REMEDY,
            file=file,
            code="annotations-unreadable",
        )
    for name, at_most in zip(lists, (IMAGES_AT_MOST, LABELS_AT_MOST, BOXES_AT_MOST), strict=True):
        check_number(len(content[name]), at_most, name, file)
    return {name: content[name] for name in lists}


def _read_images(rows: Iterable[Any], gathering: Gathering, files: FileNames) -> dict[Hashable, str]:
    found: dict[Hashable, str] = {}
    for row in rows:
        told = row if isinstance(row, dict) else {}
        name = told.get("file_name")
        file = (files.find(name) or "") if isinstance(name, str) and name else ""
        taken = gathering.add_image(
            name,
            width=told.get("width"),
            height=told.get("height"),
            file=file,
            video=told.get("video"),
            time_s=told.get("time_s"),
        )
        key = _key(told.get("id"))
        if taken is not None and key is not None:
            found[key] = taken
    return found


def _read_categories(rows: Iterable[Any], gathering: Gathering) -> dict[Hashable, str]:
    found: dict[Hashable, str] = {}
    for row in rows:
        label = gathering.declare(row.get("name")) if isinstance(row, dict) else None
        key = _key(row.get("id")) if label is not None else None
        if label is not None and key is not None:
            found[key] = label
    return found


def _read_box(
    row: Mapping[str, Any], images: Mapping[Hashable, str], labels: Mapping[Hashable, str], gathering: Gathering
) -> None:
    image = images.get(_key(row.get("image_id")))
    if image is None:
        gathering.leave_out(
            "image-unknown",
            "a box names an image that is not listed and was left out",
            value=row.get("image_id"),
            remedy="Keep every image that has boxes in the list of images.",
        )
        return
    label = labels.get(_key(row.get("category_id")))
    if label is None:
        gathering.leave_out(
            "class-unknown",
            "a box names a class that is not listed and was left out",
            value=row.get("category_id"),
            remedy="Keep every class that has boxes in the list of categories.",
        )
        return
    edges = _edges(row)
    if edges is None:
        gathering.leave_out(
            "box-missing", "an annotation has no box of four numbers and was left out", value=image, remedy=_REMEDY
        )
        return
    told = row.get("attributes")
    attributes: dict[str, object] = dict(told) if isinstance(told, dict) else {}
    if isinstance(row.get("object_id"), str):
        attributes["object_id"] = row["object_id"]
    if isinstance(row.get("track_id"), str | int) and "track_id" not in attributes:
        attributes["track_id"] = row["track_id"]
    if row.get("iscrowd") == 1:
        attributes["iscrowd"] = True
    gathering.add_box(image, label, edges, occluded=attributes.pop("occluded", False) is True, attributes=attributes)


def _edges(row: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """Return top, left, bottom, right: of ``bbox``, else of the polygons of ``segmentation``."""
    box = row.get("bbox")
    if isinstance(box, list) and len(box) == 4:
        left, top, width, height = (number(value) for value in box)
        return top, left, top + height, left + width
    polygons = row.get("segmentation")
    if not isinstance(polygons, list):
        return None
    points = [number(value) for polygon in polygons if isinstance(polygon, list) for value in polygon[:100_000]]
    if len(points) < 6 or len(points) % 2:
        return None
    return edges_of(points[1::2], points[0::2])


def _key(value: object) -> Hashable:
    """Return an id as it can be looked up: some programs write numbers as texts."""
    return str(value) if isinstance(value, str | int) else None
