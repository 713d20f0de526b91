"""CVAT for images 1.1: the items as boxes that people correct and bring back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pelagia.core.result import Result
from pelagia.exports.litter.colours import class_colours, hexadecimal
from pelagia.exports.litter.drawn_items import attributes_of, items_by_picture, labels_of, too_large
from pelagia.exports.litter.needs import BOXES
from pelagia.exports.litter.pictures import image_names, read_pictures
from pelagia.exports.litter.plain_text import without_controls
from pelagia.exports.outcome import ExportOptions, ExportOutcome

NEEDS = BOXES
FOLDER = "cvat"
ATTRIBUTES = ("object_id", "score", "status", "duplicate_of")

Row = Mapping[str, Any]


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write ``cvat/annotations.xml`` and ``cvat/labels.json``.

    ``labels.json`` is what the form for a new task takes under “Raw”; without its attributes CVAT drops
    ``object_id``, by which a correction finds its item again. Boxes are in pixels of the pictures as they are stored.
    """
    pictures = read_pictures(result)
    labels = labels_of(result)
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "labels.json"
    listed.write_text(json.dumps(raw_labels(labels), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    path = folder / "annotations.xml"
    boxes: dict[str, list[dict[str, Any]]] = {}
    for image_id, items in items_by_picture(result):
        boxes.setdefault(image_id, []).extend(items)
    names = image_names(list(pictures.values()))
    with path.open("wb") as file:
        file.write(b'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n')
        file.write(_encoded(_meta(labels, len(pictures), options)))
        for number, (image_id, picture) in enumerate(pictures.items()):
            file.write(_encoded(_image(number, names[image_id], picture, boxes.get(image_id, ()))))
        file.write(b"</annotations>\n")
    return ExportOutcome(files=(path, listed), issues=too_large(pictures, FOLDER))


def raw_labels(labels: Sequence[str]) -> list[dict[str, Any]]:
    """Return the labels with their attributes as CVAT takes them when a task is made."""
    colours = class_colours(labels)
    return [
        {
            "name": name,
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
    _text(task, "name", options.dataset.title or "Litter items")
    _text(task, "size", str(size))
    _text(task, "mode", "annotation")
    listed = SubElement(task, "labels")
    for label in raw_labels(labels):
        one = SubElement(listed, "label")
        for name in ("name", "color", "type"):
            _text(one, name, label[name])
        attributes = SubElement(one, "attributes")
        for attribute in label["attributes"]:
            told = SubElement(attributes, "attribute")
            for name, text in (("name", attribute["name"]), ("mutable", "False"), ("input_type", "text")):
                _text(told, name, text)
            _text(told, "default_value", "")
            _text(told, "values", "")
    return meta


def _image(number: int, name: str, picture: Row, items: Sequence[Row]) -> Element:
    sides = {"width": str(picture["width_px"]), "height": str(picture["height_px"])}
    image = Element("image", {"id": str(number), "name": without_controls(name), **sides})
    for item in items:
        if not item["item_class"]:
            continue
        left, top = item["col_px"], item["row_px"]
        edges = (left, top, left + item["width_px"], top + item["height_px"])
        box = dict(zip(("xtl", "ytl", "xbr", "ybr"), (f"{edge:.3f}" for edge in edges), strict=True))
        source = "manual" if item["source"] == "person" else "auto"
        told = {"label": without_controls(item["item_class"]), "source": source, "occluded": "0", **box, "z_order": "0"}
        drawn = SubElement(image, "box", told)
        known = attributes_of(item)
        for attribute in ATTRIBUTES:
            SubElement(drawn, "attribute", {"name": attribute}).text = without_controls(known.get(attribute, ""))
    return image


def _text(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = without_controls(text)


def _encoded(element: Element) -> bytes:
    indent(element, " ")
    return tostring(element, encoding="unicode").encode() + b"\n"
