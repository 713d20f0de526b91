"""Who looked at which image, and what experts validated: what marks alone do not tell."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pelagia.io.annotations.citizen import mark_columns
from pelagia.io.annotations.citizen_csv import (
    ANNOTATOR_NAMES,
    IMAGE_NAMES,
    SPECIES_NAMES,
    Names,
    opened_rows,
    require_columns,
)
from pelagia.io.annotations.gathering import number
from pelagia.io.annotations.reading import read_annotations
from pelagia.io.sources import Source
from pelagia.io.tally import Tally

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class ExpertBox:
    """A box that an expert validated, in pixels; without a species it says that there is nothing on the image."""

    image: str
    species: str
    top: float
    left: float
    bottom: float
    right: float


def read_views(source: Source, name: str, tally: Tally, *, annotator_column: str = "") -> Iterator[tuple[str, str]]:
    """Yield image and annotator for each time that somebody looked at an image, marking something or not.

    Parameters
    ----------
    source, name
        Where the table is, and its name there.
    tally
        Takes what is wrong with single rows.
    annotator_column
        How the table calls its column of annotators, where that is none of the usual names.

    Raises
    ------
    BadInput
        ``marks-unreadable``, ``marks-columns``.
    """
    wanted: Names = {"image": IMAGE_NAMES, "annotator": mark_columns(annotator_column)["annotator"]}
    with opened_rows(source, name, wanted, tally) as rows:
        if "annotator" not in rows.columns:
            wanted = {"image": IMAGE_NAMES, "annotator": ANNOTATOR_NAMES}
        require_columns(rows, ("image", "annotator"), wanted, "Give a CSV with the columns image and annotator.")
        for row in rows:
            if row["image"] and row["annotator"]:
                yield row["image"], row["annotator"]
            else:
                tally.add(
                    "view-incomplete",
                    "a row without image or annotator was left out",
                    value=f"{row['image'][:60]}, {row['annotator'][:60]}",
                    remedy="Fill in both.",
                )


def tells_views(source: Source, name: str, *, annotator_column: str = "") -> bool:
    """Tell whether a table says who looked at which image, and nothing of what they marked.

    Parameters
    ----------
    source, name
        Where the table is, and its name there.
    annotator_column
        As in :func:`read_views`.
    """
    with opened_rows(source, name, mark_columns(annotator_column), Tally(name)) as rows:
        found = set(rows.columns)
    return {"image", "annotator"} <= found and not found & {"species", "shape", "x1", "xmin", "polygon"}


def read_experts(source: Source, name: str, uri: str, tally: Tally) -> tuple[list[ExpertBox], list[str]]:
    """Read the boxes that experts validated.

    Parameters
    ----------
    source, name
        Where the file is, and its name there.
    uri
        The address of the source, for formats of more than one file.
    tally
        Takes what is wrong with single boxes.

    Returns
    -------
    boxes : list of ExpertBox
        In the order of the file.
    images : list of str
        Every image that an expert looked at, those without a box among them.

    Raises
    ------
    BadInput
        Where it is neither a table nor annotations that can be read.
    """
    if name.lower().endswith(TABLE_SUFFIXES):
        return _of_table(source, name, tally)
    found = read_annotations(uri)
    tally.take(found.issues)
    boxes = [
        ExpertBox(box.image, box.label, box.row, box.col, box.row + box.height, box.col + box.width)
        for box in found.boxes
    ]
    return boxes, [image.name for image in found.images]


def _of_table(source: Source, name: str, tally: Tally) -> tuple[list[ExpertBox], list[str]]:
    marks = mark_columns()
    wanted: Names = {
        "image": IMAGE_NAMES,
        "species": SPECIES_NAMES,
        "left": (*marks["xmin"], "x1"),
        "top": (*marks["ymin"], "y1"),
        "right": (*marks["xmax"], "x2"),
        "bottom": (*marks["ymax"], "y2"),
    }
    boxes: list[ExpertBox] = []
    images: dict[str, None] = {}
    with opened_rows(source, name, wanted, tally) as rows:
        require_columns(rows, tuple(wanted), wanted, "Give a CSV with image, species, xmin, ymin, xmax and ymax.")
        for row in rows:
            texts = [row[side].replace(",", ".") for side in ("top", "left", "bottom", "right")]
            if row["image"] and not row["species"] and not any(texts):
                images[row["image"]] = None
                continue
            top, left, bottom, right = (number(text) for text in texts)
            if not row["image"] or not row["species"] or not _is_box(top, left, bottom, right):
                tally.add(
                    "expert-box-unusable",
                    "a validated box without image, species or size was left out",
                    value=f"{row['image'][:60]}, {row['species'][:60]}, {', '.join(texts)[:60]}",
                    remedy="Give xmin < xmax and ymin < ymax; an image without anything has a row with its name alone.",
                )
                continue
            images[row["image"]] = None
            boxes.append(ExpertBox(row["image"], row["species"], top, left, bottom, right))
    return boxes, list(images)


def _is_box(top: float, left: float, bottom: float, right: float) -> bool:
    return all(math.isfinite(edge) for edge in (top, left, bottom, right)) and bottom > top and right > left


def is_table(name: str) -> bool:
    """Tell whether a file is a table by its name."""
    return name.lower().endswith(TABLE_SUFFIXES)
