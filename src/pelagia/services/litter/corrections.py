"""Items that people corrected in another program: from the annotations they bring back to changes with a trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pelagia.core.errors import BadParameter, PelagiaError
from pelagia.core.result import Issue
from pelagia.core.service import Edit
from pelagia.core.table import Table
from pelagia.io.annotations.form import AnnotatedImage, Annotations, Box
from pelagia.io.annotations.matching import FileNames
from pelagia.io.annotations.reading import read_annotations
from pelagia.io.findings import finding
from pelagia.services.litter.editor import ADDED, DELETED, ITEM, KEPT, LEAST_BOX_PX, NEW, check
from pelagia.services.litter.edits import Changes
from pelagia.services.litter.item_edits import BOX, change_items

Record = dict[str, Any]
SAME_FROM = 0.5
"""A box without a name is an item that it overlaps so much (intersection over union)."""
MOVED_PX = 0.5
"""Edges that are farther off were moved; less is rounding."""
_COLUMNS = ("object_id", "image_id", "item_class", *BOX)


def apply_corrections(uri: str, pictures: Sequence[Mapping[str, Any]], items_path: str, path: str) -> Record:
    """Write the table ``items`` as it was corrected: a step of the run.

    Parameters
    ----------
    uri
        COCO or CVAT for images, made from an export of an earlier run of the same pictures.
    pictures
        Rows of the table.
    items_path
        The table as the machine found it.
    path
        Where the corrected one is written.

    Returns
    -------
    dict
        ``edits``: the trail, rows of that table; ``issues``: findings as dictionaries. Corrections that cannot be
        read are a finding, and nothing is changed.
    """
    file = Path(uri.replace("\\", "/")).name
    items = Table(name="items", path=Path(items_path))
    changes = Changes()
    edits: list[Edit] = []
    try:
        annotations = read_annotations(uri)
    except PelagiaError as error:
        changes.issues.append(finding(error))
    else:
        changes.issues += annotations.issues
        edits += _checked(edits_of(annotations, pictures, items, file, changes.issues), file, changes.issues)
    change_items(edits, items, pictures, Path(path), changes, source="import")
    return {"edits": changes.trail, "issues": [asdict(issue) for issue in changes.issues]}


def edits_of(
    annotations: Annotations,
    pictures: Sequence[Mapping[str, Any]],
    items: Table,
    file: str,
    issues: list[Issue],
) -> Iterator[Edit]:
    """Yield what was changed: on every picture that the annotations cover, each item is kept, changed or deleted.

    Parameters
    ----------
    annotations
        Whose boxes carry the ``object_id`` of their items; those without one are told by where they lie.
    pictures, items
        Rows of the one, the other table.
    file
        Name of the annotations, for the trail.
    issues
        Takes images that are no pictures of this run.
    """
    covered = _covered(annotations, pictures, file, issues)
    mine: dict[str, list[Record]] = {image_id: [] for image_id in covered}
    for item in items.records(_COLUMNS):
        if item["image_id"] in mine:
            mine[str(item["image_id"])].append(dict(item))
    boxes = annotations.by_image()
    added = 0
    for image_id, (image, picture) in covered.items():
        drawn = [_Drawn.of(box, image, picture) for box in boxes[image.name]]
        drawn = [one for one in drawn if min(one.box[2:]) >= LEAST_BOX_PX]
        found = _match(drawn, mine[image_id])
        for number, one in enumerate(drawn):
            row = found.get(number)
            if row is not None:
                yield _edit(str(row["object_id"]), _kept(one, row), file)
                continue
            added += 1
            value = {"state": ADDED, "image_id": image_id, "item_class": one.label, "box": list(one.box)}
            yield _edit(f"{NEW}{added}", value, file)
        left = {str(row["object_id"]) for row in found.values()}
        for row in mine[image_id]:
            if row["object_id"] not in left:
                yield _edit(str(row["object_id"]), {"state": DELETED}, file)


def _checked(edits: Iterable[Edit], file: str, issues: list[Issue]) -> Iterator[Edit]:
    """Yield the changes that a person might have made on the map as well; the others are findings."""
    for edit in edits:
        try:
            yield check(edit)
        except BadParameter as error:
            issues.append(replace(finding(error, severity="warning", objects=1), file=file, code="correction-unusable"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A box of the annotations in pixels of the picture: row, column, height, width."""

    object_id: str | None
    label: str
    box: tuple[float, float, float, float]

    @classmethod
    def of(cls, box: Box, image: AnnotatedImage, picture: Mapping[str, Any]) -> _Drawn:
        """Return it; the image may have been a smaller copy of the picture."""
        down = picture["height_px"] / image.height_px if image.height_px else 1.0
        across = picture["width_px"] / image.width_px if image.width_px else 1.0
        return cls(
            object_id=box.object_id,
            label=box.label,
            box=(box.row * down, box.col * across, box.height * down, box.width * across),
        )


