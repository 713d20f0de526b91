"""Items as programs for annotation take them: by picture, with the labels a person may choose from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from pelagia.core.result import Issue, Result
from pelagia.exports.litter.colours import ITEM_COLOURS
from pelagia.exports.litter.needs import BOXES
from pelagia.exports.litter.pictures import Row
from pelagia.exports.tables import records

COLUMNS = (*BOXES["items"], "score", "status", "source", "duplicate_of", "is_deleted", "is_counted")
OPENED_AT_MOST_PX = 150_000_000
"""Larger pictures are more than the browsers of annotators take."""


def labels_of(result: Result) -> list[str]:
    """Return the classes of the items, the most frequent first, then the materials that none of them is."""
    counts = Counter(row["item_class"] for row in records(result.tables["items"], ("item_class",)))
    found = sorted((name for name in counts if name), key=lambda name: (-counts[name], name))
    return [*found, *(name for name in ITEM_COLOURS if name not in counts)]


def items_by_picture(result: Result) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the items of each picture that has some: duplicates as well, but none that a person deleted.

    Items of a picture stand together in the table; one whose items do not comes twice, and both are complete in sum.
    """
    rows = (row for row in records(result.tables["items"], COLUMNS) if not row["is_deleted"])
    for image_id, own in groupby(rows, key=lambda row: str(row["image_id"])):
        yield image_id, list(own)


def attributes_of(item: Row) -> dict[str, str]:
    """Return what goes with a box: its name, so that a correction finds it again, and how sure the model is."""
    told = {"object_id": item["object_id"], "status": item["status"] or ""}
    if item["score"] is not None and math.isfinite(item["score"]):
        told["score"] = f"{item['score']:.3f}"
    if item["duplicate_of"]:
        told["duplicate_of"] = item["duplicate_of"]
    return told


def too_large(pictures: Mapping[str, Row], folder: str) -> tuple[Issue, ...]:
    """Return the finding on pictures that no annotator opens in one piece."""
    large = [row["file"] for row in pictures.values() if row["height_px"] * row["width_px"] > OPENED_AT_MOST_PX]
    if not large:
        return ()
    return (
        Issue(
            file=f"exports/{folder}",
            code="export-picture-large",
            severity="note",
            message="Some pictures are larger than what a browser opens: their boxes are in the file all the same",
            value=", ".join(large[:5]) + (" …" if len(large) > 5 else ""),
            remedy="Correct their items on the map of the web app, or cut them into tiles before the run.",
            objects=len(large),
        ),
    )
