"""The images as they were settled, one after the other, and the votes on them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from pelagia.services.citizen.reliability import Votes
from pelagia.services.citizen.settling import DUPLICATE, USED
from pelagia.services.citizen.shapes import Floats

Row = dict[str, Any]
LEFT_OUT = "left-out"
EDGES = ("top", "left", "bottom", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledImage:
    """An image with all that is known of it.

    Parameters
    ----------
    image_id, source_uri, file, deployment
        As in the table of images.
    size
        Rows and columns; ``None`` where it is missing or cannot be read.
    seen
        Who saw it, those left out not among them.
    is_validated
        Whether an expert looked at it.
    marks, experts
        Rows of :data:`~pelagia.services.citizen.settling.SETTLED_COLUMNS` and ``MATCHED_COLUMNS``.
    """

    image_id: str
    source_uri: str
    file: str
    deployment: str
    size: tuple[int, int] | None
    seen: tuple[str, ...]
    is_validated: bool
    marks: list[Row]
    experts: list[Row]

    def places(self) -> list[int]:
        """Return the numbers of the places that count: somebody marked them who is not left out, or an expert did."""
        return sorted({row["place"] for row in (*self.marks, *self.experts) if row["place"] >= 0})

    def marks_by_place(self) -> dict[int, list[Row]]:
        """Return the marks of every place, one of each person."""
        grouped: dict[int, list[Row]] = {}
        for row in self.marks:
            if row["state"] == USED and row["place"] >= 0:
                grouped.setdefault(row["place"], []).append(row)
        return grouped


def settled_images(workdir: Path, without: Collection[str] = ()) -> Iterator[SettledImage]:
    """Yield all images in the order of their names; memory holds those of one part.

    Parameters
    ----------
    workdir
        Where the tables of the inventory and of the parts are.
    without
        Annotators to be left out.
    """
    names = ("listed", "settled", "matched", "sizes")
    files = {name: pq.ParquetFile(workdir / f"{name}.parquet") for name in names}
    try:
        for part in range(files["listed"].metadata.num_row_groups):
            rows = {name: file.read_row_group(part).to_pylist() for name, file in files.items()}
            yield from _of_part(rows, frozenset(without))
    finally:
        for file in files.values():
            file.close()


def _of_part(rows: Mapping[str, list[Row]], without: frozenset[str]) -> Iterator[SettledImage]:
    sizes = {row["image_id"]: (row["height_px"], row["width_px"]) for row in rows["sizes"]}
    marks, experts = _by_image(rows["settled"]), _by_image(rows["matched"])
    for image in rows["listed"]:
        image_id = image["image_id"]
        own = marks.get(image_id, [])
        for row in own:
            if row["annotator"] in without and row["state"] in {USED, DUPLICATE}:
                row["state"], row["place"] = LEFT_OUT, -1
        yield SettledImage(
            image_id=image_id,
            source_uri=image["source_uri"],
            file=image["file"],
            deployment=image["deployment"],
            size=sizes.get(image_id),
            seen=tuple(name for name in image["seen"] if name not in without),
            is_validated=image["is_validated"],
            marks=own,
            experts=experts.get(image_id, []),
        )


def _by_image(rows: list[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["image_id"], []).append(row)
    return grouped


def edges_of(rows: list[Row]) -> Floats:
    """Return the boxes of rows, (n, 4) top, left, bottom, right."""
    return np.array([[row[name] for name in EDGES] for row in rows], np.float64).reshape(-1, 4)


def gather_votes(workdir: Path, annotators: Mapping[str, int], without: Collection[str] = ()) -> Votes:
    """Return who marked which place and who saw it and did not; places in the order of :func:`settled_images`.

    Parameters
    ----------
    workdir, without
        As for :func:`settled_images`.
    annotators
        Annotator → number.
    """
    places: list[np.ndarray[Any, np.dtype[np.int64]]] = []
    persons: list[np.ndarray[Any, np.dtype[np.int64]]] = []
    marked: list[np.ndarray[Any, np.dtype[np.bool_]]] = []
    known: list[float] = []
    for image in settled_images(workdir, without):
        numbers = image.places()
        if not numbers:
            continue
        at = {place: number for number, place in enumerate(numbers)}
        who = {name: number for number, name in enumerate(image.seen)}
        table = np.zeros((len(numbers), len(who)), np.bool_)
        for row in image.marks:
            if row["place"] >= 0:
                table[at[row["place"]], who[row["annotator"]]] = True
        of_experts = {row["place"] for row in image.experts}
        first = len(known)
        known += [float(place in of_experts) if image.is_validated else np.nan for place in numbers]
        places.append(np.repeat(np.arange(first, first + len(numbers), dtype=np.int64), len(who)))
        persons.append(np.tile(np.array([annotators[name] for name in who], np.int64), len(numbers)))
        marked.append(table.ravel())
    empty = np.zeros(0, np.int64)
    return Votes(
        place=np.concatenate([empty, *places]),
        annotator=np.concatenate([empty, *persons]),
        marked=np.concatenate([empty.astype(np.bool_), *marked]),
        known=np.array(known, np.float64),
        annotators=len(annotators),
    )
