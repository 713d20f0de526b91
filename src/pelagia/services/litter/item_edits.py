"""Items as people changed them: deleted, kept, renamed, moved, added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.service import Edit
from pelagia.core.table import Table, TableWriter
from pelagia.io.rasters.picture import Picture
from pelagia.services.litter.columns import ITEM_COLUMNS
from pelagia.services.litter.editor import ADDED, DELETED, ITEM, LEAST_BOX_PX, NEW
from pelagia.services.litter.edits import Changes, no_subject, outside
from pelagia.services.litter.settling import placed

Record = dict[str, Any]
BOX = ("row_px", "col_px", "height_px", "width_px")


def change_items(
    edits: Iterable[Edit],
    items: Table,
    pictures: Sequence[Mapping[str, Any]],
    path: Path,
    changes: Changes,
    *,
    source: str = "person",
) -> Table:
    """Write the table ``items`` with the changes in it; what nobody touched is taken over.

    Parameters
    ----------
    edits
        In the order they were made; those of other kinds are passed over.
    items
        As the machine gave it.
    pictures
        Rows of the table.
    path
        Where the new table is written.
    changes
        Takes the trail, and what could not be applied.
    source
        Who adds items: ``person`` or ``import``.

    Notes
    -----
    Every edit of a subject starts from what the machine gave (or, of an added item, from how it was added), so that
    the last one alone holds, and ``None`` takes all back. Deleted items stay in the table. Added ones are named
    ``<image_id>_p<n>``, in the order they were drawn, those that were taken back again counted as well.
    """
    mine = [edit for edit in edits if edit.kind == ITEM]
    if not mine:
        return _written(items, path, {}, [])
    drawing = _Drawing(items, mine, pictures, source)
    for edit in mine:
        drawing.apply(edit, changes)
    return _written(items, path, drawing.changed(), drawing.added())


class _Drawing:
    """The rows that edits touch: as they were, and as they are after each edit."""

    def __init__(self, items: Table, edits: Sequence[Edit], pictures: Sequence[Mapping[str, Any]], source: str) -> None:
        self._pictures = {row["image_id"]: row for row in pictures}
        self._source = source
        self._names = _taken(items)
        self._before: dict[str, Record | None] = dict(_rows_of(items, {edit.subject for edit in edits}))
        self._now: dict[str, Record | None] = dict(self._before)
        self._of_new: dict[str, str] = {}
        self._drawn: dict[str, None] = {}
        self._numbers: Counter[str] = Counter()

    def apply(self, edit: Edit, changes: Changes) -> None:
        """Let an edit hold."""
        name = self._subject(edit)
        if name is None or name not in self._before:
            changes.issues.append(no_subject(edit))
            return
        row = self._after(edit, name)
        if row is None and edit.value is not None:
            changes.issues.append(outside(edit))
            return
        _note_item(edit, name, self._now[name], row, changes)
        self._now[name] = row

    def changed(self) -> dict[str, Record]:
        """Return the rows of the machine's items that are different now."""
        return {
            name: row
            for name, row in self._now.items()
            if row is not None and name not in self._drawn and row is not self._before[name]
        }

    def added(self) -> list[Record]:
        """Return the rows of added items, in the order they were drawn."""
        return [row for name in self._drawn if (row := self._now[name]) is not None]

    def _subject(self, edit: Edit) -> str | None:
        """Return the name of the item an edit is about; a new one gets its name when it is first seen."""
        if not edit.subject.startswith(NEW):
            return edit.subject
        if edit.subject in self._of_new or not isinstance(edit.value, Mapping):
            return self._of_new.get(edit.subject)
        image = edit.value.get("image_id", "")
        if image not in self._pictures:
            return None
        name = self._next_name(image)
        self._of_new[edit.subject] = name
        self._drawn[name] = None
        self._before[name] = self._now[name] = None
        return name

    def _next_name(self, image: str) -> str:
        while True:
            self._numbers[image] += 1
            name = f"{image}_p{self._numbers[image]}"
            if name not in self._names:
                return name

    def _after(self, edit: Edit, name: str) -> Record | None:
        value = edit.value
        if value is None:
            is_drawing = edit.subject.startswith(NEW)
            return None if is_drawing else self._before[name]
        if value["state"] == ADDED:
            row = self._as_drawn(name, value, edit)
            self._before[name] = row
            return row
        before = self._before[name]
        return None if before is None else self._corrected(before, value, edit)

    def _as_drawn(self, name: str, value: Mapping[str, Any], edit: Edit) -> Record | None:
        picture = self._pictures.get(value["image_id"])
        if picture is None:
            return None
        row: Record = {column.name: None for column in ITEM_COLUMNS}
        row |= {key: picture[key] for key in ("image_id", "file", "area_id")}
        row |= {"object_id": name, "source": self._source, "is_deleted": False, "is_counted": True}
        return self._corrected(row, value, edit)

    def _corrected(self, before: Mapping[str, Any], value: Mapping[str, Any], edit: Edit) -> Record | None:
        """Return a row as a person decided it."""
        row = {
            **before,
            "status": "validated",
            "validated_by": edit.by or None,
            "validated_at": edit.at or None,
            "is_deleted": value["state"] == DELETED,
        }
        if value.get("item_class") is not None:
            row["item_class"] = value["item_class"]
        if value.get("box") is not None:
            picture = self._pictures[row["image_id"]]
            box = _inside(value["box"], picture)
            if box is None:
                return None
            row |= dict(zip(BOX, box, strict=True))
            row |= placed(_picture(picture), row)
        return row


