"""Boxes over the marks they come from, on the image: what figures of agreement look like."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pelagia.core.errors import PelagiaError
from pelagia.core.result import Result
from pelagia.exports.report.numbers import percent, quantity
from pelagia.exports.tables import records
from pelagia.io.images import decode_image
from pelagia.io.sources import open_source

CLASSES_AT_MOST = 8
OF_EACH_CLASS = 4
TO_REVIEW = 12
AROUND = 1.9
"""A picture shows so many times the box, to all sides together."""
LEAST_PX = 60
STORED_PX = 320
WEBP_QUALITY = 80
MARKS_AT_MOST = 60

_BOX = ("row_px", "col_px", "height_px", "width_px")
_COLUMNS = (
    "object_id", "image_id", "item_class", *_BOX, "annotators", "seen_by", "agreement", "agreement_low",
    "agreement_high", "runner_up", "runner_up_share", "length_px", "status",
)  # fmt: skip

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """An outline in the units of a picture."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A box on its image, with the marks it comes from.

    Parameters
    ----------
    uri
        The cut-out, as a data address.
    side
        Width and height of the picture in its own units, pixels of the image.
    box, marks, points
        What is drawn on it.
    name, told, title
        The class; who agreed; which box it is.
    """

    uri: str
    side: float
    box: Rectangle
    marks: tuple[Rectangle, ...]
    points: tuple[tuple[float, float], ...]
    name: str
    told: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The chosen boxes: of every class some that were accepted, and those to review that most people marked."""

    accepted: tuple[tuple[str, int, tuple[Agreed, ...]], ...]
    review: tuple[Agreed, ...]
    unreadable: int


def choose_pictures(result: Result) -> Pictures:
    """Choose boxes, read their images, draw their marks; one image is held at a time."""
    ranked: dict[str, list[tuple[float, str]]] = {}
    review: list[tuple[float, int, str]] = []
    for row in records(result.tables["boxes"], ("object_id", "item_class", "status", "agreement", "annotators")):
        if row["status"] == "accepted":
            ranked.setdefault(row["item_class"], []).append((row["agreement"] or 0.0, row["object_id"]))
        elif row["status"] == "review":
            review.append((-(row["agreement"] or 0.0), -row["annotators"], row["object_id"]))
    classes = sorted(ranked, key=lambda name: (-len(ranked[name]), name))[:CLASSES_AT_MOST]
    shown = {name: list(_spread(sorted(ranked[name]))) for name in classes}
    first = [object_id for *_, object_id in sorted(review)[:TO_REVIEW]]
    chosen = {object_id for own in shown.values() for object_id in own} | set(first)
    drawn = _draw(result, chosen)
    return Pictures(
        accepted=tuple(
            (name, len(ranked[name]), tuple(drawn[one] for one in own if one in drawn)) for name, own in shown.items()
        ),
        review=tuple(drawn[one] for one in first if one in drawn),
        unreadable=len(chosen) - len(drawn),
    )


def _spread(ranked: Sequence[tuple[float, str]]) -> Iterator[str]:
    """Yield some from the least to the most agreement, evenly."""
    number = min(OF_EACH_CLASS, len(ranked))
    for at in range(number):
        place = at * (len(ranked) - 1) // max(1, number - 1)
        yield ranked[place][1]


def _draw(result: Result, chosen: set[str]) -> dict[str, Agreed]:
    boxes = [row for row in records(result.tables["boxes"], _COLUMNS) if row["object_id"] in chosen]
    marks: dict[str, list[Row]] = {}
    for row in records(result.tables["marks"], ("object_id", "state", "shape", *_BOX)):
        if row["object_id"] in chosen and row["state"] == "used":
            marks.setdefault(row["object_id"], []).append(row)
    wanted = {row["image_id"] for row in boxes}
    places = {
        row["image_id"]: (row["source_uri"], row["file"])
        for row in records(result.tables["images"], ("image_id", "source_uri", "file"))
        if row["image_id"] in wanted
    }
    drawn: dict[str, Agreed] = {}
    for image_id in sorted(wanted):
        own = [row for row in boxes if row["image_id"] == image_id]
        try:
            uri, file = places[image_id]
            image = decode_image(open_source(uri).read(file), file=file).array
        except PelagiaError:
            # Told below the pictures as one that could not be read.
            continue
        for row in own:
            drawn[row["object_id"]] = _agreed(row, marks.get(row["object_id"], ()), image)
    return drawn


def _agreed(row: Row, marks: Sequence[Row], image: NDArray[np.uint8]) -> Agreed:
    side = max(AROUND * max(row["height_px"], row["width_px"]), LEAST_PX)
    side = min(side, float(min(image.shape[:2])))
    top = _start(row["row_px"] + row["height_px"] / 2, side, image.shape[0])
    left = _start(row["col_px"] + row["width_px"] / 2, side, image.shape[1])
    whole = round(side)
    cut = image[top : top + whole, left : left + whole]
    shown = list(marks)[:MARKS_AT_MOST]
    return Agreed(
        uri=_encoded(cut),
        side=float(whole),
        box=_rectangle(row, top, left),
        marks=tuple(_rectangle(mark, top, left) for mark in shown if mark["shape"] != "point"),
        points=tuple(_middle(mark, top, left) for mark in shown if mark["shape"] == "point"),
        name=row["item_class"],
        told=_told(row),
        title=row["object_id"],
    )


def _start(middle: float, side: float, length: int) -> int:
    return round(min(max(0.0, middle - side / 2), max(0.0, length - side)))


def _rectangle(row: Row, top: int, left: int) -> Rectangle:
    return Rectangle(
        x=round(row["col_px"] - left, 1),
        y=round(row["row_px"] - top, 1),
        width=round(row["width_px"], 1),
        height=round(row["height_px"], 1),
    )


def _middle(row: Row, top: int, left: int) -> tuple[float, float]:
    box = _rectangle(row, top, left)
    return round(box.x + box.width / 2, 1), round(box.y + box.height / 2, 1)


def _told(row: Row) -> str:
    parts = [f"{row['annotators']} of {row['seen_by']}"]
    if row["agreement"] is not None:
        parts[0] += f" ({percent(row['agreement_low'])}–{percent(row['agreement_high'])})"
    if row["runner_up"]:
        parts.append(f"{percent(row['runner_up_share'])} said {row['runner_up']}")
    if row["length_px"] is not None:
        parts.append(f"{quantity(row['length_px'])} px long")
    return ", ".join(parts)


def _encoded(picture: NDArray[np.uint8]) -> str:
    height, width = picture.shape[:2]
    zoom = min(1.0, STORED_PX / max(height, width))
    if zoom < 1:
        size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    bgr = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])
    return "data:image/webp;base64," + base64.b64encode(data.tobytes()).decode()
