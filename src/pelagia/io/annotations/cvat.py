"""CVAT for images 1.1 and for video 1.1: one XML file of images, or of tracks of one video."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO
from xml.parsers import expat

from pelagia.io.annotations.cvat_shapes import Attributes, box_edges, polygon_edges, unreadable
from pelagia.io.annotations.cvat_video import VideoTracks
from pelagia.io.annotations.gathering import (
    ATTRIBUTE_AT_MOST,
    ATTRIBUTES_AT_MOST,
    Gathering,
    check_number,
)
from pelagia.io.annotations.matching import FileNames

LIMIT_BYTES = 512 << 20
DEPTH_AT_MOST = 32
ELEMENTS_AT_MOST = 8_000_000
"""A million boxes with seven attributes each."""
PIECE_BYTES = 1 << 20
_OTHER_SHAPES = frozenset({"polyline", "points", "ellipse", "mask", "cuboid", "skeleton"})


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
        CVAT never does, and by which a small file could fill the memory), or holds images and tracks, or tracks of
        several videos; ``annotations-too-many`` where it has more elements than any set needs.

    Notes
    -----
    A polygon gets the box around it, a turned box the upright one around it; other shapes are left out with a
    finding. Tracks are read as :class:`pelagia.io.annotations.cvat_video.VideoTracks` tells.
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
                raise unreadable(f"it is larger than {LIMIT_BYTES:,} bytes", file)
            parser.Parse(piece, False)
        parser.Parse(b"", True)
        reader.done()
    except expat.ExpatError as error:
        raise unreadable(str(error), file) from error


class _Reader:
    """What has been read of the image and the shape at hand."""

    def __init__(self, gathering: Gathering, files: FileNames, file: str) -> None:
        self._gathering, self._files, self._file = gathering, files, file
        self._video = VideoTracks(gathering, files, file)
        self._has_images = self._has_tracks = False
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
            raise unreadable(f"its elements stand more than {DEPTH_AT_MOST} deep in each other", self._file)
        if len(self._path) == 1 and tag != "annotations":
            raise unreadable(f"it begins with <{tag[:40]}>, not with <annotations>", self._file)
        self._text = ""
        if tag == "track":
            self._start_track(attributes)
        elif tag == "image":
            self._start_image(attributes)
        elif self._path[-2:-1] == ["track"] or self._path[-2:-1] == ["image"]:
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
        elif self._path[:2] == ["annotations", "meta"]:
            self._video.tell(tag, self._path, self._text.strip())
        elif self._path[-2:-1] == ["track"]:
            if self._shape is not None:
                self._video.take(tag, self._shape, self._told)
            self._shape = None
        elif tag == "track":
            self._video.end_track()
        elif self._path[-2:-1] == ["image"]:
            if self._shape is not None and self._image is not None:
                self._take(tag, self._image, self._shape)
            self._shape = None
        elif tag == "image":
            self._image = None
        self._text = ""
        self._path.pop()

    def done(self) -> None:
        """Take the end of the file: of a video without a track, every frame was looked at and shows nothing."""
        if not self._has_images:
            self._video.done()

    def _start_track(self, attributes: Attributes) -> None:
        self._has_tracks = True
        if self._has_images:
            raise unreadable("it holds images as well as tracks of a video", self._file)
        self._video.start_track(attributes)

    def _start_image(self, attributes: Attributes) -> None:
        self._has_images = True
        if self._has_tracks:
            raise unreadable("it holds images as well as tracks of a video", self._file)
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
            edges = box_edges(shape) if tag == "box" else polygon_edges(shape)
            occluded = shape.get("occluded") == "1"
            self._gathering.add_box(image, label, edges, occluded=occluded, attributes=self._told)


def _refuser(file: str) -> Callable[..., None]:
    def refuse(*_declared: object) -> None:
        raise unreadable("it declares a document type or entities", file)

    return refuse
