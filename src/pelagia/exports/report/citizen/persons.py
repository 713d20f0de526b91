"""Annotators on one chart: how many animals each finds, and how many of the marks nobody else made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pelagia.core.result import Result
from pelagia.exports.tables import records

DOTS_AT_MOST = 2_000
OUTLIERS_AT_MOST = 40
WIDTH, HEIGHT = 640.0, 300.0
LEFT, BOTTOM = 44.0, 34.0
TOP, RIGHT = 10.0, 24.0
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)

Row = Mapping[str, Any]
COLUMNS = (
    "annotator", "images_seen", "marks", "lone_share", "found_share", "animals", "size_ratio", "offset", "reliability",
    "expert_animals", "expert_found", "is_outlier", "reasons", "is_left_out",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A person on the chart."""

    x: float
    y: float
    is_outlier: bool
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """All annotators; ``left_out`` dots and outliers are in the table only."""

    number: int
    dots: tuple[Dot, ...]
    dots_left_out: int
    outliers: tuple[Row, ...]
    outliers_left_out: int
    ticks: tuple[tuple[float, float, str], ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    bottom: float = HEIGHT - BOTTOM


def read_persons(result: Result) -> Persons:
    """Gather what the report says of the annotators."""
    rows = list(records(result.tables["annotators"], COLUMNS))
    known = [row for row in rows if row["lone_share"] is not None and row["found_share"] is not None]
    # Outliers are drawn last, so that no other person hides them.
    known.sort(key=lambda row: (row["is_outlier"], -row["marks"], row["annotator"]))
    step = max(1, -(-len(known) // DOTS_AT_MOST))
    shown = [row for at, row in enumerate(known) if row["is_outlier"] or at % step == 0]
    outliers = sorted((row for row in rows if row["is_outlier"]), key=lambda row: (-row["marks"], row["annotator"]))
    return Persons(
        number=len(rows),
        dots=tuple(_dot(row) for row in shown),
        dots_left_out=len(rows) - len(shown),
        outliers=tuple(outliers[:OUTLIERS_AT_MOST]),
        outliers_left_out=max(0, len(outliers) - OUTLIERS_AT_MOST),
        ticks=tuple((_x(value), _y(value), f"{value:.0%}") for value in TICKS),
    )


def _dot(row: Row) -> Dot:
    told = f"{row['annotator']}: finds {row['found_share']:.0%}, {row['lone_share']:.0%} alone, {row['marks']:,} marks"
    return Dot(x=_x(row["lone_share"]), y=_y(row["found_share"]), is_outlier=row["is_outlier"], title=told)


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)
