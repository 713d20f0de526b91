"""MaxN of each clip and taxon, for one table across all videos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.result import Result
from pelagia.core.table import Table

ALL = "all"
BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipCount:
    """What was counted of a taxon on one clip.

    Parameters
    ----------
    max_n, max_n_s
        Most on one frame, and when that first was, from the start of the clip; ``None`` where no frame was searched.
    first_s
        When the taxon is first seen.
    boxes
        Boxes on all frames.
    tracks
        Individuals followed.
    """

    taxon: str
    max_n: int | None
    max_n_s: float | None
    first_s: float | None
    boxes: int
    tracks: int

    @classmethod
    def nothing(cls, *, seen: bool) -> Self:
        """Return the count of a clip without any animal."""
        return cls(taxon=ALL, max_n=0 if seen else None, max_n_s=None, first_s=None, boxes=0, tracks=0)


def count_clips(result: Result) -> dict[str, list[ClipCount]]:
    """Return the counts of every clip on which something was found, all taxa together first."""
    per_frame = _per_frame(result.tables["detections"])
    tracks = _tracks(result.tables["tracks"])
    together = per_frame.group_by(["clip_id", "time_ms"]).aggregate([("number", "sum")])
    together = together.rename_columns([name.replace("number_sum", "number") for name in together.column_names])
    together = together.append_column("taxon", pa.repeat(ALL, together.num_rows))
    found: dict[str, list[ClipCount]] = {}
    for table in (together, per_frame):
        for clip, one in _counts(table, tracks):
            found.setdefault(clip, []).append(one)
    return found


def _per_frame(detections: Table) -> pa.Table:
    """Return the boxes on each frame by taxon; those that a person deleted are none."""
    pieces = []
    for batch in detections.batches(["clip_id", "time_s", "taxon", "is_deleted"], BATCH_ROWS):
        kept = pa.Table.from_batches([batch.filter(pc.invert(pc.fill_null(batch.column("is_deleted"), False)))])
        time_ms = pc.cast(pc.round(pc.multiply(kept["time_s"], 1000.0)), pa.int64())
        kept = pa.table({"clip_id": kept["clip_id"], "time_ms": time_ms, "taxon": kept["taxon"]})
        pieces.append(kept.group_by(["clip_id", "time_ms", "taxon"]).aggregate([([], "count_all")]))
    if not pieces:
        schema = [("clip_id", pa.string()), ("time_ms", pa.int64()), ("taxon", pa.string()), ("number", pa.int64())]
        return pa.schema(schema).empty_table()
    grouped = pa.concat_tables(pieces).group_by(["clip_id", "time_ms", "taxon"]).aggregate([("count_all", "sum")])
    return grouped.rename_columns(["clip_id", "time_ms", "taxon", "number"])


def _tracks(tracks: Table) -> dict[tuple[str, str], int]:
    table = tracks.read(["clip_id", "taxon", "is_deleted"])
    kept = table.filter(pc.invert(pc.fill_null(table["is_deleted"], False)))
    rows = kept.group_by(["clip_id", "taxon"]).aggregate([([], "count_all")]).to_pylist()
    numbers = {(row["clip_id"], row["taxon"]): row["count_all"] for row in rows}
    for (clip, _), number in list(numbers.items()):
        numbers[clip, ALL] = numbers.get((clip, ALL), 0) + number
    return numbers


def _counts(per_frame: pa.Table, tracks: dict[tuple[str, str], int]) -> Iterator[tuple[str, ClipCount]]:
    totals = per_frame.group_by(["clip_id", "taxon"]).aggregate(
        [("number", "max"), ("number", "sum"), ("time_ms", "min")]
    )
    rows = totals.sort_by([("clip_id", "ascending"), ("taxon", "ascending")]).to_pylist()
    peaks = per_frame.join(totals.select(["clip_id", "taxon", "number_max"]), ["clip_id", "taxon"])
    peaks = peaks.filter(pc.equal(peaks["number"], peaks["number_max"]))
    first = peaks.group_by(["clip_id", "taxon"]).aggregate([("time_ms", "min")]).to_pylist()
    when = {(row["clip_id"], row["taxon"]): row["time_ms_min"] for row in first}
    for row in rows:
        key = row["clip_id"], row["taxon"]
        yield (
            row["clip_id"],
            ClipCount(
                taxon=row["taxon"],
                max_n=row["number_max"],
                max_n_s=when[key] / 1000,
                first_s=row["time_ms_min"] / 1000,
                boxes=row["number_sum"],
                tracks=tracks.get(key, 0),
            ),
        )
