"""Items as they look: those the model is surest of, and those it is least sure of."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pelagia.core.result import Result, own_files
from pelagia.exports.report.mosaics import Picture, encoded_picture
from pelagia.exports.report.numbers import percent, quantity
from pelagia.exports.tables import records
from pelagia.io.cutting import PLACE_COLUMNS, iter_vignettes

SUREST_PER_CLASS = 12
CLASSES_AT_MOST = 12
LEAST_SURE = 24
SIDE_PX = 96
COLUMNS = (
    "object_id", "item_class", "predicted_class", "score", "status", "length_m", "is_counted", *PLACE_COLUMNS,
)  # fmt: skip

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One item: its vignette, what it is called, how sure the model is, how long it is."""

    object_id: str
    picture: Picture
    item_class: str
    told: str
    length: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """The chosen items; ``least_sure`` are none where all of them are among the surest, ``unreadable`` not shown."""

    surest: tuple[tuple[str, int, tuple[Example, ...]], ...]
    least_sure: tuple[Example, ...]
    unreadable: int


def choose_examples(result: Result, counts: Mapping[str, int]) -> Examples:
    """Choose, read and encode items; one pass, memory does not grow with the table.

    Parameters
    ----------
    result
        With its vignettes among the artifacts.
    counts
        Class → how many items count, the most frequent first.
    """
    best: dict[str, list[tuple[float, int, dict[str, Any]]]] = {name: [] for name in list(counts)[:CLASSES_AT_MOST]}
    worst: list[tuple[float, int, dict[str, Any]]] = []
    for number, row in enumerate(records(result.tables["items"], COLUMNS)):
        if not row["is_counted"] or not row["source_file"] or row["score"] is None:
            continue
        if row["item_class"] in best:
            _offer(best[row["item_class"]], (row["score"], -number, row), SUREST_PER_CLASS)
        if row["status"] != "validated":
            _offer(worst, (-row["score"], -number, row), LEAST_SURE)
    shown = {name: _ordered(heap) for name, heap in best.items()}
    least = _ordered(worst)
    if {row["object_id"] for row in least} <= {row["object_id"] for rows in shown.values() for row in rows}:
        least = []
    chosen = {row["object_id"]: row for rows in (*shown.values(), least) for row in rows}
    found = _read(list(chosen.values()), result)
    return Examples(
        surest=tuple(
            (name, counts[name], examples)
            for name, rows in shown.items()
            if (examples := tuple(found[row["object_id"]] for row in rows if row["object_id"] in found))
        ),
        least_sure=tuple(found[row["object_id"]] for row in least if row["object_id"] in found),
        unreadable=len(chosen) - len(found),
    )


def _offer(heap: list[tuple[float, int, dict[str, Any]]], one: tuple[float, int, dict[str, Any]], most: int) -> None:
    """Keep the largest; numbers of rows differ, so that rows themselves are never compared."""
    if len(heap) < most:
        heapq.heappush(heap, one)
    else:
        heapq.heappushpop(heap, one)


def _ordered(heap: Iterable[tuple[float, int, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [row for _, _, row in sorted(heap, key=lambda one: one[:2], reverse=True)]


def _read(rows: Sequence[dict[str, Any]], result: Result) -> dict[str, Example]:
    ordered = sorted(rows, key=lambda row: (row["source_uri"] or "", row["source_file"], row["object_id"]))
    found: dict[str, Example] = {}
    for row, vignette in zip(ordered, iter_vignettes(ordered, own_files(result.artifacts)), strict=True):
        if vignette.image is not None:
            found[row["object_id"]] = _example(row, encoded_picture(vignette.image, SIDE_PX, _title(row)))
    return found


def _example(row: Row, picture: Picture) -> Example:
    told = "validated" if row["status"] == "validated" else percent(row["score"])
    length = "" if row["length_m"] is None else f"{quantity(100 * row['length_m'], 2)} cm"
    return Example(
        object_id=row["object_id"], picture=picture, item_class=row["item_class"] or "", told=told, length=length
    )


def _title(row: Row) -> str:
    parts = [row["object_id"], str(row["status"]), percent(row["score"])]
    if row["predicted_class"] and row["predicted_class"] != row["item_class"]:
        parts.append(f"the model said {row['predicted_class']}")
    return " · ".join(parts)
