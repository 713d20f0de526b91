"""The table ``samples``: what is known of each run, and what became of its particles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pelagia.core.table import Table

TALLIED = ("listed", "classified", "unclassified", "merged_fragments", "stuck_duplicates")


def finish_samples(samples: Sequence[Mapping[str, Any]], objects_path: str) -> list[dict[str, Any]]:
    """Add to each sample how many of its particles were listed, classified, merged and repeated.

    Parameters
    ----------
    samples
        Rows of ``samples`` as the inventory knows them.
    objects_path
        The table ``objects``.
    """
    objects = Table(name="objects", path=Path(objects_path))
    parts = []
    for batch in objects.batches(["sample_id", "status", "ppc", "duplicate_of"], rows=131_072):
        table = pa.table(
            {
                "sample_id": batch["sample_id"],
                "listed": pc.fill_null(pc.is_valid(batch["sample_id"]), True).cast(pa.int64()),
                "unclassified": pc.equal(batch["status"], "unclassified").cast(pa.int64()),
                "merged_fragments": pc.fill_null(pc.greater(batch["ppc"], 1), False).cast(pa.int64()),
                "stuck_duplicates": pc.is_valid(batch["duplicate_of"]).cast(pa.int64()),
            }
        )
        parts.append(_sums(table))
    merged = _sums(pa.concat_tables(parts))
    tallies = {row.pop("sample_id"): row for row in merged.to_pylist()}
    return [_finished(dict(sample), tallies.get(sample["sample_id"], {})) for sample in samples]


def _sums(table: pa.Table) -> pa.Table:
    names = [name for name in table.column_names if name != "sample_id"]
    grouped = table.group_by("sample_id", use_threads=False).aggregate([(name, "sum") for name in names])
    return grouped.rename_columns([name.removesuffix("_sum") for name in grouped.column_names])


def _finished(sample: dict[str, Any], tallied: Mapping[str, int]) -> dict[str, Any]:
    sample.update(dict.fromkeys(TALLIED, 0) | dict(tallied))
    sample["classified"] = sample["listed"] - sample["unclassified"]
    return sample


def sample_records(samples: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the samples with their times as times; in the value of a step they are ISO 8601 text."""
    times = ("started_at_utc", "ended_at_utc")
    parsed = []
    for sample in samples:
        given = {name: sample.get(name) for name in times}
        parsed.append(
            {**sample, **{name: datetime.fromisoformat(text) if text else None for name, text in given.items()}}
        )
    return parsed
