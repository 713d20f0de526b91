"""How each person did, and who differs from the others: larger boxes, marks that nobody shares, the same mark again."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pelagia.services.citizen.columns import REJECTED
from pelagia.services.citizen.consensus import NORMAL_PER_DEVIATION
from pelagia.services.citizen.reliability import Reliability
from pelagia.services.citizen.service import CitizenParams
from pelagia.services.citizen.settled import EDGES, LEFT_OUT, Row, SettledImage
from pelagia.services.citizen.settling import DUPLICATE, OUTSIDE, USED

LEAST_MARKS = 10
"""Of fewer marks (or animals to be found) nothing is said."""
FAR = 3.5
"""So many standard deviations (from the median, robust) from the others is an outlier (Iglewicz and Hoaglin 1993)."""
LEAST_DEVIATION, LEAST_OFFSET_DEVIATION = 0.05, 0.03
"""Persons never agree better than this, however alike they are."""
SIZES_FROM = 3
REPEATED_IMAGES = 3
LONE_FROM_SEEN = 3
BOUNDS = {"lone_share": 0.4, "found_share": 0.35, "size": math.log(1.5), "offset": 0.2, "repeated_share": 0.2}
"""However far from the others, what is better than this is no outlier."""
DUPLICATES_FROM = 0.4

Floats = NDArray[np.float64]


@dataclass(slots=True)
class _Person:
    images_seen: int = 0
    images_marked: int = 0
    marks: int = 0
    duplicates: int = 0
    outside: int = 0
    left_out: int = 0
    lone: int = 0
    lone_of: int = 0
    found: int = 0
    animals: int = 0
    expert_found: int = 0
    expert_animals: int = 0
    expert_false: int = 0
    sizes: array[float] = field(default_factory=lambda: array("d"))
    offsets: array[float] = field(default_factory=lambda: array("d"))
    places: array[int] = field(default_factory=lambda: array("q"))


class Observed:
    """What persons did, added up image by image.

    Parameters
    ----------
    params
        Of the request.
    """

    def __init__(self, params: CitizenParams) -> None:
        self._params = params
        self._persons: dict[str, _Person] = {}

    def add(self, image: SettledImage, boxes: Sequence[Row]) -> None:
        """Take an image with its boxes."""
        for name in image.seen:
            self._person(name).images_seen += 1
        for name in {row["annotator"] for row in image.marks}:
            self._person(name).images_marked += 1
        by_box: dict[str, list[Row]] = {}
        for row in image.marks:
            self._add_mark(row)
            if row.get("object_id") and row["state"] == USED:
                by_box.setdefault(row["object_id"], []).append(row)
        for box in boxes:
            self._add_box(image, box, by_box.get(box["object_id"], []))

    def _person(self, name: str) -> _Person:
        return self._persons.setdefault(name, _Person())

    def _add_mark(self, row: Row) -> None:
        person = self._person(row["annotator"])
        person.marks += 1
        person.duplicates += row["state"] == DUPLICATE
        person.outside += row["state"] == OUTSIDE
        person.left_out += row["state"] == LEFT_OUT
        if row["state"] == USED:
            # Numbers alone, whose hash is the same in every process.
            person.places.append(hash(tuple(row[name] for name in EDGES)))

    def _add_box(self, image: SettledImage, box: Row, marks: Sequence[Row]) -> None:
        markers = {row["annotator"] for row in marks}
        is_expert = box["source"] == "expert"
        for row in marks:
            person = self._person(row["annotator"])
            if len(image.seen) >= LONE_FROM_SEEN:
                person.lone_of += 1
                person.lone += len(markers) == 1 and not is_expert
            if image.is_validated:
                person.expert_false += not is_expert
            if len(markers) >= SIZES_FROM or is_expert:
                person.offsets.append(row["offset"])
                if row["shape"] != "point":
                    person.sizes.append(_log_size(row) - math.log(box["height_px"] * box["width_px"]) / 2)
        if box["status"] == REJECTED and image.is_validated:
            return
        for name in image.seen:
            others = len(markers - {name})
            enough = others >= self._params.at_least and others >= self._params.accept_from * (len(image.seen) - 1)
            person = self._person(name)
            if enough or is_expert:
                person.animals += 1
                person.found += name in markers
            if is_expert:
                person.expert_animals += 1
                person.expert_found += name in markers

    def rows(self, reliability: Reliability, numbers: Mapping[str, int], without: Collection[str]) -> list[Row]:
        """Return the rows of ``annotators``, by name, without a verdict yet.

        Parameters
        ----------
        reliability
            Of all.
        numbers
            Annotator → number there.
        without
            Who was left out.
        """
        return [
            _row(name, person, reliability, numbers[name], name in without)
            for name, person in sorted(self._persons.items())
        ]


def _log_size(row: Row) -> float:
    return math.log(max(row["bottom"] - row["top"], 1.0) * max(row["right"] - row["left"], 1.0)) / 2


def _row(name: str, person: _Person, reliability: Reliability, number: int, is_left_out: bool) -> dict[str, Any]:
    return {
        "annotator": name,
        "images_seen": person.images_seen,
        "images_marked": person.images_marked,
        "marks": person.marks,
        "duplicates": person.duplicates,
        "outside": person.outside,
        "lone_share": person.lone / person.lone_of if person.lone_of else None,
        "found_share": person.found / person.animals if person.animals else None,
        "animals": person.animals,
        "size_ratio": float(np.exp(np.median(person.sizes))) if person.sizes else None,
        "offset": float(np.median(person.offsets)) if person.offsets else None,
        "repeated_share": _repeated(person.places),
        "sensitivity": float(reliability.sensitivity[number]),
        "false_rate": float(reliability.false_rate[number]),
        "reliability": float(reliability.weights[number]),
        "expert_animals": person.expert_animals,
        "expert_found": person.expert_found,
        "expert_false": person.expert_false,
        "is_outlier": False,
        "reasons": "",
        "is_left_out": is_left_out,
        "evidence": (len(person.sizes), len(person.offsets), person.lone_of),
    }


def _repeated(places: array[int]) -> float | None:
    if not places:
        return None
    _, counts = np.unique(np.asarray(places), return_counts=True)
    return float(counts[counts >= REPEATED_IMAGES].sum() / len(places))


def judge(rows: Sequence[Row]) -> None:
    """Say of each person whether, and in what, she differs from the others.

    Parameters
    ----------
    rows
        Of ``annotators``; ``is_outlier`` and ``reasons`` are set.

    Notes
    -----
    A figure is compared with the median of those persons who have at least :data:`LEAST_MARKS` marks behind it: it is
    far out where it lies :data:`FAR` standard deviations away, the deviation being 1.4826 × the median deviation, and
    is bad in itself (:data:`BOUNDS`).
    """
    lone = _far(rows, "lone_share", lambda row: row["evidence"][2])
    found = _far(rows, "found_share", lambda row: row["animals"])
    offset = _far(rows, "offset", lambda row: row["evidence"][1], least=LEAST_OFFSET_DEVIATION)
    size = _far(rows, "size_ratio", lambda row: row["evidence"][0], is_ratio=True)
    for at, row in enumerate(rows):
        reasons = []
        if lone[at] > FAR and row["lone_share"] > BOUNDS["lone_share"]:
            reasons.append(f"{row['lone_share']:.0%} of the marks are shared by nobody")
        if found[at] < -FAR and row["found_share"] < BOUNDS["found_share"]:
            reasons.append(f"marked {row['found_share']:.0%} of {row['animals']:,} animals that the others agree on")
        if offset[at] > FAR and row["offset"] > BOUNDS["offset"]:
            reasons.append(f"marks are {row['offset']:.2f} body sizes off the place agreed on")
        if abs(size[at]) > FAR and abs(math.log(row["size_ratio"])) > BOUNDS["size"]:
            reasons.append(f"boxes are {row['size_ratio']:.2f} times as large as those agreed on")
        if row["marks"] >= LEAST_MARKS and (row["repeated_share"] or 0) > BOUNDS["repeated_share"]:
            reasons.append(f"{row['repeated_share']:.0%} of the marks lie at the very same place on several images")
        if row["marks"] >= LEAST_MARKS and row["duplicates"] > DUPLICATES_FROM * row["marks"]:
            reasons.append(f"{row['duplicates']:,} of {row['marks']:,} marks repeat a mark of their own")
        row["is_outlier"], row["reasons"] = bool(reasons), "; ".join(reasons)


def _far(
    rows: Sequence[Row],
    name: str,
    evidence: Callable[[Row], int],
    *,
    is_ratio: bool = False,
    least: float = LEAST_DEVIATION,
) -> Floats:
    """Return how many standard deviations each person is from the median; 0 where too little is known."""
    values = np.array([np.nan if row[name] is None else row[name] for row in rows], np.float64)
    enough = np.isfinite(values) & np.array([evidence(row) >= LEAST_MARKS for row in rows], np.bool_)
    if is_ratio:
        values = np.log(values)
    if enough.sum() < 3:
        return np.zeros(len(rows))
    middle = np.median(values[enough])
    deviation = max(NORMAL_PER_DEVIATION * float(np.median(np.abs(values[enough] - middle))), least)
    return np.where(enough, (values - middle) / deviation, 0.0)
