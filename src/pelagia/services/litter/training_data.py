"""The first half of a litter training: labels found, pictures fetched, told which may be what and belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import NothingUsable
from pelagia.core.ground import TILE_CLASSES
from pelagia.core.provenance import InputRecord
from pelagia.core.result import Figure, Issue
from pelagia.core.table import Table
from pelagia.io.annotations import AnnotatedImage, Annotations, Box, read_annotations
from pelagia.io.sources import without_secrets
from pelagia.learning.card import DataOrigin
from pelagia.learning.train.sources import groups_of
from pelagia.learning.train.tiles.data import LITTER, one_of
from pelagia.services.litter.training_service import LitterTrainingParams

OTHERS = tuple(name for name in TILE_CLASSES if name not in LITTER)
SEVERAL = {
    **dict.fromkeys(("litter", "plastic", "with litter", "polluted"), LITTER),
    **dict.fromkeys(("no litter", "not litter", "without litter", "clean", "not polluted"), OTHERS),
}
"""Folder names that say less than a class: whether there is litter."""

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The pictures that were found, and what is said of them.

    Parameters
    ----------
    learn
        ``tiles`` or ``items``.
    classes
        Every class, in the order in which they were declared.
    uris, names, labels
        Of each picture: its source, its path there, its class as a tile.
    boxes
        Of each picture: row, col, height, width, number of the class.
    issues
        What could not be used.
    """

    learn: str
    classes: tuple[str, ...]
    uris: tuple[str, ...]
    names: tuple[str, ...]
    labels: tuple[str, ...]
    boxes: tuple[list[list[float]], ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a training leaves for the result."""

    tables: dict[str, Table]
    summary: dict[str, Figure]
    issues: tuple[Issue, ...]
    records: tuple[InputRecord, ...]


def find_labels(uris: Sequence[str], learn: str) -> Labelled:
    """Read the labels of one or more sources.

    Parameters
    ----------
    uris
        Their addresses.
    learn
        ``auto``, ``tiles`` or ``items``.

    Raises
    ------
    NothingUsable
        If they are not of the kind that shall be learned, or not all of one kind.
    """
    found = [(uri, read_annotations(uri)) for uri in uris]
    wanted = learn if learn != "auto" else _taught_by(found[0][1])
    for uri, labels in found:
        if _taught_by(labels) != wanted:
            raise NothingUsable(
                "these labels do not teach that",
                value=f"{labels.format}, to learn {wanted}",
                remedy="Items are learned from boxes (COCO, YOLO, CVAT), classes of tiles from a folder of tiles a "
                "class; one training takes one of both.",
                file=without_secrets(uri),
            )
    classes = tuple(dict.fromkeys(name for _, labels in found for name in labels.labels))
    number = {name: i for i, name in enumerate(classes)}
    pictures = [(uri, image, own) for uri, some in found for image, own in _with_boxes(some)]
    return Labelled(
        learn=wanted,
        classes=classes,
        uris=tuple(uri for uri, _, _ in pictures),
        names=tuple(image.file for _, image, _ in pictures),
        labels=tuple(image.label or "" for _, image, _ in pictures),
        boxes=tuple([[b.row, b.col, b.height, b.width, number[b.label]] for b in own] for _, _, own in pictures),
        issues=tuple(issue for _, labels in found for issue in labels.issues),
    )


def _taught_by(annotations: Annotations) -> str:
    return "tiles" if annotations.format == "folders" else "items"


def _with_boxes(annotations: Annotations) -> list[tuple[AnnotatedImage, list[Box]]]:
    """Return the images whose file is there, each with its boxes."""
    boxes = annotations.by_image()
    return [(image, boxes[image.name]) for image in annotations.images if image.file]


def allowed_classes(label: str) -> tuple[str, ...]:
    """Return the classes a tile of this folder may be; none where the name is not known."""
    plain = " ".join(label.casefold().replace("-", " ").replace("_", " ").split())
    return (plain,) if plain in TILE_CLASSES else SEVERAL.get(plain, ())


def tile_labels(labels: Sequence[str]) -> tuple[Bytes, list[Issue]]:
    """Return (N, C) which classes each tile may be, all 0 where its folder says nothing, and those folders."""
    allowed = np.array([one_of(allowed_classes(label)) for label in labels], np.uint8).reshape(-1, len(TILE_CLASSES))
    unknown = sorted({label for label in labels if not allowed_classes(label)})
    return allowed, [_unknown_class(name, list(labels).count(name)) for name in unknown]


def group_names(uris: Sequence[str], names: Sequence[str], params: LitterTrainingParams, *, above: int) -> list[str]:
    """Return the group of each picture; see :func:`pelagia.learning.train.sources.groups_of`."""
    return groups_of(uris, names, group_from=params.group_from, pattern=params.group_pattern, above=above)


def data_origin(params: LitterTrainingParams, uri: str, images: int) -> DataOrigin:
    """Return what the card says of the data."""
    return DataOrigin(
        name=params.data_name or Path(uri).stem,
        citation=params.data_citation,
        licence=params.data_licence,
        url=params.data_url,
        n_images=images,
    )


def _unknown_class(name: str, count: int) -> Issue:
    return Issue(
        file=name,
        code="class-unknown",
        message=f"The folder {name} is no class of ground: its {count} tiles are not used",
        remedy=f"Call it one of {', '.join(TILE_CLASSES)}; or 'litter' and 'no litter'.",
        value=name,
    )
