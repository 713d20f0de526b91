"""What all files for CVAT have in common: the head with its labels, the edges of a box, its attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pelagia.exports.ecosystem.frames_of import ATTRIBUTES, Row, attributes_of, raw_labels
from pelagia.exports.ecosystem.needs import BOX
from pelagia.exports.litter.plain_text import without_controls

EXACT = 6
"""Decimals of coordinates: a millionth of a pixel."""
EDGES = ("xtl", "ytl", "xbr", "ybr")
HEAD = b'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n'
FOOT = b"</annotations>\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a file says of the task it is for.

    Parameters
    ----------
    name
        Of the task.
    size
        How many frames it has.
    labels
        A person may choose from.
    model
        That found the boxes.
    source
        The video; empty for images.
    height_px, width_px
        Of its frames.
    down, across
        How many times as high and wide as the recorded frames they are.
    """

    name: str
    size: int
    labels: Sequence[str]
    model: str
    source: str = ""
    height_px: int = 0
    width_px: int = 0
    down: float = 1.0
    across: float = 1.0


def write_head(file: IO[bytes], task: Task) -> None:
    """Write what stands before the annotations."""
    meta = Element("meta")
    told = SubElement(meta, "task")
    _text(told, "name", task.name)
    _text(told, "size", str(task.size))
    _text(told, "mode", "interpolation" if task.source else "annotation")
    if task.source:
        _text(told, "start_frame", "0")
        _text(told, "stop_frame", str(max(0, task.size - 1)))
    listed = SubElement(told, "labels")
    for label in raw_labels(list(task.labels)):
        _label(listed, label)
    if task.source:
        size = SubElement(told, "original_size")
        _text(size, "width", str(task.width_px))
        _text(size, "height", str(task.height_px))
        _text(told, "source", task.source)
    file.write(HEAD + encoded(meta))


def _label(listed: Element, label: Mapping[str, Any]) -> None:
    one = SubElement(listed, "label")
    for name in ("name", "color", "type"):
        _text(one, name, label[name])
    attributes = SubElement(one, "attributes")
    for attribute in label["attributes"]:
        told = SubElement(attributes, "attribute")
        _text(told, "name", attribute["name"])
        _text(told, "mutable", str(attribute["mutable"]))
        _text(told, "input_type", "text")
        _text(told, "default_value", "")
        _text(told, "values", "")


def edges_of(box: Row, task: Task) -> dict[str, str]:
    """Return the edges of a box, in pixels of what the task shows."""
    top, left, height, width = (box[name] for name in BOX)
    edges = (left * task.across, top * task.down, (left + width) * task.across, (top + height) * task.down)
    return {name: repr(round(float(edge), EXACT)) for name, edge in zip(EDGES, edges, strict=True)}


def add_attributes(drawn: Element, box: Row, label: str, model: str) -> None:
    """Add the attributes of a box; the name of one that is called otherwise than its track is one of them."""
    told = attributes_of(box, model) | {"named": label}
    if box["taxon"] != label:
        told["taxon"] = box["taxon"]
    for name, _ in ATTRIBUTES:
        SubElement(drawn, "attribute", {"name": name}).text = without_controls(told.get(name, ""))


def source_of(box: Row) -> str:
    """Return who drew a box, in the words of CVAT."""
    return "manual" if box["source"] == "person" else "auto"


def encoded(element: Element) -> bytes:
    """Return an element as lines of text."""
    indent(element, " ")
    return tostring(element, encoding="unicode").encode() + b"\n"


def _text(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = without_controls(text)
