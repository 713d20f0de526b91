"""The first half of a litter training: labels found, pictures fetched, told which may be what and belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from pelagia.core.errors import NothingUsable
from pelagia.core.provenance import InputRecord
from pelagia.core.result import Figure, Issue
from pelagia.core.table import Table
from pelagia.io.annotations import Annotations, read_annotations
from pelagia.io.sources import without_secrets
from pelagia.learning.card import DataOrigin
from pelagia.learning.name_pattern import groups_by_pattern
from pelagia.learning.tile_classes import TILE_CLASSES
from pelagia.learning.train.tiles.data import LITTER, one_of
from pelagia.services.litter.training_service import LitterTrainingParams

IMAGES_PER_CHUNK = 200

OTHERS = tuple(name for name in TILE_CLASSES if name not in LITTER)
SEVERAL = {
    **dict.fromkeys(("litter", "plastic", "with litter", "polluted"), LITTER),
    **dict.fromkeys(("no litter", "not litter", "without litter", "clean", "not polluted"), OTHERS),
}
"""Folder names that say less than a class: whether there is litter."""

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What was found: the source, what is to be learned, the annotations."""

    uri: str
    learn: str
    annotations: Annotations


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a training leaves for the result."""

    tables: dict[str, Table]
    summary: dict[str, Figure]
    issues: tuple[Issue, ...]
    record: InputRecord


def find_labels(uri: str, learn: str) -> Labelled:
    """Read the labels of a source.

    Parameters
    ----------
    uri
        The one input.
    learn
        ``auto``, ``tiles`` or ``items``.

    Raises
    ------
    NothingUsable
        If they are not of the kind that shall be learned.
    """
    found = read_annotations(uri)
    has_boxes = found.format != "folders"
    wanted = learn if learn != "auto" else ("items" if has_boxes else "tiles")
    if (wanted == "items") != has_boxes:
        raise NothingUsable(
            "these labels do not teach that",
            value=f"{found.format}, to learn {wanted}",
            remedy="Items are learned from boxes (COCO, YOLO, CVAT), classes of tiles from a folder of tiles a class.",
            file=without_secrets(uri),
        )
    return Labelled(uri=uri, learn=wanted, annotations=found)


def allowed_classes(label: str) -> tuple[str, ...]:
    """Return the classes a tile of this folder may be; none where the name is not known."""
    plain = " ".join(label.casefold().replace("-", " ").replace("_", " ").split())
    return (plain,) if plain in TILE_CLASSES else SEVERAL.get(plain, ())


def tile_labels(labels: Sequence[str]) -> tuple[Bytes, list[Issue]]:
    """Return (N, C) which classes each tile may be, all 0 where its folder says nothing, and those folders."""
    allowed = np.array([one_of(allowed_classes(label)) for label in labels], np.uint8).reshape(-1, len(TILE_CLASSES))
    unknown = sorted({label for label in labels if not allowed_classes(label)})
    return allowed, [_unknown_class(name, list(labels).count(name)) for name in unknown]


def group_names(names: Sequence[str], params: LitterTrainingParams, *, above: int) -> list[str]:
    """Return the group of each picture.

    Parameters
    ----------
    names
        Their paths in the source.
    params
        How groups are told.
    above
        How many folders above the picture the group's one is: 1 for its own, 2 for that above the class folder.
    """
    if params.group_from == "pattern":
        found = groups_by_pattern(params.group_pattern, [PurePosixPath(name).name for name in names])
        return [group if group else f"alone:{name}" for group, name in zip(found, names, strict=True)]
    if params.group_from == "folder":
        parents = (PurePosixPath(name).parents for name in names)
        return [str(one[min(above, len(one)) - 1]) for one in parents]
    return [f"alone:{name}" for name in names]


def chunks(folder: Path, uri: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return the work of reading so many pictures, some hundred a piece."""
    return [
        {
            "folder": str(folder),
            "uri": uri,
            "first": first,
            "names": list(names[first : first + IMAGES_PER_CHUNK]),
        }
        for first in range(0, len(names), IMAGES_PER_CHUNK)
    ]


def input_record(uri: str, names: Sequence[str], digests: Sequence[str], size: int) -> InputRecord:
    """Return what is told of the source: its pictures that could be read, and one SHA-256 over theirs.

    Parameters
    ----------
    uri
        Of the source.
    names, digests
        Of the pictures; the SHA-256 of one that could not be read is empty.
    size
        Bytes of them all.
    """
    own = sorted((name, digest) for name, digest in zip(names, digests, strict=True) if digest)
    lines = "".join(f"{digest}  {name}\n" for name, digest in own)
    return InputRecord(uri=without_secrets(uri), files=len(own), bytes=size, sha256=sha256(lines.encode()).hexdigest())


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
