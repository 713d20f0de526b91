"""What the report reads from the time series: totals by taxon, and the series it draws."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pelagia.core.table import Table
from pelagia.exports.ecosystem.deployments import Key, key_of
from pelagia.exports.ecosystem.series_rows import series_rows

ALL = "all"
TAXA_DRAWN = 5
CAMERAS_DRAWN = 3
SERIES_DRAWN = 3
"""Series of the environment."""
_TOTALS = (
    *("site", "camera", "deployment", "taxon", "aphia_id", "bin_start_utc", "max_n", "max_n_utc", "mean_n"),
    *("recorded_s", "usable_s", "occupancy", "tracks", "validated", "is_gap"),
)
_DRAWN = (
    *("site", "camera", "deployment", "taxon", "bin_start_utc", "bin_end_utc", "max_n", "mean_n", "usable_s"),
    *("is_gap", "is_day"),
)

Row = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Total:
    """One taxon over the whole series of all cameras."""

    taxon: str
    aphia_id: int | None = None
    max_n: int = 0
    max_n_utc: str = ""
    bins: int = 0
    bins_with: int = 0
    usable_s: float = 0.0
    individual_s: float = 0.0
    present_s: float = 0.0
    tracks: int | None = None
    validated: int = 0

    @property
    def mean_n(self) -> float | None:
        """Mean number on a usable frame, by effort."""
        return self.individual_s / self.usable_s if self.usable_s else None

    @property
    def occupancy(self) -> float | None:
        """Share of the usable time with one at least."""
        return self.present_s / self.usable_s if self.usable_s else None

    def add(self, row: Row) -> None:
        """Take a bin into account."""
        if row["is_gap"]:
            return
        usable_s = row["usable_s"] or 0.0
        self.aphia_id = self.aphia_id or row["aphia_id"]
        self.bins += 1
        self.bins_with += bool(row["max_n"])
        self.usable_s += usable_s
        self.individual_s += (row["mean_n"] or 0.0) * usable_s
        self.present_s += (row["occupancy"] or 0.0) * usable_s
        self.validated += row["validated"] or 0
        if row["tracks"] is not None:
            self.tracks = (self.tracks or 0) + row["tracks"]
        if (row["max_n"] or 0) > self.max_n:
            self.max_n, self.max_n_utc = row["max_n"], row["max_n_utc"] or ""


@dataclass(frozen=True, slots=True)
class Slot:
    """One bin of one series: seconds since 1970 (of clips without a time: since their start)."""

    start_s: float
    end_s: float
    is_gap: bool
    max_n: float
    mean_n: float
    usable_s: float
    is_day: bool | None
    beside: tuple[float | None, ...] = ()


@dataclass(slots=True, kw_only=True)
class CameraSeries:
    """The series of one camera that are drawn: by taxon, and what was measured beside it with name and unit."""

    key: Key
    is_timed: bool
    slots: dict[str, list[Slot]] = field(default_factory=dict)
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """Its name for people."""
        return " · ".join(part for part in self.key if part) or "camera"


def read_totals(table: Table) -> list[Total]:
    """Return the totals of all taxa, those most seen together first; all together is the first."""
    found: dict[str, Total] = {}
    for row in series_rows(table, _TOTALS):
        found.setdefault(row["taxon"], Total(taxon=row["taxon"])).add(row)
    return sorted(found.values(), key=lambda one: (one.taxon != ALL, -one.max_n, -one.individual_s, one.taxon))


def read_cameras(table: Table, totals: Sequence[Total]) -> tuple[list[CameraSeries], int]:
    """Return the series that are drawn, of the cameras with most usable time, and how many cameras are left out."""
    efforts = _efforts(table)
    ranked = sorted(efforts, key=lambda one: (-efforts[one], one))
    keys = ranked[:CAMERAS_DRAWN]
    taxa = {one.taxon for one in totals[: TAXA_DRAWN + 1] if one.taxon == ALL or one.max_n}
    named = [(column.name, column.unit) for column in table.columns if column.name.startswith("env_")][:SERIES_DRAWN]
    found = {
        key: CameraSeries(key=key[0], is_timed=key[1], beside=tuple((name[4:], unit) for name, unit in named))
        for key in keys
    }
    beside = [name for name, _ in named]
    for row in series_rows(table, (*_DRAWN, *beside), taxa):
        camera = found.get((key_of(row), _is_timed(row)))
        if camera is not None:
            camera.slots.setdefault(row["taxon"], []).append(_slot(row, beside))
    return list(found.values()), len(ranked) - len(keys)


def _efforts(table: Table) -> dict[tuple[Key, bool], float]:
    found: dict[tuple[Key, bool], float] = {}
    fields = ("site", "camera", "deployment", "taxon", "bin_start_utc", "usable_s", "is_gap")
    for row in series_rows(table, fields, {ALL}):
        key = key_of(row), _is_timed(row)
        found[key] = found.get(key, 0.0) + (row["usable_s"] or 0.0)
    return found


def _is_timed(row: Row) -> bool:
    return not row["bin_start_utc"].startswith("+")


def _slot(row: Row, beside: Iterable[str]) -> Slot:
    return Slot(
        start_s=seconds(row["bin_start_utc"]),
        end_s=seconds(row["bin_end_utc"]),
        is_gap=row["is_gap"],
        max_n=float(row["max_n"] or 0),
        mean_n=row["mean_n"] or 0.0,
        usable_s=row["usable_s"] or 0.0,
        is_day=row["is_day"],
        beside=tuple(row[name] for name in beside),
    )


def seconds(text: str) -> float:
    """Return a moment of the time series as seconds: since 1970, or, of ``+HH:MM:SS``, since the start."""
    if not text.startswith("+"):
        return dt.datetime.fromisoformat(text).timestamp()
    hours, minutes, rest = text[1:].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)