def _written(items: Table, path: Path, changed: Mapping[str, Record], added: Sequence[Record]) -> Table:
    wanted = pa.array(list(changed), pa.string())
    with TableWriter("items", path, ITEM_COLUMNS) as writer:
        for batch in items.batches():
            if changed and pc.any(pc.is_in(batch["object_id"], value_set=wanted)).as_py():
                writer.write_records([changed.get(row["object_id"], row) for row in batch.to_pylist()])
            else:
                writer.write(pa.Table.from_batches([batch]))
        if added:
            writer.write_records(added)
    return writer.table


def _rows_of(items: Table, names: set[str]) -> Iterator[tuple[str, Record]]:
    wanted = pa.array(sorted(names), pa.string())
    for batch in items.batches():
        for row in batch.filter(pc.is_in(batch["object_id"], value_set=wanted)).to_pylist():
            yield row["object_id"], row


def _taken(items: Table) -> set[str]:
    """Return the names of items that were drawn before, in an earlier run."""
    taken: set[str] = set()
    for batch in items.batches(["object_id"]):
        mine = pc.match_substring_regex(batch["object_id"], r"_p\d+$")
        taken.update(batch.filter(mine)["object_id"].to_pylist())
    return taken


def _inside(box: Sequence[float], picture: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """Return the part of a box on its picture; ``None`` where that is less than a pixel."""
    top, left = max(0.0, box[0]), max(0.0, box[1])
    bottom, right = min(float(picture["height_px"]), box[0] + box[2]), min(float(picture["width_px"]), box[1] + box[3])
    height, width = bottom - top, right - left
    return (top, left, height, width) if min(height, width) >= LEAST_BOX_PX else None


def _picture(row: Mapping[str, Any]) -> Picture:
    """Return a picture as far as its row tells it: where it lies, not what is in its file."""
    told = {
        name: row[name] for name in ("image_id", "file", "area_id", "kind", "height_px", "width_px", "gsd_cm", "crs")
    }
    transform = None if row["transform"] is None else tuple(row["transform"])
    return Picture(**told, path="", bands=0, dtype="", transform=transform)


def _note_item(edit: Edit, name: str, old: Record | None, new: Record | None, changes: Changes) -> None:
    was, now = _facts(old), _facts(new)
    different = [
        what for what in ("item_class", "box") if old is not None and new is not None and was[what] != now[what]
    ]
    for what in different:
        changes.note(edit, f"item:{name}", what, was[what], now[what])
    if was["state"] != now["state"] and not (different and now["state"] == "validated" and was["state"] == "predicted"):
        changes.note(edit, f"item:{name}", "state", was["state"], now["state"])


def _facts(row: Record | None) -> dict[str, str]:
    if row is None:
        return {"item_class": "", "box": "", "state": ""}
    return {
        "item_class": row["item_class"] or "",
        "box": ", ".join(f"{row[name]:.10g}" for name in BOX),
        "state": "deleted" if row["is_deleted"] else row["status"],
    }
