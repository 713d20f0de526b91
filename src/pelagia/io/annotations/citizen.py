"""Marks of many people on the same images, as Deep Sea Spy exports them: points, lines, polygons, boxes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from sys import intern
from typing import Any, Literal

from pelagia.core.errors import BadInput
from pelagia.io.annotations.citizen_csv import (
    ANNOTATOR_NAMES,
    IMAGE_NAMES,
    NAME_AT_MOST,
    SPECIES_NAMES,
    Names,
    opened_rows,
    require_columns,
)
from pelagia.io.annotations.gathering import LABEL_AT_MOST, SIDE_AT_MOST_PX
from pelagia.io.sources import Source
from pelagia.io.tally import Tally

MARKS_AT_MOST = 2_000_000
"""More take more than half a gigabyte of memory."""
POLYGON_POINTS_AT_MOST = 10_000
CREATED_AT_MOST = 40

Shape = Literal["point", "line", "polygon", "box"]
SHAPES: dict[str, Shape] = {
    "point": "point", "points": "point", "dot": "point",
    "line": "line", "lines": "line", "segment": "line",
    "polygon": "polygon", "polygons": "polygon", "polyline": "polygon",
    "box": "box", "boxes": "box", "bbox": "box", "rectangle": "box", "rect": "box",
}  # fmt: skip
_REMEDY = "Give a CSV with name_img, species, an annotator, shapes, x1, y1, x2, y2 and polygon_values."


@dataclass(frozen=True, slots=True)
class Mark:
    """What one person drew on one image, in pixels from its upper left corner.

    Parameters
    ----------
    image
        Its name as the table has it.
    annotator, species
        Who drew it, and what it shall be.
    shape
        How it was drawn.
    row_a, col_a, row_b, col_b
        Of a point twice the point; of a line its ends as drawn; else top, left, bottom, right.
    created
        When, as the table has it.
    """

    image: str
    annotator: str
    species: str
    shape: Shape
    row_a: float
    col_a: float
    row_b: float
    col_b: float
    created: str


def mark_columns(annotator_column: str = "") -> Names:
    """Return what is looked for in a table of marks, and how platforms call it.

    Parameters
    ----------
    annotator_column
        How this table calls the column of who drew it, where that is none of the usual names.
    """
    own = annotator_column.strip().lower().replace(" ", "_")
    return {
        "image": IMAGE_NAMES,
        "species": SPECIES_NAMES,
        "annotator": (own,) if own else ANNOTATOR_NAMES,
        "shape": ("shapes", "shape", "type", "geometry", "tool"),
        "x1": ("x1", "pos1x", "x", "col"),
        "y1": ("y1", "pos1y", "y", "row"),
        "x2": ("x2", "pos2x"),
        "y2": ("y2", "pos2y"),
        "xmin": ("xmin", "x_min", "left"),
        "ymin": ("ymin", "y_min", "top"),
        "xmax": ("xmax", "x_max", "right"),
        "ymax": ("ymax", "y_max", "bottom"),
        "polygon": ("polygon_values", "polygon", "polygons", "points"),
        "created": ("created", "created_at", "creation_date", "date", "timestamp", "time"),
    }


def read_marks(source: Source, name: str, tally: Tally, *, annotator_column: str = "") -> Iterator[Mark]:
    """Read the marks of a table, one at a time.

    Parameters
    ----------
    source, name
        Where the table is, and its name there.
    tally
        Takes what is wrong with single rows: they are left out.
    annotator_column
        As in :func:`mark_columns`.

    Raises
    ------
    BadInput
        ``marks-unreadable``, ``marks-columns`` where it has no column for images, species, annotators or places,
        ``marks-too-many``.
    """
    wanted = mark_columns(annotator_column)
    with opened_rows(source, name, wanted, tally) as rows:
        remedy = _REMEDY
        if "annotator" not in rows.columns:
            remedy = "Say with the parameter annotator_column which column tells who drew a mark."
        require_columns(rows, ("image", "species", "annotator"), wanted, remedy)
        if not {"x1", "y1"} <= set(rows.columns) and not {"xmin", "ymin", "xmax", "ymax"} <= set(rows.columns):
            require_columns(rows, ("x1", "y1"), wanted, _REMEDY)
        has_edges = {"xmin", "ymin", "xmax", "ymax"} <= set(rows.columns)
        number = 0
        for row in rows:
            mark = _mark(row, has_edges, tally)
            if mark is None:
                continue
            number += 1
            if number > MARKS_AT_MOST:
                raise BadInput(
                    f"There are more than {MARKS_AT_MOST:,} marks in one table",
                    remedy="Split it by deployment.",
                    file=name,
                    code="marks-too-many",
                )
            yield mark


def _mark(row: dict[str, str], has_edges: bool, tally: Tally) -> Mark | None:
    image, species, annotator = row["image"], " ".join(row["species"].split()), row["annotator"]
    if not image or not species or not annotator or max(len(image), len(annotator)) > NAME_AT_MOST:
        tally.add(
            "mark-incomplete",
            "a mark without image, species or annotator was left out",
            value=f"{image[:60]}, {species[:60]}, {annotator[:60]}",
            remedy="Fill in all three: a consensus needs to know who drew what.",
        )
        return None
    shape = _shape(row, has_edges)
    if shape is None:
        tally.add(
            "mark-shape-unknown",
            "a mark is neither point, line, polygon nor box and was left out",
            value=row.get("shape", ""),
            remedy="Use point, lines, polygon or box.",
        )
        return None
    try:
        edges = _edges(row, shape, has_edges)
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        tally.add(
            "mark-place-unreadable",
            "a mark has no place that can be read and was left out",
            value=f"{image[:60]}: {shape}, x1 {row.get('x1', '')[:20]}, y1 {row.get('y1', '')[:20]}",
            remedy="Give x1 and y1 (of a line x2 and y2, of a polygon polygon_values) as numbers of pixels.",
        )
        return None
    # Of a few names there are very many marks.
    names = (intern(image), intern(annotator), intern(species[:LABEL_AT_MOST]))
    return Mark(*names, shape, *edges, row.get("created", "")[:CREATED_AT_MOST])


def _shape(row: dict[str, str], has_edges: bool) -> Shape | None:
    told = row.get("shape", "").lower()
    if told:
        return SHAPES.get(told)
    if row.get("polygon", "") not in {"", "[]", "null", "NULL"}:
        return "polygon"
    if has_edges and row["xmin"]:
        return "box"
    return "line" if row.get("x2") and row.get("y2") else "point"


def _edges(row: dict[str, str], shape: Shape, has_edges: bool) -> tuple[float, float, float, float]:
    if shape == "point":
        at = _number(row["y1"]), _number(row["x1"])
        return *at, *at
    if shape == "polygon":
        return _bounds(json.loads(row["polygon"]))
    if shape == "line":
        ends = _number(row["y1"]), _number(row["x1"]), _number(row["y2"]), _number(row["x2"])
        if ends[:2] == ends[2:]:
            raise ValueError("a line without length")
        return ends
    names = ("ymin", "xmin", "ymax", "xmax") if has_edges and row["xmin"] else ("y1", "x1", "y2", "x2")
    rows_cols = [_number(row[name]) for name in names]
    return _ordered(rows_cols[0::2], rows_cols[1::2])


def _bounds(points: Any) -> tuple[float, float, float, float]:
    """Return the box around a polygon, given as a list of ``{x, y}`` or of pairs."""
    if not isinstance(points, list) or not 2 <= len(points) <= POLYGON_POINTS_AT_MOST:
        raise ValueError("no list of points")
    cols = [_number(one["x"] if isinstance(one, dict) else one[0]) for one in points]
    rows = [_number(one["y"] if isinstance(one, dict) else one[1]) for one in points]
    return _ordered(rows, cols)


def _ordered(rows: list[float], cols: list[float]) -> tuple[float, float, float, float]:
    edges = min(rows), min(cols), max(rows), max(cols)
    if edges[0] == edges[2] or edges[1] == edges[3]:
        raise ValueError("no area")
    return edges


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("no number")
    number = float(value.replace(",", ".") if isinstance(value, str) else value)
    if not math.isfinite(number) or abs(number) > SIDE_AT_MOST_PX:
        raise ValueError("no place")
    return number
