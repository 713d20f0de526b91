"""Write tables anew with some of their rows replaced and some added, in the order that they had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.table import Column, Table, TableWriter
from pelagia.services.ecosystem.columns import DETECTION_COLUMNS, FRAME_COLUMNS, TRACK_COLUMNS
from pelagia.services.ecosystem.edits import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """Rows that are different now.

    Parameters
    ----------
    boxes
        By name, those that were added and those that stayed as they were among them.
    added
        Names of those that were added.
    before
        The boxes as they were.
    tracks
        By name, new ones among them.
    """

    boxes: Mapping[str, Record]
    added: set[str]
    before: Mapping[str, Record]
    tracks: Mapping[str, Record]


def write_changed(rows: Rewritten, tables: Mapping[str, Table], folder: Path) -> dict[str, Path]:
    """Write ``frames``, ``detections`` and ``tracks`` into a folder.

    Parameters
    ----------
    rows
        What is different.
    tables
        As they were.
    folder
        For the new ones.
    """
    order = _clips_in_order(tables["frames"])
    added = [rows.boxes[name] for name in rows.added]
    changed = {name: row for name, row in rows.boxes.items() if name not in rows.added and row != rows.before[name]}
    detections = folder / "detections.parquet"
    _write(tables["detections"], detections, DETECTION_COLUMNS, changed, _sorted(added, order, "time_s"), order)
    known = set(_names(tables["tracks"], set(rows.tracks)))
    fresh = [row for name, row in rows.tracks.items() if name not in known]
    old = {name: row for name, row in rows.tracks.items() if name in known}
    tracks = folder / "tracks.parquet"
    _write(tables["tracks"], tracks, TRACK_COLUMNS, old, _sorted(fresh, order, None), order)
    frames = folder / "frames.parquet"
    _write(tables["frames"], frames, FRAME_COLUMNS, _counted(rows, tables["frames"]), [], order)
    return {"detections": detections, "tracks": tracks, "frames": frames}


def _write(
    table: Table,
    path: Path,
    columns: Sequence[Column],
    changed: Mapping[str, Record],
    added: Sequence[Record],
    order: Mapping[str, int],
) -> None:
    """Write a table, every added row behind the last of its clip (and, of boxes, of its moment)."""
    wanted = pa.array(list(changed), pa.string())
    waiting = list(reversed(added))
    by_time = "time_s" in {column.name for column in columns}
    with TableWriter(table.name, path, columns) as writer:
        for batch in table.batches():
            last = _place(batch.slice(batch.num_rows - 1).to_pylist()[0], order, by_time) if batch.num_rows else None
            due = bool(waiting) and last is not None and _place(waiting[-1], order, by_time) < last
            if due or (changed and pc.any(pc.is_in(batch["object_id"], value_set=wanted)).as_py()):
                rows = (changed.get(row["object_id"], row) for row in batch.to_pylist())
                writer.write_records(list(_merged(rows, waiting, order, by_time)))
            elif batch.num_rows:
                writer.write(pa.Table.from_batches([batch]))
        if waiting:
            writer.write_records(waiting[::-1])


def _merged(rows: Iterable[Record], waiting: list[Record], order: Mapping[str, int], by_time: bool) -> Iterator[Record]:
    for row in rows:
        place = _place(row, order, by_time)
        while waiting and _place(waiting[-1], order, by_time) < place:
            yield waiting.pop()
        yield row


def _place(row: Mapping[str, Any], order: Mapping[str, int], by_time: bool) -> tuple[int, float]:
    return order.get(row["clip_id"], len(order)), row["time_s"] if by_time else 0.0


def _sorted(rows: Iterable[Record], order: Mapping[str, int], by: str | None) -> list[Record]:
    return sorted(
        rows,
        key=lambda row: (order.get(row["clip_id"], len(order)), row[by] if by else 0.0, _natural(row["object_id"])),
    )


def _natural(name: str) -> tuple[int, str]:
    return len(name), name


def _clips_in_order(frames: Table) -> dict[str, int]:
    order: dict[str, int] = {}
    for batch in frames.batches(["clip_id"]):
        for name in pc.unique(batch["clip_id"]).to_pylist():
            order.setdefault(name, len(order))
    return order


def _names(table: Table, names: set[str]) -> Iterator[str]:
    wanted = pa.array(sorted(names), pa.string())
    for batch in table.batches(["object_id"]):
        yield from batch.filter(pc.is_in(batch["object_id"], value_set=wanted))["object_id"].to_pylist()


def _counted(rows: Rewritten, frames: Table) -> dict[str, Record]:
    """Return the frames on which there are more or fewer boxes than before."""
    more: Counter[str] = Counter()
    for name, row in rows.boxes.items():
        was = rows.before.get(name)
        more[row["frame_id"]] += int(not row["is_deleted"]) - int(was is not None and not was["is_deleted"])
    differing = {name: number for name, number in more.items() if number}
    if not differing:
        return {}
    wanted = pa.array(sorted(differing), pa.string())
    found: dict[str, Record] = {}
    for batch in frames.batches():
        for row in batch.filter(pc.is_in(batch["object_id"], value_set=wanted)).to_pylist():
            found[row["object_id"]] = row | {"detections": (row["detections"] or 0) + differing[row["object_id"]]}
    return found
