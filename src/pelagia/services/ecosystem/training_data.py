"""What a training learns from: labels found, each with the picture or the frame of a video that it is of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pelagia.core.errors import NothingUsable
from pelagia.core.result import Issue
from pelagia.io.annotations import AnnotatedImage, Annotations, Box, read_annotations
from pelagia.io.annotations.matching import FileNames
from pelagia.io.sources import open_source, without_secrets
from pelagia.learning.train.sources import IMAGES_PER_CHUNK, groups_of, stem_of
from pelagia.services.ecosystem.training_service import EcosystemTrainingParams

Record = dict[str, Any]

COUNTED = re.compile(r"[-_. ]*(?:frame|img|image|f|t)?[-_. ]*\d+$", re.IGNORECASE)
"""The end of a file name that tells which frame of a clip, or when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The pictures that were found, and what is said of them.

    Parameters
    ----------
    classes
        Every class that has a box, in the order in which they were declared.
    pictures
        Of each: ``uri`` and ``name`` of the file, ``frame`` and ``time_s`` where it is a frame of a video (which of
        both is known, the other ``None``), and ``boxes``: row, col, height, width, number of the class.
    issues
        What could not be used.
    """

    classes: tuple[str, ...]
    pictures: tuple[Record, ...]
    issues: tuple[Issue, ...]

    @property
    def boxes(self) -> int:
        """How many boxes there are."""
        return sum(len(one["boxes"]) for one in self.pictures)

    def to_record(self) -> Record:
        """Return it as JSON types."""
        return {
            "classes": list(self.classes),
            "pictures": list(self.pictures),
            "issues": [asdict(issue) for issue in self.issues],
        }


def find_labels(uris: Sequence[str], recordings: Sequence[str] = ()) -> Labelled:
    """Read the labels of one or more sources.

    Parameters
    ----------
    uris
        Their addresses.
    recordings
        Where else the pictures and videos may stand.

    Raises
    ------
    NothingUsable
        If they hold no boxes, or none whose picture is there.
    """
    elsewhere = [(uri, FileNames(entry.name for entry in open_source(uri).entries())) for uri in recordings]
    found = [(uri, read_annotations(uri)) for uri in uris]
    for uri, labels in found:
        if labels.format == "folders":
            raise NothingUsable(
                "a detector learns from boxes, and there are none here",
                value="a folder of pictures a class",
                remedy="Draw boxes, for instance in CVAT, or give COCO, YOLO or CVAT files.",
                file=without_secrets(uri),
            )
    named = {box.label for _, labels in found for box in labels.boxes}
    classes = tuple(dict.fromkeys(name for _, labels in found for name in labels.labels if name in named))
    number = {name: i for i, name in enumerate(classes)}
    pictures, missing = [], 0
    for uri, labels in found:
        for image, boxes in _looked_at(labels):
            place = (uri, image.file) if image.file else _elsewhere(image, elsewhere)
            if place is None:
                missing += 1
                continue
            pictures.append(_record(image, place, [[b.row, b.col, b.height, b.width, number[b.label]] for b in boxes]))
    issues = [issue for _, labels in found for issue in labels.issues]
    return Labelled(classes=classes, pictures=tuple(pictures), issues=(*issues, *_missing(missing)))


def groups_of_pictures(pictures: Sequence[Record], params: EcosystemTrainingParams) -> list[str]:
    """Return the group of each picture: all of one group are trained on, or all measured on."""
    uris, names = [one["uri"] for one in pictures], [one["name"] for one in pictures]
    if params.group_from == "clip":
        return [_clip(one) for one in pictures]
    groups = groups_of(uris, names, group_from=params.group_from, pattern=params.group_pattern)
    if params.group_from != "none":
        return groups
    return [f"{group}:{number}" for number, group in enumerate(groups)]


def chunks(folder: Path, pictures: Sequence[Record], long_side_px: int) -> list[Record]:
    """Return the work of fetching so many pictures, some hundred a piece; frames of one video stand together."""
    return [
        {
            "folder": str(folder),
            "first": first,
            "long_side_px": long_side_px,
            "pictures": [
                {name: one[name] for name in ("uri", "name", "frame", "time_s")}
                for one in pictures[first : first + IMAGES_PER_CHUNK]
            ],
        }
        for first in range(0, len(pictures), IMAGES_PER_CHUNK)
    ]


def is_of_video(picture: Record) -> bool:
    """Tell whether a picture is a frame of a video."""
    return picture["frame"] is not None or picture["time_s"] is not None


def _looked_at(annotations: Annotations) -> list[tuple[AnnotatedImage, list[Box]]]:
    """Return the images with their boxes; of videos only frames on which a person drew."""
    boxes = annotations.by_image()
    return [
        (image, boxes[image.name])
        for image in annotations.images
        if not image.video or any(not box.is_interpolated for box in boxes[image.name])
    ]


def _elsewhere(image: AnnotatedImage, places: Sequence[tuple[str, FileNames]]) -> tuple[str, str] | None:
    for uri, names in places:
        file = names.find(image.video or image.name)
        if file is not None:
            return uri, file
    return None


def _record(image: AnnotatedImage, place: tuple[str, str], boxes: list[list[float]]) -> Record:
    frame, time_s = (image.frame, image.time_s) if image.video else (None, None)
    if image.video and frame is None and time_s is None:
        frame = 0
    return {"uri": place[0], "name": place[1], "frame": frame, "time_s": time_s, "boxes": boxes}


def _clip(picture: Record) -> str:
    path = PurePosixPath(picture["name"])
    folder = f"{stem_of(picture['uri'])}/{path.parent}"
    if is_of_video(picture):
        return f"{folder}/{path.name}"
    return f"{folder}/{COUNTED.sub('', path.stem)}"


def _missing(count: int) -> list[Issue]:
    if not count:
        return []
    return [
        Issue(
            file="",
            code="picture-missing",
            message=f"{count:,} labelled pictures are not there and were left out",
            remedy="Keep pictures and videos beside their labels, or name their folder as recordings.",
            objects=count,
        )
    ]
