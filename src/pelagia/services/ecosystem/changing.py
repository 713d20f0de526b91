"""The tables of a result with what people changed in them. What nobody touched is taken over as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.service import Edit
from pelagia.core.table import Table
from pelagia.services.ecosystem.detection_edits import CLIP_FIELDS, FRAME_FIELDS, BoxEdits, decided
from pelagia.services.ecosystem.editor import ADDED, DETECTION, MERGED, NEW, TRACK
from pelagia.services.ecosystem.edits import Changes, Record
from pelagia.services.ecosystem.joining import Joined, join_boxes
from pelagia.services.ecosystem.rewriting import Rewritten, write_changed
from pelagia.services.ecosystem.service import EcosystemParams
from pelagia.services.ecosystem.track_edits import TrackEdits, new_tracks
from pelagia.services.ecosystem.track_totals import changed_track
from pelagia.services.ecosystem.ways import ways_of_tracks

TABLES = ("clips", "frames", "detections", "tracks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How things are named after a change.

    Parameters
    ----------
    params
        Of the request.
    aphia_ids
        Of the classes of the model.
    source
        Who adds boxes and tracks: ``person`` or ``import``.
    """

    params: EcosystemParams
    aphia_ids: Mapping[str, int | None]
    source: str = "person"


def change_tables(
    edits: Sequence[Edit], paths: Mapping[str, Path], folder: Path, naming: Naming, changes: Changes
) -> dict[str, Path]:
    """Write ``frames``, ``detections`` and ``tracks`` with the changes in them.

    Parameters
    ----------
    edits
        In the order they were made; those of other kinds are passed over.
    paths
        Of :data:`TABLES`.
    folder
        For the new tables; another one than that of the old.
    naming
        How things are named.
    changes
        Takes the trail, and what could not be applied.

    Returns
    -------
    dict
        Name → path of all of :data:`TABLES`; without an edit, those that were given.
    """
    mine = [edit for edit in edits if edit.kind in {DETECTION, TRACK}]
    if not mine:
        return dict(paths)
    tables = {name: Table(name=name, path=paths[name]) for name in TABLES}
    wanted = _Wanted.of(mine, tables)
    boxes = _change_boxes(mine, tables, wanted, naming, changes)
    tracks = _change_tracks(mine, tables, wanted, boxes, changes)
    joined = join_boxes(boxes, tracks, wanted.boxes, changes)
    rows = _rows_of_tracks(tables["tracks"], tracks, joined, boxes, naming.params.name_from)
    for name, way in ways_of_tracks(_moved(joined, rows), boxes.clips, tables["frames"], naming.params):
        rows[name] |= way
    rewritten = Rewritten(
        boxes=joined.boxes,
        added=boxes.added(),
        before=wanted.boxes,
        tracks=rows,
    )
    return {**paths, **write_changed(rewritten, tables, folder)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What of the tables the edits concern: rows of boxes, names of tracks and boxes that earlier changes made."""

    boxes: dict[str, Record]
    tracks: set[str]
    taken_boxes: set[str]

    @classmethod
    def of(cls, edits: Sequence[Edit], tables: Mapping[str, Table]) -> _Wanted:
        named = {edit.subject for edit in edits if edit.kind == DETECTION and not edit.subject.startswith(NEW)}
        tracks = set(_named_tracks(edits))
        taken: set[str] = set()
        for batch in tables["detections"].batches(["object_id", "track_id"]):
            mine = batch.filter(pc.is_in(batch["object_id"], value_set=_texts(named)))
            tracks.update(name for name in mine["track_id"].to_pylist() if name)
            drawn = pc.match_substring_regex(batch["object_id"], r":p\d+$")
            taken.update(batch.filter(drawn)["object_id"].to_pylist())
        rows: dict[str, Record] = {}
        for batch in tables["detections"].batches():
            either = pc.or_(
                pc.is_in(batch["object_id"], value_set=_texts(named)),
                pc.is_in(batch["track_id"], value_set=_texts(tracks)),
            )
            rows |= {row["object_id"]: row for row in batch.filter(either).to_pylist()}
        return cls(boxes=rows, tracks=tracks, taken_boxes=taken)


def _named_tracks(edits: Iterable[Edit]) -> Iterator[str]:
    for edit in edits:
        value = edit.value or {}
        if edit.kind == TRACK:
            yield edit.subject
            if value.get("state") == MERGED:
                yield value["into"]
        elif value.get("track_id"):
            yield value["track_id"]


def _change_boxes(
    edits: Sequence[Edit], tables: Mapping[str, Table], wanted: _Wanted, naming: Naming, changes: Changes
) -> BoxEdits:
    mine = [edit for edit in edits if edit.kind == DETECTION]
    on = {edit.value["frame_id"] for edit in mine if edit.value and edit.value["state"] == ADDED}
    found = _rows_by(tables["frames"], "object_id", on, FRAME_FIELDS)
    frames = {name: row for name, row in found.items() if row["is_searched"]}
    clips = {row["clip_id"] for row in (*frames.values(), *wanted.boxes.values())}
    boxes = BoxEdits(
        wanted.boxes,
        frames,
        _rows_by(tables["clips"], "clip_id", clips, CLIP_FIELDS),
        wanted.taken_boxes,
        _aphia_ids(tables["detections"]) | {name: one for name, one in naming.aphia_ids.items() if one is not None},
        naming.source,
    )
    for edit in mine:
        boxes.apply(edit, changes)
    return boxes


def _change_tracks(
    edits: Sequence[Edit], tables: Mapping[str, Table], wanted: _Wanted, boxes: BoxEdits, changes: Changes
) -> TrackEdits:
    clip_of: dict[str, str] = {}
    taken: set[str] = set()
    for batch in tables["tracks"].batches(["object_id", "clip_id"]):
        mine = batch.filter(pc.is_in(batch["object_id"], value_set=_texts(wanted.tracks)))
        clip_of |= dict(zip(mine["object_id"].to_pylist(), mine["clip_id"].to_pylist(), strict=True))
        drawn = pc.match_substring_regex(batch["object_id"], r":p\d+$")
        taken.update(batch.filter(drawn)["object_id"].to_pylist())
    standing = {name: row for name, row in boxes.now.items() if row is not None}
    return TrackEdits(edits, clip_of, new_tracks(edits, standing, taken), changes)


def _rows_of_tracks(
    table: Table, tracks: TrackEdits, joined: Joined, boxes: BoxEdits, name_from: float
) -> dict[str, Record]:
    """Return the rows of all tracks whose boxes changed, or of which something was decided."""
    parents = tracks.parents()
    roots = {name: _root(name, parents) for name in joined.changed}
    before = _rows_by(table, "object_id", set(roots.values()), None)
    rows = {}
    for name in sorted(joined.changed):
        own = joined.of_track.get(name, [])
        known = before.get(roots[name])
        is_there = known is not None and roots[name] == name
        if not own and not is_there:
            continue
        row = changed_track(name, known, own, tracks.decisions.get(name), name_from)
        merge = joined.left.get(name)
        if merge is not None and row["is_deleted"]:
            row |= decided(merge)
        rows[name] = row | {"aphia_id": boxes.aphia_id(row["taxon"] or "")}
    return rows


def _moved(joined: Joined, rows: Mapping[str, Record]) -> dict[str, list[Record]]:
    """Return the standing boxes of the tracks that go another way now, in order of time."""
    standing = {
        name: [box for box in joined.of_track.get(name, ()) if not box["is_deleted"]]
        for name in joined.moved
        if name in rows and not rows[name]["is_deleted"]
    }
    return {name: sorted(own, key=lambda box: box["time_s"]) for name, own in standing.items()}


def _root(name: str, parents: Mapping[str, str]) -> str:
    while name in parents:
        name = parents[name]
    return name


def _rows_by(table: Table, key: str, names: set[str], columns: Sequence[str] | None) -> dict[str, Record]:
    rows: dict[str, Record] = {}
    if names:
        for batch in table.batches(columns):
            rows |= {row[key]: row for row in batch.filter(pc.is_in(batch[key], value_set=_texts(names))).to_pylist()}
    return rows


def _aphia_ids(detections: Table) -> dict[str, int | None]:
    """Return the AphiaID of every taxon of the table."""
    found: dict[str, int | None] = {}
    for batch in detections.batches(["taxon", "aphia_id"]):
        known = pa.Table.from_batches([batch]).filter(pc.is_valid(batch["aphia_id"]))
        for row in known.group_by(["taxon", "aphia_id"]).aggregate([]).to_pylist():
            found[row["taxon"]] = row["aphia_id"]
    return found


def _texts(names: Iterable[str]) -> pa.Array:
    return pa.array(sorted(names), pa.string())
