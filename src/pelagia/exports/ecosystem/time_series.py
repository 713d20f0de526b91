"""Counts as people open them in a spreadsheet: a row a bin, a column a taxon; and one table across all videos."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from pelagia.core.result import Result
from pelagia.core.spreadsheet import as_cells
from pelagia.core.table import Table
from pelagia.exports.ecosystem.clip_counts import ClipCount, count_clips
from pelagia.exports.ecosystem.deployments import key_of
from pelagia.exports.ecosystem.patterns import by_hour, by_month
from pelagia.exports.ecosystem.series_needs import TIME_SERIES, WHERE
from pelagia.exports.outcome import ExportOptions, ExportOutcome
from pelagia.exports.tables import records

NEEDS = TIME_SERIES
FOLDER = "time-series"
ALL = "all"
_BIN = (
    *("bin_start_utc", "bin_end_utc", *WHERE, "is_gap", "recorded_s", "usable_s", "n_frames", "n_frames_used"),
    *("quality", "sun_elevation_deg", "is_day"),
)
_CLIP = (
    *("file", "clip_id", *WHERE, "started_utc", "duration_s", "usable_s", "searched_s", "searched_frames", "verdict"),
)

Row = dict[str, Any]


def write(result: Result, out: Path, options: ExportOptions) -> ExportOutcome:
    """Write tables of MaxN in the folder ``time-series``.

    ``max_n.csv`` and ``mean_n.csv``: a row a bin of each camera, with effort and environment, and a column a taxon;
    empty cells are gaps or taxa that this camera never saw, 0 is a count. ``max_n_by_video.csv``: a row a video and
    taxon. ``by_hour.csv`` and ``by_month.csv``: the mean by hour of the day and by month.
    """
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    table = result.tables["time_series"]
    taxa = taxa_of(table)
    environment = [column.name for column in table.columns if column.name.startswith("env_")]
    files = [_write_wide(folder / f"{name}.csv", table, name, taxa, environment) for name in ("max_n", "mean_n")]
    files.append(_write_clips(folder / "max_n_by_video.csv", result))
    for name, pattern in (("by_hour", by_hour(table)), ("by_month", by_month(table))):
        rows = [
            (*one.key, one.taxon, one.period, one.bins, one.usable_h, one.mean, one.low, one.high) for one in pattern
        ]
        period = name.removeprefix("by_")
        head = (*WHERE, "taxon", period, "bins", "usable_h", "mean_n", "mean_n_low", "mean_n_high")
        files.append(_write(folder / f"{name}.csv", head, rows))
    return ExportOutcome(files=tuple(files))


def taxa_of(table: Table) -> list[str]:
    """Return the taxa of a time series in the order of their names, those of all together first."""
    names: set[str] = set()
    for batch in table.batches(["taxon"]):
        names.update(batch.column(0).unique().to_pylist())
    return sorted(names, key=lambda name: (name != ALL, name))


def _write_wide(path: Path, table: Table, value: str, taxa: Sequence[str], environment: Sequence[str]) -> Path:
    rows = records(table, (*_BIN, *environment, "taxon", value))
    head = (*_BIN, *environment, *(f"{value} {taxon}" for taxon in taxa))
    return _write(path, head, _wide(rows, value, taxa, environment))


def _wide(rows: Iterable[Row], value: str, taxa: Sequence[str], environment: Sequence[str]) -> Iterator[list[object]]:
    """Yield a row a bin: the rows of one stand together."""
    for _, group in groupby(rows, key=lambda row: (key_of(row), row["bin_start_utc"])):
        own = list(group)
        counts = {row["taxon"]: row[value] for row in own}
        yield [*(own[0][name] for name in (*_BIN, *environment)), *(counts.get(taxon) for taxon in taxa)]


def _write_clips(path: Path, result: Result) -> Path:
    counts = count_clips(result)
    head = (*_CLIP, "taxon", "max_n", "max_n_s", "first_seen_s", "mean_n_searched", "tracks")
    return _write(path, head, _of_clips(records(result.tables["clips"], _CLIP), counts))


def _of_clips(clips: Iterable[Row], counts: dict[str, list[ClipCount]]) -> Iterator[list[object]]:
    for clip in clips:
        told = [clip[name] for name in _CLIP]
        looked = clip["searched_frames"]
        for one in counts.get(clip["clip_id"]) or [ClipCount.nothing(seen=bool(looked))]:
            mean = one.boxes / looked if looked else None
            yield [*told, one.taxon, one.max_n, one.max_n_s, one.first_s, mean, one.tracks]


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(as_cells(head))
        for row in rows:
            writer.writerow(as_cells(_plain(value) for value in row))
    return path


def _plain(value: object) -> object:
    """Return a cell: numbers with six digits, yes and no as true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.6g}" if isinstance(value, float) and not value.is_integer() else value
