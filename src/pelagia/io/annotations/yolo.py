"""YOLO: a text file for each image, a line for each box, in shares of the sides of the image."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from pelagia.core.errors import BadInput, PelagiaError
from pelagia.io.annotations.class_list import LIMIT_BYTES as LIST_LIMIT_BYTES
from pelagia.io.annotations.class_list import classes_of_lines, classes_of_yaml
from pelagia.io.annotations.gathering import Gathering, number
from pelagia.io.findings import finding
from pelagia.io.image_headers import read_header
from pelagia.io.images import is_image_name
from pelagia.io.sources import Source

LINE_LISTS = frozenset({"classes.txt", "obj.names", "classes.names"})
NOT_LABELS = frozenset(
    {"classes.txt", "train.txt", "val.txt", "valid.txt", "test.txt", "requirements.txt", "readme.txt", "notes.txt"}
)
LABELS_LIMIT_BYTES = 16 << 20
_SHAPE_VALUES = 100_000


def class_list_of(names: Sequence[str]) -> str | None:
    """Return the file that lists the classes of a YOLO data set, nearest to the top; ``None``: there is none."""
    found = [name for name in names if _is_list(name)]
    return min(found, key=lambda name: (name.count("/"), name)) if found else None


def read_yolo(source: Source, names: Sequence[str], gathering: Gathering) -> None:
    """Read every image of a data set with the boxes of its text file.

    Parameters
    ----------
    source
        Folder or archive.
    names
        Its files.
    gathering
        Takes what is found.

    Raises
    ------
    BadInput
        Where the classes cannot be read.

    Notes
    -----
    The text file has the name of its image and stands beside it, or in ``labels`` where the image stands in
    ``images``. An image without one was looked at and shows nothing. A line of more than five numbers is a polygon
    and gets the box around it; with six it is a box with its score, which is kept as an attribute.
    """
    listed = class_list_of(names)
    if listed is None:
        raise BadInput("The YOLO data set has no list of classes", remedy="Add classes.txt, one class a line.")
    text = source.read(listed, LIST_LIMIT_BYTES).decode("utf-8-sig", errors="replace")
    by_lines = PurePosixPath(listed).name.lower() in LINE_LISTS
    classes = classes_of_lines(text) if by_lines else classes_of_yaml(text, file=listed)
    labels = [gathering.declare(name) for name in classes]
    texts = {name for name in names if name.lower().endswith(".txt") and _base(name) not in NOT_LABELS}
    for image in (name for name in names if is_image_name(name)):
        own = next((one for one in _label_files(image) if one in texts), None)
        texts.discard(own or "")
        _read_image(source, image, own, labels, gathering)
    for left in sorted(texts):
        gathering.leave_out(
            "image-unknown",
            "a text file of boxes has no image and was left out",
            value=left,
            remedy="Copy the image beside it, under the same name.",
        )


def _read_image(
    source: Source, image: str, own: str | None, labels: Sequence[str | None], gathering: Gathering
) -> None:
    try:
        header = read_header(source.read(image), file=image)
    except PelagiaError as error:
        gathering.tally.take([finding(error, severity="warning")])
        return
    if gathering.add_image(image, width=header.columns, height=header.rows, file=image) is None or own is None:
        return
    text = source.read(own, LABELS_LIMIT_BYTES).decode("utf-8-sig", errors="replace")
    sides = (header.rows, header.columns)
    for line in text.splitlines():
        if line.strip():
            _read_line(line.split(), image, sides, labels, gathering)


def _read_line(
    words: Sequence[str], image: str, sides: tuple[int, int], labels: Sequence[str | None], gathering: Gathering
) -> None:
    values = [number(word) for word in words[1:_SHAPE_VALUES]]
    if len(values) < 4 or not all(math.isfinite(value) for value in values):
        gathering.leave_out(
            "box-missing",
            "a line is not a class and four numbers and was left out",
            value=f"{image}: {' '.join(words)[:80]}",
            remedy="Write: class, middle column, middle row, width, height, as shares of the sides of the image.",
        )
        return
    at = int(words[0]) if re.fullmatch(r"\d{1,6}", words[0]) else -1
    label = labels[at] if 0 <= at < len(labels) else None
    if label is None:
        gathering.leave_out(
            "class-unknown",
            "a box names a class that is not listed and was left out",
            value=f"{image}: {words[0][:40]}",
            remedy="List all classes; the first has the number 0.",
        )
        return
    score: Mapping[str, object] = {"score": values[4]} if len(values) == 5 else {}
    gathering.add_box(image, label, _edges(values, sides), attributes=score)


def _edges(values: Sequence[float], sides: tuple[int, int]) -> tuple[float, float, float, float]:
    rows, cols = sides
    if len(values) <= 5:
        col, row, width, height = values[:4]
        top, left, bottom, right = row - height / 2, col - width / 2, row + height / 2, col + width / 2
    else:
        left, right, top, bottom = min(values[0::2]), max(values[0::2]), min(values[1::2]), max(values[1::2])
    return top * rows, left * cols, bottom * rows, right * cols


def _label_files(image: str) -> list[str]:
    """Return where the text file of an image may stand, the most usual place first."""
    beside = PurePosixPath(image).with_suffix(".txt")
    parts = beside.parts
    places = []
    for at in range(len(parts) - 2, -1, -1):
        if parts[at] == "images":
            places.append(PurePosixPath(*parts[:at], "labels", *parts[at + 1 :]).as_posix())
    return [*places, beside.as_posix()]


def _is_list(name: str) -> bool:
    base = _base(name)
    return base in LINE_LISTS or base in {"data.yaml", "data.yml", "dataset.yaml", "dataset.yml"}


def _base(name: str) -> str:
    return PurePosixPath(name).name.lower()
