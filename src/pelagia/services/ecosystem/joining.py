"""Every box in the track it belongs to after changes, and under what was decided of that track."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from pelagia.core.service import Edit
from pelagia.services.ecosystem.detection_edits import BoxEdits, decided
from pelagia.services.ecosystem.editor import DELETED, MERGED, SPLIT
from pelagia.services.ecosystem.edits import BOX, Changes, Record
from pelagia.services.ecosystem.track_edits import TrackEdits


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What became of the boxes that changes concern.

    Parameters
    ----------
    boxes
        Their rows, by name.
    of_track
        The same by track, those deleted with their track among them.
    changed
        Tracks whose boxes are other ones now, or different, or of which something was decided.
    moved
        Those of them whose boxes are other ones now, or lie elsewhere.
    left
        Tracks that boxes went from → the last edit that took them: what it was merged with, or what became of a box.
    """

    boxes: dict[str, Record]
    of_track: dict[str, list[Record]]
    changed: set[str]
    moved: set[str]
    left: dict[str, Edit]


def join_boxes(boxes: BoxEdits, tracks: TrackEdits, before: Mapping[str, Record], changes: Changes) -> Joined:
    """Put every box into its track, then let what was decided of the track hold for it.

    Parameters
    ----------
    boxes
        As they were decided one by one.
    tracks
        What was decided of tracks.
    before
        The same boxes as the machine gave them.
    changes
        Takes findings: boxes of two clips in one track, two boxes of a track on one frame.

    Notes
    -----
    Of two boxes on one frame that of the track itself stays in it, else one that a person put there, else the surer
    one; the other is left without a track. Under a track that was deleted, a box of which a person decided something
    else stays, without a track.
    """
    rows = {name: dict(row) for name, row in boxes.now.items() if row is not None}
    groups: dict[str, list[Record]] = defaultdict(list)
    for row in rows.values():
        row["track_id"] = _track_of(row, boxes, tracks, changes)
        if row["track_id"] and not row["is_deleted"]:
            groups[row["track_id"]].append(row)
    for name, group in groups.items():
        _leave_one_a_frame(name, group, boxes, before, changes)
    _decide(rows, boxes, tracks)
    of_track: dict[str, list[Record]] = defaultdict(list)
    for row in rows.values():
        if row["track_id"]:
            of_track[row["track_id"]].append(row)
    _tell_idle_splits(tracks, of_track, changes)
    left = {
        str(before[name]["track_id"]): edit
        for name, edit in boxes.own.items()
        if name in before and before[name]["track_id"] != rows[name]["track_id"]
    }
    left |= {step.track: step.edit for step in tracks.steps if step.edit.value["state"] == MERGED}
    moved = _of_different(rows, before, ("track_id", "is_deleted", *BOX))
    changed = moved | set(tracks.decisions) | _of_different(rows, before, ("taxon", "status", "validated_at"))
    return Joined(boxes=rows, of_track=dict(of_track), changed=changed, moved=moved, left=left)


def _track_of(row: Record, boxes: BoxEdits, tracks: TrackEdits, changes: Changes) -> str:
    """Return the track a box belongs to now; a person may have named one that cannot be."""
    asked = row["track_id"] or ""
    if not asked:
        return ""
    track = tracks.name(asked)
    edit = boxes.own.get(row["object_id"])
    if edit is not None and edit.value.get("track_id") and tracks.clip(track) != row["clip_id"]:
        changes.tell(
            edit,
            "correction-without-track",
            "A box was given to a track that is not in its clip; it is left without one",
            "Choose a track of the same clip.",
        )
        return ""
    return tracks.place(track, row["time_s"])


def _leave_one_a_frame(
    name: str, group: list[Record], boxes: BoxEdits, before: Mapping[str, Record], changes: Changes
) -> None:
    taken: set[str] = set()
    again: list[str] = []

    def order(row: Record) -> tuple[bool, bool, float, str]:
        machine = before.get(row["object_id"])
        is_own = machine is not None and machine["track_id"] == name
        return not is_own, row["object_id"] not in boxes.own, -(row["score"] or 0.0), row["object_id"]

    for row in sorted(group, key=order):
        if row["frame_id"] in taken:
            row["track_id"] = ""
            again.append(row["object_id"])
        taken.add(row["frame_id"])
    if again:
        changes.tell(
            Edit(kind="track", subject=name, value=", ".join(again)),
            "track-twice-on-a-frame",
            "A track would have two boxes on one frame; the others are left without a track",
            "Delete the boxes that show nothing, or give them to another track.",
            objects=len(again),
        )


def _decide(rows: Mapping[str, Record], boxes: BoxEdits, tracks: TrackEdits) -> None:
    """Let the decision on a track hold for its boxes, unless one has its own."""
    for row in rows.values():
        edit = tracks.decisions.get(row["track_id"])
        if edit is None:
            continue
        own = boxes.own.get(row["object_id"])
        if edit.value["state"] == DELETED:
            row.update({"track_id": ""} if own is not None else {**decided(edit), "is_deleted": True})
            continue
        if own is None:
            row.update(decided(edit))
        taxon = edit.value.get("taxon")
        if taxon is not None and (own is None or own.value.get("taxon") is None):
            row.update(taxon=taxon, aphia_id=boxes.aphia_id(taxon))


def _of_different(rows: Mapping[str, Record], before: Mapping[str, Record], columns: tuple[str, ...]) -> set[str]:
    """Return the tracks with a box that is new or differs in some columns: those it is in now and was in before."""
    found: set[str] = set()
    for name, row in rows.items():
        was = before.get(name)
        if was is None or any(was[column] != row[column] for column in columns):
            found |= {track for track in (row["track_id"], was and was["track_id"]) if track}
    return found


def _tell_idle_splits(tracks: TrackEdits, of_track: Mapping[str, list[Record]], changes: Changes) -> None:
    """Tell of splits that leave nothing on one side."""
    moved = {step.track for step in tracks.steps if step.edit.value["state"] == MERGED}
    for step in tracks.steps:
        if step.edit.value["state"] != SPLIT or moved & {step.track, step.to}:
            continue
        sides = [of_track.get(name) or _split_again(name, tracks) for name in (step.track, step.to)]
        if not all(sides):
            changes.tell(
                step.edit,
                "split-without-effect",
                "A track was split where it has no boxes on one side",
                "Split it between its first and its last box.",
            )


def _split_again(name: str, tracks: TrackEdits) -> bool:
    return any(step.track == name and step.edit.value["state"] == SPLIT for step in tracks.steps)
