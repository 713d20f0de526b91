"""Boxes as people changed them: deleted, kept, renamed, moved, added, given to a track."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pelagia.core.service import Edit
from pelagia.services.ecosystem.columns import DETECTION_COLUMNS
from pelagia.services.ecosystem.editor import ADDED, DELETED, LEAST_BOX_PX, NEW
from pelagia.services.ecosystem.edits import BOX, Changes, Record

FRAME_FIELDS = ("object_id", "clip_id", "file", "time_s", "time_utc", "is_searched")
CLIP_FIELDS = ("clip_id", "site", "camera", "deployment", "height_px", "width_px")


class BoxEdits:
    """The boxes that edits are about: as the machine gave them, and as they are after each edit.

    Every edit of a subject starts from what the machine gave (or, of an added box, from how it was added), so that
    the last one alone holds, and ``None`` takes all back. Deleted boxes stay in the table.

    Parameters
    ----------
    rows
        The boxes of the table that edits name, by name.
    frames, clips
        Rows by name, of every frame that was searched and on which a box is added, and of every clip concerned.
    taken
        Names of boxes that earlier changes added.
    aphia_ids
        Of every taxon that is known.
    source
        Who adds boxes: ``person`` or ``import``.
    """

    def __init__(
        self,
        rows: Mapping[str, Record],
        frames: Mapping[str, Record],
        clips: Mapping[str, Record],
        taken: Iterable[str],
        aphia_ids: Mapping[str, int | None],
        source: str,
    ) -> None:
        self._frames, self.clips, self._taken = frames, clips, set(taken)
        self._aphia_ids, self._source = aphia_ids, source
        self._before: dict[str, Record | None] = dict(rows)
        self._of_new: dict[str, str] = {}
        self._numbers: Counter[str] = Counter()
        self.now: dict[str, Record | None] = dict(rows)
        """What became of each box; ``None`` where an added one was taken back."""
        self.own: dict[str, Edit] = {}
        """The edit that holds of each box."""

    def apply(self, edit: Edit, changes: Changes) -> None:
        """Let an edit hold; several on one subject follow each other."""
        name = self._subject(edit)
        if name is None or name not in self._before:
            changes.no_subject(edit)
            return
        row = self._after(edit, name)
        if row is None and edit.value is not None:
            changes.tell(
                edit,
                "correction-outside",
                "A box was drawn beside its frame; it was left out",
                "Draw it on the frame.",
            )
            return
        changes.note(edit, f"detection:{name}", _facts(self.now[name]), _facts(row))
        self.now[name] = row
        if edit.value is None or row is None:
            self.own.pop(name, None)
        else:
            self.own[name] = edit

    def added(self) -> set[str]:
        """Return the names of boxes that edits added."""
        return {name for name in self._of_new.values() if self.now[name] is not None}

    def aphia_id(self, taxon: str) -> int | None:
        """Return the AphiaID of a taxon, ``None`` where it is not known."""
        return self._aphia_ids.get(taxon)

    def _subject(self, edit: Edit) -> str | None:
        """Return the name of the box an edit is about; a new one gets its name when it is first seen."""
        if not edit.subject.startswith(NEW):
            return edit.subject
        if edit.subject in self._of_new or not isinstance(edit.value, Mapping):
            return self._of_new.get(edit.subject)
        frame = edit.value.get("frame_id", "")
        if frame not in self._frames:
            return None
        name = self._next_name(frame)
        self._of_new[edit.subject] = name
        self._before[name] = self.now[name] = None
        return name

    def _next_name(self, frame: str) -> str:
        while True:
            self._numbers[frame] += 1
            name = f"{frame}:p{self._numbers[frame]}"
            if name not in self._taken:
                return name

    def _after(self, edit: Edit, name: str) -> Record | None:
        value = edit.value
        if value is None:
            return None if edit.subject.startswith(NEW) else self._before[name]
        if value["state"] == ADDED:
            row = self._as_drawn(name, value, edit)
            self._before[name] = row
            return row
        before = self._before[name]
        return None if before is None else self._corrected(before, value, edit)

    def _as_drawn(self, name: str, value: Mapping[str, Any], edit: Edit) -> Record | None:
        frame = self._frames.get(value["frame_id"])
        if frame is None:
            return None
        clip = self.clips[frame["clip_id"]]
        row: Record = {column.name: None for column in DETECTION_COLUMNS}
        row |= {key: frame[key] for key in ("clip_id", "file", "time_s", "time_utc")}
        row |= {key: clip[key] for key in ("site", "camera", "deployment")}
        row |= {"object_id": name, "frame_id": frame["object_id"], "track_id": "", "source": self._source}
        return self._corrected(row, value, edit)

    def _corrected(self, before: Mapping[str, Any], value: Mapping[str, Any], edit: Edit) -> Record | None:
        """Return a row as a person decided it."""
        row = {**before, **decided(edit), "is_deleted": value["state"] == DELETED}
        if row["is_deleted"]:
            row["track_id"] = ""
        if value.get("taxon") is not None:
            row |= {"taxon": value["taxon"], "aphia_id": self._aphia_ids.get(value["taxon"])}
        if value.get("track_id") is not None:
            row["track_id"] = value["track_id"]
        if value.get("box") is not None:
            box = _inside(value["box"], self.clips[row["clip_id"]])
            if box is None:
                return None
            row |= dict(zip(BOX, box, strict=True))
        return row


def decided(edit: Edit) -> Record:
    """Return who decided, and when, as columns."""
    return {"status": "validated", "validated_by": edit.by, "validated_at": edit.at}


def _inside(box: Sequence[float], clip: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """Return the part of a box on its frame; ``None`` where that is less than a pixel."""
    height, width = (clip[name] or float("inf") for name in ("height_px", "width_px"))
    if min(box[:2]) >= 0 and box[0] + box[2] <= height and box[1] + box[3] <= width:
        return box[0], box[1], box[2], box[3]
    top, left = max(0.0, box[0]), max(0.0, box[1])
    tall, wide = min(float(height), box[0] + box[2]) - top, min(float(width), box[1] + box[3]) - left
    return (top, left, tall, wide) if min(tall, wide) >= LEAST_BOX_PX else None


def _facts(row: Record | None) -> dict[str, str]:
    if row is None:
        return {"taxon": "", "box": "", "track_id": "", "state": ""}
    return {
        "taxon": row["taxon"] or "",
        "box": ", ".join(f"{row[name]:.10g}" for name in BOX),
        "track_id": row["track_id"] or "",
        "state": "deleted" if row["is_deleted"] else row["status"],
    }
