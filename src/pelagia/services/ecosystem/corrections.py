"""Boxes and tracks that people corrected in another program: from what they bring back to changes with a trail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.errors import BadParameter, PelagiaError
from pelagia.core.result import Issue
from pelagia.core.service import Edit
from pelagia.core.table import Table
from pelagia.io.annotations.form import Annotations, Box
from pelagia.io.annotations.reading import read_annotations
from pelagia.io.findings import finding
from pelagia.services.ecosystem.changing import TABLES, Naming, change_tables
from pelagia.services.ecosystem.covering import Covered, covered_frames
from pelagia.services.ecosystem.editor import ADDED, DELETED, DETECTION, KEPT, LEAST_BOX_PX, NEW, check
from pelagia.services.ecosystem.edits import BOX, Changes
from pelagia.services.ecosystem.service import EcosystemParams

Record = dict[str, Any]
SAME_FROM = 0.5
"""A box without a name is one of the machine's that it overlaps so much (intersection over union)."""
MOVED_PX = 0.5
"""Edges that are farther off were moved; less is rounding."""
FOLDER = "corrected"
_COLUMNS = ("object_id", "frame_id", "clip_id", "taxon", "track_id", "is_deleted", *BOX)


def apply_corrections(uri: str, params: EcosystemParams, paths: Mapping[str, str], workdir: Path) -> Record:
    """Write the tables as they were corrected: a step of the run.

    Parameters
    ----------
    uri
        CVAT for images or for video, a zip of them, COCO or YOLO, made from an export of an earlier run of the same
        recordings.
    params
        Of the request.
    paths
        Of the tables as the machine gave them.
    workdir
        In whose folder ``corrected`` the new ones are written.

    Returns
    -------
    dict
        ``paths``: of the tables, corrected; ``edits``: the trail, rows of that table; ``issues``: findings as
        dictionaries. Corrections that cannot be read are a finding, and nothing is changed.
    """
    file = Path(uri.replace("\\", "/")).name
    changes = Changes()
    edits: list[Edit] = []
    try:
        annotations = read_annotations(uri)
    except PelagiaError as error:
        changes.issues.append(finding(error))
    else:
        changes.issues += annotations.issues
        tables = {name: Table(name=name, path=Path(paths[name])) for name in TABLES}
        edits += _checked(edits_of(annotations, tables, file, changes.issues), file, changes.issues)
    known = {name: Path(paths[name]) for name in TABLES}
    naming = Naming(params=params, aphia_ids={}, source="import")
    now = change_tables(edits, known, workdir / FOLDER, naming, changes)
    return {
        "paths": {**paths, **{name: str(path) for name, path in now.items()}},
        "edits": changes.trail,
        "issues": [asdict(issue) for issue in changes.issues],
    }


def edits_of(annotations: Annotations, tables: Mapping[str, Table], file: str, issues: list[Issue]) -> Iterator[Edit]:
    """Yield what was changed: on every frame that the annotations cover, each box is kept, changed or deleted.

    Parameters
    ----------
    annotations
        Whose boxes carry the ``object_id`` of their boxes; those without one are told by where they lie.
    tables
        Of the run.
    file
        Name of the annotations, for the trail.
    issues
        Takes images that are no frames of this run.

    Notes
    -----
    Where any box tells which thing it is, all do: boxes go to the tracks they are in now, and to none where they are
    in none. Annotations that tell of no track leave them as they are.
    """
    covered = covered_frames(annotations, tables["clips"], tables["frames"], file, issues)
    mine = _boxes_on(tables["detections"], set(covered))
    tracks = _Tracks.of(annotations, tables["tracks"])
    drawn_on = annotations.by_image()
    added = 0
    for frame_id, where in covered.items():
        drawn = [_Drawn.of(box, where, tracks) for box in drawn_on[where.image]]
        drawn = [one for one in drawn if min(one.box[2:]) >= LEAST_BOX_PX]
        rows = mine.get(frame_id, [])
        found = _match(drawn, rows)
        for number, one in enumerate(drawn):
            row = found.get(number)
            if row is not None:
                yield _edit(str(row["object_id"]), _kept(one, row), file)
                continue
            added += 1
            value = {"state": ADDED, "frame_id": frame_id, "taxon": one.label, "box": list(one.box)}
            yield _edit(f"{NEW}{added}", value | {"track_id": one.track_id or ""}, file)
        left = {row["object_id"] for row in found.values()}
        for row in rows:
            if row["object_id"] not in left:
                yield _edit(str(row["object_id"]), {"state": DELETED}, file)


