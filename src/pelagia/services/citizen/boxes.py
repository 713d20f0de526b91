"""The boxes of an image: what its marks agree on, how many agree, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pelagia.learning.evaluate import wilson_interval
from pelagia.services.citizen.columns import ACCEPTED, EXPERT, REJECTED, REVIEW
from pelagia.services.citizen.consensus import consensus_edges, length_of, offset_of, spread_of
from pelagia.services.citizen.service import CitizenParams
from pelagia.services.citizen.settled import Row, SettledImage, edges_of
from pelagia.services.citizen.settling import DUPLICATE, USED
from pelagia.services.citizen.shapes import Floats, cut

MAJORITY = 0.5
LEAST_TO_REVIEW = 2

Weight = Callable[[str], float]


def boxes_of_image(
    image: SettledImage, probabilities: Sequence[float], weight: Weight, params: CitizenParams
) -> list[Row]:
    """Return the rows of ``boxes``; the marks of the image get the box they belong to.

    Parameters
    ----------
    image
        The image, whose marks are completed with ``object_id`` and ``offset``.
    probabilities
        Of every place of the image, in the order of ``image.places()``.
    weight
        Annotator → reliability.
    params
        Of the request.
    """
    marks, experts = image.marks_by_place(), {row["place"]: row for row in image.experts}
    rows = []
    for number, (place, probability) in enumerate(zip(image.places(), probabilities, strict=True)):
        own, expert = marks.get(place, []), experts.get(place)
        row = _box(image, own, expert, weight, params)
        row["object_id"] = f"{image.image_id}:{number}"
        row["probability"] = float(probability)
        row["crowd_status"] = _crowd_status(row, params)
        row["status"] = _status(row["crowd_status"], image, is_expert=expert is not None)
        rows.append(row)
        _tell_marks([one for one in image.marks if one["place"] == place], row)
    return rows


def _box(image: SettledImage, own: list[Row], expert: Row | None, weight: Weight, params: CitizenParams) -> Row:
    weights = np.array([weight(row["annotator"]) for row in own], np.float64)
    is_weighted = params.weights == "reliability" and bool((weights > 0).any())
    used = weights if is_weighted else np.ones(len(own))
    edges = edges_of(own)
    # A point at the edge of the image has the size of the others, and thus reaches over it.
    agreed = cut(_agreed(own, edges, used), image.size or (0, 0)) if own else np.zeros(4)
    box = edges_of([expert])[0] if expert else agreed
    seen, number = len(image.seen), len(own)
    low, high = wilson_interval(number, seen)
    of_all = sum(weight(name) for name in image.seen)
    lengths = np.array([np.nan if row["length_px"] is None else row["length_px"] for row in own], np.float64)
    length = length_of(lengths)
    return {
        "image_id": image.image_id,
        "file": image.file,
        **_species(own, used, expert),
        "row_px": float(box[0]),
        "col_px": float(box[1]),
        "height_px": float(box[2] - box[0]),
        "width_px": float(box[3] - box[1]),
        "annotators": number,
        "seen_by": seen,
        "agreement": number / seen if seen else None,
        "agreement_low": low if seen else None,
        "agreement_high": high if seen else None,
        "weighted_agreement": float(weights.sum() / of_all) if of_all > 0 else None,
        "spread_px": spread_of(edges, agreed) if own else None,
        "length_px": length.value if length else None,
        "length_low_px": length.low if length else None,
        "length_high_px": length.high if length else None,
        "lengths": length.number if length else 0,
        "source": "expert" if expert else "annotators",
    }


def _agreed(own: list[Row], edges: Floats, weights: Floats) -> Floats:
    return consensus_edges(edges, np.array([row["shape"] != "point" for row in own]), weights)


def _species(own: list[Row], weights: Floats, expert: Row | None) -> Mapping[str, Any]:
    """Return the species most people named, and the next; the expert's where there is one."""
    votes: dict[str, float] = {}
    for row, weight in zip(own, weights.tolist(), strict=True):
        votes[row["species"]] = votes.get(row["species"], 0.0) + weight
    total = sum(votes.values())
    ranked = sorted(votes, key=lambda name: (-votes[name], name))
    name = expert["species"] if expert else ranked[0]
    others = [one for one in ranked if one != name]
    return {
        "item_class": name,
        "species_share": votes.get(name, 0.0) / total if total else None,
        "runner_up": others[0] if others else "",
        "runner_up_share": votes[others[0]] / total if others and total else None,
    }


def _status(crowd_status: str, image: SettledImage, *, is_expert: bool) -> str:
    """Say what becomes of a box; on an image that an expert looked at, the expert alone decides."""
    if is_expert:
        return EXPERT
    return REJECTED if image.is_validated else crowd_status


def _crowd_status(row: Row, params: CitizenParams) -> str:
    """Say what becomes of a box by the annotators alone."""
    agreement = row["weighted_agreement" if params.weights == "reliability" else "agreement"] or 0.0
    is_enough = row["annotators"] >= params.at_least and agreement >= params.accept_from
    if is_enough and (row["species_share"] or 0.0) > MAJORITY:
        return ACCEPTED
    if row["annotators"] >= LEAST_TO_REVIEW or row["seen_by"] < params.at_least:
        return REVIEW
    return REJECTED


def _tell_marks(marks: list[Row], row: Row) -> None:
    top, left = row["row_px"], row["col_px"]
    box = np.array([top, left, top + row["height_px"], left + row["width_px"]])
    offsets = offset_of(edges_of(marks), box)
    for mark, offset in zip(marks, offsets.tolist(), strict=True):
        mark["object_id"] = row["object_id"]
        mark["offset"] = offset if mark["state"] in {USED, DUPLICATE} else None
