"""CVAT for images 1.1: one XML file of images with boxes, tags and attributes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import BinaryIO
from xml.parsers import expat

from pelagia.core.errors import BadInput
from pelagia.io.annotations.gathering import (
    ATTRIBUTE_AT_MOST,
    ATTRIBUTES_AT_MOST,
    Gathering,
    check_number,
    edges_of,
    number,
)
from pelagia.io.annotations.matching import FileNames

LIMIT_BYTES = 512 << 20
DEPTH_AT_MOST = 32
ELEMENTS_AT_MOST = 8_000_000
"""A million boxes with seven attributes each."""
PIECE_BYTES = 1 << 20
_REMEDY = "Export the task from CVAT again as “CVAT for images 1.1”."
_OTHER_SHAPES = frozenset({"polyline", "points", "ellipse", "mask", "cuboid", "skeleton"})

Attributes = Mapping[str, str]


def read_cvat(stream: BinaryIO, gathering: Gathering, files: FileNames, *, file: str) -> None:
    """Read images, boxes and tags piece by piece; a tag is the class of a whole image.

    Parameters
    ----------
    stream
        The XML.
    gathering
        Takes what is found.
    files
        The files of the source, among which the images are looked for.
    file
        Its name, for errors.

    Raises
    ------
    BadInput
        ``annotations-unreadable`` where it is not well-formed, declares a document type or entities (which a file of
        CVAT never does, and by which a small file could fill the memory), or holds tracks of a video;
        ``annotations-too-many`` where it has more elements than any set needs.

    Notes
    -----
    A polygon gets the box around it, a turned box the upright one around it; other shapes are left out with a
    finding.
    """
    reader = _Reader(gathering, files, file)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuser(file)
    parser.EntityDeclHandler = _refuser(file)
    seen = 0
    try:
        while piece := stream.read(PIECE_BYTES):
            seen += len(piece)
            if seen > LIMIT_BYTES:
                raise _unreadable(f"it is larger than {LIMIT_BYTES:,} bytes", file)
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise _unreadable(str(error), file) from error


class _Reader:
    """What has been read of the image and the shape at hand."""

    def __init__(self, gathering: Gathering, files: FileNames, file: str) -> None:
        self._gathering, self._files, self._file = gathering, files, file
        self._path: list[str] = []
        self._elements = 0
        self._image: str | None = None
        self._shape: Attributes | None = None
        self._told: dict[str, object] = {}
        self._name, self._text = "", ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the begin of an element."""
        self._path.append(tag)
        self._elements += 1
        check_number(self._elements, ELEMENTS_AT_MOST, "elements", self._file)
        if len(self._path) > DEPTH_AT_MOST:
            raise _unreadable(f"its elements stand more than {DEPTH_AT_MOST} deep in each other", self._file)
        if len(self._path) == 1 and tag != "annotations":
            raise _unreadable(f"it begins with <{tag[:40]}>, not with <annotations>", self._file)
        self._text = ""
        if tag == "track":
            raise _unreadable("it holds tracks of a video, not images", self._file)
        if tag == "image":
            self._start_image(attributes)
        elif self._path[-2:-1] == ["image"]:
            self._shape, self._told = attributes, {}
        elif tag == "attribute":
            self._name = attributes.get("name", "")

    def text(self, text: str) -> None:
        """Take a piece of text."""
        if len(self._text) < ATTRIBUTE_AT_MOST:
            self._text += text

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        if tag == "name" and self._path[-2:-1] == ["label"]:
            self._gathering.declare(self._text)
        elif tag == "attribute" and self._shape is not None and self._name:
            if len(self._told) < ATTRIBUTES_AT_MOST:
                self._told[self._name] = self._text.strip()
        elif self._path[-2:-1] == ["image"]:
            if self._shape is not None and self._image is not None:
                self._take(tag, self._image, self._shape)
            self._shape = None
        elif tag == "image":
            self._image = None
        self._text = ""
        self._path.pop()

    def _start_image(self, attributes: Attributes) -> None:
        name = attributes.get("name", "")
        self._image = self._gathering.add_image(
            name,
            width=attributes.get("width"),
            height=attributes.get("height"),
            file=(self._files.find(name) or "") if name else "",
        )

    def _take(self, tag: str, image: str, shape: Attributes) -> None:
        known = tag in {"box", "polygon", "tag"}
        if not known:
            if tag in _OTHER_SHAPES:
                self._gathering.leave_out(
                    "shape",
                    f"a shape of the kind “{tag}” was left out",
                    value=image,
                    remedy="Draw things as rectangles or polygons.",
                )
            return
        label = self._gathering.declare(shape.get("label"))
        if label is None:
            self._gathering.leave_out(
                "class-unknown", "a shape has no label and was left out", value=image, remedy="Give it a label."
            )
        elif tag == "tag":
            self._gathering.set_label(image, label)
        else:
            edges = _box_edges(shape) if tag == "box" else _polygon_edges(shape)
            occluded = shape.get("occluded") == "1"
            self._gathering.add_box(image, label, edges, occluded=occluded, attributes=self._told)


def _box_edges(shape: Attributes) -> tuple[float, float, float, float]:
    top, left, bottom, right = (number(shape.get(name)) for name in ("ytl", "xtl", "ybr", "xbr"))
    turned = number(shape.get("rotation", "0"))
    if not turned % 180:
        return top, left, bottom, right
    return _turned(top, left, bottom, right, turned)


def _turned(top: float, left: float, bottom: float, right: float, degrees: float) -> tuple[float, float, float, float]:
    """Return the upright box around one that is turned about its middle."""
    cosine, sine = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    height, width = bottom - top, right - left
    tall, wide = (height * cosine + width * sine) / 2, (height * sine + width * cosine) / 2
    row, col = (top + bottom) / 2, (left + right) / 2
    return row - tall, col - wide, row + tall, col + wide


def _polygon_edges(shape: Attributes) -> tuple[float, float, float, float]:
    points = [point.partition(",") for point in shape.get("points", "").split(";")]
    cols, rows = [number(col) for col, _, _ in points], [number(row) for _, _, row in points]
    return edges_of(rows, cols)


def _refuser(file: str) -> Callable[..., None]:
    def refuse(*_declared: object) -> None:
        raise _unreadable("it declares a document type or entities", file)

    return refuse


def _unreadable(reason: str, file: str) -> BadInput:
    return BadInput(
        f"The annotations are not XML of CVAT for images: {reason}",
        remedy=_REMEDY,
        file=file,
        code="annotations-unreadable",
    )