def _checked(edits: Iterable[Edit], file: str, issues: list[Issue]) -> Iterator[Edit]:
    """Yield the changes that a person might have made in the player as well; the others are findings."""
    for edit in edits:
        try:
            yield check(edit)
        except BadParameter as error:
            issues.append(replace(finding(error, severity="warning", objects=1), file=file, code="correction-unusable"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tracks:
    """Which tracks of the run the annotations name, and in which clips; whether they tell of tracks at all."""

    clip_of: Mapping[str, str]
    are_told: bool

    @classmethod
    def of(cls, annotations: Annotations, tracks: Table) -> _Tracks:
        told = {box.track_id for box in annotations.boxes if box.track_id}
        wanted = pa.array(sorted(told), pa.string())
        clip_of: dict[str, str] = {}
        for batch in tracks.batches(["object_id", "clip_id"]):
            own = batch.filter(pc.is_in(batch["object_id"], value_set=wanted))
            clip_of |= dict(zip(own["object_id"].to_pylist(), own["clip_id"].to_pylist(), strict=True))
        return cls(clip_of=clip_of, are_told=bool(told))

    def name(self, told: str | None, clip_id: str) -> str | None:
        """Return the track a box belongs to: one of the run, a new one, ``""`` for none; ``None``: as it was."""
        if not self.are_told:
            return None
        if not told:
            return ""
        return told if self.clip_of.get(told) == clip_id else f"{NEW}{clip_id} {told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A box of the annotations in pixels of the frame: row, column, height, width; and its track."""

    object_id: str | None
    label: str
    box: tuple[float, float, float, float]
    track_id: str | None

    @classmethod
    def of(cls, box: Box, where: Covered, tracks: _Tracks) -> _Drawn:
        """Return it; the image may have been a smaller copy of the frame."""
        return cls(
            object_id=box.object_id,
            label=box.label,
            box=(box.row * where.down, box.col * where.across, box.height * where.down, box.width * where.across),
            track_id=tracks.name(box.track_id, where.clip_id),
        )


def _boxes_on(detections: Table, frames: set[str]) -> dict[str, list[Record]]:
    """Return the standing boxes on some frames, by frame."""
    wanted = pa.array(sorted(frames), pa.string())
    found: dict[str, list[Record]] = defaultdict(list)
    for batch in detections.batches(_COLUMNS):
        for row in batch.filter(pc.is_in(batch["frame_id"], value_set=wanted)).to_pylist():
            if not row["is_deleted"]:
                found[row["frame_id"]].append(row)
    return found


def _match(drawn: Sequence[_Drawn], rows: Sequence[Record]) -> dict[int, Record]:
    """Return which box of the machine each one is: by its name, else the free one it overlaps most."""
    by_name = {row["object_id"]: row for row in rows}
    found: dict[int, Record] = {}
    for number, one in enumerate(drawn):
        # A box that was copied, or put on the next frame by CVAT, carries the name of the first.
        row = by_name.pop(one.object_id, None)
        if row is not None:
            found[number] = row
    nameless = [number for number in range(len(drawn)) if number not in found]
    free = list(by_name.values())
    shares = _overlaps([drawn[number].box for number in nameless], [[row[name] for name in BOX] for row in free])
    while shares.size and shares.max() >= SAME_FROM:
        box, row_number = np.unravel_index(int(shares.argmax()), shares.shape)
        found[nameless[box]] = free[row_number]
        shares[box, :] = shares[:, row_number] = 0
    return found


def _overlaps(ones: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> np.ndarray:
    """Return the intersection over union of all pairs of boxes (row, column, height, width)."""
    first, second = (np.array(boxes, np.float64).reshape(-1, 4) for boxes in (ones, others))
    top = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom = np.minimum((first[:, :2] + first[:, 2:])[:, None], (second[:, :2] + second[:, 2:])[None])
    shared = np.prod(np.clip(bottom - top, 0, None), axis=2)
    return np.asarray(shared / (np.prod(first[:, 2:], 1)[:, None] + np.prod(second[:, 2:], 1)[None] - shared))


def _kept(one: _Drawn, row: Mapping[str, Any]) -> Record:
    value: Record = {"state": KEPT}
    if one.label != row["taxon"]:
        value["taxon"] = one.label
    was = [float(row[name]) for name in BOX]
    edges = (was[0], was[1], was[0] + was[2], was[1] + was[3])
    now = (one.box[0], one.box[1], one.box[0] + one.box[2], one.box[1] + one.box[3])
    if np.abs(np.subtract(now, edges)).max() > MOVED_PX:
        value["box"] = list(one.box)
    if one.track_id is not None and one.track_id != (row["track_id"] or ""):
        value["track_id"] = one.track_id
    return value


def _edit(subject: str, value: Record, file: str) -> Edit:
    return Edit(kind=DETECTION, subject=subject, value=value, by=file, why="corrected in another program")
