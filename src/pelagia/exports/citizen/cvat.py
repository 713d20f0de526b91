"""CVAT for images 1.1: what a person should look at, as a task with the boxes drawn in."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pelagia.core.result import Result
from pelagia.core.spreadsheet import as_cells
from pelagia.exports.citizen.consensus import Row, boxes_by_image
from pelagia.exports.citizen.needs import CONSENSUS
from pelagia.exports.litter.colours import class_colours, hexadecimal
from pelagia.exports.litter.pictures import image_names
from pelagia.exports.litter.plain_text import without_controls
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.exports.tables import records

NEEDS = CONSENSUS
FOLDER = "cvat"
ATTRIBUTES = ("object_id", "status", "agreement", "runner_up")
REVIEW, REJECTED = "review", "rejected"


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``cvat/annotations.xml``, ``labels.json`` and ``images.csv``: the images with boxes to be reviewed.

    All boxes of these images but the rejected ones are drawn in, since what comes back is taken for the whole truth on
    them (the input ``experts``): those to be reviewed have the attribute ``status`` ``review``.
    """
    rows = [row for row in records(result.tables["images"], (*CONSENSUS["images"], "review")) if row["review"]]
    images = {row["image_id"]: row for row in rows if row["height_px"] is not None}
    names = image_names(list(images.values()))
    labels = sorted({row["item_class"] for row in records(result.tables["boxes"], ("item_class",))})
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    listed, task, path = folder / "labels.json", folder / "images.csv", folder / "annotations.xml"
    listed.write_text(json.dumps(_raw_labels(labels), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with task.open("w", encoding="utf-8", newline="") as file:
        rows_of = csv.writer(file, lineterminator="\n")
        rows_of.writerows(
            [("source", "file"), *(as_cells((row["source_uri"], row["file"])) for row in images.values())]
        )
    with path.open("wb") as written:
        written.write(b'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n')
        written.write(_encoded(_meta(labels, len(images), options)))
        number = 0
        for image_id, boxes in boxes_by_image(result):
            if image_id in images:
                written.write(_encoded(_image(number, names[image_id], images[image_id], boxes)))
                number += 1
        written.write(b"</annotations>\n")
    return ExportOutcome(files=(path, listed, task))


def _raw_labels(labels: Sequence[str]) -> list[dict[str, Any]]:
    """Return the labels as the form for a new task takes them under “Raw”."""
    colours = class_colours(labels)
    return [
        {
            "name": without_controls(name),
            "color": hexadecimal(colours[name]),
            "type": "rectangle",
            "attributes": [
                {"name": one, "mutable": False, "input_type": "text", "default_value": "", "values": [""]}
                for one in ATTRIBUTES
            ],
        }
        for name in labels
    ]


def _meta(labels: Sequence[str], size: int, options: ExportOptions) -> Element:
    meta = Element("meta")
    task = SubElement(meta, "task")
    title = options.dataset.title or "Boxes to be reviewed"
    for tag, text in (("name", title), ("size", str(size)), ("mode", "annotation")):
        SubElement(task, tag).text = without_controls(text)
    listed = SubElement(task, "labels")
    for label in _raw_labels(labels):
        one = SubElement(listed, "label")
        for tag in ("name", "color", "type"):
            SubElement(one, tag).text = label[tag]
        attributes = SubElement(one, "attributes")
        for name in ATTRIBUTES:
            told = SubElement(attributes, "attribute")
            parts = (
                ("name", name),
                ("mutable", "False"),
                ("input_type", "text"),
                ("default_value", ""),
                ("values", ""),
            )
            for tag, text in parts:
                SubElement(told, tag).text = text
    return meta


def _image(number: int, name: str, image: Row, boxes: Sequence[Row]) -> Element:
    sides = {"width": str(image["width_px"]), "height": str(image["height_px"])}
    drawn = Element("image", {"id": str(number), "name": without_controls(name), **sides})
    for box in boxes:
        if box["status"] != REJECTED:
            _draw(drawn, box)
    return drawn


def _draw(image: Element, box: Mapping[str, Any]) -> None:
    left, top = box["col_px"], box["row_px"]
    edges = (left, top, left + box["width_px"], top + box["height_px"])
    told = dict(zip(("xtl", "ytl", "xbr", "ybr"), (f"{edge:.3f}" for edge in edges), strict=True))
    source = "manual" if box["source"] == "expert" else "auto"
    label = without_controls(box["item_class"])
    one = SubElement(image, "box", {"label": label, "source": source, "occluded": "0", **told, "z_order": "0"})
    share = "" if box["agreement"] is None else f"{box['annotators']} of {box['seen_by']}"
    values = {"object_id": box["object_id"], "status": box["status"], "agreement": share, "runner_up": box["runner_up"]}
    for name in ATTRIBUTES:
        SubElement(one, "attribute", {"name": name}).text = without_controls(values[name] or "")


def _encoded(element: Element) -> bytes:
    indent(element, " ")
    return tostring(element, encoding="unicode").encode() + b"\n"