def _covered(
    annotations: Annotations, pictures: Sequence[Mapping[str, Any]], file: str, issues: list[Issue]
) -> dict[str, tuple[AnnotatedImage, Mapping[str, Any]]]:
    """Return the pictures that are covered, with the image of the annotations that is theirs."""
    by_file = {row["file"]: row for row in pictures}
    by_name = {row["image_id"]: row for row in pictures}
    files = FileNames(by_file)
    covered: dict[str, tuple[AnnotatedImage, Mapping[str, Any]]] = {}
    unknown: list[str] = []
    for image in annotations.images:
        found = by_file.get(files.find(image.name) or "")
        picture = found or by_name.get(image.name) or by_name.get(Path(image.name).stem)
        if picture is None:
            unknown.append(image.name)
        else:
            covered.setdefault(picture["image_id"], (image, picture))
    if unknown:
        issues.append(_no_picture(file, unknown))
    return covered


def _match(drawn: Sequence[_Drawn], rows: Sequence[Record]) -> dict[int, Record]:
    """Return which item each box is: by its name, else the free one it overlaps most."""
    by_name = {row["object_id"]: row for row in rows}
    found: dict[int, Record] = {}
    for number, one in enumerate(drawn):
        # A box that was copied carries the name of the first: that is only one item.
        row = by_name.pop(one.object_id, None)
        if row is not None:
            found[number] = row
    nameless = [number for number in range(len(drawn)) if number not in found]
    free = list(by_name.values())
    boxes, others = [drawn[number].box for number in nameless], [tuple(row[name] for name in BOX) for row in free]
    taken: set[int] = set()
    for box, item in _overlapping(boxes, others):
        if nameless[box] not in found and item not in taken:
            found[nameless[box]] = free[item]
            taken.add(item)
    return found


def _overlapping(ones: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Return the pairs of boxes (row, column, height, width) that may be the same, those that overlap most first."""
    if not ones or not others:
        return []
    first, second = ([shapely.box(b[1], b[0], b[1] + b[3], b[0] + b[2]) for b in boxes] for boxes in (ones, others))
    pairs = shapely.STRtree(second).query(first, predicate="intersects")
    one, other = np.array(first, dtype=object)[pairs[0]], np.array(second, dtype=object)[pairs[1]]
    shared = shapely.area(shapely.intersection(one, other))
    shares = shared / (shapely.area(one) + shapely.area(other) - shared)
    order = [number for number in np.argsort(-shares, kind="stable").tolist() if shares[number] >= SAME_FROM]
    return [(int(pairs[0][number]), int(pairs[1][number])) for number in order]


def _kept(one: _Drawn, row: Mapping[str, Any]) -> Record:
    value: Record = {"state": KEPT}
    if one.label != row["item_class"]:
        value["item_class"] = one.label
    was = [float(row[name]) for name in BOX]
    edges = (was[0], was[1], was[0] + was[2], was[1] + was[3])
    now = (one.box[0], one.box[1], one.box[0] + one.box[2], one.box[1] + one.box[3])
    if np.abs(np.subtract(now, edges)).max() > MOVED_PX:
        value["box"] = list(one.box)
    return value


def _edit(subject: str, value: Record, file: str) -> Edit:
    return Edit(kind=ITEM, subject=subject, value=value, by=file, why="corrected in another program")


def _no_picture(file: str, names: Sequence[str]) -> Issue:
    return Issue(
        file=file,
        code="correction-without-picture",
        message=f"{len(names):,} images of the corrections are no pictures of this run; they were left out",
        value=", ".join(names[:5]) + (" …" if len(names) > 5 else ""),
        remedy="Give the pictures under the names they had when the items were exported.",
        objects=len(names),
    )
